//! What can be asked of an access, each intent with its rule right below.

use contracts::Word;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use service::{Command, Context};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Access, State},
    *,
};

/// Nobody says by hand what was read.
pub const BY_ITSELF: Rule = Rule::strict(
    "acces.automatique",
    "Jalon consigne lui-même les lectures, et suspend lui-même un accès.",
    "CNIL, recommandation sur la journalisation, 2021",
);
/// A batch begins where the one before ends.
pub const IN_ORDER: Rule = Rule::strict(
    "acces.suite",
    "Un lot de lectures commence où finit le précédent.",
    "CNIL, recommandation sur la journalisation, 2021",
);
/// Nobody restores their own access.
pub const BY_ANOTHER: Rule = Rule::strict(
    "acces.par-un-autre",
    "Un accès suspendu est rétabli par quelqu’un d’autre que son titulaire.",
    "usage",
);

/// Nobody suspends themselves.
pub const NOT_ONESELF: Rule = Rule::strict(
    "acces.d-un-autre",
    "On ne suspend pas son propre accès : qui veut partir ferme ses sessions.",
    "usage",
);
/// What Jalon alone finds is not said by hand.
pub const HAND_REASON: Rule = Rule::strict(
    "acces.motif",
    "Qui suspend un accès dit pourquoi : compte en d’autres mains, lectures à expliquer, départ.",
    "ANSSI, guide d’hygiène, 2017, mesure 7",
);

/// The rules of this context.
pub const RULES: &[&Rule] = &[&BY_ITSELF, &IN_ORDER, &BY_ANOTHER, &NOT_ONESELF, &HAND_REASON];

fn by_itself(context: &Context) -> Result<(), Refusal> {
    match context.actor.system {
        Some(_) => Ok(()),
        None => Err(BY_ITSELF.refuse("Cela ne se saisit pas : Jalon le fait de lui-même.")),
    }
}

/// Closes a batch of readings.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBatch {
    /// Number of its first reading.
    pub from: i64,
    /// Number of the last one.
    pub to: i64,
    /// How many there are.
    pub count: u32,
    /// SHA-256 of them in their order, in hexadecimal.
    pub digest: String,
    /// The numbers in between that no reading has.
    pub skipped: Vec<i64>,
}

impl Command for CloseBatch {
    type Aggregate = Access;
    const NAME: &'static str = "audit.close-batch";
    const SUMMARY: &'static str = "Clore un lot de lectures";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if self.from != state.last.as_ref().map_or(1, |last| last.to + 1) || self.to < self.from {
            return Err(IN_ORDER.refuse("Ce lot ne suit pas le précédent. Relisez la chaîne."));
        }
        let recorded = AccessRecorded {
            from_reading: self.from,
            to_reading: self.to,
            count: self.count,
            digest: self.digest.clone(),
            previous_digest: state.last.as_ref().map(|last| last.digest.clone()).unwrap_or_default(),
            skipped_readings: self.skipped.clone(),
            ..Default::default()
        };
        Ok(vec![recorded.into()])
    }
}

/// Says that someone reads no more.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendAccess {
    /// The suspension.
    pub suspension_id: Uuid,
    /// The post they read from.
    pub post_id: Option<Uuid>,
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// Why.
    pub reason: Word<SuspensionReason>,
    /// How many different people they opened, or tried to.
    pub people: u32,
    /// In how many hours.
    pub hours: u32,
    /// The instant.
    #[schema(value_type = String, format = DateTime)]
    pub suspended_at: Timestamp,
    /// The posts that are told at once.
    pub told_post_ids: Vec<Uuid>,
}

impl Command for SuspendAccess {
    type Aggregate = Access;
    const NAME: &'static str = "audit.suspend-access";
    const SUMMARY: &'static str = "Suspendre un accès";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if state.suspension == Some(self.suspension_id) || state.restored.contains(&self.suspension_id) {
            return Ok(Vec::new());
        }
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let suspended = AccessSuspended {
            suspension_id: self.suspension_id.to_string(),
            reader_id: context.stream_id.to_string(),
            post_id: text(self.post_id),
            organisation_id: text(self.organisation_id),
            reason: self.reason.into(),
            people: self.people,
            hours: self.hours,
            suspended_at: self.suspended_at.to_string(),
            told_post_ids: self.told_post_ids.iter().map(Uuid::to_string).collect(),
            ..Default::default()
        };
        Ok(vec![suspended.into()])
    }
}

/// Suspends someone, by hand: they read and state nothing any more, from any post and in any session.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendByHand {
    /// The professional; for a machine, the post or the organisation its token is of.
    pub reader_id: Uuid,
    /// Why.
    pub reason: Word<SuspensionReason>,
}

impl Command for SuspendByHand {
    type Aggregate = Access;
    const NAME: &'static str = "administration.suspend-access";
    const SUMMARY: &'static str = "Suspendre l’accès d’un professionnel";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if access::readings::reader(&context.actor) == Some(context.stream_id) {
            return Err(NOT_ONESELF
                .refuse(
                    "Vous ne pouvez pas suspendre votre propre accès. Demandez à un autre administrateur.",
                )
                .at("/reader_id"));
        }
        let by_hand =
            [SuspensionReason::COMPROMISED, SuspensionReason::UNEXPLAINED, SuspensionReason::DEPARTED];
        if !by_hand.contains(&self.reason.0) {
            return Err(HAND_REASON
                .refuse(
                    "Choisissez : compte peut-être entre d’autres mains, lectures à expliquer, ou départ.",
                )
                .at("/reason"));
        }
        if state.suspension.is_some() {
            return Ok(Vec::new());
        }
        let suspended = AccessSuspended {
            suspension_id: context.fresh_id.to_string(),
            reader_id: context.stream_id.to_string(),
            reason: self.reason.into(),
            suspended_at: context.now.to_string(),
            ..Default::default()
        };
        Ok(vec![suspended.into()])
    }
}

/// Lets someone read again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreAccess {
    /// Why they may.
    pub reason: Word<RestorationReason>,
}

impl Command for RestoreAccess {
    type Aggregate = Access;
    const NAME: &'static str = "administration.restore-access";
    const SUMMARY: &'static str = "Rétablir un accès suspendu";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if access::readings::reader(&context.actor) == Some(context.stream_id) {
            return Err(BY_ANOTHER.refuse(
                "Vous ne pouvez pas rétablir votre propre accès. Demandez à un autre administrateur.",
            ));
        }
        let Some(suspension) = state.suspension else { return Ok(Vec::new()) };
        let restored = AccessRestored {
            suspension_id: suspension.to_string(),
            reason: self.reason.into(),
            ..Default::default()
        };
        Ok(vec![restored.into()])
    }
}
