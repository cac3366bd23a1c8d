//! What can be said of a PASS IAE, each intent with its rule right below. What Les emplois says stands: our
//! own count is recorded beside it when it differs.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    dates::{days_after, days_between, valid_for_months},
};

use super::{
    super::{
        PassIaeProlonged, PassIaeReported, PassIaeSuspended, PassSource, PassState, ProlongationReason,
        SuspensionReason, judged,
    },
    Event,
    aggregate::{Pass, State, length},
    others::{PASSES_BY_CASE, Passes},
};

/// A number has twelve signs.
pub const NUMBER: Rule = Rule::strict(
    "pass.numero",
    "Un numéro de PASS IAE compte 12 lettres ou chiffres.",
    "Les emplois de l’inclusion",
);
/// Days come in their order.
pub const DATES: Rule = Rule::strict(
    "pass.dates",
    "Un PASS IAE, une suspension ou une prolongation ne se termine pas avant de commencer ; une suspension commence pendant le PASS, une prolongation le lendemain de sa fin.",
    "Les emplois de l’inclusion",
);
/// One at a time.
pub const ONE_AT_A_TIME: Rule = Rule::strict(
    "pass.un-seul",
    "Une personne n’a qu’un PASS IAE à la fois : le même la suit d’un employeur à l’autre, suspendu ou prolongé s’il le faut.",
    "Code du travail, art. L. 5132-3 ; Les emplois de l’inclusion",
);
/// One suspension at a time.
pub const OVERLAP: Rule = Rule::strict(
    "pass.suspensions",
    "Deux suspensions d’un même PASS IAE ne se chevauchent pas.",
    "Les emplois de l’inclusion",
);
/// How long it runs.
pub const USUAL_END: Rule = Rule::soft(
    "pass.duree",
    "Un PASS IAE dure 730 jours, premier et dernier jour compris, plus ses suspensions et ses prolongations : vérifiez la date de fin.",
    "Les emplois de l’inclusion",
);
/// How long a suspension may be.
pub const SUSPENSION_LENGTH: Rule = Rule::soft(
    "pass.suspension-duree",
    "Une suspension de PASS IAE dure au plus 36 mois.",
    "Les emplois de l’inclusion",
);
/// How late it may be said.
pub const SUSPENSION_LATE: Rule = Rule::soft(
    "pass.suspension-tardive",
    "Une suspension de PASS IAE se déclare au plus 365 jours après son début.",
    "Les emplois de l’inclusion",
);
/// When a prolongation is asked for.
pub const PROLONGATION_WINDOW: Rule = Rule::soft(
    "pass.prolongation-moment",
    "Un PASS IAE se prolonge entre 12 mois avant et 6 mois après sa fin.",
    "Les emplois de l’inclusion",
);
/// How much a PASS is prolonged.
pub const PROLONGATION_LENGTH: Rule = Rule::soft(
    "pass.prolongation-duree",
    "Un PASS IAE se prolonge de 365 jours au plus à la fois : 3 fois pour une RQTH ou des difficultés particulières, 5 fois à partir de 50 ans ; de 10 ans pour un CDI inclusion.",
    "Code du travail, art. L. 5132-5 et suivants ; Les emplois de l’inclusion",
);

/// The day our own rule counts, when it is another one than that which stands.
fn beside(stands: Date, computed: Date) -> String {
    if stands == computed { String::new() } else { computed.to_string() }
}

/// The person's other PASS that runs on some of these days.
fn overlapping(starts_on: Date, ends_on: Date, context: &Context) -> Option<Uuid> {
    let all: Passes = context.document().unwrap_or_default();
    all.overlapping(context.stream_id, starts_on, ends_on)
}

/// Refuses days on which the person has another PASS, unless the tool that is the authority says so.
fn alone(days: (Date, Date), pointer: &'static str, context: &Context) -> Result<(), Refusal> {
    match overlapping(days.0, days.1, context) {
        Some(_) if judged(context) => Err(ONE_AT_A_TIME
            .refuse("La personne a déjà un PASS IAE sur une partie de ces jours. Mettez à jour celui qui est signalé, ou corrigez les dates.")
            .at(pointer)),
        _ => Ok(()),
    }
}

/// The person's other PASS, as they stand now.
fn with_others() -> Needs {
    Needs { case_document: Some(PASSES_BY_CASE), fresh: true, ..Needs::default() }
}

/// The number itself is not kept: its digest tells whether two sources speak of the same PASS of that person.
fn digest(number: &str, case_id: Option<Uuid>) -> String {
    let mut digest = Sha256::new();
    digest.update(b"jalon/pass-iae/1");
    digest.update(case_id.unwrap_or_default().as_bytes());
    digest.update(number.as_bytes());
    digest.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says what is known of the person's PASS IAE.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportPassIae {
    /// The number: 12 letters or digits, blanks aside; when known.
    #[serde(default)]
    pub number: String,
    /// First day; it may be to come.
    pub starts_on: Day,
    /// Last day, included, as it is said there; counted by Jalon when absent.
    #[serde(default)]
    pub ends_on: Option<Day>,
    /// Where it stands, as it is said there; by the dates when absent.
    #[serde(default)]
    pub state: Option<Word<PassState>>,
    /// Where that was read.
    pub source: Word<PassSource>,
}

impl ReportPassIae {
    /// The digest of the twelve signs; empty when they are unknown.
    fn number_digest(&self, context: &Context) -> Result<String, Refusal> {
        let number: String = self.number.chars().filter(|sign| !sign.is_whitespace()).collect();
        let number = number.to_uppercase();
        let right = number.len() == 12 && number.bytes().all(|sign| sign.is_ascii_alphanumeric());
        if !number.is_empty() && !right && judged(context) {
            return Err(NUMBER
                .refuse("Ce numéro n’a pas 12 lettres ou chiffres. Recopiez-le depuis l’attestation, ou laissez-le vide.")
                .at("/number"));
        }
        Ok(if number.is_empty() { number } else { digest(&number, context.case_id) })
    }

    fn reported(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let number_digest = self.number_digest(context)?;
        let starts_on = self.starts_on.0;
        let computed = state.computed_end(starts_on);
        let ends_on = self.ends_on.map_or(computed, |day| day.0);
        if ends_on < starts_on && judged(context) {
            return Err(DATES
                .refuse("Le dernier jour du PASS précède le premier. Corrigez l’une des deux dates.")
                .at("/ends_on"));
        }
        let told =
            self.state.map_or_else(|| state.standing(context.today, starts_on, ends_on), |told| told.0);
        let known = (state.starts_on, state.ends_on, state.told, state.source);
        if number_digest.is_empty() && known == (Some(starts_on), Some(ends_on), told, self.source.0) {
            return Ok(Vec::new());
        }
        alone((starts_on, ends_on), "/starts_on", context)?;
        if ends_on != computed && self.source.0 == PassSource::DECLARED && judged(context) {
            context.warn(&USUAL_END);
        }
        let reported = PassIaeReported {
            starts_on: starts_on.to_string(),
            ends_on: ends_on.to_string(),
            state: told.into(),
            source: self.source.into(),
            computed_ends_on: beside(ends_on, computed),
            number_digest,
            overlapping_pass_id: overlapping(starts_on, ends_on, context)
                .map(|id| id.to_string())
                .unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![reported.into()])
    }
}

impl Command for ReportPassIae {
    type Aggregate = Pass;
    const NAME: &'static str = "prescription.report-pass";
    const SUMMARY: &'static str = "Signaler le PASS IAE d’une personne";

    fn needs(&self, _: &State) -> Needs {
        with_others()
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.reported(state, context)
    }
}

/// Says anew what is known of a PASS IAE that was signalled already.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct UpdatePassIae(pub ReportPassIae);

impl Command for UpdatePassIae {
    type Aggregate = Pass;
    const NAME: &'static str = "prescription.update-pass";
    const SUMMARY: &'static str = "Mettre à jour ce qui est su d’un PASS IAE";

    fn needs(&self, _: &State) -> Needs {
        with_others()
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.0.reported(state, context)
    }
}

/// Suspends a PASS IAE: its end moves by as many days. Said again with the same first day, it corrects what
/// was said: the person may come back earlier.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendPassIae {
    /// First day of the suspension.
    pub suspended_from: Day,
    /// Last day of the suspension, included; it may be to come.
    pub until: Day,
    /// Why, by what happened to the contract.
    pub reason: Word<SuspensionReason>,
    /// The last day of the PASS from now on, as Les emplois says it; counted by Jalon when absent.
    #[serde(default)]
    pub ends_on: Option<Day>,
    /// A few words.
    #[serde(default)]
    pub comment: String,
}

impl SuspendPassIae {
    fn check(&self, state: &State, context: &Context) -> Result<(), Refusal> {
        let (first, last) = (self.suspended_from.0, self.until.0);
        if last < first {
            return Err(DATES
                .refuse("La suspension se termine avant de commencer. Corrigez l’une des deux dates.")
                .at("/until"));
        }
        let within =
            state.starts_on.is_none_or(|day| day <= first) && state.ends_on.is_none_or(|day| first <= day);
        if !within {
            return Err(DATES
                .refuse("La suspension commence hors du PASS IAE. Corrigez la date, ou signalez d’abord les dates exactes du PASS.")
                .at("/suspended_from"));
        }
        let others = state.suspensions.iter().filter(|(start, _)| **start != first);
        if others.into_iter().any(|(start, end)| *start <= last && first <= *end) {
            return Err(OVERLAP
                .refuse("Une autre suspension couvre déjà une partie de ces jours. Corrigez les dates.")
                .at("/suspended_from"));
        }
        if last > valid_for_months(first, 36) {
            context.warn(&SUSPENSION_LENGTH);
        }
        if days_between(first, context.today) > 365 {
            context.warn(&SUSPENSION_LATE);
        }
        Ok(())
    }
}

impl Command for SuspendPassIae {
    type Aggregate = Pass;
    const NAME: &'static str = "prescription.suspend-pass";
    const SUMMARY: &'static str = "Suspendre un PASS IAE";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.suspended_from.0);

    fn needs(&self, _: &State) -> Needs {
        with_others()
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if judged(context) {
            self.check(state, context)?;
        }
        let (first, last) = (self.suspended_from.0, self.until.0);
        let before = state.suspensions.get(&first).map_or(0, |end| length(first, *end));
        let computed = days_after(state.ends_on.unwrap_or(last), length(first, last) - before);
        let ends_on = self.ends_on.map_or(computed, |day| day.0);
        alone((state.starts_on.unwrap_or(first), ends_on), "/until", context)?;
        let same = state.suspensions.get(&first) == Some(&last) && state.ends_on == Some(ends_on);
        if same && self.comment.trim().is_empty() {
            return Ok(Vec::new());
        }
        let suspended = PassIaeSuspended {
            suspended_from: first.to_string(),
            until: last.to_string(),
            reason: self.reason.into(),
            ends_on: ends_on.to_string(),
            computed_ends_on: beside(ends_on, computed),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![suspended.into()])
    }
}

/// Prolongs a PASS IAE beyond its last day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProlongPassIae {
    /// Last day from now on, included.
    pub until: Day,
    /// Why; a RQTH is kept among health matters.
    pub reason: Word<ProlongationReason>,
    /// When that was decided; today when absent.
    #[serde(default)]
    pub decided_on: Option<Day>,
}

impl ProlongPassIae {
    /// What departs from the usual is warned of: `ends_on` is the last day until now.
    fn warn(&self, state: &State, ends_on: Date, context: &Context) {
        let day = self.decided_on.map_or(context.today, |day| day.0);
        let (at_once, times) = match self.reason.0 {
            ProlongationReason::SENIOR_CDI => (3650, Some(1)),
            ProlongationReason::COMPLETE_TRAINING => (365, None),
            ProlongationReason::SENIOR => (365, Some(5)),
            _ => (365, Some(3)),
        };
        let added = days_between(ends_on, self.until.0);
        let too_much = times.is_some_and(|times| state.prolonged_days + added > at_once * times);
        if added > at_once || too_much {
            context.warn(&PROLONGATION_LENGTH);
        }
        let early = ends_on > valid_for_months(day, 12);
        let late = day > valid_for_months(days_after(ends_on, 1), 6);
        if early || late {
            context.warn(&PROLONGATION_WINDOW);
        }
    }
}

impl Command for ProlongPassIae {
    type Aggregate = Pass;
    const NAME: &'static str = "prescription.prolong-pass";
    const SUMMARY: &'static str = "Prolonger un PASS IAE";
    const DAY: fn(&Self) -> Option<Date> = |command| command.decided_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        with_others()
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let until = self.until.0;
        let ends_on = state.ends_on.unwrap_or(until);
        if until == ends_on {
            return Ok(Vec::new());
        }
        if judged(context) {
            if until < ends_on {
                return Err(DATES
                    .refuse("Ce jour précède la fin actuelle du PASS IAE : ce n’est pas une prolongation. Corrigez-le.")
                    .at("/until"));
            }
            self.warn(state, ends_on, context);
        }
        alone((state.starts_on.unwrap_or(ends_on), until), "/until", context)?;
        let mut prolonged = PassIaeProlonged {
            prolonged_from: days_after(ends_on, 1).to_string(),
            until: until.to_string(),
            ..Default::default()
        };
        if self.reason.0 == ProlongationReason::RQTH {
            prolonged.health_reason = self.reason.into();
        } else {
            prolonged.reason = self.reason.into();
        }
        Ok(vec![prolonged.into()])
    }
}
