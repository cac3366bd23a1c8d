//! An appointment is made, and moved.

use std::collections::BTreeMap;

use contracts::Word;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Appointment, State, read_hour},
    *,
};
use crate::domain::{open_on, posts::Post, text};

/// It is with someone.
pub const WITH: Rule = Rule::strict(
    "rendez-vous.avec",
    "Un rendez-vous est pris avec un poste ou une organisation inscrits dans Jalon.",
    "usage",
);
/// An hour is written in one way.
pub const HOUR: Rule =
    Rule::strict("rendez-vous.heure", "L’heure d’un rendez-vous s’écrit comme 14:30.", "usage");
/// Whoever works keeps their hours of work.
pub const WORK_HOURS: Rule = Rule::soft(
    "rendez-vous.horaires",
    "La personne travaille : vérifiez avec elle que ce créneau est hors de ses heures de travail.",
    "maintien dans l’emploi",
);
/// What has had its outcome is not moved.
pub const SETTLED: Rule = Rule::strict(
    "rendez-vous.passe",
    "Un rendez-vous tenu, manqué ou annulé ne se déplace plus ; un autre peut être pris.",
    "usage",
);

/// The read model where the rule looks for the contracts under way.
const LIVE_STATUS: &str = "live_status";

/// What the rule reads of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AtWork {
    employments: BTreeMap<Uuid, Contract>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Contract {
    started_on: Option<Date>,
    ends_on: Option<Date>,
    ended_on: Option<Date>,
}

impl Contract {
    fn is_under_way(&self, day: Date) -> bool {
        let last = self.ended_on.or(self.ends_on);
        self.started_on.is_some_and(|first| first <= day) && last.is_none_or(|last| day <= last)
    }
}

fn check_hour(hour: &str) -> Result<(), Refusal> {
    if hour.is_empty() || read_hour(hour).is_some() {
        return Ok(());
    }
    Err(HOUR.refuse("Cette heure ne se lit pas. Écrivez-la comme 14:30, ou laissez-la vide.").at("/hour"))
}

/// Whether people are usually at work then.
fn in_work_hours(day: Date, hour: &str) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && read_hour(hour).is_some_and(|hour| (9..17).contains(&hour.hour()))
}

/// Only a slot in the usual hours of work needs to know whether the person works.
fn needs_of_slot(day: Date, hour: &str) -> Needs {
    Needs { case_document: in_work_hours(day, hour).then_some(LIVE_STATUS), ..Needs::default() }
}

fn warn_about_slot(day: Date, hour: &str, context: &Context) {
    let Some(work) = context.document::<AtWork>().filter(|_| in_work_hours(day, hour)) else { return };
    if work.employments.values().any(|contract| contract.is_under_way(day)) {
        context.warn(&WORK_HOURS);
    }
}

/// Makes an appointment with the person; with whoever asks when nobody is named.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleAppointment {
    /// Its day; it may be to come.
    pub day: Day,
    /// Its hour in Paris, e.g. `14:30`.
    #[serde(default)]
    pub hour: String,
    /// How long it is foreseen to last, in minutes.
    #[serde(default)]
    pub minutes: u32,
    /// The post it is with.
    #[serde(default)]
    pub post_id: Option<Uuid>,
    /// The organisation it is with, when it is with no post in particular.
    #[serde(default)]
    pub organisation_id: Option<Uuid>,
    /// A professional goes there with the person.
    #[serde(default)]
    pub accompanied: bool,
    /// The earlier appointment it takes up again.
    #[serde(default)]
    pub follows_appointment_id: Option<Uuid>,
    /// Where.
    #[serde(default)]
    pub place: String,
    /// What it is about.
    #[serde(default)]
    pub subject: String,
}

impl ScheduleAppointment {
    /// The post and the organisation it is with.
    fn with(&self, context: &Context) -> Result<(Option<Uuid>, Option<Uuid>), Refusal> {
        if let Some(id) = self.post_id {
            return match Post::fold(context.facts(id)) {
                Some(post) => Ok((Some(id), post.organisation_id)),
                None => Err(WITH
                    .refuse("Jalon ne connaît pas ce poste. Choisissez-en un autre, ou une organisation.")
                    .at("/post_id")),
            };
        }
        match self.organisation_id {
            Some(id) if context.organisation(id).is_none() => Err(WITH
                .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la d’abord.")
                .at("/organisation_id")),
            Some(id) => Ok((None, Some(id))),
            None if context.actor.post_id.is_none() => {
                Err(WITH.refuse("Dites avec quel poste ou quelle organisation.").at("/post_id"))
            }
            None => Ok((context.actor.post_id, context.actor.organisation_id)),
        }
    }
}

impl Command for ScheduleAppointment {
    type Aggregate = Appointment;
    const NAME: &'static str = "case.schedule-appointment";
    const SUMMARY: &'static str = "Prendre un rendez-vous";

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.organisation_id.into_iter().collect(),
            streams: self.post_id.into_iter().collect(),
            ..needs_of_slot(self.day.0, &self.hour)
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        open_on(context, self.day.0.min(context.today))?;
        check_hour(&self.hour)?;
        let (post_id, organisation_id) = self.with(context)?;
        warn_about_slot(self.day.0, &self.hour, context);
        let scheduled = AppointmentScheduled {
            day: self.day.to_string(),
            hour: self.hour.clone(),
            minutes: self.minutes,
            post_id: text(post_id),
            organisation_id: text(organisation_id),
            accompanied: self.accompanied,
            follows_appointment_id: text(self.follows_appointment_id),
            place: self.place.trim().to_owned(),
            subject: self.subject.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![scheduled.into()])
    }
}

/// Moves it to another moment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveAppointment {
    /// Its new day; it may be to come.
    pub day: Day,
    /// Its new hour in Paris.
    #[serde(default)]
    pub hour: String,
    /// Who moves it.
    pub by: Word<AppointmentSide>,
}

impl Command for MoveAppointment {
    type Aggregate = Appointment;
    const NAME: &'static str = "case.move-appointment";
    const SUMMARY: &'static str = "Déplacer un rendez-vous";

    fn needs(&self, _: &State) -> Needs {
        needs_of_slot(self.day.0, &self.hour)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.outcome.is_some() {
            return Err(SETTLED.refuse("Ce rendez-vous a déjà eu sa suite. Prenez-en un autre."));
        }
        check_hour(&self.hour)?;
        if state.day == Some(self.day.0) && state.hour == read_hour(&self.hour) {
            return Ok(Vec::new());
        }
        warn_about_slot(self.day.0, &self.hour, context);
        let moved = AppointmentMoved {
            day: self.day.to_string(),
            hour: self.hour.clone(),
            by: self.by.into(),
            ..Default::default()
        };
        Ok(vec![moved.into()])
    }
}
