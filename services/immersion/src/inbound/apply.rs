//! The command that states what a notification proves. No rule refuses it: the tool is the authority.

use contracts::Recorded;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Refusal;

use super::{facts, snapshot::Snapshot};
use crate::domain::{
    Event,
    aggregate::{Convention, State},
    own_day,
    rules::{BANNED_HOST, LONGEST_USUAL_WEEK, USUAL_WEEK},
};

/// What the tool showed of a convention, and what Jalon knows of those it names.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyNotification {
    /// The convention as it stands in the tool.
    pub snapshot: Snapshot,
    /// Digest of all that was kept of it.
    pub digest: String,
    /// Digest of its details.
    pub details_digest: String,
    /// Host, prescriber and accompanying structure, when Jalon knows exactly one of that SIRET.
    pub host_id: Option<Uuid>,
    /// See `host_id`.
    pub prescriber_id: Option<Uuid>,
    /// See `host_id`.
    pub accompanying_id: Option<Uuid>,
    /// The earlier convention, by its id in Jalon.
    pub renews: Option<Uuid>,
    /// Age of the person on the first day, when the tool knows the birth date.
    pub age: Option<i16>,
    /// Names of what differs between the person in the tool and in the case.
    pub identity_differs: Vec<String>,
    /// The post that said whose convention it is; nothing when the person was recognised.
    pub attached_by: Option<Uuid>,
}

impl Command for ApplyNotification {
    type Aggregate = Convention;
    const NAME: &'static str = "inbound.immersion-facilitee";
    const SUMMARY: &'static str = "Enregistrer ce que dit Immersion Facilitée";

    fn day_of(&self, fact: &Event) -> Option<Date> {
        match fact {
            // A renewal keeps the submission of the first: it was drafted the day it was heard of.
            Event::ConventionDrafted(_) if self.snapshot.renewed_from.is_none() => {
                self.snapshot.submitted_on.map(|day| day.0)
            }
            Event::ConventionAmended(_) => Some(self.snapshot.edited_on()),
            Event::ConventionCorrected(_) => Some(self.snapshot.updated_on()),
            fact => own_day(fact),
        }
    }

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: self.renews.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let earlier = self.renews.map(|id| State::of(context.facts::<Event>(id)));
        let facts = facts::missing(state, self, earlier.as_ref());
        if facts.iter().any(|fact| !matches!(fact, Event::NotificationReceived(_))) {
            self.warn(context);
        }
        Ok(facts)
    }
}

impl ApplyNotification {
    fn warn(&self, context: &Context) {
        let snapshot = &self.snapshot;
        if snapshot.terms.weekly_minutes > LONGEST_USUAL_WEEK {
            context.warn(&USUAL_WEEK);
        }
        if snapshot.banned {
            context.warn(&BANNED_HOST);
        }
    }
}

/// The state that recorded facts make, traces only.
pub fn state_of(facts: &[Recorded]) -> State {
    State::of(facts.iter().filter_map(|fact| fact.trace::<Event>().ok()))
}
