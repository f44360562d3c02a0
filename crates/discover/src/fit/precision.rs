//! Types that weights can have, and what one number of each takes.

/// A type that weights can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// 16-bit floats, bf16 or f16.
    Bf16,
    /// 8-bit integers, with a 32-bit scale for each row of a matrix.
    Int8,
    /// 4-bit integers, with a 16-bit scale for each group of 64.
    Int4,
}

/// Numbers that share one scale in 4 bits: 64 as in AWQ and GPTQ files, whose usual groups are 64
/// and 128.
const GROUP: u64 = 64;
/// Bytes of such a group: half a byte a number, and two of the scale.
const GROUP_BYTES: u64 = GROUP / 2 + 2;
/// Bytes of the scale of a row in 8 bits.
const ROW_SCALE_BYTES: u64 = 4;

impl Precision {
    /// Every type, the widest first.
    pub const ALL: [Self; 4] = [Self::F32, Self::Bf16, Self::Int8, Self::Int4];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
            Self::Int4 => "int4",
        }
    }

    /// Returns the name for headings.
    pub fn title(self) -> &'static str {
        match self {
            Self::F32 => "32 bits",
            Self::Bf16 => "16 bits",
            Self::Int8 => "8 bits",
            Self::Int4 => "4 bits",
        }
    }

    /// Reads the type as files name it: `f32`, `bf16`, `f16`.
    pub fn of_files(dtype: &str) -> Option<Self> {
        match dtype {
            "f32" | "float32" => Some(Self::F32),
            "bf16" | "f16" | "bfloat16" | "float16" => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Tells whether this build runs weights of the type; the others are there to compare.
    pub fn runs_here(self) -> bool {
        matches!(self, Self::F32 | Self::Bf16)
    }

    /// Returns what so many weights take, in rows of `width` numbers.
    ///
    /// 8 bits: Dettmers et al., *LLM.int8()*, 2022, with one scale for each row. 4 bits: Frantar et
    /// al., *GPTQ*, 2022, §4, "grouping".
    pub fn bytes(self, parameters: u64, width: Option<u64>) -> u64 {
        match self {
            Self::F32 => parameters.saturating_mul(4),
            Self::Bf16 => parameters.saturating_mul(2),
            Self::Int8 => {
                let rows = width.filter(|width| *width > 0).map_or(0, |width| parameters / width);
                parameters.saturating_add(rows.saturating_mul(ROW_SCALE_BYTES))
            }
            Self::Int4 => parameters.div_ceil(GROUP).saturating_mul(GROUP_BYTES),
        }
    }

    /// Says what one number takes.
    pub(super) fn each(self, width: Option<u64>) -> String {
        match (self, width) {
            (Self::F32, _) => "4 bytes".to_owned(),
            (Self::Bf16, _) => "2 bytes".to_owned(),
            (Self::Int8, Some(width)) => format!("(1 + 4/{width}) bytes"),
            (Self::Int8, None) => "1 byte".to_owned(),
            (Self::Int4, _) => "34/64 bytes".to_owned(),
        }
    }
}
