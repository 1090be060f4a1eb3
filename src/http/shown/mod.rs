//! What answers look like: the types that are written, and that `/api/openapi.json` describes.

mod access;
mod alerts;
mod analytics;
mod channels;
mod erasures;
mod experiments;
mod explore;
mod legacy;
mod masking;
mod people;
mod reports;
mod retention;
mod service;

pub use access::*;
pub use alerts::*;
pub use analytics::*;
pub use channels::*;
pub use erasures::*;
pub use experiments::*;
pub use explore::*;
pub use legacy::*;
pub use masking::*;
pub use people::*;
pub use reports::*;
pub use retention::*;
pub use service::*;
