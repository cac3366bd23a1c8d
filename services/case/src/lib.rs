//! The shared case: who is around the person, what they wish, what they take part in, whom they meet,
//! what they agree to share; and what a post hands over when it changes hands.
//!
//! States: case opened, paused, resumed, transferred, closed and reopened; identity recorded and
//! corrected; circle joined and left; agreement given, withdrawn and expired; the person's own access opened, entered
//! for the first time and closed; rectification requested and settled; processing
//! restricted and restriction lifted, objection raised and settled; recipient told; emergency access opened and
//! reviewed; erasure requested, approved, declined, withdrawn, suspended, begun and completed; legal hold placed
//! and lifted; need of data stated; person forgotten; wish expressed, revised and set aside; activity started and ended,
//! attendance recorded; appointment scheduled, moved, cancelled, held and missed; review held and
//! corrected; note and summary written; handover proposed, accepted item by item and completed. Listens
//! to its own agreements, to posts that change hands, to what comes to the end of its time, to what is to be
//! erased and to what those who received data are to be told: see [`reactions`] and [`erasure`]. Keeps by what people are found again, and answers who looks for someone: [`service::search`].

pub mod domain;
pub mod erasure;
mod http;
pub mod reactions;
mod search;
pub mod sheets;
pub mod views;

pub use http::api;

use domain::case::commands::{
    BeginForgetting, CompleteForgetting, ForgetPerson, ProposeForgetting, WithdrawForgetting,
};
use service::Command as _;

/// What this service offers.
pub fn service() -> service::Service {
    let agreements =
        service::agenda::agenda::<reactions::Agreements>().runs::<domain::case::commands::ExpireAgreement>();
    let keeping = service::agenda::agenda::<reactions::keeping::Keeping>()
        .runs::<ProposeForgetting>()
        .runs::<WithdrawForgetting>()
        .does(BeginForgetting::NAME, erasure::run)
        .does(ForgetPerson::NAME, erasure::run)
        .does(CompleteForgetting::NAME, erasure::run);
    let handing = service::agenda::agenda::<reactions::handing::Handing>()
        .begins::<domain::handover::commands::ProposeHandover>();
    let recipients = service::agenda::agenda::<reactions::recipients::Recipients>()
        .runs::<domain::case::commands::TellRecipients>();
    service::Service::new("case", api(), domain::RULES)
        .with_agenda(agreements)
        .with_agenda(keeping)
        .with_agenda(recipients)
        .with_agenda(handing)
        .with_projection(projections::document::view::<views::EmployersOfPost>())
        .with_projection(service::readership::model())
        .with_projection(service::search::identities())
        .with_worker(service::search::keep)
        .with_worker(|runtime, cancel| Box::pin(sheets::work(runtime, cancel)))
}
