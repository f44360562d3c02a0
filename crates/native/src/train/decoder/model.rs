//! A decoder's loss and its gradient, derived by hand.
//!
//! Sequences are packed one after the other; nothing is padded.

use kernels::{Attention, AttentionGrad, Dims, Weights};

use super::parameters::{FINAL_NORM, Parameters, Places, WORDS};
use super::sequences::Batch;

/// Rows whose scores exist at once; the scores of a whole batch would be its largest part.
const SCORED_ROWS: usize = 256;

/// A gradient for each tensor, in the order of [`Parameters`].
pub(super) type Gradients = Vec<Vec<f32>>;

/// What a block computed on the way forward and needs again on the way back.
struct Trace {
    input: Vec<f32>,
    attention_input: Vec<f32>,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    context: Vec<f32>,
    middle: Vec<f32>,
    feed_forward_input: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
}

/// A model on one batch.
pub(super) struct Pass<'a> {
    parameters: &'a Parameters,
    batch: &'a Batch,
    attention: Attention,
}

impl<'a> Pass<'a> {
    pub(super) fn new(parameters: &'a Parameters, batch: &'a Batch) -> Self {
        Self { parameters, batch, attention: parameters.shape.attention() }
    }

    /// Returns the mean loss of the batch's targets and adds its gradient to `gradients`.
    pub(super) fn learn(&self, gradients: &mut Gradients) -> f64 {
        let mut hidden = self.embed();
        let layers = 0..self.parameters.shape.layers;
        let traces: Vec<Trace> =
            layers.clone().map(|layer| self.forward(layer, &mut hidden)).collect();
        let (loss, mut gradient) = self.score(&hidden, gradients);
        for (layer, trace) in layers.zip(traces).rev() {
            self.backward(layer, &trace, &mut gradient, gradients);
        }
        self.embed_back(&gradient, &mut gradients[WORDS]);
        loss
    }

    fn width(&self) -> usize {
        self.parameters.shape.hidden
    }

    fn embed(&self) -> Vec<f32> {
        let words = self.parameters.values(WORDS);
        let row = |token: &u32| &words[*token as usize * self.width()..][..self.width()];
        self.batch.tokens.iter().flat_map(row).copied().collect()
    }

    fn embed_back(&self, gradient: &[f32], words: &mut [f32]) {
        for (token, gradient) in self.batch.tokens.iter().zip(gradient.chunks(self.width())) {
            kernels::add(&mut words[*token as usize * self.width()..][..self.width()], gradient);
        }
    }

    /// Runs one block and replaces `hidden` by its result.
    fn forward(&self, layer: usize, hidden: &mut Vec<f32>) -> Trace {
        let places = self.parameters.block(layer);
        let attention_input = self.normalize(hidden, places.attention_norm);
        let mut queries = self.project(&attention_input, places.query);
        let mut keys = self.project(&attention_input, places.key);
        let values = self.project(&attention_input, places.value);
        self.turn(&mut queries, self.attention.heads);
        self.turn(&mut keys, self.attention.kv_heads);
        let mut context = vec![0.0; queries.len()];
        let offsets = &self.batch.offsets;
        let inputs = [&queries[..], &keys, &values];
        kernels::attention(&mut context, inputs, offsets, &self.attention);
        let mut middle = self.project(&context, places.output);
        kernels::add(&mut middle, hidden);

        let feed_forward_input = self.normalize(&middle, places.feed_forward_norm);
        let gate = self.project(&feed_forward_input, places.gate);
        let up = self.project(&feed_forward_input, places.up);
        let mut result = self.project(&gated(&gate, &up), places.down);
        kernels::add(&mut result, &middle);
        let input = std::mem::replace(hidden, result);
        Trace {
            input,
            attention_input,
            queries,
            keys,
            values,
            context,
            middle,
            feed_forward_input,
            gate,
            up,
        }
    }

    /// Turns the gradient of a block's result into that of its input.
    fn backward(
        &self,
        layer: usize,
        trace: &Trace,
        gradient: &mut [f32],
        gradients: &mut Gradients,
    ) {
        let places = self.parameters.block(layer);
        let inner = self.feed_forward_back(&places, trace, gradient, gradients);
        let through =
            self.normalize_back(inner, &trace.middle, places.feed_forward_norm, gradients);
        kernels::add(gradient, &through);
        let inner = self.attention_back(&places, trace, gradient, gradients);
        let through = self.normalize_back(inner, &trace.input, places.attention_norm, gradients);
        kernels::add(gradient, &through);
    }

    fn feed_forward_back(
        &self,
        places: &Places,
        trace: &Trace,
        gradient: &[f32],
        gradients: &mut Gradients,
    ) -> Vec<f32> {
        let wide = gated(&trace.gate, &trace.up);
        let of_wide = self.project_back(gradient, &wide, places.down, gradients);
        let mut open = trace.gate.clone();
        kernels::silu(&mut open);
        let of_up = product(&of_wide, &open);
        let mut of_gate = product(&of_wide, &trace.up);
        kernels::silu_grad(&mut of_gate, &trace.gate);
        let input = &trace.feed_forward_input;
        let mut of_input = self.project_back(&of_gate, input, places.gate, gradients);
        kernels::add(&mut of_input, &self.project_back(&of_up, input, places.up, gradients));
        of_input
    }

    fn attention_back(
        &self,
        places: &Places,
        trace: &Trace,
        gradient: &[f32],
        gradients: &mut Gradients,
    ) -> Vec<f32> {
        let of_context = self.project_back(gradient, &trace.context, places.output, gradients);
        let [mut of_queries, mut of_keys, of_values] = self.attend_back(trace, &of_context);
        self.turn_back(&mut of_queries, self.attention.heads);
        self.turn_back(&mut of_keys, self.attention.kv_heads);
        let input = &trace.attention_input;
        let mut of_input = self.project_back(&of_queries, input, places.query, gradients);
        kernels::add(&mut of_input, &self.project_back(&of_keys, input, places.key, gradients));
        kernels::add(&mut of_input, &self.project_back(&of_values, input, places.value, gradients));
        of_input
    }

    fn attend_back(&self, trace: &Trace, of_context: &[f32]) -> [Vec<f32>; 3] {
        let mut of_queries = vec![0.0; trace.queries.len()];
        let mut of_keys = vec![0.0; trace.keys.len()];
        let mut of_values = vec![0.0; trace.values.len()];
        kernels::attention_grad(
            AttentionGrad { dq: &mut of_queries, dk: &mut of_keys, dv: &mut of_values },
            of_context,
            (&trace.queries, &trace.keys, &trace.values),
            &self.batch.offsets,
            &self.attention,
        );
        [of_queries, of_keys, of_values]
    }

    /// Computes the mean loss and the gradient of the last block's result.
    fn score(&self, hidden: &[f32], gradients: &mut Gradients) -> (f64, Vec<f32>) {
        let normed = self.normalize(hidden, FINAL_NORM);
        let mut of_normed = vec![0.0; normed.len()];
        let share = 1.0 / self.batch.learned().max(1) as f32;
        let (head, vocabulary) = (self.parameters.head(), self.parameters.shape.vocabulary);
        let mut loss = 0.0;
        let rows = normed
            .chunks(SCORED_ROWS * self.width())
            .zip(of_normed.chunks_mut(SCORED_ROWS * self.width()))
            .zip(self.batch.targets.chunks(SCORED_ROWS));
        for ((rows, of_rows), targets) in rows {
            let mut scores = self.project(rows, head);
            loss += kernels::softmax_cross_entropy(&mut scores, targets, vocabulary);
            scores.iter_mut().for_each(|score| *score *= share);
            of_rows.copy_from_slice(&self.project_back(&scores, rows, head, gradients));
        }
        (loss * f64::from(share), self.normalize_back(of_normed, hidden, FINAL_NORM, gradients))
    }

    fn dims(&self, place: usize, rows_of_inputs: usize) -> Dims {
        let sizes = &self.parameters.all[place].shape;
        Dims { m: rows_of_inputs / sizes[1], n: sizes[0], k: sizes[1] }
    }

    fn project(&self, x: &[f32], place: usize) -> Vec<f32> {
        let dims = self.dims(place, x.len());
        let mut out = vec![0.0; dims.m * dims.n];
        kernels::linear(&mut out, x, Weights::F32(self.parameters.values(place)), None, dims);
        out
    }

    /// Adds to the gradient of a projection's matrix and returns that of its input.
    fn project_back(
        &self,
        gradient: &[f32],
        x: &[f32],
        place: usize,
        gradients: &mut Gradients,
    ) -> Vec<f32> {
        let dims = self.dims(place, x.len());
        kernels::linear_grad_weight(&mut gradients[place], None, gradient, x, dims);
        let mut out = vec![0.0; x.len()];
        let weight = Weights::F32(self.parameters.values(place));
        kernels::linear_grad_input(&mut out, gradient, weight, dims, false);
        out
    }

    fn normalize(&self, x: &[f32], place: usize) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        let epsilon = self.parameters.shape.norms.epsilon;
        kernels::rms_norm(&mut out, x, self.parameters.values(place), epsilon);
        out
    }

    fn normalize_back(
        &self,
        mut gradient: Vec<f32>,
        x: &[f32],
        place: usize,
        gradients: &mut Gradients,
    ) -> Vec<f32> {
        let (weight, epsilon) =
            (self.parameters.values(place), self.parameters.shape.norms.epsilon);
        kernels::rms_norm_grad(&mut gradient, x, weight, &mut gradients[place], epsilon);
        gradient
    }

    fn turn(&self, x: &mut [f32], heads: usize) {
        let speeds = &self.parameters.shape.rope.speeds;
        kernels::rope(x, &self.batch.positions, heads, self.attention.head_dim, speeds);
    }

    fn turn_back(&self, x: &mut [f32], heads: usize) {
        let speeds = &self.parameters.shape.rope.speeds;
        kernels::rope_grad(x, &self.batch.positions, heads, self.attention.head_dim, speeds);
    }
}

/// Returns what the feed-forward block's last projection takes.
fn gated(gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut open = gate.to_vec();
    kernels::silu(&mut open);
    kernels::multiply(&mut open, up);
    open
}

fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}
