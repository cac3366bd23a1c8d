//! How long the person was there.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    dates::{days_between, valid_for_months},
};

use super::{
    super::{
        aggregate::{Activity, State},
        *,
    },
    AAVA_LENGTH, AAVA_LONGEST, AAVA_MONTH, AAVA_MONTHS, DATES, ENDED, aava,
};
use crate::domain::departs;

/// On which days.
pub const DAYS: Rule = Rule::strict(
    "activite.jours",
    "Une présence est relevée pour un jour, ou pour des jours qui se suivent dans un même mois.",
    "usage",
);
/// For how long.
pub const MINUTES: Rule = Rule::strict(
    "activite.minutes",
    "Une présence dure plus de 0 minute et tient dans ses jours ; une absence ne compte aucune minute.",
    "usage",
);
/// A day is told once.
pub const TOLD_ONCE: Rule = Rule::strict(
    "activite.jours-deja-releves",
    "Un même jour n’est compté qu’une fois : pour corriger, on reprend les mêmes jours.",
    "usage",
);

/// Says how long the person was there, on a day or over some days of one month. The same days told
/// again are a correction.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordAttendance {
    /// The day, or the first one.
    pub day: Day,
    /// The last one, included, when there are several.
    #[serde(default)]
    pub until: Option<Day>,
    /// Whether the person came.
    pub presence: Word<Presence>,
    /// Minutes of presence; 0 for an absence.
    #[serde(default)]
    pub minutes: u32,
}

impl RecordAttendance {
    fn days(&self) -> (Date, Date) {
        (self.day.0, self.until.unwrap_or(self.day).0)
    }

    fn check_days(&self, state: &State) -> Result<(), Refusal> {
        let (first, last) = self.days();
        if last < first || last.first_of_month() != first.first_of_month() {
            return Err(DAYS
                .refuse("Ces jours ne sont pas dans l’ordre, ou pas dans le même mois. Relevez chaque mois à part.")
                .at("/until"));
        }
        if state.started_on.is_some_and(|started_on| first < started_on) {
            return Err(DATES.refuse("Ce jour précède le début de l’activité. Corrigez-le.").at("/day"));
        }
        if state.ended_on.is_some_and(|ended_on| last > ended_on) {
            return Err(ENDED
                .refuse("L’activité était déjà terminée ce jour-là. Corrigez le jour, ou enregistrez une nouvelle activité.")
                .at("/day"));
        }
        let mut others = state.attendance.keys().filter(|days| **days != (first, last));
        if others.any(|(from, until)| *from <= last && first <= *until) {
            return Err(TOLD_ONCE
                .refuse("Une partie de ces jours est déjà relevée. Pour corriger, reprenez exactement les mêmes jours.")
                .at("/day"));
        }
        Ok(())
    }

    fn check_minutes(&self) -> Result<(), Refusal> {
        let (first, last) = self.days();
        let most = u32::try_from(days_between(first, last) + 1).unwrap_or(0) * 24 * 60;
        let present = self.presence.0 == Presence::PRESENT;
        if present != (1..=most).contains(&self.minutes) || !present && self.minutes > 0 {
            return Err(MINUTES
                .refuse("Ces minutes ne vont pas avec ces jours : une présence compte au moins une minute, une absence aucune. Corrigez-les.")
                .at("/minutes"));
        }
        Ok(())
    }

    /// What an AAVA allows; the person's other ones count with it.
    fn check_aava(&self, state: &State, context: &Context) -> Result<(), Refusal> {
        let days = self.days();
        if state.started_on.is_some_and(|first| days.1 > valid_for_months(first, AAVA_MONTHS)) {
            context.warn(&AAVA_LENGTH);
        }
        let told = state.minutes_in_month(days.0, Some(days)) + aava::minutes_elsewhere(days.0, context);
        if self.minutes > 0 && told.saturating_add(self.minutes) > AAVA_LONGEST {
            return departs(
                context,
                &AAVA_MONTH,
                "/minutes",
                "Avec ces minutes, l’atelier dépasse 80 heures ce mois-ci, tous ateliers compris. Vérifiez les heures relevées.",
            );
        }
        Ok(())
    }
}

impl Command for RecordAttendance {
    type Aggregate = Activity;
    const NAME: &'static str = "case.record-attendance";
    const SUMMARY: &'static str = "Relever une présence";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.days().1);

    fn needs(&self, state: &State) -> Needs {
        match state.kind {
            ActivityKind::AAVA => aava::with_others(Needs::default()),
            _ => Needs::default(),
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.check_days(state)?;
        self.check_minutes()?;
        if state.kind == ActivityKind::AAVA {
            self.check_aava(state, context)?;
        }
        let (first, last) = self.days();
        let recorded = AttendanceRecorded {
            from_day: first.to_string(),
            until_day: last.to_string(),
            presence: self.presence.into(),
            minutes: self.minutes,
            ..Default::default()
        };
        Ok(vec![recorded.into()])
    }
}
