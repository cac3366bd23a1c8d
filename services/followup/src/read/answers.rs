//! Awaited answers: every clock of a platform, by age or by addressee, and how each organisation answers.

use std::collections::BTreeMap;

use access::Actor;
use contracts::{Class, EnumValue, label_of, prescription::v1::PrescriptionKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::days_between;

use super::{
    board::{self, Asked, Standing, Whose},
    cards::{Card, Cards},
    paths,
};
use crate::{
    indicators::SMALLEST,
    veil::telling_of,
    views::{
        milestones::Outcome,
        status::{Prescription, PrescriptionState, Status},
    },
};

/// Which answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of that kind of prescription.
    pub kind: Option<PrescriptionKind>,
    /// From that organisation.
    pub addressee: Option<Uuid>,
    /// That are late, or that are not.
    pub overdue: Option<bool>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Those that were sent first, first.
    #[default]
    Age,
    /// By addressee, then by age.
    Addressee,
}

/// An answer that is awaited.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Awaited {
    /// The prescription.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// The person’s name for those of their circle, a pseudonym for the others.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
    /// What was sent.
    #[schema(value_type = String)]
    pub kind: EnumValue<PrescriptionKind>,
    /// That, in French.
    pub kind_text: &'static str,
    /// Where it stands.
    pub state: PrescriptionState,
    /// Who answers.
    pub addressee: Option<Card>,
    /// When it was sent.
    #[schema(value_type = Option<String>, format = Date)]
    pub sent_on: Option<Date>,
    /// Last day an answer is awaited.
    #[schema(value_type = Option<String>, format = Date)]
    pub answer_due_on: Option<Date>,
    /// Days since it was sent.
    pub age_days: i32,
    /// Whether that day is past.
    pub overdue: bool,
    /// How many times the addressee was reminded.
    pub reminders: u32,
}

/// Where a page of answers ends: addressee, day, prescription.
pub type Key = (Option<Uuid>, Option<Date>, Uuid);

struct Found {
    id: Uuid,
    place: usize,
    one: Prescription,
}

impl Found {
    fn key(&self, order: Order) -> Key {
        let addressee = self.one.addressee_id.filter(|_| order == Order::Addressee);
        (addressee, self.one.sent_on, self.id)
    }
}

/// A page of the answers awaited on a platform that was found to be the reader's to see.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    platform: Uuid,
    (filter, order): (Filter, Order),
    (after, limit): (Option<Key>, usize),
) -> Result<Vec<(Key, Awaited)>, Problem> {
    let today = runtime.clock.today();
    let cases = open_cases(runtime, reading, platform).await?;
    let mut found: Vec<Found> = Vec::new();
    for (place, (_, status)) in cases.iter().enumerate() {
        let awaited = status.prescriptions.iter().filter(|(_, one)| is_sought(one, filter, today));
        found.extend(awaited.map(|(id, one)| Found { id: *id, place, one: one.clone() }));
    }
    found.sort_by_key(|one| one.key(order));
    found.retain(|one| after.is_none_or(|after| one.key(order) > after));
    found.truncate(limit);
    let shown: Vec<(Uuid, Status)> = found.iter().map(|one| cases[one.place].clone()).collect();
    let addressees: Vec<Uuid> = found.iter().filter_map(|one| one.one.addressee_id).collect();
    let (called, cards) =
        tokio::try_join!(board::called(runtime, reading, &shown), Cards::read(runtime, &addressees))?;
    let rows = found.into_iter().zip(called).map(|(found, called)| {
        let key = found.key(order);
        let Found { id, one, .. } = found;
        let awaited = Awaited {
            id,
            case_id: called.id,
            called: called.called,
            named: called.named,
            kind: one.kind,
            kind_text: label_of(one.kind),
            state: one.state,
            addressee: one.addressee_id.map(|id| cards.card(id)),
            sent_on: one.sent_on,
            answer_due_on: one.answer_due_on,
            age_days: one.sent_on.map_or(0, |sent| days_between(sent, today)),
            overdue: is_overdue(&one, today),
            reminders: one.reminders,
        };
        (key, awaited)
    });
    Ok(rows.collect())
}

/// The open cases that a platform shares, as far as they are that reader's to see.
///
/// # Errors
/// When the read model cannot be read.
pub async fn open_cases(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
) -> Result<Vec<(Uuid, Status)>, Problem> {
    let asked = Asked {
        whose: Whose::Platform(platform),
        standing: Standing::Open,
        structure: None,
        before: None,
        limit: usize::MAX,
    };
    board::statuses(runtime, actor, asked).await
}

fn is_overdue(one: &Prescription, today: Date) -> bool {
    one.answer_due_on.is_some_and(|due| due < today)
}

fn is_sought(one: &Prescription, filter: Filter, today: Date) -> bool {
    one.state.is_awaiting()
        && filter.kind.is_none_or(|kind| one.kind == kind)
        && filter.addressee.is_none_or(|addressee| one.addressee_id == Some(addressee))
        && filter.overdue.is_none_or(|overdue| is_overdue(one, today) == overdue)
}

/// How an organisation answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rates {
    /// The organisation.
    pub organisation: Card,
    /// How many sendings await its answer.
    pub awaiting: usize,
    /// How many sendings it answered, or could have.
    pub sent: usize,
    /// How many it answered; nothing under five sendings.
    pub answered: Option<usize>,
    /// The share of them, in percents; nothing under five sendings.
    pub response_percent: Option<usize>,
    /// The share of yes among its answers, in percents; nothing under five sendings, or without an answer.
    pub acceptance_percent: Option<usize>,
}

/// How each organisation answers what is sent from a platform, those that keep most people waiting first.
///
/// # Errors
/// When the read models cannot be read.
pub async fn rates(runtime: &Runtime, platform: Uuid) -> Result<Vec<Rates>, Problem> {
    let today = runtime.clock.today();
    let paths = paths::of_platform(runtime, platform).await?;
    let mut counts: BTreeMap<Uuid, [usize; 4]> = BTreeMap::new();
    for one in paths.iter().flat_map(|(_, path)| &path.sendings) {
        let Some(addressee) = one.addressee_id else { continue };
        let [awaiting, sent, answered, accepted] = counts.entry(addressee).or_default();
        *awaiting += usize::from(one.outcome.is_none());
        *sent += usize::from(one.is_counted(today));
        *answered += usize::from(one.is_answered());
        *accepted += usize::from(one.outcome == Some(Outcome::Accepted));
    }
    let ids: Vec<Uuid> = counts.keys().copied().collect();
    let (cards, telling) = tokio::try_join!(Cards::read(runtime, &ids), telling_of(runtime, &ids))?;
    // Beside a list where it is hidden, an organisation that betrays health or justice is told by many sendings only.
    let betrays = |id: &Uuid| matches!(telling.get(id), Some(Class::Health | Class::Judicial));
    counts.retain(|id, [_, sent, ..]| *sent >= SMALLEST || !betrays(id));
    let mut rates: Vec<Rates> = counts
        .into_iter()
        .map(|(id, [awaiting, sent, answered, accepted])| {
            let known = sent >= SMALLEST;
            let share = |part: usize, whole: usize| (known && whole > 0).then(|| part * 100 / whole);
            Rates {
                organisation: cards.card(id),
                awaiting,
                sent,
                answered: known.then_some(answered),
                response_percent: share(answered, sent),
                acceptance_percent: share(accepted, answered),
            }
        })
        .collect();
    rates.sort_by(|one, other| {
        (other.awaiting, other.sent, &one.organisation.name).cmp(&(
            one.awaiting,
            one.sent,
            &other.organisation.name,
        ))
    });
    Ok(rates)
}
