//! Which blocks see a window only.

use serde_json::Value;

use super::{ConfigFile, DecoderShape, Result};

/// Which blocks see a window where the file has no list of their sorts.
pub(super) enum Sliding {
    /// All of them.
    Everywhere,
    /// Those from this one on.
    From(usize),
    /// All but each last of so many.
    AllBut(usize),
}

impl Sliding {
    fn is(&self, layer: usize) -> bool {
        match self {
            Self::Everywhere => true,
            Self::From(first) => layer >= *first,
            Self::AllBut(every) => *every == 0 || !(layer + 1).is_multiple_of(*every),
        }
    }
}

/// Reads `sliding_window` and `layer_types`.
pub(super) fn read(shape: &mut DecoderShape, config: &ConfigFile, usual: Sliding) -> Result<()> {
    let window = config.count_if_present(&["sliding_window"])?.filter(|window| *window > 0);
    let Some(window) = window else { return Ok(()) };
    let sorts = match config.field("layer_types") {
        None => (0..shape.layers).map(|layer| usual.is(layer)).collect(),
        Some(list) => sorts(config, list, shape.layers)?,
    };
    shape.windows = sorts.into_iter().map(|slides| slides.then_some(window)).collect();
    Ok(())
}

fn sorts(config: &ConfigFile, list: &Value, layers: usize) -> Result<Vec<bool>> {
    let slides = |sort: &Value| match sort.as_str() {
        Some("sliding_attention") => Some(true),
        Some("full_attention") => Some(false),
        _ => None,
    };
    let all = |list: &Vec<Value>| list.iter().map(slides).collect::<Option<Vec<bool>>>();
    let sorts = list.as_array().and_then(all).filter(|sorts| sorts.len() == layers);
    let why = format!("is not a list of {layers} times `full_attention` or `sliding_attention`");
    sorts.ok_or_else(|| config.wrong("layer_types", &why))
}
