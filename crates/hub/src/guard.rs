//! Keeps a hub from sending the server to addresses that only the server can reach.
//!
//! A name is judged when it is resolved for a connection, not before: what a name means may
//! change between a check and its use. Behind an HTTP proxy the proxy resolves, and judges.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Lookup;

/// A host has an address that is not of the public internet.
#[derive(Debug)]
pub(crate) struct NotPublic(pub(crate) IpAddr);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an address of the public internet", self.0)
    }
}

impl std::error::Error for NotPublic {}

/// Resolves names to addresses that may be asked.
#[derive(Clone)]
pub(crate) struct GuardedResolver {
    lookup: Lookup,
    /// For the hub itself: it may be private, but a public one may not become private.
    own: Option<Arc<OnceLock<bool>>>,
}

impl GuardedResolver {
    /// Resolves hosts that a hub names: public addresses only.
    pub(crate) fn foreign(lookup: Lookup) -> Self {
        Self { lookup, own: None }
    }

    /// Resolves the hub, which a person named.
    pub(crate) fn own(lookup: Lookup) -> Self {
        Self { lookup, own: Some(Arc::default()) }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let found = (this.lookup)(name.as_str().to_owned()).await?;
            let private = found.iter().copied().find(|address| !is_public(*address));
            let must_be_public =
                this.own.is_none_or(|first| *first.get_or_init(|| private.is_none()));
            match private {
                Some(address) if must_be_public => Err(NotPublic(address).into()),
                _ => {
                    let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
                    Ok(Box::new(found) as Addrs)
                }
            }
        })
    }
}

/// Tells whether an address belongs to the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224.., ..)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // `::1`, `::` and the addresses of version 4 in version 6.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and documentation.
        [0x2001, 0 | 0xdb8, ..] => false,
        // Everything else that is routed begins with the bits 001.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        let check = |addresses: &[&str], public: bool| {
            for text in addresses {
                assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
            }
        };
        check(
            &["1.1.1.1", "100.63.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1", "::ffff:1.1.1.1"],
            true,
        );
        check(
            &["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"],
            false,
        );
        check(&["100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.8"], false);
        check(&["::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"], false);
        check(&["::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1"], false);
    }
}
