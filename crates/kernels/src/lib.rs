//! How the processor computes: products, norms, activations, attention, and their gradients.
//!
//! All slices are row-major. Shapes are in the documentation of each function; a wrong length is
//! a mistake of the caller and panics. Results do not depend on timing: for a given number of
//! threads the same input gives the same bits.

mod activation;
mod attention;
mod choice;
mod dispatch;
mod dropout;
mod loss;
pub mod machine;
mod math;
mod memory;
mod norm;
mod optimizer;
mod parallel;
mod product;
mod quant;
mod rope;
mod scope;
mod weights;

pub use activation::{
    add, gelu, gelu_grad, gelu_tanh, gelu_tanh_grad, multiply, relu, relu_grad, silu, silu_grad,
    tanh, tanh_grad,
};
pub use attention::{
    Attention, AttentionGrad, CachedAttention, CachedSequence, DistanceBias, KvPages, KvPagesMut,
    PageShape, Sequences, attention, attention_cached, attention_decode, attention_grad,
    attention_of, attention_of_grad,
};
pub use choice::{SUM_BLOCK, argmax, block_sums, log_sum_exp, powers};
pub use dispatch::{Level, with_level};
pub use dropout::{Dropout, dropout};
pub use loss::{IGNORED, softmax_cross_entropy, softmax_rows};
pub use memory::sparse_room;
pub use norm::{layer_norm, layer_norm_grad, layer_norm_grad_input, rms_norm, rms_norm_grad};
pub use optimizer::{AdamW, Moments, adamw, sum_of_squares};
pub use parallel::{threads, with_threads};
pub use product::{
    Dims, PackedMatrix, Precision, Projection, linear, linear_all, linear_grad_input,
    linear_grad_weight,
};
pub use quant::{BlockType, Format, QuantMatrix};
pub use rope::{rope, rope_grad};
pub use weights::Weights;
