//! Where the pages' files come from: packed into the executable by `build/pack.mjs`, compressed beforehand. The charts
//! alone take a second to compress well, which is the build's time to spend, not that of a request.

use std::borrow::Cow;
use std::io::Read;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/packed"]
struct Packed;

#[cfg(debug_assertions)]
#[derive(RustEmbed)]
#[folder = "assets"]
struct Sources;

/// Whether the project's own files are read from disk.
pub const FROM_DISK: bool = cfg!(debug_assertions);

/// Stands in the addresses of all files but the pages themselves.
pub const VERSION: &str = if FROM_DISK { "dev" } else { env!("NOVAHOUSE_ASSETS_VERSION") };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// As HTTP names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

/// The file, in the smallest encoding that is accepted.
pub fn find(name: &str, accepts: impl Fn(Encoding) -> bool) -> Option<(Cow<'static, [u8]>, Encoding)> {
    if let Some(found) = from_disk(name, &accepts) {
        return Some(found);
    }
    if let Some(whole) = Packed::get(name) {
        // Stored as it is: its format is compressed already.
        let packed = name.ends_with(".br") || name.ends_with(".gz");
        return (!packed).then_some((whole.data, Encoding::Identity));
    }
    if accepts(Encoding::Brotli) {
        return Some((Packed::get(&format!("{name}.br"))?.data, Encoding::Brotli));
    }
    let gzip = Packed::get(&format!("{name}.gz"))?.data;
    if accepts(Encoding::Gzip) {
        return Some((gzip, Encoding::Gzip));
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut plain).expect("the build packed it");
    Some((plain.into(), Encoding::Identity))
}

#[cfg(not(debug_assertions))]
fn from_disk(_: &str, _: &impl Fn(Encoding) -> bool) -> Option<(Cow<'static, [u8]>, Encoding)> {
    None
}

#[cfg(debug_assertions)]
fn from_disk(name: &str, accepts: &impl Fn(Encoding) -> bool) -> Option<(Cow<'static, [u8]>, Encoding)> {
    let plain = Sources::get(name)?.data;
    if !accepts(Encoding::Gzip) {
        return Some((plain, Encoding::Identity));
    }
    let mut gzip = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(&plain[..], flate2::Compression::fast());
    encoder.read_to_end(&mut gzip).expect("reading from memory does not fail");
    Some((gzip.into(), Encoding::Gzip))
}
