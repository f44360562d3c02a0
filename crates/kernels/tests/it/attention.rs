//! Packed attention against a plain computation, and its gradient.

use kernels::{
    Attention, AttentionGrad, DistanceBias, Dropout, Sequences, attention, attention_decode,
    attention_grad, attention_of, attention_of_grad,
};

use super::{close, differences, numbers};

const OFFSETS: [usize; 5] = [0, 3, 3, 10, 11];
const TOKENS: usize = 11;

fn shapes() -> [Attention; 4] {
    let shape = |heads, kv_heads, head_dim, causal| Attention {
        heads,
        kv_heads,
        head_dim,
        causal,
        scale: 0.4,
    };
    [shape(3, 3, 8, false), shape(4, 2, 16, true), shape(2, 1, 20, false), shape(1, 1, 5, true)]
}

fn exact(q: &[f32], k: &[f32], v: &[f32], shape: &Attention) -> Vec<f64> {
    let (width, kv_width, dim) = (shape.width(), shape.kv_width(), shape.head_dim);
    let mut out = vec![0.0; TOKENS * width];
    for bounds in OFFSETS.windows(2) {
        for (row, head) in
            (bounds[0]..bounds[1]).flat_map(|r| (0..shape.heads).map(move |h| (r, h)))
        {
            let kv = head / (shape.heads / shape.kv_heads) * dim;
            let last = if shape.causal { row + 1 } else { bounds[1] };
            let at = |x: &[f32], row: usize, i: usize, w: usize| f64::from(x[row * w + i]);
            let score = |other: usize| -> f64 {
                let product =
                    |i| at(q, row, head * dim + i, width) * at(k, other, kv + i, kv_width);
                (0..dim).map(product).sum::<f64>() * f64::from(shape.scale)
            };
            let powers: Vec<f64> = (bounds[0]..last).map(|other| score(other).exp()).collect();
            let total: f64 = powers.iter().sum();
            for i in 0..dim {
                let share =
                    |(n, p): (usize, &f64)| p / total * at(v, bounds[0] + n, kv + i, kv_width);
                out[row * width + head * dim + i] = powers.iter().enumerate().map(share).sum();
            }
        }
    }
    out
}

fn run(q: &[f32], k: &[f32], v: &[f32], shape: &Attention) -> Vec<f32> {
    let mut out = vec![f32::NAN; q.len()];
    attention(&mut out, [q, k, v], &OFFSETS, shape);
    out
}

#[test]
fn packed_attention_equals_f64() {
    for shape in shapes() {
        let q = numbers(1, TOKENS * shape.width());
        let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
        close(&format!("{shape:?}"), &run(&q, &k, &v, &shape), &exact(&q, &k, &v, &shape), 1e-5);
    }
}

#[test]
fn decoding_equals_the_last_row_of_a_causal_sequence() {
    let shape = shapes()[1];
    let q = numbers(1, TOKENS * shape.width());
    let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
    let all = exact(&q, &k, &v, &shape);
    let (row, first) = (9, 3);
    let mut out = vec![0.0; shape.width()];
    let seen = first * shape.kv_width()..(row + 1) * shape.kv_width();
    let query = &q[row * shape.width()..(row + 1) * shape.width()];
    attention_decode(&mut out, query, &k[seen.clone()], &v[seen], &shape);
    close("decode", &out, &all[row * shape.width()..(row + 1) * shape.width()], 1e-5);
}

#[test]
fn the_gradient_equals_differences() {
    for shape in shapes() {
        let q = numbers(1, TOKENS * shape.width());
        let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
        let dout = numbers(4, q.len());
        let (mut dq, mut dk, mut dv) = (q.clone(), k.clone(), v.clone());
        let grad = AttentionGrad { dq: &mut dq, dk: &mut dk, dv: &mut dv };
        attention_grad(grad, &dout, (&q, &k, &v), &OFFSETS, &shape);
        close("dq", &dq, &differences(&q, &dout, |q| run(q, &k, &v, &shape)), 2e-3);
        close("dk", &dk, &differences(&k, &dout, |k| run(&q, k, &v, &shape)), 2e-3);
        close("dv", &dv, &differences(&v, &dout, |v| run(&q, &k, v, &shape)), 2e-3);
    }
}

/// Long enough for several blocks of queries, the last of them not full.
const LONG: [usize; 3] = [0, 150, 167];

#[test]
fn long_sequences_equal_decoding_row_by_row() {
    for shape in shapes() {
        let tokens = LONG[2];
        let q = numbers(1, tokens * shape.width());
        let (k, v) = (numbers(2, tokens * shape.kv_width()), numbers(3, tokens * shape.kv_width()));
        let mut out = vec![f32::NAN; q.len()];
        attention(&mut out, [&q, &k, &v], &LONG, &shape);
        for bounds in LONG.windows(2) {
            for row in bounds[0]..bounds[1] {
                let last = if shape.causal { row + 1 } else { bounds[1] };
                let seen = bounds[0] * shape.kv_width()..last * shape.kv_width();
                let place = row * shape.width()..(row + 1) * shape.width();
                let mut alone = vec![0.0; shape.width()];
                attention_decode(&mut alone, &q[place.clone()], &k[seen.clone()], &v[seen], &shape);
                let expected: Vec<f64> = alone.iter().map(|x| f64::from(*x)).collect();
                close(&format!("{shape:?}, row {row}"), &out[place], &expected, 1e-5);
            }
        }
    }
}

#[test]
fn gradients_of_long_sequences_are_the_sums_over_their_rows() {
    // A row of the result alone gives the gradient of one query; together they give all.
    let shape = Attention { heads: 2, kv_heads: 1, head_dim: 12, causal: true, scale: 0.3 };
    let tokens = LONG[2];
    let q = numbers(1, tokens * shape.width());
    let (k, v) = (numbers(2, tokens * shape.kv_width()), numbers(3, tokens * shape.kv_width()));
    let dout = numbers(4, q.len());
    let grad_of = |dout: &[f32]| {
        let (mut dq, mut dk, mut dv) = (q.clone(), k.clone(), v.clone());
        let grad = AttentionGrad { dq: &mut dq, dk: &mut dk, dv: &mut dv };
        attention_grad(grad, dout, (&q, &k, &v), &LONG, &shape);
        [dq, dk, dv]
    };
    let whole = grad_of(&dout);
    let mut sums = whole.clone().map(|x| vec![0.0_f64; x.len()]);
    for part in 0..7 {
        let mut share = dout.clone();
        let rows = share.chunks_mut(shape.width()).enumerate();
        rows.filter(|(row, _)| row % 7 != part).for_each(|(_, x)| x.fill(0.0));
        for (sums, grads) in sums.iter_mut().zip(grad_of(&share)) {
            sums.iter_mut().zip(grads).for_each(|(sum, x)| *sum += f64::from(x));
        }
    }
    for (name, (whole, sums)) in ["dq", "dk", "dv"].iter().zip(whole.iter().zip(&sums)) {
        close(name, whole, sums, 1e-4);
    }
}

#[test]
fn a_bias_is_added_to_scores_by_distance() {
    let shape = shapes()[0];
    let q = numbers(1, TOKENS * shape.width());
    let (k, v) = (numbers(2, q.len()), numbers(3, q.len()));
    let (reach, dim) = (9, shape.head_dim);
    let bias = numbers(5, shape.heads * (2 * reach - 1));
    // The bias goes into the product as one more number of each head, for one query at a time.
    let longer = Attention { head_dim: dim + 1, ..shape };
    let mut out = vec![f32::NAN; q.len()];
    attention_of(&mut out, [&q, &k, &v], &with_bias(&shape, &bias, reach, None));
    for row in 3..10 {
        let stretch = |x: &[f32], last: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
            let heads = x.chunks(dim).enumerate();
            let one = |(place, head): (usize, &[f32])| {
                let added = last(place / shape.heads, place % shape.heads);
                head.iter().copied().chain([added]).collect::<Vec<_>>()
            };
            heads.flat_map(one).collect()
        };
        let middle = reach - 1;
        let distance = |key: usize, head: usize| {
            let apart = (middle + key).checked_sub(row).filter(|place| *place <= 2 * middle);
            apart.map_or(0.0, |place| bias[head * (2 * reach - 1) + place] / shape.scale)
        };
        let inputs = [stretch(&q, &|_, _| 1.0), stretch(&k, &distance), stretch(&v, &|_, _| 0.0)];
        let mut expected = vec![0.0; TOKENS * longer.width()];
        attention(&mut expected, inputs.each_ref().map(Vec::as_slice), &OFFSETS, &longer);
        let row_of = |x: &[f32], width: usize| x[row * width..(row + 1) * width].to_vec();
        let expected: Vec<f64> = row_of(&expected, longer.width())
            .chunks(dim + 1)
            .flat_map(|head| head[..dim].iter().map(|x| f64::from(*x)))
            .collect();
        close(&format!("row {row}"), &row_of(&out, shape.width()), &expected, 1e-5);
    }
}

fn with_bias<'a>(
    attention: &'a Attention,
    numbers: &'a [f32],
    reach: usize,
    dropout: Option<Dropout>,
) -> Sequences<'a> {
    let bias = Some(DistanceBias { numbers, reach });
    Sequences { offsets: &OFFSETS, attention, bias, dropout }
}

#[test]
fn gradients_with_bias_and_dropout_equal_differences() {
    for shape in shapes() {
        let q = numbers(1, TOKENS * shape.width());
        let (k, v) = (numbers(2, TOKENS * shape.kv_width()), numbers(3, TOKENS * shape.kv_width()));
        let (dout, reach) = (numbers(4, q.len()), 8);
        let bias = numbers(5, shape.heads * (2 * reach - 1));
        for dropout in [None, Some(Dropout { rate: 0.4, key: 77 })] {
            let run = |q: &[f32], k: &[f32], v: &[f32], bias: &[f32]| {
                let mut out = vec![f32::NAN; q.len()];
                attention_of(&mut out, [q, k, v], &with_bias(&shape, bias, reach, dropout));
                out
            };
            let (mut dq, mut dk, mut dv) = (q.clone(), k.clone(), v.clone());
            let grad = AttentionGrad { dq: &mut dq, dk: &mut dk, dv: &mut dv };
            let mut d_bias = vec![0.0; bias.len()];
            let sequences = with_bias(&shape, &bias, reach, dropout);
            attention_of_grad(grad, Some(&mut d_bias), &dout, [&q, &k, &v], &sequences);
            close("dq", &dq, &differences(&q, &dout, |q| run(q, &k, &v, &bias)), 2e-3);
            close("dk", &dk, &differences(&k, &dout, |k| run(&q, k, &v, &bias)), 2e-3);
            close("dv", &dv, &differences(&v, &dout, |v| run(&q, &k, v, &bias)), 2e-3);
            let expected = differences(&bias, &dout, |bias| run(&q, &k, &v, bias));
            close("d_bias", &d_bias, &expected, 2e-3);
        }
    }
}
