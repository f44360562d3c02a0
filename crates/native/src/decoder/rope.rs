//! How fast each pair of numbers turns with the position, from `config.json`.

use std::f64::consts::TAU;

use serde_json::Value;

use crate::config::ConfigFile;
use crate::{Error, Result};

/// Reads the turning speed of each pair of a head's numbers.
pub(super) fn inverse_frequencies(config: &ConfigFile, head_dim: usize) -> Result<Vec<f32>> {
    let rope = Rope::read(config)?;
    let theta = rope.number("rope_theta")?.unwrap_or(10_000.0);
    let plain = frequencies(theta, head_dim);
    let scaled = match rope.kind() {
        "default" => plain,
        "linear" => {
            let factor = rope.required("factor")?;
            plain.into_iter().map(|speed| speed / factor).collect()
        }
        "llama3" => {
            let scaling = Llama3::read(&rope)?;
            plain.into_iter().map(|speed| scaling.apply(speed)).collect()
        }
        other => {
            return Err(Error::unsupported(
                format!("rope scaling of type `{other}` is not supported"),
                "supported are default, linear and llama3",
            ));
        }
    };
    Ok(scaled.into_iter().map(|speed| speed as f32).collect())
}

/// Returns the unscaled turning speeds.
pub(crate) fn frequencies(theta: f64, head_dim: usize) -> Vec<f64> {
    let exponent = |pair: usize| (2 * pair) as f64 / head_dim as f64;
    (0..head_dim / 2).map(|pair| theta.powf(exponent(pair)).recip()).collect()
}

/// The fields about rope: `rope_parameters`, or `rope_scaling` and `rope_theta` in older files.
struct Rope<'a> {
    config: &'a ConfigFile,
    name: &'static str,
}

impl<'a> Rope<'a> {
    fn read(config: &'a ConfigFile) -> Result<Self> {
        let name = if config.field("rope_parameters").is_some() {
            "rope_parameters"
        } else {
            "rope_scaling"
        };
        let rope = Self { config, name };
        match rope.number("partial_rotary_factor")? {
            None | Some(1.0) => Ok(rope),
            Some(share) => Err(Error::unsupported(
                format!("rope over a part of each head ({share}) is not supported"),
                "choose a model whose heads turn as a whole",
            )),
        }
    }

    fn kind(&self) -> &str {
        let text = |name: &str| self.config.field(self.name)?.get(name)?.as_str();
        text("rope_type").or_else(|| text("type")).unwrap_or("default")
    }

    /// Returns a number of the group, or of the file's top level.
    fn number(&self, name: &str) -> Result<Option<f64>> {
        let group = self.config.field(self.name).and_then(|group| group.get(name));
        let Some(value) = group.or_else(|| self.config.field(name)).filter(|v| **v != Value::Null)
        else {
            return Ok(None);
        };
        let number = value.as_f64().filter(|number| number.is_finite() && *number > 0.0);
        let wrong = || self.wrong(name, &format!("is `{value}`, not a number above 0"));
        number.map(Some).ok_or_else(wrong)
    }

    fn required(&self, name: &str) -> Result<f64> {
        self.number(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    fn wrong(&self, name: &str, why: &str) -> Error {
        self.config.wrong(&format!("{}.{name}", self.name), why)
    }
}

/// Llama 3's scaling: slow pairs are slowed down, fast ones left alone, with a slope between.
struct Llama3 {
    factor: f64,
    low: f64,
    high: f64,
    context: f64,
}

impl Llama3 {
    fn read(rope: &Rope<'_>) -> Result<Self> {
        let scaling = Self {
            factor: rope.required("factor")?,
            low: rope.required("low_freq_factor")?,
            high: rope.required("high_freq_factor")?,
            context: rope.required("original_max_position_embeddings")?,
        };
        if scaling.low < scaling.high {
            return Ok(scaling);
        }
        Err(rope.wrong("high_freq_factor", "is not above `low_freq_factor`"))
    }

    fn apply(&self, speed: f64) -> f64 {
        let turns = self.context * speed / TAU;
        if turns < self.low {
            return speed / self.factor;
        }
        if turns > self.high {
            return speed;
        }
        let share = (turns - self.low) / (self.high - self.low);
        (1.0 - share) * speed / self.factor + share * speed
    }
}
