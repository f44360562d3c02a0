"""The `openai` package against a running server. Usage: openai_client.py URL"""

import base64
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

    report(f"openai {openai.__version__}")


main(sys.argv[1])
