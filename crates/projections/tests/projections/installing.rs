//! The first generation of a read model, and where all of them stand.

use std::collections::HashMap;

use contracts::Recorded;
use projections::{
    Installed, Poison, Projection, ProjectionError, Table, Transaction, erased, install, remove_others,
    status,
};
use tokio_postgres::Error;
use uuid::Uuid;

use crate::{
    database::Database,
    facts::{
        Says::{Joined, Reopened},
        Writer, case,
    },
    story::{Fault, flaw, flawless, seen, story},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_start_together_install_once() {
    let database = Database::new().await;
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let (pool, story) = (database.pool("starting"), flawless(1));
            tokio::spawn(async move {
                projections::migrate(&mut pool.get().await.unwrap()).await.unwrap();
                install(&pool, &*story).await.unwrap()
            })
        })
        .collect();
    let mut created = 0;
    for start in starting {
        created += usize::from(start.await.unwrap() == Installed::Created);
    }
    assert_eq!(created, 1);
    assert!(seen(&database.client().await).await.is_empty());
    let other = install(&database.pool, &*flawless(2)).await.unwrap();
    assert_eq!(other, Installed::Other { active: 1 });
}

/// A model of that name with that table, that nothing concerns.
struct Bare(&'static str, &'static [Table]);

impl Projection for Bare {
    type State = ();

    fn name(&self) -> &'static str {
        self.0
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        self.1
    }

    fn ddl(&self) -> &'static str {
        "create table story (key uuid primary key)"
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_takes_neither_the_table_of_another_nor_a_name_that_is_not_plain() {
    let database = Database::new().await;
    install(&database.pool, &*flawless(1)).await.unwrap();
    let taken = install(&database.pool, &*erased(Bare("thief", const { &[Table::open("story")] }))).await;
    assert!(matches!(taken, Err(ProjectionError::TableTaken { table: "story", owner }) if owner == "story"));
    for name in ["Story", "1story", "", "story;drop", "sto ry", "é"] {
        let refused = install(&database.pool, &*erased(Bare(name, &[]))).await;
        assert!(matches!(refused, Err(ProjectionError::Name(found)) if found == name));
    }
    for table in
        const { [Table::open("story\""), Table::of_case("story", "key\""), Table::of("story", "a.b")] }
    {
        let table: &'static [Table] = Box::leak(Box::new([table]));
        let refused = install(&database.pool, &*erased(Bare("plain", table))).await;
        assert!(matches!(refused, Err(ProjectionError::Name(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_each_model_stands_is_counted_in_facts() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    install(&database.pool, &*erased(Bare("idle", &[]))).await.unwrap();
    flaw(&faults, 2, Fault::Refuses);
    let mut writer = Writer::new(&database.journal);
    writer.say(case(1), &[Joined, Joined, Joined, Reopened]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    running.stop().await;
    writer.say(case(1), &[Joined]).await;
    let standing = status(&database.client().await).await.unwrap();
    let standing: Vec<_> = standing
        .iter()
        .map(|s| (s.name.as_str(), s.version, s.generation, s.active, s.position, s.lag_facts, s.parked))
        .collect();
    assert_eq!(standing, [("idle", 1, 1, true, 0, 5, 0), ("story", 1, 1, true, 4, 1, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_held_goes_with_it_and_its_table_may_be_another_s() {
    let database = Database::new().await;
    let (story, faults) = story();
    install(&database.pool, &*story).await.unwrap();
    install(&database.pool, &*erased(Bare("idle", &[]))).await.unwrap();
    flaw(&faults, 2, Fault::Refuses);
    let mut writer = Writer::new(&database.journal);
    writer.say(case(1), &[Joined, Joined]).await;
    let running = database.run(&story);
    database.caught_up("story").await;
    let mut client = database.client().await;
    assert_eq!(remove_others(&mut client, &["idle", "to_come"]).await.unwrap(), ["story"]);
    // A program of the release before still runs.
    writer.say(case(2), &[Joined]).await;
    running.stop().await;
    let kept = "select (select count(*) from projections.parked), count(*) from pg_namespace \
                where nspname like 'story%'";
    let kept = client.query_one(kept, &[]).await.unwrap();
    assert_eq!((kept.get::<_, i64>(0), kept.get::<_, i64>(1)), (0, 0));
    let standing = status(&client).await.unwrap();
    assert_eq!(standing.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["idle"]);
    let heir =
        install(&database.pool, &*erased(Bare("heir", const { &[Table::open("story")] }))).await.unwrap();
    assert_eq!(heir, Installed::Created);
    assert!(remove_others(&mut client, &["idle", "heir"]).await.unwrap().is_empty());
    // The release before comes back: its model begins again, under a number of its own.
    remove_others(&mut client, &["story"]).await.unwrap();
    assert_eq!(install(&database.pool, &*story).await.unwrap(), Installed::Created);
    assert_eq!(status(&client).await.unwrap()[0].generation, 2);
}
