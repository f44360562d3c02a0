//! How an endpoint shares its requests between deployments.

use std::collections::BTreeMap;

/// Percent of an endpoint's requests for each deployment; adds up to 100, or is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic(BTreeMap<String, u8>);

/// Shares that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrafficError {
    /// They do not add up.
    #[error("the traffic adds up to {sum} percent, but must add up to 100")]
    Sum {
        /// What they add up to.
        sum: u32,
    },
    /// A share goes to nothing.
    #[error("traffic goes to `{deployment}`, but the endpoint has no such deployment")]
    Unknown {
        /// The deployment.
        deployment: String,
    },
}

impl Traffic {
    /// Checks shares against the deployments that exist; those not named get nothing.
    ///
    /// # Errors
    /// Where the shares do not add up to 100 or name a deployment that does not exist.
    pub fn new(shares: BTreeMap<String, u8>, existing: &[&str]) -> Result<Self, TrafficError> {
        if let Some(unknown) = shares.keys().find(|name| !existing.contains(&name.as_str())) {
            return Err(TrafficError::Unknown { deployment: unknown.clone() });
        }
        let sum: u32 = shares.values().map(|share| u32::from(*share)).sum();
        if sum != 100 {
            return Err(TrafficError::Sum { sum });
        }
        Ok(Self(shares.into_iter().filter(|(_, share)| *share > 0).collect()))
    }

    /// Reads shares that were checked before; an endpoint without traffic is empty.
    pub fn stored(shares: impl IntoIterator<Item = (String, u8)>) -> Self {
        Self(shares.into_iter().filter(|(_, share)| *share > 0).collect())
    }

    /// Gives `deployment` a share and scales the others to what is left, in whole percents.
    #[must_use]
    pub fn with(&self, deployment: &str, share: u8) -> Self {
        let share = share.min(100);
        let others: Vec<_> = self.0.iter().filter(|(name, _)| *name != deployment).collect();
        let sum: u32 = others.iter().map(|(_, old)| u32::from(**old)).sum();
        let left = u32::from(100 - share);
        let mut shares = BTreeMap::new();
        let mut given = 0;
        for (index, (name, old)) in others.iter().enumerate() {
            let last = index + 1 == others.len();
            let new = if last { left - given } else { u32::from(**old) * left / sum.max(1) };
            given += new;
            shares.insert((*name).clone(), u8::try_from(new).unwrap_or(100));
        }
        let rest = if others.is_empty() { 100 } else { share };
        shares.insert(deployment.to_owned(), rest);
        shares.retain(|_, share| *share > 0);
        Self(shares)
    }

    /// Takes `deployment` out and scales the others up to 100.
    #[must_use]
    pub fn without(&self, deployment: &str) -> Self {
        let mut shares = self.0.clone();
        shares.remove(deployment);
        let Some((first, share)) = shares.iter().next().map(|(name, share)| (name.clone(), *share))
        else {
            return Self::default();
        };
        let rest = Self(shares.clone());
        let sum: u32 = shares.values().map(|share| u32::from(*share)).sum();
        let scaled = (u32::from(share) * 100 / sum.max(1)).min(100);
        rest.with(&first, u8::try_from(scaled).unwrap_or(100))
    }

    /// Tells whether no deployment gets anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the share of `deployment` in percent.
    pub fn share(&self, deployment: &str) -> u8 {
        self.0.get(deployment).copied().unwrap_or(0)
    }

    /// Picks the deployment of the `ticket`-th request.
    ///
    /// Tickets are spread with a step that is coprime to 100, so that any hundred
    /// consecutive requests meet the shares exactly and short runs come close.
    pub fn pick(&self, ticket: u64) -> Option<&str> {
        const STEP: u64 = 61;
        let mut position = (ticket.wrapping_mul(STEP) % 100) as u32;
        for (name, share) in &self.0 {
            if position < u32::from(*share) {
                return Some(name);
            }
            position -= u32::from(*share);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic(shares: &[(&str, u8)]) -> Traffic {
        Traffic::stored(shares.iter().map(|(name, share)| ((*name).to_owned(), *share)))
    }

    #[test]
    fn a_hundred_requests_meet_the_shares_exactly() {
        let shares = traffic(&[("blue", 90), ("green", 10)]);
        let picks = (700..800).filter(|ticket| shares.pick(*ticket) == Some("green")).count();
        assert_eq!(picks, 10);
        let early = (0..20).filter(|ticket| shares.pick(*ticket) == Some("green")).count();
        assert!((1..=3).contains(&early), "{early} of the first twenty");
    }

    #[test]
    fn the_first_deployment_gets_everything() {
        assert_eq!(Traffic::default().with("blue", 0).share("blue"), 100);
    }

    #[test]
    fn a_new_share_scales_the_others() {
        let shares = traffic(&[("a", 50), ("b", 50)]).with("c", 20);
        assert_eq!(shares, traffic(&[("a", 40), ("b", 40), ("c", 20)]));
        assert_eq!(shares.without("a"), traffic(&[("b", 66), ("c", 34)]));
        assert_eq!(traffic(&[("a", 100)]).without("a"), Traffic::default());
    }

    #[test]
    fn shares_must_add_up_and_exist() {
        let check = |shares: &[(&str, u8)], message: &str| {
            let shares = shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect();
            let error = Traffic::new(shares, &["blue", "green"]).unwrap_err();
            assert_eq!(error.to_string(), message);
        };
        check(&[("blue", 90)], "the traffic adds up to 90 percent, but must add up to 100");
        check(&[("red", 100)], "traffic goes to `red`, but the endpoint has no such deployment");
    }
}
