//! A private Postgres for one test, the service on it, and its read models running.

use std::{path::PathBuf, sync::Arc};

use access::{Actor, Policies, Tokens};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::{
    common::v1::{Metadata, OrganisationKind, Role},
    events,
    platform::v1::{OrganisationRegistered, PlatformOpened},
};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{EventStore as _, Expected};
use journal::{Journal, JournalStore, QueueSettings, Settings, Stamp};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{JournalSource, Runner};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use serde_json::Value;
use service::{Config, Runtime};
use telemetry::Metrics;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;
use vocabulary::{SystemIds, clock::ManualClock};

pub const PLATFORM: Uuid = Uuid::from_u128(50);
pub const STRUCTURE: Uuid = Uuid::from_u128(1);

pub struct World {
    pub runtime: Arc<Runtime>,
    postgres: Option<Postgres>,
    dir: PathBuf,
    stop: CancellationToken,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl World {
    /// A world with a platform led by the structure that hosts people, in Alès.
    pub async fn new(name: &str) -> Self {
        let tools =
            Tools::find(&testkit::stack::project(), &Overrides::default()).expect("make setup was run");
        let dir = std::env::temp_dir().join(format!("platform-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let options = PostgresOptions {
            sync_new_cluster: false,
            shared_buffers_mb: 32,
            settings: vec![("fsync".into(), "off".into())],
            ..PostgresOptions::default()
        };
        let postgres =
            Postgres::start(&tools, &dir.join("postgres"), &options).await.expect("Postgres starts");
        for database in ["jalon", "keys"] {
            postgres.create_database_if_missing(database).await.expect("a database");
        }
        let stop = CancellationToken::new();
        let runtime = runtime(&postgres.url("jalon"), &postgres.url("keys"), stop.clone()).await;
        for projection in platform::service().all_projections() {
            projections::install(&runtime.pool, &*projection).await.expect("installed");
            let (journal, positions) = (runtime.journal.clone(), runtime.positions.clone());
            let source = JournalSource::new(journal.clone());
            let wake = move |name: &'static str, position: i64| positions.set(name, position);
            let runner = Runner::new(runtime.pool.clone(), journal, source, projection, Metrics::new(), wake);
            tokio::spawn(runner.run(stop.clone()));
        }
        let world = Self { runtime, postgres: Some(postgres), dir, stop };
        world.organisation(STRUCTURE, OrganisationKind::CHRS, "").await;
        let opened = PlatformOpened {
            name: "TESA".into(),
            lead_organisation_id: STRUCTURE.to_string(),
            ..Default::default()
        };
        world.append::<events::Platform>(PLATFORM, None, vec![opened.into()]).await;
        world
    }

    pub async fn organisation(&self, id: Uuid, kind: OrganisationKind, siret: &str) {
        let registered = OrganisationRegistered {
            name: "Tenue à la main".into(),
            kind: kind.into(),
            siret: siret.into(),
            town: "Alès".into(),
            ..Default::default()
        };
        self.append::<events::Organisation>(id, None, vec![registered.into()]).await;
    }

    /// Opens a case with that post in its circle.
    pub async fn case(&self, post: Uuid) -> Uuid {
        use contracts::case::v1::{CaseOpened, CircleMemberJoined};
        let case_id = Uuid::now_v7();
        let opened = CaseOpened {
            structure_id: STRUCTURE.to_string(),
            platform_id: PLATFORM.to_string(),
            opened_on: "2026-01-01".into(),
            ..Default::default()
        };
        let joined =
            CircleMemberJoined { post_id: post.to_string(), role: Role::CIP.into(), ..Default::default() };
        let facts: Vec<events::Case> = vec![opened.into(), joined.into()];
        self.append(case_id, Some(case_id), facts).await;
        case_id
    }

    pub async fn append<E: contracts::Facts>(&self, stream: Uuid, case_id: Option<Uuid>, facts: Vec<E>) {
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
        let (journal, sealer) = (runtime.journal.clone(), runtime.sealer.clone());
        let mut store = JournalStore::<E>::new(journal, sealer, runtime.ids.clone(), stamp);
        store.append(stream, Expected::Any, facts).await.expect("appended");
    }

    /// A token of a professional of that role in that post of the structure.
    pub async fn token(&self, role: Role, post: Uuid) -> String {
        let actor = Actor {
            role,
            professional_id: Some(Uuid::now_v7()),
            post_id: Some(post),
            organisation_id: Some(STRUCTURE),
            second_factor: true,
            system: None,
        };
        let until = "2030-01-01T00:00:00Z".parse().expect("an instant");
        self.runtime.tokens.issue(&actor, false, self.runtime.clock.now(), until).await.expect("a token")
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let router = platform::service().api.router.with_state(self.runtime.clone());
        let answer = router.oneshot(request).await.expect("infallible");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// Reads, once the read models show all that was written.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let head = self.runtime.journal.head().await.expect("a head");
        let sign = if path.contains('?') { '&' } else { '?' };
        let request = Request::get(format!("{path}{sign}min_position={head}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", Uuid::now_v7().to_string());
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    pub async fn head(&self) -> i64 {
        self.runtime.journal.head().await.expect("a head")
    }

    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await.expect("stopped");
        }
        std::fs::remove_dir_all(&self.dir).expect("removed");
    }
}

fn pool(url: &str) -> Pool {
    let manager = Manager::new(url.parse().expect("a URL"), NoTls);
    Pool::builder(manager).max_size(8).build().expect("a pool")
}

async fn runtime(journal: &str, keys: &str, shutdown: CancellationToken) -> Arc<Runtime> {
    let settings = Settings::from_url(journal).expect("a URL");
    Journal::migrate(&settings).await.expect("migrated");
    let mut client = settings.connect().await.expect("a client");
    projections::migrate(&mut client).await.expect("migrated");
    service::offer::migrate(&mut client).await.expect("migrated");
    Tokens::migrate(&mut client).await.expect("migrated");
    let keys_url = Settings::from_url(keys).expect("a URL");
    sealing::keys::migrate(&mut keys_url.connect().await.expect("a client")).await.expect("migrated");
    let ring = KeyRing::new(pool(keys), Kek::from_bytes([3; 32]), Arc::new(SystemRandomness));
    let log_id = sealing::log_id("jalon.example/journal/test");
    let pool = pool(journal);
    Arc::new(Runtime {
        journal: Journal::open(settings, QueueSettings::default()),
        sealer: Arc::new(Sealer::new(ring, log_id, Arc::new(SystemRandomness))),
        tokens: Tokens::new(pool.clone()),
        policies: Policies::load(None).expect("the policies"),
        positions: projections::Positions::new(pool.clone()),
        pool,
        clock: Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().expect("an instant"))),
        ids: Arc::new(SystemIds),
        metrics: Metrics::new(),
        config: Config::demonstration(),
        rules: Vec::new(),
        shutdown,
    })
}
