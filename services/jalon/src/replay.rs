//! `jalon replay`: the history of a case from the journal itself, as it happened or as it was known.
//! Traces only: an auditor replays without learning who the person is.

use std::process::ExitCode;

use contracts::Recorded;
use serde::Serialize;
use serde_json::Value;
use service::Config;
use vocabulary::{clock::day_in_paris, dates::in_french};

use crate::{Outcome, cli::ReplayOptions, runtime};

#[derive(Serialize)]
struct Line {
    position: i64,
    kind: &'static str,
    label: &'static str,
    occurred_on: String,
    recorded_at: String,
    late: bool,
    stream: String,
    version: u32,
    actor: String,
    warnings: Vec<String>,
    closed: Vec<&'static str>,
    fact: Value,
}

/// Facts recorded more than that many days after they happened are marked late.
const LATE_DAYS: i32 = 7;

/// Replays.
pub async fn run(options: ReplayOptions) -> Outcome {
    let config = Config::from_env()?;
    let journal = runtime::journal(&config)?;
    let mut facts = journal.of_case(options.case).await?;
    let all = facts.len();
    facts.retain(|fact| {
        options.occurred_until.is_none_or(|until| fact.occurred_on <= until)
            && options.known_at.is_none_or(|known| fact.recorded_at <= known)
    });
    // As it happened: by day. As it was known: in the order it was recorded, which is the journal's.
    if options.known_at.is_none() {
        facts.sort_by_key(|fact| (fact.occurred_on, fact.position));
    }
    let lines = facts.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    if options.json {
        println!(
            "{}",
            serde_json::to_string_pretty(
                &serde_json::json!({"case": options.case, "facts": lines, "left_out": all - lines.len()})
            )?
        );
        return Ok(if all == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    if all == 0 {
        return Err(format!("le journal ne contient aucun fait du dossier {}", options.case).into());
    }
    println!("Dossier {} : {} faits sur {all}\n", options.case, lines.len());
    for (line, fact) in lines.iter().zip(&facts) {
        let late = if line.late { "  · su plus tard" } else { "" };
        println!("{:>8}  {:<20} {}{late}", line.position, in_french(fact.occurred_on), line.label);
        println!("{:>8}  connu le {} · par {}", "", in_french(day_in_paris(fact.recorded_at)), line.actor);
        if line.fact.as_object().is_some_and(|fact| !fact.is_empty()) {
            println!("{:>8}  {}", "", line.fact);
        }
        if !line.closed.is_empty() {
            println!("{:>8}  fermé : {}", "", line.closed.join(", "));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(fact: &Recorded) -> Result<Line, Box<dyn std::error::Error + Send + Sync>> {
    let metadata = fact.metadata()?;
    let (clear, parts) = sealing::wire::take_parts(&fact.payload)?;
    let closed = parts.iter().filter_map(|part| Some(sealing::part::Part::parse(part).ok()?.class.name()));
    let actor = metadata.actor.into_option().unwrap_or_default();
    let known_on = day_in_paris(fact.recorded_at);
    Ok(Line {
        position: fact.position,
        kind: fact.kind.name,
        label: fact.kind.label,
        occurred_on: fact.occurred_on.to_string(),
        recorded_at: fact.recorded_at.to_string(),
        late: vocabulary::dates::days_between(fact.occurred_on, known_on) > LATE_DAYS,
        stream: format!(
            "{}/{}/{}",
            fact.kind.aggregate().context,
            fact.kind.aggregate().name,
            fact.stream_id
        ),
        version: fact.version,
        actor: if actor.system.is_empty() { format!("le poste {}", actor.post_id) } else { actor.system },
        warnings: metadata.warnings,
        closed: closed.collect(),
        fact: contracts::to_json(fact.kind, &clear)?,
    })
}
