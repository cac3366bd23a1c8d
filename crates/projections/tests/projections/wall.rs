//! What Postgres itself shows of the rows about people, to a role that is not above its rules.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use contracts::Recorded;
use deadpool_postgres::Pool;
use projections::{
    EMPLOYED, MACHINERY, Poison, Projection, Table, Transaction, admit, erased, install, rebuild,
};
use tokio_postgres::{Error, error::SqlState};
use uuid::Uuid;

use crate::{
    database::Database,
    facts::{Says::Joined, Writer, case},
    story::flawless,
};

const POST: Uuid = Uuid::from_u128(0x9057);
const ORGANISATION: Uuid = Uuid::from_u128(0x0496);
const PLATFORM: Uuid = Uuid::from_u128(0x91a7);

/// What the functions of the wall read, filled by hand.
struct Readership;

impl Projection for Readership {
    type State = ();

    fn name(&self) -> &'static str {
        "readership"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of("readership", "reader_id"), Table::open("platform_members")] }
    }

    fn ddl(&self) -> &'static str {
        "create table readership (case_id uuid, reader_id uuid, since timestamptz, until timestamptz);
         create table platform_members (platform_id uuid, organisation_id uuid)"
    }

    fn key(&self, _fact: &Recorded) -> Option<Uuid> {
        None
    }

    async fn load(&self, _tx: &Transaction<'_>, _keys: &[Uuid]) -> Result<HashMap<Uuid, ()>, Error> {
        Ok(HashMap::new())
    }

    fn fresh(&self, _key: Uuid) {}

    fn fold(&self, _state: &mut (), _fact: &Recorded) -> Result<(), Poison> {
        Ok(())
    }

    async fn save(&self, _tx: &Transaction<'_>, _states: Vec<(Uuid, ())>) -> Result<(), Error> {
        Ok(())
    }
}

/// A role that is above nothing, and a model of three people: one around whom the post is, one whom the platform
/// of the organisation shares, one nobody knows.
struct Ground {
    database: Database,
    role: String,
}

impl Ground {
    async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let database = Database::new().await;
        let role = format!("Unité {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let client = database.client().await;
        employ(&client, &role).await;
        install(&database.pool, &*erased(Readership)).await.unwrap();
        // Admitted between two installations: what exists is opened to it, and what comes.
        admit(&client, &role, &["story"]).await.unwrap();
        admit(&client, &serving(&role), &[]).await.unwrap();
        client.batch_execute(&format!("grant usage on schema journal to \"{role}\"; grant select on all tables in schema journal to \"{role}\"")).await.unwrap();
        install(&database.pool, &*flawless(1)).await.unwrap();
        let mut writer = Writer::new(&database.journal);
        for number in 1..=3 {
            writer.say(case(number), &[Joined]).await;
        }
        let fill = "insert into read.readership values ($1, $2, null, null), ($3, $4, null, null)";
        client.execute(fill, &[&case(1), &POST, &case(2), &PLATFORM]).await.unwrap();
        let fill = "insert into read.platform_members values ($1, $2)";
        client.execute(fill, &[&PLATFORM, &ORGANISATION]).await.unwrap();
        let running = database.run(&flawless(1));
        database.caught_up("story").await;
        running.stop().await;
        Self { database, role }
    }

    /// One connection of what serves, given again and again.
    fn pool(&self) -> Pool {
        self.database.pool_of(&serving(&self.role), 1)
    }

    /// One of what keeps the read models up to date.
    fn working(&self) -> Pool {
        self.database.pool_of(&self.role, 1)
    }
}

/// The role that serves beside that one.
fn serving(role: &str) -> String {
    format!("{role} au guichet")
}

/// Makes a role that keeps read models up to date, and one that serves beside it.
async fn employ(client: &tokio_postgres::Client, role: &str) {
    let roles = format!(
        "do $$ begin
             if not exists (select from pg_roles where rolname = '{EMPLOYED}') then
                 create role {EMPLOYED} nologin;
             end if;
         exception when duplicate_object or unique_violation then null; end $$;
         create role \"{role}\" login in role {EMPLOYED};
         create role \"{}\" login",
        serving(role)
    );
    client.batch_execute(&roles).await.unwrap();
}

/// What that transaction shows, in order.
async fn seen(tx: &tokio_postgres::Transaction<'_>) -> Vec<Uuid> {
    let rows = tx.query("select key from read.story order by key", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What that reader sees at an instant.
async fn seen_by(pool: &Pool, reader: &str, ids: &[Uuid], now: &str) -> Vec<Uuid> {
    let mut client = pool.get().await.unwrap();
    let tx = client.transaction().await.unwrap();
    let say = "select projections.read_as($1, $2, nullif($3::text, '')::timestamptz)";
    tx.query_one(say, &[&reader, &ids, &now]).await.unwrap();
    seen(&tx).await
}

async fn nobody(pool: &Pool) -> Vec<Uuid> {
    let mut client = pool.get().await.unwrap();
    seen(&client.transaction().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_the_people_they_are_around_and_who_says_nothing_sees_nobody() {
    let ground = Ground::new().await;
    let pool = ground.pool();
    assert!(nobody(&pool).await.is_empty());
    assert_eq!(seen_by(&pool, "person", &[POST], "").await, [case(1)]);
    assert_eq!(seen_by(&pool, "person", &[ORGANISATION], "").await, [case(2)], "by the platform");
    assert_eq!(seen_by(&pool, "person", &[POST, ORGANISATION], "").await, [case(1), case(2)]);
    assert!(seen_by(&pool, "person", &[], "").await.is_empty());
    assert!(seen_by(&pool, "person", &[Uuid::nil(), case(3)], "").await.is_empty());
    assert!(seen_by(&pool, "", &[ORGANISATION, POST], "").await.len() == 2, "the ids alone decide");
    assert!(nobody(&pool).await.is_empty(), "nothing of it is left on the connection");
    let working = ground.working();
    for all in ["auditor", "system"] {
        assert_eq!(seen_by(&working, all, &[], "").await, [case(1), case(2), case(3)]);
    }
    assert!(seen_by(&working, "person", &[POST], "").await.is_empty(), "it reads for nobody");
    assert!(nobody(&working).await.is_empty(), "nothing of it is left on the connection");
    // What is no id opens nothing either.
    let mut client = pool.get().await.unwrap();
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("set local jalon.readers = 'tous'").await.unwrap();
    let refused = tx.query("select key from read.story", &[]).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INVALID_TEXT_REPRESENTATION));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_begins_and_ends_is_seen_from_its_first_instant_until_its_last() {
    let ground = Ground::new().await;
    let (pool, client) = (ground.pool(), ground.database.client().await);
    let spans = "update read.readership set since = '2026-03-01T00:00:00Z', until = '2026-03-02T00:00:00Z'";
    client.batch_execute(spans).await.unwrap();
    let at = async |now: &str| seen_by(&pool, "person", &[POST], now).await.len();
    assert_eq!(at("2026-02-28T23:59:59.999Z").await, 0);
    assert_eq!(at("2026-03-01T00:00:00Z").await, 1);
    assert_eq!(at("2026-03-01T23:59:59.999999Z").await, 1);
    assert_eq!(at("2026-03-02T00:00:00Z").await, 0);
    assert_eq!(at("").await, 0, "the database's own time, when nothing is said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_short_leaves_nothing_to_whoever_comes_next() {
    let ground = Ground::new().await;
    let pool = ground.working();
    // Dropped in the middle of a statement.
    {
        let mut client = pool.get().await.unwrap();
        let tx = client.transaction().await.unwrap();
        tx.batch_execute("set local jalon.reader = 'system'").await.unwrap();
        let slow = tx.batch_execute("select pg_sleep(0.3) from read.story");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), slow).await.is_err());
    }
    assert!(nobody(&pool).await.is_empty());
    // A task that panics with the transaction open.
    let task = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut client = pool.get().await.unwrap();
            let tx = client.transaction().await.unwrap();
            tx.batch_execute("set local jalon.reader = 'system'").await.unwrap();
            assert_eq!(seen(&tx).await.len(), 0, "it panics here");
        }
    });
    assert!(task.await.unwrap_err().is_panic());
    assert!(nobody(&pool).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_keeps_the_wall_its_new_tables_have_it_and_the_role_keeps_its_rights() {
    let ground = Ground::new().await;
    let (database, pool) = (&ground.database, ground.pool());
    for model in [flawless(1), flawless(2)] {
        rebuild(&database.pool, &database.journal, &*model, |_| {}).await.unwrap();
        assert!(nobody(&pool).await.is_empty());
        assert_eq!(seen_by(&pool, "person", &[POST], "").await, [case(1)]);
        // The role keeps the model up to date, as the runner of its service.
        Writer::new(&database.journal).say(Uuid::now_v7(), &[Joined]).await;
        let runner = projections::Runner::new(
            database.pool_of(&ground.role, 4),
            database.journal.clone(),
            projections::JournalSource::new(database.journal.clone()),
            vec![model],
            telemetry::Metrics::new(),
            |_, _| {},
        );
        let cancel = tokio_util::sync::CancellationToken::new();
        let running = tokio::spawn(runner.run(cancel.clone()));
        database.caught_up("story").await;
        cancel.cancel();
        running.await.unwrap();
    }
    let mut client = pool.get().await.unwrap();
    let tx = client.transaction().await.unwrap();
    assert!(tx.query("select key from read.story_length", &[]).await.unwrap().is_empty());
    let open = tx.query("select from read.platform_members", &[]).await.unwrap();
    assert_eq!(open.len(), 1, "a table about nobody has no wall");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_of_an_earlier_release_is_built_when_its_model_is_installed_again() {
    let ground = Ground::new().await;
    let (database, pool) = (&ground.database, ground.pool());
    let client = database.client().await;
    let earlier = "drop policy wall on story_v1_g1.story;
                   alter table story_v1_g1.story disable row level security, no force row level security;
                   alter view read.story reset (security_invoker)";
    client.batch_execute(earlier).await.unwrap();
    assert_eq!(nobody(&pool).await.len(), 3);
    install(&database.pool, &*flawless(1)).await.unwrap();
    assert!(nobody(&pool).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_owner_nor_a_connection_that_says_nothing_is_above_it() {
    let ground = Ground::new().await;
    let (client, pool) = (ground.database.client().await, ground.working());
    let own = format!(
        "grant create on schema story_v1_g1 to \"{0}\"; alter table story_v1_g1.story owner to \"{0}\"",
        ground.role
    );
    client.batch_execute(&own).await.unwrap();
    assert!(nobody(&pool).await.is_empty());
    // Nor does it write, beside what keeps the model up to date.
    let one = pool.get().await.unwrap();
    let write =
        one.execute("insert into story_v1_g1.story values ($1, '{}', 1)", &[&case(9)]).await.unwrap_err();
    assert_eq!(write.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    assert_eq!(one.execute("update story_v1_g1.story set position = 0", &[]).await.unwrap(), 0);
    assert_eq!(one.execute("delete from story_v1_g1.story", &[]).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_writes_the_models_of_its_service_and_no_other() {
    let ground = Ground::new().await;
    let mut client = ground.working().get().await.unwrap();
    for (write, allowed) in [
        ("update projections.checkpoint set updated_at = now() where name = 'story'", true),
        ("delete from story_v1_g1.story where position = 0", true),
        ("delete from readership_v1_g1.readership", false),
        ("insert into projections.role values ('x', '{}')", false),
        ("insert into projections.checkpoint values ('x', 1, 1)", false),
        ("drop policy wall on story_v1_g1.story", false),
        ("alter table story_v1_g1.story no force row level security", false),
        ("truncate story_v1_g1.story", false),
        ("create table read.mine (id int)", false),
    ] {
        let tx = client.transaction().await.unwrap();
        tx.batch_execute("set local jalon.reader = 'system'").await.unwrap();
        let written = tx.batch_execute(write).await;
        let refused = written.as_ref().err().and_then(Error::code) == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
        assert_eq!((written.is_ok(), refused), (allowed, !allowed), "{write}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_of_the_machinery_sees_all_as_long_as_it_lives() {
    let ground = Ground::new().await;
    let mut config = ground.database.config_of(&ground.role);
    config.options(MACHINERY);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..2 {
        assert_eq!(client.query("select key from read.story", &[]).await.unwrap().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_serves_sees_nobody_more_whatever_it_says_of_itself_and_freezes_nothing() {
    let ground = Ground::new().await;
    let pool = ground.pool();
    for all in ["auditor", "system"] {
        assert!(seen_by(&pool, all, &[], "").await.is_empty(), "{all}");
    }
    assert_eq!(seen_by(&pool, "person", &[POST], "").await, [case(1)], "it reads for whom it says");
    let mut config = ground.database.config_of(&serving(&ground.role));
    config.options(MACHINERY);
    let (lifted, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    assert!(lifted.query("select key from read.story", &[]).await.unwrap().is_empty());
    for write in [
        "update projections.checkpoint set position = 1000 where name = 'readership'",
        "insert into projections.parked values ('story', 1, 1, gen_random_uuid(), 'x', 'skipped')",
        "delete from story_v1_g1.story",
        "set session authorization jalon",
    ] {
        let refused = lifted.batch_execute(write).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{write}");
    }
    // Nor does what keeps one model say how far another is.
    let one = ground.working().get().await.unwrap();
    let other = "update projections.checkpoint set position = 1000 where name = 'readership'";
    assert_eq!(one.execute(other, &[]).await.unwrap(), 0);
    let park =
        "insert into projections.parked values ('readership', 1, 1, gen_random_uuid(), 'x', 'skipped')";
    let refused = one.batch_execute(park).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
}
