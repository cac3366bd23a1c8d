//! `directory`: the organisations, the posts in them and the platforms, one document each. Names of
//! professionals are personal: a post only says where in the journal its holder's name is.

use std::collections::{BTreeMap, HashMap};

use contracts::{
    EnumValue, Recorded,
    common::v1::{OrganisationKind, Role},
    events,
};
use jiff::civil::Date;
use projections::{Poison, Projection, Table, Transaction, document};
use serde::{Deserialize, Serialize};
use tokio_postgres::{
    Error,
    types::{Json, Type},
};
use uuid::Uuid;
use vocabulary::dates::parse;

pub use situation::prompts::Mandate;

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Directory;

/// Its name, also its table's.
pub const NAME: &str = "directory";

const DDL: &str = "
create table directory (
    key  uuid primary key,
    kind text not null,
    body jsonb not null
);
create index on directory (kind, key);
";

const SAVE: &str = "
insert into directory select * from unnest($1::uuid[], $2::text[], $3::jsonb[])
on conflict (key) do update set kind = excluded.kind, body = excluded.body";

/// What the directory knows under one id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Entry {
    /// An organisation.
    Organisation(Organisation),
    /// A post.
    Post(Post),
    /// A plateforme emploi.
    Platform(Platform),
    /// Nothing yet.
    Unknown,
}

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: EnumValue<OrganisationKind>,
    /// Its SIRET, when known.
    pub siret: String,
    /// Its town.
    pub town: String,
    /// The mandates by which it prescribes in the name of others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mandates: BTreeMap<Uuid, Mandate>,
}

/// A post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Post {
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// What it does.
    pub role: EnumValue<Role>,
    /// How the organisation calls it.
    pub title: String,
    /// Who holds it; nobody when it is vacant.
    pub professional_id: Option<Uuid>,
    /// Position of the fact that gives the holder's name.
    pub holder_position: Option<i64>,
    /// Since when it is held.
    pub since: Option<Date>,
    /// The days on which someone took it up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Date>,
    /// The days on which someone left it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vacated: Vec<Date>,
}

/// A platform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// The territory it serves.
    pub territory: String,
    /// The organisation that leads it.
    pub lead_organisation_id: Option<Uuid>,
    /// Its members, and since when.
    pub members: BTreeMap<Uuid, Option<Date>>,
}

impl Entry {
    /// The word of its kind, a column of its table.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Organisation(_) => "organisation",
            Self::Post(_) => "post",
            Self::Platform(_) => "platform",
            Self::Unknown => "unknown",
        }
    }
}

impl Projection for Directory {
    type State = Entry;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::open(NAME)] }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        ["organisation", "post", "platform"].contains(&fact.kind.aggregate().name).then_some(fact.stream_id)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Entry>, Error> {
        document::load_bodies(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Entry {
        Entry::Unknown
    }

    fn fold(&self, entry: &mut Entry, fact: &Recorded) -> Result<(), Poison> {
        match fact.kind.aggregate().name {
            "organisation" => organisation(entry, fact.trace()?),
            "post" => post(entry, fact.trace()?, fact.position),
            "platform" => platform(entry, fact.trace()?),
            _ => {}
        }
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Entry)>) -> Result<(), Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let kinds: Vec<_> = states.iter().map(|(_, entry)| entry.kind()).collect();
        let bodies: Vec<_> = states.iter().map(|(_, entry)| Json(entry)).collect();
        let types = (Type::UUID_ARRAY, Type::TEXT_ARRAY, Type::JSONB_ARRAY);
        tx.execute_last(SAVE, &[(&keys, types.0), (&kinds, types.1), (&bodies, types.2)]).await.map(drop)
    }
}

fn organisation(entry: &mut Entry, fact: events::Organisation) {
    match fact {
        events::Organisation::OrganisationRegistered(registered) => {
            *entry = Entry::Organisation(Organisation {
                name: registered.name,
                kind: registered.kind,
                siret: registered.siret,
                town: registered.town,
                mandates: BTreeMap::new(),
            });
        }
        events::Organisation::OrganisationUpdated(updated) => {
            if let Entry::Organisation(known) = entry {
                said(&mut known.name, updated.name);
                said(&mut known.siret, updated.siret);
                said(&mut known.town, updated.town);
            }
        }
        other => {
            if let Entry::Organisation(known) = entry {
                mandate(known, other);
            }
        }
    }
}

fn mandate(known: &mut Organisation, fact: events::Organisation) {
    match fact {
        events::Organisation::MandateGranted(granted) => {
            let mandate = Mandate {
                by: granted.by_organisation_id.parse().ok(),
                from: parse(&granted.from_day),
                until: parse(&granted.until_day),
            };
            known.mandates.extend(granted.mandate_id.parse().ok().map(|id: Uuid| (id, mandate)));
        }
        events::Organisation::MandateEnded(ended) => {
            let mandate = ended.mandate_id.parse().ok().and_then(|id: Uuid| known.mandates.get_mut(&id));
            if let Some(mandate) = mandate {
                mandate.until = parse(&ended.ended_on);
            }
        }
        _ => {}
    }
}

/// What is said replaces what was; what is not said stays.
fn said(known: &mut String, new: String) {
    if !new.is_empty() {
        *known = new;
    }
}

fn post(entry: &mut Entry, fact: events::Post, position: i64) {
    if let events::Post::PostOpened(opened) = &fact {
        *entry = Entry::Post(Post {
            organisation_id: opened.organisation_id.parse().ok(),
            role: opened.role,
            title: opened.title.clone(),
            ..Post::default()
        });
    }
    let Entry::Post(post) = entry else { return };
    match fact {
        events::Post::PostFilled(filled) => {
            post.professional_id = filled.professional_id.parse().ok();
            post.holder_position = Some(position);
            post.since = parse(&filled.since);
            post.filled.extend(post.since);
        }
        events::Post::PostVacated(vacated) => {
            post.vacated.extend(parse(&vacated.until));
            post.professional_id = None;
            post.holder_position = None;
            post.since = None;
        }
        _ => {}
    }
}

fn platform(entry: &mut Entry, fact: events::Platform) {
    if let events::Platform::PlatformOpened(opened) = &fact {
        let lead = opened.lead_organisation_id.parse().ok();
        *entry = Entry::Platform(Platform {
            name: opened.name.clone(),
            territory: opened.territory.clone(),
            lead_organisation_id: lead,
            members: lead.map(|lead| (lead, None)).into_iter().collect(),
        });
    }
    let Entry::Platform(platform) = entry else { return };
    match fact {
        events::Platform::MemberJoined(joined) => {
            let since = parse(&joined.since);
            platform.members.extend(joined.organisation_id.parse().ok().map(|id: Uuid| (id, since)));
        }
        events::Platform::MemberLeft(left) => {
            platform.members.retain(|id, _| left.organisation_id.parse() != Ok(*id));
        }
        _ => {}
    }
}
