//! Rebuilding the live status of cases, beside a COPY of as many rows.

use std::time::Instant;

use bytes::Bytes;
use contracts::{Facts as _, employment::v1::HoursChanged, events};
use futures::SinkExt as _;
use journal::{Append, Journal, NewFact, QueueSettings, Settings};
use local_servers::Postgres;
use uuid::Uuid;
use vocabulary::{Clock as _, Ids as _, SystemClock, SystemIds};

use super::{Error, ProjectBench};
use crate::{keep, runtime, services};

/// Facts of each case in a row, as life has it: cases take turns.
const FACTS_A_CASE: u32 = 20;

/// Measures.
pub async fn run(options: &ProjectBench, postgres: &Postgres) -> Result<(), Error> {
    let url = postgres.url("jalon");
    let settings = Settings::from_url(&url)?;
    Journal::migrate(&settings).await?;
    let mut client = settings.connect().await?;
    projections::migrate(&mut client).await?;
    let journal = Journal::open(settings, QueueSettings::default());
    fill(&journal, options.facts).await?;
    client.batch_execute("vacuum analyze").await?;
    let pool = runtime::pool(&url, 4)?;
    let projection = services::all()
        .iter()
        .flat_map(service::Service::all_projections)
        .find(|projection| projection.name() == "live_status")
        .ok_or("no live_status")?;
    let limit = copy(&client, options.facts).await?;
    let bar = keep::bar(i64::from(options.facts), "live_status");
    let started = Instant::now();
    projections::rebuild(&pool, &journal, &*projection, |progress| {
        bar.set_position(progress.done.unsigned_abs())
    })
    .await?;
    let per_second = f64::from(options.facts) / started.elapsed().as_secs_f64();
    bar.finish_and_clear();
    if options.json {
        println!(
            "{}",
            serde_json::json!({"workload": "project", "facts": options.facts, "per_second": per_second, "limit_per_second": limit, "ratio": per_second / limit})
        );
    } else {
        println!(
            "live_status : {per_second:.0} faits/s, COPY {limit:.0} lignes/s, rapport {:.2}",
            per_second / limit
        );
    }
    Ok(())
}

/// Contracts of many cases, whose hours change.
async fn fill(journal: &Journal, facts: u32) -> Result<(), Error> {
    let now = SystemClock.now();
    let id = || SystemIds.next(now);
    let streams: Vec<(Uuid, Uuid)> = (0..facts.div_ceil(FACTS_A_CASE)).map(|_| (id(), id())).collect();
    let day = SystemClock.today();
    for round in 0..FACTS_A_CASE {
        for chunk in streams.chunks(500) {
            let appends = chunk.iter().map(|(stream_id, case_id)| {
                let event = if round == 0 {
                    contracts::employment::v1::EmploymentStarted {
                        weekly_minutes: 1200,
                        started_on: day.to_string(),
                        ..Default::default()
                    }
                    .into()
                } else {
                    events::Employment::from(HoursChanged {
                        weekly_minutes: 1200 + round,
                        from_day: day.to_string(),
                        ..Default::default()
                    })
                };
                let (kind, payload) = event.encode();
                journal.append(Append {
                    stream_id: *stream_id,
                    expected: round,
                    command_id: id(),
                    fingerprint: vec![0; 16],
                    facts: vec![NewFact {
                        event_id: id(),
                        kind,
                        case_id: Some(*case_id),
                        occurred_on: day,
                        recorded_at: now,
                        metadata: Vec::new(),
                        payload,
                    }],
                })
            });
            futures::future::try_join_all(appends).await?;
        }
    }
    Ok(())
}

/// Rows of about the same weight a second, by COPY.
async fn copy(client: &tokio_postgres::Client, rows: u32) -> Result<f64, Error> {
    client
        .batch_execute("create table if not exists bench_copy (key uuid, body text); truncate bench_copy")
        .await?;
    let line = format!("{}\t{}\n", Uuid::nil(), "x".repeat(300));
    let page = Bytes::from(line.repeat(1000));
    let started = Instant::now();
    let sink = client.copy_in("copy bench_copy from stdin").await?;
    let mut sink = std::pin::pin!(sink);
    for _ in 0..rows / 1000 {
        sink.send(page.clone()).await?;
    }
    sink.close().await?;
    Ok(f64::from(rows / 1000 * 1000) / started.elapsed().as_secs_f64())
}
