//! What answers look like: the types that are written, and that `/api/openapi.json` describes.

mod access;
mod analytics;
mod explore;
mod legacy;
mod masking;
mod people;
mod service;

pub use access::*;
pub use analytics::*;
pub use explore::*;
pub use legacy::*;
pub use masking::*;
pub use people::*;
pub use service::*;
