//! Where identities were recorded last: what is read, in order, to keep the digests.

use std::{collections::HashMap, sync::Arc};

use contracts::Recorded;
use projections::{
    AnyProjection, Poison, Projection, Table, Transaction,
    document::{self, Document},
    erased,
};
use tokio_postgres::Error;
use uuid::Uuid;

/// The read model.
pub(super) const NAME: &str = "identities";

struct Identities;

/// The read model of where identities are.
pub fn identities() -> Arc<dyn AnyProjection> {
    erased(Identities)
}

impl Projection for Identities {
    type State = Document<()>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::hidden(NAME)] }
    }

    fn ddl(&self) -> &'static str {
        "create table identities (key uuid primary key, body jsonb not null, position bigint not null);
         create index on identities (position)"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "IdentityRecorded" | "IdentityCorrected").then_some(fact.stream_id)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::State>, Error> {
        document::load(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Self::State)>) -> Result<(), Error> {
        document::save(tx, NAME, states).await
    }
}
