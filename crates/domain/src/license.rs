//! Licenses, normalized to SPDX identifiers where they are one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A license: an SPDX identifier, or the publisher's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct License(String);

/// What sort of license it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenseFamily {
    /// May be used for nearly anything, with attribution.
    Permissive,
    /// Derived works must be shared alike.
    Copyleft,
    /// Commercial use is not allowed.
    NonCommercial,
    /// The publisher's own terms.
    Custom,
}

impl LicenseFamily {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::Copyleft => "copyleft",
            Self::NonCommercial => "non-commercial",
            Self::Custom => "custom",
        }
    }
}

/// Lower-case spellings seen in the field, with the SPDX identifier and family.
const KNOWN: &[(&str, &str, LicenseFamily)] = &[
    ("apache-2.0", "Apache-2.0", LicenseFamily::Permissive),
    ("apache 2.0", "Apache-2.0", LicenseFamily::Permissive),
    ("apache license 2.0", "Apache-2.0", LicenseFamily::Permissive),
    ("apache-2", "Apache-2.0", LicenseFamily::Permissive),
    ("apache2.0", "Apache-2.0", LicenseFamily::Permissive),
    ("apache2", "Apache-2.0", LicenseFamily::Permissive),
    ("apache license, version 2.0", "Apache-2.0", LicenseFamily::Permissive),
    ("mit", "MIT", LicenseFamily::Permissive),
    ("mit license", "MIT", LicenseFamily::Permissive),
    ("bsd-2-clause", "BSD-2-Clause", LicenseFamily::Permissive),
    ("bsd-3-clause", "BSD-3-Clause", LicenseFamily::Permissive),
    ("bsd 3-clause", "BSD-3-Clause", LicenseFamily::Permissive),
    ("bsl-1.0", "BSL-1.0", LicenseFamily::Permissive),
    ("cc0-1.0", "CC0-1.0", LicenseFamily::Permissive),
    ("cc-by-4.0", "CC-BY-4.0", LicenseFamily::Permissive),
    ("cc-by-3.0", "CC-BY-3.0", LicenseFamily::Permissive),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0", LicenseFamily::Copyleft),
    ("cc-by-sa-3.0", "CC-BY-SA-3.0", LicenseFamily::Copyleft),
    ("cc-by-nc-4.0", "CC-BY-NC-4.0", LicenseFamily::NonCommercial),
    ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", LicenseFamily::NonCommercial),
    ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", LicenseFamily::NonCommercial),
    ("gpl-2.0", "GPL-2.0-only", LicenseFamily::Copyleft),
    ("gpl-3.0", "GPL-3.0-only", LicenseFamily::Copyleft),
    ("lgpl-3.0", "LGPL-3.0-only", LicenseFamily::Copyleft),
    ("agpl-3.0", "AGPL-3.0-only", LicenseFamily::Copyleft),
    ("gnu agpl v3.0", "AGPL-3.0-only", LicenseFamily::Copyleft),
    ("mpl-2.0", "MPL-2.0", LicenseFamily::Copyleft),
    ("isc", "ISC", LicenseFamily::Permissive),
    ("unlicense", "Unlicense", LicenseFamily::Permissive),
];

impl License {
    /// Normalizes a license as publishers write it; what is not SPDX is kept in lower case.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let spdx =
            |(alias, id, _): &&(&str, &str, _)| *alias == text || id.eq_ignore_ascii_case(&text);
        match KNOWN.iter().find(spdx) {
            Some((_, id, _)) => Self((*id).to_owned()),
            None if text.is_empty() => Self("unknown".to_owned()),
            None => Self(text),
        }
    }

    /// Returns the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether the identifier is one of SPDX.
    pub fn is_spdx(&self) -> bool {
        KNOWN.iter().any(|(_, id, _)| *id == self.0)
    }

    /// Returns the family.
    pub fn family(&self) -> LicenseFamily {
        let known = KNOWN.iter().find(|(_, id, _)| *id == self.0);
        known.map_or(LicenseFamily::Custom, |(_, _, family)| *family)
    }

    /// Returns what it means for whoever uses the model; no advice, and no stand-in for its text.
    pub fn meaning(&self) -> &'static str {
        match self.family() {
            _ if self.0 == "unknown" => {
                "Its publisher names no license: nobody has allowed you to use it; ask first."
            }
            LicenseFamily::Permissive => {
                "You may use, change and sell it; keep its notices and name where it came from."
            }
            LicenseFamily::Copyleft => {
                "You may use and change it; what you pass on that is made from it, you share under \
                 the same terms."
            }
            LicenseFamily::NonCommercial => {
                "You may not use it for business; research and private use are allowed, with \
                 credit."
            }
            LicenseFamily::Custom => {
                "Its publisher's own terms, which may restrict uses, users or regions: read them \
                 before you use it."
            }
        }
    }
}

impl From<String> for License {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<License> for String {
    fn from(license: License) -> Self {
        license.0
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_field_become_spdx() {
        let check = |text: &str, id: &str| assert_eq!(License::parse(text).as_str(), id);
        check("apache-2.0 ", "Apache-2.0");
        check("MIT", "MIT");
        check("apache2.0", "Apache-2.0");
        check("gnu agpl v3.0", "AGPL-3.0-only");
        check("creativeml-openrail-m", "creativeml-openrail-m");
        check("", "unknown");
        assert_eq!(License::parse("msrla").family(), LicenseFamily::Custom);
        assert!(License::parse("Apache 2.0").is_spdx());
    }

    #[test]
    fn every_family_says_what_it_means() {
        let check = |text: &str, part: &str| {
            let meaning = License::parse(text).meaning();
            assert!(meaning.contains(part), "{text}: {meaning}");
        };
        check("mit", "use, change and sell");
        check("cc-by-sa-4.0", "same terms");
        check("cc-by-nc-4.0", "not use it for business");
        check("llama3", "own terms");
        check("", "names no license");
    }
}
