//! What a digest counts: for each case, who spoke last, which answers are awaited, which days are to come.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::{Audience, Class, Recorded, events};
use jiff::civil::Date;
use projections::{
    Poison, Projection, Table, Transaction,
    document::{self, Document},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::{days_after, parse};

/// Its name.
pub const NAME: &str = "followed_cases";
/// How many days ahead are counted, the present one included.
const AHEAD: i32 = 7;

/// The read model.
#[derive(Debug)]
pub struct FollowedCases;

/// A case, as far as digests count it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    closed: bool,
    circle: BTreeSet<Uuid>,
    /// Position of the last fact each post stated; under the nil id, that of systems.
    last_by: BTreeMap<Uuid, i64>,
    /// Last day to answer of each sending that has no answer, silence included.
    awaited: BTreeMap<Uuid, Date>,
    /// Appointments to be held.
    appointments: BTreeMap<Uuid, Date>,
    /// Immersions, by their convention.
    immersions: BTreeMap<Uuid, Immersion>,
}

/// First and last day of an immersion, and whether everyone said yes to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Immersion {
    starts_on: Option<Date>,
    ends_on: Option<Date>,
    agreed: bool,
}

/// What a digest says of the cases of a post. Three numbers and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases about which others said something since the last digest.
    pub cases_changed: u32,
    /// Answers awaited beyond their last day.
    pub answers_overdue: u32,
    /// Dates of the coming seven days.
    pub to_come: u32,
    /// Whether any of it is new: a digest never repeats itself.
    pub news: bool,
}

/// Since when a post was told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Who is told.
    pub post: Uuid,
    /// Up to which position of the journal it knows.
    pub position: i64,
    /// The day it was last told.
    pub told_on: Date,
    /// The present day.
    pub today: Date,
}

impl Followed {
    /// Adds what this case has to say.
    pub fn count(&self, since: &Since, counts: &mut Counts) {
        let others = self.last_by.iter().filter(|(post, _)| **post != since.post);
        if others.map(|(_, position)| *position).max().unwrap_or(0) > since.position {
            counts.cases_changed += 1;
            counts.news = true;
        }
        if self.closed {
            return;
        }
        for last in self.awaited.values().filter(|last| **last < since.today) {
            counts.answers_overdue += 1;
            counts.news |= *last >= since.told_on;
        }
        let (tomorrow, end) = (days_after(since.today, 1), days_after(since.today, AHEAD));
        let agreed = self.immersions.values().filter(|immersion| immersion.agreed);
        let immersions =
            agreed.flat_map(|immersion| immersion.starts_on.into_iter().chain(immersion.ends_on));
        for day in self.appointments.values().copied().chain(immersions) {
            if since.today <= day && day < end {
                counts.to_come += 1;
                counts.news |= day <= tomorrow;
            }
        }
    }

    fn case(&mut self, event: &events::Case) {
        match event {
            events::Case::CircleMemberJoined(joined) => self.circle.extend(joined.post_id.parse::<Uuid>()),
            events::Case::CircleMemberLeft(left) => {
                self.circle.retain(|post| left.post_id.parse() != Ok(*post));
            }
            events::Case::CaseClosed(_) => self.closed = true,
            events::Case::CaseReopened(_) => self.closed = false,
            _ => {}
        }
    }

    fn appointment(&mut self, id: Uuid, event: &events::Appointment) {
        let day = match event {
            events::Appointment::AppointmentScheduled(scheduled) => parse(&scheduled.day),
            events::Appointment::AppointmentMoved(moved) => parse(&moved.day),
            _ => None,
        };
        match day {
            Some(day) => self.appointments.insert(id, day),
            None => self.appointments.remove(&id),
        };
    }

    fn prescription(&mut self, id: Uuid, event: &events::Prescription) {
        use events::Prescription as Is;
        match event {
            Is::PrescriptionSent(sent) => {
                self.awaited.extend(parse(&sent.answer_due_on).map(|day| (id, day)))
            }
            Is::PrescriptionOnHold(held) => {
                self.awaited.extend(parse(&held.answer_due_on).map(|day| (id, day)))
            }
            Is::PrescriptionAccepted(_)
            | Is::PrescriptionRefused(_)
            | Is::PrescriptionWithdrawn(_)
            | Is::PrescriptionLapsed(_)
            | Is::PrescriptionReopened(_) => drop(self.awaited.remove(&id)),
            _ => {}
        }
    }

    fn convention(&mut self, id: Uuid, event: &events::Convention) {
        use events::Convention as Is;
        let terms = match event {
            Is::ConventionDrafted(drafted) => drafted.terms.as_option(),
            Is::ConventionAmended(amended) => amended.terms.as_option(),
            Is::ConventionCorrected(corrected) => corrected.terms.as_option(),
            _ => None,
        };
        let immersion = self.immersions.entry(id).or_default();
        if let Some(terms) = terms {
            immersion.starts_on = parse(&terms.starts_on).or(immersion.starts_on);
            immersion.ends_on = parse(&terms.ends_on).or(immersion.ends_on);
        }
        match event {
            Is::ConventionAmended(_) => immersion.agreed = false,
            Is::ConventionFullySigned(_) | Is::ConventionValidated(_) => immersion.agreed = true,
            Is::ConventionRejected(_)
            | Is::ConventionCancelled(_)
            | Is::ConventionLapsed(_)
            | Is::ConventionRecognised(_)
            | Is::ImmersionInterrupted(_)
            | Is::ImmersionEnded(_)
            | Is::ImmersionReviewed(_) => immersion.agreed = false,
            _ => {}
        }
    }
}

/// Whether the circle can read something new in it: notes are their author’s.
fn is_news(fact: &Recorded) -> bool {
    let note = fact.kind.fields.iter().any(|field| Class::from_code(field.class) == Some(Class::Note));
    fact.kind.audience != Audience::Internal && !note
}

impl Projection for FollowedCases {
    type State = Document<Followed>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::hidden(NAME)] }
    }

    fn ddl(&self) -> &'static str {
        "create table followed_cases (key uuid primary key, body jsonb not null, position bigint not null,
             posts uuid[] not null default '{}');
         create index on followed_cases using gin (posts);"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::State>, tokio_postgres::Error> {
        document::load(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        let case = &mut state.body;
        match fact.kind.aggregate().name {
            "case" => case.case(&fact.trace()?),
            "appointment" => case.appointment(fact.stream_id, &fact.trace()?),
            "prescription" => case.prescription(fact.stream_id, &fact.trace()?),
            "convention" => case.convention(fact.stream_id, &fact.trace()?),
            _ => {}
        }
        if is_news(fact) {
            let by = fact.metadata()?.actor.post_id.parse().unwrap_or_default();
            case.last_by.insert(by, fact.position);
        }
        Ok(())
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        document::save(tx, NAME, states).await?;
        tx.execute(
            "update followed_cases set posts =
                 array(select post::uuid from jsonb_array_elements_text(body -> 'circle') as circle (post))
             where key = any($1)",
            &[&keys],
        )
        .await
        .map(drop)
    }
}
