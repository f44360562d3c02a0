//! What a machine can do at most, for benchmarks that say how much of it a kernel uses.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::dispatch::{Level, level};
use crate::parallel;

/// What is multiplied and added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// 32-bit floats.
    F32,
    /// Pairs of bf16.
    Bf16,
    /// Bytes in fours.
    Int8,
}

/// Parts of the work for each thread, so that one that was held up does less.
const PARTS: usize = 32;

/// Multiplies and adds in registers alone, on all threads, and returns how many operations (a
/// multiplication and an addition are two) that were; none where the processor lacks it.
pub fn compute(what: Arithmetic, rounds: usize) -> Option<f64> {
    let needed = match what {
        Arithmetic::F32 => Level::Avx2,
        Arithmetic::Bf16 => Level::Bf16,
        Arithmetic::Int8 => Level::Vnni,
    };
    if level() < needed {
        return None;
    }
    let parts = PARTS * parallel::threads();
    parallel::each(parts, |_| multiply(what, rounds));
    let lanes = if level() == Level::Avx2 { 8 } else { 16 };
    let products = match what {
        Arithmetic::F32 => lanes,
        Arithmetic::Bf16 => 2 * lanes,
        Arithmetic::Int8 => 4 * lanes,
    };
    Some(2.0 * (products * SUMS * rounds * parts) as f64)
}

/// Sums that are added to in turn, so that none waits for itself.
const SUMS: usize = 12;

#[cfg(target_arch = "x86_64")]
fn multiply(what: Arithmetic, rounds: usize) {
    use std::arch::x86_64::{
        __m512, __m512bh, __m512i, _mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps,
        _mm512_dpbf16_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_set1_epi32, _mm512_set1_ps,
        _mm512_setzero_ps, _mm512_setzero_si512,
    };
    macro_rules! turns {
        ($name:ident, $features:literal, $zero:expr, |$sum:ident| $add:expr) => {
            #[target_feature(enable = $features)]
            fn $name(rounds: usize) {
                let mut sums = [$zero; SUMS];
                for _ in 0..rounds {
                    for $sum in &mut sums {
                        *$sum = $add;
                    }
                }
                black_box(sums);
            }
        };
    }
    turns!(f32_256, "avx2,fma", _mm256_setzero_ps(), |sum| {
        let x = _mm256_set1_ps(0.5);
        _mm256_fmadd_ps(*sum, x, x)
    });
    turns!(f32_512, "avx512f", _mm512_setzero_ps(), |sum| {
        let x = _mm512_set1_ps(0.5);
        _mm512_fmadd_ps(*sum, x, x)
    });
    turns!(bf16, "avx512f,avx512bf16", _mm512_setzero_ps(), |sum| {
        // SAFETY: all are 512 bits.
        let x = unsafe { std::mem::transmute::<__m512, __m512bh>(_mm512_set1_ps(0.5)) };
        _mm512_dpbf16_ps(*sum, x, x)
    });
    turns!(int8, "avx512f,avx512vnni", _mm512_setzero_si512(), |sum| {
        let x: __m512i = _mm512_set1_epi32(0x0101_0101);
        _mm512_dpbusd_epi32(*sum, x, x)
    });
    // SAFETY: `compute` asked whether the processor has it.
    unsafe {
        match what {
            Arithmetic::Bf16 => bf16(rounds),
            Arithmetic::Int8 => int8(rounds),
            Arithmetic::F32 if level() == Level::Avx2 => f32_256(rounds),
            Arithmetic::F32 => f32_512(rounds),
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn multiply(_: Arithmetic, rounds: usize) {
    black_box(rounds);
}

/// Numbers that one thread reads at once.
const STRETCH: usize = 1 << 16;

/// Reads all of `memory`, on all threads, as fast as it comes.
pub fn read(memory: &[u64]) {
    parallel::each(memory.len().div_ceil(STRETCH), |part| {
        let start = part * STRETCH;
        black_box(xor(&memory[start..memory.len().min(start + STRETCH)]));
    });
}

crate::dispatch::dispatched! {
    fn xor(x: &[u64]) -> u64 {
        let mut all = [0_u64; 64];
        for x in x.as_chunks::<64>().0 {
            all.iter_mut().zip(x).for_each(|(all, x)| *all ^= x);
        }
        all.iter().fold(0, |all, x| all ^ x)
    }
}

/// Looks for the other threads before a region is given up: some of them may be held up.
const LOOKS: usize = 20_000;

/// Lets all threads meet once: what a parallel region costs that none of them sits out.
pub fn region() {
    let threads = parallel::threads();
    let here = AtomicUsize::new(0);
    parallel::each(threads, |_| {
        here.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0;
        while here.load(Ordering::Acquire) < threads && looks < LOOKS {
            looks += 1;
            spin_loop();
        }
    });
}
