//! Rebuilding read models, beside a COPY of as many rows: the live status of cases alone, or all of them over facts
//! of all contexts.

use std::time::Instant;

use bytes::Bytes;
use futures::SinkExt as _;
use journal::{Journal, QueueSettings, Settings};
use local_servers::Postgres;
use projections::AnyProjection;
use serde_json::json;
use uuid::Uuid;

use super::{Error, ProjectBench, lives};
use crate::{keep, runtime, services};

/// Measures.
pub async fn run(options: &ProjectBench, postgres: &Postgres) -> Result<(), Error> {
    let url = postgres.url("jalon");
    let settings = Settings::from_url(&url)?;
    Journal::migrate(&settings).await?;
    let mut client = settings.connect().await?;
    projections::migrate(&mut client).await?;
    let journal = Journal::open(settings, QueueSettings::default());
    let life: lives::Life = if options.all { lives::whole } else { lives::at_work };
    lives::tell(&journal, options.facts, life).await?;
    client.batch_execute("vacuum analyze").await?;
    let pool = runtime::machinery(&url, 4)?;
    let limit = copy(&client, options.facts).await?;
    let all: Vec<_> = services::all().iter().flat_map(service::Service::all_projections).collect();
    let asked = all.iter().filter(|projection| options.all || projection.name() == "live_status");
    let begun = Instant::now();
    let mut rebuilt = 0;
    for projection in asked {
        let per_second = rebuild(&pool, &journal, &**projection, options.facts).await?;
        say(options, projection.name(), per_second, limit);
        rebuilt += 1;
    }
    if rebuilt > 1 && !options.json {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{rebuilt} modèles de lecture sur {} faits : {seconds:.1} s en tout", options.facts);
    }
    Ok(())
}

/// Facts read a second, whether the model keeps something of them or not.
async fn rebuild(
    pool: &deadpool_postgres::Pool,
    journal: &Journal,
    projection: &dyn AnyProjection,
    facts: u32,
) -> Result<f64, Error> {
    let bar = keep::bar(i64::from(facts), projection.name());
    let started = Instant::now();
    projections::rebuild(pool, journal, projection, |progress| {
        bar.set_position(progress.done.unsigned_abs())
    })
    .await?;
    bar.finish_and_clear();
    Ok(f64::from(facts) / started.elapsed().as_secs_f64())
}

fn say(options: &ProjectBench, name: &str, per_second: f64, limit: f64) {
    let ratio = per_second / limit;
    if options.json {
        println!(
            "{}",
            json!({"workload": "project", "model": name, "facts": options.facts, "per_second": per_second, "limit_per_second": limit, "ratio": ratio})
        );
    } else {
        println!("{name:<24} : {per_second:>8.0} faits/s, COPY {limit:.0} lignes/s, rapport {ratio:.2}");
    }
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
