//! Compiles a function once for each kind of processor and picks one at run time.

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
            fn portable($($arg: $type),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($arg: $type),*) $(-> $out)? {
                    portable($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    portable($($arg),*)
                }
                match $crate::dispatch::level() {
                    // SAFETY: the level says that the processor has these features.
                    $crate::dispatch::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::dispatch::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::dispatch::Level::Portable => {}
                }
            }
            portable($($arg),*)
        })*
    };
}

pub(crate) use dispatched;

/// What the processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// 512-bit vectors.
    Avx512,
    /// 256-bit vectors.
    Avx2,
    /// What every processor of the architecture has.
    Portable,
}

/// Returns what the processor has; `MODELDEX_KERNELS=portable` or `avx2` asks for less.
#[cfg(target_arch = "x86_64")]
pub(crate) fn level() -> Level {
    use std::sync::OnceLock;
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let asked = std::env::var("MODELDEX_KERNELS").unwrap_or_default();
        let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        match asked.as_str() {
            "portable" => Level::Portable,
            "avx2" if has_avx2 => Level::Avx2,
            _ if has_avx512 && has_avx2 => Level::Avx512,
            _ if has_avx2 => Level::Avx2,
            _ => Level::Portable,
        }
    })
}
