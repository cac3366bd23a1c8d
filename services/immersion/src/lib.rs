//! Immersions: the convention, who signs it, what the prescriber answers, how the immersion goes.
//!
//! States: convention drafted, amended, corrected, signed, fully signed, approved, validated, rejected,
//! cancelled, lapsed, renewed; immersion started, interrupted, ended, reviewed; divergence noted and
//! notification received from Immersion Facilitée. Listens to its own facts, to start and end immersions
//! on their day.

pub mod domain;
mod http;
pub mod reactions;
pub mod views;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    use domain::commands::{EndImmersion, StartImmersion};
    service::Service::new("immersion", api(), domain::rules::RULES)
        .with_projection(projections::erased(views::ConventionsByCase))
        .with_agenda(
            service::agenda::agenda::<reactions::Immersions>()
                .runs::<StartImmersion>()
                .runs::<EndImmersion>(),
        )
}
