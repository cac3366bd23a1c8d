//! Work: immersions, contracts, offers.

use contracts::{
    EnumValue,
    employment::v1::{CheckInOutcome, ContractKind, EndReason, Programme},
    immersion::v1::{ConventionKind, Hired, ImmersionObject, Party, ReviewOutcome},
    platform::v1::EmployerAnswer,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::days_after;

use super::{none, unsaid};

/// Where a convention and its immersion stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImmersionState {
    /// Being written and signed.
    #[default]
    Drafted,
    /// Everyone signed.
    FullySigned,
    /// A counsellor agreed, the prescriber decides.
    Approved,
    /// The prescriber validated it.
    Validated,
    /// The prescriber said no.
    Rejected,
    /// It will not take place.
    Cancelled,
    /// Nobody answered in time.
    Lapsed,
    /// Under way.
    Started,
    /// Stopped before its last day.
    Interrupted,
    /// The last day passed.
    Ended,
}

impl ImmersionState {
    /// Whether it may still begin.
    pub fn is_planned(self) -> bool {
        matches!(self, Self::Drafted | Self::FullySigned | Self::Approved | Self::Validated)
    }

    /// Whether it took place, in whole or in part.
    pub fn is_past(self) -> bool {
        matches!(self, Self::Interrupted | Self::Ended)
    }
}

/// An immersion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Immersion {
    /// A PMSMP, or the structure's own convention.
    #[schema(value_type = String)]
    pub kind: EnumValue<ConventionKind>,
    /// Its object.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub object: EnumValue<ImmersionObject>,
    /// Where it stands.
    pub state: ImmersionState,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Date>,
    /// Last day, included; the real one once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Date>,
    /// The host, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_id: Option<Uuid>,
    /// Who must sign.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub signatories: Vec<EnumValue<Party>>,
    /// Who signed this version of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub signed: Vec<EnumValue<Party>>,
    /// When what came of it was looked at together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub reviewed_on: Option<Date>,
    /// How it went.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub outcome: EnumValue<ReviewOutcome>,
    /// Whether it led to a hire.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub hired: EnumValue<Hired>,
    /// The convention of another tool that it is: that one counts, this one stays as it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Uuid>,
    /// Ids of the rules or names of what another tool says otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub divergences: Vec<String>,
}

/// Who validates a PMSMP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validation {
    /// The organisation that prescribes, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prescriber_id: Option<Uuid>,
    /// When everyone had signed it as it now stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_on: Option<Date>,
}

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Employment {
    /// Its kind.
    #[schema(value_type = String)]
    pub contract: EnumValue<ContractKind>,
    /// The programme it belongs to.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub programme: EnumValue<Programme>,
    /// The employer, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer_id: Option<Uuid>,
    /// Hours a week, in minutes.
    pub weekly_minutes: u32,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub started_on: Option<Date>,
    /// Last day foreseen, included; nothing without term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Date>,
    /// Last day, once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
    /// Why it is over.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub reason: EnumValue<EndReason>,
    /// Since when work is suspended, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub suspended_since: Option<Date>,
    /// Check-ins that were held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub check_ins: Vec<CheckIn>,
    /// How many difficulties were reported.
    #[serde(skip_serializing_if = "none")]
    pub difficulties: u32,
    /// Last day of the follow-up after the end, included, where a programme foresees one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub followed_until: Option<Date>,
    /// The activity it goes with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_activity_id: Option<Uuid>,
}

/// A check-in that was held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CheckIn {
    /// Which one, in days after the first day; 0 for any other.
    pub step: u32,
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub held_on: Option<Date>,
    /// How things go.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub outcome: EnumValue<CheckInOutcome>,
}

/// The check-ins a contract calls for, in days after its first day.
pub const CHECK_INS: [u32; 5] = [7, 30, 90, 180, 365];

impl Employment {
    /// The check-ins to hold, each with its day, soonest first. One that was held on its day or after
    /// stands for those before it.
    pub fn check_ins_to_hold(&self) -> impl Iterator<Item = (u32, Date)> + '_ {
        let first = self.started_on.filter(|_| self.ended_on.is_none());
        let all = CHECK_INS.into_iter();
        let days = all.filter_map(move |step| Some((step, days_after(first?, step.cast_signed()))));
        let held = |step: u32, day: Date| {
            self.check_ins.iter().any(|one| one.step == step || one.held_on.is_some_and(|held| held >= day))
        };
        days.filter(move |(step, day)| !held(*step, *day))
    }
}

/// A match of the person with an offer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = MatchOfCase)]
pub struct Match {
    /// The offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<Uuid>,
    /// Where it stands.
    pub state: MatchState,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Last day the employer's answer is awaited, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub answer_due_on: Option<Date>,
    /// What the employer answered.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub answer: EnumValue<EmployerAnswer>,
}

/// Days within which an employer answers, where the fact does not say until when.
pub const EMPLOYER_DAYS: i32 = 30;

/// Where a match stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchState {
    /// Proposed: the person answers first.
    #[default]
    Proposed,
    /// The person wants it.
    Accepted,
    /// The person does not.
    Declined,
    /// The employer was told: an answer is awaited.
    PutForward,
    /// The employer answered.
    Answered,
}
