//! Chance that is the same on every machine.

/// Numbers of one record: splitmix64, which is good enough for a catalog and costs a nanosecond.
#[derive(Debug)]
pub(super) struct Draw(u64);

impl Draw {
    /// Begins the numbers of one record.
    pub(super) fn new(seed: u64, record: u64) -> Self {
        let mut start = Self(seed ^ record.wrapping_mul(0xd1b5_4a32_d192_ed03));
        start.0 = start.next();
        start
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws from (0, 1].
    pub(super) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Draws from `0..end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Draws from `least..=most`.
    pub(super) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    pub(super) fn chance(&mut self, of_one: f64) -> bool {
        self.unit() <= of_one
    }

    /// Draws from the standard normal distribution, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let angle = std::f64::consts::TAU * self.unit();
        (-2.0 * self.unit().ln()).sqrt() * angle.cos()
    }
}

/// Ranks of which the first is drawn most often, the n-th an n-th as often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zipf {
    ranks: usize,
    log: f32,
}

impl Zipf {
    pub(super) fn new(ranks: usize) -> Self {
        Self { ranks, log: ((ranks + 1) as f32).ln() }
    }

    /// Draws a rank from 0: the density 1/x has the logarithm as its integral.
    pub(super) fn draw(self, draw: &mut Draw) -> usize {
        let unit = (draw.next() >> 40) as f32 / (1_u32 << 24) as f32;
        let rank = (unit * self.log).exp() as usize - 1;
        rank.min(self.ranks - 1)
    }
}
