//! Organisations, the posts in them, and the plateformes emploi that bring them together; what platforms do
//! with employers, offers and people; what their members do together; the services of their territory.
//!
//! States: organisation registered and updated, mandate granted and ended, professional secrecy and judicial access
//! opened and ended; auditor's mission opened and ended; post opened, filled, vacated;
//! platform opened, member joined and left, answer delay chosen; employer lead assigned and released,
//! employer contacted; offer published, updated, filled, withdrawn; match proposed, accepted, declined, put
//! forward, answered; gathering planned, held, attended; meeting scheduled and held, decision taken; action
//! planned, progressed, completed; partnership recorded and reviewed; service listed, updated, delisted.
//! Listens to cases and wishes, to bring them together with offers.

pub mod domain;
mod http;
pub mod import;
mod queries;
pub mod resources;
pub mod views;

pub use domain::RULES;
pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    use views::{ByCase, Documents, Gatherings, Memberships, Offers, References, Services};
    service::Service::new("platform", api().merge(queries::api()), RULES)
        .with_projection(projections::erased(Documents::<Offers>::new()))
        .with_projection(projections::erased(Documents::<Services>::new()))
        .with_projection(projections::erased(Documents::<Gatherings>::new()))
        .with_projection(projections::erased(Documents::<References>::new()))
        .with_projection(projections::erased(Documents::<Memberships>::new()))
        .with_projection(projections::erased(Documents::<ByCase>::new()))
}
