//! What can be masked without saying how it looks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of data that is recognised wherever it stands in a text.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum MaskKind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of a payment card: one that an issuer gives out, with Luhn's check digit.
    Card,
    /// An account's number with its check digits (ISO 13616), or a Polish one without its country.
    Iban,
    /// A Polish person's number: a possible date of birth, and the check digit.
    Pesel,
    /// An IPv4 or IPv6 address.
    Ip,
}

impl MaskKind {
    pub const ALL: [Self; 6] = [Self::Email, Self::Phone, Self::Card, Self::Iban, Self::Pesel, Self::Ip];

    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Pesel => "pesel",
            Self::Ip => "ip",
        }
    }

    /// What stands in its place.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Card => "[card]",
            Self::Iban => "[iban]",
            Self::Pesel => "[pesel]",
            Self::Ip => "[ip]",
        }
    }

    /// Of two that were found in the same place, the one with more to prove it goes first.
    pub(super) fn proof(self) -> u8 {
        match self {
            Self::Iban => 5,
            Self::Card => 4,
            Self::Pesel => 3,
            Self::Ip => 2,
            Self::Email => 1,
            Self::Phone => 0,
        }
    }
}

impl fmt::Display for MaskKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
