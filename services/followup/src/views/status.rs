//! The live status of a case: facets that hold at the same time, not a step in a row.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    EnumValue,
    case::v1::{CaseOrigin, ClosingReason},
    common::v1::{OrganisationKind, Role},
    diagnostic::v1::{AuthorKind, DiagnosticFrame},
    employment::v1::{ContractKind, EndReason, Programme},
    immersion::v1::{ConventionKind, Hired, ImmersionObject, Party, ReviewOutcome},
    prescription::v1::{EligibilityGround, PrescriptionKind, RefusalReason},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How things stand for one person, as the traces tell it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Whether the case is open.
    pub open: bool,
    /// Since when it is followed, for the first time.
    pub opened_on: Option<Date>,
    /// Since when it is closed, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_on: Option<Date>,
    /// Why it was closed, when it is.
    #[serde(skip_serializing_if = "unsaid")]
    pub closing: EnumValue<ClosingReason>,
    /// How the person came.
    #[serde(skip_serializing_if = "unsaid")]
    pub origin: EnumValue<CaseOrigin>,
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// Its kind when the case was opened.
    #[serde(skip_serializing_if = "unsaid")]
    pub device: EnumValue<OrganisationKind>,
    /// The plateforme emploi that shares the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<Uuid>,
    /// The posts around the person.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub circle: BTreeMap<Uuid, Member>,
    /// Position of the fact that last gave the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_position: Option<i64>,
    /// The diagnostics.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub diagnostics: BTreeMap<Uuid, Diagnostic>,
    /// The obstacles that were named, and whether each is open today.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub obstacles: BTreeMap<Uuid, bool>,
    /// Everything sent that awaits or awaited an answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub prescriptions: BTreeMap<Uuid, Prescription>,
    /// The eligibility to the insertion par l’activité économique, as last established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligibility: Option<Eligibility>,
    /// The conventions, and the immersions they allow.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub immersions: BTreeMap<Uuid, Immersion>,
    /// The contracts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub employments: BTreeMap<Uuid, Employment>,
    /// The last fact.
    pub last: LastFact,
}

/// A post in the circle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Member {
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// What it does around the person.
    #[schema(value_type = String)]
    pub role: EnumValue<Role>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
}

/// A diagnostic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Diagnostic {
    /// The guide it follows.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub frame: EnumValue<DiagnosticFrame>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub started_on: Option<Date>,
    /// When it was completed, once it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub completed_on: Option<Date>,
    /// Last day it can be relied upon, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// In what quality it was made.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub author: EnumValue<AuthorKind>,
}

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
}

impl PrescriptionState {
    /// Whether an answer is awaited.
    pub fn is_awaiting(self) -> bool {
        matches!(self, Self::Sent | Self::Received)
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
    /// How it went.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub outcome: EnumValue<ReviewOutcome>,
    /// Whether it led to a hire.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub hired: EnumValue<Hired>,
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
}

/// A fact, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastFact {
    /// Code of its kind.
    pub kind: u16,
    /// The day it happened.
    pub occurred_on: Option<Date>,
    /// Its position.
    pub position: i64,
}

fn unsaid<E: contracts::buffa::Enumeration>(value: &EnumValue<E>) -> bool {
    value.to_i32() == 0
}

/// How many obstacles weigh today, and how many were eased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Obstacles {
    /// Open today.
    pub open: usize,
    /// Eased.
    pub eased: usize,
}

impl Status {
    /// Its obstacles, counted.
    pub fn obstacles(&self) -> Obstacles {
        let open = self.obstacles.values().filter(|open| **open).count();
        Obstacles { open, eased: self.obstacles.len() - open }
    }

    /// The diagnostic that can be relied upon the longest.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostics
            .values()
            .max_by_key(|one| (one.completed_on.is_some(), one.valid_until, one.started_on))
    }

    /// Every organisation it names.
    pub fn organisations(&self) -> BTreeSet<Uuid> {
        let members = self.circle.values().filter_map(|member| member.organisation_id);
        let addressees = self.prescriptions.values().filter_map(|one| one.addressee_id);
        let hosts = self.immersions.values().filter_map(|one| one.host_id);
        let employers = self.employments.values().filter_map(|one| one.employer_id);
        members.chain(addressees).chain(hosts).chain(employers).chain([self.structure_id]).collect()
    }
}
