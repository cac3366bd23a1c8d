//! The immersion itself: its first day, its last day, its review.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::Refusal;

use super::{all_signed, not_closed, own_convention, told_elsewhere};
use crate::domain::{
    Event, Hired, ImmersionEnded, ImmersionInterrupted, ImmersionReviewCorrected, ImmersionReviewed,
    ImmersionStarted, ReviewOutcome,
    aggregate::{Convention, Review, State},
    own_day,
    rules::*,
};

/// Says that the first day came. The clock says it by itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImmersion {
    /// First day; today when absent.
    #[serde(default)]
    pub started_on: Option<Day>,
}

impl Command for StartImmersion {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.start";
    const SUMMARY: &'static str = "Enregistrer le début d’une immersion";
    const DAY: fn(&Self) -> Option<Date> = |command| command.started_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { birth_date: true, ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.started_on.is_some() {
            return Ok(Vec::new());
        }
        not_closed(state)?;
        all_signed(state)?;
        check_age_again(state, context)?;
        if state.awaits_validation() {
            return Err(if state.heard.is_some() {
                START.refuse("Cette convention vient d’un autre outil et n’y est pas encore validée. Attendez la validation du prescripteur.")
            } else {
                VALIDATION.refuse(
                    "Le prescripteur n’a pas encore validé cette PMSMP. Enregistrez d’abord sa validation.",
                )
            });
        }
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        let Some(frame) = state.frame.filter(|f| f.starts_on <= started_on && started_on <= f.ends_on) else {
            return Err(START
                .refuse("Ce jour n’est pas entre le premier et le dernier jour de la convention. Corrigez-le, ou modifiez la convention.")
                .at("/started_on"));
        };
        let started = ImmersionStarted {
            started_on: started_on.to_string(),
            ends_on: frame.ends_on.to_string(),
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

/// Says that the immersion stopped before its last day. It is nobody's failure.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterruptImmersion {
    /// Last day of presence; today when absent.
    #[serde(default)]
    pub interrupted_on: Option<Day>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

impl Command for InterruptImmersion {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.interrupt";
    const SUMMARY: &'static str = "Enregistrer l’interruption d’une immersion";
    const DAY: fn(&Self) -> Option<Date> = |command| command.interrupted_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.interrupted {
            return Ok(Vec::new());
        }
        under_way(state)?;
        let interrupted_on = self.interrupted_on.map_or(context.today, |day| day.0);
        within(state, interrupted_on, "/interrupted_on")?;
        let interrupted = ImmersionInterrupted {
            interrupted_on: interrupted_on.to_string(),
            reason: self.reason.clone(),
            ..Default::default()
        };
        Ok(vec![interrupted.into()])
    }
}

/// Says that the last day passed. The clock says it by itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndImmersion {
    /// Last day; the one planned when absent, or today when that one is to come.
    #[serde(default)]
    pub ended_on: Option<Day>,
}

impl Command for EndImmersion {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.end";
    const SUMMARY: &'static str = "Enregistrer la fin d’une immersion";
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

    fn day_of(&self, fact: &Event) -> Option<Date> {
        own_day(fact)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.ended || state.interrupted {
            return Ok(Vec::new());
        }
        under_way(state)?;
        let planned = state.frame.map_or(context.today, |frame| frame.ends_on);
        let ended_on = self.ended_on.map_or(planned.min(context.today), |day| day.0);
        within(state, ended_on, "/ended_on")?;
        Ok(vec![ImmersionEnded { ended_on: ended_on.to_string(), ..Default::default() }.into()])
    }
}

fn under_way(state: &State) -> Result<(), Refusal> {
    not_closed(state)?;
    if state.started_on.is_none() {
        return Err(COURSE.refuse(
            "Cette immersion n’a pas encore commencé. Enregistrez son début, ou annulez la convention si elle n’aura pas lieu.",
        ));
    }
    if state.ended {
        return Err(COURSE.refuse("Cette immersion est déjà terminée. Écrivez plutôt le bilan."));
    }
    Ok(())
}

fn within(state: &State, day: Date, pointer: &'static str) -> Result<(), Refusal> {
    let last = state.frame.map_or(day, |frame| frame.ends_on);
    if state.started_on.is_some_and(|first| day < first) || day > last {
        return Err(COURSE
            .refuse("Ce jour n’est pas entre le début de l’immersion et son dernier jour prévu. Corrigez-le ; au-delà, renouvelez la convention.")
            .at(pointer));
    }
    Ok(())
}

/// Says what came of it. Said again, it corrects what was said before, which stays visible.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewImmersion {
    /// How it went.
    pub outcome: Word<ReviewOutcome>,
    /// Whether a hire follows.
    #[serde(default)]
    pub hired: Option<Word<Hired>>,
    /// When; today when absent.
    #[serde(default)]
    pub reviewed_on: Option<Day>,
    /// The day the person answered it, when they did: an answer is not an agreement.
    #[serde(default)]
    pub person_answered_on: Option<Day>,
    /// A few words.
    #[serde(default)]
    pub comment: String,
}

impl Command for ReviewImmersion {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.review";
    const SUMMARY: &'static str = "Écrire le bilan d’une immersion";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reviewed_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_convention(state, context)?;
        told_elsewhere(state, context);
        let reviewed_on = self.reviewed_on.map_or(context.today, |day| day.0);
        self.check_moment(state, reviewed_on)?;
        let hired = self.hired.map_or(Hired::default(), |hired| hired.0);
        let answered_on = self.answered_on(context)?;
        let same = state.review.is_some_and(|Review { outcome, hired: before, .. }| {
            outcome == self.outcome.0 && before == hired
        });
        let answered =
            answered_on.is_some() && state.review.is_none_or(|review| review.answered_on != answered_on);
        if same && !answered && self.comment.is_empty() {
            return Ok(Vec::new());
        }
        if state.review.is_some() && !(same && answered) {
            let corrected = ImmersionReviewCorrected {
                outcome: self.outcome.into(),
                hired: hired.into(),
                corrected_on: reviewed_on.to_string(),
                comment: self.comment.clone(),
                ..Default::default()
            };
            return Ok(vec![corrected.into()]);
        }
        let reviewed = ImmersionReviewed {
            outcome: self.outcome.into(),
            hired: hired.into(),
            reviewed_on: reviewed_on.to_string(),
            person_answered_on: answered_on.map(|day| day.to_string()).unwrap_or_default(),
            comment: self.comment.clone(),
            ..Default::default()
        };
        Ok(vec![reviewed.into()])
    }
}

impl ReviewImmersion {
    /// The day the person answered it: one that has come.
    fn answered_on(&self, context: &Context) -> Result<Option<Date>, Refusal> {
        match self.person_answered_on {
            Some(day) if day.0 > context.today => Err(REVIEW
                .refuse("La réponse de la personne est datée d’un jour à venir. Corrigez la date.")
                .at("/person_answered_on")),
            day => Ok(day.map(|day| day.0)),
        }
    }

    /// When everything was done, the last day has come; when part of it was, the first day; when nobody
    /// came, the first day too, whether Jalon had seen it start or not.
    fn check_moment(&self, state: &State, day: Date) -> Result<(), Refusal> {
        let refuse = |detail: &'static str| Err(REVIEW.refuse(detail).at("/outcome"));
        let Some(frame) = state.frame else {
            return refuse("Cette immersion n’a pas de dates. Vérifiez la convention.");
        };
        if day < frame.starts_on {
            return Err(REVIEW
                .refuse("Le premier jour de l’immersion n’est pas encore venu. Écrivez le bilan après.")
                .at("/reviewed_on"));
        }
        match self.outcome.0 {
            ReviewOutcome::DID_NOT_SHOW => Ok(()),
            _ if state.started_on.is_none() => refuse(
                "Cette immersion n’a pas commencé. Enregistrez d’abord son début, ou indiquez qu’elle n’a pas eu lieu.",
            ),
            ReviewOutcome::COMPLETED if state.interrupted => refuse(
                "Cette immersion a été interrompue : elle a été faite en partie. Choisissez cette réponse.",
            ),
            ReviewOutcome::COMPLETED if !state.ended && day < frame.ends_on => refuse(
                "Cette immersion n’est pas encore terminée. Écrivez le bilan le dernier jour ou après.",
            ),
            _ => Ok(()),
        }
    }
}
