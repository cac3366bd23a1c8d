//! What can be asked of an attendance, with its rule right below.

use contracts::events;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Domain as _, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Attendance, State},
    *,
};
use crate::domain::{
    gathering::aggregate::Gathering,
    matches::commands::in_an_open_case,
    past::{PLATFORM_BY_CASE, Past},
    platform::members,
};

/// One takes part in what is planned, on its day.
pub const GATHERING: Rule = Rule::strict(
    "rencontre.participation",
    "On participe à une rencontre prévue dans Jalon, le jour où elle a lieu ou après.",
    "usage",
);
/// Once is enough.
pub const NOT_TWICE: Rule = Rule::strict(
    "rencontre.deja-suivie",
    "La participation d’une personne à une rencontre s’enregistre une seule fois.",
    "usage",
);

/// Says that a person took part in a gathering.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendGathering {
    /// The gathering.
    pub gathering_id: Uuid,
    /// When.
    pub attended_on: Day,
    /// The organisations that the person met.
    #[serde(default)]
    pub met_organisation_ids: Vec<Uuid>,
    /// What the person says of it.
    #[serde(default)]
    pub comment: String,
}

impl Command for AttendGathering {
    type Aggregate = Attendance;
    const NAME: &'static str = "gathering.attend";
    const SUMMARY: &'static str = "Enregistrer la participation d’une personne à une rencontre";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.attended_on.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.met_organisation_ids.clone(),
            streams: vec![self.gathering_id],
            case_document: Some(PLATFORM_BY_CASE),
            fresh: true,
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        in_an_open_case(self.attended_on.0, context)?;
        let facts = context.facts::<events::Gathering>(self.gathering_id);
        let gathering = facts.into_iter().fold(Default::default(), Gathering::apply);
        let Some(planned_on) = gathering.planned_on else {
            return Err(GATHERING
                .refuse("Jalon ne connaît pas cette rencontre. Prévoyez-la d’abord.")
                .at("/gathering_id"));
        };
        if gathering.held.is_none() && self.attended_on.0 < planned_on {
            return Err(GATHERING
                .refuse("Cette rencontre n’a pas encore eu lieu ce jour-là. Corrigez la date.")
                .at("/attended_on"));
        }
        let past: Past = context.document().unwrap_or_default();
        if past.gatherings.contains(&self.gathering_id) {
            return Err(NOT_TWICE
                .refuse("Cette participation est déjà enregistrée. Il n’y a rien d’autre à faire.")
                .at("/gathering_id"));
        }
        let attended = GatheringAttended {
            gathering_id: self.gathering_id.to_string(),
            attended_on: self.attended_on.into(),
            kind: gathering.kind,
            met_organisation_ids: members::all_known(
                &self.met_organisation_ids,
                "/met_organisation_ids",
                context,
            )?,
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![attended.into()])
    }
}
