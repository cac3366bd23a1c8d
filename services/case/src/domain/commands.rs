//! What can be asked of a case, each intent with its rule right below.

use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{aggregate::Case, *};

/// The structure that hosts the person is known.
pub const KNOWN_STRUCTURE: Rule = Rule::strict(
    "dossier.structure",
    "Un dossier est ouvert par une structure inscrite dans Jalon.",
    "usage",
);
/// The circle never empties.
pub const CIRCLE_NOT_EMPTY: Rule = Rule::strict(
    "cercle.dernier",
    "Le cercle garde au moins un membre tant que le dossier est ouvert.",
    "usage",
);
/// A name is needed to find the person again.
pub const NAMED: Rule = Rule::strict("identite.nom", "L’identité comprend un nom et un prénom.", "usage");
/// Nobody is born tomorrow.
pub const BORN: Rule = Rule::strict("identite.naissance", "La date de naissance est passée.", "usage");
/// A closed case must be reopened first.
pub const OPEN: Rule =
    Rule::strict("dossier.clos", "Un dossier clos se rouvre avant d’être complété.", "usage");

/// The rules of this context.
pub const RULES: &[&Rule] = &[&KNOWN_STRUCTURE, &CIRCLE_NOT_EMPTY, &NAMED, &BORN, &OPEN];

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
    fn check(&self, today: Date) -> Result<(), Refusal> {
        if self.family_name.trim().is_empty() || self.given_name.trim().is_empty() {
            return Err(NAMED.refuse("Donnez un nom et un prénom, même provisoires.").at("/family_name"));
        }
        if self.birth_date.is_some_and(|birth| birth.0 > today) {
            return Err(BORN.refuse("La date de naissance est à venir. Corrigez-la.").at("/birth_date"));
        }
        Ok(())
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

impl Command for OpenCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.open";
    const SUMMARY: &'static str = "Ouvrir le dossier d’une personne";

    fn occurred_on(&self) -> Option<Date> {
        self.opened_on.map(|day| day.0)
    }

    fn needs(&self, _: &aggregate::State) -> Needs {
        Needs { organisations: vec![self.structure_id], ..Needs::default() }
    }

    fn decide(&self, _: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(structure) = context.organisation(self.structure_id) else {
            return Err(KNOWN_STRUCTURE
                .refuse("Jalon ne connaît pas cette structure. Inscrivez-la d’abord.")
                .at("/structure_id"));
        };
        let opened_on = self.opened_on.map_or(context.today, |day| day.0);
        let mut facts = vec![
            CaseOpened {
                structure_id: self.structure_id.to_string(),
                device: structure.kind.into(),
                platform_id: self.platform_id.map(|id| id.to_string()).unwrap_or_default(),
                origin: self.origin.into(),
                opened_on: opened_on.to_string(),
                ..Default::default()
            }
            .into(),
        ];
        if let (Some(post), Some(organisation)) = (context.actor.post_id, context.actor.organisation_id) {
            facts.push(joined(post, organisation, context.actor.role, opened_on));
        }
        if let Some(identity) = &self.identity {
            identity.check(context.today)?;
            facts.push(identity.recorded().into());
        }
        Ok(facts)
    }
}

fn joined(post: Uuid, organisation: Uuid, role: Role, since: Date) -> Event {
    CircleMemberJoined {
        post_id: post.to_string(),
        organisation_id: organisation.to_string(),
        role: role.into(),
        since: since.to_string(),
        ..Default::default()
    }
    .into()
}

fn open(state: &aggregate::State) -> Result<(), Refusal> {
    if state.open { Ok(()) } else { Err(OPEN.refuse("Ce dossier est clos. Rouvrez-le d’abord.")) }
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

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.identity.check(context.today)?;
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

/// Brings a post into the circle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCircle {
    /// The post.
    pub post_id: Uuid,
    /// Its organisation.
    pub organisation_id: Uuid,
    /// What it does around the person.
    pub role: Word<Role>,
    /// Since when; today when absent.
    #[serde(default)]
    pub since: Option<Day>,
}

impl Command for JoinCircle {
    type Aggregate = Case;
    const NAME: &'static str = "case.join-circle";
    const SUMMARY: &'static str = "Faire entrer un poste dans le cercle";

    fn occurred_on(&self) -> Option<Date> {
        self.since.map(|day| day.0)
    }

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        open(state)?;
        if state.circle.contains(&self.post_id) {
            return Ok(Vec::new());
        }
        let since = self.since.map_or(context.today, |day| day.0);
        Ok(vec![joined(self.post_id, self.organisation_id, self.role.0, since)])
    }
}

/// Takes a post out of the circle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveCircle {
    /// The post.
    pub post_id: Uuid,
    /// Its last day; today when absent.
    #[serde(default)]
    pub until: Option<Day>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

impl Command for LeaveCircle {
    type Aggregate = Case;
    const NAME: &'static str = "case.leave-circle";
    const SUMMARY: &'static str = "Faire sortir un poste du cercle";

    fn occurred_on(&self) -> Option<Date> {
        self.until.map(|day| day.0)
    }

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.circle.contains(&self.post_id) {
            return Ok(Vec::new());
        }
        if state.open && state.circle.len() == 1 {
            return Err(CIRCLE_NOT_EMPTY.refuse(
                "C’est le dernier membre du cercle. Faites entrer quelqu’un d’autre d’abord, ou fermez le dossier.",
            ));
        }
        let left = CircleMemberLeft {
            post_id: self.post_id.to_string(),
            until: self.until.map_or(context.today, |day| day.0).to_string(),
            reason: self.reason.clone(),
            ..Default::default()
        };
        Ok(vec![left.into()])
    }
}

/// Ends the follow-up, for now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseCase {
    /// Why.
    pub reason: Word<ClosingReason>,
    /// Since when; today when absent.
    #[serde(default)]
    pub closed_on: Option<Day>,
    /// A few words for the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for CloseCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.close";
    const SUMMARY: &'static str = "Clore le dossier";

    fn occurred_on(&self) -> Option<Date> {
        self.closed_on.map(|day| day.0)
    }

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.open {
            return Ok(Vec::new());
        }
        let closed = CaseClosed {
            closed_on: self.closed_on.map_or(context.today, |day| day.0).to_string(),
            reason: self.reason.into(),
            comment: self.comment.clone(),
            ..Default::default()
        };
        Ok(vec![closed.into()])
    }
}

/// Starts the follow-up again; everything before stays visible.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenCase {
    /// Since when; today when absent.
    #[serde(default)]
    pub reopened_on: Option<Day>,
}

impl Command for ReopenCase {
    type Aggregate = Case;
    const NAME: &'static str = "case.reopen";
    const SUMMARY: &'static str = "Rouvrir le dossier";

    fn occurred_on(&self) -> Option<Date> {
        self.reopened_on.map(|day| day.0)
    }

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.open {
            return Ok(Vec::new());
        }
        let reopened = CaseReopened {
            reopened_on: self.reopened_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![reopened.into()])
    }
}
