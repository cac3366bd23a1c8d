//! A case rests, goes on, moves with the person, is closed and reopened. Nothing is ever lost by it.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs, hosts};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{Case, State},
        *,
    },
    keeping::not_forgotten,
    opening::{KNOWN_STRUCTURE, on_platform},
};
use crate::domain::{OPEN, text};

/// A pause has its days in order.
pub const PAUSE_DATES: Rule =
    Rule::strict("dossier.pause", "Une pause se termine après avoir commencé.", "usage");

/// A case goes where people are hosted.
pub const HOSTED_BY: Rule = Rule::strict(
    "dossier.accueil",
    "Un dossier est transféré à une structure d’accueil, d’hébergement ou d’insertion.",
    "CASF, L. 345-1",
);

/// Refuses to begin something, on that day, in a case that is closed by then: what happened before the
/// closing may still be told.
pub(super) fn open_on(state: &State, day: Date) -> Result<(), Refusal> {
    if state.open || state.closed_on.is_some_and(|closed_on| day <= closed_on) {
        return Ok(());
    }
    Err(OPEN.refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."))
}

/// Lets the follow-up rest for a time. Nothing is closed, everything may still be told.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseCase {
    /// First day; today when absent.
    #[serde(default)]
    pub paused_on: Option<Day>,
    /// Last day, included, when it is known; it may be to come.
    #[serde(default)]
    pub until: Option<Day>,
    /// Why, in a few words.
    #[serde(default)]
    pub reason: String,
}

impl Command for PauseCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.pause";
    const SUMMARY: &'static str = "Mettre l’accompagnement en pause";
    const DAY: fn(&Self) -> Option<Date> = |command| command.paused_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let paused_on = self.paused_on.map_or(context.today, |day| day.0);
        open_on(state, paused_on)?;
        if self.until.is_some_and(|until| until.0 < paused_on) {
            return Err(PAUSE_DATES
                .refuse("Le dernier jour de la pause précède le premier. Corrigez l’une des deux dates.")
                .at("/until"));
        }
        // Said again with another last day, it is prolonged or shortened.
        if state.pause.is_some_and(|pause| pause.until == self.until.map(|until| until.0)) {
            return Ok(Vec::new());
        }
        let paused = CasePaused {
            paused_on: paused_on.to_string(),
            until: self.until.map(String::from).unwrap_or_default(),
            reason: self.reason.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![paused.into()])
    }
}

/// Goes on after a pause.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeCase {
    /// Since when; today when absent.
    #[serde(default)]
    pub resumed_on: Option<Day>,
}

impl Command for ResumeCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.resume";
    const SUMMARY: &'static str = "Reprendre l’accompagnement";
    const DAY: fn(&Self) -> Option<Date> = |command| command.resumed_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(pause) = state.pause else { return Ok(Vec::new()) };
        let resumed_on = self.resumed_on.map_or(context.today, |day| day.0);
        if pause.from.is_some_and(|from| resumed_on < from) {
            return Err(PAUSE_DATES
                .refuse("Cette date précède le début de la pause. Corrigez-la.")
                .at("/resumed_on"));
        }
        Ok(vec![CaseResumed { resumed_on: resumed_on.to_string(), ..Default::default() }.into()])
    }
}

/// Passes the case on to the structure that hosts the person from now on; its history and its circle
/// stay.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferCase {
    /// The structure that hosts the person from now on.
    pub structure_id: Uuid,
    /// The plateforme emploi that shares the case from now on; none when absent.
    #[serde(default)]
    pub platform_id: Option<Uuid>,
    /// Since when; today when absent.
    #[serde(default)]
    pub transferred_on: Option<Day>,
}

impl Command for TransferCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.transfer";
    const SUMMARY: &'static str = "Transférer le dossier à une autre structure";
    const DAY: fn(&Self) -> Option<Date> = |command| command.transferred_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: vec![self.structure_id],
            streams: self.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let transferred_on = self.transferred_on.map_or(context.today, |day| day.0);
        open_on(state, transferred_on)?;
        let Some(structure) = context.organisation(self.structure_id) else {
            return Err(KNOWN_STRUCTURE
                .refuse("Jalon ne connaît pas cette structure. Inscrivez-la d’abord.")
                .at("/structure_id"));
        };
        if !hosts(structure.kind) {
            return Err(HOSTED_BY
                .refuse("Cette organisation n’héberge ni n’accueille de personnes. Choisissez la structure qui héberge la personne, ou faites entrer cette organisation dans le cercle.")
                .at("/structure_id"));
        }
        on_platform(self.platform_id, self.structure_id, context)?;
        if state.structure_id == Some(self.structure_id) && state.platform_id == self.platform_id {
            return Ok(Vec::new());
        }
        let transferred = CaseTransferred {
            structure_id: self.structure_id.to_string(),
            device: structure.kind.into(),
            platform_id: text(self.platform_id),
            transferred_on: transferred_on.to_string(),
            ..Default::default()
        };
        Ok(vec![transferred.into()])
    }
}

/// Ends the follow-up, for now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseCase {
    /// Why.
    pub reason: Word<ClosingReason>,
    /// Since when; today when absent.
    #[serde(default)]
    pub closed_on: Option<Day>,
    /// A few words for the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for CloseCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.close";
    const SUMMARY: &'static str = "Clore le dossier";
    const DAY: fn(&Self) -> Option<Date> = |command| command.closed_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.open {
            return Ok(Vec::new());
        }
        let closed = CaseClosed {
            closed_on: self.closed_on.map_or(context.today, |day| day.0).to_string(),
            reason: self.reason.into(),
            comment: self.comment.clone(),
            ..Default::default()
        };
        Ok(vec![closed.into()])
    }
}

/// Starts the follow-up again; everything before stays visible.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenCase {
    /// Since when; today when absent.
    #[serde(default)]
    pub reopened_on: Option<Day>,
}

impl Command for ReopenCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.reopen";
    const SUMMARY: &'static str = "Rouvrir le dossier";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reopened_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.open {
            return Ok(Vec::new());
        }
        not_forgotten(state)?;
        let reopened = CaseReopened {
            reopened_on: self.reopened_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![reopened.into()])
    }
}
