"""Kubeflow's model catalog against a running server. Usage: kubeflow_client.py URL

What each answer must have is written down here as facts of its protocol.
"""

import sys

import requests
from checks import check, report

ROOT = "/api/model_catalog/v1alpha1"
LIST = {"items": list, "nextPageToken": str, "pageSize": int, "size": int}
SOURCE = {"id": str, "name": str, "labels": list}
MODEL = {"name": str}
# Must be of this type where they are there.
MODEL_MAY = {
    "id": str,
    "source_id": str,
    "externalId": str,
    "description": str,
    "readme": str,
    "maturity": str,
    "language": list,
    "tasks": list,
    "provider": str,
    "license": str,
    "libraryName": str,
    "customProperties": dict,
    "createTimeSinceEpoch": str,
    "lastUpdateTimeSinceEpoch": str,
}
ARTIFACTS = {
    "model-artifact": {"artifactType": str, "uri": str},
    "metrics-artifact": {"artifactType": str, "metricsType": str},
}
PROPERTIES = {
    "MetadataStringValue": ("string_value", str),
    "MetadataIntValue": ("int_value", str),
    "MetadataDoubleValue": ("double_value", (int, float)),
    "MetadataBoolValue": ("bool_value", bool),
}
ERROR = {"code": str, "message": str}


def has(what, answer, required, optional=None):
    for name, kind in required.items():
        check(f"{what}: {name}", isinstance(answer.get(name), kind))
    for name, kind in (optional or {}).items():
        check(f"{what}: {name}", name not in answer or isinstance(answer[name], kind))


class Catalog:
    def __init__(self, url):
        self.url = f"{url}{ROOT}"
        self.session = requests.Session()

    def get(self, path, status=200, **params):
        answer = self.session.get(f"{self.url}{path}", params=params, timeout=60)
        check(f"{path} {params}: {answer.status_code}", answer.status_code == status)
        body = answer.json()
        if status != 200:
            has(path, body, ERROR)
        return body

    def page(self, path, **params):
        body = self.get(path, **params)
        has(path, body, LIST)
        check("size", body["size"] == len(body["items"]) <= body["pageSize"])
        return body

    def all(self, path, **params):
        items, token = [], ""
        while True:
            body = self.page(path, **params, **({"nextPageToken": token} if token else {}))
            items += body["items"]
            token = body["nextPageToken"]
            if not token:
                return items


def check_model(model):
    has("model", model, MODEL, MODEL_MAY)
    check("id is a number", 0 <= int(model["id"]) < 2**63)
    for value in (model["createTimeSinceEpoch"], model["lastUpdateTimeSinceEpoch"]):
        int(value)
    check_properties(model)


def check_properties(thing):
    for value in thing["customProperties"].values():
        key, kind = PROPERTIES[value["metadataType"]]
        check(f"{value}", isinstance(value[key], kind))


def sources(catalog):
    found = catalog.all("/sources", pageSize=1)
    for source in found:
        has("source", source, SOURCE)
        check("status", source["status"] == "available")
    check("curated", "curated" in [source["id"] for source in found])
    check("none of servers", catalog.all("/sources", assetType="mcp_servers") == [])
    labels = catalog.all("/labels")
    check("labels", {"curated", "workspace"} <= {label["name"] for label in labels})


def models(catalog):
    found = catalog.all("/models", pageSize=50)
    for model in found:
        check_model(model)
    check("each once", len({model["id"] for model in found}) == len(found))
    names = [model["name"] for model in catalog.all("/models", source="curated", pageSize=100)]
    up = catalog.all("/models", source="curated", pageSize=9, sortOrder="ASC", orderBy="NAME")
    down = catalog.all("/models", source="curated", pageSize=13, sortOrder="DESC", orderBy="NAME")
    check("both directions", [m["name"] for m in up] == names == [m["name"] for m in down][::-1])
    masks = catalog.all("/models", filterQuery="tasks = 'fill-mask'", pageSize=100)
    check("filter", masks and all("fill-mask" in model["tasks"] for model in masks))
    query = "license IN ('mit', 'apache-2.0') AND (name LIKE '%bert%' OR downloads > 100)"
    for model in catalog.all("/models", filterQuery=query, pageSize=100):
        check("license", model["license"] in ("MIT", "Apache-2.0"))
    check("words", catalog.page("/models", q="desk-starter")["size"] >= 1)
    for query in ("tasks =", "tasks = 'x", "(tasks = 'x'", "artifacts.x > 1"):
        error = catalog.get("/models", status=400, filterQuery=query)
        check("says where", "character" in error["message"])
    options = catalog.get("/models/filter_options")
    for option in options["filters"].values():
        check("option", option["type"] in ("string", "number"))
    # Each value of an option finds something.
    for value in options["filters"]["tasks"]["values"]:
        check(value, catalog.page("/models", filterQuery=f"tasks = '{value}'")["size"] > 0)


def one_model(catalog):
    model = catalog.get("/sources/workspace/models/desk")
    check_model(model)
    artifacts = catalog.all("/sources/workspace/models/desk/artifacts", pageSize=1)
    for artifact in artifacts:
        has("artifact", artifact, ARTIFACTS[artifact["artifactType"]])
        check_properties(artifact)
    kinds = {artifact["artifactType"] for artifact in artifacts}
    check("files and measurements", kinds == {"model-artifact", "metrics-artifact"})
    path = "/sources/workspace/models/desk/artifacts"
    files = catalog.all(path, artifactType="model-artifact")
    check("an address that answers", requests.get(files[0]["uri"], timeout=60).json()["siblings"])
    measured = catalog.all(path, filterQuery="accuracy > 0.1", orderBy="accuracy.double_value")
    check("measured", all(one["metricsType"] == "accuracy-metrics" for one in measured))
    check("no speeds", catalog.all(f"{path}/performance") == [])
    encoded = catalog.get("/sources/curated/models/bert-base-uncased")
    check("card", encoded["readme"])
    catalog.get("/sources/workspace/models/a%2Fb", status=404)
    catalog.get("/sources/nowhere/models/desk", status=404)
    catalog.get("/sources/nowhere", status=404)


def main(url):
    catalog = Catalog(url)
    sources(catalog)
    models(catalog)
    one_model(catalog)
    report("kubeflow")


main(sys.argv[1])
