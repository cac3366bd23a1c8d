//! Who is around the person.

use access::Actor;
use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};
use super::{restriction::SOMEONE_ANSWERS, standing::open_on};
use crate::domain::posts::Post;

/// The circle never empties.
pub const CIRCLE_NOT_EMPTY: Rule = Rule::strict(
    "cercle.dernier",
    "Le cercle garde au moins un membre tant que le dossier est ouvert.",
    "usage",
);

/// Who joins holds a post, that of the organisation and for the work that are said.
pub const HELD_POST: Rule = Rule::strict(
    "cercle.poste",
    "Qui entre dans le cercle tient un poste ouvert dans Jalon, de l’organisation et du rôle que l’on dit.",
    "CASF, L. 345-1",
);
/// Who hosts the person says who is around them.
pub const BROUGHT_BY: Rule = Rule::strict(
    "cercle.entree",
    "C’est la structure qui héberge la personne qui fait entrer quelqu’un dans le cercle.",
    "CASF, L. 345-1",
);

/// A post joins, since that day.
pub(super) fn joined(post: Uuid, organisation: Uuid, role: Role, since: Date) -> CircleMemberJoined {
    CircleMemberJoined {
        post_id: post.to_string(),
        organisation_id: organisation.to_string(),
        role: role.into(),
        since: since.to_string(),
        ..Default::default()
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
    /// Why, in a few words.
    #[serde(default)]
    pub reason: String,
    /// In which frame of support, when it is in one.
    #[serde(default)]
    pub frame: Option<Word<SupportFrame>>,
}

impl Command for JoinCircle {
    type Aggregate = Case;
    const NAME: &'static str = "case.join-circle";
    const SUMMARY: &'static str = "Faire entrer un poste dans le cercle";
    const DAY: fn(&Self) -> Option<Date> = |command| command.since.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: vec![self.post_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let since = self.since.map_or(context.today, |day| day.0);
        open_on(state, since)?;
        if state.circle.contains(&self.post_id) {
            return Ok(Vec::new());
        }
        self.check_post(state, context)?;
        let joined = CircleMemberJoined {
            reason: self.reason.trim().to_owned(),
            frame: self.frame.map(Into::into).unwrap_or_default(),
            ..joined(self.post_id, self.organisation_id, self.role.0, since)
        };
        Ok(vec![joined.into()])
    }
}

impl JoinCircle {
    /// The post as the journal knows it, and whether who asks may bring it in: who hosts the person brings in whom
    /// the person needs; others only bring in those who host them.
    fn check_post(&self, state: &State, context: &Context) -> Result<(), Refusal> {
        let actor = &context.actor;
        if actor.system.is_some() {
            return Ok(());
        }
        let Some(post) = Post::fold(context.facts(self.post_id)) else {
            return Err(HELD_POST
                .refuse("Jalon ne connaît pas ce poste. Vérifiez lequel la personne a choisi.")
                .at("/post_id"));
        };
        let host = |organisation: Option<Uuid>| organisation.is_some() && organisation == state.structure_id;
        if !host(actor.organisation_id) && !host(post.organisation_id) {
            return Err(BROUGHT_BY
                .refuse("Demandez au référent social de la structure qui héberge la personne de faire entrer ce poste, avec l’accord de la personne.")
                .at("/post_id"));
        }
        if post.holder.is_none() {
            return Err(HELD_POST
                .refuse("Personne ne tient ce poste aujourd’hui. Attendez qu’il soit pourvu, ou choisissez-en un autre.")
                .at("/post_id"));
        }
        if post.organisation_id != Some(self.organisation_id) {
            return Err(HELD_POST
                .refuse("Ce poste n’est pas dans cette organisation. Vérifiez l’un et l’autre.")
                .at("/organisation_id"));
        }
        if post.role != self.role.0 {
            return Err(HELD_POST
                .refuse("Ce rôle n’est pas celui du poste. Donnez celui pour lequel il a été ouvert.")
                .at("/role"));
        }
        Ok(())
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
    const DAY: fn(&Self) -> Option<Date> = |command| command.until.map(|day| day.0);

    fn is_about_another(&self, actor: &Actor) -> bool {
        actor.post_id != Some(self.post_id)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.circle.contains(&self.post_id) {
            return Ok(Vec::new());
        }
        if state.open && state.circle.len() == 1 {
            return Err(CIRCLE_NOT_EMPTY.refuse(
                "C’est le dernier membre du cercle. Faites entrer quelqu’un d’autre d’abord, ou fermez le dossier.",
            ));
        }
        let alone = state.answering().eq([self.post_id]);
        let asks = state.restrictions.hold() || state.open_own_accesses(context.today).next().is_some();
        if context.actor.system.is_none() && alone && asks {
            return Err(SOMEONE_ANSWERS.refuse(
                "La personne peut demander quelque chose, et ce poste est seul à pouvoir lui répondre. Faites d’abord entrer un autre référent social de la structure ; ou fermez l’accès de la personne à son suivi et, si le traitement est limité, levez la limitation.",
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
