//! What goes into a statement. An absent value keeps its type, which PostgreSQL wants to know.

/// A value of one of the four types, or its absence.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `BIGINT`.
    Int(Option<i64>),
    /// `DOUBLE PRECISION`.
    Real(Option<f64>),
    /// `TEXT`.
    Text(Option<String>),
    /// `BYTEA`.
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($type:ty, $variant:ident, $convert:expr) => {
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some($convert(value)))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map($convert))
            }
        }
    };
}

from!(i64, Int, |value| value);
from!(u32, Int, i64::from);
from!(f64, Real, |value| value);
from!(String, Text, |value| value);
from!(&str, Text, str::to_owned);
from!(Vec<u8>, Bytes, |value| value);
