//! What answers look like: the types that are written, and that `/api/openapi.json` describes.

mod access;
mod analytics;
mod legacy;
mod people;
mod retention;
mod service;

pub use access::*;
pub use analytics::*;
pub use legacy::*;
pub use people::*;
pub use retention::*;
pub use service::*;
