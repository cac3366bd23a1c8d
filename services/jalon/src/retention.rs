//! `jalon retention`: what comes to the end of its time. The clock proposes it by itself; this shows it, or does
//! now what the night would.

use std::{process::ExitCode, sync::Arc};

use case::reactions::keeping::Keeping;
use followup::{accounts, french::count};
use jiff::civil::Date;
use serde::Serialize;
use service::{
    Agenda as _, Config,
    agenda::clock,
    retention::{self, Kept},
};
use tokio_postgres::types::Json;
use uuid::Uuid;
use vocabulary::dates::{days_after, in_french};

use crate::{Outcome, cli::RetentionOptions, runtime, services};

/// Something that comes to the end of its time.
#[derive(Debug, Serialize)]
struct Ending {
    case: Uuid,
    rule: String,
    due_on: Date,
    /// Where the request to erase it stands; nothing when it was not proposed yet.
    standing: Option<service::forgettings::Standing>,
    /// A legal hold puts it off.
    held: bool,
}

/// All that does.
#[derive(Debug, Serialize)]
struct Endings {
    /// Of cases: proposed to those who follow the person.
    cases: Vec<Ending>,
    /// Of no case: erased on its day.
    others: Vec<accounts::Ending>,
}

/// Shows what is due by then; without `--dry-run`, proposes what is to be proposed.
pub async fn run(options: RetentionOptions) -> Outcome {
    let runtime = Arc::new(runtime::build(Config::from_env()?)?);
    let today = runtime.clock.today();
    let until = days_after(options.on.unwrap_or(today), retention::NOTICE);
    if !options.dry_run {
        accounts::round(&runtime).await?;
        let agendas = services::all().into_iter().flat_map(|service| service.agendas);
        let keeping: Vec<_> = agendas.filter(|agenda| agenda.name == Keeping::NAME).collect();
        while clock::round(&keeping, &runtime).await? > 0 {}
    }
    let client = runtime.machinery.get().await?;
    let rows = client.query(&format!("select body from read.{} order by key", Keeping::NAME), &[]).await?;
    let mut endings = Vec::new();
    for row in rows {
        let Json(kept): Json<Kept> = row.try_get(0)?;
        endings.extend(endings_of(&kept, today).into_iter().filter(|ending| ending.due_on <= until));
    }
    endings.sort_by_key(|ending| (ending.due_on, ending.case));
    let others = accounts::ending(&runtime, until).await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&Endings { cases: endings, others })?);
        return Ok(ExitCode::SUCCESS);
    }
    for ending in &endings {
        let standing = match (ending.held, ending.standing) {
            (true, _) => "conservation légale",
            (false, None) => "à proposer",
            (false, Some(service::forgettings::Standing::Asked)) => "proposé, attend un accord",
            (false, Some(service::forgettings::Standing::Approved)) => "approuvé",
            (false, Some(_)) => "en cours",
        };
        println!("{}  {:<31} {:<22} {standing}", ending.case, ending.rule, in_french(ending.due_on));
    }
    for ending in &others {
        let what = retention::rule(ending.rule).map_or(ending.rule, |rule| rule.what.as_str());
        println!("{:<36}  {:<31} {:<22} {what}", ending.count, ending.rule, in_french(ending.due_on));
    }
    let endings = count(endings.len() + others.len(), "échéance", "échéances");
    println!("{endings} d’ici au {}.", in_french(until));
    Ok(ExitCode::SUCCESS)
}

fn endings_of(kept: &Kept, today: Date) -> Vec<Ending> {
    let held = kept.forgettings.held_on(today).is_some();
    let ending = |(rule, due_on): (&retention::Retention, Date)| {
        let open =
            kept.forgettings.requests.values().find(|one| one.rule_id == rule.id && one.standing.is_open());
        Ending {
            case: kept.case_id,
            rule: rule.id.clone(),
            due_on,
            standing: open.map(|one| one.standing),
            held,
        }
    };
    kept.terms().into_iter().map(ending).collect()
}
