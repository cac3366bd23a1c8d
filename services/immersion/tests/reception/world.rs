//! A private Postgres for the tests that run together, databases and a service for each, and people who
//! have a case.

use std::{
    path::PathBuf,
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use access::{Actor, Tokens};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::{
    Recorded,
    common::v1::{Metadata, OrganisationKind, Role},
    events,
    platform::v1::OrganisationRegistered,
};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{EventStore as _, Expected};
use immersion::{
    domain::{Event, aggregate::State},
    inbound::attach::stream_id,
};
use jiff::Timestamp;
use journal::{Journal, JournalStore, QueueSettings, Settings, Stamp};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{JournalSource, Runner};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use serde_json::Value;
use service::{Config, Runtime};
use telemetry::Metrics;
use tokio::sync::Mutex;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;
use vocabulary::{SystemIds, clock::ManualClock};

pub const SECRET: &str = "un-secret-bien-assez-long";
pub const ROUTE: &str = "/api/v1/inbound/immersion-facilitee";
/// The CHRS of the fixture, and the host.
pub const AGENCY_SIRET: &str = "00070340500019";
pub const HOST_SIRET: &str = "00070211800019";

static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The server, stopped and removed with the last test that uses it.
struct Server {
    postgres: Option<Postgres>,
    dir: PathBuf,
}

pub struct World {
    pub runtime: Arc<Runtime>,
    pub clock: ManualClock,
    server: Arc<Server>,
    stop: CancellationToken,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Server {
    async fn start() -> Self {
        let tools =
            Tools::find(&testkit::stack::project(), &Overrides::default()).expect("make setup was run");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("reception-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let options = PostgresOptions {
            sync_new_cluster: false,
            shared_buffers_mb: 32,
            // Power cuts are not what these tests are about.
            settings: vec![("fsync".into(), "off".into()), ("max_connections".into(), "400".into())],
            ..PostgresOptions::default()
        };
        let postgres =
            Postgres::start(&tools, &dir.join("postgres"), &options).await.expect("Postgres starts");
        Self { postgres: Some(postgres), dir }
    }

    /// The server that the tests share.
    async fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().await;
        let server = match shared.upgrade() {
            Some(server) => server,
            None => Arc::new(Self::start().await),
        };
        *shared = Arc::downgrade(&server);
        server
    }

    /// The URL of a new database.
    async fn database(&self, name: &str) -> String {
        let postgres = self.postgres.as_ref().expect("it runs");
        postgres.create_database_if_missing(name).await.expect("a database");
        postgres.url(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let postgres = self.postgres.take();
        // Out of the runtime of the test, which is ending.
        let stopped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            if let Some(postgres) = postgres {
                drop(runtime.block_on(postgres.stop()));
            }
        });
        drop(stopped.join());
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

impl World {
    pub async fn new() -> Self {
        Self::on(Server::shared().await).await
    }

    /// With a server of its own, that can be stopped.
    pub async fn alone() -> Self {
        Self::on(Arc::new(Server::start().await)).await
    }

    async fn on(server: Arc<Server>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let journal = server.database(&format!("jalon_{number}")).await;
        let keys = server.database(&format!("keys_{number}")).await;
        let clock = ManualClock::at("2026-09-01T09:00:00Z".parse().expect("an instant"));
        let stop = CancellationToken::new();
        let kek = server.dir.join(format!("kek-{number}/kek"));
        std::fs::create_dir_all(kek.ancestors().nth(1).expect("a folder")).expect("a folder");
        let runtime = runtime(&journal, &keys, kek, clock.clone(), stop.clone()).await;
        for projection in immersion::service().all_projections() {
            projections::install(&runtime.pool, &*projection).await.expect("installed");
            let (journal, positions) = (runtime.journal.clone(), runtime.positions.clone());
            let source = JournalSource::new(journal.clone());
            let wake = move |name: &'static str, position: i64| positions.set(name, position);
            let runner = Runner::new(runtime.pool.clone(), journal, source, projection, Metrics::new(), wake);
            tokio::spawn(runner.run(stop.clone()));
        }
        Self { runtime, clock, server, stop }
    }

    /// Opens the case of someone, with that post in its circle.
    pub async fn case(&self, family_name: &str, given_name: &str, birth_date: &str, post: Uuid) -> Uuid {
        use contracts::case::v1::*;
        let case_id = Uuid::now_v7();
        let facts: Vec<events::Case> = vec![
            CaseOpened { structure_id: Uuid::nil().to_string(), ..Default::default() }.into(),
            CircleMemberJoined { post_id: post.to_string(), role: Role::CIP.into(), ..Default::default() }
                .into(),
            IdentityRecorded {
                family_name: family_name.into(),
                given_name: given_name.into(),
                birth_date: birth_date.into(),
                ..Default::default()
            }
            .into(),
        ];
        self.append(case_id, Some(case_id), facts).await;
        case_id
    }

    pub async fn close(&self, case_id: Uuid) {
        let closed = contracts::case::v1::CaseClosed::default();
        self.append::<events::Case>(case_id, Some(case_id), vec![closed.into()]).await;
    }

    pub async fn organisation(&self, siret: &str) -> Uuid {
        let id = Uuid::now_v7();
        let registered = OrganisationRegistered {
            siret: siret.into(),
            kind: OrganisationKind::CHRS.into(),
            ..Default::default()
        };
        self.append::<events::Organisation>(id, None, vec![registered.into()]).await;
        id
    }

    async fn append<E: contracts::Facts>(&self, stream: Uuid, case_id: Option<Uuid>, facts: Vec<E>) {
        let now = self.runtime.clock.now();
        let stamp = Stamp {
            command_id: Uuid::now_v7(),
            fingerprint: vec![1; 16],
            case_id,
            occurred_on: vocabulary::clock::day_in_paris(now),
            recorded_at: now,
            metadata: Metadata::default(),
        };
        let runtime = &self.runtime;
        let mut store = JournalStore::<E>::new(
            runtime.journal.clone(),
            runtime.sealer.clone(),
            runtime.ids.clone(),
            stamp,
        );
        store.append(stream, Expected::Any, facts).await.expect("appended");
    }

    /// A token of a CIP in that post of that organisation.
    pub async fn token(&self, post: Uuid, organisation: Uuid) -> String {
        let actor = Actor {
            role: Role::CIP,
            professional_id: Some(Uuid::now_v7()),
            post_id: Some(post),
            organisation_id: Some(organisation),
            second_factor: true,
            system: None,
        };
        let until: Timestamp = "2030-01-01T00:00:00Z".parse().expect("an instant");
        self.runtime.tokens.issue(&actor, false, self.runtime.clock.now(), until).await.expect("a token")
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let router = immersion::api().router.with_state(self.runtime.clone());
        let answer = router.oneshot(request).await.expect("infallible");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// The tool notifies.
    pub async fn notify(&self, body: &Value) -> Answer {
        let request = Request::post(ROUTE).header(header::AUTHORIZATION, SECRET);
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    /// What is recorded of a convention of the tool.
    pub async fn convention(&self, body: &Value) -> Vec<Recorded> {
        let id = body["payload"]["convention"]["id"].as_str().expect("an id").parse().expect("an id");
        self.runtime.journal.stream(stream_id(id), 1).await.expect("read")
    }

    pub async fn state(&self, body: &Value) -> State {
        let facts = self.convention(body).await;
        State::of(facts.iter().map(|fact| fact.trace::<Event>().expect("a fact")))
    }

    pub async fn asides(&self) -> i64 {
        let client = self.runtime.pool.get().await.expect("a client");
        client.query_one("select count(*) from immersion.aside", &[]).await.expect("counted").get(0)
    }

    /// Stops the server; only for a world alone on its own.
    pub async fn stop_postgres(&mut self) {
        let server = Arc::get_mut(&mut self.server).expect("alone");
        server.postgres.take().expect("it runs").stop().await.expect("stopped");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn pool(url: &str) -> Pool {
    let manager = Manager::new(url.parse().expect("a URL"), NoTls);
    Pool::builder(manager).max_size(6).build().expect("a pool")
}

async fn runtime(
    journal: &str,
    keys: &str,
    kek_file: PathBuf,
    clock: ManualClock,
    shutdown: CancellationToken,
) -> Arc<Runtime> {
    let settings = Settings::from_url(journal).expect("a URL");
    Journal::migrate(&settings).await.expect("migrated");
    let mut client = settings.connect().await.expect("a client");
    projections::migrate(&mut client).await.expect("migrated");
    service::offer::migrate(&mut client).await.expect("migrated");
    Tokens::migrate(&mut client).await.expect("migrated");
    immersion::migrate(&mut client).await.expect("migrated");
    immersion::migrate(&mut client).await.expect("again, nothing changes");
    let keys_url = Settings::from_url(keys).expect("a URL");
    sealing::keys::migrate(&mut keys_url.connect().await.expect("a client")).await.expect("migrated");

    let ring = KeyRing::new(pool(keys), Kek::from_bytes([3; 32]), Arc::new(SystemRandomness));
    let log_id = sealing::log_id("jalon.example/journal/test");
    let config =
        Config { kek_file, immersion_facilitee_secret: Some(SECRET.into()), ..Config::demonstration() };
    let pool = pool(journal);
    Arc::new(Runtime {
        journal: Journal::open(settings, QueueSettings::default()),
        sealer: Arc::new(Sealer::new(ring, log_id, Arc::new(SystemRandomness))),
        tokens: Tokens::new(pool.clone()),
        policies: access::Policies::load(None).expect("the policies"),
        positions: projections::Positions::new(pool.clone()),
        pool,
        clock: Arc::new(clock),
        ids: Arc::new(SystemIds),
        metrics: Metrics::new(),
        config,
        rules: Vec::new(),
        shutdown,
    })
}
