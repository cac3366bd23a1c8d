//! What happens to a contract on its way: work stops and goes on, the contract is renewed, becomes one
//! without term.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{Employment, State},
        warnings::*,
        *,
    },
    DATES, ENDED, kind_of, not_before_start, own_contract, path,
};

/// What has a last day may have a later one.
pub const RENEWAL: Rule = Rule::strict(
    "emploi.renouvellement",
    "Un contrat à durée déterminée se renouvelle jusqu’à un jour qui suit son dernier jour.",
    "Code du travail, L. 1242-8 et L. 1243-13",
);
/// What a contract becomes.
pub const CONVERSION: Rule = Rule::strict(
    "emploi.transformation",
    "Un contrat se transforme en CDI ou en CDI inclusion ; tout autre contrat commence comme un nouveau contrat.",
    "usage",
);

/// What is told of a day after the end is told of another contract.
fn not_after_end(state: &State, day: Date) -> Result<(), Refusal> {
    if state.ended && state.ended_on.is_none_or(|last| day > last) {
        return Err(ENDED.refuse(
            "Ce contrat était déjà terminé ce jour-là. Corrigez la date, ou enregistrez le nouveau contrat, s’il y en a un.",
        ));
    }
    Ok(())
}

/// Says that work stops for a time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendWork {
    /// Since when.
    pub suspended_on: Day,
}

impl Command for SuspendWork {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.suspend-work";
    const SUMMARY: &'static str = "Suspendre le travail";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.suspended_on.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        not_before_start(state, self.suspended_on.0, "/suspended_on")?;
        not_after_end(state, self.suspended_on.0)?;
        if state.suspended_on.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![WorkSuspended { suspended_on: self.suspended_on.into(), ..Default::default() }.into()])
    }
}

/// Says that work goes on again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeWork {
    /// First day worked again.
    pub resumed_on: Day,
}

impl Command for ResumeWork {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.resume-work";
    const SUMMARY: &'static str = "Reprendre le travail";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.resumed_on.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let Some(since) = state.suspended_on else { return Ok(Vec::new()) };
        not_after_end(state, self.resumed_on.0)?;
        if self.resumed_on.0 < since {
            return Err(DATES
                .refuse("Cette reprise précède l’arrêt du travail. Corrigez la date.")
                .at("/resumed_on"));
        }
        Ok(vec![WorkResumed { resumed_on: self.resumed_on.into(), ..Default::default() }.into()])
    }
}

/// Says that the contract goes on beyond its last day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewContract {
    /// Last day from now on, included.
    pub ends_on: Day,
    /// When that was agreed; today when absent.
    #[serde(default)]
    pub renewed_on: Option<Day>,
}

impl Command for RenewContract {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.renew";
    const SUMMARY: &'static str = "Renouveler un contrat";
    const DAY: fn(&Self) -> Option<Date> = |command| command.renewed_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: state.employer_id.into_iter().collect(),
            of_case: path(state.contract),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let last = self.ends_on.0;
        if state.ends_on == Some(last) {
            return Ok(Vec::new());
        }
        let renewed_on = self.renewed_on.map_or(context.today, |day| day.0);
        not_before_start(state, renewed_on, "/renewed_on")?;
        not_after_end(state, renewed_on)?;
        if matches!(state.contract, ContractKind::CDI | ContractKind::CDI_INCLUSION) {
            return Err(RENEWAL.refuse(
                "Ce contrat est sans terme : il ne se renouvelle pas. Enregistrez sa fin, ou le nouveau contrat.",
            ));
        }
        let current = state.ends_on.or(state.started_on);
        if current.is_some_and(|current| last <= current) {
            return Err(RENEWAL
                .refuse("Le nouveau dernier jour ne suit pas l’ancien. Corrigez-le, ou enregistrez la fin du contrat.")
                .at("/ends_on"));
        }
        let first = state.started_on.unwrap_or(renewed_on);
        let employer = kind_of(state.employer_id, context);
        warn_about_term(state.contract, state.programme, employer, (first, Some(last)), context);
        let renewed = ContractRenewed {
            renewed_on: renewed_on.to_string(),
            ends_on: self.ends_on.into(),
            ..Default::default()
        };
        Ok(vec![renewed.into()])
    }
}

/// Says that the contract becomes one without term.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertContract {
    /// CDI or CDI inclusion; CDI when absent.
    #[serde(default)]
    pub contract: Option<Word<ContractKind>>,
    /// First day without term; today when absent.
    #[serde(default)]
    pub converted_on: Option<Day>,
}

impl ConvertContract {
    fn becomes(&self) -> ContractKind {
        self.contract.map_or(ContractKind::CDI, |contract| contract.0)
    }
}

impl Command for ConvertContract {
    type Aggregate = Employment;
    const NAME: &'static str = "employment.convert";
    const SUMMARY: &'static str = "Transformer un contrat en CDI";
    const DAY: fn(&Self) -> Option<Date> = |command| command.converted_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: state.employer_id.into_iter().collect(),
            birth_date: self.becomes() == ContractKind::CDI_INCLUSION,
            of_case: path(self.becomes()),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_contract(state.employer_id, context)?;
        let contract = self.becomes();
        if !matches!(contract, ContractKind::CDI | ContractKind::CDI_INCLUSION) {
            return Err(CONVERSION
                .refuse("Ce contrat n’est pas un CDI. Choisissez CDI ou CDI inclusion, ou enregistrez le début d’un nouveau contrat.")
                .at("/contract"));
        }
        if contract == state.contract {
            return Ok(Vec::new());
        }
        let converted_on = self.converted_on.map_or(context.today, |day| day.0);
        not_before_start(state, converted_on, "/converted_on")?;
        not_after_end(state, converted_on)?;
        let employer = kind_of(state.employer_id, context);
        warn_about_person(contract, employer, (converted_on, Some(state)), context);
        let converted = ContractConverted {
            converted_on: converted_on.to_string(),
            contract: contract.into(),
            ..Default::default()
        };
        Ok(vec![converted.into()])
    }
}
