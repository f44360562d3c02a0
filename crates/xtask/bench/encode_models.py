"""Makes an encoder of random weights in the forms that engines read.

    python encode_models.py DIR SHAPE

DIR/SHAPE/f32 gets a model folder and model.onnx, and int8.onnx what onnxruntime makes of it. What is there is kept.
"""

import json
import pathlib
import shutil
import sys

SHAPES = {
    "minilm": dict(hidden_size=384, num_hidden_layers=6, intermediate_size=1536),
    "bert-base": dict(hidden_size=768, num_hidden_layers=12, intermediate_size=3072),
    "tiny-bert": dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512),
}


def main():
    directory, shape = sys.argv[1:]
    folder = pathlib.Path(directory) / shape
    if not (folder / "ready").exists():
        make(folder, dict(dict(num_attention_heads=12, vocab_size=30522), **SHAPES[shape]))
        (folder / "ready").touch()


def make(folder, sizes):
    import torch
    import transformers
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    torch.manual_seed(7)
    config = transformers.BertConfig(**sizes, max_position_embeddings=512)
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"word{number}" for number in range(len(words), config.vocab_size)]
    made = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    place = folder / "f32"
    shutil.rmtree(place, ignore_errors=True)
    model.save_pretrained(place)
    made.save(str(place / "tokenizer.json"))
    settings = dict(tokenizer_class="BertTokenizerFast", model_max_length=512)
    (place / "tokenizer_config.json").write_text(json.dumps(settings))
    path = str(place / "model.onnx")
    export(torch, Hidden(torch, model), path)
    quantize_dynamic(path, str(place / "int8.onnx"), weight_type=QuantType.QInt8)


def Hidden(torch, model):
    class Hidden(torch.nn.Module):
        """The mean of the hidden states of every sequence."""

        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)
            weights = attention_mask.unsqueeze(-1).to(torch.float32)
            return (hidden.last_hidden_state * weights).sum(1) / weights.sum(1)

    return Hidden().eval()


def export(torch, model, path):
    example = (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long))
    batch, tokens = torch.export.Dim("batch", min=1, max=512), torch.export.Dim("tokens", min=2, max=512)
    shapes = [{0: batch, 1: tokens}, {0: batch, 1: tokens}]
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        model, example, path, input_names=names, output_names=["mean"], dynamic_shapes=shapes,
        dynamo=True, external_data=False,
    )


if __name__ == "__main__":
    main()
