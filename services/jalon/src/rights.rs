//! What the role of each unit may do in the database: `jalon_case`, `jalon_relay`…, and `jalon_serve` for one process
//! that runs them all. Each appends the facts of its own context only, writes its own read models and tables, and
//! reads the others'. None owns anything, nor is above the rules of rows. Roles that do not exist are passed over.

use journal::Settings;
use projections::EMPLOYED;
use service::{Config, Runtime};
use tokio_postgres::Client;

use crate::services;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What every unit reads, and how it counts what is asked of it.
const SHARED: &str = "
grant usage on schema access, service to {role};
grant select on all tables in schema access, service to {role};
grant update (last_used_at) on access.token to {role};
grant execute on function access.take_quota, access.wait_to_try, access.tried_wrong, access.tried_right to {role};
revoke insert, update, delete, truncate on all tables in schema service from {role};";

/// What the clock writes to go on: dues that were refused. To write one is to keep something from being done.
const DUES: &str = "grant insert on service.due_refused to {role}";

/// The demonstration moves its own time.
const TIME: &str = "grant insert, update, delete on service.demonstration to {role}";

/// What a unit does in a schema of its own.
const OWN: &str = "
grant usage on schema {schema} to {role};
grant select, insert, update, delete on all tables in schema {schema} to {role};";

/// What a unit does with readings: it has them recorded, and neither writes nor changes them itself. The tables are
/// those of readings, month by month.
const READINGS: &str = "
revoke all on {tables}, access.suspension, access.honey, access.seen from {role};
grant select on access.suspension to {role};
grant execute on function access.record to {role};";

/// What shows readings, what keeps them, and what must know the baits beside or let the person in.
const READINGS_OF: &[(&str, &str)] = &[
    ("followup", "grant select on access.reading to {role}"),
    (
        "audit",
        "grant select on access.reading to {role};
grant insert, update (stated, restored_at) on access.suspension to {role};
grant select, insert on access.honey to {role};
grant execute on function access.keep_readings, access.forget_quotas to {role}",
    ),
    // It lets the person in for the first time, and searches beside the baits.
    (
        "case",
        "grant select on access.honey to {role};
grant update on access.own_access to {role};
grant select, insert, delete on access.own_session to {role}",
    ),
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

/// The role under which a unit answers requests.
pub fn role(unit: &str) -> String {
    format!("jalon_{unit}")
}

/// The role under which a unit keeps its read models up to date, and reads what it shows to nobody.
fn machinery(unit: &str) -> String {
    format!("jalon_{unit}_machinery")
}

/// The role of whoever opens keys and owns none.
const KEYS: &str = "jalon_keys_serve";

/// Whether a unit opens keys: neither what watches over readings nor what copies sealed facts does.
pub fn opens_keys(unit: &str) -> bool {
    !["audit", services::RELAY].contains(&unit)
}

/// What that unit is told on a private server, which trusts who asks: the same, under the roles of the unit.
pub fn serving(config: &Config, unit: &str) -> Config {
    const OWNER: &str = "://jalon@";
    let under = |url: &str, role: &str| url.replacen(OWNER, &format!("://{role}@"), 1);
    let mut config = config.clone();
    if config.database_url.contains(OWNER) {
        config.machinery_database_url = Some(under(&config.database_url, &machinery(unit)));
        config.database_url = under(&config.database_url, &role(unit));
    }
    let keys = opens_keys(unit).then(|| under(&config.keys_database_url, KEYS));
    config.keys_database_url = keys.unwrap_or_default();
    config
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
        projections::admit(client, &role, &[]).await?;
        if known.contains(&machinery(unit)) {
            projections::admit(client, &machinery(unit), &models(unit)).await?;
        }
        client.batch_execute(&SHARED.replace("{role}", &role)).await?;
        for schema in schemas.iter().filter(|schema| is_own(unit, schema)) {
            client.batch_execute(&OWN.replace("{role}", &role).replace("{schema}", schema)).await?;
        }
        client
            .batch_execute(&READINGS.replace("{role}", &role).replace("{tables}", &tables.join(", ")))
            .await?;
        for rights in [(DUES, [services::CLOCK, WHOLE].as_slice()), (TIME, [WHOLE].as_slice())] {
            if rights.1.contains(&unit) {
                client.batch_execute(&rights.0.replace("{role}", &role)).await?;
            }
        }
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

/// Lets whoever serves use the keys, and change none: fencing and destroying are functions of the owner. Repeating it
/// changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn grant_keys(client: &Client) -> Result<(), Error> {
    if client.query_opt("select from pg_roles where rolname = $1", &[&KEYS]).await?.is_some() {
        sealing::keys::admit(client, KEYS).await?;
    }
    Ok(())
}

/// Refuses to serve as a role to which the rules of rows do not apply: whoever takes it sees over the second wall. In a
/// demonstration it is only said.
///
/// # Errors
/// When it is one, when the read models cannot be kept up to date, or when the database cannot be asked.
pub async fn check(runtime: &Runtime) -> Result<(), Error> {
    const ROLE: &str = "select rolsuper or rolbypassrls, rolname::text, projections.is_employed()
                        from pg_roles where rolname = session_user";
    let serving = runtime.pool.get().await?.query_one(ROLE, &[]).await?;
    let working = runtime.machinery.get().await?.query_one(ROLE, &[]).await?;
    let (above, role, employed): (bool, String, bool) =
        (serving.try_get(0)?, serving.try_get(1)?, serving.try_get(2)?);
    let wrong = if above {
        format!(
            "le rôle Postgres « {role} » passe outre les règles d’accès aux lignes : servez avec « jalon_serve », \
             ou avec le rôle de chaque unité (deploy/postgres/init.sql)"
        )
    } else if employed {
        format!(
            "le rôle Postgres « {role} » peut lever les règles d’accès aux lignes : servez avec « jalon_serve » dans \
             DATABASE_URL, et gardez ce rôle pour MACHINERY_DATABASE_URL (deploy/postgres/init.sql)"
        )
    } else if !working.try_get::<_, bool>(2)? {
        return Err(format!(
            "le rôle Postgres « {} » ne tient pas les vues à jour : donnez dans MACHINERY_DATABASE_URL un rôle membre \
             de « {EMPLOYED} », comme « jalon_serve_machinery » (deploy/postgres/init.sql)",
            working.try_get::<_, String>(1)?
        )
        .into());
    } else {
        return Ok(());
    };
    if runtime.config.demonstration {
        tracing::warn!(
            role,
            "this role of Postgres is above the rules of rows: the second wall does not stand"
        );
        return Ok(());
    }
    Err(wrong.into())
}

/// Makes the roles, each with a login and without a password: for a private server that trusts who asks.
///
/// # Errors
/// When the database refuses.
pub async fn create(config: &Config) -> Result<(), Error> {
    let client = Settings::from_url(&config.database_url)?.connect().await?;
    let mut roles = vec![(EMPLOYED.to_owned(), "nologin".to_owned()), (KEYS.to_owned(), "login".to_owned())];
    for unit in units() {
        roles.push((role(unit), "login".to_owned()));
        roles.push((machinery(unit), format!("login in role {}, {EMPLOYED}", role(unit))));
    }
    for (role, how) in roles {
        if client.query_opt("select 1 from pg_roles where rolname = $1", &[&role]).await?.is_none() {
            client.batch_execute(&format!("create role {role} {how}")).await?;
        }
    }
    Ok(())
}
