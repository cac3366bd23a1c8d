//! A case is opened; who the person is.

use std::collections::BTreeSet;

use contracts::{Word, events};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs, execute::NOT_BEFORE_BIRTH, search::by::Who};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};
use super::circle::joined;
use crate::domain::text;

/// The structure that hosts the person is known.
pub const KNOWN_STRUCTURE: Rule = Rule::strict(
    "dossier.structure",
    "Un dossier est ouvert par une structure inscrite dans Jalon.",
    "usage",
);
/// A case is opened by those around the person.
pub const OPENED_BY: Rule = Rule::strict(
    "dossier.ouverture",
    "Un dossier est ouvert par la structure qui héberge, ou par un membre de la plateforme qu’elle partage.",
    "usage",
);
/// A case is shared where its structure is.
pub const ON_PLATFORM: Rule = Rule::strict(
    "dossier.plateforme",
    "Un dossier est partagé sur une plateforme dont sa structure est membre.",
    "usage",
);
/// A name is needed to find the person again.
pub const NAMED: Rule = Rule::strict("identite.nom", "L’identité comprend un nom et un prénom.", "usage");
/// Nobody is born tomorrow.
pub const BORN: Rule = Rule::strict("identite.naissance", "La date de naissance est passée.", "usage");

/// Someone may have two cases without anyone knowing.
pub const POSSIBLE_TWIN: Rule = Rule::soft(
    "dossier.doublon-possible",
    "Une personne de même nom et de même date de naissance, ou jointe au même endroit, semble déjà suivie : la recherche dit quel poste appeler.",
    "usage",
);

/// Opens the case of a person; the post that opens it joins the circle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// The plateforme emploi that shares the case.
    #[serde(default)]
    pub platform_id: Option<Uuid>,
    /// How the person came.
    pub origin: Word<CaseOrigin>,
    /// Since when; today when absent.
    #[serde(default)]
    pub opened_on: Option<Day>,
    /// Who the person is.
    #[serde(default)]
    pub identity: Option<Identity>,
}

/// Who the person is, as they gave it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Birth date, when known.
    #[serde(default)]
    pub birth_date: Option<Day>,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// E-mail.
    #[serde(default)]
    pub email: String,
    /// The language the person prefers to speak.
    #[serde(default)]
    pub language: String,
}

impl Identity {
    /// `opened_on`: since when the person is followed, when that is known.
    fn check(&self, today: Date, opened_on: Option<Date>) -> Result<(), Refusal> {
        if self.family_name.trim().is_empty() || self.given_name.trim().is_empty() {
            return Err(NAMED.refuse("Donnez un nom et un prénom, même provisoires.").at("/family_name"));
        }
        if self.birth_date.is_some_and(|birth| birth.0 > today) {
            return Err(BORN.refuse("La date de naissance est à venir. Corrigez-la.").at("/birth_date"));
        }
        if self.birth_date.zip(opened_on).is_some_and(|(birth, opened)| birth.0 > opened) {
            return Err(NOT_BEFORE_BIRTH
                .refuse("La date de naissance suit l’ouverture du dossier. Corrigez l’une des deux dates.")
                .at("/birth_date"));
        }
        Ok(())
    }

    /// By what someone else might be the same person.
    fn who(&self) -> Who {
        Who {
            family_name: self.family_name.clone(),
            given_name: self.given_name.clone(),
            birth_date: self.birth_date.map(|day| day.0),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }

    fn recorded(&self) -> IdentityRecorded {
        IdentityRecorded {
            family_name: self.family_name.trim().to_owned(),
            given_name: self.given_name.trim().to_owned(),
            birth_date: self.birth_date.map(String::from).unwrap_or_default(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            ..Default::default()
        }
    }
}

impl OpenCase {
    /// The structure itself, or a member of the platform that shares the case with it.
    fn check_opener(&self, context: &Context) -> Result<(), Refusal> {
        let members = on_platform(self.platform_id, self.structure_id, context)?;
        let own = context.actor.organisation_id;
        let neighbour = own.zip(members).is_some_and(|(own, members)| members.contains(&own));
        if context.actor.system.is_none() && own != Some(self.structure_id) && !neighbour {
            return Err(OPENED_BY
                .refuse("Vous ne travaillez ni dans cette structure, ni dans une organisation de la même plateforme. Demandez-lui d’ouvrir le dossier.")
                .at("/structure_id"));
        }
        Ok(())
    }
}

/// The members of the platform that shares the case, when one does: the structure must be one of them.
pub(super) fn on_platform(
    platform_id: Option<Uuid>,
    structure_id: Uuid,
    context: &Context,
) -> Result<Option<BTreeSet<Uuid>>, Refusal> {
    let members = platform_id.map(|platform| members_of(&context.facts::<events::Platform>(platform)));
    if members.as_ref().is_some_and(|members| !members.contains(&structure_id)) {
        return Err(ON_PLATFORM
            .refuse("Cette structure n’est pas membre de cette plateforme. Faites-la entrer d’abord, ou ne partagez le dossier sur aucune plateforme.")
            .at("/platform_id"));
    }
    Ok(members)
}

/// The members of a platform today, by its facts.
fn members_of(facts: &[events::Platform]) -> BTreeSet<Uuid> {
    let mut members = BTreeSet::new();
    for fact in facts {
        match fact {
            events::Platform::PlatformOpened(opened) => {
                members.extend(opened.lead_organisation_id.parse::<Uuid>());
            }
            events::Platform::MemberJoined(joined) => members.extend(joined.organisation_id.parse::<Uuid>()),
            events::Platform::MemberLeft(left) => {
                members.retain(|member| left.organisation_id.parse() != Ok(*member));
            }
            _ => {}
        }
    }
    members
}

impl Command for OpenCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.open";
    const SUMMARY: &'static str = "Ouvrir le dossier d’une personne";
    const DAY: fn(&Self) -> Option<Date> = |command| command.opened_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: vec![self.structure_id],
            streams: self.platform_id.into_iter().collect(),
            twin_of: self.identity.as_ref().map(Identity::who),
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(structure) = context.organisation(self.structure_id) else {
            return Err(KNOWN_STRUCTURE
                .refuse("Jalon ne connaît pas cette structure. Inscrivez-la d’abord.")
                .at("/structure_id"));
        };
        self.check_opener(context)?;
        let opened_on = self.opened_on.map_or(context.today, |day| day.0);
        let mut facts = vec![
            CaseOpened {
                structure_id: self.structure_id.to_string(),
                device: structure.kind.into(),
                platform_id: text(self.platform_id),
                origin: self.origin.into(),
                opened_on: opened_on.to_string(),
                ..Default::default()
            }
            .into(),
        ];
        if let (Some(post), Some(organisation)) = (context.actor.post_id, context.actor.organisation_id) {
            facts.push(joined(post, organisation, context.actor.role, opened_on).into());
        }
        if let Some(identity) = &self.identity {
            identity.check(context.today, Some(opened_on))?;
            notice_twin(context);
            facts.push(identity.recorded().into());
        }
        Ok(facts)
    }
}

/// Warns when someone else of that identity seems to be followed already; nothing is said of them.
fn notice_twin(context: &Context) {
    if context.has_twin() {
        context.warn(&POSSIBLE_TWIN);
    }
}

/// Records who the person is; corrects it when it was recorded before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordIdentity {
    /// Who the person is.
    pub identity: Identity,
}

impl Command for RecordIdentity {
    type Aggregate = Case;
    const NAME: &'static str = "case.record-identity";
    const SUMMARY: &'static str = "Renseigner ou corriger l’identité";

    fn needs(&self, _: &State) -> Needs {
        Needs { twin_of: Some(self.identity.who()), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.identity.check(context.today, context.case().and_then(|case| case.opened_on))?;
        notice_twin(context);
        let recorded = self.identity.recorded();
        if !state.identified {
            return Ok(vec![recorded.into()]);
        }
        let corrected = IdentityCorrected {
            family_name: recorded.family_name,
            given_name: recorded.given_name,
            birth_date: recorded.birth_date,
            phone: recorded.phone,
            email: recorded.email,
            language: recorded.language,
            ..Default::default()
        };
        Ok(vec![corrected.into()])
    }
}
