//! What a service offers, as plain data: its routes, its read models, its agendas, its rules.

use std::sync::Arc;

use contracts::Class;
use futures::future::BoxFuture;
use projections::AnyProjection;
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::Rule;

use crate::{BoxError, Runtime, agenda::AgendaHandle, api::Api};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the tables that a service owns beside its read models.
pub type Migrate = for<'a> fn(&'a mut Client) -> BoxFuture<'a, Result<(), BoxError>>;

/// Removes what a service keeps of a person beside the facts and the read models, of the classes of data
/// that are forgotten; answers how many things it removed. Doing it again removes nothing.
pub type Purge = for<'a> fn(&'a Client, Uuid, &'a [Class]) -> BoxFuture<'a, Result<u64, BoxError>>;

/// A store beside the facts, and how a person is forgotten there.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    /// Its name, as receipts say it.
    pub name: &'static str,
    /// How a person is forgotten there.
    pub purge: Purge,
}

/// What a service does by itself, for as long as the process lives.
pub type Work = fn(Arc<Runtime>, CancellationToken) -> BoxFuture<'static, ()>;

/// A service.
#[derive(Clone)]
pub struct Service {
    /// Its name, also its context's.
    pub name: &'static str,
    /// Its routes.
    pub api: Api,
    /// Its read models.
    pub projections: Vec<Arc<dyn AnyProjection>>,
    /// What its facts call for.
    pub agendas: Vec<AgendaHandle>,
    /// Its rules.
    pub rules: &'static [&'static Rule],
    /// Its own tables.
    pub migrate: Option<Migrate>,
    /// Where it keeps something of a person, and how it forgets them there.
    pub stores: Vec<Store>,
    /// What it does by itself.
    pub workers: Vec<Work>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Service {
    /// A service that has only routes and rules.
    pub fn new(name: &'static str, api: Api, rules: &'static [&'static Rule]) -> Self {
        Self {
            name,
            api,
            projections: Vec::new(),
            agendas: Vec::new(),
            rules,
            migrate: None,
            stores: Vec::new(),
            workers: Vec::new(),
        }
    }

    /// With that read model.
    #[must_use]
    pub fn with_projection(mut self, projection: Arc<dyn AnyProjection>) -> Self {
        self.projections.push(projection);
        self
    }

    /// With that agenda.
    #[must_use]
    pub fn with_agenda(mut self, agenda: AgendaHandle) -> Self {
        self.agendas.push(agenda);
        self
    }

    /// With tables of its own.
    #[must_use]
    pub fn with_migrations(mut self, migrate: Migrate) -> Self {
        self.migrate = Some(migrate);
        self
    }

    /// With that way of forgetting a person, in the store of that name.
    #[must_use]
    pub fn with_purge(mut self, name: &'static str, purge: Purge) -> Self {
        self.stores.push(Store { name, purge });
        self
    }

    /// With that work of its own.
    #[must_use]
    pub fn with_worker(mut self, work: Work) -> Self {
        self.workers.push(work);
        self
    }

    /// Its read models, those of its agendas included.
    pub fn all_projections(&self) -> Vec<Arc<dyn AnyProjection>> {
        let agendas = self.agendas.iter().map(|agenda| agenda.projection.clone());
        self.projections.iter().cloned().chain(agendas).collect()
    }
}

/// Creates or upgrades the tables that all services share.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut Client) -> Result<(), BoxError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_service");
    runner.run_async(client).await?;
    Ok(())
}
