//! The same immersion, typed here and told by another tool, in whichever order: as soon as a person has one of
//! each with a day in common, Jalon looks whether they are one.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Recorded;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::dates;

use crate::domain::{ConventionKind, Event, Terms, commands::LookForSame};

/// The agenda of immersions that may be told twice.
#[derive(Debug)]
pub struct SameImmersions;

/// The PMSMP of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    conventions: BTreeMap<Uuid, One>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct One {
    from_outside: bool,
    /// Refused, cancelled, lapsed.
    closed: bool,
    starts_on: Option<Date>,
    ends_on: Option<Date>,
    host_id: Option<Uuid>,
    same_as: Option<Uuid>,
    apart: BTreeSet<Uuid>,
    /// The last fact that said something of its days or its host, and its instant.
    position: i64,
    at: Timestamp,
}

impl One {
    fn told(&mut self, terms: Option<&Terms>, fact: &Recorded) {
        if let Some(terms) = terms {
            self.starts_on = dates::parse(&terms.starts_on).or(self.starts_on);
            self.ends_on = dates::parse(&terms.ends_on).or(self.ends_on);
        }
        (self.position, self.at) = (fact.position, fact.recorded_at);
    }

    /// Whether the two may be one, as far as traces tell.
    fn may_be(&self, id: Uuid, other: &Self) -> bool {
        let overlap = |own: &Self, other: &Self| Some(own.starts_on? <= other.ends_on?);
        let days = overlap(self, other) == Some(true) && overlap(other, self) == Some(true);
        let hosts = self.host_id.zip(other.host_id).is_none_or(|(own, other)| own == other);
        days && hosts && other.from_outside && !other.closed && !self.apart.contains(&id)
    }
}

impl Agenda for SameImmersions {
    type State = State;
    const NAME: &'static str = "same_immersions";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "convention")
    }

    fn fold(state: &mut State, fact: &Recorded) -> Result<(), String> {
        let event: Event = fact.trace().map_err(|error| error.to_string())?;
        if let Event::ConventionDrafted(drafted) = &event {
            if drafted.kind == ConventionKind::PMSMP {
                let mut one = One { host_id: drafted.host_id.parse().ok(), ..One::default() };
                one.told(drafted.terms.as_option(), fact);
                state.conventions.insert(fact.stream_id, one);
            }
            return Ok(());
        }
        let Some(one) = state.conventions.get_mut(&fact.stream_id) else { return Ok(()) };
        match event {
            Event::ConventionAmended(amended) => {
                one.closed = false;
                one.told(amended.terms.as_option(), fact);
            }
            Event::ConventionCorrected(corrected) => one.told(corrected.terms.as_option(), fact),
            Event::ConventionRejected(_) | Event::ConventionCancelled(_) | Event::ConventionLapsed(_) => {
                one.closed = true;
            }
            Event::ConventionValidated(_) => one.closed = false,
            Event::NotificationReceived(_) => one.from_outside = true,
            Event::ConventionRecognised(same) => one.same_as = same.same_as_convention_id.parse().ok(),
            Event::ConventionToldApart(_) => one.apart.extend(one.same_as.take()),
            _ => {}
        }
        Ok(())
    }

    fn due(state: &State) -> Vec<Due> {
        let typed = state.conventions.iter().filter(|(_, one)| !one.from_outside && !one.closed);
        let alone = typed.filter(|(_, one)| one.same_as.is_none());
        let look = alone.filter_map(|(target, own)| {
            let others = state.conventions.iter().filter(|(id, other)| own.may_be(**id, other));
            let others: Vec<(&Uuid, &One)> = others.collect();
            let last = others.iter().map(|(_, one)| *one).chain([own]).max_by_key(|one| one.position)?;
            let among: Vec<Uuid> = others.iter().map(|(id, _)| **id).collect();
            (!among.is_empty()).then(|| Due {
                target: *target,
                at: last.at,
                command: LookForSame::NAME,
                body: serde_json::json!({ "among": among }),
                cause: last.position,
            })
        });
        look.collect()
    }
}
