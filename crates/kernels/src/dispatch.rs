//! Compiles a function once for each kind of processor and picks one at run time.

use std::sync::OnceLock;

use crate::scope;

/// What a processor has; each level has all that those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the architecture has.
    Portable,
    /// 256-bit vectors and fused multiplication and addition.
    Avx2,
    /// 512-bit vectors.
    Avx512,
    /// Products of four bytes in each lane.
    Vnni,
    /// Products of two bf16 in each lane.
    Bf16,
}

impl Level {
    /// All levels, the least first.
    pub const ALL: [Self; 5] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Vnni, Self::Bf16];

    /// Returns the best that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(detect)
    }
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    let further = [
        (Level::Avx2, avx2),
        (Level::Avx512, avx512),
        (Level::Vnni, is_x86_feature_detected!("avx512vnni")),
        (Level::Bf16, is_x86_feature_detected!("avx512bf16")),
    ];
    let had = further.iter().take_while(|(_, has)| *has).last();
    had.map_or(Level::Portable, |(level, _)| *level)
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Level {
    Level::Portable
}

/// Returns the level to run at: the best, or less where the caller asked for less.
#[inline]
pub(crate) fn level() -> Level {
    let best = Level::best();
    scope::get().level.map_or(best, |asked| asked.min(best))
}

/// Runs `f` as if the processor had no more than `level`, on all threads that work for it.
///
/// For comparing levels: nothing else should ask for less than there is.
pub fn with_level<T>(level: Level, f: impl FnOnce() -> T) -> T {
    scope::within(scope::Scope { level: Some(level), ..scope::get() }, f)
}

/// Defines functions whose bodies are compiled portably, for AVX2 with FMA and for AVX-512; a
/// call runs the best that the processor has. The bodies are plain loops that vectorize.
macro_rules! dispatched {
    ($(
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block
    )*) => {
        $($(#[$doc])*
        $vis fn $name($($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $type),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
                fn avx512($($arg: $type),*) $(-> $out)? {
                    plain($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    plain($($arg),*)
                }
                match $crate::dispatch::level() {
                    $crate::dispatch::Level::Portable => {}
                    // SAFETY: the level says that the processor has these features.
                    $crate::dispatch::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    // SAFETY: as above.
                    _ => return unsafe { avx512($($arg),*) },
                }
            }
            plain($($arg),*)
        })*
    };
}

pub(crate) use dispatched;
