//! Organisations, the posts in them, and the plateformes emploi that bring them together; what platforms do
//! with employers, offers and people; what their members do together; the services of their territory.
//!
//! States: organisation registered and updated, mandate granted and ended, professional secrecy and judicial access
//! opened and ended; auditor's mission opened and ended; post opened, filled, vacated;
//! platform opened, member joined and left, answer delay chosen; employer lead assigned and released,
//! employer contacted; offer published, updated, filled, withdrawn; match proposed, accepted, declined, put
//! forward, answered; gathering planned, held, attended; meeting scheduled and held, decision taken; action
//! planned, progressed, completed; partnership recorded and reviewed; service listed, updated, delisted.
//! Listens to cases and wishes, to bring them together with offers, and to its own matches: see [`reactions`].

pub mod domain;
mod http;
pub mod import;
mod queries;
pub mod reactions;
pub mod resources;
pub mod views;

pub use domain::RULES;
pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    use projections::document::view;
    use views::{ByCase, Gatherings, Memberships, Offers, References, Services};
    let answers = service::agenda::agenda::<reactions::EmployersAnswers>()
        .runs::<domain::matches::commands::AnswerMatch>();
    service::Service::new("platform", api().merge(queries::api()), RULES)
        .with_projection(view::<Offers>())
        .with_projection(view::<Services>())
        .with_projection(view::<Gatherings>())
        .with_projection(view::<References>())
        .with_projection(view::<Memberships>())
        .with_projection(view::<ByCase>())
        .with_agenda(answers)
}
