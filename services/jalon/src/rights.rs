//! What the role of each unit may do in the database: `jalon_case`, `jalon_relay`…, and `jalon_serve` for one process
//! that runs them all. Each appends the facts of its own context only, writes its own read models and tables, and
//! reads the others'. None owns anything, nor is above the rules of rows. Roles that do not exist are passed over.

use tokio_postgres::Client;

use crate::services;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What every unit reads, and what it writes to go on: dues that were refused.
const SHARED: &str = "
grant usage on schema access, service to {role};
grant select on all tables in schema access to {role};
grant update (last_used_at) on access.token to {role};
grant select, insert, update, delete on all tables in schema service to {role};";

/// What a unit does in a schema of its own.
const OWN: &str = "
grant usage on schema {schema} to {role};
grant select, insert, update, delete on all tables in schema {schema} to {role};";

/// What a unit does with readings: it has them recorded, and neither writes nor changes them itself. The tables are
/// those of readings, month by month.
const READINGS: &str = "
revoke all on {tables}, access.suspension, access.honey from {role};
grant select on access.suspension to {role};
grant execute on function access.record to {role};";

/// What shows readings, what keeps them, and what must know the baits beside.
const READINGS_OF: &[(&str, &str)] = &[
    ("followup", "grant select on access.reading to {role}"),
    (
        "audit",
        "grant select on access.reading to {role};
grant update (stated, restored_at) on access.suspension to {role};
grant select, insert on access.honey to {role};
grant execute on function access.keep_readings to {role}",
    ),
    ("case", "grant select on access.honey to {role}"),
];

/// The tables of readings.
const READING_TABLES: &str =
    "select 'access.' || relname from pg_class where relnamespace = 'access'::regnamespace and relkind in ('r', 'p')
     and (relname = 'reading' or relname like 'reading\\_%')";

/// The schemas there are.
const SCHEMAS: &str = "select nspname::text from pg_namespace where nspname !~ '^pg_'";

/// Who runs every unit in one process.
pub const WHOLE: &str = "serve";

/// The units there are, and the whole.
fn units() -> impl Iterator<Item = &'static str> {
    services::names().into_iter().chain([WHOLE])
}

/// The role of a unit.
pub fn role(unit: &str) -> String {
    format!("jalon_{unit}")
}

/// The same database, as the role of that unit: on a private server, which trusts who asks.
pub fn url(database_url: &str, unit: &str) -> String {
    database_url.replacen("://jalon@", &format!("://{}@", role(unit)), 1)
}

/// Gives each role that exists its rights. Repeating it changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn grant(client: &Client) -> Result<(), Error> {
    let known = client.query("select rolname::text from pg_roles", &[]).await?;
    let known: Vec<String> = known.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let schemas = client.query(SCHEMAS, &[]).await?;
    let schemas: Vec<String> = schemas.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let tables = client.query(READING_TABLES, &[]).await?;
    let tables: Vec<String> = tables.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for unit in units() {
        let role = role(unit);
        if !known.contains(&role) {
            continue;
        }
        client.execute("select journal.admit($1, $2)", &[&role, &aggregates(unit)]).await?;
        projections::admit(client, &role, &models(unit)).await?;
        client.batch_execute(&SHARED.replace("{role}", &role)).await?;
        for schema in schemas.iter().filter(|schema| is_own(unit, schema)) {
            client.batch_execute(&OWN.replace("{role}", &role).replace("{schema}", schema)).await?;
        }
        client
            .batch_execute(&READINGS.replace("{role}", &role).replace("{tables}", &tables.join(", ")))
            .await?;
        for (_, rights) in READINGS_OF.iter().filter(|(own, _)| *own == unit || unit == WHOLE) {
            client.batch_execute(&rights.replace("{role}", &role)).await?;
        }
    }
    Ok(())
}

/// The codes of the aggregates whose facts a unit appends. The clock states what agendas call for, in the
/// contexts that have some.
fn aggregates(unit: &str) -> Vec<i16> {
    let all = services::all();
    let contexts: Vec<&str> = match unit {
        services::CLOCK => all.iter().filter(|one| !one.agendas.is_empty()).map(|one| one.name).collect(),
        WHOLE => all.iter().map(|one| one.name).collect(),
        unit => vec![unit],
    };
    let own = contracts::all_aggregates().iter().filter(|aggregate| contexts.contains(&aggregate.context));
    own.map(|aggregate| i16::from(aggregate.code)).collect()
}

/// Whether a unit writes in that schema: its own, and who enters for the one that has the pages.
fn is_own(unit: &str, schema: &str) -> bool {
    let entering = ["access", "sign_in"].contains(&schema);
    match unit {
        WHOLE => entering || services::names().contains(&schema),
        // It carries out erasures, wherever something of a person is kept beside the facts.
        services::CLOCK => services::all().iter().any(|one| one.name == schema && !one.stores.is_empty()),
        unit => schema == unit || entering && unit == "followup",
    }
}

/// The read models that a unit keeps up to date.
fn models(unit: &str) -> Vec<&'static str> {
    let own = services::all().into_iter().filter(|service| [service.name, WHOLE].contains(&unit));
    own.flat_map(|service| service.all_projections()).map(|projection| projection.name()).collect()
}

/// Refuses a role to which the rules of rows do not apply: whoever takes it sees over the second wall. In a
/// demonstration it is only said.
///
/// # Errors
/// When it is one, or the database cannot be asked.
pub async fn check(client: &Client, demonstration: bool) -> Result<(), Error> {
    const ABOVE: &str =
        "select rolsuper or rolbypassrls, rolname::text from pg_roles where rolname = current_user";
    let row = client.query_one(ABOVE, &[]).await?;
    let (above, role): (bool, String) = (row.try_get(0)?, row.try_get(1)?);
    match (above, demonstration) {
        (false, _) => Ok(()),
        (true, true) => {
            tracing::warn!(role, "this role of Postgres is above the rules of rows: the second wall does not stand");
            Ok(())
        }
        (true, false) => Err(format!(
            "le rôle Postgres « {role} » passe outre les règles d’accès aux lignes : servez avec « jalon_serve », \
             ou avec le rôle de chaque unité (deploy/postgres/init.sql)"
        )
        .into()),
    }
}

/// Makes the roles, each with a login and without a password: for a private server that trusts who asks.
///
/// # Errors
/// When the database refuses.
pub async fn create(client: &Client) -> Result<(), Error> {
    for unit in units() {
        let role = role(unit);
        if client.query_opt("select 1 from pg_roles where rolname = $1", &[&role]).await?.is_none() {
            client.batch_execute(&format!("create role {role} login")).await?;
        }
    }
    Ok(())
}
