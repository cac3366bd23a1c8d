//! What can be asked of a post, each intent with its rule right below.

use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::organisation::keepers::{self, kept, named},
    aggregate::{Post, State},
    *,
};

/// A post is in an organisation.
pub const KNOWN_ORGANISATION: Rule = Rule::strict(
    "poste.organisation",
    "Un poste est ouvert dans une organisation inscrite dans Jalon.",
    "usage",
);
/// A post has a title, its holder a name.
pub const NAMED: Rule =
    Rule::strict("poste.nom", "Un poste a un intitulé, et qui le tient a un nom.", "usage");
/// A post is a professional's.
pub const PROFESSIONAL_ROLE: Rule = Rule::strict(
    "poste.role",
    "Un poste est tenu par un professionnel, ni par une personne accompagnée ni par un système.",
    "usage",
);
/// Whoever oversees is appointed by an administrator.
pub const OVERSIGHT: Rule = Rule::strict(
    "poste.habilitation",
    "Un poste d’administrateur ou d’auditeur est ouvert par un administrateur.",
    "usage",
);
/// Nobody gives themselves rights.
pub const NOT_ONESELF: Rule =
    Rule::strict("poste.soi-meme", "On ne se nomme pas soi-même à un poste.", "usage");
/// One holder at a time.
pub const VACANT: Rule =
    Rule::strict("poste.occupe", "Un poste est tenu par une seule personne à la fois.", "usage");
/// Days come in their order.
pub const DATES: Rule = Rule::strict(
    "poste.dates",
    "On quitte un poste après l’avoir pris, et on le prend après le départ précédent.",
    "usage",
);

/// Opens a post in an organisation: rights and promises hang on it, whoever holds it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenPost {
    /// The organisation.
    pub organisation_id: Uuid,
    /// What the post does around persons.
    pub role: Word<Role>,
    /// How the organisation calls it.
    pub title: String,
}

impl Command for OpenPost {
    type Aggregate = Post;
    const NAME: &'static str = "platform.open-post";
    const SUMMARY: &'static str = "Ouvrir un poste";

    fn needs(&self, _: &State) -> Needs {
        Needs { organisations: vec![self.organisation_id], ..keepers::needs(Some(self.organisation_id)) }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if context.organisation(self.organisation_id).is_none() {
            return Err(KNOWN_ORGANISATION
                .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la d’abord.")
                .at("/organisation_id"));
        }
        kept(Some(self.organisation_id), context)?;
        self.check_role(context)?;
        named(self.role.0, Some(self.organisation_id), context)?;
        let title = self.title.trim();
        if title.is_empty() {
            return Err(NAMED.refuse("L’intitulé du poste manque. Donnez-le.").at("/title"));
        }
        let opened = PostOpened {
            organisation_id: self.organisation_id.to_string(),
            role: self.role.into(),
            title: title.to_owned(),
            ..Default::default()
        };
        Ok(vec![opened.into()])
    }
}

impl OpenPost {
    fn check_role(&self, context: &Context) -> Result<(), Refusal> {
        match self.role.0 {
            Role::PERSONNE | Role::PARTENAIRE => Err(PROFESSIONAL_ROLE
                .refuse("Ce rôle n’est pas celui d’un professionnel. Choisissez-en un autre.")
                .at("/role")),
            role if oversees(role) => {
                let ask = "Seul un administrateur ouvre un tel poste. Demandez-le-lui, ou choisissez un autre rôle.";
                keepers::by_an_administrator(&OVERSIGHT, ask, context).map_err(|no| no.at("/role"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether who holds such a post watches over what others do.
fn oversees(role: Role) -> bool {
    matches!(role, Role::ADMINISTRATEUR | Role::AUDITEUR | Role::DPO)
}

/// What tells who keeps a post: its organisation, and of which platforms that is.
fn house(state: &State) -> Needs {
    Needs {
        organisations: state.organisation_id.into_iter().collect(),
        ..keepers::needs(state.organisation_id)
    }
}

impl State {
    /// Whoever says who holds it may.
    fn check_keeper(&self, context: &Context) -> Result<(), Refusal> {
        kept(self.organisation_id, context)?;
        let role = self.role.as_known().unwrap_or_default();
        if oversees(role) {
            keepers::by_an_administrator(&OVERSIGHT, "Demandez-le à un administrateur.", context)?;
        }
        named(role, self.organisation_id, context)
    }
}

/// Gives the post to a professional.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FillPost {
    /// The professional's name.
    pub professional_name: String,
    /// The professional, when they held a post before; a new id when absent.
    #[serde(default)]
    pub professional_id: Option<Uuid>,
    /// First day; today when absent.
    #[serde(default)]
    pub since: Option<Day>,
}

impl Command for FillPost {
    type Aggregate = Post;
    const NAME: &'static str = "platform.fill-post";
    const SUMMARY: &'static str = "Pourvoir un poste";
    const DAY: fn(&Self) -> Option<Date> = |command| command.since.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        house(state)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        state.check_keeper(context)?;
        if self.professional_id.is_some() && self.professional_id == context.actor.professional_id {
            return Err(NOT_ONESELF
                .refuse("Ce professionnel, c’est vous. Demandez à un collègue ou à un administrateur de vous nommer à ce poste.")
                .at("/professional_id"));
        }
        let name = self.professional_name.trim();
        if name.is_empty() {
            return Err(NAMED.refuse("Le nom du professionnel manque. Donnez-le.").at("/professional_name"));
        }
        match state.holder {
            Some((holder, _)) if Some(holder) == self.professional_id => return Ok(Vec::new()),
            Some(_) => {
                return Err(VACANT.refuse(
                    "Ce poste est déjà tenu. Enregistrez d’abord le départ de la personne qui le tient.",
                ));
            }
            None => {}
        }
        let since = self.since.map_or(context.today, |day| day.0);
        if state.vacant_from.is_some_and(|vacant_from| since < vacant_from) {
            return Err(DATES
                .refuse("Cette date précède le départ de la personne qui tenait le poste. Corrigez-la.")
                .at("/since"));
        }
        let filled = PostFilled {
            professional_id: self.professional_id.unwrap_or(context.fresh_id).to_string(),
            since: since.to_string(),
            professional_name: name.to_owned(),
            ..Default::default()
        };
        Ok(vec![filled.into()])
    }
}

/// Says that the holder left; the post and all that hangs on it stay.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VacatePost {
    /// From which day nobody holds it; today when absent.
    #[serde(default)]
    pub until: Option<Day>,
}

impl Command for VacatePost {
    type Aggregate = Post;
    const NAME: &'static str = "platform.vacate-post";
    const SUMMARY: &'static str = "Libérer un poste";
    const DAY: fn(&Self) -> Option<Date> = |command| command.until.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        house(state)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        state.check_keeper(context)?;
        let Some((holder, since)) = state.holder else { return Ok(Vec::new()) };
        let until = self.until.map_or(context.today, |day| day.0);
        if since.is_some_and(|since| until < since) {
            return Err(DATES
                .refuse("Cette date précède l’arrivée de la personne qui tient le poste. Corrigez-la.")
                .at("/until"));
        }
        let vacated = PostVacated {
            professional_id: holder.to_string(),
            until: until.to_string(),
            ..Default::default()
        };
        Ok(vec![vacated.into()])
    }
}
