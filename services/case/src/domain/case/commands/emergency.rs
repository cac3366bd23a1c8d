//! What cannot wait: a professional opens what is closed to them for an hour at most, says why, and a
//! colleague looks back on it.

use contracts::Word;
use jiff::{SignedDuration, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};
use crate::domain::text;

/// A professional answers for it.
pub const EMERGENCY_POST: Rule = Rule::strict(
    "urgence.poste",
    "Un accès en urgence est ouvert par un professionnel, depuis son poste.",
    "usage",
);
/// Why it cannot wait is said.
pub const EMERGENCY_REASON: Rule = Rule::strict(
    "urgence.motif",
    "Un accès en urgence dit pourquoi il ne peut pas attendre.",
    "RGPD, article 5",
);
/// What is in danger is said, as it is counted.
pub const EMERGENCY_KIND: Rule = Rule::strict(
    "urgence.nature",
    "Un accès en urgence dit ce qui presse : une vie, une protection, un droit qui se perd.",
    "RGPD, article 5",
);
/// How long it lasts.
pub const EMERGENCY_LENGTH: Rule =
    Rule::strict("urgence.duree", "Un accès en urgence dure 60 minutes au plus.", "usage");
/// What is looked back on was opened.
pub const KNOWN_EMERGENCY: Rule =
    Rule::strict("urgence.connu", "On relit un accès en urgence ouvert dans ce dossier.", "usage");
/// Nobody looks back on their own.
pub const OTHER_REVIEWER: Rule = Rule::strict(
    "urgence.relecture",
    "Un accès en urgence est relu par un autre professionnel que celui qui l’a ouvert.",
    "usage",
);

/// The longest it lasts, in minutes.
const LONGEST: u32 = 60;

/// Opens, for an hour at most, what is closed to whoever asks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenEmergencyAccess {
    /// What presses.
    #[serde(default)]
    pub reason_code: Option<Word<EmergencyReason>>,
    /// Why it cannot wait, in words.
    #[serde(default)]
    pub reason: String,
    /// For how long, in minutes; an hour when absent.
    #[serde(default)]
    pub minutes: Option<u32>,
}

impl Command for OpenEmergencyAccess {
    type Aggregate = Case;
    const NAME: &'static str = "case.open-emergency-access";
    const SUMMARY: &'static str = "Ouvrir un accès en urgence";

    // An emergency needs no other tie.
    const TIED: bool = true;

    fn is_tied(&self, _: &Context) -> bool {
        true
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(post) = context.actor.post_id else {
            return Err(EMERGENCY_POST.refuse(
                "Seul un professionnel ouvre un accès en urgence. Connectez-vous depuis votre poste.",
            ));
        };
        // Blanks, shown or not, say nothing.
        if !self.reason.chars().any(char::is_alphanumeric) {
            return Err(EMERGENCY_REASON
                .refuse("Écrivez pourquoi cela ne peut pas attendre : un collègue le relira.")
                .at("/reason"));
        }
        let minutes = self.minutes.unwrap_or(LONGEST);
        if !(1..=LONGEST).contains(&minutes) {
            return Err(EMERGENCY_LENGTH
                .refuse("Choisissez une durée de 1 à 60 minutes. Un autre accès pourra être ouvert ensuite.")
                .at("/minutes"));
        }
        let Some(kind) = self.reason_code else {
            return Err(EMERGENCY_KIND
                .refuse("Dites ce qui presse : une vie ou une santé en danger, une protection, un droit qui se perd.")
                .at("/reason_code"));
        };
        let opened = EmergencyAccessOpened {
            reason_code: kind.into(),
            access_id: context.fresh_id.to_string(),
            post_id: post.to_string(),
            professional_id: text(context.actor.professional_id),
            organisation_id: text(context.actor.organisation_id),
            opened_at: context.now.to_string(),
            ends_at: (context.now + SignedDuration::from_mins(i64::from(minutes))).to_string(),
            reason: self.reason.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![opened.into()])
    }
}

/// Looks back on an emergency access.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewEmergencyAccess {
    /// Which one.
    pub access_id: Uuid,
    /// What is found.
    pub finding: Word<EmergencyFinding>,
    /// On which day; today when absent.
    #[serde(default)]
    pub reviewed_on: Option<Day>,
    /// A few words for the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for ReviewEmergencyAccess {
    type Aggregate = Case;
    const NAME: &'static str = "case.review-emergency-access";
    const SUMMARY: &'static str = "Relire un accès en urgence";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reviewed_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(emergency) = state.emergencies.get(&self.access_id) else {
            return Err(KNOWN_EMERGENCY
                .refuse("Cet accès n’est pas dans ce dossier. Vérifiez lequel vous relisez.")
                .at("/access_id"));
        };
        let actor = &context.actor;
        let same = match (emergency.professional_id, actor.professional_id) {
            (Some(opener), Some(reviewer)) => opener == reviewer,
            _ => emergency.post_id == actor.post_id,
        };
        if actor.post_id.is_none() || same {
            return Err(OTHER_REVIEWER
                .refuse("Cet accès se relit à deux : demandez à un collègue qui ne l’a pas ouvert."));
        }
        if emergency.reviewed {
            return Ok(Vec::new());
        }
        let reviewed = EmergencyAccessReviewed {
            access_id: self.access_id.to_string(),
            finding: self.finding.into(),
            reviewed_on: self.reviewed_on.map_or(context.today, |day| day.0).to_string(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![reviewed.into()])
    }
}
