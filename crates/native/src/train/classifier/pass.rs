//! The way forward of a batch, and the way back, derived by hand.

use kernels::{AttentionGrad, Sequences};

use super::arena::Arena;
use super::layers::{Linear, Vector};
use super::model::{Block, Model};
use super::noise::{Noise, Site};
use super::room::{Room, Trace};
use crate::encoder::batch::Packed;
use crate::encoder::relative::{self, RelativeBias};
use crate::encoder::{activate, activate_grad};

/// A model on one batch.
pub(super) struct Pass<'a> {
    model: &'a Model,
    arena: &'a Arena,
    batch: &'a Packed,
    positions: Vec<usize>,
    bias: Option<RelativeBias>,
    noise: Option<Noise>,
}

/// What a batch's scores say about its labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// The sum of the losses.
    pub(super) loss: f64,
    /// How many best classes are right.
    pub(super) right: usize,
}

impl<'a> Pass<'a> {
    pub(super) fn new(model: &'a Model, arena: &'a Arena, batch: &'a Packed) -> Self {
        let shape = &model.shape;
        let unfold = |relative: &super::model::Relative| {
            RelativeBias::unfold(relative.table.view(arena), shape.heads, shape.context_max)
        };
        Self {
            model,
            arena,
            batch,
            positions: batch.positions(shape.position_first),
            bias: model.relative.as_ref().map(unfold),
            noise: None,
        }
    }

    /// Drops numbers by chance.
    pub(super) fn with_noise(self, noise: Noise) -> Self {
        Self { noise: Some(noise), ..self }
    }

    /// Computes the scores of the classes of every text.
    pub(super) fn forward(&self, room: &mut Room) {
        let texts = self.batch.offsets.len() - 1;
        room.fit(self.batch.tokens.len(), texts, self.model.head.outputs, &self.model.shape);
        self.embed(room);
        for (layer, block) in self.model.blocks.iter().enumerate() {
            self.run_block(layer, block, room);
        }
        self.pool(room);
        self.model.head.forward(&mut room.scores, &room.pooled, self.arena, &mut room.low);
    }

    /// Turns the scores into the gradient of their loss, and tells the loss.
    pub(super) fn score(&self, room: &mut Room, labels: &[u32]) -> Score {
        let classes = self.model.head.outputs;
        let best = |scores: &[f32]| {
            (1..classes).fold(0, |best, next| if scores[next] > scores[best] { next } else { best })
        };
        let rows = room.scores.chunks(classes).zip(labels);
        let right = rows.filter(|(scores, label)| best(scores) == **label as usize).count();
        let loss = kernels::softmax_cross_entropy(&mut room.scores, labels, classes);
        Score { loss, right }
    }

    /// Adds the gradient of `share` times the loss; after [`Pass::score`].
    pub(super) fn backward(&self, room: &mut Room, share: f32, gradients: &mut [f32]) {
        room.fit_back(&self.model.shape);
        room.scores.iter_mut().for_each(|score| *score *= share);
        let Room { scores, pooled, of_pooled, low, .. } = room;
        self.model.head.backward((scores, pooled), self.arena, gradients, low);
        self.model.head.backward_input(of_pooled, scores, self.arena, (low, false));
        self.pool_back(room);
        for (layer, block) in self.model.blocks.iter().enumerate().rev() {
            self.feed_forward_back(layer, block, room, gradients);
            self.attention_back(layer, block, room, gradients);
        }
        self.embed_back(room, gradients);
    }

    fn embed(&self, room: &mut Room) {
        let width = self.model.shape.hidden;
        let mut row = vec![0.0; width];
        let tokens = self.batch.tokens.iter().zip(&self.positions);
        for (sum, (token, position)) in room.embedded.chunks_mut(width).zip(tokens) {
            self.model.words.copy_row(sum, *token as usize, self.arena);
            self.model.positions.copy_row(&mut row, *position, self.arena);
            sum.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
        }
        if let Some(token_types) = &self.model.token_types {
            token_types.copy_row(&mut row, 0, self.arena);
            let sums = room.embedded.chunks_mut(width);
            sums.for_each(|sum| sum.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x));
        }
        self.model.norm.forward(&mut room.hidden[0], &room.embedded, self.arena);
        self.drop(&mut room.hidden[0], Site::Embeddings);
    }

    fn embed_back(&self, room: &mut Room, gradients: &mut [f32]) {
        self.drop(&mut room.gradient, Site::Embeddings);
        if self.model.words.trained.is_none() {
            return;
        }
        let arena = self.arena;
        self.model.norm.backward(&mut room.gradient, &room.embedded, arena, gradients);
        let rows = room.gradient.chunks(self.model.shape.hidden);
        for ((row, token), position) in rows.zip(&self.batch.tokens).zip(&self.positions) {
            self.model.words.backward(row, *token as usize, arena, gradients);
            self.model.positions.backward(row, *position, arena, gradients);
            if let Some(token_types) = &self.model.token_types {
                token_types.backward(row, 0, arena, gradients);
            }
        }
    }

    fn run_block(&self, layer: usize, block: &Block, room: &mut Room) {
        let (before, after) = room.hidden.split_at_mut(layer + 1);
        let (input, output) = (&before[layer], &mut after[0]);
        let (trace, low) = (&mut room.traces[layer], &mut room.low);
        let Trace { query, key, value, context, attention_sum, middle, up, wide, output_sum } =
            trace;
        block.query.forward(query, input, self.arena, low);
        block.key.forward(key, input, self.arena, low);
        block.value.forward(value, input, self.arena, low);
        kernels::attention_of(context, [query, key, value], &self.sequences(layer));
        block.output.forward(attention_sum, context, self.arena, low);
        self.drop(attention_sum, Site::Output(layer));
        kernels::add(attention_sum, input);
        block.attention_norm.forward(middle, attention_sum, self.arena);

        block.up.forward(up, middle, self.arena, low);
        wide.copy_from_slice(up);
        activate(wide, self.model.shape.activation);
        block.down.forward(output_sum, wide, self.arena, low);
        self.drop(output_sum, Site::Down(layer));
        kernels::add(output_sum, middle);
        block.output_norm.forward(output, output_sum, self.arena);
    }

    /// Turns the gradient of a block's result into that of its middle.
    fn feed_forward_back(
        &self,
        layer: usize,
        block: &Block,
        room: &mut Room,
        gradients: &mut [f32],
    ) {
        let arena = self.arena;
        let Room { gradient, branch, of_wide, low, traces, .. } = room;
        let trace = &traces[layer];
        block.output_norm.backward(gradient, &trace.output_sum, arena, gradients);
        let of_down = self.branch(branch, gradient, Site::Down(layer));
        block.down.backward((of_down, &trace.wide), arena, gradients, low);
        block.down.backward_input(of_wide, of_down, arena, (low, false));
        activate_grad(of_wide, &trace.up, self.model.shape.activation);
        block.up.backward((of_wide, &trace.middle), arena, gradients, low);
        block.up.backward_input(gradient, of_wide, arena, (low, true));
    }

    /// Turns the gradient of a block's middle into that of its input.
    fn attention_back(&self, layer: usize, block: &Block, room: &mut Room, gradients: &mut [f32]) {
        let arena = self.arena;
        block.attention_norm.backward(
            &mut room.gradient,
            &room.traces[layer].attention_sum,
            arena,
            gradients,
        );
        let Room { gradient, branch, of_context, low, traces, .. } = room;
        let of_output = self.branch(branch, gradient, Site::Output(layer));
        block.output.backward((of_output, &traces[layer].context), arena, gradients, low);
        block.output.backward_input(of_context, of_output, arena, (low, false));
        self.attend_back(layer, room, gradients);

        let Room { gradient, of_query, of_key, of_value, low, hidden, .. } = room;
        let parts = [(&block.query, of_query), (&block.key, of_key), (&block.value, of_value)];
        for (linear, dy) in parts {
            let linear: &Linear = linear;
            linear.backward((dy, &hidden[layer]), arena, gradients, low);
            linear.backward_input(gradient, dy, arena, (low, true));
        }
    }

    fn attend_back(&self, layer: usize, room: &mut Room, gradients: &mut [f32]) {
        let Room { of_context, of_query, of_key, of_value, of_bias, traces, .. } = room;
        let Trace { query, key, value, .. } = &traces[layer];
        let grad = AttentionGrad { dq: of_query, dk: of_key, dv: of_value };
        let sequences = self.sequences(layer);
        let trained = self.model.relative.as_ref().map(|relative| &relative.table);
        let Some(Vector::Trained(place)) = trained else {
            let inputs = [&query[..], key, value];
            return kernels::attention_of_grad(grad, None, of_context, inputs, &sequences);
        };
        let (heads, reach) = (self.model.shape.heads, self.model.shape.context_max);
        of_bias.clear();
        of_bias.resize(heads * (2 * reach - 1), 0.0);
        let inputs = [&query[..], key, value];
        kernels::attention_of_grad(grad, Some(of_bias), of_context, inputs, &sequences);
        let table = &mut gradients[self.arena.range(*place)];
        relative::fold_gradient(table, of_bias, heads, reach);
    }

    fn pool(&self, room: &mut Room) {
        let width = self.model.shape.hidden;
        let hidden = &room.hidden[self.model.shape.layers];
        for (mean, rows) in room.pooled.chunks_mut(width).zip(self.batch.ranges()) {
            let share = 1.0 / rows.len() as f32;
            mean.fill(0.0);
            for row in hidden[rows.start * width..rows.end * width].chunks(width) {
                mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
            }
            mean.iter_mut().for_each(|mean| *mean *= share);
        }
    }

    fn pool_back(&self, room: &mut Room) {
        let width = self.model.shape.hidden;
        for (of_mean, rows) in room.of_pooled.chunks(width).zip(self.batch.ranges()) {
            let share = 1.0 / rows.len() as f32;
            for row in room.gradient[rows.start * width..rows.end * width].chunks_mut(width) {
                row.iter_mut().zip(of_mean).for_each(|(x, of_mean)| *x = of_mean * share);
            }
        }
    }

    fn sequences<'b>(&'b self, layer: usize) -> Sequences<'b> {
        Sequences {
            offsets: &self.batch.offsets,
            attention: &self.model.attention,
            bias: self.bias.as_ref().map(RelativeBias::view),
            dropout: self.noise.and_then(|noise| noise.at(Site::Attention(layer))),
        }
    }

    fn drop(&self, x: &mut [f32], site: Site) {
        if let Some(dropout) = self.noise.and_then(|noise| noise.at(site)) {
            kernels::dropout(x, dropout);
        }
    }

    /// Returns the gradient of what was dropped by chance before it was added: a copy with the
    /// same numbers dropped, or the gradient itself.
    fn branch<'b>(&self, room: &'b mut [f32], gradient: &'b [f32], site: Site) -> &'b [f32] {
        match self.noise.and_then(|noise| noise.at(site)) {
            None => gradient,
            Some(dropout) => {
                room.copy_from_slice(gradient);
                kernels::dropout(room, dropout);
                room
            }
        }
    }
}
