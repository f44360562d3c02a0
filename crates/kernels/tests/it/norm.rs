//! Normalizations and their gradients.

use kernels::{layer_norm, layer_norm_grad, rms_norm, rms_norm_grad};

use super::{close, differences, numbers};

const EPSILON: f32 = 1e-5;

#[test]
fn layer_norm_equals_f64() {
    for width in [3, 16, 37, 384] {
        let (x, weight, bias) = (numbers(1, 5 * width), numbers(2, width), numbers(3, width));
        let mut out = vec![0.0; x.len()];
        layer_norm(&mut out, &x, &weight, &bias, EPSILON);
        let row = |x: &[f32]| -> Vec<f64> {
            let count = width as f64;
            let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
            let square = |x: &f32| (f64::from(*x) - mean).powi(2);
            let scale = (x.iter().map(square).sum::<f64>() / count + f64::from(EPSILON)).sqrt();
            let parameters = weight.iter().zip(&bias);
            let one = |(x, (w, b)): (&f32, (&f32, &f32))| {
                (f64::from(*x) - mean) / scale * f64::from(*w) + f64::from(*b)
            };
            x.iter().zip(parameters).map(one).collect()
        };
        let expected: Vec<f64> = x.chunks(width).flat_map(row).collect();
        close(&format!("layer_norm {width}"), &out, &expected, 1e-5);
    }
}

#[test]
fn gradients_equal_differences() {
    let width = 19;
    let (x, weight, bias, dy) =
        (numbers(1, 2 * width), numbers(2, width), numbers(3, width), numbers(4, 2 * width));
    let layer = |x: &[f32], w: &[f32], b: &[f32]| {
        let mut out = vec![0.0; x.len()];
        layer_norm(&mut out, x, w, b, EPSILON);
        out
    };
    let (mut dx, mut dw, mut db) = (dy.clone(), vec![0.0; width], vec![0.0; width]);
    layer_norm_grad(&mut dx, &x, &weight, (&mut dw, &mut db), EPSILON);
    close("layer dx", &dx, &differences(&x, &dy, |x| layer(x, &weight, &bias)), 2e-3);
    close("layer dw", &dw, &differences(&weight, &dy, |w| layer(&x, w, &bias)), 2e-3);
    close("layer db", &db, &differences(&bias, &dy, |b| layer(&x, &weight, b)), 2e-3);

    let rms = |x: &[f32], w: &[f32]| {
        let mut out = vec![0.0; x.len()];
        rms_norm(&mut out, x, w, EPSILON);
        out
    };
    let (mut dx, mut dw) = (dy.clone(), vec![0.0; width]);
    rms_norm_grad(&mut dx, &x, &weight, &mut dw, EPSILON);
    close("rms dx", &dx, &differences(&x, &dy, |x| rms(x, &weight)), 2e-3);
    close("rms dw", &dw, &differences(&weight, &dy, |w| rms(&x, w)), 2e-3);
}
