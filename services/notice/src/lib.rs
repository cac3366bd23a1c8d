//! What is told to professionals outside Jalon’s pages: a digest a day at the hour each chose, and at once
//! only what cannot wait: a cancellation, a refusal, a no-show, an agreement withdrawn, an emergency access; and what
//! became of data that an organisation received.
//!
//! States: mailbox chosen; notice raised, sent, failed, withheld; digest sent. Listens to the facts of cases:
//! see [`reactions`]. Nothing personal leaves by mail: a link, and for the digest numbers. What the digest counts is
//! what the pages show: the same prompts, of the same live status (`situation`).

mod counts;
pub mod domain;
mod http;
pub mod letters;
pub mod mailer;
mod queries;
pub mod reactions;
pub mod relay;
pub mod views;

pub use http::api;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the tables that are not read models: what was tried, what was looked at.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), service::BoxError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_notice");
    runner.run_async(client).await?;
    Ok(())
}

/// What this service offers.
pub fn service() -> service::Service {
    let notices = service::agenda::agenda::<reactions::Notices>().begins::<domain::commands::RaiseNotice>();
    let organisations = service::agenda::agenda::<reactions::organisations::Organisations>()
        .begins::<domain::commands::RaiseNotice>();
    service::Service::new("notice", api(), domain::commands::RULES)
        .with_projection(projections::erased(views::mailboxes::Mailboxes))
        .with_projection(projections::document::view::<views::followed::FollowedCases>())
        .with_agenda(notices)
        .with_agenda(organisations)
        .with_worker(|runtime, cancel| Box::pin(mailer::work(runtime, cancel)))
        .with_migrations(|client| Box::pin(migrate(client)))
}
