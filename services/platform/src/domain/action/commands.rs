//! What can be asked of an action, each intent with its rule right below.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Action, State},
    *,
};
use crate::domain::{platform::members, texts};

/// An action has a title.
pub const TITLE: Rule =
    Rule::strict("action.titre", "Une action du plan a un titre.", "Plan d’action, annexe 2");
/// One advances in steps that exist, up to the whole.
pub const PROGRESS: Rule = Rule::strict(
    "action.avancement",
    "Un avancement porte sur une étape de l’action, de 0 à 100 %.",
    "Plan d’action, annexe 2",
);
/// What is complete no longer advances.
pub const NOT_COMPLETE: Rule = Rule::strict(
    "action.terminee",
    "Une action terminée n’avance plus ; on peut la prévoir à nouveau.",
    "usage",
);
/// Days come in their order.
pub const DATES: Rule = Rule::strict("action.dates", "Une action avance après avoir été prévue.", "usage");

/// What an action is: the columns of the plan.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ActionCard)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its theme.
    #[serde(default)]
    pub theme: String,
    /// Its title.
    pub title: String,
    /// What it aims at.
    #[serde(default)]
    pub objectives: Vec<String>,
    /// What is done, step by step.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The organisation that leads it.
    #[serde(default)]
    pub pilot_organisation_id: Option<Uuid>,
    /// Who takes part, as functions or teams.
    #[serde(default)]
    pub working_group: String,
    /// Its term.
    pub term: Word<ActionTerm>,
    /// Its day.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// What shows that it advances.
    #[serde(default)]
    pub indicators: Vec<String>,
    /// What it may lean on.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Means, remarks, what needs care.
    #[serde(default)]
    pub watch_points: Vec<String>,
}

/// A step of an action.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ActionStep)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub label: String,
    /// By which day.
    #[serde(default)]
    pub due_on: Option<Day>,
}

impl Card {
    fn read(&self, context: &Context) -> Result<ActionCard, Refusal> {
        let title = texts::plain(&self.title, "/card/title")?;
        if title.is_empty() {
            return Err(TITLE.refuse("Le titre de l’action manque. Donnez-le.").at("/card/title"));
        }
        let step = |step: &Step| {
            Ok(ActionStep {
                label: texts::plain(&step.label, "/card/steps")?,
                due_on: step.due_on.map(Into::into).unwrap_or_default(),
                ..Default::default()
            })
        };
        Ok(ActionCard {
            theme: texts::plain(&self.theme, "/card/theme")?,
            title,
            objectives: texts::plain_list(&self.objectives, "/card/objectives")?,
            steps: self.steps.iter().map(step).collect::<Result<_, Refusal>>()?,
            pilot_organisation_id: members::known(
                self.pilot_organisation_id,
                "/card/pilot_organisation_id",
                context,
            )?,
            working_group: texts::plain(&self.working_group, "/card/working_group")?,
            term: self.term.into(),
            due_on: self.due_on.map(Into::into).unwrap_or_default(),
            indicators: texts::plain_list(&self.indicators, "/card/indicators")?,
            resources: texts::plain_list(&self.resources, "/card/resources")?,
            watch_points: texts::plain_list(&self.watch_points, "/card/watch_points")?,
            ..Default::default()
        })
    }
}

/// Adds an action to the plan.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAction {
    /// The platform.
    pub platform_id: Uuid,
    /// What it is.
    pub card: Card,
    /// When it was planned; today when absent.
    #[serde(default)]
    pub planned_on: Option<Day>,
}

impl Command for PlanAction {
    type Aggregate = Action;
    const NAME: &'static str = "action.plan";
    const SUMMARY: &'static str = "Prévoir une action du plan";
    const DAY: fn(&Self) -> Option<Date> = |command| command.planned_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.card.pilot_organisation_id.into_iter().collect(),
            streams: vec![self.platform_id],
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let planned = ActionPlanned {
            platform_id: self.platform_id.to_string(),
            card: self.card.read(context)?.into(),
            planned_on: self.planned_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![planned.into()])
    }
}

/// Plans an action anew, complete or not: all of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseAction {
    /// What it now is.
    pub card: Card,
}

impl Command for ReviseAction {
    type Aggregate = Action;
    const NAME: &'static str = "action.revise";
    const SUMMARY: &'static str = "Prévoir une action autrement, ou à nouveau";

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.card.pilot_organisation_id.into_iter().collect(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let card = self.card.read(context)?;
        if card == state.card && !state.complete {
            return Ok(Vec::new());
        }
        let planned = ActionPlanned {
            platform_id: state.platform_id.map(|id| id.to_string()).unwrap_or_default(),
            card: card.into(),
            planned_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![planned.into()])
    }
}

/// Says how far an action is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressAction {
    /// The step, from 1; 0 for the whole action.
    #[serde(default)]
    pub step: u32,
    /// How far, 0 to 100.
    pub percent: u32,
    /// In a few words. Names nobody.
    #[serde(default)]
    pub note: String,
    /// When; today when absent.
    #[serde(default)]
    pub progressed_on: Option<Day>,
}

impl Command for ProgressAction {
    type Aggregate = Action;
    const NAME: &'static str = "action.progress";
    const SUMMARY: &'static str = "Dire où en est une action";
    const DAY: fn(&Self) -> Option<Date> = |command| command.progressed_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.complete {
            return Err(
                NOT_COMPLETE.refuse("Cette action est terminée. Prévoyez-la à nouveau pour la reprendre.")
            );
        }
        if usize::try_from(self.step).is_ok_and(|step| step > state.card.steps.len()) {
            return Err(PROGRESS
                .refuse("Cette action ne compte pas cette étape. Choisissez-en une, ou 0 pour l’ensemble.")
                .at("/step"));
        }
        if self.percent > 100 {
            return Err(PROGRESS.refuse("L’avancement va de 0 à 100. Corrigez-le.").at("/percent"));
        }
        let progressed = ActionProgressed {
            progressed_on: after_planning(state, self.progressed_on, "/progressed_on", context)?,
            step: self.step,
            percent: self.percent,
            note: texts::plain(&self.note, "/note")?,
            ..Default::default()
        };
        Ok(vec![progressed.into()])
    }
}

/// Says that an action is complete.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteAction {
    /// When; today when absent.
    #[serde(default)]
    pub completed_on: Option<Day>,
    /// What came of it. Names nobody.
    #[serde(default)]
    pub result: String,
}

impl Command for CompleteAction {
    type Aggregate = Action;
    const NAME: &'static str = "action.complete";
    const SUMMARY: &'static str = "Terminer une action";
    const DAY: fn(&Self) -> Option<Date> = |command| command.completed_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.complete {
            return Ok(Vec::new());
        }
        let completed = ActionCompleted {
            completed_on: after_planning(state, self.completed_on, "/completed_on", context)?,
            result: texts::plain(&self.result, "/result")?,
            ..Default::default()
        };
        Ok(vec![completed.into()])
    }
}

/// The day as it is written, when the action was planned by then.
fn after_planning(
    state: &State,
    day: Option<Day>,
    pointer: &'static str,
    context: &Context,
) -> Result<String, Refusal> {
    let day = day.map_or(context.today, |day| day.0);
    if state.planned_on.is_some_and(|planned| day < planned) {
        return Err(DATES
            .refuse("Cette date précède le jour où l’action a été prévue. Corrigez-la.")
            .at(pointer));
    }
    Ok(day.to_string())
}
