//! The PASS IAE of each case, for the rule that looks at several of them.

use std::collections::HashMap;

use contracts::Recorded;
use projections::{
    Poison, Projection, Table, Transaction,
    document::{self, Document},
};
use uuid::Uuid;

use crate::domain::pass::others::{PASSES_BY_CASE, Passes};

/// The read model.
#[derive(Debug)]
pub struct PassesByCase;

impl Projection for PassesByCase {
    type State = Document<Passes>;

    fn name(&self) -> &'static str {
        PASSES_BY_CASE
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::hidden(PASSES_BY_CASE)] }
    }

    fn ddl(&self) -> &'static str {
        "create table passes_by_case (key uuid primary key, body jsonb not null, position bigint not null)"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "pass")
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::State>, tokio_postgres::Error> {
        document::load(tx, PASSES_BY_CASE, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        state.body.apply(fact.stream_id, &fact.trace()?);
        Ok(())
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        document::save(tx, PASSES_BY_CASE, states).await
    }
}
