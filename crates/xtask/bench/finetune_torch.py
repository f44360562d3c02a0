"""Fine-tunes an encoder with torch, one epoch each time that a line comes on standard input.

    python finetune_torch.py MODEL SETTINGS

SETTINGS is a JSON file: rows (text, label), classes, and how to learn. Everything is float32. Answers one JSON
object a line: first the versions and the time of loading, then seconds, loss and test accuracy of each epoch.
"""

import json
import random
import sys
import time

import torch
import transformers


def main():
    model_dir, path = sys.argv[1:]
    with open(path) as file:
        settings = json.load(file)
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(settings["seed"])
    random.seed(settings["seed"])
    began = time.monotonic()
    learner = Learner(model_dir, settings)
    version = f"torch {torch.__version__}, transformers {transformers.__version__}"
    answer({"version": version, "seconds": time.monotonic() - began})
    for _ in sys.stdin:
        began = time.monotonic()
        loss = learner.epoch()
        seconds = time.monotonic() - began
        answer({"seconds": seconds, "loss": loss, "accuracy": learner.accuracy()})


class Learner:
    """An encoder with a linear head over the mean of its hidden states."""

    def __init__(self, model_dir, settings):
        self.settings = settings
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(model_dir)
        self.encoder = transformers.AutoModel.from_pretrained(model_dir, dtype=torch.float32)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, settings["classes"])
        self.train = self.tokens(settings["train"])
        self.test = sorted(self.tokens(settings["test"]), key=lambda row: len(row[0]))
        self.parameters = [*self.encoder.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
        )
        batches = -(-len(self.train) // settings["batch_size"])
        total = batches * settings["epochs"]
        rising = settings["warmup_ratio"] * total
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min(1, (step + 1) / rising) * max(0, 1 - step / total)
        )

    def tokens(self, rows):
        longest = self.settings["tokens_max"]
        encode = lambda text: self.tokenizer(text, truncation=True, max_length=longest)["input_ids"]
        return [(encode(text), label) for text, label in rows]

    def scores(self, batch):
        width = max(len(tokens) for tokens, _ in batch)
        words = torch.zeros(len(batch), width, dtype=torch.long)
        mask = torch.zeros(len(batch), width)
        for row, (tokens, _) in enumerate(batch):
            words[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        hidden = self.encoder(input_ids=words, attention_mask=mask.long()).last_hidden_state
        return self.head((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))

    def epoch(self):
        self.encoder.train()
        random.shuffle(self.train)
        total = 0.0
        for batch in chunks(self.train, self.settings["batch_size"]):
            labels = torch.tensor([label for _, label in batch])
            loss = torch.nn.functional.cross_entropy(self.scores(batch), labels)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, self.settings["clip_norm"])
            self.optimizer.step()
            self.schedule.step()
            total += loss.item() * len(batch)
        return total / len(self.train)

    @torch.no_grad()
    def accuracy(self):
        self.encoder.eval()
        right = 0
        for batch in chunks(self.test, 64):
            best = self.scores(batch).argmax(1).tolist()
            right += sum(label == found for (_, label), found in zip(batch, best))
        return right / len(self.test)


def chunks(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def answer(value):
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
