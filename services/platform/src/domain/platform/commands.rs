//! What can be asked of a platform, each intent with its rule right below.

use contracts::{Word, prescription::v1::PrescriptionKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Platform, State},
    members::animated,
    *,
};

/// A platform has a name.
pub const NAMED: Rule = Rule::strict("plateforme.nom", "Une plateforme a un nom.", "usage");
/// A platform is made of organisations.
pub const KNOWN_ORGANISATION: Rule = Rule::strict(
    "plateforme.organisation",
    "Une plateforme réunit des organisations inscrites dans Jalon.",
    "usage",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("plateforme.dates", "On quitte une plateforme après y être entré.", "usage");

/// Opens a plateforme emploi; the organisation that leads it is its first member.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenPlatform {
    /// Its name.
    pub name: String,
    /// Where it works.
    pub territory: String,
    /// The organisation that leads it.
    pub lead_organisation_id: Uuid,
}

impl Command for OpenPlatform {
    type Aggregate = Platform;
    const NAME: &'static str = "platform.open";
    const SUMMARY: &'static str = "Ouvrir une plateforme emploi";

    fn needs(&self, _: &State) -> Needs {
        Needs { organisations: vec![self.lead_organisation_id], ..Needs::default() }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if self.name.trim().is_empty() {
            return Err(NAMED.refuse("Le nom de la plateforme manque. Donnez-le.").at("/name"));
        }
        known(self.lead_organisation_id, "/lead_organisation_id", context)?;
        let opened = PlatformOpened {
            name: self.name.trim().to_owned(),
            territory: self.territory.trim().to_owned(),
            lead_organisation_id: self.lead_organisation_id.to_string(),
            ..Default::default()
        };
        Ok(vec![opened.into()])
    }
}

/// Brings an organisation into the platform.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinPlatform {
    /// The organisation.
    pub organisation_id: Uuid,
    /// First day; today when absent.
    #[serde(default)]
    pub since: Option<Day>,
}

impl Command for JoinPlatform {
    type Aggregate = Platform;
    const NAME: &'static str = "platform.join";
    const SUMMARY: &'static str = "Faire entrer une organisation dans la plateforme";
    const DAY: fn(&Self) -> Option<Date> = |command| command.since.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { organisations: vec![self.organisation_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        animated(state, context)?;
        known(self.organisation_id, "/organisation_id", context)?;
        if state.members.contains_key(&self.organisation_id) {
            return Ok(Vec::new());
        }
        let joined = MemberJoined {
            organisation_id: self.organisation_id.to_string(),
            since: self.since.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![joined.into()])
    }
}

/// Takes an organisation out of the platform: it no longer sees the cases that the platform shares.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeavePlatform {
    /// The organisation.
    pub organisation_id: Uuid,
    /// Since when it is no longer a member; today when absent.
    #[serde(default)]
    pub until: Option<Day>,
}

impl Command for LeavePlatform {
    type Aggregate = Platform;
    const NAME: &'static str = "platform.leave";
    const SUMMARY: &'static str = "Faire sortir une organisation de la plateforme";
    const DAY: fn(&Self) -> Option<Date> = |command| command.until.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        animated(state, context)?;
        let Some(since) = state.members.get(&self.organisation_id) else { return Ok(Vec::new()) };
        let until = self.until.map_or(context.today, |day| day.0);
        if since.is_some_and(|since| until < since) {
            return Err(DATES
                .refuse("Cette date précède l’entrée de l’organisation dans la plateforme. Corrigez-la.")
                .at("/until"));
        }
        let left = MemberLeft {
            organisation_id: self.organisation_id.to_string(),
            until: until.to_string(),
            ..Default::default()
        };
        Ok(vec![left.into()])
    }
}

/// How long an answer may be awaited.
pub const ANSWER_DELAY: Rule = Rule::strict(
    "plateforme.delai-reponse",
    "Une plateforme attend une réponse de 7 à 365 jours avant de constater le silence.",
    "usage",
);

/// Chooses how long the platform awaits an answer of that kind before silence is stated.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseAnswerDelay {
    /// Which prescriptions.
    pub prescription_kind: Word<PrescriptionKind>,
    /// Days, 7 to 365.
    pub days: u32,
}

impl Command for ChooseAnswerDelay {
    type Aggregate = Platform;
    const NAME: &'static str = "platform.choose-answer-delay";
    const SUMMARY: &'static str = "Choisir le délai au bout duquel un silence est constaté";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        animated(state, context)?;
        if !(7..=365).contains(&self.days) {
            return Err(ANSWER_DELAY
                .refuse("Ce délai n’est pas compris entre 7 et 365 jours. Corrigez-le.")
                .at("/days"));
        }
        let prescription_kind = self.prescription_kind.0 as u32;
        if state.answer_delays.get(&prescription_kind) == Some(&self.days) {
            return Ok(Vec::new());
        }
        Ok(vec![AnswerDelayChosen { prescription_kind, days: self.days, ..Default::default() }.into()])
    }
}

fn known(organisation_id: Uuid, pointer: &'static str, context: &Context) -> Result<(), Refusal> {
    if context.organisation(organisation_id).is_some() {
        return Ok(());
    }
    Err(KNOWN_ORGANISATION
        .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la d’abord.")
        .at(pointer))
}
