//! What answers look like: the types that are written, and that `/api/openapi.json` describes.

mod access;
mod alerts;
mod analytics;
mod channels;
mod legacy;
mod people;
mod reports;
mod service;

pub use access::*;
pub use alerts::*;
pub use analytics::*;
pub use channels::*;
pub use legacy::*;
pub use people::*;
pub use reports::*;
pub use service::*;
