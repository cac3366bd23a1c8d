//! Everything sent for a person that awaits an answer: one machine for all kinds.
//!
//! States: prescription prepared, sent, received, accepted, refused, unanswered, withdrawn, lapsed;
//! eligibility established. Listens to its own facts, case by case: see [`reactions`].

pub mod domain;
mod http;
pub mod reactions;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    let answers = service::agenda::agenda::<reactions::AwaitedAnswers>()
        .runs::<domain::commands::NoAnswer>()
        .runs::<domain::commands::LapsePrescription>();
    service::Service::new("prescription", api(), domain::commands::RULES).with_agenda(answers)
}
