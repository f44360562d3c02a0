"""An engine that answers the questions of the encoder benchmark.

    python encode_peer.py ENGINE FOLDER THREADS

Sequences are sorted by length and padded in groups of equal or nearly equal lengths, as serving stacks do.
"""

import json
import random
import sys
import time

import numpy as np

WORDS = 900
GROUP = 8


def onnxruntime(folder, threads, file="model.onnx"):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(f"{folder}/{file}", settings, ["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    run = lambda ids, mask: session.run(None, dict(zip(names, (ids, mask))))[0]
    return f"onnxruntime {onnxruntime.__version__}", run


def openvino(folder, threads, precision):
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    settings["INFERENCE_PRECISION_HINT"] = precision
    model = openvino.Core().compile_model(f"{folder}/model.onnx", "CPU", settings)
    request = model.create_infer_request()
    return f"openvino {openvino.__version__}", lambda ids, mask: request.infer([ids, mask])


def torch(folder, threads, kind):
    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    load = transformers.BertModel.from_pretrained
    model = load(folder, dtype=getattr(torch, kind), add_pooling_layer=False).eval()

    def run(ids, mask):
        mask = torch.from_numpy(mask)
        hidden = model(input_ids=torch.from_numpy(ids), attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)

    return f"torch {torch.__version__}", run


ENGINES = {
    "onnxruntime": onnxruntime,
    "onnxruntime-int8": lambda folder, threads: onnxruntime(folder, threads, "int8.onnx"),
    "openvino-f32": lambda folder, threads: openvino(folder, threads, "f32"),
    "openvino-bf16": lambda folder, threads: openvino(folder, threads, "bf16"),
    "torch-f32": lambda folder, threads: torch(folder, threads, "float32"),
    "torch-bf16": lambda folder, threads: torch(folder, threads, "bfloat16"),
}


def batches(sequences):
    """Yields padded groups; one group where all lengths are equal."""
    sequences = sorted(sequences, key=len)
    size = len(sequences) if len(sequences[0]) == len(sequences[-1]) else GROUP
    for start in range(0, len(sequences), size):
        part = sequences[start : start + size]
        ids = np.zeros((len(part), len(part[-1])), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(part):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        yield ids, mask


def main():
    name, folder, threads = sys.argv[1:]
    began = time.monotonic()
    version, run = ENGINES[name](folder, int(threads))
    run(np.full((1, 8), 5, np.int64), np.ones((1, 8), np.int64))
    say(dict(version=version, seconds=time.monotonic() - began))
    for line in sys.stdin:
        question = json.loads(line)
        chance = random.Random(question["round"])
        sequences = [[chance.randrange(5, WORDS) for _ in range(n)] for n in question["lengths"]]
        began = time.monotonic()
        for ids, mask in batches(sequences):
            run(ids, mask)
        say(dict(seconds=time.monotonic() - began))


def say(value):
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
