//! What the shared case itself holds: what the person wishes, takes part in, agreed to, and when people
//! meet.

use contracts::{
    EnumValue,
    case::v1::{ActivityKind, AgreementForm, PersonalClass, ReviewKind, SharingPurpose},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{none, unsaid};

/// What the person wishes, without what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Wish {
    /// Since when, as last said.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The person does not wish to work for now.
    pub not_for_now: bool,
    /// Position of the fact that says what it is, for those who may read it.
    pub position: i64,
}

/// An activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Activity {
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: EnumValue<ActivityKind>,
    /// Who proposes it, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<Uuid>,
    /// Hours a week foreseen, in minutes.
    #[serde(skip_serializing_if = "none")]
    pub weekly_minutes: u32,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub started_on: Option<Date>,
    /// Last day foreseen, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub planned_until: Option<Date>,
    /// Last day, once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
}

/// An agreement to share that holds, or will.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Agreement {
    /// The organisation it is opened to.
    pub organisation_id: Option<Uuid>,
    /// What is opened.
    #[schema(value_type = Vec<String>)]
    pub classes: Vec<EnumValue<PersonalClass>>,
    /// What for.
    #[schema(value_type = Vec<String>)]
    pub purposes: Vec<EnumValue<SharingPurpose>>,
    /// How the person said yes.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub form: EnumValue<AgreementForm>,
    /// First day it holds.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Last day it holds, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// Something the person asks to have put right, that nobody answered yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Rectification {
    /// The class of what is said to be wrong.
    #[schema(value_type = String)]
    pub of_class: EnumValue<PersonalClass>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub requested_on: Option<Date>,
}

/// An access opened in an emergency, that nobody looked back on yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Emergency {
    /// When.
    pub on: Option<Date>,
    /// The post that opened it: another one looks back on it.
    pub by: Option<Uuid>,
}

/// An appointment that is to come, or of which nobody said whether it took place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Appointment {
    /// Its day.
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// Its hour in Paris, `14:30`; empty when not said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hour: String,
    /// The post it is with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_id: Option<Uuid>,
    /// The organisation it is with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<Uuid>,
    /// Whether a professional goes there with the person.
    pub accompanied: bool,
}

/// A review of how things stand, the last of its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Review {
    /// Its kind.
    #[serde(skip_serializing_if = "unsaid")]
    #[schema(value_type = String)]
    pub kind: EnumValue<ReviewKind>,
    /// When it was held.
    #[schema(value_type = Option<String>, format = Date)]
    pub held_on: Option<Date>,
    /// When the next one is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub next_on: Option<Date>,
}

/// A rest in the follow-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Pause {
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Last day, included, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

impl Activity {
    /// Whether it is under way.
    pub fn is_under_way(&self) -> bool {
        self.started_on.is_some() && self.ended_on.is_none()
    }
}

impl Pause {
    /// Whether it rests that day: a pause is over after its last day, even when nobody said so.
    pub fn holds(&self, day: Date) -> bool {
        self.until.is_none_or(|last| last >= day)
    }
}
