"""`lm-eval` against a running server and, where there is torch, against `--model hf` with the same
weights. Usage: lm_eval_client.py URL SAMPLES; with `--write` it writes what `hf` says to the file
that machines without torch compare with."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", OPENAI_API_KEY="none")
os.environ.setdefault("TQDM_DISABLE", "1")

import lm_eval
from checks import check, report
from lm_eval.tasks import TaskManager

EXPECTED = Path(__file__).with_name("lm_eval.json")
# The server multiplies with bfloat16 where the processor can; `hf` computes with float32.
NATS_EACH_MAX = 0.02

ROWS = [
    ("can I keep the paper kite until", ["friday", "the river", "two"], 0),
    ("where can I", ["kite", "print a page", "of"], 1),
    ("my card is", ["gone", "opening", "print"], 0),
    ("what time do the doors", ["card", "chess", "open on friday"], 2),
    ("do you have a book on", ["chess", "until", "lost"], 0),
    ("how do I sign", ["friday", "up", "kite"], 1),
]
TEXTS = [
    "I have lost my membership card. Can I keep the paper kite until friday?",
    "The library opens at ten. " * 60,
    "Your old card is blocked: pick up a new one at the desk.",
]

TASKS = {
    "desk_choice": """
output_type: multiple_choice
doc_to_text: "{{text}}"
doc_to_choice: "{{choices}}"
doc_to_target: "{{gold}}"
metric_list: [{metric: acc}, {metric: acc_norm}]
""",
    "desk_perplexity": """
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{text}}"
metric_list: [{metric: bits_per_byte}]
""",
    "desk_write": """
output_type: generate_until
doc_to_text: "{{text}}"
doc_to_target: "{{choices[gold]}}"
generation_kwargs: {until: ["\\n", "?"], max_gen_toks: 24, do_sample: false, temperature: 0}
metric_list: [{metric: exact_match}]
""",
}


def tasks(folder):
    """Writes the tasks and their data, and returns what knows them."""
    rows = [{"text": text, "choices": choices, "gold": gold} for text, choices, gold in ROWS]
    for name, task in TASKS.items():
        own = [{"text": text} for text in TEXTS] if name == "desk_perplexity" else rows
        data = folder / f"{name}.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in own))
        source = f"task: {name}\ndataset_path: json\ntest_split: test\n"
        source += f"dataset_kwargs: {{data_files: {{test: {json.dumps(str(data))}}}}}\n"
        (folder / f"{name}.yaml").write_text(source + task)
    return TaskManager(include_path=str(folder), include_defaults=False)


def run(manager, model, arguments, names, chat=False):
    """Returns of each task its scores and of each row what the model said of it."""
    found = lm_eval.simple_evaluate(
        model=model, model_args=arguments, tasks=names, task_manager=manager, log_samples=True,
        bootstrap_iters=0, batch_size=2, apply_chat_template=chat,
    )
    told = {}
    for name in names:
        scores = found["results"][name].items()
        rows = sorted(found["samples"][name], key=lambda sample: sample["doc_id"])
        told[name] = {
            "scores": {key: value for key, value in scores if isinstance(value, float)},
            "rows": [said(sample["filtered_resps"]) for sample in rows],
        }
    return told


def said(answers):
    """Returns texts as they are, and of log-likelihoods the numbers alone."""
    number = lambda one: one[0] if isinstance(one, (list, tuple)) else one
    return [answer if isinstance(answer, str) else float(number(answer)) for answer in answers]


def of_hf(manager, samples):
    """Returns what transformers says, with float32."""
    arguments = {"pretrained": str(samples / "chat"), "dtype": "float32", "device": "cpu"}
    plain = run(manager, "hf", arguments, list(TASKS))
    plain["chat"] = run(manager, "hf", arguments, ["desk_write"], chat=True)["desk_write"]
    return plain


def compare(what, found, expected):
    """Checks that rows say the same and that scores are those."""
    for row, (ours, theirs) in enumerate(zip(found["rows"], expected["rows"], strict=True)):
        for own, other in zip(ours, theirs, strict=True):
            if isinstance(own, str):
                check(f"{what}, row {row}: `{own}` is `{other}`", own == other)
            else:
                tokens = max(1, len(TEXTS[row].split()) if "perplexity" in what else 3)
                close = abs(own - other) <= NATS_EACH_MAX * tokens
                check(f"{what}, row {row}: {own} is {other}", close)
    for name, score in expected["scores"].items():
        close = abs(found["scores"][name] - score) <= 0.01 * max(1, abs(score))
        check(f"{what}, {name}: {found['scores'][name]} is {score}", close)


def expected(manager, samples, write):
    """Returns what `hf` says, or said where there is no torch."""
    try:
        import torch  # noqa: F401
    except ImportError:
        print("SKIPPED: lm-eval with `hf`: there is no torch; compared with what it said before")
        return json.loads(EXPECTED.read_text())
    told = of_hf(manager, samples)
    if write:
        EXPECTED.write_text(json.dumps(told, indent=1) + "\n")
    for name, task in json.loads(EXPECTED.read_text()).items():
        compare(f"hf, {name}, as before", told[name], task)
    return told


def main(url, samples, write):
    with tempfile.TemporaryDirectory() as folder:
        manager = tasks(Path(folder))
        theirs = expected(manager, samples, write)
        completions = {
            "model": "desk-chat", "base_url": f"{url}/v1/completions", "max_length": 512,
            "tokenizer": str(samples / "chat"), "tokenizer_backend": "huggingface",
            "num_concurrent": 4,
        }
        for tokens in (True, False):
            arguments = completions | {"tokenized_requests": tokens}
            names = [name for name in TASKS if tokens or name != "desk_perplexity"]
            ours = run(manager, "local-completions", arguments, names)
            for name in names:
                compare(f"{name} as {'tokens' if tokens else 'text'}", ours[name], theirs[name])
        chat = {"model": "desk-chat", "base_url": f"{url}/v1/chat/completions"}
        ours = run(manager, "local-chat-completions", chat, ["desk_write"], chat=True)
        compare("desk_write as a chat", ours["desk_write"], theirs["chat"])
    report(f"lm-eval {lm_eval.__version__}")


main(sys.argv[1], Path(sys.argv[2]), "--write" in sys.argv)
