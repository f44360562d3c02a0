//! Decoder-only language models: Llama and its relatives.
