//! The generations of a read model: each has its own schema, and readers see the active one through
//! the views of the schema `read`.

use deadpool_postgres::Pool;
use tokio_postgres::{
    Client, GenericClient, Transaction,
    error::SqlState,
    types::{ToSql, Type},
};

use crate::{apply::AnyProjection, error::ProjectionError, wall};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What begins the number of each lock of this crate, so that no other part of the program has the same.
pub(crate) const LOCKS: i32 = 0x7072_6f6a;

/// One generation of a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) number: i32,
}

/// What [`install`] found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// Its first generation was created, empty: the runner fills it.
    Created,
    /// This version is the one readers see.
    Present,
    /// Readers see another version: [`rebuild`](crate::rebuild()) brings this one.
    Other {
        /// The version they see.
        active: u32,
    },
}

/// Creates or upgrades the tables of this crate. Any number of programs may do so at once.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn migrate(client: &mut Client) -> Result<(), ProjectionError> {
    client.execute("select pg_advisory_lock($1, 0)", &[&LOCKS]).await?;
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_projections");
    let migrated = runner.run_async(client).await;
    client.execute("select pg_advisory_unlock($1, 0)", &[&LOCKS]).await?;
    migrated.map(drop).map_err(|error| ProjectionError::Migration(error.to_string()))
}

/// Creates the schema, the tables and the views of a read model that has none yet.
///
/// # Errors
/// When the database cannot be reached or refuses, or a name is taken.
pub async fn install(pool: &Pool, projection: &dyn AnyProjection) -> Result<Installed, ProjectionError> {
    check_names(projection)?;
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let name = projection.name();
    tx.execute("select pg_advisory_xact_lock($1, hashtext($2))", &[&LOCKS, &name]).await?;
    let installed = match active(&*tx, name).await? {
        Some((generation, _)) if generation.version == projection.version() => {
            // One that an earlier release made has none.
            wall::build(&tx, projection, &generation).await?;
            wall::renew(&tx, projection).await?;
            Installed::Present
        }
        Some((generation, _)) => Installed::Other { active: generation.version },
        None => {
            let generation = begin(&tx, projection, "active").await?;
            show(&*tx, projection, &generation).await?;
            Installed::Created
        }
    };
    tx.commit().await?;
    Ok(installed)
}

/// Takes, until the end of the transaction, the right to rebuild a read model; false when another
/// program has it.
pub(crate) async fn try_lock(tx: &Transaction<'_>, name: &'static str) -> Result<bool, ProjectionError> {
    // Another number than the one of `install`, which must not wait for the whole of a rebuild.
    let params = [(&!LOCKS as _, Type::INT4), (&name as _, Type::TEXT)];
    let row = tx.query_typed_one("select pg_try_advisory_xact_lock($1, hashtext($2))", &params).await?;
    Ok(row.try_get(0)?)
}

/// The generation readers see, and where it stands.
pub(crate) async fn active<C: GenericClient>(
    client: &C,
    name: &'static str,
) -> Result<Option<(Generation, i64)>, tokio_postgres::Error> {
    const ACTIVE: &str = "select version, generation, position from projections.checkpoint \
                          where name = $1 and status = 'active'";
    let row = client.query_typed(ACTIVE, &[(&name, Type::TEXT)]).await?;
    row.first().map(|row| Ok((Generation::read(name, row)?, row.try_get(2)?))).transpose()
}

impl Generation {
    pub(crate) fn read(name: &'static str, row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { name, version: row.try_get::<_, i32>(0)?.cast_unsigned(), number: row.try_get(1)? })
    }

    pub(crate) fn schema(&self) -> String {
        format!("{}_v{}_g{}", self.name, self.version, self.number)
    }

    /// Removes its tables and what it set aside, unless readers see it. Its row stays, so that its number
    /// is never given again.
    pub(crate) async fn remove(&self, client: &mut Client) -> Result<(), ProjectionError> {
        let me: [&(dyn ToSql + Sync); 2] = [&self.name, &self.number];
        let tx = client.transaction().await?;
        tx.batch_execute("set local lock_timeout = '5s'; set local client_min_messages = warning").await?;
        // The row first: whoever still writes to this generation is fenced before its tables go.
        let retired = "update projections.checkpoint set status = 'retired', updated_at = now() \
                       where name = $1 and generation = $2 and status <> 'active'";
        if tx.execute(retired, &me).await? == 0 {
            return Ok(());
        }
        tx.execute("delete from projections.parked where name = $1 and generation = $2", &me).await?;
        tx.batch_execute(&format!("drop schema if exists {} cascade", self.schema())).await?;
        Ok(tx.commit().await?)
    }
}

/// The generations that readers do not see and whose tables are still there.
pub(crate) async fn leftovers(
    client: &Client,
    name: &'static str,
) -> Result<Vec<Generation>, ProjectionError> {
    let rows = client
        .query(
            "select version, generation from projections.checkpoint where name = $1 and status <> 'active' \
             and to_regnamespace(format('%s_v%s_g%s', name, version, generation)) is not null",
            &[&name],
        )
        .await?;
    rows.iter().map(|row| Ok(Generation::read(name, row)?)).collect()
}

/// Creates the next generation: its row, its schema, its tables.
pub(crate) async fn begin(
    tx: &Transaction<'_>,
    projection: &dyn AnyProjection,
    status: &str,
) -> Result<Generation, ProjectionError> {
    const BEGIN: &str = "insert into projections.checkpoint (name, version, status, generation) \
                         select $1, $2, $3, coalesce(max(generation), 0) + 1 from projections.checkpoint \
                         where name = $1 returning version, generation";
    let (name, version) = (projection.name(), projection.version().cast_signed());
    let params = [(&name as _, Type::TEXT), (&version as _, Type::INT4), (&status as _, Type::TEXT)];
    let generation = Generation::read(name, &tx.query_typed_one(BEGIN, &params).await?)?;
    let schema = generation.schema();
    tx.batch_execute(&format!("create schema {schema}; set local search_path = {schema}")).await?;
    tx.batch_execute(projection.ddl()).await?;
    wall::build(tx, projection, &generation).await?;
    Ok(generation)
}

/// Points the views at a generation, and removes those of tables the model no longer has.
pub(crate) async fn show(
    tx: &(impl GenericClient + Sync),
    projection: &dyn AnyProjection,
    generation: &Generation,
) -> Result<(), ProjectionError> {
    let name = projection.name();
    let tables: Vec<&str> = projection.tables().iter().map(|table| table.name).collect();
    for table in projection.tables().iter().map(|table| table.name) {
        let owner: String = tx
            .query_one(
                "insert into projections.view as v values ($1, $2) \
                 on conflict (name) do update set projection = v.projection returning projection",
                &[&table, &name],
            )
            .await?
            .try_get(0)?;
        if owner != name {
            return Err(ProjectionError::TableTaken { table, owner });
        }
        point(tx, table, &generation.schema()).await?;
    }
    let gone = tx
        .query(
            "delete from projections.view where projection = $1 and name <> all($2) returning name",
            &[&name, &tables],
        )
        .await?;
    for row in gone {
        tx.batch_execute(&format!("drop view if exists read.{}", row.try_get::<_, &str>(0)?)).await?;
    }
    Ok(())
}

/// A view keeps what was granted on it as long as its columns allow. It reads with the rights of whoever asks:
/// with those of its owner, it would see over the wall.
async fn point(
    tx: &(impl GenericClient + Sync),
    table: &str,
    schema: &str,
) -> Result<(), tokio_postgres::Error> {
    let create = format!(
        "create or replace view read.{table} with (security_invoker = true) as select * from {schema}.{table}"
    );
    tx.batch_execute("savepoint pointing").await?;
    match tx.batch_execute(&create).await {
        Err(error) if error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION) => {
            let anew = format!("rollback to savepoint pointing; drop view read.{table}; {create}");
            tx.batch_execute(&anew).await?;
        }
        created => created?,
    }
    tx.batch_execute("release savepoint pointing").await?;
    wall::open_view(tx, table).await
}

/// Names become part of statements: they must be plain.
pub(crate) fn check_names(projection: &dyn AnyProjection) -> Result<(), ProjectionError> {
    let plain = |name: &str| {
        name.len() <= 40
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let mut names =
        std::iter::once(projection.name()).chain(projection.tables().iter().flat_map(|table| table.names()));
    names.find(|name| !plain(name)).map_or(Ok(()), |name| Err(ProjectionError::Name(name)))
}
