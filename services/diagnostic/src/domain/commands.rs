//! What can be asked of a diagnostic, each intent with its rule right below.

use contracts::{Class, Word};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    codes::{is_rome, is_rome_skill},
    dates::valid_for_months,
};

use super::{aggregate::Diagnostic, resource::commands as resource, *};

mod obstacles;
mod revision;

pub(super) use obstacles::known;
pub use obstacles::{EaseObstacle, KNOWN_OBSTACLE, NameObstacle, ReturnObstacle, class_of_dimension};
pub use revision::{LATE_REVISION, REVISABLE, ReviseDiagnostic};

/// A closed case must be reopened first.
pub const OPEN_CASE: Rule =
    Rule::strict("diagnostic.dossier-clos", "Un diagnostic commence dans un dossier ouvert.", "usage");
/// What was concluded stays as it was.
pub const NOT_COMPLETED: Rule = Rule::strict(
    "diagnostic.termine",
    "Un diagnostic terminé ne se complète plus : on le révise, ou on en commence un autre.",
    "usage",
);
/// Words are needed to say something.
pub const SAID: Rule =
    Rule::strict("diagnostic.texte", "Une situation ou une compétence se dit avec des mots.", "usage");
/// The end comes after the beginning, and a revision after the end.
pub const IN_ORDER: Rule = Rule::strict(
    "diagnostic.dates",
    "Un diagnostic se termine après avoir commencé, et se révise ensuite.",
    "usage",
);
/// The ROME numbers skills, and names jobs by a letter and four digits.
pub const ROME: Rule = Rule::strict(
    "diagnostic.rome",
    "Un code ROME de compétence s’écrit avec des chiffres, un code de métier avec une lettre de A à N et quatre chiffres.",
    "répertoire ROME de France Travail",
);

/// What was decided about a disability is read by those who may read of health.
pub const DECISIONS: Rule = Rule::strict(
    "diagnostic.handicap",
    "Une RQTH, une orientation de la CDAPH ou une AAH se dit avec la situation de santé.",
    "secret professionnel, CASF L. 345-1",
);

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &OPEN_CASE,
    &NOT_COMPLETED,
    &SAID,
    &IN_ORDER,
    &ROME,
    &DECISIONS,
    &KNOWN_OBSTACLE,
    &REVISABLE,
    &LATE_REVISION,
    &resource::CASE_OPEN,
    &resource::SERVICE_NAMED,
    &resource::SERVICE_ID,
    &resource::SERVICE_KNOWN,
    &resource::SERVICE_GONE,
    &resource::SERVICE_ORGANISATION,
    &resource::SAME_READERS,
    &resource::AVIP_SITUATION,
    &resource::AVIP_ONLY,
    &resource::DATES,
];

/// For how many months a diagnostic can be relied upon.
const VALID_MONTHS: i32 = 6;

fn not_completed(state: &aggregate::State) -> Result<(), Refusal> {
    if state.completed {
        return Err(NOT_COMPLETED.refuse(
            "Ce diagnostic est terminé et reste tel quel. Révisez sa conclusion, ou commencez-en un autre pour ajouter ce que vous avez appris.",
        ));
    }
    Ok(())
}

/// The text without what surrounds it; refused when nothing is left.
fn said(text: &str, pointer: &'static str) -> Result<String, Refusal> {
    match text.trim() {
        "" => Err(SAID.refuse("Ce texte est vide. Écrivez au moins quelques mots.").at(pointer)),
        text => Ok(text.to_owned()),
    }
}

/// Begins a diagnostic; a person may have several, and none is needed for anything else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartDiagnostic {
    /// The guide it follows.
    pub frame: Word<DiagnosticFrame>,
    /// Since when; today when absent.
    #[serde(default)]
    pub started_on: Option<Day>,
}

impl Command for StartDiagnostic {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.start";
    const SUMMARY: &'static str = "Commencer un diagnostic socio-professionnel";
    const DAY: fn(&Self) -> Option<Date> = |command| command.started_on.map(|day| day.0);

    fn decide(&self, _: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        if context.case().is_some_and(|case| case.is_closed_on(started_on)) {
            return Err(OPEN_CASE
                .refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."));
        }
        let started = DiagnosticStarted {
            frame: self.frame.into(),
            started_on: started_on.to_string(),
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

/// Says where the person stands towards work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessProfessionalSituation {
    /// In the person's words, or nearly.
    pub text: String,
    /// Where the last experience comes from, when there is one.
    #[serde(default)]
    pub last_experience: Option<Word<SkillOrigin>>,
}

impl Command for AssessProfessionalSituation {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.assess-professional-situation";
    const SUMMARY: &'static str = "Décrire la situation professionnelle";

    fn decide(&self, state: &aggregate::State, _: &Context) -> Result<Vec<Event>, Refusal> {
        not_completed(state)?;
        let assessed = ProfessionalSituationAssessed {
            text: said(&self.text, "/text")?,
            last_experience: self.last_experience.map(Into::into).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![assessed.into()])
    }
}

/// Says where the person stands in one dimension of life; kept in the class of that dimension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessSocialSituation {
    /// Which dimension.
    pub dimension: Word<Dimension>,
    /// In the person's words, or nearly.
    pub text: String,
    /// For health only: what was decided about a disability, as far as the person wishes to say it.
    #[serde(default)]
    pub decisions: Vec<KnownDecision>,
}

/// A decision about a disability.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownDecision {
    /// Which one.
    pub kind: Word<DisabilityDecisionKind>,
    /// Last day it holds, included; absent when it has no end, or none is known.
    #[serde(default)]
    pub until_day: Option<Day>,
}

impl KnownDecision {
    fn stated(&self) -> DisabilityDecision {
        DisabilityDecision {
            kind: self.kind.into(),
            until_day: self.until_day.map(String::from).unwrap_or_default(),
            ..Default::default()
        }
    }
}

impl Command for AssessSocialSituation {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.assess-social-situation";
    const SUMMARY: &'static str = "Décrire la situation dans une dimension de la vie";

    fn decide(&self, state: &aggregate::State, _: &Context) -> Result<Vec<Event>, Refusal> {
        not_completed(state)?;
        let text = said(&self.text, "/text")?;
        if !self.decisions.is_empty() && self.dimension.0 != Dimension::SANTE {
            return Err(DECISIONS
                .refuse("Une RQTH, une orientation de la CDAPH ou une AAH se dit avec la situation de santé, que moins de personnes lisent. Choisissez cette dimension, ou retirez la décision.")
                .at("/decisions"));
        }
        let situation = Situation { dimension: self.dimension.into(), text, ..Default::default() };
        let mut assessed = SocialSituationAssessed::default();
        match protected(self.dimension.0) {
            Some(Class::Health) => {
                assessed.health = situation.into();
                assessed.decisions = self.decisions.iter().map(KnownDecision::stated).collect();
            }
            Some(Class::Judicial) => assessed.judicial = situation.into(),
            _ => assessed.social = situation.into(),
        }
        Ok(vec![assessed.into()])
    }
}

/// The class that protects a dimension more closely than the others, when one does.
fn protected(dimension: Dimension) -> Option<Class> {
    match dimension {
        Dimension::SANTE | Dimension::ADDICTION => Some(Class::Health),
        Dimension::JUDICIAIRE => Some(Class::Judicial),
        _ => None,
    }
}

/// Notes something the person can do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifySkill {
    /// In a few words.
    pub label: String,
    /// ROME code of the skill, or of the job it belongs to, when known.
    #[serde(default)]
    pub rome_code: String,
    /// Where it comes from: work is only one of the places.
    pub origin: Word<SkillOrigin>,
}

impl Command for IdentifySkill {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.identify-skill";
    const SUMMARY: &'static str = "Repérer une compétence";

    fn decide(&self, state: &aggregate::State, _: &Context) -> Result<Vec<Event>, Refusal> {
        not_completed(state)?;
        if !self.rome_code.is_empty() && !is_rome(&self.rome_code) && !is_rome_skill(&self.rome_code) {
            return Err(ROME
                .refuse("Ce code n’a pas la forme d’un code ROME. Corrigez-le, ou laissez-le vide.")
                .at("/rome_code"));
        }
        let identified = SkillIdentified {
            label: said(&self.label, "/label")?,
            rome_code: self.rome_code.clone(),
            origin: self.origin.into(),
            ..Default::default()
        };
        Ok(vec![identified.into()])
    }
}

/// Ends a diagnostic, however much or little it holds: it can be relied upon for six months.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteDiagnostic {
    /// In what quality it was made.
    pub author: Word<AuthorKind>,
    /// Since when; today when absent.
    #[serde(default)]
    pub completed_on: Option<Day>,
    /// What comes out of it, as the person and the professional say it.
    #[serde(default)]
    pub conclusion: String,
}

impl Command for CompleteDiagnostic {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.complete";
    const SUMMARY: &'static str = "Terminer un diagnostic";
    const DAY: fn(&Self) -> Option<Date> = |command| command.completed_on.map(|day| day.0);

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.completed {
            return Ok(Vec::new());
        }
        let completed_on = self.completed_on.map_or(context.today, |day| day.0);
        if state.started_on.is_some_and(|started_on| completed_on < started_on) {
            return Err(IN_ORDER
                .refuse("Cette date précède le début du diagnostic. Corrigez-la.")
                .at("/completed_on"));
        }
        let completed = DiagnosticCompleted {
            author: self.author.into(),
            completed_on: completed_on.to_string(),
            valid_until: valid_for_months(completed_on, VALID_MONTHS).to_string(),
            conclusion: self.conclusion.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![completed.into()])
    }
}
