//! What can be asked of a gathering, each intent with its rule right below.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Gathering, State},
    *,
};
use crate::domain::{codes, platform::members, texts};

/// What took place is no longer planned.
pub const NOT_HELD: Rule = Rule::strict(
    "rencontre.tenue",
    "Une rencontre qui a eu lieu ne se prévoit plus : on en prévoit une autre.",
    "usage",
);

/// What a gathering will be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = GatheringPlan)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its kind.
    pub kind: Word<GatheringKind>,
    /// How it is called. Names nobody.
    #[serde(default)]
    pub title: String,
    /// Its day, which may be to come.
    pub planned_on: Day,
    /// Where.
    #[serde(default)]
    pub town: String,
    /// INSEE code of that commune.
    #[serde(default)]
    pub insee_code: String,
    /// The employers and organisations that take part.
    #[serde(default)]
    pub organisation_ids: Vec<Uuid>,
    /// Places; 0 without limit.
    #[serde(default)]
    pub capacity: u32,
}

impl Plan {
    fn fact(&self, platform_id: Uuid, context: &Context) -> Result<GatheringPlanned, Refusal> {
        Ok(GatheringPlanned {
            platform_id: platform_id.to_string(),
            kind: self.kind.into(),
            title: texts::plain(&self.title, "/plan/title")?,
            planned_on: self.planned_on.into(),
            town: texts::plain(&self.town, "/plan/town")?,
            insee_code: codes::insee(&self.insee_code, "/plan/insee_code")?,
            organisation_ids: members::all_known(&self.organisation_ids, "/plan/organisation_ids", context)?,
            capacity: self.capacity,
            ..Default::default()
        })
    }
}

/// Plans a gathering.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanGathering {
    /// The platform.
    pub platform_id: Uuid,
    /// What it will be.
    pub plan: Plan,
}

impl Command for PlanGathering {
    type Aggregate = Gathering;
    const NAME: &'static str = "gathering.plan";
    const SUMMARY: &'static str = "Prévoir une rencontre";

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.plan.organisation_ids.clone(),
            streams: vec![self.platform_id],
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        Ok(vec![self.plan.fact(self.platform_id, context)?.into()])
    }
}

/// Plans it anew: another day, another place, other guests.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplanGathering {
    /// What it will be: all of it.
    pub plan: Plan,
}

impl Command for ReplanGathering {
    type Aggregate = Gathering;
    const NAME: &'static str = "gathering.replan";
    const SUMMARY: &'static str = "Prévoir une rencontre autrement";

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.plan.organisation_ids.clone(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.held.is_some() {
            return Err(NOT_HELD.refuse("Cette rencontre a déjà eu lieu. Prévoyez-en une autre."));
        }
        let planned = self.plan.fact(state.platform_id.unwrap_or_default(), context)?;
        if planned == state.planned {
            return Ok(Vec::new());
        }
        Ok(vec![planned.into()])
    }
}

/// Says that it took place, and how many came. Said again, it corrects the numbers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldGathering {
    /// When; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// How many people looking for work came.
    pub people: u32,
    /// How many professionals.
    #[serde(default)]
    pub professionals: u32,
    /// How many employers.
    #[serde(default)]
    pub employers: u32,
}

impl Command for HoldGathering {
    type Aggregate = Gathering;
    const NAME: &'static str = "gathering.hold";
    const SUMMARY: &'static str = "Enregistrer qu’une rencontre a eu lieu";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let held = GatheringHeld {
            held_on: self.held_on.map_or(context.today, |day| day.0).to_string(),
            people: self.people,
            professionals: self.professionals,
            employers: self.employers,
            ..Default::default()
        };
        if state.held.as_ref() == Some(&held) {
            return Ok(Vec::new());
        }
        Ok(vec![held.into()])
    }
}
