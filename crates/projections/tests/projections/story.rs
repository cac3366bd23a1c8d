//! A read model that shows every fault: the positions of the facts of each case, in the order in which
//! they were applied.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use contracts::Recorded;
use projections::{
    AnyProjection, Poison, Projection, Table, Transaction,
    document::{self, Document},
    erased,
};
use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Error, types::Json};
use uuid::Uuid;

use crate::facts::Says;

/// What a story cannot bear, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its fold refuses.
    Refuses,
    /// Its fold spoils the state, then panics.
    Panics,
    /// What it makes of it cannot be stored: a text with a zero character.
    Unstorable,
}

/// Shared with the test, which mends it.
pub type Faults = Arc<Mutex<HashMap<i64, Fault>>>;

pub struct Story {
    pub version: u32,
    pub faults: Faults,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub applied: Vec<i64>,
    note: String,
}

pub type Stories = BTreeMap<Uuid, Vec<i64>>;

pub fn story() -> (Arc<dyn AnyProjection>, Faults) {
    let faults = Faults::default();
    (erased(Story { version: 1, faults: faults.clone() }), faults)
}

pub fn flawless(version: u32) -> Arc<dyn AnyProjection> {
    erased(Story { version, faults: Faults::default() })
}

pub fn flaw(faults: &Faults, position: i64, fault: Fault) {
    faults.lock().unwrap().insert(position, fault);
}

pub fn mend(faults: &Faults) {
    faults.lock().unwrap().clear();
}

impl Projection for Story {
    type State = Document<Body>;

    fn name(&self) -> &'static str {
        "story"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn tables(&self) -> &'static [Table] {
        const FIRST: &[Table] = &[Table::of_case("story", "key")];
        const SECOND: &[Table] = &[Table::of_case("story", "key"), Table::of_case("story_length", "key")];
        if self.version == 1 { FIRST } else { SECOND }
    }

    fn ddl(&self) -> &'static str {
        if self.version == 1 {
            "create table story (key uuid primary key, body jsonb not null, position bigint not null)"
        } else {
            "create table story (first text default '', key uuid primary key, body jsonb not null, position bigint not null);
             create table story_length (key uuid primary key, length integer)"
        }
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| Says::of(fact) != Says::Reopened)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::State>, Error> {
        document::load(tx, "story", keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        let fault = self.faults.lock().unwrap().get(&fact.position).copied();
        match fault {
            Some(Fault::Refuses) => {
                state.body.applied.push(-1);
                return Err(Poison::new("refusé par l’essai"));
            }
            Some(Fault::Panics) => {
                state.body.applied.clear();
                panic!("as the test wants");
            }
            Some(Fault::Unstorable) => state.body.note.push('\0'),
            None => {}
        }
        state.body.applied.push(fact.position);
        state.position = fact.position;
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Self::State)>) -> Result<(), Error> {
        if self.version > 1 {
            let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
            let lengths: Vec<i32> =
                states.iter().map(|(_, state)| state.body.applied.len().try_into().unwrap()).collect();
            let upsert = "insert into story_length select * from unnest($1::uuid[], $2::int[]) \
                          on conflict (key) do update set length = excluded.length";
            tx.execute(upsert, &[&keys, &lengths]).await?;
        }
        document::save(tx, "story", states).await
    }
}

/// What readers see.
pub async fn seen(client: &Client) -> Stories {
    let rows = client.query("select key, body from read.story", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get::<_, Json<Body>>(1).0.applied)).collect()
}

/// What they should see once everything is applied.
pub fn told(facts: &[Recorded]) -> Stories {
    let mut stories = Stories::new();
    for fact in facts.iter().filter(|fact| Says::of(fact) != Says::Reopened) {
        stories.entry(fact.case_id.unwrap()).or_default().push(fact.position);
    }
    stories
}
