//! Who is around the person.

use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};
use super::standing::open_on;

/// The circle never empties.
pub const CIRCLE_NOT_EMPTY: Rule = Rule::strict(
    "cercle.dernier",
    "Le cercle garde au moins un membre tant que le dossier est ouvert.",
    "usage",
);

/// A post joins, since that day.
pub(super) fn joined(post: Uuid, organisation: Uuid, role: Role, since: Date) -> Event {
    CircleMemberJoined {
        post_id: post.to_string(),
        organisation_id: organisation.to_string(),
        role: role.into(),
        since: since.to_string(),
        ..Default::default()
    }
    .into()
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

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let since = self.since.map_or(context.today, |day| day.0);
        open_on(state, since)?;
        if state.circle.contains(&self.post_id) {
            return Ok(Vec::new());
        }
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

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
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
