//! Immersions: the convention, who signs it, what the prescriber answers, how the immersion goes.
//!
//! States: convention drafted, amended, corrected, signed, fully signed, approved, validated, rejected,
//! cancelled, lapsed, renewed; immersion started, interrupted, ended, reviewed; divergence noted and
//! notification received from Immersion Facilitée; convention recognised as that of another tool, told apart.
//! Listens to its own facts, to start and end immersions on their day and to recognise those told twice.

pub mod domain;
mod http;
pub mod inbound;
pub mod reactions;
pub mod views;

pub use http::api;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the tables that are not read models: the index of people and what is kept aside.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), service::BoxError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_immersion");
    runner.run_async(client).await?;
    Ok(())
}

/// What this service offers.
pub fn service() -> service::Service {
    use domain::commands::{EndImmersion, LapseConvention, LookForSame, StartImmersion};
    use projections::document::view;
    service::Service::new("immersion", api(), domain::rules::RULES)
        .with_projection(view::<views::ConventionsByCase>())
        .with_projection(view::<inbound::index::InboundIndex>())
        .with_agenda(
            service::agenda::agenda::<reactions::Immersions>()
                .runs::<StartImmersion>()
                .runs::<LapseConvention>()
                .runs::<EndImmersion>(),
        )
        .with_agenda(service::agenda::agenda::<reactions::SameImmersions>().runs::<LookForSame>())
        .with_worker(|runtime, cancel| Box::pin(inbound::aside::work(runtime, cancel)))
        .with_migrations(|client| Box::pin(migrate(client)))
        .with_purge("immersion", |client, case_id, classes| {
            Box::pin(inbound::index::forget(client, case_id, classes))
        })
}
