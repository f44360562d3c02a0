//! Charts as SVG that takes its colors from the stylesheet, each with its text alternative.

mod heat;
mod line;
mod scale;

pub(crate) use heat::{confused, heat_map};
pub(crate) use line::{Line, line_chart};
