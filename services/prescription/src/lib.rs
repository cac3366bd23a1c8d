//! Everything sent for a person that awaits an answer: one machine for all kinds. Beside it, the PASS IAE.
//!
//! States: prescription prepared, sent, received, under review, on hold, accepted, refused, unanswered,
//! withdrawn, lapsed, reopened, started, completed; reminder sent; eligibility established; PASS IAE
//! reported, suspended, prolonged. Listens to its own facts and to the closing of cases, case by case: see
//! [`reactions`].

pub mod domain;
mod http;
pub mod reactions;
pub mod views;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    let answers = service::agenda::agenda::<reactions::AwaitedAnswers>()
        .runs::<domain::commands::NoAnswer>()
        .runs::<domain::commands::RemindAddressee>()
        .runs::<domain::commands::LapsePrescription>();
    service::Service::new("prescription", api(), domain::commands::RULES)
        .with_projection(projections::document::view::<views::PassesByCase>())
        .with_projection(projections::document::view::<views::AnsweringPosts>())
        .with_agenda(answers)
}
