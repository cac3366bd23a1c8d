//! Queries, live events and pages over a real Postgres.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use access::{Actor, Tokens};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use contracts::Recorded;
use deadpool_postgres::{Manager, Pool};
use jiff::{Timestamp, ToSpan as _};
use journal::{Append, Journal, NewFact, QueueSettings, Settings};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{JournalSource, Positions, Runner};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use service::{Config, Runtime, server};
use telemetry::Metrics;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use vocabulary::{Ids as _, Rule, SystemIds, clock::ManualClock};

use super::invented::*;

mod access_and_pages;
mod agreements;
mod followups;
mod live;
mod platform;
mod queries;
mod speed;

/// A rule that the facts of the invented path depart from.
const HOURS: Rule = Rule::soft("pmsmp.heures", "Au-delà de 35 h par semaine, on en parle d’abord.", "essai");

/// A private Postgres, the service over it, and the story so far.
pub struct Stack {
    pub runtime: Arc<Runtime>,
    pub router: Router,
    _postgres: Postgres,
    _scratch: Scratch,
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body, which is JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{} is not JSON: {}", self.status, self.text))
    }
}

fn pool(settings: &Settings) -> Pool {
    Pool::builder(Manager::new(settings.config().clone(), NoTls)).max_size(12).build().expect("a pool")
}

impl Stack {
    /// Nothing was said yet.
    pub async fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jalon-followup-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let scratch = Scratch(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&scratch.0).expect("a folder");
        let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let tools = Tools::find(&root, &Overrides::default()).expect("make setup was run");
        let options = PostgresOptions { sync_new_cluster: false, ..PostgresOptions::default() };
        let postgres = Postgres::start(&tools, &scratch.0, &options).await.expect("Postgres starts");
        for database in ["jalon", "jalon_keys"] {
            postgres.create_database_if_missing(database).await.expect("a database");
        }
        let settings = Settings::from_url(&postgres.url("jalon")).expect("a URL");
        let keys = Settings::from_url(&postgres.url("jalon_keys")).expect("a URL");
        Journal::migrate(&settings).await.expect("the journal migrates");
        let mut client = settings.connect().await.expect("a connection");
        projections::migrate(&mut client).await.expect("read models migrate");
        Tokens::migrate(&mut client).await.expect("tokens migrate");
        followup::migrate(&mut client).await.expect("its own table migrates");
        sealing::keys::migrate(&mut keys.connect().await.expect("a connection")).await.expect("keys migrate");
        let runtime = Arc::new(runtime(&settings, &keys));
        for projection in followup::projections() {
            projections::install(&runtime.pool, &*projection).await.expect("a read model installs");
            let positions = runtime.positions.clone();
            let wake = move |name: &'static str, position| positions.set(name, position);
            let source = JournalSource::new(runtime.journal.clone());
            let runner = Runner::new(
                runtime.pool.clone(),
                runtime.journal.clone(),
                source,
                projection,
                runtime.metrics.clone(),
                wake,
            );
            tokio::spawn(runner.run(runtime.shutdown.clone()));
        }
        let services = [followup::service()];
        let about = server::About { services: vec!["followup"], bus: tokio::sync::watch::channel(None).1 };
        let router = followup::dress(server::router(&runtime, &services, &services, about));
        Self { runtime, router, _postgres: postgres, _scratch: scratch }
    }

    /// The same, with the directory and a whole path told.
    pub async fn told() -> Self {
        let stack = Self::start().await;
        let mut story = Story::default();
        directory(&mut story);
        path(&mut story);
        stack.tell(&story.facts).await;
        stack
    }

    /// Appends these facts, their personal classes sealed, and waits until the read models show them.
    /// Returns the last position.
    pub async fn tell(&self, facts: &[Recorded]) -> i64 {
        let mut last = 0;
        for fact in facts {
            let place = fact.place(self.runtime.sealer.log_id());
            let class_of = |number| fact.kind.class_of(number);
            let payload =
                self.runtime.sealer.seal(&place, &fact.payload, class_of).await.expect("it is sealed");
            let new = NewFact {
                event_id: fact.event_id,
                kind: fact.kind,
                case_id: fact.case_id,
                occurred_on: fact.occurred_on,
                recorded_at: fact.recorded_at,
                metadata: fact.metadata.clone(),
                payload,
            };
            let append = Append {
                stream_id: fact.stream_id,
                expected: fact.version - 1,
                command_id: SystemIds.next(Timestamp::UNIX_EPOCH),
                fingerprint: vec![0; 16],
                facts: vec![new],
            };
            last = self.runtime.journal.append(append).await.expect("it is appended").last_position();
        }
        let end = tokio::time::Instant::now() + Duration::from_secs(20);
        for projection in followup::projections() {
            self.runtime.positions.wait(projection.name(), last, end).await.expect("the read models follow");
        }
        last
    }

    /// A secret of that actor.
    pub async fn token(&self, actor: &Actor) -> String {
        let now = self.runtime.clock.now();
        self.runtime.tokens.issue(actor, false, now, now + 1.hours()).await.expect("a token")
    }

    /// Sends that request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        Answer { status, headers, text: String::from_utf8(body.to_vec()).expect("text") }
    }

    /// `GET` with that secret.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// `GET` as a browser whose session has that secret.
    pub async fn visit(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::COOKIE, format!("autre=1; jalon_session={token}"))
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        self.send(request.body(Body::empty()).expect("a request")).await
    }
}

fn runtime(settings: &Settings, keys: &Settings) -> Runtime {
    let ring = KeyRing::new(pool(keys), Kek::from_bytes([7; 32]), Arc::new(SystemRandomness));
    let pool = pool(settings);
    let noon: Timestamp = "2026-11-23T11:00:00Z".parse().expect("an instant");
    let config = Config {
        database_url: String::new(),
        keys_database_url: String::new(),
        nats_url: String::new(),
        listen: ([127, 0, 0, 1], 0).into(),
        kek_file: PathBuf::new(),
        index_key_file: PathBuf::new(),
        origin: "essai".into(),
        demonstration: true,
        immersion_facilitee_secret: None,
        mail: service::config::Mail::default(),
        policies_dir: None,
        log: String::new(),
        otlp_endpoint: None,
        oidc: None,
    };
    Runtime {
        journal: Journal::open(settings.clone(), QueueSettings::default()),
        sealer: Arc::new(Sealer::new(ring, sealing::log_id("essai"), Arc::new(SystemRandomness))),
        tokens: Tokens::new(pool.clone()),
        policies: access::Policies::load(None).expect("the policies"),
        positions: Positions::new(pool.clone()),
        pool,
        clock: Arc::new(ManualClock::at(noon)),
        ids: Arc::new(SystemIds),
        metrics: Metrics::new(),
        config,
        rules: vec![&HOURS],
        shutdown: CancellationToken::new(),
    }
}
