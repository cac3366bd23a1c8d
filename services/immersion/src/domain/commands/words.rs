//! What the bodies of commands are made of.

use std::fmt;

use contracts::{Word, WordEnum as _, common::v1 as words};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer as _},
};
use service::Day;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};
use vocabulary::Refusal;

use crate::domain::{Details as StatedDetails, ImmersionObject, aggregate::Frame, rules::OBJECT};

/// Dates and hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// First day, included.
    pub starts_on: Day,
    /// Last day, included.
    pub ends_on: Day,
    /// Days of presence.
    pub presence_days: u32,
    /// Presence a week, in minutes.
    pub weekly_minutes: u32,
}

impl Terms {
    pub(crate) fn frame(&self) -> Frame {
        Frame {
            starts_on: self.starts_on.0,
            ends_on: self.ends_on.0,
            presence_days: self.presence_days,
            weekly_minutes: self.weekly_minutes,
        }
    }
}

/// A job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImmersionJob)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Code of the ROME, when known.
    #[serde(default)]
    pub rome_code: String,
    /// How the host calls it.
    pub label: String,
}

/// What the immersion is made of.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Details {
    /// Name of the host.
    pub host_name: String,
    /// SIRET of the host, 14 digits.
    pub host_siret: String,
    /// The job discovered or tried.
    pub job: Option<Job>,
    /// What the person will do.
    pub activities: String,
    /// The skills observed.
    pub skills: String,
    /// Conditions of work.
    pub work_conditions: String,
    /// Where.
    pub address: String,
    /// Who welcomes the person there.
    pub tutor_name: String,
    /// The tutor's job.
    pub tutor_job: String,
    /// How to reach the tutor at work.
    pub tutor_contact: String,
    /// SIRET of the person's current employer, when there is one.
    pub current_employer_siret: String,
}

// Sealed once stated: never in a log.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details").finish_non_exhaustive()
    }
}

impl Details {
    pub(crate) fn stated(&self) -> StatedDetails {
        let job = self.job.as_ref().map(|job| words::Job {
            rome_code: job.rome_code.clone(),
            label: job.label.clone(),
            ..Default::default()
        });
        StatedDetails {
            host_name: self.host_name.clone(),
            host_siret: self.host_siret.clone(),
            job: job.into(),
            activities: self.activities.clone(),
            skills: self.skills.clone(),
            work_conditions: self.work_conditions.clone(),
            address: self.address.clone(),
            tutor_name: self.tutor_name.clone(),
            tutor_job: self.tutor_job.clone(),
            tutor_contact: self.tutor_contact.clone(),
            current_employer_siret: self.current_employer_siret.clone(),
            ..Default::default()
        }
    }
}

/// The object: one code. A list is read too, so that none or several meet the rule rather than the parser.
#[derive(Clone, Debug, Default)]
pub struct Objects(pub Vec<Word<ImmersionObject>>);

impl From<ImmersionObject> for Objects {
    fn from(object: ImmersionObject) -> Self {
        Self(vec![Word(object)])
    }
}

impl Objects {
    /// The one object of a PMSMP.
    pub(crate) fn one(&self) -> Result<ImmersionObject, Refusal> {
        match self.0.as_slice() {
            [Word(object)] => Ok(*object),
            [] => Err(OBJECT
                .refuse("L’objet manque. Une PMSMP en a exactement un : choisissez-le.")
                .at("/object")),
            _ => Err(OBJECT
                .refuse("Une PMSMP a exactement un objet, et plusieurs sont donnés. Gardez-en un seul.")
                .at("/object")),
        }
    }
}

impl Serialize for Objects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Objects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("une de ces valeurs : ")?;
                let codes: Vec<_> = ImmersionObject::TEXTS.iter().map(|(_, code, _)| *code).collect();
                f.write_str(&codes.join(", "))
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Objects, E> {
                Word::deserialize(code.into_deserializer()).map(|word| Objects(vec![word]))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Objects, E> {
                Ok(Objects::default())
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Objects, A::Error> {
                let mut objects = Vec::new();
                while let Some(object) = items.next_element()? {
                    objects.push(object);
                }
                Ok(Objects(objects))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl utoipa::PartialSchema for Objects {
    fn schema() -> RefOr<Schema> {
        <Word<ImmersionObject> as utoipa::PartialSchema>::schema()
    }
}

impl ToSchema for Objects {
    fn name() -> std::borrow::Cow<'static, str> {
        <Word<ImmersionObject> as ToSchema>::name()
    }
}
