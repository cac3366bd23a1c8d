//! `together`: what the members of a platform do together, and what is handed over with a post. One
//! document each, found by the platform or the post it belongs to.

use std::collections::HashMap;

use contracts::Recorded;
use projections::{Poison, Projection, Table, Transaction, document};
use serde::{Deserialize, Serialize};
use tokio_postgres::{
    Error,
    types::{Json, Type},
};
use uuid::Uuid;

mod employers;
mod plans;

pub use employers::{Contact, Employer, Lead, Offer, OfferState};
pub use plans::{
    Action, Decision, Gathering, Handover, HandoverLine, Meeting, Partnership, Progress, Settled, Step,
};

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Together;

/// Its name, also its table's.
pub const NAME: &str = "together";

const DDL: &str = "
create table together (
    key      uuid primary key,
    kind     text not null,
    owner_id uuid not null,
    body     json not null
);
create index on together (owner_id, kind, key);
";

const SAVE: &str = "
insert into together select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::json[])
on conflict (key) do update set kind = excluded.kind, owner_id = excluded.owner_id, body = excluded.body";

/// One of these things.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Thing {
    /// An employer, as a platform knows it.
    Employer(Employer),
    /// An offer.
    Offer(Offer),
    /// A gathering.
    Gathering(Gathering),
    /// A meeting.
    Meeting(Meeting),
    /// An action of the action plan.
    Action(Action),
    /// A partnership.
    Partnership(Partnership),
    /// What is handed over with a post.
    Handover(Handover),
    /// Nothing yet.
    #[default]
    Unknown,
}

impl Thing {
    /// The word of its kind, a column of its table.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Employer(_) => "employer",
            Self::Offer(_) => "offer",
            Self::Gathering(_) => "gathering",
            Self::Meeting(_) => "meeting",
            Self::Action(_) => "action",
            Self::Partnership(_) => "partnership",
            Self::Handover(_) => "handover",
            Self::Unknown => "unknown",
        }
    }

    /// The platform or the post it belongs to.
    pub fn owner_id(&self) -> Uuid {
        match self {
            Self::Employer(one) => one.platform_id,
            Self::Offer(one) => one.platform_id,
            Self::Gathering(one) => one.platform_id,
            Self::Meeting(one) => one.platform_id,
            Self::Action(one) => one.platform_id,
            Self::Partnership(one) => one.platform_id,
            Self::Handover(one) => one.post_id,
            Self::Unknown => Uuid::nil(),
        }
    }
}

/// The aggregates it is folded from.
const AGGREGATES: &[&str] =
    &["employer", "offer", "gathering", "meeting", "action", "partnership", "handover"];

impl Projection for Together {
    type State = Thing;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of(NAME, "owner_id")] }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        AGGREGATES.contains(&fact.kind.aggregate().name).then_some(fact.stream_id)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Thing>, Error> {
        document::load_bodies(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Thing {
        Thing::Unknown
    }

    fn fold(&self, thing: &mut Thing, fact: &Recorded) -> Result<(), Poison> {
        match fact.kind.aggregate().name {
            "employer" => employers::employer(thing, fact.trace()?),
            "offer" => employers::offer(thing, fact.trace()?),
            "gathering" => plans::gathering(thing, fact.trace()?),
            "meeting" => plans::meeting(thing, fact.trace()?),
            "action" => plans::action(thing, fact.trace()?),
            "partnership" => plans::partnership(thing, fact.trace()?),
            "handover" => plans::handover(thing, fact.trace()?, fact.position),
            _ => {}
        }
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Thing)>) -> Result<(), Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let kinds: Vec<_> = states.iter().map(|(_, thing)| thing.kind()).collect();
        let owners: Vec<_> = states.iter().map(|(_, thing)| thing.owner_id()).collect();
        let bodies: Vec<_> = states.iter().map(|(_, thing)| Json(thing)).collect();
        tx.execute_last(
            SAVE,
            &[
                (&keys, Type::UUID_ARRAY),
                (&kinds, Type::TEXT_ARRAY),
                (&owners, Type::UUID_ARRAY),
                (&bodies, Type::JSON_ARRAY),
            ],
        )
        .await
        .map(drop)
    }
}

/// A state of that kind, made when there is none yet.
macro_rules! known {
    ($thing:ident, $kind:ident) => {{
        if !matches!($thing, Thing::$kind(_)) {
            *$thing = Thing::$kind(Default::default());
        }
        let Thing::$kind(one) = $thing else { return };
        one
    }};
}
use known;
