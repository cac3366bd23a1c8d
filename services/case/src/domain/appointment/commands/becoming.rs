//! What becomes of an appointment: cancelled, held, missed. The last word stands, the earlier ones stay.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    clock::{paris, start_of_day},
    dates::{days_after, parse},
};

use super::super::{
    aggregate::{Appointment, Outcome, State},
    *,
};

/// Its outcome is known once it is time.
pub const NOT_YET: Rule = Rule::strict(
    "rendez-vous.a-venir",
    "Un rendez-vous est tenu à partir de son jour, et manqué une fois son heure passée.",
    "usage",
);
/// Whoever cancels is not absent.
pub const NOT_ABSENT: Rule = Rule::strict(
    "rendez-vous.annule",
    "Un rendez-vous annulé, par qui que ce soit, n’est jamais une absence.",
    "usage",
);

/// Cancels it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAppointment {
    /// Who cancels.
    pub by: Word<AppointmentSide>,
    /// On which day; today when absent.
    #[serde(default)]
    pub cancelled_on: Option<Day>,
    /// A few words.
    #[serde(default)]
    pub comment: String,
}

impl Command for CancelAppointment {
    type Aggregate = Appointment;
    const NAME: &'static str = "case.cancel-appointment";
    const SUMMARY: &'static str = "Annuler un rendez-vous";
    const DAY: fn(&Self) -> Option<Date> = |command| command.cancelled_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.outcome == Some(Outcome::Cancelled) {
            return Ok(Vec::new());
        }
        let cancelled = AppointmentCancelled {
            by: self.by.into(),
            cancelled_on: self.cancelled_on.map_or(context.today, |day| day.0).to_string(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![cancelled.into()])
    }
}

/// Says that it took place.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldAppointment {
    /// On which day; its own when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// Whether a professional went there with the person; as foreseen when absent.
    #[serde(default)]
    pub accompanied: Option<bool>,
}

impl Command for HoldAppointment {
    type Aggregate = Appointment;
    const NAME: &'static str = "case.hold-appointment";
    const SUMMARY: &'static str = "Dire qu’un rendez-vous a été tenu";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn day_of(&self, fact: &Event) -> Option<Date> {
        match fact {
            Event::AppointmentHeld(held) => parse(&held.held_on),
            _ => None,
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let held_on = self.held_on.map(|day| day.0).or(state.day).unwrap_or(context.today);
        if held_on > context.today {
            return Err(NOT_YET.refuse(
                "Ce rendez-vous est à venir. S’il a eu lieu plus tôt, donnez le jour où il a été tenu.",
            ));
        }
        let accompanied = self.accompanied.unwrap_or(state.accompanied);
        if state.outcome == Some(Outcome::Held) && accompanied == state.accompanied {
            return Ok(Vec::new());
        }
        let held = AppointmentHeld { held_on: held_on.to_string(), accompanied, ..Default::default() };
        Ok(vec![held.into()])
    }
}

/// Says that the person did not come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissAppointment {
    /// What the person says of it.
    #[serde(default)]
    pub comment: String,
}

impl MissAppointment {
    /// Whether its time has come and gone; the whole day when its hour is not known.
    fn is_over(state: &State, context: &Context) -> bool {
        let Some(day) = state.day else { return false };
        let end = match state.hour {
            Some(hour) => day.to_datetime(hour).to_zoned(paris()).map(|zoned| zoned.timestamp()),
            None => Ok(start_of_day(days_after(day, 1))),
        };
        end.is_ok_and(|end| end <= context.now)
    }
}

impl Command for MissAppointment {
    type Aggregate = Appointment;
    const NAME: &'static str = "case.miss-appointment";
    const SUMMARY: &'static str = "Dire que la personne n’est pas venue à un rendez-vous";

    fn day_of(&self, fact: &Event) -> Option<Date> {
        match fact {
            Event::AppointmentMissed(missed) => parse(&missed.missed_on),
            _ => None,
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.outcome {
            Some(Outcome::Missed) => return Ok(Vec::new()),
            Some(Outcome::Cancelled) => {
                return Err(NOT_ABSENT.refuse(
                    "Ce rendez-vous a été annulé : ce n’est pas une absence. Prenez-en un autre si la personne le souhaite.",
                ));
            }
            Some(Outcome::Held) | None => {}
        }
        if !Self::is_over(state, context) {
            return Err(NOT_YET.refuse(
                "L’heure de ce rendez-vous n’est pas passée. Attendez-la, ou annulez-le si quelqu’un l’a annulé.",
            ));
        }
        let missed = AppointmentMissed {
            missed_on: state.day.unwrap_or(context.today).to_string(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![missed.into()])
    }
}
