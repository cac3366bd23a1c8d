//! The missions of an auditor: what they may read, they read within them.

use contracts::common::v1::Role;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates::valid_for_months};

use super::{
    aggregate::{Post, State},
    *,
};
use crate::domain::texts::plain;

/// Auditors alone are sent to check.
pub const AUDITORS: Rule =
    Rule::strict("mission.poste", "Une mission de contrôle est confiée à un poste d’auditeur.", "usage");
/// A mission is given by an act, and ends.
pub const BOUNDED: Rule = Rule::strict(
    "mission.bornes",
    "Une mission de contrôle renvoie à l’acte qui la confie et dure au plus douze mois.",
    "usage",
);
/// Only a mission that was given ends.
pub const KNOWN: Rule =
    Rule::strict("mission.inconnue", "Seule une mission confiée à ce poste se termine.", "usage");

/// Sends an auditor to check, from one day to another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenMission {
    /// Who sends them, and by which act.
    pub reference: String,
    /// First day; may be to come.
    pub from_day: Day,
    /// Last day, included: at most twelve months.
    pub until_day: Day,
}

impl Command for OpenMission {
    type Aggregate = Post;
    const NAME: &'static str = "administration.open-mission";
    const SUMMARY: &'static str = "Confier une mission de contrôle";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.from_day.0);

    fn may_be_planned(&self) -> bool {
        true
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.role != Role::AUDITEUR {
            return Err(AUDITORS
                .refuse("Ce poste n’est pas celui d’un auditeur. Ouvrez d’abord un poste d’auditeur."));
        }
        let reference = plain(&self.reference, "/reference")?;
        let (from, until) = (self.from_day.0, self.until_day.0);
        if reference.is_empty() {
            return Err(BOUNDED
                .refuse(
                    "L’acte qui confie cette mission manque. Donnez sa référence : numéro, date, signataire.",
                )
                .at("/reference"));
        }
        if until < from || until > valid_for_months(from, 12) {
            return Err(BOUNDED
                .refuse("Le dernier jour vient après le premier, et au plus douze mois plus tard. Corrigez l’une des deux dates.")
                .at("/until_day"));
        }
        if state.missions.values().any(|given| *given == (from, until)) {
            return Ok(Vec::new());
        }
        let opened = MissionOpened {
            mission_id: context.fresh_id.to_string(),
            reference,
            from_day: from.to_string(),
            until_day: until.to_string(),
            ..Default::default()
        };
        Ok(vec![opened.into()])
    }
}

/// Ends a mission before its last day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMission {
    /// The mission.
    pub mission_id: Uuid,
    /// Its new last day, included; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
}

impl Command for EndMission {
    type Aggregate = Post;
    const NAME: &'static str = "administration.end-mission";
    const SUMMARY: &'static str = "Mettre fin à une mission de contrôle";
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some((_, until)) = state.missions.get(&self.mission_id) else {
            return Err(KNOWN
                .refuse("Cette mission n’a pas été confiée à ce poste. Vérifiez son identifiant.")
                .at("/mission_id"));
        };
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        if *until <= ended_on {
            return Ok(Vec::new());
        }
        let ended = MissionEnded {
            mission_id: self.mission_id.to_string(),
            ended_on: ended_on.to_string(),
            ..Default::default()
        };
        Ok(vec![ended.into()])
    }
}
