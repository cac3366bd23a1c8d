//! What can be asked of a contract, each intent with its rule right below.

use contracts::{
    Word,
    common::v1::{self as words, OrganisationKind, Role},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Employment, State},
    warnings::*,
    *,
};

/// Someone employs.
pub const EMPLOYER: Rule =
    Rule::strict("emploi.employeur", "Un emploi a un employeur, inscrit dans Jalon ou nommé.", "usage");
/// Outside the circle, an employer speaks of its own contracts only.
pub const OWN_CONTRACTS: Rule = Rule::strict(
    "emploi.employeur-declarant",
    "Hors du cercle, un employeur n’enregistre que ses propres contrats.",
    "secret professionnel, CASF L. 345-1",
);
/// Days come in their order.
pub const DATES: Rule = Rule::strict(
    "emploi.dates",
    "Un contrat ne se termine pas, et ses heures ne changent pas, avant son premier jour.",
    "usage",
);
/// The week of work.
pub const WEEK: Rule = Rule::strict(
    "emploi.heures",
    "La semaine de travail compte plus de 0 heure et 48 heures au plus.",
    "Code du travail, L. 3121-20",
);
/// What has ended does not change; another contract may begin.
pub const ENDED: Rule = Rule::strict(
    "emploi.termine",
    "Les heures d’un contrat terminé ne changent plus ; un autre contrat peut commencer.",
    "usage",
);
/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &EMPLOYER,
    &OWN_CONTRACTS,
    &DATES,
    &WEEK,
    &ENDED,
    &TERM,
    &CDDI_WEEK,
    &CDDI_LENGTH,
    &CDDI_PATH,
    &CDI_INCLUSION_AGE,
    &CDI_INCLUSION_PATH,
    &TAPAJ_AGE,
    &TAPAJ_EMPLOYER,
];

/// Says that the person begins to work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartEmployment {
    /// The kind of contract.
    pub contract: Word<ContractKind>,
    /// Hours a week, in minutes.
    pub weekly_minutes: u32,
    /// First day; today when absent.
    #[serde(default)]
    pub started_on: Option<Day>,
    /// Last day of the contract, included; absent without term.
    #[serde(default)]
    pub ends_on: Option<Day>,
    /// The programme it belongs to.
    #[serde(default)]
    pub programme: Option<Word<Programme>>,
    /// The employer, when it is known to Jalon.
    #[serde(default)]
    pub employer_id: Option<Uuid>,
    /// The employer's name, when it is not.
    #[serde(default)]
    pub employer_name: String,
    /// The job.
    #[serde(default)]
    pub job: Option<Job>,
    /// The prescription or the convention it came from.
    #[serde(default)]
    pub came_from_id: Option<Uuid>,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Code of the ROME, when known.
    #[serde(default)]
    pub rome_code: String,
    /// How the employer calls it.
    pub label: String,
}

impl Command for StartEmployment {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.start";
    const SUMMARY: &'static str = "Enregistrer le début d’un emploi";

    fn occurred_on(&self) -> Option<Date> {
        self.started_on.map(|day| day.0)
    }

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.employer_id.into_iter().collect(),
            birth_date: matches!(self.contract.0, ContractKind::CDI_INCLUSION | ContractKind::TAPAJ_JOURNEE),
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        let ends_on = self.ends_on.map(|day| day.0);
        self.check_employer(context)?;
        own_contract(self.employer_id, context)?;
        check_week(self.weekly_minutes)?;
        if ends_on.is_some_and(|last| last < started_on) {
            return Err(DATES
                .refuse("Le dernier jour du contrat précède le premier. Corrigez l’une des deux dates.")
                .at("/ends_on"));
        }
        let programme = self.programme.map(|word| word.0).unwrap_or_default();
        let employer = kind_of(self.employer_id, context);
        warn_about_week(self.contract.0, programme, employer, self.weekly_minutes, context);
        warn_about_term(self.contract.0, programme, employer, (started_on, ends_on), context);
        warn_about_person(self.contract.0, employer, started_on, context);
        let started = EmploymentStarted {
            employer_id: text(self.employer_id),
            contract: self.contract.into(),
            weekly_minutes: self.weekly_minutes,
            started_on: started_on.to_string(),
            ends_on: self.ends_on.map(String::from).unwrap_or_default(),
            programme: programme.into(),
            came_from_id: text(self.came_from_id),
            employer_name: self.employer_name.trim().to_owned(),
            job: self.job.as_ref().map(|job| job.stated().into()).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

impl StartEmployment {
    fn check_employer(&self, context: &Context) -> Result<(), Refusal> {
        match self.employer_id {
            Some(id) if context.organisation(id).is_none() => Err(EMPLOYER
                .refuse("Jalon ne connaît pas cet employeur. Inscrivez-le, ou donnez seulement son nom.")
                .at("/employer_id")),
            None if self.employer_name.trim().is_empty() => Err(EMPLOYER
                .refuse("L’employeur manque. Choisissez-le parmi les organisations, ou donnez son nom.")
                .at("/employer_name")),
            _ => Ok(()),
        }
    }
}

impl Job {
    fn stated(&self) -> words::Job {
        words::Job { rome_code: self.rome_code.clone(), label: self.label.clone(), ..Default::default() }
    }
}

/// Says that the weekly hours become others.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeHours {
    /// Hours a week, in minutes.
    pub weekly_minutes: u32,
    /// From which day; today when absent.
    #[serde(default)]
    pub from_day: Option<Day>,
}

impl Command for ChangeHours {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.change-hours";
    const SUMMARY: &'static str = "Changer les heures de travail";

    fn occurred_on(&self) -> Option<Date> {
        self.from_day.map(|day| day.0)
    }

    fn needs(&self, state: &State) -> Needs {
        Needs { organisations: state.employer_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        if state.ended {
            return Err(ENDED.refuse(
                "Ce contrat est terminé : ses heures ne changent plus. Enregistrez le nouveau contrat, s’il y en a un.",
            ));
        }
        check_week(self.weekly_minutes)?;
        let from_day = self.from_day.map_or(context.today, |day| day.0);
        not_before_start(state, from_day, "/from_day")?;
        if self.weekly_minutes == state.weekly_minutes {
            return Ok(Vec::new());
        }
        let employer = kind_of(state.employer_id, context);
        warn_about_week(state.contract, state.programme, employer, self.weekly_minutes, context);
        let changed = HoursChanged {
            weekly_minutes: self.weekly_minutes,
            from_day: from_day.to_string(),
            ..Default::default()
        };
        Ok(vec![changed.into()])
    }
}

/// Says that the work ended.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndEmployment {
    /// Last day worked; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
    /// Why.
    pub reason: Word<EndReason>,
    /// A few words for the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for EndEmployment {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.end";
    const SUMMARY: &'static str = "Enregistrer la fin d’un emploi";

    fn occurred_on(&self) -> Option<Date> {
        self.ended_on.map(|day| day.0)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        if state.ended {
            return Ok(Vec::new());
        }
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        not_before_start(state, ended_on, "/ended_on")?;
        let ended = EmploymentEnded {
            ended_on: ended_on.to_string(),
            reason: self.reason.into(),
            comment: self.comment.clone(),
            ..Default::default()
        };
        Ok(vec![ended.into()])
    }
}

/// Whoever is in the circle speaks of any contract of the person; an employer outside it, of its own.
fn own_contract(employer_id: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let actor = &context.actor;
    let in_circle =
        context.case().zip(actor.post_id).is_some_and(|(case, post)| case.circle.contains_key(&post));
    let own = employer_id.is_some() && employer_id == actor.organisation_id;
    if actor.role == Role::EMPLOYEUR_SIAE && !in_circle && !own {
        return Err(OWN_CONTRACTS
            .refuse("Vous n’êtes pas dans le cercle de cette personne : n’enregistrez que les contrats de votre organisation.")
            .at("/employer_id"));
    }
    Ok(())
}

fn check_week(minutes: u32) -> Result<(), Refusal> {
    let refuse = |detail: &'static str| Err(WEEK.refuse(detail).at("/weekly_minutes"));
    match minutes {
        0 => refuse("Les heures par semaine manquent. Donnez-les en minutes : 1560 pour 26 heures."),
        1..=2880 => Ok(()),
        _ => refuse("La semaine dépasse 48 heures (2880 minutes). Corrigez les heures."),
    }
}

fn not_before_start(state: &State, day: Date, pointer: &'static str) -> Result<(), Refusal> {
    if state.started_on.is_some_and(|first| day < first) {
        return Err(DATES.refuse("Cette date précède le premier jour du contrat. Corrigez-la.").at(pointer));
    }
    Ok(())
}

fn kind_of(employer_id: Option<Uuid>, context: &Context) -> Option<OrganisationKind> {
    Some(context.organisation(employer_id?)?.kind)
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
