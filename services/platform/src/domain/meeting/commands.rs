//! What can be asked of a meeting, each intent with its rule right below.

use contracts::Word;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Meeting, State},
    *,
};
use crate::domain::{platform::members, texts};

/// What took place is no longer scheduled.
pub const NOT_HELD: Rule = Rule::strict(
    "reunion.tenue",
    "Une réunion qui a eu lieu ne se prévoit plus : on en prévoit une autre.",
    "usage",
);
/// An hour is one.
pub const HOUR: Rule = Rule::strict("reunion.heure", "Une heure s’écrit 14:30.", "usage");
/// A decision says what, on the day of the meeting or after.
pub const DECISION: Rule = Rule::strict(
    "reunion.decision",
    "Une décision dit ce qui est décidé, le jour de la réunion ou après ; son échéance vient ensuite.",
    "usage",
);
/// What became of a decision is said of one that was taken.
pub const SETTLED: Rule = Rule::strict(
    "reunion.suite",
    "Ce que devient une décision se dit d’une décision de cette réunion, le jour où elle a été prise ou après.",
    "usage",
);

/// What a meeting will be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = MeetingPlan)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its kind.
    pub kind: Word<MeetingKind>,
    /// Its day, which may be to come.
    pub scheduled_on: Day,
    /// Hour and minute, such as `14:30`.
    #[serde(default)]
    pub starts_at: String,
    /// Where.
    #[serde(default)]
    pub town: String,
}

impl Plan {
    fn fact(&self, platform_id: Uuid) -> Result<MeetingScheduled, Refusal> {
        let starts_at = self.starts_at.trim();
        if !starts_at.is_empty() && (starts_at.len() != 5 || starts_at.parse::<Time>().is_err()) {
            return Err(HOUR
                .refuse("Cette heure ne se lit pas. Écrivez-la comme 14:30, ou laissez-la vide.")
                .at("/plan/starts_at"));
        }
        Ok(MeetingScheduled {
            platform_id: platform_id.to_string(),
            kind: self.kind.into(),
            scheduled_on: self.scheduled_on.into(),
            starts_at: starts_at.to_owned(),
            town: texts::plain(&self.town, "/plan/town")?,
            ..Default::default()
        })
    }
}

/// Schedules a meeting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleMeeting {
    /// The platform.
    pub platform_id: Uuid,
    /// What it will be.
    pub plan: Plan,
}

impl Command for ScheduleMeeting {
    type Aggregate = Meeting;
    const NAME: &'static str = "meeting.schedule";
    const SUMMARY: &'static str = "Prévoir une réunion";

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: vec![self.platform_id], ..Needs::default() }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        Ok(vec![self.plan.fact(self.platform_id)?.into()])
    }
}

/// Schedules it anew.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleMeeting {
    /// What it will be: all of it.
    pub plan: Plan,
}

impl Command for RescheduleMeeting {
    type Aggregate = Meeting;
    const NAME: &'static str = "meeting.reschedule";
    const SUMMARY: &'static str = "Déplacer une réunion";

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.held.is_some() {
            return Err(NOT_HELD.refuse("Cette réunion a déjà eu lieu. Prévoyez-en une autre."));
        }
        let scheduled = self.plan.fact(state.platform_id.unwrap_or_default())?;
        if scheduled == state.scheduled {
            return Ok(Vec::new());
        }
        Ok(vec![scheduled.into()])
    }
}

/// Says that it took place, and who was there. Said again, it corrects the list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldMeeting {
    /// When; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// The organisations present.
    pub organisation_ids: Vec<Uuid>,
}

impl Command for HoldMeeting {
    type Aggregate = Meeting;
    const NAME: &'static str = "meeting.hold";
    const SUMMARY: &'static str = "Enregistrer qu’une réunion a eu lieu";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.organisation_ids.clone(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let held = MeetingHeld {
            held_on: self.held_on.map_or(context.today, |day| day.0).to_string(),
            organisation_ids: members::all_known(&self.organisation_ids, "/organisation_ids", context)?,
            ..Default::default()
        };
        if state.held.as_ref() == Some(&held) {
            return Ok(Vec::new());
        }
        Ok(vec![held.into()])
    }
}

/// Says what the meeting decided, about no person in particular.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeDecision {
    /// What it is about.
    pub kind: Word<DecisionKind>,
    /// What was decided. Names nobody.
    pub label: String,
    /// Who does it.
    #[serde(default)]
    pub organisation_id: Option<Uuid>,
    /// By which day.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// When it was decided; the day of the meeting when absent.
    #[serde(default)]
    pub decided_on: Option<Day>,
}

impl Command for TakeDecision {
    type Aggregate = Meeting;
    const NAME: &'static str = "meeting.decide";
    const SUMMARY: &'static str = "Enregistrer une décision de réunion";
    const DAY: fn(&Self) -> Option<Date> = |command| command.decided_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.organisation_id.into_iter().collect(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let label = texts::plain(&self.label, "/label")?;
        if label.is_empty() {
            return Err(DECISION.refuse("Ce qui est décidé manque. Écrivez-le.").at("/label"));
        }
        let meeting = state.held_on.or(state.scheduled_on);
        let decided = self.decided_on.map(|day| day.0).or(meeting).unwrap_or(context.today);
        if decided > context.today || meeting.is_some_and(|meeting| decided < meeting) {
            return Err(DECISION
                .refuse("Cette réunion n’a pas encore eu lieu à cette date. Corrigez la date de la décision, ou celle de la réunion.")
                .at("/decided_on"));
        }
        if self.due_on.is_some_and(|due| due.0 < decided) {
            return Err(DECISION
                .refuse("L’échéance précède la décision. Corrigez-la, ou retirez-la.")
                .at("/due_on"));
        }
        let taken = DecisionTaken {
            decision_id: context.fresh_id.to_string(),
            kind: self.kind.into(),
            label,
            organisation_id: members::known(self.organisation_id, "/organisation_id", context)?,
            due_on: self.due_on.map(Into::into).unwrap_or_default(),
            decided_on: decided.to_string(),
            ..Default::default()
        };
        Ok(vec![taken.into()])
    }

    fn day_of(&self, fact: &Event) -> Option<Date> {
        match fact {
            Event::DecisionTaken(taken) => vocabulary::dates::parse(&taken.decided_on),
            _ => None,
        }
    }
}

/// Says what became of a decision. Said again, it corrects what was said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleDecision {
    /// The decision.
    pub decision_id: Uuid,
    /// What became of it.
    pub outcome: Word<DecisionOutcome>,
    /// When; today when absent.
    #[serde(default)]
    pub settled_on: Option<Day>,
    /// What came of it. Names nobody.
    #[serde(default)]
    pub note: String,
}

impl Command for SettleDecision {
    type Aggregate = Meeting;
    const NAME: &'static str = "meeting.settle";
    const SUMMARY: &'static str = "Dire ce qu’est devenue une décision";
    const DAY: fn(&Self) -> Option<Date> = |command| command.settled_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let Some((decided_on, known)) = state.decisions.get(&self.decision_id) else {
            return Err(SETTLED
                .refuse("Cette réunion n’a pas pris cette décision. Choisissez-en une de sa liste.")
                .at("/decision_id"));
        };
        let settled_on = self.settled_on.map_or(context.today, |day| day.0);
        if decided_on.is_some_and(|decided| settled_on < decided) {
            return Err(SETTLED
                .refuse("Cette date précède la décision. Corrigez-la, ou retirez-la.")
                .at("/settled_on"));
        }
        let settled = DecisionSettled {
            decision_id: self.decision_id.to_string(),
            outcome: self.outcome.into(),
            settled_on: settled_on.to_string(),
            note: texts::plain(&self.note, "/note")?,
            ..Default::default()
        };
        if known.as_ref() == Some(&settled) {
            return Ok(Vec::new());
        }
        Ok(vec![settled.into()])
    }
}
