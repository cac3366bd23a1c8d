//! What was sent, and the rights that come with it.

use contracts::{
    EnumValue,
    prescription::v1::{CompletionOutcome, EligibilityGround, PassState, PrescriptionKind, RefusalReason},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{none, unsaid};

/// Where a prescription stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrescriptionState {
    /// Made ready, not gone.
    #[default]
    Prepared,
    /// Gone: an answer is awaited.
    Sent,
    /// The addressee has it: an answer is awaited.
    Received,
    /// The addressee studies it: an answer is awaited.
    UnderReview,
    /// The addressee will answer later: an answer is awaited.
    OnHold,
    /// Yes.
    Accepted,
    /// No, this time.
    Refused,
    /// No answer came in time.
    Unanswered,
    /// Taken back.
    Withdrawn,
    /// Without purpose: the person was taken elsewhere.
    Lapsed,
    /// Ready to go again, after an earlier attempt.
    Reopened,
    /// The person began what was prescribed.
    Started,
    /// What was prescribed is over.
    Completed,
}

impl PrescriptionState {
    /// Whether an answer is awaited.
    pub fn is_awaiting(self) -> bool {
        matches!(self, Self::Sent | Self::Received | Self::UnderReview | Self::OnHold)
    }
}

/// A prescription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Prescription {
    /// What is prescribed.
    #[schema(value_type = String)]
    pub kind: EnumValue<PrescriptionKind>,
    /// Where it stands.
    pub state: PrescriptionState,
    /// Who answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addressee_id: Option<Uuid>,
    /// The organisation that sent it, when it was prepared in Jalon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prescriber_id: Option<Uuid>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub sent_on: Option<Date>,
    /// Last day an answer is awaited, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub answer_due_on: Option<Date>,
    /// When it ended, whatever the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
    /// First day, when it was accepted and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Date>,
    /// Why the answer was no.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub reason: EnumValue<RefusalReason>,
    /// Last day of the wait that the addressee asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub held_until: Option<Date>,
    /// How many times the addressee was reminded of this sending.
    #[serde(skip_serializing_if = "none")]
    pub reminders: u32,
    /// When it was last reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub reminded_on: Option<Date>,
    /// How many times it was started over.
    #[serde(skip_serializing_if = "none")]
    pub restarts: u32,
    /// When the person began what was prescribed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub started_on: Option<Date>,
    /// How what was prescribed came to its end.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub completion: EnumValue<CompletionOutcome>,
}

/// An eligibility.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Eligibility {
    /// On what ground.
    #[schema(value_type = String)]
    pub ground: EnumValue<EligibilityGround>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub established_on: Option<Date>,
    /// Last day, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
}

/// A PASS IAE.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Pass {
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Date>,
    /// Last day, included, as last told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Date>,
    /// Where it stood when it was last reported.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub state: EnumValue<PassState>,
    /// First day of the last suspension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub suspended_from: Option<Date>,
    /// Last day of the last suspension, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub suspended_until: Option<Date>,
}

impl Pass {
    /// Whether it is suspended that day.
    pub fn is_suspended(&self, day: Date) -> bool {
        self.suspended_from.is_some_and(|from| from <= day)
            && self.suspended_until.is_none_or(|until| until >= day)
    }

    /// Whether it runs that day, suspended or not.
    pub fn is_current(&self, day: Date) -> bool {
        self.ends_on.is_none_or(|last| last >= day) && self.state != PassState::PASS_EXPIRED
    }
}
