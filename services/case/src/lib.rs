//! The shared case: who is around the person, what they wish, what they take part in, whom they meet,
//! what they agree to share; and what a post hands over when it changes hands.
//!
//! States: case opened, paused, resumed, transferred, closed and reopened; identity recorded and
//! corrected; circle joined and left; agreement given, withdrawn and expired; emergency access opened and
//! reviewed; person forgotten; wish expressed, revised and set aside; activity started and ended,
//! attendance recorded; appointment scheduled, moved, cancelled, held and missed; review held and
//! corrected; note and summary written; handover proposed, accepted item by item and completed. Listens
//! to its own agreements: see [`reactions`].

pub mod domain;
mod http;
pub mod reactions;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    let agreements =
        service::agenda::agenda::<reactions::Agreements>().runs::<domain::case::commands::ExpireAgreement>();
    service::Service::new("case", api(), domain::RULES).with_agenda(agreements)
}
