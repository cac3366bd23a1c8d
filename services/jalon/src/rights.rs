//! What the role of each unit may do in the database, when units run apart: `jalon_case`, `jalon_relay`… Each
//! appends the facts of its own context only, writes its own read models and tables, and reads the others'.
//! Roles that do not exist are passed over: one process that runs everything needs none.

use service::Service;
use tokio_postgres::Client;

use crate::services;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What every unit reads, and what it writes to go on: checkpoints, and dues that were refused.
const SHARED: &str = "
grant usage on schema access, projections, read, service to {role};
grant select on all tables in schema access, read to {role};
grant select, insert, update, delete on all tables in schema projections, service to {role};";

/// What a unit does in a schema of its own.
const OWN: &str = "
grant usage on schema {schema} to {role};
grant select, insert, update, delete on all tables in schema {schema} to {role};";

/// The schemas there are, of services and of the generations of their read models.
const SCHEMAS: &str = "select nspname::text from pg_namespace where nspname !~ '^pg_'";

/// The role of a unit.
pub fn role(unit: &str) -> String {
    format!("jalon_{unit}")
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
    for unit in services::names() {
        let role = role(unit);
        if !known.contains(&role) {
            continue;
        }
        client.execute("select journal.admit($1, $2)", &[&role, &aggregates(unit)]).await?;
        client.batch_execute(&SHARED.replace("{role}", &role)).await?;
        for schema in schemas.iter().filter(|schema| is_own(unit, schema)) {
            client.batch_execute(&OWN.replace("{role}", &role).replace("{schema}", schema)).await?;
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
        unit => vec![unit],
    };
    let own = contracts::all_aggregates().iter().filter(|aggregate| contexts.contains(&aggregate.context));
    own.map(|aggregate| i16::from(aggregate.code)).collect()
}

/// Whether a unit writes in that schema: its own, those of its read models, and who enters for the one
/// that has the pages.
fn is_own(unit: &str, schema: &str) -> bool {
    let all = services::all();
    let Some(service) = all.iter().find(|service| service.name == unit) else { return false };
    let entering = ["access", "sign_in"].contains(&schema) && unit == "followup";
    schema == unit
        || entering
        || Service::all_projections(service).iter().any(|projection| {
            let generation = format!("{}_v{}_g", projection.name(), projection.version());
            schema.starts_with(&generation)
        })
}

/// Makes the roles, each with a login and without a password: for a private server that trusts who asks.
///
/// # Errors
/// When the database refuses.
pub async fn create(client: &Client) -> Result<(), Error> {
    for unit in services::names() {
        let role = role(unit);
        if client.query_opt("select 1 from pg_roles where rolname = $1", &[&role]).await?.is_none() {
            client.batch_execute(&format!("create role {role} login")).await?;
        }
    }
    Ok(())
}
