//! What members of a platform do together: employers, the next meeting, the action plan, partnerships.

use std::collections::BTreeMap;

use access::Actor;
use contracts::EnumValue;
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Runtime};
use tokio_postgres::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards},
    paths,
};
use crate::views::together::{Action, Contact, Employer, Lead, Partnership, Thing};

const OF_KIND: &str = "
select key, body from read.together where owner_id = $1 and kind = $2 and key > $3 order by key limit $4";

/// The things of one kind that belong to a platform or a post, in the order of their ids, after one of
/// them, as far as they are that reader's to see.
///
/// # Errors
/// When the read model cannot be read.
pub async fn of_kind(
    runtime: &Runtime,
    actor: &Actor,
    (owner, kind): (Uuid, &str),
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<(Uuid, Thing)>, Problem> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let client = runtime.reader(actor).await?;
    let statement = client.prepare_cached(OF_KIND).await?;
    let rows = client.query(&statement, &[&owner, &kind, &after.unwrap_or_default(), &limit]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<Thing>>(1)?.0))).collect()
}

/// An employer, and what was done with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmployerLine {
    /// The organisation.
    pub organisation: Card,
    /// The post that speaks to it in the name of the platform.
    pub lead: Option<Lead>,
    /// How that post is called.
    pub lead_called: Option<String>,
    /// The last contacts, the latest first, without anyone’s name.
    pub contacts: Vec<Contact>,
    /// How many there were in all.
    pub contact_count: u32,
    /// When to come back.
    #[schema(value_type = Option<String>, format = Date)]
    pub next_contact_on: Option<Date>,
    /// Immersions that began there.
    pub immersions: usize,
    /// Contracts that began there.
    pub hires: usize,
    /// Offers that are open.
    pub open_offers: usize,
}

/// Contacts shown of one employer.
const CONTACTS: usize = 3;

/// The employers that a platform knows, in the order of their ids.
///
/// # Errors
/// When the read models cannot be read.
pub async fn employers(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
) -> Result<Vec<EmployerLine>, Problem> {
    let today = runtime.clock.today();
    let mut known: BTreeMap<Uuid, Employer> = BTreeMap::new();
    for (_, thing) in of_kind(runtime, actor, (platform, "employer"), None, usize::MAX).await? {
        if let Thing::Employer(one) = thing {
            known.insert(one.organisation_id, one);
        }
    }
    let mut counts: BTreeMap<Uuid, [usize; 3]> = known.keys().map(|id| (*id, [0; 3])).collect();
    for (_, path) in paths::of_platform(runtime, platform).await? {
        let began = path.immersions().filter(|(_, one)| one.span.from.is_some());
        for host in began.filter_map(|(_, one)| one.host_id) {
            counts.entry(host).or_default()[0] += 1;
        }
        for employer in path.employments.values().filter_map(|one| one.employer_id) {
            counts.entry(employer).or_default()[1] += 1;
        }
    }
    for (_, thing) in of_kind(runtime, actor, (platform, "offer"), None, usize::MAX).await? {
        if let Thing::Offer(offer) = thing
            && offer.is_open()
            && let Some(employer) = offer.employer_id
        {
            counts.entry(employer).or_default()[2] += 1;
        }
    }
    let leads = known.values().filter_map(|one| one.lead.map(|lead| lead.post_id));
    let ids: Vec<Uuid> = counts.keys().copied().chain(leads).collect();
    let cards = Cards::read(runtime, &ids).await?;
    let line = |(id, [immersions, hires, open_offers]): (Uuid, [usize; 3])| {
        let one = known.remove(&id).unwrap_or_default();
        let lead = one.lead.filter(|lead| lead.until.is_none_or(|until| until >= today));
        EmployerLine {
            organisation: cards.card(id),
            lead_called: lead.and_then(|lead| cards.post_called(lead.post_id)),
            lead,
            contacts: one.contacts.into_iter().take(CONTACTS).collect(),
            contact_count: one.contact_count,
            next_contact_on: one.next_contact_on,
            immersions,
            hires,
            open_offers,
        }
    };
    Ok(counts.into_iter().map(line).collect())
}

/// An action of the action plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionLine {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(flatten)]
    pub action: Action,
    /// The organisation that leads it.
    pub pilot: Option<Card>,
    /// Whether its day is past and it is not complete.
    pub overdue: bool,
}

/// A partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnershipLine {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(flatten)]
    pub partnership: Partnership,
    /// The organisation, when it is one in particular.
    pub organisation: Option<Card>,
}

/// The action plan of a platform, in the order of ids.
///
/// # Errors
/// When the read models cannot be read.
pub async fn actions(runtime: &Runtime, actor: &Actor, platform: Uuid) -> Result<Vec<ActionLine>, Problem> {
    let today = runtime.clock.today();
    let found = of_kind(runtime, actor, (platform, "action"), None, usize::MAX).await?;
    let found: Vec<(Uuid, Action)> = found
        .into_iter()
        .filter_map(|(id, thing)| match thing {
            Thing::Action(one) => Some((id, one)),
            _ => None,
        })
        .collect();
    let pilots: Vec<Uuid> = found.iter().filter_map(|(_, one)| one.pilot_organisation_id).collect();
    let cards = Cards::read(runtime, &pilots).await?;
    let line = |(id, action): (Uuid, Action)| ActionLine {
        id,
        pilot: action.pilot_organisation_id.map(|id| cards.card(id)),
        overdue: action.completed_on.is_none() && action.due_on.is_some_and(|due| due < today),
        action,
    };
    Ok(found.into_iter().map(line).collect())
}

/// The partnerships of a platform, in the order of ids.
///
/// # Errors
/// When the read models cannot be read.
pub async fn partnerships(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
) -> Result<Vec<PartnershipLine>, Problem> {
    let found = of_kind(runtime, actor, (platform, "partnership"), None, usize::MAX).await?;
    let found: Vec<(Uuid, Partnership)> = found
        .into_iter()
        .filter_map(|(id, thing)| match thing {
            Thing::Partnership(one) => Some((id, one)),
            _ => None,
        })
        .collect();
    let ids: Vec<Uuid> = found.iter().filter_map(|(_, one)| one.organisation_id).collect();
    let cards = Cards::read(runtime, &ids).await?;
    let line = |(id, mut partnership): (Uuid, Partnership)| {
        let organisation = partnership.organisation_id.map(|id| cards.card(id));
        if partnership.actor.to_i32() == 0 {
            partnership.actor = organisation.as_ref().map_or(EnumValue::default(), |card| card.kind);
        }
        PartnershipLine { id, organisation, partnership }
    };
    Ok(found.into_iter().map(line).collect())
}
