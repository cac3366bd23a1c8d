//! The live status of a case: facets that hold at the same time, not a step in a row.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    EnumValue,
    case::v1::{CaseOrigin, ClosingReason, SupportFrame},
    common::v1::{OrganisationKind, Role},
    diagnostic::v1::{AuthorKind, DiagnosticFrame, ResourceOutcome},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Forgettings, Restrictions};
use utoipa::ToSchema;
use uuid::Uuid;

mod around;
mod sent;
mod work;

pub use around::{Activity, Agreement, Appointment, Emergency, Pause, Rectification, Review, Wish};
pub use sent::{Eligibility, Pass, Prescription, PrescriptionState};
pub use work::{
    CHECK_INS, CheckIn, EMPLOYER_DAYS, Employment, Immersion, ImmersionState, Match, MatchState, Validation,
};

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
    /// Who validates the PMSMP that have not begun, and since when everyone signed. For prompts: no answer holds it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub validations: BTreeMap<Uuid, Validation>,
    /// The contracts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub employments: BTreeMap<Uuid, Employment>,
    /// The rest the follow-up takes, when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// What the person wishes today, without what it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub wishes: BTreeMap<Uuid, Wish>,
    /// What the person takes or took part in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub activities: BTreeMap<Uuid, Activity>,
    /// The agreements that are neither withdrawn nor over.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agreements: BTreeMap<Uuid, Agreement>,
    /// What the person asks to have put right, as long as nobody answered.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rectifications: BTreeMap<Uuid, Rectification>,
    /// What keeps the data of the person from being used.
    #[serde(skip_serializing_if = "Restrictions::is_empty")]
    pub restrictions: Restrictions,
    /// When the case was opened in an emergency, as long as nobody looked back on it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub emergencies: BTreeMap<Uuid, Emergency>,
    /// What is asked to be erased, and what must be kept.
    #[serde(skip_serializing_if = "nothing_to_erase")]
    pub forgettings: Forgettings,
    /// The appointments of which nobody said what became of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub appointments: BTreeMap<Uuid, Appointment>,
    /// The last review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// When the case came from another structure, the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transferred_on: Option<Date>,
    /// The local services mobilised.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<Uuid, Resource>,
    /// The PASS IAE.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub passes: BTreeMap<Uuid, Pass>,
    /// The offers proposed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub matches: BTreeMap<Uuid, Match>,
    /// How many gatherings the person took part in.
    #[serde(skip_serializing_if = "none")]
    pub gatherings: u32,
    /// The last day the person was seen or heard, as far as facts tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<Date>,
    /// The last fact.
    pub last: LastFact,
    /// The position that the read model had reached when this was read from it, at least; it is not kept.
    #[serde(skip)]
    pub read_at: i64,
}

/// Whether nothing was ever asked to be erased or kept.
fn nothing_to_erase(forgettings: &Forgettings) -> bool {
    *forgettings == Forgettings::default()
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
    /// The frame of support in which it accompanies the person, when it is in one.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub frame: EnumValue<SupportFrame>,
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

/// A local service mobilised for the person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Resource {
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub mobilised_on: Option<Date>,
    /// The obstacle it is meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle_id: Option<Uuid>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
    /// What came of it.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub outcome: EnumValue<ResourceOutcome>,
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

fn none(number: &u32) -> bool {
    *number == 0
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

    /// The immersions that count: one that another tool tells of too counts as that tool tells it.
    pub fn immersions(&self) -> impl Iterator<Item = (&Uuid, &Immersion)> {
        self.immersions.iter().filter(|(_, one)| one.same_as.is_none())
    }

    /// The diagnostic that can be relied upon the longest.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostics
            .values()
            .max_by_key(|one| (one.completed_on.is_some(), one.valid_until, one.started_on))
    }

    /// Whether the person said, today, that work is not for now.
    pub fn is_not_for_now(&self) -> bool {
        let last = self.wishes.values().max_by_key(|one| one.position);
        last.is_some_and(|one| one.not_for_now)
    }

    /// Whether the follow-up rests that day.
    pub fn is_paused(&self, day: Date) -> bool {
        self.pause.is_some_and(|pause| pause.holds(day))
    }

    /// Hours a week foreseen of the activities under way, in minutes.
    pub fn activity_weekly_minutes(&self) -> u32 {
        let under_way = self.activities.values().filter(|one| one.is_under_way());
        under_way.map(|one| one.weekly_minutes).sum()
    }

    /// The PASS IAE that runs, or ended last.
    pub fn pass(&self) -> Option<(Uuid, &Pass)> {
        self.passes.iter().max_by_key(|(_, one)| one.ends_on).map(|(id, one)| (*id, one))
    }

    /// Every organisation it names.
    pub fn organisations(&self) -> BTreeSet<Uuid> {
        let members = self.circle.values().filter_map(|member| member.organisation_id);
        let addressees = self.prescriptions.values().filter_map(|one| one.addressee_id);
        let hosts = self.immersions.values().filter_map(|one| one.host_id);
        let employers = self.employments.values().filter_map(|one| one.employer_id);
        let activities = self.activities.values().filter_map(|one| one.organisation_id);
        let agreements = self.agreements.values().filter_map(|one| one.organisation_id);
        let appointments = self.appointments.values().filter_map(|one| one.organisation_id);
        let work = addressees.chain(hosts).chain(employers).chain(activities);
        members.chain(work).chain(agreements).chain(appointments).chain([self.structure_id]).collect()
    }
}
