//! What hangs on a post: what its holder leaves, and whoever comes next takes over.

use std::collections::{HashMap, HashSet};

use access::Actor;
use contracts::common::v1::Role;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{
    board::{self, Asked, Called, Standing, Whose},
    cards::{Card, Cards, platforms_of},
    identity::{self, Someone},
    together,
};
use crate::{
    facets::{What, next_dates},
    french::{self, Names},
    prompts::prompts_for,
    views::{
        status::Status,
        together::{Handover, HandoverLine, Thing},
    },
};

/// What an open item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Something that waits.
    Waiting,
    /// An answer that is awaited.
    AwaitedAnswer,
    /// An appointment.
    Appointment,
    /// A date that comes.
    NextDate,
    /// An agreement to share.
    Agreement,
    /// A local service mobilised.
    Resource,
    /// An employer.
    Employer,
    /// A person who is followed.
    Case,
}

impl ItemKind {
    /// In French.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Waiting => "à faire",
            Self::AwaitedAnswer => "réponse attendue",
            Self::Appointment => "rendez-vous",
            Self::NextDate => "prochaine date",
            Self::Agreement => "accord de partage",
            Self::Resource => "solution mobilisée",
            Self::Employer => "employeur",
            Self::Case => "personne suivie",
        }
    }
}

/// Something that hangs on a post.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenItem {
    /// What it is.
    pub kind: ItemKind,
    /// The case; nothing when it is about an employer.
    pub case_id: Option<Uuid>,
    /// The person’s name for those of their circle, a pseudonym for the others; the employer’s.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
    /// What it is about.
    pub about: Option<Uuid>,
    /// Its day.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Whether that day is past.
    pub passed: bool,
    /// In French.
    pub text: String,
}

/// Where a page of open items ends: kind, day, case, what it is about.
pub type Key = (u8, Option<Date>, Uuid, Option<Uuid>);

impl OpenItem {
    /// Its place.
    pub fn key(&self) -> Key {
        (self.kind as u8, self.on, self.case_id.unwrap_or_default(), self.about)
    }
}

/// The post, as its page shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostCard {
    /// Its id.
    pub id: Uuid,
    /// How it is called.
    pub called: String,
    /// Its organisation.
    pub organisation: Option<Card>,
    /// Who holds it; nobody when it is vacant.
    pub holder: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
}

/// The handover of a post that was proposed last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandoverView {
    /// Its id.
    pub id: Uuid,
    /// When it was proposed.
    #[schema(value_type = Option<String>, format = Date)]
    pub proposed_on: Option<Date>,
    /// When the last of it was taken over.
    #[schema(value_type = Option<String>, format = Date)]
    pub completed_on: Option<Date>,
    /// How many things were taken over.
    pub accepted: usize,
    /// What is handed over.
    pub items: Vec<HandoverLine>,
}

/// The post, for that reader: its holder, a colleague of the same organisation, or who animates a platform
/// of which that organisation is a member.
///
/// # Errors
/// 403 when their role reads no case; 404 when there is no such post, or it is none of theirs.
pub async fn post(runtime: &Runtime, reading: &Reading, id: Uuid) -> Result<PostCard, Problem> {
    super::may(runtime, reading)?;
    let unknown = || Problem::not_found("ce poste");
    let cards = Cards::read(runtime, &[id]).await?;
    let post = cards.post(id).ok_or_else(unknown)?;
    let own = reading.post_id == Some(id);
    let colleague = post.organisation_id.is_some() && post.organisation_id == reading.organisation_id;
    if !own && !colleague && !animates(runtime, reading, post.organisation_id).await? {
        return Err(unknown());
    }
    let position: Vec<i64> = post.holder_position.into_iter().collect();
    let holder = identity::open(runtime, reading, &position).await?.into_values().find_map(|who| match who {
        Someone::Professional(name) => Some(name),
        _ => None,
    });
    Ok(PostCard {
        id,
        called: cards.post_called(id).unwrap_or_default(),
        organisation: post.organisation_id.map(|id| cards.card(id)),
        holder,
        since: post.since,
    })
}

async fn animates(runtime: &Runtime, actor: &Actor, organisation: Option<Uuid>) -> Result<bool, Problem> {
    if actor.role != Role::ANIMATEUR_PLATEFORME {
        return Ok(false);
    }
    let shared = platforms_of(runtime, organisation).await?;
    Ok(shared.iter().any(|(_, one)| actor.organisation_id.is_some_and(|own| one.members.contains_key(&own))))
}

/// What hangs on a post is read as the post itself would: it was found to be the reader's to see.
fn as_post(reading: &Reading, post: Uuid) -> Actor {
    Actor { post_id: Some(post), ..reading.actor().clone() }
}

/// A page of what hangs on that post, found to be the reader's to see.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    post: Uuid,
    kind: Option<ItemKind>,
    (after, limit): (Option<Key>, usize),
) -> Result<Vec<OpenItem>, Problem> {
    let asked = Asked {
        whose: Whose::Post(post),
        standing: Standing::All,
        structure: None,
        before: None,
        limit: usize::MAX,
    };
    let as_post = as_post(reading, post);
    let cases = board::statuses(runtime, &as_post, asked).await?;
    let mut ids: Vec<Uuid> = cases.iter().flat_map(|(_, status)| status.organisations()).collect();
    ids.extend(
        cases.iter().flat_map(|(_, status)| status.appointments.values().filter_map(|one| one.post_id)),
    );
    ids.sort_unstable();
    ids.dedup();
    let names = Cards::read(runtime, &ids).await?.names();
    let today = runtime.clock.today();
    let each = cases.iter().flat_map(|(id, status)| items((*id, status), post, &names, today));
    let each = each.chain(employers(runtime, &as_post, post, today).await?);
    let mut items: Vec<OpenItem> = each.filter(|item| kind.is_none_or(|kind| item.kind == kind)).collect();
    items.sort_by_key(OpenItem::key);
    items.retain(|item| after.is_none_or(|after| item.key() > after));
    items.truncate(limit);
    let shown: HashSet<Uuid> = items.iter().filter_map(|item| item.case_id).collect();
    let mut cases = cases;
    cases.retain(|(id, _)| shown.contains(id));
    let called = board::called(runtime, reading, &cases).await?;
    let called: HashMap<Uuid, Called> = called.into_iter().map(|one| (one.id, one)).collect();
    for item in &mut items {
        if let Some(one) = item.case_id.and_then(|id| called.get(&id)) {
            (item.called, item.named) = (one.called.clone(), one.named);
        }
    }
    Ok(items)
}

/// What hangs on a post by one case; names come last, for those that are shown.
fn items((case_id, status): (Uuid, &Status), post: Uuid, names: &Names, today: Date) -> Vec<OpenItem> {
    let item = |kind, about: Option<Uuid>, on: Option<Date>, text: String| OpenItem {
        kind,
        case_id: Some(case_id),
        called: String::new(),
        named: false,
        about,
        on,
        passed: on.is_some_and(|on| on < today),
        text,
    };
    let about = |id: Option<Uuid>| {
        let text = id.map(|id| french::about(status, id, names)).unwrap_or_default();
        if text.is_empty() { text } else { format!(" : {text}") }
    };
    let waits = prompts_for(status, post, today).into_iter().map(|prompt| {
        let text = format!("{}{}", prompt.what.text(), about(prompt.about));
        item(ItemKind::Waiting, prompt.about, Some(prompt.on), text)
    });
    let mut items: Vec<OpenItem> = waits.collect();
    if !status.open {
        return items;
    }
    let structure = names.get(&status.structure_id).cloned().unwrap_or_default();
    items.push(item(ItemKind::Case, None, status.opened_on, structure));
    for date in next_dates(status, today) {
        let kind = match date.what {
            What::AnswerDue => ItemKind::AwaitedAnswer,
            What::Appointment => ItemKind::Appointment,
            What::AgreementEnds => continue,
            _ => ItemKind::NextDate,
        };
        let text = match kind {
            ItemKind::Appointment => with(status, date.about, names),
            _ => about(date.about),
        };
        items.push(item(kind, date.about, Some(date.on), format!("{}{text}", date.what.text())));
    }
    for (id, agreement) in &status.agreements {
        let to = agreement.organisation_id.and_then(|id| names.get(&id));
        let to = to.map_or("une organisation", String::as_str);
        items.push(item(ItemKind::Agreement, Some(*id), agreement.until, format!("accord donné à {to}")));
    }
    for (id, resource) in status.resources.iter().filter(|(_, one)| one.ended_on.is_none()) {
        let since = resource.mobilised_on.map(|day| format!(" depuis le {}", in_french(day)));
        let text = format!("solution mobilisée{}", since.unwrap_or_default());
        items.push(item(ItemKind::Resource, Some(*id), None, text));
    }
    items
}

/// What that post promised employers.
async fn employers(
    runtime: &Runtime,
    actor: &Actor,
    post: Uuid,
    today: Date,
) -> Result<Vec<OpenItem>, Problem> {
    let mut found: Vec<(Uuid, Date, &str)> = Vec::new();
    for (platform, _) in platforms_of(runtime, actor.organisation_id).await? {
        for (_, thing) in together::of_kind(runtime, actor, (platform, "employer"), None, usize::MAX).await? {
            let Thing::Employer(one) = thing else { continue };
            let lead = one.lead.filter(|lead| lead.post_id == post);
            let until = lead.and_then(|lead| lead.until).filter(|last| *last >= today);
            found.extend(
                until.map(|last| (one.organisation_id, last, "référent de l’employeur, jusqu’à ce jour")),
            );
            let caller = one.contacts.first().and_then(|last| last.post_id);
            let next = one.next_contact_on.filter(|_| caller == Some(post));
            found.extend(next.map(|next| (one.organisation_id, next, "employeur à recontacter")));
        }
    }
    let ids: Vec<Uuid> = found.iter().map(|(id, ..)| *id).collect();
    let cards = Cards::read(runtime, &ids).await?;
    let items = found.into_iter().map(|(id, on, text)| OpenItem {
        kind: ItemKind::Employer,
        case_id: None,
        called: cards.card(id).name,
        named: false,
        about: Some(id),
        on: Some(on),
        passed: on < today,
        text: text.to_owned(),
    });
    Ok(items.collect())
}

fn with(status: &Status, id: Option<Uuid>, names: &Names) -> String {
    let one = id.and_then(|id| status.appointments.get(&id));
    let whom = one.and_then(|one| {
        names.get(&one.post_id.unwrap_or_default()).or_else(|| names.get(&one.organisation_id?))
    });
    whom.map(|whom| format!(" avec {whom}")).unwrap_or_default()
}

/// The handover of that post, found to be the reader's to see, that was proposed last.
///
/// # Errors
/// When the read model cannot be read.
pub async fn handover(
    runtime: &Runtime,
    reading: &Reading,
    post: Uuid,
) -> Result<Option<HandoverView>, Problem> {
    let all =
        together::of_kind(runtime, &as_post(reading, post), (post, "handover"), None, usize::MAX).await?;
    let all = all.into_iter().filter_map(|(id, thing)| match thing {
        Thing::Handover(one) => Some((id, one)),
        _ => None,
    });
    // A later list holds all that was still open of those before it.
    let last = all.max_by_key(|(_, one): &(Uuid, Handover)| one.proposed_at);
    Ok(last.map(|(id, one)| HandoverView {
        id,
        proposed_on: one.proposed_on,
        completed_on: one.completed_on,
        accepted: one.items.iter().filter(|item| item.accepted_on.is_some()).count(),
        items: one.items,
    }))
}
