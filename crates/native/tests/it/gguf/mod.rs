//! GGUF files: what is read, what is refused, and that it computes what safetensors compute.

mod blocks;
mod convert;
mod hostile;
mod parity;
mod tokenizer;
mod writer;
