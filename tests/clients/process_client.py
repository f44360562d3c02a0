"""The `openai` package against an endpoint that llama-cpp-python's server serves.

Usage: process_client.py URL ENDPOINT
"""

import json
import sys
import urllib.request

import openai
from checks import check, raises, report


def main(url, name):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    check("the endpoint is listed", name in {model.id for model in client.models.list()})
    asked = {
        "model": name, "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0, "max_tokens": 8, "seed": 1,
    }
    chat = client.chat.completions.create(**asked)
    text = chat.choices[0].message.content
    check("it is another server", chat.id.startswith("chatcmpl-") and chat.model == name)
    check("tokens are counted", chat.usage.completion_tokens > 0)
    chunks = list(client.chat.completions.create(**asked, stream=True))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    check("the stream comes in pieces", len(chunks) > 2)
    check("the stream says the same", "".join(pieces) == text)
    check("the stream ends with a reason", chunks[-1].choices[0].finish_reason in ("stop", "length"))
    done = client.completions.create(model=name, prompt="hello", max_tokens=4, temperature=0)
    check("a completion", done.usage.completion_tokens <= 4)
    error = raises(
        openai.APIStatusError,
        lambda: client.chat.completions.create(**{**asked, "max_tokens": "many"}),
    )
    check("its refusal is typed", error.body["message"] and error.body["type"])
    raises(
        openai.NotFoundError,
        lambda: client.chat.completions.create(**{**asked, "model": "nobody"}),
    )

    body = json.dumps({"input_data": {"input_string": asked["messages"],
                                      "parameters": {"max_new_tokens": 8, "seed": 1}}})
    request = urllib.request.Request(
        f"{url}/endpoints/{name}/score", body.encode(), {"content-type": "application/json"}
    )
    scored = json.load(urllib.request.urlopen(request))
    check("scoring says the same", scored == {"output": text})
    place = f"{url}/api/v1/endpoints/{name}"
    shown = json.load(urllib.request.urlopen(place))["deployments"][0]
    check("it is a command", shown["runtime"] == "process" and shown["state"] == "ready")
    log = json.load(urllib.request.urlopen(f"{place}/deployments/default/logs"))
    check("its log is kept", any("llama" in line["line"] for line in log["lines"]))
    report("llama-cpp-python's server")


main(sys.argv[1], sys.argv[2])
