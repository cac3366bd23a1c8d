//! What can be asked of a contract, each intent with its rule right below.

use contracts::{
    Word,
    common::v1::{self as words, OrganisationKind, Role},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs, OfCase};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    dates::{days_after, valid_for_months},
};

use super::{
    aggregate::{Employment, State},
    warnings::*,
    *,
};

mod course;
mod links;
mod staying;

pub use course::*;
pub use staying::{HoldCheckIn, HoldMediation, ONE_TEXT, ReportDifficulty, STEP, STEPS};

/// Someone employs.
pub const EMPLOYER: Rule =
    Rule::strict("emploi.employeur", "Un emploi a un employeur, inscrit dans Jalon ou nommé.", "usage");
/// Outside the circle, an employer speaks of its own contracts only.
pub const OWN_CONTRACTS: Rule = Rule::strict(
    "emploi.employeur-declarant",
    "Hors du cercle, un employeur n’enregistre que ses propres contrats.",
    "secret professionnel, CASF L. 345-1",
);
/// Outside the circle, an employer speaks of people who came to it.
pub const LINKED: Rule = Rule::strict(
    "emploi.lien",
    "Hors du cercle, un employeur n’enregistre que le contrat d’une personne qui lui a été adressée, qu’il a accueillie ou employée.",
    "secret professionnel, CASF L. 345-1",
);
/// The read model that says who came to whom.
const LIVE_STATUS: &str = "live_status";
/// Days come in their order.
pub const DATES: Rule = Rule::strict(
    "emploi.dates",
    "Rien de ce qui arrive à un contrat ne précède son premier jour, et la reprise suit l’arrêt.",
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
/// A closed case must be reopened first.
pub const OPEN_CASE: Rule =
    Rule::strict("emploi.dossier-clos", "Un emploi commence dans un dossier ouvert.", "usage");
/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &OPEN_CASE,
    &EMPLOYER,
    &OWN_CONTRACTS,
    &LINKED,
    &DATES,
    &WEEK,
    &ENDED,
    &RENEWAL,
    &CONVERSION,
    &STEP,
    &ONE_TEXT,
    &TERM,
    &CDDI_WEEK,
    &CDDI_LENGTH,
    &CDDI_PATH,
    &CDI_INCLUSION_AGE,
    &CDI_INCLUSION_PATH,
    &TAPAJ_AGE,
    &TAPAJ_EMPLOYER,
    &TAPAJ_DAY,
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
    /// The hours foreseen later on, in the order of their days.
    #[serde(default)]
    pub planned_hours: Vec<PlannedHours>,
    /// The activity it goes with, such as a French course beside a half-time job.
    #[serde(default)]
    pub linked_activity_id: Option<Uuid>,
}

/// The weekly hours foreseen from a day on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedHours {
    /// From which day; it may be to come.
    pub from_day: Day,
    /// Hours a week, in minutes.
    pub weekly_minutes: u32,
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
    const DAY: fn(&Self) -> Option<Date> = |command| command.started_on.map(|day| day.0);

    const TIED: bool = true;

    fn is_tied(&self, context: &Context) -> bool {
        links::linked(self.came_from_id, context).is_ok()
    }

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.employer_id.into_iter().collect(),
            streams: self.came_from_id.into_iter().collect(),
            case_document: self.came_from_id.is_none().then_some(LIVE_STATUS),
            birth_date: matches!(self.contract.0, ContractKind::CDI_INCLUSION | ContractKind::TAPAJ_JOURNEE),
            of_case: path(self.contract.0),
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        let ends_on = self.ends_on.map(|day| day.0);
        if context.case().is_some_and(|case| case.is_closed_on(started_on)) {
            return Err(OPEN_CASE
                .refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."));
        }
        self.check_employer(context)?;
        own_contract(self.employer_id, context)?;
        links::linked(self.came_from_id, context)?;
        check_week(self.weekly_minutes)?;
        if ends_on.is_some_and(|last| last < started_on) {
            return Err(DATES
                .refuse("Le dernier jour du contrat précède le premier. Corrigez l’une des deux dates.")
                .at("/ends_on"));
        }
        self.check_planned_hours(started_on, ends_on)?;
        let programme = self.programme.map(|word| word.0).unwrap_or_default();
        let employer = kind_of(self.employer_id, context);
        for minutes in self.planned_hours.iter().map(|step| step.weekly_minutes).chain([self.weekly_minutes])
        {
            warn_about_week(self.contract.0, programme, employer, minutes, context);
        }
        warn_about_term(self.contract.0, programme, employer, (started_on, ends_on), context);
        warn_about_person(self.contract.0, employer, (started_on, None), context);
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
            planned_hours: self.planned_hours.iter().map(PlannedHours::stated).collect(),
            linked_activity_id: text(self.linked_activity_id),
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

impl StartEmployment {
    /// The hours foreseen follow one another, within the contract.
    fn check_planned_hours(&self, started_on: Date, ends_on: Option<Date>) -> Result<(), Refusal> {
        let mut before = started_on;
        for step in &self.planned_hours {
            check_week(step.weekly_minutes).map_err(|refusal| refusal.at("/planned_hours"))?;
            let day = step.from_day.0;
            if day <= before || ends_on.is_some_and(|last| day > last) {
                return Err(DATES
                    .refuse("Les heures prévues ne se suivent pas entre le premier et le dernier jour du contrat. Remettez-les dans l’ordre de leurs dates.")
                    .at("/planned_hours"));
            }
            before = day;
        }
        Ok(())
    }

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

impl PlannedHours {
    fn stated(&self) -> HoursStep {
        HoursStep {
            from_day: self.from_day.into(),
            weekly_minutes: self.weekly_minutes,
            ..Default::default()
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
    const DAY: fn(&Self) -> Option<Date> = |command| command.from_day.map(|day| day.0);

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
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

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
            followed_until: followed_until(state.programme, ended_on).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![ended.into()])
    }
}

/// Last day of the follow-up after the exit: twelve months with Convergence.
fn followed_until(programme: Programme, ended_on: Date) -> Option<String> {
    (programme == Programme::CVG).then(|| valid_for_months(days_after(ended_on, 1), 12).to_string())
}

/// Whoever is in the circle speaks of any contract of the person; an employer outside it, of its own.
/// Whether an employer asks who is not in the circle.
fn is_outside_employer(context: &Context) -> bool {
    let actor = &context.actor;
    let in_circle =
        context.case().zip(actor.post_id).is_some_and(|(case, post)| case.circle.contains_key(&post));
    actor.role == Role::EMPLOYEUR_SIAE && !in_circle
}

fn own_contract(employer_id: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let own = employer_id.is_some() && employer_id == context.actor.organisation_id;
    if is_outside_employer(context) && !own {
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

/// The person's contracts, for the rules that count a whole path.
fn path(contract: ContractKind) -> Option<OfCase> {
    let counted = matches!(contract, ContractKind::CDDI | ContractKind::CDI_INCLUSION);
    counted.then(|| OfCase::all::<Event>().with_organisations(service::employer))
}

fn kind_of(employer_id: Option<Uuid>, context: &Context) -> Option<OrganisationKind> {
    Some(context.organisation(employer_id?)?.kind)
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
