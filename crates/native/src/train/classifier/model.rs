//! The encoder and its new head, loaded for training, and what is written of them.

use rand_chacha::ChaCha8Rng;

use super::Method;
use super::arena::{Arena, Collector, Kind, Place};
use super::examples::Examples;
use super::layers::{Adapter, Linear, Matrix, Norm, Table, TrainedRows, Vector};
use crate::Result;
use crate::encoder::EncoderShape;
use crate::encoder::names::Names;
use crate::encoder::relative;
use crate::train::random::{even, normal};
use crate::weights::WeightFiles;

/// How far the head's first numbers spread; the default of `transformers`.
const HEAD_SPREAD: f32 = 0.02;

/// An encoder with a head that scores the mean of the hidden states.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) shape: EncoderShape,
    pub(super) attention: kernels::Attention,
    pub(super) words: Table,
    pub(super) positions: Table,
    pub(super) token_types: Option<Table>,
    pub(super) norm: Norm,
    pub(super) blocks: Vec<Block>,
    /// MPNet's bias by distance: its table, `buckets × heads`.
    pub(super) relative: Option<Relative>,
    pub(super) head: Linear,
}

/// A block in the order of its layers.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    pub(super) attention_norm: Norm,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) output_norm: Norm,
}

/// The table of the bias by distance.
#[derive(Debug)]
pub(super) struct Relative {
    pub(super) table: Vector,
    pub(super) shape: [usize; 2],
}

/// A tensor of the finished model, under the name that the body gives it.
pub(super) struct Finished {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
    /// Whether it belongs to the head, whose names have no prefix.
    pub(super) is_head: bool,
}

/// Reads layers, and decides what of them is trained.
struct Loader<'a> {
    files: &'a WeightFiles,
    prefix: &'static str,
    method: Method,
    shape: &'a EncoderShape,
    collector: Collector,
    chance: ChaCha8Rng,
}

impl Model {
    /// Loads an encoder; `examples` tell which rows of its tables are trained.
    pub(super) fn load(
        files: &WeightFiles,
        shape: &EncoderShape,
        method: Method,
        examples: &Examples,
        chance: ChaCha8Rng,
    ) -> Result<(Self, Arena)> {
        let names = Names::of(shape.dialect);
        let prefix = names.body_prefix(files.headers());
        let collector = Collector::default();
        let mut loader = Loader { files, prefix, method, shape, collector, chance };
        let reached = shape.position_first..shape.position_first + examples.longest();
        let positions: Vec<bool> = (0..shape.positions).map(|row| reached.contains(&row)).collect();
        let words = loader.table("word_embeddings", &examples.used(shape.vocabulary))?;
        let positions = loader.table("position_embeddings", &positions)?;
        let token_types = match shape.token_types {
            0 => None,
            rows => {
                let used: Vec<bool> = (0..rows).map(|row| row == 0).collect();
                Some(loader.table("token_type_embeddings", &used)?)
            }
        };
        let norm = loader.norm(names.embeddings_norm.to_owned())?;
        let blocks: Vec<Block> = (0..shape.layers)
            .map(|layer| loader.block(&format!("{}.{layer}", names.blocks), names))
            .collect::<Result<_>>()?;
        let relative = loader.relative()?;
        let head = loader.head(examples.labels());
        let model = Self {
            shape: shape.clone(),
            attention: shape.attention(),
            words,
            positions,
            token_types,
            norm,
            blocks,
            relative,
            head,
        };
        Ok((model, loader.collector.finish()))
    }

    /// Returns every tensor of the model, adapters merged.
    pub(super) fn finished(&self, arena: &Arena) -> Vec<Finished> {
        let mut list = Vec::new();
        let tables = [Some(&self.words), Some(&self.positions), self.token_types.as_ref()];
        for table in tables.into_iter().flatten() {
            let shape = table.tensor.shape().to_vec();
            list.push(Finished::of(&table.name, "weight", shape, table.to_vec(arena)));
        }
        list.extend(self.norm.finished(arena));
        for block in &self.blocks {
            for linear in block.linears() {
                list.extend(linear.finished(arena));
            }
            list.extend(block.attention_norm.finished(arena));
            list.extend(block.output_norm.finished(arena));
        }
        if let Some(relative) = &self.relative {
            let values = relative.table.view(arena).to_vec();
            let name = relative::TABLE.trim_end_matches(".weight");
            list.push(Finished::of(name, "weight", relative.shape.to_vec(), values));
        }
        let head = self.head.finished(arena).into_iter();
        list.extend(head.map(|tensor| Finished { is_head: true, ..tensor }));
        list
    }
}

impl Block {
    fn linears(&self) -> [&Linear; 6] {
        [&self.query, &self.key, &self.value, &self.output, &self.up, &self.down]
    }
}

impl Linear {
    fn finished(&self, arena: &Arena) -> [Finished; 2] {
        let shape = vec![self.outputs, self.inputs];
        let bias = self.bias.view(arena).to_vec();
        [
            Finished::of(&self.name, "weight", shape, self.merged(arena)),
            Finished::of(&self.name, "bias", vec![self.outputs], bias),
        ]
    }
}

impl Norm {
    fn finished(&self, arena: &Arena) -> [Finished; 2] {
        let of = |part: &str, values: &[f32]| {
            Finished::of(&self.name, part, vec![values.len()], values.to_vec())
        };
        [of("weight", self.weight.view(arena)), of("bias", self.bias.view(arena))]
    }
}

impl Finished {
    fn of(name: &str, part: &str, shape: Vec<usize>, values: Vec<f32>) -> Self {
        Self { name: format!("{name}.{part}"), shape, values, is_head: false }
    }
}

impl Loader<'_> {
    fn is_full(&self) -> bool {
        self.method == Method::Full
    }

    fn name(&self, name: &str, part: &str) -> String {
        format!("{}{name}.{part}", self.prefix)
    }

    fn table(&mut self, name: &str, used: &[bool]) -> Result<Table> {
        let (name, width) = (format!("embeddings.{name}"), self.shape.hidden);
        let tensor = self.files.tensor(&self.name(&name, "weight"), &[used.len(), width])?;
        let trained = self.is_full().then(|| self.trained_rows(&tensor, used));
        Ok(Table { name, tensor, width, trained })
    }

    fn trained_rows(&mut self, tensor: &crate::weights::Tensor, used: &[bool]) -> TrainedRows {
        let width = self.shape.hidden;
        let mut row = vec![0.0; width];
        let (mut values, mut index) = (Vec::new(), vec![None; used.len()]);
        for (number, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            index[number] = Some((values.len() / width) as u32);
            tensor.copy_row(number, &mut row);
            values.extend_from_slice(&row);
        }
        TrainedRows { place: self.collector.add(Kind::Matrix, values), index }
    }

    fn vector(&mut self, name: &str, len: usize) -> Result<Vector> {
        let values = self.files.vector(name, len)?;
        Ok(self.trained_vector(values))
    }

    fn trained_vector(&mut self, values: Vec<f32>) -> Vector {
        if self.is_full() {
            Vector::Trained(self.collector.add(Kind::Vector, values))
        } else {
            Vector::Frozen(values)
        }
    }

    fn norm(&mut self, name: String) -> Result<Norm> {
        let width = self.shape.hidden;
        let weight = self.vector(&self.name(&name, "weight"), width)?;
        let bias = self.vector(&self.name(&name, "bias"), width)?;
        Ok(Norm { name, weight, bias, epsilon: self.shape.norm_epsilon })
    }

    fn linear(&mut self, name: String, outputs: usize, inputs: usize) -> Result<Linear> {
        let tensor = self.files.tensor(&self.name(&name, "weight"), &[outputs, inputs])?;
        let (weight, adapter) = match self.method {
            Method::Full => {
                let place = self.collector.add(Kind::Matrix, tensor.to_f32());
                (Matrix::Trained(place), None)
            }
            Method::Lora { rank, alpha } => {
                let scale = alpha / rank as f32;
                let adapter = self.adapter([outputs, inputs], rank, scale);
                (Matrix::Frozen(tensor), Some(adapter))
            }
        };
        let bias = self.vector(&self.name(&name, "bias"), outputs)?;
        Ok(Linear { name, weight, bias, outputs, inputs, adapter })
    }

    /// Makes an addition that is zero at first.
    fn adapter(&mut self, [outputs, inputs]: [usize; 2], rank: usize, scale: f32) -> Adapter {
        let bound = 1.0 / (inputs as f32).sqrt();
        let down: Vec<f32> = (0..rank * inputs).map(|_| even(&mut self.chance, bound)).collect();
        let down = self.collector.add(Kind::Matrix, down);
        let up = self.collector.add(Kind::Matrix, vec![0.0; rank * outputs]);
        Adapter { down, up, rank, scale }
    }

    fn block(&mut self, at: &str, names: &Names) -> Result<Block> {
        let (hidden, wide) = (self.shape.hidden, self.shape.intermediate);
        let of = |name: &str| format!("{at}.{name}");
        Ok(Block {
            query: self.linear(of(names.query), hidden, hidden)?,
            key: self.linear(of(names.key), hidden, hidden)?,
            value: self.linear(of(names.value), hidden, hidden)?,
            output: self.linear(of(names.output), hidden, hidden)?,
            attention_norm: self.norm(of(names.attention_norm))?,
            up: self.linear(of(names.up), wide, hidden)?,
            down: self.linear(of(names.down), hidden, wide)?,
            output_norm: self.norm(of(names.output_norm))?,
        })
    }

    fn relative(&mut self) -> Result<Option<Relative>> {
        if self.shape.relative_buckets == 0 {
            return Ok(None);
        }
        let shape = relative::table_shape(self.shape);
        let name = format!("{}{}", self.prefix, relative::TABLE);
        let values = self.files.tensor(&name, &shape)?.to_f32();
        Ok(Some(Relative { table: self.trained_vector(values), shape }))
    }

    fn head(&mut self, labels: usize) -> Linear {
        let inputs = self.shape.hidden;
        let values: Vec<f32> =
            (0..labels * inputs).map(|_| normal(&mut self.chance) * HEAD_SPREAD).collect();
        let weight: Place = self.collector.add(Kind::Matrix, values);
        let bias = self.collector.add(Kind::Vector, vec![0.0; labels]);
        Linear {
            name: "classifier".to_owned(),
            weight: Matrix::Trained(weight),
            bias: Vector::Trained(bias),
            outputs: labels,
            inputs,
            adapter: None,
        }
    }
}
