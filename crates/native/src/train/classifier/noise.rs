//! Dropout as the model's configuration asks for it.

use kernels::Dropout;

use crate::Result;
use crate::config::ConfigFile;

/// How much is dropped where the configuration does not say; the default of every family.
const RATE: f64 = 0.1;

/// The shares of numbers that are dropped while a model learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    hidden: f32,
    attention: f32,
}

/// The dropout of one pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    rates: Rates,
    key: u64,
}

/// Where in the model numbers are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// After the embeddings' normalization.
    Embeddings,
    /// The probabilities of a block's attention.
    Attention(usize),
    /// After the projection behind attention.
    Output(usize),
    /// After the second half of a feed-forward block.
    Down(usize),
}

impl Rates {
    pub(super) fn read(config: &ConfigFile) -> Result<Self> {
        let rate = |names: [&str; 2]| {
            let name = names.into_iter().find(|name| config.field(name).is_some());
            let name = name.unwrap_or(names[0]);
            let rate = config.number_or(name, RATE)?;
            if (0.0..1.0).contains(&rate) {
                return Ok(rate as f32);
            }
            Err(config.wrong(name, &format!("is {rate}; it is at least 0 and below 1")))
        };
        Ok(Self {
            hidden: rate(["hidden_dropout_prob", "dropout"])?,
            attention: rate(["attention_probs_dropout_prob", "attention_dropout"])?,
        })
    }

    /// Returns the noise of one pass; the same numbers give the same noise.
    pub(super) fn of_pass(self, seed: u64, step: u64, pass: usize) -> Noise {
        let key = [step, pass as u64].into_iter().fold(seed, |key, part| mix(key ^ mix(part)));
        Noise { rates: self, key }
    }
}

impl Noise {
    /// Returns the dropout of one place, if any is wanted there.
    pub(super) fn at(&self, site: Site) -> Option<Dropout> {
        let (kind, layer, rate) = match site {
            Site::Embeddings => (0, 0, self.rates.hidden),
            Site::Attention(layer) => (1, layer, self.rates.attention),
            Site::Output(layer) => (2, layer, self.rates.hidden),
            Site::Down(layer) => (3, layer, self.rates.hidden),
        };
        let key = (mix(self.key ^ (layer as u64 * 4 + kind)) >> 32) as u32;
        (rate > 0.0).then_some(Dropout { rate, key })
    }
}

/// Spreads every bit over all of them. Steele et al. 2014, SplitMix64.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_and_pass_has_its_own_mask() {
        let rates = Rates { hidden: 0.1, attention: 0.2 };
        let sites = [Site::Embeddings, Site::Attention(0), Site::Output(0), Site::Down(0)];
        let more = [Site::Attention(1), Site::Output(1), Site::Down(1)];
        let passes = [(1, 1, 0), (1, 1, 1), (1, 2, 0), (2, 1, 0)];
        let of = |(seed, step, pass)| {
            let noise = rates.of_pass(seed, step, pass);
            sites.into_iter().chain(more).map(move |site| noise.at(site).expect("a rate").key)
        };
        let mut keys: Vec<u32> = passes.into_iter().flat_map(of).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        let none = Rates { hidden: 0.0, attention: 0.2 }.of_pass(1, 1, 0);
        assert_eq!(none.at(Site::Output(0)), None);
        assert_eq!(none.at(Site::Attention(0)).map(|dropout| dropout.rate), Some(0.2));
    }
}
