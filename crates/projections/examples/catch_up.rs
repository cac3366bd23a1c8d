//! How fast a read model of one document a case catches up with the journal, beside what the same
//! server does when the same rows are only copied into a table:
//! `cargo run --release -p projections --example catch_up -- 500000`.

use std::{
    collections::HashMap,
    error::Error,
    path::Path,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::{Facts as _, Recorded, case::v1, events};
use deadpool_postgres::{Manager, Pool};
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use jiff::{Timestamp, civil::date};
use journal::{Append, Journal, NewFact, QueueSettings, Settings};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{
    AnyProjection, JournalSource, Poison, Positions, Projection, Runner, Table, Transaction,
    document::{self, Document},
    erased, install, rebuild,
};
use serde::{Deserialize, Serialize};
use telemetry::Metrics;
use tokio_postgres::{NoTls, binary_copy::BinaryCopyInWriter, types::Type};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const TIMES: usize = 3;

/// A case as a list of cases shows it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Body {
    structure_id: String,
    opened_on: String,
    closed_on: Option<String>,
    circle: Vec<Member>,
    facts: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Member {
    post_id: String,
    organisation_id: String,
    since: String,
}

struct Cases;

impl Projection for Cases {
    type State = Document<Body>;

    fn name(&self) -> &'static str {
        "cases"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of_case("cases", "key")] }
    }

    fn ddl(&self) -> &'static str {
        "create table cases (key uuid primary key, body jsonb not null, position bigint not null)"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::State>, tokio_postgres::Error> {
        document::load(tx, "cases", keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, case: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        use events::Case::{CaseClosed, CaseOpened, CaseReopened, CircleMemberJoined};
        let body = &mut case.body;
        match fact.trace()? {
            CaseOpened(said) => (body.structure_id, body.opened_on) = (said.structure_id, said.opened_on),
            CircleMemberJoined(said) => body.circle.push(Member {
                post_id: said.post_id,
                organisation_id: said.organisation_id,
                since: said.since,
            }),
            CaseClosed(said) => body.closed_on = Some(said.closed_on),
            CaseReopened(_) => body.closed_on = None,
            _ => {}
        }
        body.facts += 1;
        case.position = fact.position;
        Ok(())
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        document::save(tx, "cases", states).await
    }
}

/// Five facts about each case.
fn facts_of(number: u64) -> Append {
    let id = |kind: u64| Uuid::from_u64_pair(kind, number);
    let joined = |post: u64| {
        events::Case::CircleMemberJoined(v1::CircleMemberJoined {
            post_id: id(post).to_string(),
            organisation_id: id(post + 1).to_string(),
            since: "2026-03-02".into(),
            ..Default::default()
        })
    };
    let opened = v1::CaseOpened {
        structure_id: id(1).to_string(),
        platform_id: id(2).to_string(),
        opened_on: "2026-03-01".into(),
        ..Default::default()
    };
    let closed = v1::CaseClosed { closed_on: "2026-06-30".into(), ..Default::default() };
    let said = [
        events::Case::CaseOpened(opened),
        joined(3),
        joined(5),
        events::Case::CaseClosed(closed),
        events::Case::CaseReopened(v1::CaseReopened::default()),
    ];
    // Spread as real ids are: their order is not that of the positions.
    let case = Uuid::from_u128(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let facts = said.iter().zip(10..).map(|(event, kind)| {
        let (fact, payload) = event.encode();
        NewFact {
            event_id: id(kind),
            kind: fact,
            case_id: Some(case),
            occurred_on: date(2026, 3, 1),
            recorded_at: Timestamp::UNIX_EPOCH,
            metadata: vec![7; 120],
            payload,
        }
    });
    let facts = facts.collect();
    Append { stream_id: case, expected: 0, command_id: id(9), fingerprint: vec![0; 32], facts }
}

struct Bench {
    pool: Pool,
    journal: Journal,
    facts: i64,
}

impl Bench {
    async fn open(postgres: &Postgres) -> Result<Self, Box<dyn Error>> {
        let url = postgres.url("postgres");
        let settings = Settings::from_url(&url)?;
        Journal::migrate(&settings).await?;
        let journal = Journal::open(settings, QueueSettings::default());
        let pool = Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(4).build()?;
        let mut client = pool.get().await?;
        projections::migrate(&mut client).await?;
        drop(client);
        Ok(Self { pool, journal, facts: 0 })
    }

    async fn fill(&mut self, facts: u64) -> Result<(), Box<dyn Error>> {
        let began = Instant::now();
        let cases = facts / 5;
        let writers = (0..256).map(|writer| {
            let journal = &self.journal;
            stream::iter((writer..cases).step_by(256))
                .map(Ok)
                .try_for_each(move |number| async move { journal.append(facts_of(number)).await.map(drop) })
        });
        try_join_all(writers).await?;
        self.facts = self.journal.head().await?;
        self.pool.get().await?.batch_execute("vacuum analyze").await?;
        println!("{:>10} faits de {cases} cas, écrits en {:.1?}", self.facts, began.elapsed());
        Ok(())
    }

    fn tell(&self, what: &str, times: &mut [Duration]) {
        times.sort_unstable();
        let seconds = times[times.len() / 2].as_secs_f64();
        println!("{:>10.0} faits/s  {what}", self.facts as f64 / seconds);
    }

    async fn runner(&self, cases: &Arc<dyn AnyProjection>) -> Result<Duration, Box<dyn Error>> {
        let again = "drop schema if exists cases_v1_g1 cascade; \
                     truncate projections.checkpoint, projections.parked, projections.view";
        self.pool.get().await?.batch_execute(again).await?;
        install(&self.pool, &**cases).await?;
        self.pool.get().await?.batch_execute("checkpoint").await?;
        let positions = Positions::new(self.pool.clone());
        let wake = {
            let positions = positions.clone();
            move |name, position| positions.set(name, position)
        };
        let source = JournalSource::new(self.journal.clone());
        let (pool, journal) = (self.pool.clone(), self.journal.clone());
        let runner = Runner::new(pool, journal, source, vec![cases.clone()], Metrics::new(), wake);
        let cancel = CancellationToken::new();
        let began = Instant::now();
        let running = tokio::spawn(runner.run(cancel.clone()));
        let far = tokio::time::Instant::now() + Duration::from_secs(600);
        positions.wait("cases", self.facts, far).await?;
        let took = began.elapsed();
        cancel.cancel();
        running.await?;
        Ok(took)
    }

    async fn scan(&self) -> Result<Duration, Box<dyn Error>> {
        let began = Instant::now();
        let mut facts = pin!(self.journal.scan(0, self.facts).await?);
        while facts.try_next().await?.is_some() {}
        Ok(began.elapsed())
    }

    /// The rows of the read model, only copied: what the disk and the server allow.
    async fn copy(&self) -> Result<Duration, Box<dyn Error>> {
        let client = self.pool.get().await?;
        let rows =
            client.query("select key, body::text, position from read.cases order by position", &[]).await?;
        client
            .batch_execute(
                "drop table if exists copied; checkpoint; \
                 create table copied (key uuid primary key, body jsonb not null, position bigint not null)",
            )
            .await?;
        let began = Instant::now();
        let sink = client.copy_in("copy copied (key, body, position) from stdin binary").await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::UUID, Type::JSONB, Type::INT8]));
        for row in &rows {
            let body: Box<serde_json::value::RawValue> = serde_json::from_str(row.get(1))?;
            let (key, position): (Uuid, i64) = (row.get(0), row.get(2));
            writer.as_mut().write(&[&key, &tokio_postgres::types::Json(body), &position]).await?;
        }
        writer.finish().await?;
        Ok(began.elapsed())
    }

    /// The facts themselves, copied from one table to another without leaving the server.
    async fn copy_facts(&self) -> Result<Duration, Box<dyn Error>> {
        let client = self.pool.get().await?;
        let anew =
            "drop table if exists facts_again; create table facts_again (like journal.facts); checkpoint";
        client.batch_execute(anew).await?;
        let began = Instant::now();
        client.batch_execute("insert into facts_again select * from journal.facts").await?;
        Ok(began.elapsed())
    }
}

async fn measure(bench: &Bench) -> Result<(), Box<dyn Error>> {
    let cases = erased(Cases);
    let [mut scans, mut runs, mut rebuilds, mut copies, mut inserts] = [const { Vec::new() }; 5];
    for _ in 0..TIMES {
        scans.push(bench.scan().await?);
        runs.push(bench.runner(&cases).await?);
        rebuilds.push(rebuild(&bench.pool, &bench.journal, &*cases, |_| {}).await?.took);
        copies.push(bench.copy().await?);
        inserts.push(bench.copy_facts().await?);
        let again = "drop schema if exists cases_v1_g2 cascade; drop view if exists read.cases";
        bench.pool.get().await?.batch_execute(again).await?;
    }
    bench.tell("lus et décodés, rien de plus", &mut scans);
    bench.tell("rattrapés par le runner (5 000 par transaction)", &mut runs);
    bench.tell("reconstruits (20 000 par transaction), bascule comprise", &mut rebuilds);
    bench.tell("limite : les mêmes documents copiés (COPY) dans une table", &mut copies);
    bench.tell("limite : les faits recopiés d’une table à l’autre, dans le serveur", &mut inserts);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let facts = std::env::args().nth(1).map_or(Ok(500_000), |facts| facts.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = Tools::find(&root, &Overrides::from_environment())?;
    let dir = std::env::temp_dir().join(format!("catch-up-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let postgres = Postgres::start(&tools, &dir, &PostgresOptions::default()).await?;
    let mut bench = Bench::open(&postgres).await?;
    bench.fill(facts).await?;
    let measured = measure(&bench).await;
    drop(bench);
    postgres.stop().await?;
    std::fs::remove_dir_all(&dir)?;
    measured
}
