"""An engine that answers the questions of the serving benchmark.

    python serve_peer.py llama_cpp|openvino|torch MODEL THREADS

Says when the model is loaded, then answers one question a line: seconds until all streams have their first token, and
from there until all have the rest. What is written is fixed beforehand, so that no sampler is measured.
"""

import json
import random
import sys
import time

WORDS = 4000


class LlamaCpp:
    def __init__(self, model, threads):
        import llama_cpp

        self.api = llama_cpp
        self.version = f"llama-cpp-python {llama_cpp.__version__}"
        self.quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.quiet, None)
        llama_cpp.llama_backend_init()
        settings = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(model.encode(), settings)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = 24576, 2048, 512
        settings.n_seq_max, settings.kv_unified = 16, True
        settings.n_threads = settings.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(2048, 0, 1)

    def run(self, rows):
        """Takes in (token, position, stream, whether scores are wanted)."""
        for start in range(0, len(rows), 2048):
            part = rows[start : start + 2048]
            batch = self.batch
            batch.n_tokens = len(part)
            for place, (token, position, stream, scored) in enumerate(part):
                batch.token[place], batch.pos[place] = token, position
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, stream
                batch.logits[place] = scored
            if self.api.llama_decode(self.context, batch) != 0:
                sys.exit("llama.cpp could not take in a batch")
        self.api.llama_synchronize(self.context)

    def ask(self, prompts, tokens, shared, cached):
        self.api.llama_memory_clear(self.memory, True)
        skipped = 0
        if cached:
            self.run([(t, at, 0, False) for at, t in enumerate(prompts[0][:shared])])
            for stream in range(1, len(prompts)):
                self.api.llama_memory_seq_cp(self.memory, 0, stream, -1, -1)
            skipped = shared
        began = time.monotonic()
        self.run([
            (token, skipped + at, stream, skipped + at + 1 == len(prompt))
            for stream, prompt in enumerate(prompts)
            for at, token in enumerate(prompt[skipped:])
        ])
        first = time.monotonic()
        for step in range(tokens - 1):
            self.run([(7 + s, len(p) + step, s, True) for s, p in enumerate(prompts)])
        return first - began, time.monotonic() - first


class OpenVino:
    def __init__(self, model, threads):
        import numpy
        import openvino
        import openvino_genai

        self.numpy, self.openvino, self.api = numpy, openvino, openvino_genai
        self.version = f"openvino-genai {openvino_genai.__version__}"
        settings = dict(INFERENCE_NUM_THREADS=threads, PERFORMANCE_HINT="LATENCY")
        self.pipe = openvino_genai.LLMPipeline(model, "CPU", **settings)

    def written(self, prompts, tokens):
        settings = self.api.GenerationConfig()
        settings.max_new_tokens, settings.ignore_eos, settings.do_sample = tokens, True, False
        ids = self.openvino.Tensor(self.numpy.array(prompts, dtype=self.numpy.int64))
        mask = self.openvino.Tensor(self.numpy.ones((len(prompts), len(prompts[0])), self.numpy.int64))
        began = time.monotonic()
        self.pipe.generate(self.api.TokenizedInputs(ids, mask), settings)
        return time.monotonic() - began

    def ask(self, prompts, tokens, shared, cached):
        first = self.written(prompts, 1)
        return first, self.written(prompts, tokens) - first if tokens > 1 else 0.0


class Torch:
    def __init__(self, model, threads):
        import torch
        import transformers

        self.torch = torch
        self.version = f"torch {torch.__version__}, transformers {transformers.__version__}, bf16"
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        load = transformers.AutoModelForCausalLM.from_pretrained
        self.model = load(model, dtype=torch.bfloat16).eval()

    def ask(self, prompts, tokens, shared, cached):
        began = time.monotonic()
        ids = self.torch.tensor(prompts)
        out = self.model(input_ids=ids, use_cache=True, logits_to_keep=1)
        first = time.monotonic()
        ids = self.torch.full((len(prompts), 1), 7)
        for _ in range(tokens - 1):
            out = self.model(input_ids=ids, past_key_values=out.past_key_values, use_cache=True)
        return first - began, time.monotonic() - first


ENGINES = {"llama_cpp": LlamaCpp, "openvino": OpenVino, "torch": Torch}


def prompts_of(question):
    chance = random.Random(f"{question['round']} {question['name']}")
    shared = question["shared"]
    words = lambda count: [chance.randrange(WORDS) for _ in range(count)]
    common = words(shared)
    begin = lambda: common if question["cached"] else words(shared)
    return [begin() + words(length - shared) for length in question["prompts"]]


def main():
    name, model, threads = sys.argv[1:]
    began = time.monotonic()
    engine = ENGINES[name](model, int(threads))
    engine.ask([list(range(1, 9))], 1, 0, False)
    say(dict(version=engine.version, seconds=time.monotonic() - began))
    for line in sys.stdin:
        question = json.loads(line)
        asked = question["tokens"], question["shared"], question["cached"]
        first, rest = engine.ask(prompts_of(question), *asked)
        say(dict(first=first, rest=rest))


def say(value):
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
