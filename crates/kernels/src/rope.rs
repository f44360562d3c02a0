//! Rotary position embedding, in the half-split form of `transformers`. Su et al. 2021, eq. 34.

/// Rotates the heads of each row by its position, in place.
///
/// `x` is `rows × (heads · head_dim)`, `positions` has one entry a row, `speeds` has the
/// `head_dim / 2` angles per position.
pub fn rope(x: &mut [f32], positions: &[u32], heads: usize, head_dim: usize, speeds: &[f32]) {
    turn(x, positions, (heads, head_dim), speeds, 1.0);
}

/// Rotates gradients back: the transpose of [`rope`].
pub fn rope_grad(dx: &mut [f32], positions: &[u32], heads: usize, head_dim: usize, speeds: &[f32]) {
    turn(dx, positions, (heads, head_dim), speeds, -1.0);
}

fn turn(
    x: &mut [f32],
    positions: &[u32],
    (heads, head_dim): (usize, usize),
    speeds: &[f32],
    direction: f32,
) {
    let half = head_dim / 2;
    let width = heads * head_dim;
    assert_eq!((x.len(), speeds.len()), (positions.len() * width, half), "rope");
    let mut turns = vec![(0.0_f32, 0.0_f32); half];
    for (row, position) in x.chunks_exact_mut(width).zip(positions) {
        for (turn, speed) in turns.iter_mut().zip(speeds) {
            let (sin, cos) = (*position as f32 * speed).sin_cos();
            *turn = (sin * direction, cos);
        }
        for head in row.chunks_exact_mut(head_dim) {
            let (low, high) = head.split_at_mut(half);
            for ((low, high), (sin, cos)) in low.iter_mut().zip(high).zip(&turns) {
                (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_back_gives_the_start() {
        let start: Vec<f32> = (0..24).map(|i| i as f32 * 0.1 - 1.0).collect();
        let mut x = start.clone();
        rope(&mut x, &[3, 5000], 3, 4, &[1.0, 0.01]);
        assert!(x.iter().zip(&start).any(|(a, b)| (a - b).abs() > 0.1));
        rope_grad(&mut x, &[3, 5000], 3, 4, &[1.0, 0.01]);
        assert!(x.iter().zip(&start).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
