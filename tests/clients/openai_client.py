"""The `openai` package against a running server. Usage: openai_client.py URL"""

import base64
import json
import re
import struct
import sys

import openai
from checks import check, raises, report


def main(url):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)

    ids = [model.id for model in client.models.list()]
    check("models are listed", {"desk", "desk-chat", "desk-embeddings"} <= set(ids))
    check("one model", client.models.retrieve("desk-chat").id == "desk-chat")

    texts = ["where can I print", "how do I print a page", "my card is gone"]
    answer = client.embeddings.create(model="desk-embeddings", input=texts)
    vectors = [item.embedding for item in answer.data]
    check("embeddings in order", [item.index for item in answer.data] == [0, 1, 2])
    check("usage is counted", answer.usage.prompt_tokens > 0)
    plain = client.embeddings.create(model="desk-embeddings", input=texts, encoding_format="float")
    close = max(abs(a - b) for a, b in zip(vectors[0], plain.data[0].embedding))
    check("base64 and float agree", close < 1e-6)
    raw = client.embeddings.with_raw_response.create(
        model="desk-embeddings", input="x", encoding_format="base64"
    ).parse()
    body = raw.data[0].embedding
    if isinstance(body, str):
        body = struct.unpack(f"<{len(base64.b64decode(body)) // 4}f", base64.b64decode(body))
    check("base64 has all dimensions", len(body) == len(vectors[0]))
    short = client.embeddings.create(model="desk-embeddings", input="x", dimensions=8)
    check("dimensions", len(short.data[0].embedding) == 8)

    messages = [{"role": "user", "content": "how do I sign up"}]
    chat = client.chat.completions.create(
        model="desk-chat", messages=messages, temperature=0, max_tokens=24
    )
    text = chat.choices[0].message.content
    check("chat answers", len(text) > 0 and chat.choices[0].finish_reason in ("stop", "length"))
    check("chat usage", chat.usage.total_tokens > chat.usage.completion_tokens > 0)
    stream = client.chat.completions.create(
        model="desk-chat", messages=messages, temperature=0, max_tokens=24, stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    check("the stream says the same", "".join(pieces) == text)
    check("the stream counts", chunks[-1].usage.completion_tokens == chat.usage.completion_tokens)
    check("the stream ends with a reason", [c for c in chunks if c.choices][-1].choices[0].finish_reason)

    tuned = client.chat.completions.create(
        model="desk-chat", messages=messages, n=3, seed=7, max_tokens=12, temperature=1.5, top_p=0.95,
        frequency_penalty=0.5, presence_penalty=0.5, logit_bias={"40": -100},
        logprobs=True, top_logprobs=3, extra_body={"top_k": 50, "min_p": 0.01},
    )
    check("several answers", [choice.index for choice in tuned.choices] == [0, 1, 2])
    first = tuned.choices[0].logprobs.content[0]
    check("chat logprobs", first.logprob <= 0 and len(first.top_logprobs) == 3 and first.bytes)
    structured(client, messages)
    tools(client, messages)

    best = client.completions.create(
        model="desk-chat", prompt="the library", max_tokens=4, n=1, best_of=4, seed=1
    )
    check("the best of four", len(best.choices) == 1 and best.usage.completion_tokens > 4)
    tokens = client.embeddings.create(model="desk-embeddings", input=[[7, 8], [9]])
    check("embeddings of tokens", tokens.usage.total_tokens == 3)

    done = client.completions.create(
        model="desk-chat", prompt="the library", max_tokens=4, temperature=0, logprobs=2, echo=True
    )
    logprobs = done.choices[0].logprobs
    check("echo covers prompt and answer", len(logprobs.tokens) == done.usage.total_tokens)
    check("the first token has no probability", logprobs.token_logprobs[0] is None)

    error = raises(
        openai.NotFoundError,
        lambda: client.chat.completions.create(model="nobody", messages=messages),
    )
    check("an unknown model has its code", error.code == "model_not_found")
    error = raises(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model="desk-chat", messages=messages, temperature=9),
    )
    check("a wrong parameter is named", error.param == "temperature")
    error = raises(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model="desk", messages=messages),
    )
    check("a classifier does not chat", "text-classification" in error.message)

    ranked = client.post(
        "/rerank", cast_to=object,
        body={"model": "desk-embeddings", "query": texts[0], "documents": texts, "top_n": 2},
    )
    check("documents are ranked", [one["index"] for one in ranked["results"]][0] == 0)
    azure(url, messages, text)

    report(f"openai {openai.__version__}")


def structured(client, messages):
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["card", "book"]}, "count": {"type": "integer", "maximum": 99}},
        "required": ["kind", "count"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "thing", "schema": schema, "strict": True}}
    answer = client.chat.completions.create(
        model="desk-chat", messages=messages, response_format=form, max_tokens=200
    )
    thing = json.loads(answer.choices[0].message.content)
    check("the answer fits its schema", thing["kind"] in ("card", "book") and thing["count"] <= 99)
    answer = client.chat.completions.create(
        model="desk-chat", messages=messages, extra_body={"guided_regex": "[0-9]{3}-x"}
    )
    check("the answer matches", re.fullmatch("[0-9]{3}-x", answer.choices[0].message.content))
    form["json_schema"]["schema"] = {"type": "colour"}
    error = raises(
        openai.BadRequestError,
        lambda: client.chat.completions.create(
            model="desk-chat", messages=messages, response_format=form
        ),
    )
    check("a wrong schema is named", error.param == "response_format")


def tools(client, messages):
    parameters = {
        "type": "object",
        "properties": {"day": {"enum": ["monday", "friday"]}},
        "required": ["day"],
        "additionalProperties": False,
    }
    function = {"name": "opening_hours", "parameters": parameters}
    asked = {
        "model": "desk-chat", "messages": messages, "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "opening_hours"}}, "max_tokens": 100,
        "seed": 3,
    }
    choice = client.chat.completions.create(**asked).choices[0]
    call = choice.message.tool_calls[0]
    check("a tool is called", choice.finish_reason == "tool_calls" and call.type == "function")
    check("its arguments fit", json.loads(call.function.arguments)["day"] in ("monday", "friday"))
    with client.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion().choices[0].message.tool_calls[0]
    check("the stream calls it too", streamed.function.arguments == call.function.arguments)
    answered = messages + [
        {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
        {"role": "tool", "tool_call_id": call.id, "content": "ten to six"},
    ]
    answer = client.chat.completions.create(
        model="desk-chat", messages=answered, tools=asked["tools"], max_tokens=4
    )
    check("the result is read", answer.usage.prompt_tokens > 0)


def azure(url, messages, text):
    client = openai.AzureOpenAI(
        azure_endpoint=url, api_key="none", api_version="2024-10-21", max_retries=0
    )
    chat = client.chat.completions.create(
        model="desk-chat", messages=messages, temperature=0, max_tokens=24
    )
    check("Azure's client gets the same answer", chat.choices[0].message.content == text)
    vectors = client.embeddings.create(model="desk-embeddings", input="x")
    check("Azure's client gets vectors", len(vectors.data[0].embedding) > 0)
    error = raises(
        openai.NotFoundError,
        lambda: client.chat.completions.create(model="nobody", messages=messages),
    )
    check("Azure's code for it", error.code == "DeploymentNotFound")


main(sys.argv[1])
