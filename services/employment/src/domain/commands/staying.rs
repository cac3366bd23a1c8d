//! Staying at work: check-ins, difficulties, mediation with the employer. They go on after the contract and
//! after the case is closed.

use contracts::{Word, buffa::Enumeration as _};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{Employment, State},
        *,
    },
    not_before_start, own_contract,
};

/// The days after the first one on which how things go is asked.
pub const STEPS: [u32; 5] = [7, 30, 90, 180, 365];

/// Which check-ins are counted.
pub const STEP: Rule = Rule::strict(
    "emploi.point",
    "Les points de maintien se font 7, 30, 90, 180 et 365 jours après le premier jour ; tout autre point n’a pas d’échéance.",
    "usage",
);
/// A difficulty is told in one place.
pub const ONE_TEXT: Rule = Rule::strict(
    "emploi.difficulte",
    "Une difficulté se dit avec des mots, dans un seul domaine : travail, vie sociale ou santé.",
    "secret professionnel, CASF L. 345-1",
);

/// Says that how things go was asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldCheckIn {
    /// When; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// Which one: 7, 30, 90, 180 or 365 days after the first day; absent for any other.
    #[serde(default)]
    pub step: Option<u32>,
    /// With whom.
    pub with: Word<CheckInWith>,
    /// How things go.
    pub outcome: Word<CheckInOutcome>,
    /// A few words for the circle.
    #[serde(default)]
    pub text: String,
}

impl Command for HoldCheckIn {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.hold-check-in";
    const SUMMARY: &'static str = "Enregistrer un point de maintien dans l’emploi";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let step = self.step.unwrap_or_default();
        if step != 0 && !STEPS.contains(&step) {
            return Err(STEP
                .refuse("Il n’y a pas de point prévu à cette échéance. Choisissez 7, 30, 90, 180 ou 365 jours, ou ne donnez pas d’échéance.")
                .at("/step"));
        }
        let held_on = self.held_on.map_or(context.today, |day| day.0);
        not_before_start(state, held_on, "/held_on")?;
        let text = self.text.trim();
        let same = (step, held_on.to_string(), self.with.0.to_i32(), self.outcome.0.to_i32());
        if text.is_empty() && state.check_ins.contains(&same) {
            return Ok(Vec::new());
        }
        let held = CheckInHeld {
            held_on: held_on.to_string(),
            step,
            with: self.with.into(),
            outcome: self.outcome.into(),
            text: text.to_owned(),
            ..Default::default()
        };
        Ok(vec![held.into()])
    }
}

/// Says that something makes work hard to keep: in exactly one of three texts, each with its own readers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDifficulty {
    /// When; today when absent.
    #[serde(default)]
    pub reported_on: Option<Day>,
    /// About work: the post, the hours, the team.
    #[serde(default)]
    pub project: String,
    /// About social life: childcare, housing, mobility, resources.
    #[serde(default)]
    pub social: String,
    /// About health.
    #[serde(default)]
    pub health: String,
}

impl Command for ReportDifficulty {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.report-difficulty";
    const SUMMARY: &'static str = "Signaler une difficulté dans l’emploi";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reported_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let texts = [&self.project, &self.social, &self.health].map(|text| text.trim().to_owned());
        match texts.iter().filter(|text| !text.is_empty()).count() {
            0 => {
                return Err(ONE_TEXT
                    .refuse("Cette difficulté n’est pas dite. Écrivez quelques mots dans l’un des domaines.")
                    .at("/project"));
            }
            1 => {}
            _ => {
                return Err(ONE_TEXT.refuse(
                    "Cette difficulté est dite dans plusieurs domaines, que d’autres ne lisent pas de la même façon. Enregistrez-en une par domaine.",
                ));
            }
        }
        let reported_on = self.reported_on.map_or(context.today, |day| day.0);
        not_before_start(state, reported_on, "/reported_on")?;
        let [project, social, health] = texts;
        let reported = DifficultyReported {
            reported_on: reported_on.to_string(),
            project,
            social,
            health,
            ..Default::default()
        };
        Ok(vec![reported.into()])
    }
}

/// Says that someone of the circle spoke with the employer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldMediation {
    /// When; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// Whether the person took part.
    #[serde(default)]
    pub person_present: bool,
    /// What came of it.
    pub outcome: Word<MediationOutcome>,
    /// A few words for the circle.
    #[serde(default)]
    pub text: String,
}

impl Command for HoldMediation {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.hold-mediation";
    const SUMMARY: &'static str = "Enregistrer une médiation avec l’employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let held_on = self.held_on.map_or(context.today, |day| day.0);
        not_before_start(state, held_on, "/held_on")?;
        let held = EmployerMediationHeld {
            held_on: held_on.to_string(),
            person_present: self.person_present,
            outcome: self.outcome.into(),
            text: self.text.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![held.into()])
    }
}
