//! What can be asked of a post, each intent with its rule right below.

use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::organisation::keepers::{self, kept},
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
        let actor = &context.actor;
        match self.role.0 {
            Role::PERSONNE | Role::PARTENAIRE => Err(PROFESSIONAL_ROLE
                .refuse("Ce rôle n’est pas celui d’un professionnel. Choisissez-en un autre.")
                .at("/role")),
            Role::ADMINISTRATEUR | Role::AUDITEUR
                if actor.role != Role::ADMINISTRATEUR && actor.system.is_none() =>
            {
                Err(OVERSIGHT
                    .refuse("Seul un administrateur ouvre un tel poste. Demandez-le-lui, ou choisissez un autre rôle.")
                    .at("/role"))
            }
            _ => Ok(()),
        }
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

    fn occurred_on(&self) -> Option<Date> {
        self.since.map(|day| day.0)
    }

    fn needs(&self, state: &State) -> Needs {
        keepers::needs(state.organisation_id)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        kept(state.organisation_id, context)?;
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

    fn occurred_on(&self) -> Option<Date> {
        self.until.map(|day| day.0)
    }

    fn needs(&self, state: &State) -> Needs {
        keepers::needs(state.organisation_id)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        kept(state.organisation_id, context)?;
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
