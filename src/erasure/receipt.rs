//! What is given to whoever asked for an erasure. It holds nothing of what was erased.

use ring::signature::{ED25519, UnparsedPublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backups::Known;
use crate::engine::{Erased, Whom};
use crate::model::day::rfc3339;

/// Actions in the audit log.
pub const USER_ERASED: &str = "user erased";
pub const SESSION_ERASED: &str = "session erased";

/// What was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ErasedSubject")]
pub enum Subject {
    User,
    Session,
}

impl Subject {
    pub fn of(whom: Whom<'_>) -> Self {
        match whom {
            Whom::User(_) => Self::User,
            Whom::Session(_) => Self::Session,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
        }
    }
}

/// A backup that was made before, and holds what was erased until it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldBackup {
    pub file: String,
    /// When it was begun.
    #[schemars(extend("format" = "date-time"))]
    pub made: String,
}

impl From<&Known> for HeldBackup {
    fn from(Known { file, made_ms, extent: _ }: &Known) -> Self {
        Self { file: file.clone(), made: rfc3339(*made_ms) }
    }
}

/// Its fields in this order, without white space and with an empty signature, are what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ErasureReceipt")]
pub struct Receipt {
    pub number: u64,
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// Who did it.
    pub by: String,
    pub bot: String,
    pub subject: Subject,
    /// Keyed hash of the id, which only the server that made it can tell from another.
    pub id_hash: String,
    /// Whether the counts went too.
    pub purge: bool,
    pub removed: Erased,
    /// Backups known to the server that still hold it.
    pub backups: Vec<HeldBackup>,
    /// Ed25519, in hexadecimal digits, as is the signature.
    pub public_key: String,
    pub signature: String,
}

impl Receipt {
    /// The bytes that are signed.
    pub fn signed(&self) -> Vec<u8> {
        let unsigned = Self { signature: String::new(), ..self.clone() };
        serde_json::to_vec(&unsigned).expect("a receipt has texts for keys")
    }

    /// As the audit log calls it.
    pub fn action(&self) -> &'static str {
        match self.subject {
            Subject::User => USER_ERASED,
            Subject::Session => SESSION_ERASED,
        }
    }

    /// As the audit log names it: by no id.
    pub fn target(&self) -> String {
        format!("erasure {} of {}", self.number, self.bot)
    }

    /// Whether it is signed with the key that it names. Whose that is, its reader has to know.
    pub fn is_genuine(&self) -> bool {
        let (Some(key), Some(signature)) = (bytes_of(&self.public_key), bytes_of(&self.signature)) else {
            return false;
        };
        UnparsedPublicKey::new(&ED25519, key).verify(&self.signed(), &signature).is_ok()
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}
