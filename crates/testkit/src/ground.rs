//! The ground of a service's own tests: a private Postgres, the service's tables and read models on it, and a
//! clock that stands still. Nothing of it outlives the test.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use access::{Actor, Policies, Tokens};
use contracts::common::v1::{Actor as Stated, Metadata};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{EventStore as _, Expected};
use jiff::ToSpan as _;
use journal::{Journal, JournalStore, QueueSettings, Settings, Stamp};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{AnyProjection, JournalSource, Positions, Runner};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use service::{Config, Runtime, Service, Store};
use telemetry::Metrics;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::{
    Clock as _, Rule, SystemIds,
    clock::{ManualClock, day_in_paris},
};

use crate::stack::ROLES;

/// How long the read models have to follow.
const FOLLOW: Duration = Duration::from_secs(30);

/// A private Postgres, and a service on it.
#[derive(Debug)]
pub struct Ground {
    /// What the service works with.
    pub runtime: Arc<Runtime>,
    /// The time.
    pub clock: ManualClock,
    names: Vec<&'static str>,
    postgres: Option<Postgres>,
    _dir: Dir,
}

/// A folder, removed with the test.
#[derive(Debug)]
struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.runtime.shutdown.cancel();
    }
}

impl Ground {
    /// That service, at that instant, configured as a demonstration is.
    pub async fn of(service: Service, instant: &str) -> Self {
        Self::with(service, instant, Vec::new(), |config| config).await
    }

    /// That service, at that instant, with these rules known by their words, and configured otherwise.
    ///
    /// # Panics
    /// When `make setup` was not run, or a server refuses.
    pub async fn with(
        service: Service,
        instant: &str,
        rules: Vec<&'static Rule>,
        configure: impl FnOnce(Config) -> Config,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = format!("jalon-{}-{}-{number}", service.name, std::process::id());
        let dir = Dir(std::env::temp_dir().join(dir));
        std::fs::create_dir_all(dir.0.join("keys")).expect("a folder");
        let postgres = postgres(&dir.0).await;
        let config = configure(Config { kek_file: dir.0.join("keys/kek"), ..Config::demonstration() });
        let clock = ManualClock::at(instant.parse().expect("an instant"));
        let (main, keys) = (postgres.url("jalon"), postgres.url("jalon_keys"));
        migrate(&service, &main, &keys).await;
        let mut projections = service.all_projections();
        if service.name != "case" {
            projections.push(service::readership::model());
        }
        let served = open(&main, &projections).await;
        let owner = pool(&keys).get().await.expect("a connection");
        sealing::keys::admit(&owner, "jalon_keys_serve").await.expect("it may use keys");
        let runtime = Arc::new(runtime(&served, &keys, config, clock.clone(), rules, service.stores.clone()));
        let names = projections.iter().map(|projection| projection.name()).collect();
        let (journal, positions) = (runtime.journal.clone(), runtime.positions.clone());
        let source = JournalSource::new(journal.clone());
        let wake = move |name: &'static str, position: i64| positions.set(name, position);
        let pool = runtime.machinery.clone();
        let runner = Runner::new(pool, journal, source, projections, runtime.metrics.clone(), wake);
        tokio::spawn(runner.run(runtime.shutdown.clone()));
        Self { runtime, clock, names, postgres: Some(postgres), _dir: dir }
    }

    /// States these facts without any rule, from that post when there is one.
    ///
    /// # Panics
    /// When they are not appended.
    pub async fn append<E: contracts::Facts>(
        &self,
        stream: Uuid,
        case_id: Option<Uuid>,
        by: Option<Uuid>,
        facts: Vec<E>,
    ) {
        let now = self.clock.now();
        let post_id = by.map(|post| post.to_string()).unwrap_or_default();
        let actor = Stated { post_id, ..Stated::default() };
        let stamp = Stamp {
            command_id: Uuid::now_v7(),
            fingerprint: vec![1; 16],
            case_id,
            occurred_on: day_in_paris(now),
            recorded_at: now,
            metadata: Metadata { actor: actor.into(), ..Metadata::default() },
        };
        let (journal, sealer) = (self.runtime.journal.clone(), self.runtime.sealer.clone());
        let mut store = JournalStore::<E>::new(journal, sealer, self.runtime.ids.clone(), stamp);
        store.append(stream, Expected::Any, facts).await.expect("appended");
    }

    /// Where the owner of the database connects, whom nothing stops.
    ///
    /// # Panics
    /// When the server was stopped.
    pub fn owner_url(&self) -> String {
        self.postgres.as_ref().expect("it runs").url("jalon")
    }

    /// Where the owner of the keys connects.
    ///
    /// # Panics
    /// When the server was stopped.
    pub fn keys_url(&self) -> String {
        self.postgres.as_ref().expect("it runs").url("jalon_keys")
    }

    /// What the owner of the database does, whom nothing stops.
    ///
    /// # Panics
    /// When it is not done.
    pub async fn as_owner(&self, sql: &str) {
        let url = self.postgres.as_ref().expect("it runs").url("jalon");
        pool(&url).get().await.expect("a connection").batch_execute(sql).await.expect("done");
    }

    /// A secret of that actor, good for a year.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn token(&self, actor: &Actor) -> String {
        let now = self.clock.now();
        self.runtime.tokens.issue(actor, false, now, now + (365 * 24).hours()).await.expect("a token")
    }

    /// The last position of the journal.
    ///
    /// # Panics
    /// When the journal cannot be read.
    pub async fn head(&self) -> i64 {
        self.runtime.journal.head().await.expect("a head")
    }

    /// Waits until the read models show everything that was stated.
    ///
    /// # Panics
    /// When they do not within thirty seconds.
    pub async fn up_to_date(&self) {
        let (head, end) = (self.head().await, tokio::time::Instant::now() + FOLLOW);
        for name in &self.names {
            self.runtime.positions.wait(name, head, end).await.expect("the read models follow");
        }
    }

    /// Stops the server, and leaves everything else.
    ///
    /// # Panics
    /// When it was stopped already.
    pub async fn stop_postgres(&mut self) {
        self.postgres.take().expect("it runs").stop().await.expect("it stops");
    }
}

async fn postgres(dir: &Path) -> Postgres {
    let tools =
        Tools::find(&crate::stack::project(), &Overrides::from_environment()).expect("make setup was run");
    let options = PostgresOptions {
        short_lived: true,
        shared_buffers_mb: 32,
        // Power cuts are not what these tests are about.
        settings: vec![("fsync".into(), "off".into())],
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(&tools, &dir.join("postgres"), &options).await.expect("Postgres starts");
    for database in ["jalon", "jalon_keys"] {
        postgres.create_database_if_missing(database).await.expect("a database");
    }
    postgres
}

/// All tables, twice: the second time changes nothing.
async fn migrate(service: &Service, main: &str, keys: &str) {
    let settings = Settings::from_url(main).expect("a URL");
    Journal::migrate(&settings).await.expect("the journal migrates");
    let mut client = settings.connect().await.expect("a connection");
    projections::migrate(&mut client).await.expect("read models migrate");
    service::offer::migrate(&mut client).await.expect("what services share migrates");
    Tokens::migrate(&mut client).await.expect("tokens migrate");
    if let Some(migrate) = service.migrate {
        migrate(&mut client).await.expect("its own tables migrate");
        migrate(&mut client).await.expect("again, nothing changes");
    }
    let keys = Settings::from_url(keys).expect("a URL");
    sealing::keys::migrate(&mut keys.connect().await.expect("a connection")).await.expect("keys migrate");
}

/// Installs the read models, and a role that may do what a service does: it owns nothing, and sees what it says it
/// reads for. Returns the same database, as that role.
async fn open(main: &str, projections: &[Arc<dyn AnyProjection>]) -> String {
    let owner = pool(main);
    for projection in projections {
        projections::install(&owner, &**projection).await.expect("a read model installs");
    }
    let client = owner.get().await.expect("a connection");
    client.batch_execute(ROLES).await.expect("roles");
    let own = "do $$ declare own text; begin
            for own in select nspname from pg_namespace where nspname !~ '^pg_'
                and nspname not in ('information_schema', 'journal', 'projections', 'read', 'public')
                and nspname !~ '_v[0-9]+_g[0-9]+$' loop
                execute format('grant usage on schema %1$I to jalon_serve', own);
                execute format('grant select, insert, update, delete on all tables in schema %1$I to jalon_serve', own);
                execute format('grant execute on all functions in schema %1$I to jalon_serve', own);
            end loop;
        end $$";
    client.batch_execute(own).await.expect("a role");
    let codes: Vec<i16> = contracts::all_aggregates().iter().map(|one| i16::from(one.code)).collect();
    client.execute("select journal.admit('jalon_serve', $1)", &[&codes]).await.expect("it may append");
    let names: Vec<&str> = projections.iter().map(|projection| projection.name()).collect();
    projections::admit(&client, "jalon_serve", &[]).await.expect("it may read read models");
    projections::admit(&client, "jalon_serve_machinery", &names).await.expect("it may write them");
    under(main, "jalon", "jalon_serve")
}

/// The same database, as another role.
fn under(url: &str, role: &str, other: &str) -> String {
    url.replacen(&format!("://{role}@"), &format!("://{other}@"), 1)
}

fn runtime(
    main: &str,
    keys: &str,
    config: Config,
    clock: ManualClock,
    rules: Vec<&'static Rule>,
    stores: Vec<Store>,
) -> Runtime {
    let keys = under(keys, "jalon", "jalon_keys_serve");
    let ring = KeyRing::new(pool(&keys), Kek::from_bytes([3; 32]), Arc::new(SystemRandomness));
    let log_id = sealing::log_id("jalon.example/journal/test");
    let pool = pool(main);
    let settings = Settings::from_url(main).expect("a URL");
    Runtime {
        journal: Journal::open(settings, QueueSettings::default()),
        sealer: Arc::new(Sealer::new(ring, log_id, Arc::new(SystemRandomness))),
        tokens: Tokens::new(pool.clone()),
        policies: Policies::load(None).expect("the policies"),
        positions: Positions::new(pool.clone()),
        pool,
        machinery: pool_with(&under(main, "jalon_serve", "jalon_serve_machinery"), projections::MACHINERY),
        clock: Arc::new(clock),
        ids: Arc::new(SystemIds),
        metrics: Metrics::new(),
        config,
        rules,
        stores,
        personal: Default::default(),
        time_moved: Arc::default(),
        shutdown: CancellationToken::new(),
    }
}

fn pool(url: &str) -> Pool {
    pool_with(url, "")
}

fn pool_with(url: &str, options: &str) -> Pool {
    let mut config: tokio_postgres::Config = url.parse().expect("a URL");
    config.options(options);
    let manager = Manager::new(config, NoTls);
    Pool::builder(manager).max_size(12).build().expect("a pool")
}
