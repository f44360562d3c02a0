//! How positions turn queries and keys, from `config.json`.

mod yarn;

use std::f64::consts::TAU;

use serde_json::Value;

use crate::config::ConfigFile;
use crate::{Error, Result};
use yarn::Yarn;

pub(crate) use yarn::yarn_scale;

/// How positions turn queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    /// How fast each pair of a head's numbers turns; fewer than half of them where only the
    /// beginning of each head turns.
    pub speeds: Vec<f32>,
    /// What turned numbers are multiplied by.
    pub scale: f32,
    /// Other speeds for long texts.
    pub long: Option<LongRope>,
}

/// The speeds for texts beyond a length.
#[derive(Clone, Debug, PartialEq)]
pub struct LongRope {
    /// The longest text, in tokens, that turns as usual.
    pub beyond: usize,
    /// How fast each pair turns in longer ones.
    pub speeds: Vec<f32>,
}

/// Returns how long texts may be by the rule that stretches a model beyond the length it was
/// taught with, which its number of positions need not say.
pub(crate) fn stretched(config: &ConfigFile) -> Option<usize> {
    let group = Group::of(config);
    let number = |name: &str| positive(group.fields?.get(name)?);
    let length = number("original_max_position_embeddings")? * number("factor")?;
    (group.kind() == "yarn" && length <= f64::from(u32::MAX)).then_some(length as usize)
}

impl Rope {
    /// Reads `rope_parameters`, or what older files have in its place.
    pub(super) fn read(config: &ConfigFile, head_dim: usize) -> Result<Self> {
        Self::of_group(&Group::of(config), head_dim)
    }

    /// Reads the parameters of one sort of block, where the file has them by sort.
    pub(super) fn of_sort(
        config: &ConfigFile,
        sort: &'static str,
        head_dim: usize,
    ) -> Result<Option<Self>> {
        Group::of_sort(config, sort).map(|group| Self::of_group(&group, head_dim)).transpose()
    }

    /// Makes the speeds of one base alone.
    pub(super) fn plain(theta: f64, head_dim: usize) -> Self {
        Self::of(frequencies(theta, head_dim))
    }

    fn of(speeds: Vec<f64>) -> Self {
        Self { speeds: narrow(speeds), scale: 1.0, long: None }
    }

    fn of_group(group: &Group<'_>, head_dim: usize) -> Result<Self> {
        let theta = group.number("rope_theta")?.unwrap_or(10_000.0);
        let plain = frequencies(theta, rotary_dim(group, head_dim)?);
        match group.kind() {
            "default" => Ok(Self::of(plain)),
            "linear" => {
                let factor = group.required("factor")?;
                Ok(Self::of(plain.into_iter().map(|speed| speed / factor).collect()))
            }
            "llama3" => {
                let scaling = Llama3::read(group)?;
                Ok(Self::of(plain.into_iter().map(|speed| scaling.apply(speed)).collect()))
            }
            "factors" => Ok(Self::of(divided(&plain, &group.list("factors", plain.len())?))),
            "longrope" | "su" => longrope(group, &plain),
            "yarn" => Ok(Yarn::read(group, theta, plain.len())?.rope(&plain)),
            other => Err(Error::unsupported(
                format!("rope scaling of type `{other}` is not supported"),
                "supported are default, linear, llama3, longrope and yarn",
            )),
        }
    }

    /// Tells whether the positions of a text of so many tokens turn as in a long one.
    pub(super) fn is_long(&self, length: usize) -> bool {
        self.long.as_ref().is_some_and(|long| length > long.beyond)
    }

    /// Turns the heads of each row by its position, in a long text or not.
    pub(super) fn turn(
        &self,
        x: &mut [f32],
        positions: &[u32],
        (heads, head_dim): (usize, usize),
        long: bool,
    ) {
        let speeds = match &self.long {
            Some(slow) if long => &slow.speeds,
            _ => &self.speeds,
        };
        if 2 * speeds.len() == head_dim {
            kernels::rope(x, positions, heads, head_dim, speeds);
            if self.scale != 1.0 {
                x.iter_mut().for_each(|x| *x *= self.scale);
            }
            return;
        }
        let rows = x.chunks_exact_mut(heads * head_dim);
        for (row, position) in rows.zip(positions) {
            for head in row.chunks_exact_mut(head_dim) {
                turn_beginning(head, *position, speeds, self.scale);
            }
        }
    }
}

/// Turns the first two numbers for each speed; the others stay as they are.
fn turn_beginning(head: &mut [f32], position: u32, speeds: &[f32], scale: f32) {
    let (low, rest) = head.split_at_mut(speeds.len());
    for ((low, high), speed) in low.iter_mut().zip(rest).zip(speeds) {
        let (sin, cos) = (position as f32 * speed).sin_cos();
        (*low, *high) = ((*low * cos - *high * sin) * scale, (*high * cos + *low * sin) * scale);
    }
}

/// Returns how many numbers of each head turn.
fn rotary_dim(group: &Group<'_>, head_dim: usize) -> Result<usize> {
    let share = group.number("partial_rotary_factor")?.unwrap_or(1.0);
    let dim = (head_dim as f64 * share) as usize;
    if share <= 1.0 && dim > 0 && dim.is_multiple_of(2) {
        return Ok(dim);
    }
    Err(group.wrong("partial_rotary_factor", &format!("is {share} of heads of {head_dim}")))
}

/// Returns the unscaled turning speeds.
pub(crate) fn frequencies(theta: f64, head_dim: usize) -> Vec<f64> {
    let exponent = |pair: usize| (2 * pair) as f64 / head_dim as f64;
    (0..head_dim / 2).map(|pair| theta.powf(exponent(pair)).recip()).collect()
}

fn divided(speeds: &[f64], factors: &[f64]) -> Vec<f64> {
    speeds.iter().zip(factors).map(|(speed, factor)| speed / factor).collect()
}

fn narrow(speeds: Vec<f64>) -> Vec<f32> {
    speeds.into_iter().map(|speed| speed as f32).collect()
}

/// Reads LongRoPE: a factor for each pair, others for long texts. Ding et al. 2024.
fn longrope(group: &Group<'_>, plain: &[f64]) -> Result<Rope> {
    let beyond = group.required("original_max_position_embeddings")?;
    let short = divided(plain, &group.list("short_factor", plain.len())?);
    let long = divided(plain, &group.list("long_factor", plain.len())?);
    let factor = group.factor(beyond)?.unwrap_or(1.0);
    let usual = if factor > 1.0 { (1.0 + factor.ln() / beyond.ln()).sqrt() } else { 1.0 };
    let scale = group.number("attention_factor")?.unwrap_or(usual);
    if !scale.is_finite() {
        return Err(group.wrong("original_max_position_embeddings", "gives no sensible scale"));
    }
    let long = LongRope { beyond: beyond as usize, speeds: narrow(long) };
    Ok(Rope { speeds: narrow(short), scale: scale as f32, long: Some(long) })
}

/// The fields about rope: `rope_parameters`, or `rope_scaling` and `rope_theta` in older files.
struct Group<'a> {
    config: &'a ConfigFile,
    name: String,
    fields: Option<&'a Value>,
}

impl<'a> Group<'a> {
    fn of(config: &'a ConfigFile) -> Self {
        let name = match config.field("rope_parameters") {
            Some(_) => "rope_parameters",
            None => "rope_scaling",
        };
        Self { config, name: name.to_owned(), fields: config.field(name) }
    }

    fn of_sort(config: &'a ConfigFile, sort: &str) -> Option<Self> {
        let fields = config.field("rope_parameters")?.get(sort)?;
        Some(Self { config, name: format!("rope_parameters.{sort}"), fields: Some(fields) })
    }

    fn kind(&self) -> &str {
        let text = |name: &str| self.fields?.get(name)?.as_str();
        text("rope_type").or_else(|| text("type")).unwrap_or("default")
    }

    /// Returns a field of the group, or of the file's top level.
    fn field(&self, name: &str) -> Option<&'a Value> {
        let group = self.fields.and_then(|group| group.get(name));
        group.or_else(|| self.config.field(name)).filter(|value| !value.is_null())
    }

    /// Returns a number of the group, or of the file's top level.
    fn number(&self, name: &str) -> Result<Option<f64>> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let wrong = || self.wrong(name, &format!("is `{value}`, not a number above 0"));
        positive(value).map(Some).ok_or_else(wrong)
    }

    fn required(&self, name: &str) -> Result<f64> {
        self.number(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// Returns how many times longer texts may be than those that the model was taught with.
    fn factor(&self, original: f64) -> Result<Option<f64>> {
        let given = self.number("factor")?;
        let positions = self.number("max_position_embeddings")?;
        Ok(given.or(positions.map(|positions| positions / original)))
    }

    /// Returns a list of `len` numbers above 0.
    fn list(&self, name: &str, len: usize) -> Result<Vec<f64>> {
        let all = |values: &Vec<Value>| values.iter().map(positive).collect::<Option<Vec<f64>>>();
        let numbers = self.field(name).and_then(Value::as_array).and_then(all);
        let wrong = || self.wrong(name, &format!("is not a list of {len} numbers above 0"));
        numbers.filter(|numbers| numbers.len() == len).ok_or_else(wrong)
    }

    fn wrong(&self, name: &str, why: &str) -> Error {
        self.config.wrong(&format!("{}.{name}", self.name), why)
    }
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite() && *number > 0.0)
}

/// Llama 3's scaling: slow pairs are slowed down, fast ones left alone, with a slope between.
struct Llama3 {
    factor: f64,
    low: f64,
    high: f64,
    context: f64,
}

impl Llama3 {
    fn read(group: &Group<'_>) -> Result<Self> {
        let scaling = Self {
            factor: group.required("factor")?,
            low: group.required("low_freq_factor")?,
            high: group.required("high_freq_factor")?,
            context: group.required("original_max_position_embeddings")?,
        };
        if scaling.low < scaling.high {
            return Ok(scaling);
        }
        Err(group.wrong("high_freq_factor", "is not above `low_freq_factor`"))
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
