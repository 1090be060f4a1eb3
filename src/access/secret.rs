//! Secrets out of the system's randomness. Only their hashes are kept: no one can guess 256 bits, so that a fast hash is
//! enough, and equality of `blake3::Hash` takes the same time wherever two differ.

use blake3::Hash;

use super::role::KeyKind;
use crate::error::Result;
use crate::random;

/// What a CSRF token is derived with: from it no one comes back to the login's token.
const CSRF_CONTEXT: &str = "NovaHouse 2026 CSRF token of a login";

/// Letters that are not taken for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Five bits each.
const MADE_PASSWORD_LETTERS: usize = 20;

/// 256 random bits, in letters.
pub fn token() -> Result<String> {
    Ok(Hash::from_bytes(random::bytes()?).to_hex().to_string())
}

/// A key: what it is for can be seen in it.
pub fn key(kind: KeyKind) -> Result<String> {
    Ok(format!("nh_{}_{}", kind.name(), token()?))
}

/// A name by which something can be spoken of.
pub fn id() -> Result<String> {
    Ok(format!("{:016x}", u64::from_le_bytes(random::bytes()?)))
}

/// A password of a hundred random bits that can be read and typed.
pub fn password() -> Result<String> {
    let letters =
        random::bytes::<MADE_PASSWORD_LETTERS>()?.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// What is kept of a token or a key.
pub fn hash(secret: &str) -> Hash {
    blake3::hash(secret.as_bytes())
}

/// The CSRF token of a login.
pub fn csrf(token: &str) -> Hash {
    Hash::from_bytes(blake3::derive_key(CSRF_CONTEXT, token.as_bytes()))
}

pub fn salt() -> Result<[u8; 16]> {
    random::bytes()
}
