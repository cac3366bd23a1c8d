//! Who looked: the readings recorded, told in French.

use std::collections::HashMap;

use access::readings::{A_DAY, AN_HOUR};
use contracts::{
    EnumValue, WordEnum,
    buffa::Enumeration as _,
    case::v1::{PersonalClass, SharingPurpose},
    common::v1::Role,
    label_of,
};
use jiff::Timestamp;
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards, platforms_of},
    identity::{self, Someone},
};

/// A time someone looked at something of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Consultation {
    /// Its number.
    pub id: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who: their name, while they hold the post they read from. Not said to an auditor.
    pub name: Option<String>,
    /// The post they read from, and its organisation: « CIP, La Ressourcerie ».
    pub post: String,
    /// The post.
    pub post_id: Option<Uuid>,
    /// The organisation.
    pub organisation: Option<Card>,
    /// What they do.
    #[schema(value_type = String)]
    pub role: EnumValue<Role>,
    /// What they looked at, in a few words.
    pub looked_at: &'static str,
    /// The classes of data that were opened; `trace` when none was.
    pub classes: Vec<String>,
    /// Those, in French.
    pub classes_text: Vec<&'static str>,
    /// What for; empty when it was not said.
    pub purpose: String,
    /// That, in French.
    pub purpose_text: &'static str,
    /// Whether it was open by an emergency only.
    pub emergency: bool,
}

/// Whether that reader may know who looked, and by name: the social workers of the structure that hosts the person;
/// auditors, who learn no name.
///
/// # Errors
/// 403 when their role or their structure does not; 404 when there is no such case for them.
pub async fn may(runtime: &Runtime, reading: &Reading, case_id: Uuid) -> Result<bool, Problem> {
    const WHY: &str = "la liste des consultations se lit depuis un poste de référent social de la structure";
    let audits = reading.role == Role::AUDITEUR;
    let name = if audits { "audit.consultations.read" } else { "case.consultations.read" };
    runtime.policies.decide(reading, name, None)?;
    if !audits && reading.role != Role::REFERENT_SOCIAL {
        return Err(Problem::forbidden(WHY));
    }
    let seen = super::case(runtime, reading, case_id).await?;
    if !audits && reading.organisation_id != Some(seen.standing.structure_id) {
        return Err(Problem::forbidden(WHY));
    }
    Ok(!audits)
}

/// The readings of a case lie together in their index, whatever their number.
const OF_CASE: &str = "
with found as materialized (
    select id, at, professional_id, post_id, organisation_id, role, name, purpose, emergency, classes
    from access.reading where cases @> array[$1::uuid])
select * from found where id < $2 order by id desc limit $3";

/// Who looked at a person’s data, last first, before one of these times. Names are those of professionals: whoever is
/// shown them is given them by `reading`, and without one they are left out.
///
/// # Errors
/// When the readings, the read models or the keys cannot be read.
pub async fn of_case(
    runtime: &Runtime,
    reading: Option<&Reading>,
    case_id: Uuid,
    (before, limit): (Option<i64>, usize),
) -> Result<Vec<Consultation>, Problem> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(OF_CASE).await?;
    let rows = client.query(&statement, &[&case_id, &before.unwrap_or(i64::MAX), &limit]).await?;
    drop(client);
    let mut ids: Vec<Uuid> = Vec::new();
    for row in &rows {
        ids.extend(row.try_get::<_, Option<Uuid>>(3)?);
        ids.extend(row.try_get::<_, Option<Uuid>>(4)?);
    }
    let who = Who::read(runtime, reading, ids).await?;
    rows.iter().map(|row| consultation(row, &who)).collect()
}

fn consultation(row: &Row, who: &Who) -> Result<Consultation, Problem> {
    let (professional, post): (Option<Uuid>, Option<Uuid>) = (row.try_get(2)?, row.try_get(3)?);
    let organisation: Option<Uuid> = row.try_get(4)?;
    let role = role(row.try_get(5)?);
    let purpose: String = row.try_get(7)?;
    let mut classes: Vec<String> = row.try_get(9)?;
    // Whoever opens something looks at the facts too.
    classes.retain({
        let more = classes.len() > 1;
        move |class| !more || class != "trace"
    });
    Ok(Consultation {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        name: who.name(post, professional),
        post: who.post(post, organisation, role),
        post_id: post,
        organisation: organisation.map(|id| who.cards.card(id)),
        role,
        looked_at: looked_at(row.try_get(6)?),
        classes_text: classes.iter().map(|class| class_text(class)).collect(),
        classes,
        purpose_text: label_of(SharingPurpose::from_proto_name(&purpose).unwrap_or_default().into()),
        purpose,
        emergency: row.try_get(8)?,
    })
}

/// What a query or a page is, in a few words.
fn looked_at(name: &str) -> &'static str {
    match name {
        "case.read" | "/dossiers/{id}" => "le dossier",
        "timeline.read" => "les faits du dossier",
        "case.open" | "case.record-identity" => "la recherche d’un dossier déjà ouvert",
        "match.read" => "les offres qui pourraient convenir",
        _ if name.contains("consultations") || name.contains("readings") => "la liste de qui a consulté",
        _ if name.contains("export") => "une copie de tout ce qui est gardé",
        _ if name.contains("accord") || name.contains("agreement") || name.contains("sharing") => {
            "les accords"
        }
        _ if name.contains("search") || name.contains("recherche") => "une recherche",
        _ if name.contains("suivi") || name.starts_with("own.") => "le suivi de la personne",
        _ if name.starts_with("/dossiers/") || name.starts_with("case.") => "une page du dossier",
        _ => "une liste",
    }
}

/// A class of data, in French.
pub(crate) fn class_text(class: &str) -> &'static str {
    match class {
        "trace" => "rien de personnel : les faits sans détail",
        class => {
            let known = PersonalClass::TEXTS.iter().find(|(_, code, _)| code.eq_ignore_ascii_case(class));
            known.map_or("", |(_, _, text)| text)
        }
    }
}

fn role(word: &str) -> EnumValue<Role> {
    Role::from_proto_name(word).unwrap_or_default().into()
}

/// How readers are called.
struct Who {
    cards: Cards,
    names: HashMap<i64, Someone>,
}

impl Who {
    async fn read(runtime: &Runtime, reading: Option<&Reading>, mut ids: Vec<Uuid>) -> Result<Self, Problem> {
        ids.sort_unstable();
        ids.dedup();
        let cards = Cards::read(runtime, &ids).await?;
        let names = match reading {
            Some(reading) => {
                let positions: Vec<i64> =
                    ids.iter().filter_map(|id| cards.post(*id)?.holder_position).collect();
                identity::open(runtime, reading, &positions).await?
            }
            None => HashMap::new(),
        };
        Ok(Self { cards, names })
    }

    /// The name of whoever read, as long as they hold the post.
    fn name(&self, post: Option<Uuid>, professional: Option<Uuid>) -> Option<String> {
        let post = self.cards.post(post?).filter(|post| post.professional_id == professional)?;
        match self.names.get(&post.holder_position?)? {
            Someone::Professional(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn post(&self, post: Option<Uuid>, organisation: Option<Uuid>, role: EnumValue<Role>) -> String {
        post.and_then(|id| self.cards.post_called(id)).unwrap_or_else(|| match organisation {
            Some(id) => format!("{}, {}", label_of(role), self.cards.card(id).name),
            None => label_of(role).to_owned(),
        })
    }
}

/// How much someone reads.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Volume {
    /// The professional; for a machine, the post or the organisation its token is of.
    pub reader_id: Uuid,
    /// Their name, while they hold the post they last read from.
    pub name: Option<String>,
    /// The post they last read from, and its organisation.
    pub post: String,
    /// Different people opened in the last hour.
    pub people_hour: i64,
    /// In the last day.
    pub people_day: i64,
    /// In the last thirty days.
    pub people_month: i64,
    /// How many times, in the last thirty days.
    pub readings: i64,
}

/// A suspension.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suspension {
    /// Its id.
    pub id: Uuid,
    /// Whose access.
    pub reader_id: Uuid,
    /// Their name, while they hold the post they read from.
    pub name: Option<String>,
    /// The post they read from, and its organisation.
    pub post: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why, by its code: `VOLUME`, `HONEY`, or what an administrator said.
    pub reason: String,
    /// How many different people.
    pub people: i32,
    /// In how many hours.
    pub hours: i32,
    /// Until when; nothing while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub restored_at: Option<Timestamp>,
}

/// Who reads how much, and who reads no more. No person followed is named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Volumes {
    /// Different people that one professional may open in an hour.
    pub an_hour: i32,
    /// In a day.
    pub a_day: i32,
    /// The suspensions that last, then those that ended in the last thirty days.
    pub suspensions: Vec<Suspension>,
    /// Those who read most today first. To administrators only.
    pub items: Vec<Volume>,
}

const VOLUMES: &str = "
with seen as (
    select reader, id, at, post_id, organisation_id, role, professional_id, cases
    from access.reading where at > $1::timestamptz - interval '30 days' and reader is not null),
people as (
    select reader,
           count(distinct one) filter (where at > $1 - interval '1 hour') as hour,
           count(distinct one) filter (where at > $1 - interval '1 day') as day,
           count(distinct one) as month
    from seen, unnest(cases) as opened (one) group by reader),
last as (select distinct on (reader) reader, professional_id, post_id, organisation_id, role
         from seen order by reader, id desc)
select last.reader, last.professional_id, last.post_id, last.organisation_id, last.role,
       coalesce(hour, 0), coalesce(day, 0), coalesce(month, 0),
       (select count(*) from seen where seen.reader = last.reader)
from last left join people on people.reader = last.reader
order by 7 desc, 8 desc, 1 limit 200";

const SUSPENSIONS: &str = "
select reader, professional_id, post_id, organisation_id, role, id, at, reason, people, hours, restored_at
from access.suspension
where (restored_at is null or restored_at > $1::timestamptz - interval '30 days')
  and ($2::uuid[] is null or organisation_id = any ($2))
order by restored_at is not null, at desc limit 200";

/// Who reads how much, for administrators; the suspensions of a platform’s members, for those who animate it.
///
/// # Errors
/// 403 for every other role.
pub async fn volumes(runtime: &Runtime, reading: &Reading) -> Result<Volumes, Problem> {
    let administers = [Role::ADMINISTRATEUR, Role::DPO].contains(&reading.role);
    let name = if administers { "administration.read-consultations" } else { "platform.read-suspensions" };
    runtime.policies.decide(reading, name, None)?;
    if !administers && reading.role != Role::ANIMATEUR_PLATEFORME {
        return Err(Problem::forbidden("les volumes de lecture se lisent depuis un poste d’administrateur"));
    }
    let members: Option<Vec<Uuid>> = if administers {
        None
    } else {
        let platforms = platforms_of(runtime, reading.organisation_id).await?;
        Some(platforms.into_iter().flat_map(|(_, one)| one.members.into_keys()).collect())
    };
    let now = runtime.clock.now();
    let client = runtime.pool.get().await?;
    let suspended = client.query(SUSPENSIONS, &[&now, &members]).await?;
    let read = if administers { client.query(VOLUMES, &[&now]).await? } else { Vec::new() };
    drop(client);
    let mut ids: Vec<Uuid> = Vec::new();
    for row in suspended.iter().chain(&read) {
        ids.extend(row.try_get::<_, Option<Uuid>>(2)?);
        ids.extend(row.try_get::<_, Option<Uuid>>(3)?);
    }
    let who = Who::read(runtime, Some(reading), ids).await?;
    let suspensions = suspended.iter().map(|row| {
        let (reader_id, name, post) = called(row, &who)?;
        Ok::<_, Problem>(Suspension {
            reader_id,
            name,
            post,
            id: row.try_get(5)?,
            at: row.try_get(6)?,
            reason: row.try_get(7)?,
            people: row.try_get(8)?,
            hours: row.try_get(9)?,
            restored_at: row.try_get(10)?,
        })
    });
    let items = read.iter().map(|row| {
        let (reader_id, name, post) = called(row, &who)?;
        let count = |index: usize| row.try_get(index);
        Ok::<_, Problem>(Volume {
            reader_id,
            name,
            post,
            people_hour: count(5)?,
            people_day: count(6)?,
            people_month: count(7)?,
            readings: count(8)?,
        })
    });
    Ok(Volumes {
        an_hour: AN_HOUR,
        a_day: A_DAY,
        suspensions: suspensions.collect::<Result<_, _>>()?,
        items: items.collect::<Result<_, _>>()?,
    })
}

/// Whose row it is: reader, name, post.
fn called(row: &Row, who: &Who) -> Result<(Uuid, Option<String>, String), Problem> {
    let (professional, post): (Option<Uuid>, Option<Uuid>) = (row.try_get(1)?, row.try_get(2)?);
    let role = role(row.try_get(4)?);
    Ok((row.try_get(0)?, who.name(post, professional), who.post(post, row.try_get(3)?, role)))
}
