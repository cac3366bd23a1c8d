//! What can be asked of an organisation, each intent with its rule right below.

use contracts::{Word, common::v1::OrganisationKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs, hosts};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Card, Mandate, Organisation, State},
    keepers::{self, kept},
    *,
};

/// An organisation has a name.
pub const NAMED: Rule = Rule::strict("organisation.nom", "Une organisation a un nom.", "usage");
/// A SIRET is one.
pub const SIRET: Rule = Rule::strict(
    "organisation.siret",
    "Un SIRET compte 14 chiffres, dont une clé de contrôle.",
    "Code de commerce, R. 123-221",
);
/// A SIRET that a directory publishes may be wrong.
pub const DOUBTFUL_SIRET: Rule = Rule::soft(
    "organisation.siret-douteux",
    "Un SIRET publié par un répertoire est gardé même si sa clé de contrôle n’est pas juste.",
    "data·inclusion, schéma v1",
);
/// Who may prescribe a PMSMP, and so let another do it.
pub const GRANTER: Rule = Rule::strict(
    "mandat.prescripteur",
    "Un mandat vient d’une autre organisation, qui peut prescrire des PMSMP de plein droit.",
    "Code du travail, L. 5135-2",
);
/// A mandate has its days in order.
pub const MANDATE_DATES: Rule =
    Rule::strict("mandat.dates", "Un mandat ne se termine pas avant son premier jour.", "usage");
/// Only a mandate that was given ends.
pub const KNOWN_MANDATE: Rule =
    Rule::strict("mandat.inconnu", "Seul un mandat accordé à cette organisation se termine.", "usage");

/// Makes an organisation known to Jalon.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterOrganisation {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Word<OrganisationKind>,
    /// Its SIRET, 14 digits.
    #[serde(default)]
    pub siret: String,
    /// Its town.
    #[serde(default)]
    pub town: String,
    /// Its references in other directories, e.g. an agency id of Immersion Facilitée.
    #[serde(default)]
    pub external_ids: Vec<String>,
}

impl Command for RegisterOrganisation {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.register-organisation";
    const SUMMARY: &'static str = "Inscrire une organisation";

    fn needs(&self, _: &State) -> Needs {
        keepers::needs_siret(Some(&self.siret), Needs::default())
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if hosts(self.kind.0) {
            let ask = "Demandez à un administrateur d’inscrire cette structure.";
            keepers::by_an_administrator(&keepers::HOSTS, ask, context).map_err(|no| no.at("/kind"))?;
        }
        keepers::only_theirs(context)?;
        let registered = OrganisationRegistered {
            name: read_name(&self.name)?,
            kind: self.kind.into(),
            siret: read_siret(&self.siret, context)?,
            town: self.town.trim().to_owned(),
            external_ids: self.external_ids.clone(),
            ..Default::default()
        };
        Ok(vec![registered.into()])
    }
}

/// Changes its card; what is absent stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrganisation {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its SIRET, 14 digits; an empty one takes it away.
    #[serde(default)]
    pub siret: Option<String>,
    /// Its town.
    #[serde(default)]
    pub town: Option<String>,
    /// All its references in other directories.
    #[serde(default)]
    pub external_ids: Option<Vec<String>>,
}

impl Command for UpdateOrganisation {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.update-organisation";
    const SUMMARY: &'static str = "Mettre à jour une organisation";

    fn needs(&self, _: &State) -> Needs {
        keepers::needs_siret(self.siret.as_deref(), keepers::needs(None))
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        kept(Some(context.stream_id), context)?;
        let mut card = state.card.clone();
        if let Some(name) = &self.name {
            card.name = read_name(name)?;
        }
        if let Some(siret) = &self.siret {
            card.siret = read_siret(siret, context)?;
        }
        if card.siret != state.card.siret {
            let ask = "Demandez à un administrateur de changer ce SIRET.";
            keepers::by_an_administrator(&keepers::SIRET_BY, ask, context).map_err(|no| no.at("/siret"))?;
            keepers::only_theirs(context)?;
        }
        if let Some(town) = &self.town {
            card.town = town.trim().to_owned();
        }
        if let Some(external_ids) = &self.external_ids {
            card.external_ids.clone_from(external_ids);
        }
        if card == state.card {
            return Ok(Vec::new());
        }
        let Card { name, siret, town, external_ids } = card;
        Ok(vec![OrganisationUpdated { name, siret, town, external_ids, ..Default::default() }.into()])
    }
}

/// Lets it prescribe PMSMP in the name of another organisation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantMandate {
    /// The prescriber that grants it.
    pub by_organisation_id: Uuid,
    /// First day; may be to come.
    pub from_day: Day,
    /// Last day, included.
    pub until_day: Day,
    /// The convention between the two organisations by which it is granted, as they call it.
    #[serde(default)]
    pub by_convention: String,
}

impl Command for GrantMandate {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.grant-mandate";
    const SUMMARY: &'static str = "Accorder un mandat de prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.from_day.0);

    fn may_be_planned(&self) -> bool {
        true
    }

    fn needs(&self, _: &State) -> Needs {
        Needs { organisations: vec![self.by_organisation_id], ..keepers::needs(None) }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        kept(Some(context.stream_id), context)?;
        self.check_granter(context)?;
        if self.until_day < self.from_day {
            return Err(MANDATE_DATES
                .refuse("Le dernier jour du mandat précède le premier. Corrigez l’une des deux dates.")
                .at("/until_day"));
        }
        let mandate = Mandate { by: self.by_organisation_id, from: self.from_day.0, until: self.until_day.0 };
        if state.mandates.values().any(|granted| *granted == mandate) {
            return Ok(Vec::new());
        }
        let granted = MandateGranted {
            mandate_id: context.fresh_id.to_string(),
            by_organisation_id: mandate.by.to_string(),
            from_day: mandate.from.to_string(),
            until_day: mandate.until.to_string(),
            by_convention: self.by_convention.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![granted.into()])
    }
}

impl GrantMandate {
    fn check_granter(&self, context: &Context) -> Result<(), Refusal> {
        let refuse = |detail: &'static str| Err(GRANTER.refuse(detail).at("/by_organisation_id"));
        if self.by_organisation_id == context.stream_id {
            return refuse("Une organisation ne se mandate pas elle-même. Choisissez celle qui la mandate.");
        }
        match context.organisation(self.by_organisation_id) {
            None => refuse("Jalon ne connaît pas l’organisation qui mandate. Inscrivez-la d’abord."),
            Some(granter) if !may_prescribe(granter.kind) => refuse(
                "L’organisation qui mandate ne peut pas prescrire elle-même de PMSMP. Choisissez un prescripteur de plein droit : France Travail, mission locale, Cap emploi, ACI, AI, EI, département ou préparation à l’apprentissage.",
            ),
            Some(_) => Ok(()),
        }
    }
}

/// Who may prescribe a PMSMP without a mandate.
fn may_prescribe(kind: OrganisationKind) -> bool {
    use OrganisationKind::{ACI, AI, CAP_EMPLOI, DEPT, EI, FT, ML, PREPA_APPRENTISSAGE};
    matches!(kind, FT | ML | CAP_EMPLOI | ACI | AI | EI | DEPT | PREPA_APPRENTISSAGE)
}

/// Ends a mandate before its last day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMandate {
    /// The mandate.
    pub mandate_id: Uuid,
    /// Its new last day, included; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
}

impl Command for EndMandate {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.end-mandate";
    const SUMMARY: &'static str = "Mettre fin à un mandat de prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        keepers::needs(None)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        kept(Some(context.stream_id), context)?;
        let Some(mandate) = state.mandates.get(&self.mandate_id) else {
            return Err(KNOWN_MANDATE
                .refuse("Cette organisation n’a pas reçu ce mandat. Vérifiez son identifiant.")
                .at("/mandate_id"));
        };
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        if mandate.until <= ended_on {
            return Ok(Vec::new());
        }
        let ended = MandateEnded {
            mandate_id: self.mandate_id.to_string(),
            ended_on: ended_on.to_string(),
            ..Default::default()
        };
        Ok(vec![ended.into()])
    }
}

fn read_name(name: &str) -> Result<String, Refusal> {
    match name.trim() {
        "" => Err(NAMED.refuse("Le nom de l’organisation manque. Donnez-le.").at("/name")),
        name => Ok(name.to_owned()),
    }
}

fn read_siret(text: &str, context: &Context) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    if let Some(siret) = siret::read(text) {
        return Ok(siret);
    }
    // What a directory publishes is kept as it is, and marked.
    if context.actor.system.is_some() && text.len() == 14 && text.bytes().all(|digit| digit.is_ascii_digit())
    {
        context.warn(&DOUBTFUL_SIRET);
        return Ok(text.to_owned());
    }
    Err(SIRET
        .refuse("Ce SIRET n’est pas valable : il compte 14 chiffres et sa clé doit être juste. Vérifiez-le, ou laissez-le vide.")
        .at("/siret"))
}
