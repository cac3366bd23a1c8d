//! Upkeep: the journal and its copy, read models and what they set aside.

use std::{process::ExitCode, sync::Arc};

use followup::french;
use indicatif::{ProgressBar, ProgressStyle};
use messaging::Bus;
use projections::AnyProjection;
use service::Config;

use crate::{
    Outcome,
    cli::{JournalCommand, ParkedCommand},
    rights, runtime, services,
};

/// A bar of that many steps, with the rate and the estimated end.
pub fn bar(total: i64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total.unsigned_abs());
    let template = "{msg:24} [{bar:40}] {pos}/{len} · {per_sec} · fin dans {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.set_message(what);
    bar
}

/// `jalon journal`.
pub async fn journal(command: JournalCommand) -> Outcome {
    let config = Config::from_env()?;
    let journal = runtime::journal(&config)?;
    match command {
        JournalCommand::Check => {
            let bar = bar(journal.head().await?, "Vérification");
            let report = journal.check(|done, _| bar.set_position(done.unsigned_abs())).await?;
            bar.finish_and_clear();
            for fault in &report.faults {
                println!("{fault}");
            }
            println!(
                "{} faits, {} flux, tête {} : {}",
                report.facts,
                report.streams,
                report.head,
                if report.faults.is_empty() {
                    "le journal est intact."
                } else {
                    "le journal a des défauts."
                }
            );
            Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        JournalCommand::Republish { force } => {
            let bus = Bus::connect(&config.nats_url).await?;
            let bar = bar(journal.head().await?, "Republication");
            let count =
                messaging::republish(&journal, &bus, force, |done, _| bar.set_position(done.unsigned_abs()))
                    .await?;
            bar.finish_and_clear();
            println!("{count} faits republiés.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn projection(name: &str) -> Result<Arc<dyn AnyProjection>, String> {
    let all: Vec<_> = services::all().iter().flat_map(service::Service::all_projections).collect();
    let names: Vec<_> = all.iter().map(|projection| projection.name()).collect();
    all.iter()
        .find(|projection| projection.name() == name)
        .cloned()
        .ok_or_else(|| format!("« {name} » n’est pas un modèle de lecture ; il y a : {}", names.join(", ")))
}

/// `jalon parked`.
pub async fn parked(command: ParkedCommand) -> Outcome {
    let config = Config::from_env()?;
    let pool = runtime::pool(&config.database_url, 4)?;
    let journal = runtime::journal(&config)?;
    let freed = match command {
        ParkedCommand::List => {
            let parked = projections::parked::list(&**pool.get().await?, None).await?;
            for fact in &parked {
                println!(
                    "{} {} : position {}, {}, {} (essais : {}, en attente derrière : {})",
                    fact.name, fact.key, fact.position, fact.kind, fact.reason, fact.attempts, fact.behind
                );
            }
            if parked.is_empty() {
                println!("Aucun fait n’est mis de côté.");
            }
            return Ok(ExitCode::SUCCESS);
        }
        ParkedCommand::Retry { name, key } => {
            projections::parked::retry(&pool, &journal, &*projection(&name)?, key).await?
        }
        ParkedCommand::Skip { name, key } => {
            projections::parked::skip(&pool, &journal, &*projection(&name)?, key).await?
        }
    };
    println!("{} faits appliqués, {} encore de côté.", freed.applied, freed.parked);
    Ok(if freed.parked == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `jalon rebuild`.
pub async fn rebuild(name: &str) -> Outcome {
    let config = Config::from_env()?;
    let journal = runtime::journal(&config)?;
    let projection = projection(name)?;
    let bar = bar(journal.head().await?, "Reconstruction");
    let rebuilt =
        projections::rebuild(&runtime::pool(&config.database_url, 4)?, &journal, &*projection, |progress| {
            bar.set_length(progress.total.unsigned_abs());
            bar.set_position(progress.done.unsigned_abs());
        })
        .await?;
    bar.finish_and_clear();
    rights::grant(&journal.settings().connect().await?).await?;
    println!(
        "{name} : version {}, position {}, {:.1} s, {} faits mis de côté. Les lecteurs voient le nouveau modèle.",
        rebuilt.version,
        rebuilt.position,
        rebuilt.took.as_secs_f64(),
        rebuilt.parked
    );
    Ok(ExitCode::SUCCESS)
}

/// `jalon search rebuild`.
pub async fn search() -> Outcome {
    let runtime = runtime::build(Config::from_env()?)?;
    let kept = service::search::rebuild(&runtime).await?;
    println!(
        "{} relues : {} se retrouvent, les autres n’ont ni date de naissance, ni adresse, ni téléphone, ou ont été oubliées.",
        french::count(kept.read, "identité", "identités"),
        kept.found
    );
    Ok(ExitCode::SUCCESS)
}
