//! Whose the rows of a read model are. Postgres itself repeats it (row-level security): a page that forgets to
//! ask shows nothing. Every generation gets its wall when it is made, so that none is served without.

use tokio_postgres::{Client, GenericClient, Transaction, types::Type};

use crate::{apply::AnyProjection, error::ProjectionError, generation::Generation};

/// A table of a read model, and whose its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whose its rows are.
    pub rows: Rows,
}

/// Whose rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Nobody's: organisations, offers. Whoever reads the database sees them.
    Open,
    /// Of the person whose case this column names: those around them see them. One that names none is about nobody.
    OfCase(&'static str),
    /// Of the post, the organisation or the platform that this column names: those who are that see them.
    Of(&'static str),
    /// About people, and shown to nobody: what the program goes by.
    Hidden,
}

impl Table {
    /// A table about nobody.
    pub const fn open(name: &'static str) -> Self {
        Self { name, rows: Rows::Open }
    }

    /// A table of rows about people; that column names their case, if any.
    pub const fn of_case(name: &'static str, column: &'static str) -> Self {
        Self { name, rows: Rows::OfCase(column) }
    }

    /// A table of rows that belong to the post, the organisation or the platform that column names.
    pub const fn of(name: &'static str, column: &'static str) -> Self {
        Self { name, rows: Rows::Of(column) }
    }

    /// A table of rows that are shown to nobody.
    pub const fn hidden(name: &'static str) -> Self {
        Self { name, rows: Rows::Hidden }
    }

    /// What becomes part of statements.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let column = match self.rows {
            Rows::OfCase(column) | Rows::Of(column) => Some(column),
            Rows::Open | Rows::Hidden => None,
        };
        std::iter::once(self.name).chain(column)
    }

    /// Which rows a reader sees. What does not hang on a row is asked once a statement.
    fn seen(&self) -> Option<String> {
        let name = self.name;
        match self.rows {
            Rows::Open => None,
            Rows::Hidden => Some("(select projections.is_machinery())".to_owned()),
            Rows::Of(column) => Some(format!(
                "(select projections.sees_all()) or {name}.{column} = any ((select projections.readers())::uuid[])"
            )),
            Rows::OfCase(column) => Some(format!(
                "(select projections.sees_all()) or {name}.{column} is null \
                 or exists (select from projections.around() one where one.case_id = {name}.{column})"
            )),
        }
    }
}

/// The option of a connection that sees and writes all rows: that of what shows nothing to anybody. It means something
/// to a login that is a member of [`EMPLOYED`] only.
pub const MACHINERY: &str = "-c jalon.reader=system";

/// The role whose members may see and write all rows, when they say so. Nobody who answers a request is one.
pub const EMPLOYED: &str = "jalon_machinery";

/// How [`EMPLOYED`] passes: what it says of itself is all that is asked. The policy that lets through folds the wall away
/// when a statement is planned; asking it who is around whom, for each row that is written, costs more than the writing.
const GATE: &str = "drop policy if exists gate on {table}; \
                    create policy gate on {table} to jalon_machinery using (true) with check (true); \
                    drop policy if exists said on {table}; \
                    create policy said on {table} as restrictive to jalon_machinery \
                    using ((select projections.sees_all())) with check ((select projections.is_machinery()))";

/// Builds the wall of the tables of a generation where it does not stand, and opens its schema to the roles of
/// services.
pub(crate) async fn build(
    tx: &Transaction<'_>,
    projection: &dyn AnyProjection,
    generation: &Generation,
) -> Result<(), ProjectionError> {
    let schema = generation.schema();
    let employed = tx.query_one("select to_regrole($1) is not null", &[&EMPLOYED]).await?.try_get(0)?;
    for table in projection.tables() {
        let Some(seen) = table.seen() else { continue };
        let gate = employed && table.rows != Rows::Hidden;
        let table = format!("{schema}.{}", table.name);
        if stands(tx, &table, gate).await? {
            continue;
        }
        tx.batch_execute(&format!(
            "alter table {table} enable row level security, force row level security; \
             drop policy if exists wall on {table}; \
             create policy wall on {table} using ({seen}) with check ((select projections.is_machinery()))"
        ))
        .await?;
        if gate {
            tx.batch_execute(&GATE.replace("{table}", &table)).await?;
        }
    }
    for (role, writes) in roles(tx, Some(projection.name())).await? {
        open(tx, &schema, &role, writes).await?;
    }
    Ok(())
}

/// Makes the views of an earlier release read with the rights of whoever asks.
pub(crate) async fn renew(
    tx: &Transaction<'_>,
    projection: &dyn AnyProjection,
) -> Result<(), ProjectionError> {
    const OLD: &str = "select not coalesce(reloptions, '{}') @> '{security_invoker=true}' \
                       from pg_class where oid = to_regclass($1)";
    for table in projection.tables() {
        let view = format!("read.{}", table.name);
        let found = tx.query_typed(OLD, &[(&view, Type::TEXT)]).await?;
        if found.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false) {
            tx.batch_execute(&format!("alter view {view} set (security_invoker = true)")).await?;
        }
    }
    Ok(())
}

async fn stands(tx: &Transaction<'_>, table: &str, gate: bool) -> Result<bool, tokio_postgres::Error> {
    const STANDS: &str = "select relrowsecurity and relforcerowsecurity \
                          and exists (select from pg_policy where polrelid = c.oid and polname = 'wall') \
                          and (not $2 or exists (select from pg_policy where polrelid = c.oid and polname = 'gate')) \
                          from pg_class c where c.oid = to_regclass($1)";
    let row = tx.query_typed_one(STANDS, &[(&table, Type::TEXT), (&gate, Type::BOOL)]).await?;
    row.try_get(0)
}

/// The roles of services that exist, and whether each writes that model.
async fn roles<C: GenericClient>(
    client: &C,
    model: Option<&str>,
) -> Result<Vec<(String, bool)>, tokio_postgres::Error> {
    const ROLES: &str = "select quote_ident(r.name), coalesce($1 = any (r.writes), false) \
                         from projections.role r join pg_roles p on p.rolname = r.name order by r.name";
    let rows = client.query_typed(ROLES, &[(&model, Type::TEXT)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn open<C: GenericClient>(
    client: &C,
    schema: &str,
    role: &str,
    writes: bool,
) -> Result<(), tokio_postgres::Error> {
    let writing = if writes { "grant" } else { "revoke" };
    let to = if writes { "to" } else { "from" };
    let grant = format!(
        "grant usage on schema {schema} to {role}; grant select on all tables in schema {schema} to {role}; \
         {writing} insert, update, delete on all tables in schema {schema} {to} {role}"
    );
    client.batch_execute(&grant).await
}

/// Opens a view that readers have to the roles of services.
pub(crate) async fn open_view(
    tx: &(impl GenericClient + Sync),
    view: &str,
) -> Result<(), tokio_postgres::Error> {
    for (role, _) in roles(tx, None).await? {
        tx.batch_execute(&format!("grant select on read.{view} to {role}")).await?;
    }
    Ok(())
}

/// Lets the role of a service read every read model, through the wall, and keep these up to date, when it is a member
/// of [`EMPLOYED`] too: those that exist, and each generation to come. What it kept before and keeps no more is closed
/// to it.
///
/// # Errors
/// When the database refuses, or there is no such role.
pub async fn admit(client: &Client, role: &str, writes: &[&str]) -> Result<(), ProjectionError> {
    const KEEP: &str = "insert into projections.role values ($1::text::name, $2) \
                        on conflict (name) do update set writes = excluded.writes returning quote_ident(name)";
    const GENERATIONS: &str = "select name, version, generation from projections.checkpoint \
                               where to_regnamespace(format('%s_v%s_g%s', name, version, generation)) is not null";
    let row = client.query_typed_one(KEEP, &[(&role, Type::TEXT), (&writes, Type::TEXT_ARRAY)]).await?;
    let role: String = row.try_get(0)?;
    let (grant, to) = if writes.is_empty() { ("revoke", "from") } else { ("grant", "to") };
    client
        .batch_execute(&format!(
            "grant usage on schema projections, read to {role};
             grant select on all tables in schema projections, read to {role};
             {grant} update on projections.checkpoint {to} {role};
             {grant} insert, update, delete on projections.parked {to} {role};"
        ))
        .await?;
    for row in client.query(GENERATIONS, &[]).await? {
        let (name, version, number): (String, i32, i32) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let schema = format!("{name}_v{version}_g{number}");
        open(client, &schema, &role, writes.contains(&name.as_str())).await?;
    }
    Ok(())
}
