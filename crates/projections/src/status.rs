//! Where every read model stands.

use tokio_postgres::{GenericClient, types::Type};

use crate::error::ProjectionError;

/// Where one generation of a read model stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// The read model.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Its generation.
    pub generation: i32,
    /// Whether readers see it; otherwise it is being built.
    pub active: bool,
    /// The last fact it holds.
    pub position: i64,
    /// Facts of the journal it does not hold yet.
    pub lag_facts: i64,
    /// Facts it set aside.
    pub parked: i64,
}

/// Where every read model of this database stands, those being built included. The journal must be in
/// the same database.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn status<C: GenericClient + Sync>(client: &C) -> Result<Vec<ProjectionStatus>, ProjectionError> {
    // One statement, one moment: a model is never seen ahead of the journal.
    const STATUS: &str = "with standing as materialized (select c.name, c.version, c.generation, c.status, c.position, \
                          (select count(*) from projections.parked p where p.name = c.name \
                           and p.generation = c.generation and p.state <> 'skipped') as parked \
                          from projections.checkpoint c where c.status <> 'retired') \
                          select s.*, h.position - s.position from standing s, journal.head h \
                          order by s.name, s.generation";
    let none: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 0] = [];
    let rows = client.query_typed(STATUS, &none).await?;
    let states = rows.iter().map(|row| {
        Ok(ProjectionStatus {
            name: row.try_get(0)?,
            version: row.try_get::<_, i32>(1)?.cast_unsigned(),
            generation: row.try_get(2)?,
            active: row.try_get::<_, &str>(3)? == "active",
            position: row.try_get(4)?,
            parked: row.try_get(5)?,
            lag_facts: row.try_get(6)?,
        })
    });
    states.collect()
}
