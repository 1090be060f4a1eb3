//! Bits out of the system's randomness, which no one can guess.

use crate::error::{Error, Result};

/// # Errors
/// `Unusable` where the system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Unusable(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

/// 128 bits in hex: what nothing else is called.
///
/// # Errors
/// As `bytes`.
pub fn id() -> Result<String> {
    Ok(format!("{:032x}", u128::from_be_bytes(bytes()?)))
}
