//! Charts as SVG that takes its colors from the stylesheet, each with its text alternative.
//!
//! Text keeps its size on every screen: positions across are percentages, positions down are
//! pixels, and a name is written only where it covers no other at any width.

mod bar;
mod frame;
mod heat;
mod labels;
mod line;
mod scale;
mod scatter;
mod values;

pub(crate) use bar::{Bars, Group, bar_chart, letter};
pub(crate) use heat::{confused, heat_map};
pub(crate) use line::{Line, line_chart};
pub(crate) use scatter::{Dot, Scatter, scatter_chart};
pub(crate) use values::{Values, ValuesRow, value_map};
