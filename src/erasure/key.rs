//! The key of a data directory: made when it is first needed, in a file that its owner alone may read. Ed25519 (RFC 8032).

use std::path::Path;

use blake3::Hash;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::receipt::{Receipt, Subject};
use crate::engine::Whom;
use crate::error::{Error, Result};
use crate::private;
use crate::random;

pub const FILE_NAME: &str = "erasure.key";
/// What hashes of ids are keyed with: from it no one comes back to the key that signs.
const ID_CONTEXT: &str = "NovaHouse 2026 hash of the id of who was erased";

pub struct Key {
    pair: Ed25519KeyPair,
    ids: [u8; 32],
}

impl Key {
    /// # Errors
    /// `Unusable` where the file cannot be read or made, or is something else.
    pub fn of(dir: &Path) -> Result<Self> {
        let _one_at_a_time = private::lock(dir)?;
        let path = dir.join(FILE_NAME);
        let damaged = || Error::Unusable(format!("{}: expected 64 hexadecimal digits", path.display()));
        let seed = match private::read(&path)? {
            Some(bytes) => {
                let digits = str::from_utf8(&bytes).map_err(|_| damaged())?;
                *Hash::from_hex(digits.trim_end()).map_err(|_| damaged())?.as_bytes()
            }
            None => {
                let seed = random::bytes()?;
                private::write(dir, FILE_NAME, format!("{}\n", Hash::from_bytes(seed).to_hex()).as_bytes())?;
                seed
            }
        };
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| damaged())?;
        Ok(Self { pair, ids: blake3::derive_key(ID_CONTEXT, &seed) })
    }

    /// The public key of a directory that has one, in hexadecimal digits; none is made.
    ///
    /// # Errors
    /// `Unusable` where the file cannot be read, or is something else.
    pub fn known_public(dir: &Path) -> Result<Option<String>> {
        match dir.join(FILE_NAME).exists() {
            true => Self::of(dir).map(|key| Some(key.public())),
            false => Ok(None),
        }
    }

    /// In hexadecimal digits.
    pub fn public(&self) -> String {
        hex(self.pair.public_key().as_ref())
    }

    /// The receipt with its signature.
    pub fn sign(&self, receipt: Receipt) -> Receipt {
        let receipt = Receipt { public_key: self.public(), signature: String::new(), ..receipt };
        let signature = hex(self.pair.sign(&receipt.signed()).as_ref());
        Receipt { signature, ..receipt }
    }

    /// What a receipt says of whose it is. Without the key no one can try ids until one fits.
    pub fn id_hash(&self, bot: &str, whom: Whom<'_>) -> String {
        let (Whom::User(id) | Whom::Session(id)) = whom;
        let mut hasher = blake3::Hasher::new_keyed(&self.ids);
        for part in [Subject::of(whom).name(), bot, id] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Erased;

    fn receipt(key: &Key) -> Receipt {
        key.sign(Receipt {
            number: 7,
            at: "2026-11-24T12:00:00Z".into(),
            by: "anna".into(),
            bot: "default".into(),
            subject: Subject::User,
            id_hash: key.id_hash("default", Whom::User("jan")),
            purge: false,
            removed: Erased { sessions: 2, ..Erased::default() },
            backups: Vec::new(),
            public_key: String::new(),
            signature: String::new(),
        })
    }

    #[test]
    fn a_receipt_is_verified_by_anyone_and_a_changed_one_by_no_one() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::of(dir.path()).unwrap();
        let signed = receipt(&key);
        assert!(signed.is_genuine());
        let written = serde_json::to_string_pretty(&signed).unwrap();
        assert!(serde_json::from_str::<Receipt>(&written).unwrap().is_genuine(), "whatever it is written like");
        for changed in [
            Receipt { number: 8, ..signed.clone() },
            Receipt { removed: Erased::default(), ..signed.clone() },
            Receipt { signature: String::new(), ..signed.clone() },
            Receipt { public_key: "0".repeat(64), ..signed.clone() },
            Receipt { public_key: "ą".into(), ..signed.clone() },
        ] {
            assert!(!changed.is_genuine(), "{changed:?}");
        }
    }

    #[test]
    fn the_key_stays_and_tells_no_one_whose_receipt_it_is() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = Key::of(dir.path()).unwrap();
        let (again, another) = (Key::of(dir.path()).unwrap(), Key::of(other.path()).unwrap());
        assert_eq!((key.public(), receipt(&key)), (again.public(), receipt(&again)));
        let hash = key.id_hash("default", Whom::User("jan"));
        assert_eq!(hash, again.id_hash("default", Whom::User("jan")));
        for not_it in [
            another.id_hash("default", Whom::User("jan")),
            key.id_hash("default", Whom::Session("jan")),
            key.id_hash("other", Whom::User("jan")),
            key.id_hash("default", Whom::User("jane")),
        ] {
            assert_ne!(hash, not_it);
        }
        std::fs::write(dir.path().join(FILE_NAME), "abc").unwrap();
        assert!(Key::of(dir.path()).err().unwrap().to_string().contains("64 hexadecimal digits"));
    }
}
