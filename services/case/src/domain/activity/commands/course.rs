//! An activity begins and ends.

use contracts::{Word, common::v1::OrganisationKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates::valid_for_months};

use super::{
    super::{
        aggregate::{Activity, State},
        *,
    },
    AAVA_ALLOWANCE, AAVA_CARRIER, AAVA_LENGTH, AAVA_LONGEST, AAVA_MONTH, AAVA_MONTHS, aava,
};
use crate::domain::{departs, open_on, text};

/// Someone proposes it.
pub const PROPOSED_BY: Rule = Rule::strict(
    "activite.organisation",
    "Une activité est proposée par une organisation, inscrite dans Jalon ou nommée.",
    "usage",
);
/// A long week.
pub const LONG_WEEK: Rule = Rule::soft(
    "activite.semaine",
    "Cette activité occupe plus de 35 heures par semaine : vérifiez que c’est bien ce que la personne souhaite.",
    "usage",
);
/// What is renewed was there.
pub const RENEWS: Rule = Rule::strict(
    "activite.renouvellement",
    "Une activité renouvelle une activité du même type et du même dossier.",
    "usage",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("activite.dates", "Une activité ne se termine pas avant d’avoir commencé.", "usage");
/// What ended stays as it was.
pub const ENDED: Rule = Rule::strict(
    "activite.terminee",
    "Les présences d’une activité terminée s’arrêtent à son dernier jour ; une autre activité peut commencer.",
    "usage",
);

/// Says that an activity begins.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartActivity {
    /// What it is.
    pub kind: Word<ActivityKind>,
    /// The organisation that proposes it, when it is known to Jalon.
    #[serde(default)]
    pub organisation_id: Option<Uuid>,
    /// Its name, when it is not.
    #[serde(default)]
    pub organisation_name: String,
    /// What it is about.
    #[serde(default)]
    pub title: String,
    /// Hours a week foreseen, in minutes.
    #[serde(default)]
    pub weekly_minutes: u32,
    /// First day; today when absent.
    #[serde(default)]
    pub started_on: Option<Day>,
    /// Last day foreseen, included.
    #[serde(default)]
    pub planned_until: Option<Day>,
    /// The earlier activity it renews.
    #[serde(default)]
    pub renews_activity_id: Option<Uuid>,
    /// The employment it goes with.
    #[serde(default)]
    pub employment_id: Option<Uuid>,
    /// The allowance (pécule), in hundredths of the hourly SMIC.
    #[serde(default)]
    pub allowance_percent: u32,
}

impl StartActivity {
    fn check_organisation(&self, context: &Context) -> Result<(), Refusal> {
        let kind = match self.organisation_id {
            Some(id) => match context.organisation(id) {
                Some(organisation) => Some(organisation.kind),
                None => {
                    return Err(PROPOSED_BY
                        .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la, ou donnez seulement son nom.")
                        .at("/organisation_id"));
                }
            },
            None if self.organisation_name.trim().is_empty() => {
                return Err(PROPOSED_BY
                    .refuse("L’organisation manque. Choisissez-la, ou donnez son nom.")
                    .at("/organisation_name"));
            }
            None => None,
        };
        if self.kind.0 == ActivityKind::AAVA && kind != Some(OrganisationKind::CHRS) {
            return departs(
                context,
                &AAVA_CARRIER,
                "/organisation_id",
                "Un AAVA est porté par un CHRS inscrit dans Jalon. Choisissez ce CHRS, ou un autre type d’activité.",
            );
        }
        Ok(())
    }

    /// Refuses to renew what is not there.
    fn check_renewed(&self, context: &Context) -> Result<(), Refusal> {
        let Some(id) = self.renews_activity_id else { return Ok(()) };
        let same_case = context.recorded(id).first().is_some_and(|fact| fact.case_id == context.case_id);
        let kind = match context.facts::<Event>(id).first() {
            Some(Event::ActivityStarted(started)) => started.kind.as_known(),
            _ => None,
        };
        if same_case && kind == Some(self.kind.0) {
            return Ok(());
        }
        Err(RENEWS
            .refuse("L’activité à renouveler n’est pas dans ce dossier, ou n’est pas du même type. Choisissez-en une autre, ou enregistrez une activité nouvelle.")
            .at("/renews_activity_id"))
    }

    /// The hours foreseen in all the ateliers of the person hold in a month.
    fn check_hours(&self, started_on: Date, context: &Context) -> Result<(), Refusal> {
        if self.kind.0 != ActivityKind::AAVA || self.weekly_minutes == 0 {
            return Ok(());
        }
        let elsewhere = aava::weekly_minutes_elsewhere(started_on, self.renews_activity_id, context);
        let weekly = self.weekly_minutes.saturating_add(elsewhere);
        // Fifty-two weeks in twelve months.
        if u64::from(weekly) * 52 > u64::from(AAVA_LONGEST) * 12 {
            return departs(
                context,
                &AAVA_MONTH,
                "/weekly_minutes",
                "À ce rythme, l’atelier dépasse 80 heures par mois, tous ateliers compris : 18 heures par semaine au plus. Réduisez les heures prévues.",
            );
        }
        Ok(())
    }

    fn remind(&self, started_on: Date, context: &Context) {
        if self.weekly_minutes > 35 * 60 {
            context.warn(&LONG_WEEK);
        }
        if self.kind.0 != ActivityKind::AAVA {
            return;
        }
        if !(30..=80).contains(&self.allowance_percent) {
            context.warn(&AAVA_ALLOWANCE);
        }
        let last = valid_for_months(started_on, AAVA_MONTHS);
        if self.renews_activity_id.is_some() || self.planned_until.is_some_and(|until| until.0 > last) {
            context.warn(&AAVA_LENGTH);
        }
    }
}

impl Command for StartActivity {
    type Aggregate = Activity;
    const NAME: &'static str = "case.start-activity";
    const SUMMARY: &'static str = "Enregistrer le début d’une activité";
    const DAY: fn(&Self) -> Option<Date> = |command| command.started_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        let needs = Needs {
            organisations: self.organisation_id.into_iter().collect(),
            streams: self.renews_activity_id.into_iter().collect(),
            ..Needs::default()
        };
        if self.kind.0 == ActivityKind::AAVA { aava::with_others(needs) } else { needs }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        open_on(context, started_on)?;
        self.check_organisation(context)?;
        self.check_renewed(context)?;
        if self.planned_until.is_some_and(|until| until.0 < started_on) {
            return Err(DATES
                .refuse("Le dernier jour précède le premier. Corrigez l’une des deux dates.")
                .at("/planned_until"));
        }
        self.check_hours(started_on, context)?;
        self.remind(started_on, context);
        let started = ActivityStarted {
            kind: self.kind.into(),
            organisation_id: text(self.organisation_id),
            weekly_minutes: self.weekly_minutes,
            started_on: started_on.to_string(),
            planned_until: self.planned_until.map(String::from).unwrap_or_default(),
            renews_activity_id: text(self.renews_activity_id),
            employment_id: text(self.employment_id),
            organisation_name: self.organisation_name.trim().to_owned(),
            title: self.title.trim().to_owned(),
            allowance_percent: self.allowance_percent,
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

/// Says that an activity ends.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndActivity {
    /// Last day, included; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
    /// Why.
    pub reason: Word<ActivityEndReason>,
    /// What the person takes away from it.
    #[serde(default)]
    pub comment: String,
}

impl Command for EndActivity {
    type Aggregate = Activity;
    const NAME: &'static str = "case.end-activity";
    const SUMMARY: &'static str = "Enregistrer la fin d’une activité";
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.ended_on.is_some() {
            return Ok(Vec::new());
        }
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        if state.started_on.is_some_and(|started_on| ended_on < started_on) {
            return Err(DATES
                .refuse("Cette date précède le début de l’activité. Corrigez-la.")
                .at("/ended_on"));
        }
        let ended = ActivityEnded {
            ended_on: ended_on.to_string(),
            reason: self.reason.into(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![ended.into()])
    }
}
