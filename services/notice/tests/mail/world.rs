//! A private Postgres for the tests that run together, databases and a service for each, and people who
//! have a case.

use std::{
    path::PathBuf,
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use access::{Actor, Policies, Tokens};
use contracts::{
    Recorded,
    case::v1::*,
    common::v1::{Actor as Stated, Metadata, Role},
    events,
};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{EventStore as _, Expected};
use jiff::Timestamp;
use journal::{Journal, JournalStore, QueueSettings, Settings, Stamp};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use notice::{
    domain::{commands::ChooseMailbox, mailbox_of},
    mailer::Mailer,
    relay::Relay,
};
use projections::{JournalSource, Runner};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use service::{Config, Request, Runtime, Target, config::Mail, execute};
use telemetry::Metrics;
use tokio::sync::Mutex;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::{
    SystemIds,
    clock::{ManualClock, day_in_paris},
};

/// Names of the people of these tests: no message may hold them.
pub const NAMES: [&str; 4] = ["Barthélemy", "Solveig", "La Clairière", "Le Chantier Bleu"];

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
    stop: CancellationToken,
    _server: Arc<Server>,
}

impl Server {
    async fn start() -> Self {
        let tools =
            Tools::find(&testkit::stack::project(), &Overrides::default()).expect("make setup was run");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("notices-{}-{number}", std::process::id()));
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

/// The relay on that port, and who messages come from.
pub fn mail(port: u16) -> Mail {
    Mail {
        smtp_url: Some(format!("smtp://jalon:secret@127.0.0.1:{port}")),
        from: Some("avis@jalon.example".into()),
        public_url: Some("https://jalon.example/".into()),
    }
}

impl World {
    /// At that instant, with the relay on that port, or none.
    pub async fn at(instant: &str, port: Option<u16>) -> Self {
        let server = Server::shared().await;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let journal = server.database(&format!("jalon_{number}")).await;
        let keys = server.database(&format!("keys_{number}")).await;
        let clock = ManualClock::at(instant.parse().expect("an instant"));
        let stop = CancellationToken::new();
        let config = Config { mail: port.map(mail).unwrap_or_default(), ..Config::demonstration() };
        // Time is what the clock says here, not what a demonstration tells.
        let config = Config { demonstration: false, ..config };
        let runtime = runtime(&journal, &keys, config, clock.clone(), stop.clone()).await;
        for projection in notice::service().all_projections() {
            projections::install(&runtime.pool, &*projection).await.expect("installed");
            let (journal, positions) = (runtime.journal.clone(), runtime.positions.clone());
            let source = JournalSource::new(journal.clone());
            let wake = move |name: &'static str, position: i64| positions.set(name, position);
            let runner = Runner::new(runtime.pool.clone(), journal, source, projection, Metrics::new(), wake);
            tokio::spawn(runner.run(stop.clone()));
        }
        Self { runtime, clock, stop, _server: server }
    }

    /// It is that instant.
    pub fn now(&self, instant: &str) {
        self.clock.set(instant.parse().expect("an instant"));
    }

    /// The case of someone, with these posts in its circle.
    pub async fn case(&self, posts: &[Uuid]) -> Uuid {
        let case_id = Uuid::now_v7();
        let opened = CaseOpened { structure_id: Uuid::nil().to_string(), ..Default::default() };
        let identity = IdentityRecorded {
            family_name: NAMES[0].into(),
            given_name: NAMES[1].into(),
            ..Default::default()
        };
        let mut facts: Vec<events::Case> = vec![opened.into(), identity.into()];
        facts.extend(posts.iter().map(|post| {
            let role = Role::CIP.into();
            CircleMemberJoined { post_id: post.to_string(), role, ..Default::default() }.into()
        }));
        self.say(case_id, case_id, posts.first().copied(), facts).await;
        case_id
    }

    /// Someone in that post, or a system, states these facts in that case.
    pub async fn say<E: contracts::Facts>(
        &self,
        stream: Uuid,
        case_id: Uuid,
        by: Option<Uuid>,
        facts: Vec<E>,
    ) {
        self.append(stream, (!case_id.is_nil()).then_some(case_id), by, facts).await;
    }

    async fn append<E: contracts::Facts>(
        &self,
        stream: Uuid,
        case_id: Option<Uuid>,
        by: Option<Uuid>,
        facts: Vec<E>,
    ) {
        use vocabulary::Clock as _;
        let now = self.clock.now();
        let post_id = by.map(|post| post.to_string()).unwrap_or_default();
        let stamp = Stamp {
            command_id: Uuid::now_v7(),
            fingerprint: vec![1; 16],
            case_id,
            occurred_on: day_in_paris(now),
            recorded_at: now,
            metadata: Metadata {
                actor: Stated { post_id, ..Default::default() }.into(),
                ..Default::default()
            },
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

    /// Who holds that post.
    pub fn holder(&self, post: Uuid, professional: Uuid) -> Actor {
        let anyone = testkit::scenario::actor(Role::CIP, 7, 1);
        Actor { professional_id: Some(professional), post_id: Some(post), ..anyone }
    }

    /// Whoever holds that post chooses.
    pub async fn choose(&self, post: Uuid, choice: ChooseMailbox) {
        use vocabulary::Clock as _;
        let actor = self.holder(post, post);
        let request = Request::keyed(actor, &Uuid::now_v7().to_string(), self.clock.now());
        let target = Target::Begun { id: mailbox_of(post) };
        execute(&self.runtime, target, choice, request).await.expect("chosen");
    }

    /// Immediate notices only, at that address.
    pub async fn at_once(&self, post: Uuid, email: &str) {
        let choice = ChooseMailbox { email: email.into(), digest: false, digest_hour: 8, immediate: true };
        self.choose(post, choice).await;
    }

    /// A digest only, at that hour.
    pub async fn daily(&self, post: Uuid, hour: u32) {
        let email = "equipe@chrs.example".into();
        self.choose(post, ChooseMailbox { email, digest: true, digest_hour: hour, immediate: false }).await;
    }

    /// Raises what is to be raised, until the read models show it all.
    pub async fn settle(&self) {
        let service = notice::service();
        loop {
            let head = self.runtime.journal.head().await.expect("a head");
            let end = tokio::time::Instant::now() + Duration::from_secs(30);
            for projection in service.all_projections() {
                self.runtime.positions.wait(projection.name(), head, end).await.expect("it follows");
            }
            if service.agendas[0].round(&self.runtime).await.expect("a round") == 0 {
                return;
            }
        }
    }

    pub fn mailer(&self) -> Mailer {
        let relay = Relay::of(&self.runtime.config.mail).expect("it is read").expect("a relay");
        Mailer::new(self.runtime.clone(), relay)
    }

    /// One round of a mailer, after everything was raised and read.
    pub async fn round(&self, mailer: &mut Mailer) -> usize {
        self.settle().await;
        mailer.round(&CancellationToken::new()).await.expect("a round")
    }

    /// Rounds of a mailer until one settles something.
    pub async fn takes_over(&self, mailer: &mut Mailer) {
        for _ in 0..500 {
            if mailer.round(&CancellationToken::new()).await.expect("a round") > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing was sent");
    }

    /// What is recorded in the mailbox of that post.
    pub async fn mailbox(&self, post: Uuid) -> Vec<Recorded> {
        self.runtime.journal.stream(mailbox_of(post), 1).await.expect("read")
    }

    /// The kinds of those facts.
    pub async fn kinds(&self, post: Uuid) -> Vec<&'static str> {
        self.mailbox(post).await.iter().map(|fact| fact.kind.name).collect()
    }

    /// A token of that actor.
    pub async fn token(&self, actor: &Actor) -> String {
        use vocabulary::Clock as _;
        let until: Timestamp = "2040-01-01T00:00:00Z".parse().expect("an instant");
        self.runtime.tokens.issue(actor, false, self.clock.now(), until).await.expect("a token")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn pool(url: &str) -> Pool {
    let manager = Manager::new(url.parse().expect("a URL"), NoTls);
    Pool::builder(manager).max_size(8).build().expect("a pool")
}

async fn runtime(
    journal: &str,
    keys: &str,
    config: Config,
    clock: ManualClock,
    shutdown: CancellationToken,
) -> Arc<Runtime> {
    let settings = Settings::from_url(journal).expect("a URL");
    Journal::migrate(&settings).await.expect("migrated");
    let mut client = settings.connect().await.expect("a client");
    projections::migrate(&mut client).await.expect("migrated");
    service::offer::migrate(&mut client).await.expect("migrated");
    Tokens::migrate(&mut client).await.expect("migrated");
    notice::migrate(&mut client).await.expect("migrated");
    notice::migrate(&mut client).await.expect("again, nothing changes");
    let keys_url = Settings::from_url(keys).expect("a URL");
    sealing::keys::migrate(&mut keys_url.connect().await.expect("a client")).await.expect("migrated");
    let ring = KeyRing::new(pool(keys), Kek::from_bytes([3; 32]), Arc::new(SystemRandomness));
    let log_id = sealing::log_id("jalon.example/journal/test");
    let pool = pool(journal);
    Arc::new(Runtime {
        journal: Journal::open(settings, QueueSettings::default()),
        sealer: Arc::new(Sealer::new(ring, log_id, Arc::new(SystemRandomness))),
        tokens: Tokens::new(pool.clone()),
        policies: Policies::load(None).expect("policies"),
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
