//! Components that several pages use.

mod capabilities;
mod code;
mod field;
mod meter;
mod state;
mod table;
mod tile;

pub(crate) use capabilities::{absent, verb};
pub(crate) use code::{code, copyable, json, tabs};
pub(crate) use field::{Field, Kind, choice, file_field};
pub(crate) use meter::{progress, share_bar};
pub(crate) use state::{dot, state_badge};
pub(crate) use table::{facts, table};
pub(crate) use tile::{Tile, compare_bar, favorite_form, mini};
