//! The body that all encoder families share: embeddings and post-normalized blocks.

use kernels::Sequences;
use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};

use crate::Result;
use crate::encoder::batch::Packed;
use crate::encoder::blocks::{Linear, Norm, activate};
use crate::encoder::names::Names;
use crate::encoder::relative::RelativeBias;
use crate::encoder::shape::EncoderShape;
use crate::weights::{Quantize, Tensor, WeightFiles};

/// An encoder without a head.
#[derive(Debug)]
pub(super) struct Body {
    shape: EncoderShape,
    words: Tensor,
    positions: Tensor,
    token_types: Vec<Vec<f32>>,
    norm: Norm,
    blocks: Vec<Block>,
    bias: Option<RelativeBias>,
}

#[derive(Debug)]
struct Block {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// Room for what a block computes, used again by each.
struct Scratch {
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    context: Vec<f32>,
    sum: Vec<f32>,
    wide: Vec<f32>,
}

impl Body {
    pub(super) fn load(
        files: &WeightFiles,
        shape: &EncoderShape,
        quantize: Option<Quantize>,
    ) -> Result<Self> {
        let names = Names::of(shape.dialect);
        let prefix = names.body_prefix(files.headers());
        let hidden = shape.hidden;
        let table = |name: &str, rows: usize| {
            files.tensor(&format!("{prefix}embeddings.{name}.weight"), &[rows, hidden])
        };
        let norm_name = format!("{prefix}{}", names.embeddings_norm);
        let token_types = match shape.token_types {
            0 => Vec::new(),
            rows => first_rows(&table("token_type_embeddings", rows)?, hidden, rows.min(2)),
        };
        let bias = match shape.relative_buckets {
            0 => None,
            _ => Some(RelativeBias::load(files, prefix, shape)?),
        };
        let load_block = |number| {
            let name = format!("{prefix}{}.{number}", names.blocks);
            Block::load(files, &name, shape).map(|block| block.rounded(quantize))
        };
        Ok(Self {
            words: table("word_embeddings", shape.vocabulary)?,
            positions: table("position_embeddings", shape.positions)?,
            token_types,
            norm: Norm::load(files, &norm_name, hidden, shape.norm_epsilon)?,
            blocks: (0..shape.layers).map(load_block).collect::<Result<_>>()?,
            bias,
            shape: shape.clone(),
        })
    }

    /// Returns the word table, which masked language models use again.
    pub(super) fn words(&self) -> &Tensor {
        &self.words
    }

    /// Computes the last hidden state of every token.
    pub(super) fn forward(&self, batch: &Packed) -> Vec<f32> {
        let mut hidden = self.embed(batch);
        let mut scratch = Scratch::new(batch.tokens.len(), &self.shape);
        for block in &self.blocks {
            self.run_block(block, &mut hidden, batch, &mut scratch);
        }
        hidden
    }

    fn embed(&self, batch: &Packed) -> Vec<f32> {
        let width = self.shape.hidden;
        let mut sums = vec![0.0; batch.tokens.len() * width];
        let positions = batch.positions(self.shape.position_first);
        sums.par_chunks_mut(width).enumerate().for_each_init(
            || vec![0.0; width],
            |position, (index, row)| {
                self.words.copy_row(batch.tokens[index] as usize, row);
                self.positions.copy_row(positions[index], position);
                row.iter_mut().zip(&*position).for_each(|(sum, x)| *sum += x);
                let second = batch.second.get(index).is_some_and(|second| *second);
                // A model with one type gives it to both texts of a pair.
                let types = &self.token_types;
                let own = types.get(usize::from(second)).or(types.first());
                if let Some(token_type) = own {
                    row.iter_mut().zip(token_type).for_each(|(sum, x)| *sum += x);
                }
            },
        );
        let mut hidden = vec![0.0; sums.len()];
        self.norm.apply(&mut hidden, &sums);
        hidden
    }

    fn run_block(&self, block: &Block, hidden: &mut [f32], batch: &Packed, room: &mut Scratch) {
        let Scratch { query, key, value, .. } = room;
        let all = [(&block.query, query), (&block.key, key), (&block.value, value)];
        Linear::apply_all(all.map(|(one, out)| (one, &mut out[..])), hidden);
        self.attend(batch, room);
        block.output.apply(&mut room.sum, &room.context);
        kernels::add(&mut room.sum, hidden);
        block.attention_norm.apply(hidden, &room.sum);

        block.up.apply(&mut room.wide, hidden);
        activate(&mut room.wide, self.shape.activation);
        block.down.apply(&mut room.sum, &room.wide);
        kernels::add(&mut room.sum, hidden);
        block.output_norm.apply(hidden, &room.sum);
    }

    fn attend(&self, batch: &Packed, room: &mut Scratch) {
        let Scratch { query, key, value, context, .. } = room;
        let sequences = Sequences {
            offsets: &batch.offsets,
            attention: &self.shape.attention(),
            bias: self.bias.as_ref().map(RelativeBias::view),
            dropout: None,
        };
        kernels::attention_of(context, [query, key, value], &sequences);
    }
}

impl Block {
    fn load(files: &WeightFiles, prefix: &str, shape: &EncoderShape) -> Result<Self> {
        let names = Names::of(shape.dialect);
        let hidden = shape.hidden;
        let linear = |name: &str, outputs: usize, inputs: usize| {
            Linear::load(files, &format!("{prefix}.{name}"), outputs, inputs)
        };
        let norm =
            |name: &str| Norm::load(files, &format!("{prefix}.{name}"), hidden, shape.norm_epsilon);
        Ok(Self {
            query: linear(names.query, hidden, hidden)?,
            key: linear(names.key, hidden, hidden)?,
            value: linear(names.value, hidden, hidden)?,
            output: linear(names.output, hidden, hidden)?,
            attention_norm: norm(names.attention_norm)?,
            up: linear(names.up, shape.intermediate, hidden)?,
            down: linear(names.down, hidden, shape.intermediate)?,
            output_norm: norm(names.output_norm)?,
        })
    }
}

impl Block {
    /// Rounds its matrices, where that is asked for.
    fn rounded(self, quantize: Option<Quantize>) -> Self {
        let rounding = quantize.map(Quantize::matrices);
        Self {
            query: self.query.rounded(rounding),
            key: self.key.rounded(rounding),
            value: self.value.rounded(rounding),
            output: self.output.rounded(rounding),
            up: self.up.rounded(rounding),
            down: self.down.rounded(rounding),
            ..self
        }
    }
}

impl Scratch {
    fn new(tokens: usize, shape: &EncoderShape) -> Self {
        let narrow = || vec![0.0; tokens * shape.hidden];
        Self {
            query: narrow(),
            key: narrow(),
            value: narrow(),
            context: narrow(),
            sum: narrow(),
            wide: vec![0.0; tokens * shape.intermediate],
        }
    }
}

fn first_rows(table: &Tensor, width: usize, count: usize) -> Vec<Vec<f32>> {
    let row = |number| {
        let mut row = vec![0.0; width];
        table.copy_row(number, &mut row);
        row
    };
    (0..count).map(row).collect()
}
