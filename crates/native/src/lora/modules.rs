//! Which projection of which block a tensor of an adapter goes with.

use crate::decoder::DecoderShape;

/// How many projections a block has.
pub(super) const PROJECTIONS: usize = 7;

/// A projection of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Projection {
    Query,
    Key,
    Value,
    Output,
    Gate,
    Up,
    Down,
}

use Projection::{Down, Gate, Key, Output, Query, Up, Value};

/// The projections under their names; the fused ones of some families are several at once.
const NAMES: [(&str, &[Projection]); 9] = [
    ("self_attn.q_proj", &[Query]),
    ("self_attn.k_proj", &[Key]),
    ("self_attn.v_proj", &[Value]),
    ("self_attn.qkv_proj", &[Query, Key, Value]),
    ("self_attn.o_proj", &[Output]),
    ("mlp.gate_proj", &[Gate]),
    ("mlp.up_proj", &[Up]),
    ("mlp.gate_up_proj", &[Gate, Up]),
    ("mlp.down_proj", &[Down]),
];

/// A module of the base that an adapter goes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// Its name in the base, such as `model.layers.3.mlp.up_proj`.
    pub(super) name: String,
    pub(super) layer: usize,
    pub(super) projections: &'static [Projection],
}

impl Module {
    /// Finds the module of that name in a decoder of this shape.
    pub(super) fn named(name: &str, shape: &DecoderShape) -> Option<Self> {
        let (layer, own) = name.strip_prefix("model.layers.")?.split_once('.')?;
        let layer: usize = layer.parse().ok().filter(|layer| *layer < shape.layers)?;
        let (_, projections) = NAMES.iter().find(|(name, _)| *name == own)?;
        let is_never_fused = matches!(projections, [Output | Down]);
        let fits = is_never_fused || (projections.len() > 1) == shape.fused;
        fits.then(|| Self { name: name.to_owned(), layer, projections })
    }

    /// Returns how wide what it reads is.
    pub(super) fn inputs(&self, shape: &DecoderShape) -> usize {
        match self.projections {
            [Output, ..] => shape.query_width(),
            [Down, ..] => shape.intermediate,
            _ => shape.hidden,
        }
    }
}

/// Returns how wide what a projection gives is.
pub(super) fn outputs(projection: Projection, shape: &DecoderShape) -> usize {
    match projection {
        Query => shape.query_width(),
        Key | Value => shape.key_width(),
        Gate | Up => shape.intermediate,
        Output | Down => shape.hidden,
    }
}
