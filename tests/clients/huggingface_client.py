"""The `huggingface_hub` package against a running server. Usage: huggingface_client.py URL"""

import hashlib
import json
import os
import pathlib
import sys
import tempfile
import urllib.request

# Read when the package is imported.
URL = sys.argv[1]
CACHE = tempfile.TemporaryDirectory()
os.environ["HF_ENDPOINT"] = URL
os.environ["HF_HOME"] = CACHE.name
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import huggingface_hub  # noqa: E402
from checks import check, raises, report  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    BadRequestError,
    EntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

# More than one page of the hub's API has.
MANY = 1_100


def ask(path, body=None):
    headers = {"content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}{path}", data=data, headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def add_many(folder):
    """Adds a collection of models, as an organization keeps them."""
    for number in range(MANY):
        model = folder / f"many-{number:04}"
        model.mkdir()
        asset = f"name: many-{number:04}\ntype: model\nspec: spec.yaml\n"
        (model / "asset.yaml").write_text(asset)
        tags = f"  task: fill-mask\n  license: {'mit' if number % 2 else 'apache-2.0'}\n"
        spec = f"name: many-{number:04}\npath: ./\nproperties: {{}}\ntags:\n{tags}"
        (model / "spec.yaml").write_text(spec)
    ask("/api/v1/catalog/assets", {"folder": str(folder), "collection": "many"})


def lists(api):
    many = [model.id for model in api.list_models(author="many")]
    check("every page is read", len(many) == len(set(many)) == MANY)
    check("a limit above a page", len(list(api.list_models(author="many", limit=1_050))) == 1_050)
    check("a limit below a page", len(list(api.list_models(limit=7))) == 7)
    mit = list(api.list_models(author="many", filter=["license:mit", "fill-mask"]))
    check("filters go together", len(mit) == MANY // 2)
    check("tags tell the filters", all("license:mit" in model.tags for model in mit))
    names = [model.id for model in api.list_models(search="desk-starter", author="workspace")]
    check("search", "workspace/desk-starter" in names)
    total = ask("/api/v1/models?task=fill-mask&limit=1")["total"]
    check("pipeline_tag", len(list(api.list_models(pipeline_tag="fill-mask"))) == total)
    check("no such task", list(api.list_models(pipeline_tag="mind-reading")) == [])
    downloads = [model.downloads for model in api.list_models(sort="downloads", limit=50)]
    check("sort", downloads == sorted(downloads, reverse=True))
    times = [model.last_modified for model in api.list_models(sort="last_modified", limit=20)]
    check("times", times == sorted(times, reverse=True))
    full = next(iter(api.list_models(author="workspace", search="desk-starter", full=True)))
    check("full", full.sha and "config.json" in [file.rfilename for file in full.siblings])
    expanded = next(iter(api.list_models(limit=1, expand=["likes"])))
    check("expand", expanded.likes is not None and expanded.tags is None)
    raises(BadRequestError, lambda: list(api.list_models(sort="loudness")))


def one_model(api):
    model = "workspace/desk"
    info = api.model_info(model, files_metadata=True)
    check("sha", len(info.sha) == 40)
    check("card", info.pipeline_tag == "text-classification" and info.card_data.license)
    check("base model", info.card_data.base_model == "workspace/desk-starter")
    check("parameters", info.safetensors.total > 0)
    check("children", "workspace/desk" in [
        child.id for child in api.list_models(filter="base_model:workspace/desk-starter")
    ])
    card = ask(f"/api/v1/models/{model}")
    digests = {file["path"]: file["sha256"] for file in card["files"]}
    check("digests", {one.rfilename: one.lfs.sha256 for one in info.siblings} == digests)
    check("files", set(api.list_repo_files(model)) == set(digests))
    check("sizes", [one.size for one in api.get_paths_info(model, ["config.json"])] == [
        file["size_bytes"] for file in card["files"] if file["path"] == "config.json"
    ])
    refs = api.list_repo_refs(model)
    check("refs", refs.branches[0].target_commit == info.sha and refs.tags[0].name == "1")
    check("commits", api.list_repo_commits(model)[0].commit_id == info.sha)
    check("exists", api.repo_exists(model) and not api.repo_exists("workspace/none"))
    check("file exists", api.file_exists(model, "config.json"))
    check("no file", not api.file_exists(model, "none.bin"))
    check("revision exists", api.revision_exists(model, "1"))
    check("no revision", not api.revision_exists(model, "99"))
    return info, digests


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def downloads(info, digests):
    model = info.id
    path = huggingface_hub.hf_hub_download(model, "config.json")
    check("a file", digest(path) == digests["config.json"])
    check("at its commit", info.sha in path)
    again = huggingface_hub.hf_hub_download(model, "config.json", revision="1")
    check("by its version", digest(again) == digests["config.json"])
    folder = pathlib.Path(huggingface_hub.snapshot_download(model))
    files = [file for file in folder.rglob("*") if file.is_file()]
    files = {str(file.relative_to(folder)): digest(file) for file in files}
    check("a snapshot", files == digests)
    check("its commit", folder.name == info.sha)
    target = tempfile.mkdtemp(dir=CACHE.name)
    huggingface_hub.snapshot_download(model, local_dir=target, allow_patterns="*.json")
    check("into a folder", digest(f"{target}/config.json") == digests["config.json"])


def refusals(api):
    raises(RepositoryNotFoundError, lambda: api.model_info("workspace/none"))
    raises(RepositoryNotFoundError, lambda: api.model_info("none"))
    raises(RevisionNotFoundError, lambda: api.model_info("workspace/desk", revision="99"))
    get = huggingface_hub.hf_hub_download
    raises(RepositoryNotFoundError, lambda: get("workspace/none", "config.json"))
    raises(RevisionNotFoundError, lambda: get("workspace/desk", "config.json", revision="99"))
    raises(EntryNotFoundError, lambda: get("workspace/desk", "none.bin"))
    # Listed only: what is known is told, and a download does not pass for done.
    listed = api.model_info("google-bert/bert-base-uncased")
    check("a listed model", listed.siblings is None and "fill-mask" in listed.tags)
    snapshot = huggingface_hub.snapshot_download
    error = raises(EntryNotFoundError, lambda: snapshot("google-bert/bert-base-uncased"))
    check("what to do", "modeldex import" in str(error))


def main():
    api = huggingface_hub.HfApi()
    with tempfile.TemporaryDirectory() as folder:
        add_many(pathlib.Path(folder))
    lists(api)
    info, digests = one_model(api)
    downloads(info, digests)
    refusals(api)
    report(f"huggingface_hub {huggingface_hub.__version__}")


main()
