//! Meetings, gatherings, the action plan, partnerships, handovers.

use contracts::{
    EnumValue,
    case::v1::HandoverItemKind,
    common::v1::OrganisationKind,
    events,
    platform::v1::{
        ActionStep, ActionTerm, DecisionKind, DecisionOutcome, GatheringKind, MeetingKind, PartnershipState,
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{Thing, known};

/// A gathering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gathering {
    /// The platform.
    pub platform_id: Uuid,
    /// Its kind.
    pub kind: EnumValue<GatheringKind>,
    /// How it is called.
    pub title: String,
    /// Its day.
    pub on: Option<Date>,
    /// Where.
    pub town: String,
    /// Whether it took place.
    pub held: bool,
    /// How many people looking for work came.
    pub people: u32,
}

/// A meeting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meeting {
    /// The platform.
    pub platform_id: Uuid,
    /// Its kind.
    pub kind: EnumValue<MeetingKind>,
    /// Its day; the real one once it was held.
    pub on: Option<Date>,
    /// Its hour, `14:30`; may be empty.
    pub starts_at: String,
    /// Where.
    pub town: String,
    /// Whether it was held.
    pub held: bool,
    /// The organisations that were present.
    pub present: Vec<Uuid>,
    /// What it decided.
    pub decisions: Vec<Decision>,
}

/// A decision of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Decision {
    /// Its id.
    pub id: Option<Uuid>,
    /// What it is about.
    #[schema(value_type = String)]
    pub kind: EnumValue<DecisionKind>,
    /// What was decided.
    pub label: String,
    /// Who does it.
    pub organisation_id: Option<Uuid>,
    /// By which day.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = Date)]
    pub decided_on: Option<Date>,
    /// What became of it; nothing as long as nobody said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// What became of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Settled {
    /// What.
    #[schema(value_type = String)]
    pub outcome: EnumValue<DecisionOutcome>,
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// What came of it.
    pub note: String,
}

/// An action of the action plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Action {
    /// The platform.
    pub platform_id: Uuid,
    /// Its theme.
    pub theme: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub objectives: Vec<String>,
    /// What is done, step by step.
    pub steps: Vec<Step>,
    /// The organisation that leads it.
    pub pilot_organisation_id: Option<Uuid>,
    /// Who takes part, as functions or teams.
    pub working_group: String,
    /// Its term.
    #[schema(value_type = String)]
    pub term: EnumValue<ActionTerm>,
    /// Its day, when it is known.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// What shows that it advances.
    pub indicators: Vec<String>,
    /// What it may lean on.
    pub resources: Vec<String>,
    /// Means, remarks, what needs care.
    pub watch_points: Vec<String>,
    /// When it joined the plan.
    #[schema(value_type = Option<String>, format = Date)]
    pub planned_on: Option<Date>,
    /// How far it is as a whole, 0 to 100.
    pub percent: u32,
    /// What was last said of it.
    pub progress: Option<Progress>,
    /// When it was completed.
    #[schema(value_type = Option<String>, format = Date)]
    pub completed_on: Option<Date>,
    /// What came of it.
    pub result: String,
}

/// A step of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Step {
    /// What is done.
    pub label: String,
    /// Its day.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// How far it is, 0 to 100.
    pub percent: u32,
}

/// What was last said of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Progress {
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// What.
    pub note: String,
}

/// A partnership.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Partnership {
    /// The platform.
    pub platform_id: Uuid,
    /// The kind of actor.
    #[schema(value_type = String)]
    pub actor: EnumValue<OrganisationKind>,
    /// The organisation, when it is one in particular.
    pub organisation_id: Option<Uuid>,
    /// How it stands.
    #[schema(value_type = String)]
    pub state: EnumValue<PartnershipState>,
    /// How it works today.
    pub how_it_works: String,
    /// What is hard in it.
    pub difficulties: String,
    /// What is expected of it.
    pub expectations: String,
    /// When it was described.
    #[schema(value_type = Option<String>, format = Date)]
    pub recorded_on: Option<Date>,
    /// When it was last looked at again.
    #[schema(value_type = Option<String>, format = Date)]
    pub reviewed_on: Option<Date>,
}

/// What is handed over with a post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handover {
    /// The post.
    pub post_id: Uuid,
    /// When it was proposed.
    pub proposed_on: Option<Date>,
    /// Position of the fact that proposed it.
    pub proposed_at: i64,
    /// When the last of it was taken over.
    pub completed_on: Option<Date>,
    /// What is handed over.
    pub items: Vec<HandoverLine>,
}

/// One thing that is handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct HandoverLine {
    /// Its id.
    pub item_id: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: EnumValue<HandoverItemKind>,
    /// The case.
    pub case_id: Option<Uuid>,
    /// What it is about.
    pub about_id: Option<Uuid>,
    /// The day it is due.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// When the new holder of the post took it over.
    #[schema(value_type = Option<String>, format = Date)]
    pub accepted_on: Option<Date>,
}

pub(super) fn gathering(thing: &mut Thing, fact: events::Gathering) {
    let one = known!(thing, Gathering);
    if let events::Gathering::GatheringPlanned(planned) = fact {
        one.platform_id = planned.platform_id.parse().unwrap_or_default();
        one.kind = planned.kind;
        one.title = planned.title;
        one.on = parse(&planned.planned_on);
        one.town = planned.town;
    } else if let events::Gathering::GatheringHeld(held) = fact {
        one.on = parse(&held.held_on).or(one.on);
        one.held = true;
        one.people = held.people;
    }
}

pub(super) fn meeting(thing: &mut Thing, fact: events::Meeting) {
    let one = known!(thing, Meeting);
    if let events::Meeting::MeetingScheduled(scheduled) = fact {
        one.platform_id = scheduled.platform_id.parse().unwrap_or_default();
        one.kind = scheduled.kind;
        one.on = parse(&scheduled.scheduled_on);
        one.starts_at = scheduled.starts_at;
        one.town = scheduled.town;
    } else if let events::Meeting::MeetingHeld(held) = fact {
        one.on = parse(&held.held_on).or(one.on);
        one.held = true;
        one.present = held.organisation_ids.iter().filter_map(|id| id.parse().ok()).collect();
    } else if let events::Meeting::DecisionSettled(settled) = fact {
        let id = settled.decision_id.parse().ok();
        if let Some(decision) = one.decisions.iter_mut().find(|one| one.id.is_some() && one.id == id) {
            let on = parse(&settled.settled_on);
            decision.settled = Some(Settled { outcome: settled.outcome, on, note: settled.note });
        }
    } else if let events::Meeting::DecisionTaken(taken) = fact {
        one.decisions.push(Decision {
            id: taken.decision_id.parse().ok(),
            kind: taken.kind,
            label: taken.label,
            organisation_id: taken.organisation_id.parse().ok(),
            due_on: parse(&taken.due_on),
            decided_on: parse(&taken.decided_on),
            settled: None,
        });
    }
}

pub(super) fn action(thing: &mut Thing, fact: events::Action) {
    let one = known!(thing, Action);
    if let events::Action::ActionPlanned(planned) = fact {
        let card = planned.card.as_option().cloned().unwrap_or_default();
        let before = std::mem::take(&mut one.steps);
        // A step that is still there is as far as it was.
        let step = |step: ActionStep| {
            let known = before.iter().find(|known| known.label == step.label);
            let percent = known.map_or(0, |known| known.percent);
            Step { due_on: parse(&step.due_on), label: step.label, percent }
        };
        *one = Action {
            platform_id: planned.platform_id.parse().unwrap_or_default(),
            theme: card.theme,
            title: card.title,
            objectives: card.objectives,
            steps: card.steps.into_iter().map(step).collect(),
            pilot_organisation_id: card.pilot_organisation_id.parse().ok(),
            working_group: card.working_group,
            term: card.term,
            due_on: parse(&card.due_on),
            indicators: card.indicators,
            resources: card.resources,
            watch_points: card.watch_points,
            planned_on: one.planned_on.or_else(|| parse(&planned.planned_on)),
            percent: one.percent,
            progress: one.progress.take(),
            ..Action::default()
        };
    } else if let events::Action::ActionProgressed(progressed) = fact {
        let place = usize::try_from(progressed.step).unwrap_or_default().checked_sub(1);
        match place.map(|place| one.steps.get_mut(place)) {
            None => one.percent = progressed.percent,
            Some(None) => {}
            Some(Some(step)) => {
                step.percent = progressed.percent;
                let all: u32 = one.steps.iter().map(|step| step.percent).sum();
                one.percent = all / u32::try_from(one.steps.len()).unwrap_or(1);
            }
        }
        one.progress = Some(Progress { on: parse(&progressed.progressed_on), note: progressed.note });
    } else if let events::Action::ActionCompleted(completed) = fact {
        one.percent = 100;
        one.completed_on = parse(&completed.completed_on);
        one.result = completed.result;
    }
}

pub(super) fn partnership(thing: &mut Thing, fact: events::Partnership) {
    let one = known!(thing, Partnership);
    let card = if let events::Partnership::PartnershipRecorded(recorded) = fact {
        one.platform_id = recorded.platform_id.parse().unwrap_or_default();
        one.recorded_on = parse(&recorded.recorded_on);
        recorded.card
    } else if let events::Partnership::PartnershipReviewed(reviewed) = fact {
        one.reviewed_on = parse(&reviewed.reviewed_on);
        reviewed.card
    } else {
        return;
    };
    let card = card.as_option().cloned().unwrap_or_default();
    one.actor = card.actor;
    one.organisation_id = card.organisation_id.parse().ok();
    one.state = card.state;
    one.how_it_works = card.how_it_works;
    one.difficulties = card.difficulties;
    one.expectations = card.expectations;
}

pub(super) fn handover(thing: &mut Thing, fact: events::Handover, position: i64) {
    let one = known!(thing, Handover);
    if let events::Handover::HandoverProposed(proposed) = fact {
        one.post_id = proposed.post_id.parse().unwrap_or_default();
        one.proposed_on = parse(&proposed.proposed_on);
        one.proposed_at = position;
        let line = |item: contracts::case::v1::HandoverItem| HandoverLine {
            item_id: item.item_id,
            kind: item.kind,
            case_id: item.case_id.parse().ok(),
            about_id: item.about_id.parse().ok(),
            due_on: parse(&item.due_on),
            accepted_on: None,
        };
        one.items = proposed.items.into_iter().map(line).collect();
    } else if let events::Handover::HandoverItemAccepted(accepted) = fact {
        let day = parse(&accepted.accepted_on);
        let taken = one.items.iter_mut().find(|item| item.item_id == accepted.item_id);
        if let Some(item) = taken {
            item.accepted_on = day;
        }
    } else if let events::Handover::HandoverCompleted(completed) = fact {
        one.completed_on = parse(&completed.completed_on);
    }
}
