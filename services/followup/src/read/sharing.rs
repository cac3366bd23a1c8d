//! Who reads what of a person today, and what they agreed to, as the journal and the policies tell it: never late,
//! and never otherwise than what is really open.

use std::collections::HashSet;

use access::Actor;
use contracts::{
    Class, EnumValue, Recorded,
    case::v1::{AgreementForm, PersonalClass, SharingPurpose},
    common::v1::{OrganisationKind, Role},
    events,
};
use jiff::civil::Date;
use serde::Serialize;
use service::{CaseStanding, Problem, Runtime, employs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{
    cards::{Card, Cards},
    case::Case,
};

/// An agreement of the person, whatever became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = KeptAgreement)]
pub struct Agreement {
    /// Its id.
    pub id: Uuid,
    /// Whom it is given to.
    pub organisation: Card,
    /// What it opens.
    #[schema(value_type = Vec<String>)]
    pub classes: Vec<EnumValue<PersonalClass>>,
    /// For what.
    #[schema(value_type = Vec<String>)]
    pub purposes: Vec<EnumValue<SharingPurpose>>,
    /// How the person said yes.
    #[schema(value_type = String)]
    pub form: EnumValue<AgreementForm>,
    /// The day they did.
    #[schema(value_type = Option<String>, format = Date)]
    pub given_on: Option<Date>,
    /// First day it holds.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Last day it holds, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// The post that wrote it down.
    pub by_post: Option<Uuid>,
    /// Where it stands today.
    pub standing: Standing,
    /// The day it was taken back, when it was.
    #[schema(value_type = Option<String>, format = Date)]
    pub withdrawn_on: Option<Date>,
}

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AgreementStanding)]
pub enum Standing {
    /// It holds.
    Holds,
    /// It will.
    ToCome,
    /// The person took it back.
    Withdrawn,
    /// Its last day passed.
    Over,
}

/// What was agreed and who reads, of a case that was found to be the reader’s to see.
///
/// # Errors
/// When the journal or the read models cannot be read.
pub async fn of(runtime: &Runtime, case: &Case) -> Result<(Vec<Agreement>, Vec<Reader>), Problem> {
    let facts = runtime.journal.stream(case.id, 1).await?;
    let circle = case.seen.standing.circle.keys().copied();
    let ids: Vec<Uuid> = named(&facts).into_iter().chain(circle).collect();
    let cards = Cards::read(runtime, &ids).await?;
    let agreements = agreements(&facts, case.today, &cards);
    let readers = readers(runtime, &case.seen.standing, &agreements, &cards).await?;
    Ok((agreements, readers))
}

/// The agreements of a case: those that hold first, then the last given.
fn agreements(facts: &[Recorded], today: Date, cards: &Cards) -> Vec<Agreement> {
    let mut all: Vec<Agreement> = Vec::new();
    for fact in facts {
        match fact.trace::<events::Case>() {
            Ok(events::Case::AgreementGiven(given)) => {
                let (from, until) = (parse(&given.from_day), parse(&given.until_day));
                let standing = match (from, until) {
                    (_, Some(until)) if until < today => Standing::Over,
                    (Some(from), _) if from > today => Standing::ToCome,
                    _ => Standing::Holds,
                };
                let author = fact.metadata().ok().and_then(|metadata| metadata.actor.post_id.parse().ok());
                all.push(Agreement {
                    id: given.agreement_id.parse().unwrap_or_default(),
                    organisation: cards.card(given.organisation_id.parse().unwrap_or_default()),
                    classes: given.classes,
                    purposes: given.purposes,
                    form: given.form,
                    given_on: parse(&given.given_on),
                    from,
                    until,
                    by_post: author,
                    standing,
                    withdrawn_on: None,
                });
            }
            Ok(events::Case::AgreementWithdrawn(gone)) => {
                let known = all.iter_mut().find(|one| gone.agreement_id.parse() == Ok(one.id));
                if let Some(one) = known {
                    (one.standing, one.withdrawn_on) = (Standing::Withdrawn, parse(&gone.withdrawn_on));
                }
            }
            _ => {}
        }
    }
    all.sort_by_key(|one| (one.standing, std::cmp::Reverse(one.given_on)));
    all
}

/// The organisations that agreements name, to be looked up before they are told.
fn named(facts: &[Recorded]) -> Vec<Uuid> {
    let named = facts.iter().filter_map(|fact| match fact.trace::<events::Case>() {
        Ok(events::Case::AgreementGiven(given)) => given.organisation_id.parse().ok(),
        _ => None,
    });
    named.collect()
}

/// Someone who may read today.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CaseReader)]
pub struct Reader {
    /// The post, when it is one of the circle; the whole organisation otherwise.
    pub post_id: Option<Uuid>,
    /// How the post is called.
    pub title: String,
    /// Its organisation.
    pub organisation: Option<Card>,
    /// The personal classes that are open to them.
    pub classes: Vec<&'static str>,
    /// Until when the person’s agreement opens them, when only an agreement does.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// Whom a case is open to today, as the policies decide: those of the circle, then the organisations the person
/// agreed with. Whoever shows a second factor when it is asked for.
async fn readers(
    runtime: &Runtime,
    standing: &CaseStanding,
    agreements: &[Agreement],
    cards: &Cards,
) -> Result<Vec<Reader>, Problem> {
    let mut readers = Vec::new();
    let mut circle: Vec<(&Uuid, &Role)> = standing.circle.iter().collect();
    circle.sort_by_key(|(post, _)| **post);
    for (post_id, role) in circle {
        let post = cards.post(*post_id);
        let role = post.and_then(|post| post.role.as_known()).unwrap_or(*role);
        let organisation_id = post.and_then(|post| post.organisation_id);
        let actor = someone(role, Some(*post_id), organisation_id);
        let title = post.map(|post| post.title.clone()).filter(|title| !title.is_empty());
        readers.push(Reader {
            post_id: Some(*post_id),
            title: title.unwrap_or_else(|| contracts::label_of(EnumValue::from(role)).to_owned()),
            organisation: organisation_id.map(|id| cards.card(id)),
            classes: classes(runtime, standing, &actor).await?,
            until: None,
        });
    }
    let mut known: Vec<Uuid> = readers.iter().filter_map(|one| Some(one.organisation.as_ref()?.id)).collect();
    for one in agreements.iter().filter(|one| one.standing == Standing::Holds) {
        if known.contains(&one.organisation.id) {
            continue;
        }
        known.push(one.organisation.id);
        let held: Vec<&Agreement> = agreements
            .iter()
            .filter(|other| other.standing == Standing::Holds && other.organisation.id == one.organisation.id)
            .collect();
        readers.push(Reader {
            post_id: None,
            title: String::new(),
            organisation: Some(one.organisation.clone()),
            classes: agreed(runtime, standing, &held).await?,
            until: held.iter().filter_map(|other| other.until).max(),
        });
    }
    Ok(readers)
}

/// What those of an organisation do around a person, most often.
fn usual_role(kind: EnumValue<OrganisationKind>) -> Role {
    if employs(kind.as_known().unwrap_or_default()) { Role::EMPLOYEUR_SIAE } else { Role::CONSEILLER }
}

fn someone(role: Role, post_id: Option<Uuid>, organisation_id: Option<Uuid>) -> Actor {
    Actor { role, post_id, organisation_id, second_factor: true, system: None, ..Actor::system("") }
}

async fn classes(
    runtime: &Runtime,
    standing: &CaseStanding,
    actor: &Actor,
) -> Result<Vec<&'static str>, Problem> {
    let view = runtime.view(actor, Some(standing), runtime.clock.now()).await?;
    Ok(runtime.policies.classes(actor, &view).into_iter().map(Class::name).collect())
}

/// What these agreements with one organisation open to it, whichever of their purposes it reads for.
async fn agreed(
    runtime: &Runtime,
    standing: &CaseStanding,
    held: &[&Agreement],
) -> Result<Vec<&'static str>, Problem> {
    let Some(one) = held.first() else { return Ok(Vec::new()) };
    let actor = someone(usual_role(one.organisation.kind), None, Some(one.organisation.id));
    let view = runtime.view(&actor, Some(standing), runtime.clock.now()).await?;
    let purposes = held.iter().flat_map(|agreement| &agreement.purposes);
    let purposes: HashSet<SharingPurpose> = purposes.filter_map(EnumValue::as_known).collect();
    let reads = |purpose| runtime.policies.classes(&Actor { purpose: Some(purpose), ..actor.clone() }, &view);
    let open: HashSet<&str> = purposes.into_iter().flat_map(reads).map(Class::name).collect();
    Ok(Class::PERSONAL.into_iter().map(Class::name).filter(|class| open.contains(class)).collect())
}

/// A class of data, as people call it.
pub fn called(class: &str) -> &'static str {
    match class {
        "identity" => "votre nom, votre date de naissance, votre téléphone",
        "project" => "vos envies, vos compétences, votre travail",
        "social" => "votre situation : famille, logement, papiers, argent",
        "health" => "votre santé",
        "judicial" => "vos obligations d’horaires et de lieu",
        _ => "les notes de travail",
    }
}
