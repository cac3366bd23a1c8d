//! What every query shares is in `service::query`.

pub use service::query::*;
