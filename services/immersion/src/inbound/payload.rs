//! The shape of a notification, read tolerantly: absent is null, a member nobody knows is named and passed
//! over, a member that must not be kept is passed over without being read.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use service::Problem;

/// A member that is known, and of no use or not to be kept: its value is never read into memory.
type Dropped = Option<IgnoredAny>;
/// Members that this adapter does not know: only their names matter.
type Unknown = BTreeMap<String, IgnoredAny>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    subscribed_event: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(flatten)]
    other: Unknown,
}

#[derive(Debug, Deserialize)]
struct Payload {
    convention: Option<Convention>,
    #[serde(flatten)]
    other: Unknown,
}

/// A convention as the tool shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Convention {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) status_justification: Option<String>,
    pub(super) agency_id: Option<String>,
    pub(super) agency_siret: Option<String>,
    pub(super) agency_kind: Option<String>,
    pub(super) agency_refers_to: Option<Agency>,
    // The name its documentation gives; the tool itself sends the one above.
    agency_refers_to_other_agency: Option<Agency>,
    pub(super) date_submission: Option<String>,
    pub(super) date_start: Option<String>,
    pub(super) date_end: Option<String>,
    pub(super) date_approval: Option<String>,
    pub(super) date_validation: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) siret: Option<String>,
    pub(super) business_name: Option<String>,
    pub(super) schedule: Option<Schedule>,
    pub(super) work_conditions: Option<String>,
    pub(super) immersion_address: Option<String>,
    pub(super) immersion_objective: Option<String>,
    pub(super) immersion_appellation: Option<Appellation>,
    pub(super) immersion_activities: Option<String>,
    pub(super) immersion_skills: Option<String>,
    pub(super) internship_kind: Option<String>,
    pub(super) signatories: Option<Signatories>,
    pub(super) establishment_tutor: Option<Tutor>,
    pub(super) renewed: Option<Renewed>,
    pub(super) assessment: Option<Assessment>,
    pub(super) is_establishment_banned: Option<bool>,
    #[serde(rename = "establishmentBannishmentJustification")]
    _bannishment: Dropped,
    #[serde(rename = "establishmentNumberEmployeesRange")]
    _employees: Dropped,
    #[serde(rename = "businessAdvantages")]
    _advantages: Dropped,
    #[serde(rename = "individualProtection")]
    _protection: Dropped,
    #[serde(rename = "individualProtectionDescription")]
    _protection_description: Dropped,
    #[serde(rename = "sanitaryPrevention")]
    _prevention: Dropped,
    #[serde(rename = "sanitaryPreventionDescription")]
    _prevention_description: Dropped,
    #[serde(rename = "remoteWorkMode")]
    _remote: Dropped,
    #[serde(rename = "validators")]
    _validators: Dropped,
    #[serde(rename = "agencyReferent")]
    _referent: Dropped,
    #[serde(rename = "agencyName")]
    _agency_name: Dropped,
    #[serde(rename = "agencyContactEmail")]
    _agency_email: Dropped,
    #[serde(rename = "agencyDepartment")]
    _agency_department: Dropped,
    #[serde(rename = "agencyValidationSteps")]
    _steps: Dropped,
    #[serde(rename = "lastReminders")]
    _reminders: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

/// The agency that another one acts for.
#[derive(Debug, Deserialize)]
pub struct Agency {
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) siret: Option<String>,
    #[serde(rename = "name")]
    _name: Dropped,
    #[serde(rename = "contactEmail")]
    _email: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

/// Who signs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signatories {
    pub(super) beneficiary: Option<Beneficiary>,
    pub(super) establishment_representative: Option<Signatory>,
    pub(super) beneficiary_representative: Option<Signatory>,
    pub(super) beneficiary_current_employer: Option<Signatory>,
    #[serde(flatten)]
    other: Unknown,
}

/// The person: names and birth date serve to recognise them, the signature is kept, the rest is not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beneficiary {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) birthdate: Option<String>,
    pub(super) signed_at: Option<String>,
    #[serde(rename = "role")]
    _role: Dropped,
    #[serde(rename = "email")]
    _email: Dropped,
    #[serde(rename = "phone")]
    _phone: Dropped,
    #[serde(rename = "emergencyContact")]
    _emergency: Dropped,
    #[serde(rename = "emergencyContactPhone")]
    _emergency_phone: Dropped,
    #[serde(rename = "emergencyContactEmail")]
    _emergency_email: Dropped,
    #[serde(rename = "federatedIdentity")]
    _federated: Dropped,
    #[serde(rename = "financiaryHelp")]
    _help: Dropped,
    #[serde(rename = "isRqth")]
    _rqth: Dropped,
    #[serde(rename = "levelOfEducation")]
    _level: Dropped,
    #[serde(rename = "schoolName")]
    _school: Dropped,
    #[serde(rename = "schoolPostcode")]
    _school_postcode: Dropped,
    #[serde(rename = "address")]
    _address: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

impl std::fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beneficiary").finish_non_exhaustive()
    }
}

/// Anyone else who signs: only that they did, and the employer's SIRET.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signatory {
    pub(super) signed_at: Option<String>,
    pub(super) business_siret: Option<String>,
    #[serde(rename = "role")]
    _role: Dropped,
    #[serde(rename = "firstName")]
    _first: Dropped,
    #[serde(rename = "lastName")]
    _last: Dropped,
    #[serde(rename = "email")]
    _email: Dropped,
    #[serde(rename = "phone")]
    _phone: Dropped,
    #[serde(rename = "job")]
    _job: Dropped,
    #[serde(rename = "businessName")]
    _business: Dropped,
    #[serde(rename = "businessAddress")]
    _business_address: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

/// Who welcomes the person.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tutor {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) job: Option<String>,
    #[serde(rename = "role")]
    _role: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

impl std::fmt::Debug for Tutor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tutor").finish_non_exhaustive()
    }
}

/// When the person is there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    pub(super) total_hours: Option<f64>,
    pub(super) worked_days: Option<f64>,
    #[serde(rename = "isSimple")]
    _simple: Dropped,
    #[serde(default)]
    pub(super) complex_schedule: Option<Vec<ScheduledDay>>,
    #[serde(flatten)]
    other: Unknown,
}

/// One day of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledDay {
    pub(super) date: Option<String>,
    pub(super) time_periods: Option<Vec<TimePeriod>>,
    #[serde(flatten)]
    other: Unknown,
}

/// From when to when, wall clock.
#[derive(Debug, Deserialize)]
pub struct TimePeriod {
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    #[serde(flatten)]
    other: Unknown,
}

/// The job.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Appellation {
    pub(super) rome_code: Option<String>,
    pub(super) rome_label: Option<String>,
    pub(super) appellation_label: Option<String>,
    #[serde(rename = "appellationCode")]
    _code: Dropped,
    #[serde(flatten)]
    other: Unknown,
}

/// The earlier convention.
#[derive(Debug, Deserialize)]
pub struct Renewed {
    pub(super) from: Option<String>,
    pub(super) justification: Option<String>,
    #[serde(flatten)]
    other: Unknown,
}

/// The bilan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    pub(super) status: Option<String>,
    pub(super) ended_with_a_job: Option<bool>,
    pub(super) signed_at: Option<String>,
    pub(super) created_at: Option<String>,
    #[serde(flatten)]
    other: Unknown,
}

/// What a body holds.
#[derive(Debug)]
pub enum Read {
    /// A convention, and the names of members nobody knows.
    Convention(Box<Convention>, Vec<String>),
    /// Another event than the one subscribed to.
    OtherEvent,
}

/// Reads a body.
///
/// # Errors
/// 400 when it is not JSON, or not of this shape.
pub fn read(body: &[u8]) -> Result<Read, Problem> {
    let envelope: Envelope<'_> = parse(body, "")?;
    if envelope.subscribed_event.as_deref() != Some("convention.updated") {
        return match envelope.subscribed_event {
            Some(_) => Ok(Read::OtherEvent),
            None => Err(other_shape("/subscribedEvent")),
        };
    }
    let raw = envelope.payload.ok_or_else(|| other_shape("/payload"))?;
    let payload: Payload = parse(raw.get().as_bytes(), "/payload")?;
    let mut unknown = names("notification", &envelope.other);
    unknown.extend(names("payload", &payload.other));
    let mut convention = payload.convention.ok_or_else(|| other_shape("/payload/convention"))?;
    unknown.extend(convention.unknown());
    let documented = convention.agency_refers_to_other_agency.take();
    convention.agency_refers_to = convention.agency_refers_to.or(documented);
    Ok(Read::Convention(Box::new(convention), unknown))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8], under: &str) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_syntax() || error.inner().is_eof() {
            return Problem::bad_request("Le corps n’est pas du JSON bien formé. Renvoyez-le entier.");
        }
        let mut pointer = under.to_owned();
        for segment in error.path().iter() {
            match segment {
                serde_path_to_error::Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                serde_path_to_error::Segment::Map { key } => {
                    pointer.push_str(&format!("/{}", printable(key)))
                }
                _ => {}
            }
        }
        other_shape(pointer)
    })
}

fn other_shape(pointer: impl Into<String>) -> Problem {
    Problem::bad_request(
        "Ce corps n’a pas la forme d’une notification convention.updated d’Immersion Facilitée. Rien n’a été enregistré.",
    )
    .at(pointer.into(), "Ce membre manque, ou n’est pas du type attendu.")
}

/// A name that can be shown: anything else than a plain name might be a value.
fn printable(name: &str) -> &str {
    let plain = name.len() <= 60 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { name } else { "(nom illisible)" }
}

fn names(under: &str, unknown: &Unknown) -> Vec<String> {
    unknown.keys().map(|name| format!("{under}.{}", printable(name))).collect()
}

impl Convention {
    /// The names of members nobody knows, each once.
    fn unknown(&self) -> Vec<String> {
        let mut found = names("convention", &self.other);
        let mut add = |under: &str, unknown: Option<&Unknown>| {
            found.extend(unknown.map(|unknown| names(under, unknown)).unwrap_or_default());
        };
        add("agencyRefersTo", self.agency_refers_to.as_ref().map(|agency| &agency.other));
        add("establishmentTutor", self.establishment_tutor.as_ref().map(|tutor| &tutor.other));
        add("immersionAppellation", self.immersion_appellation.as_ref().map(|job| &job.other));
        add("renewed", self.renewed.as_ref().map(|renewed| &renewed.other));
        add("assessment", self.assessment.as_ref().map(|assessment| &assessment.other));
        if let Some(signatories) = &self.signatories {
            add("signatories", Some(&signatories.other));
            add("beneficiary", signatories.beneficiary.as_ref().map(|who| &who.other));
            for signatory in [
                &signatories.establishment_representative,
                &signatories.beneficiary_representative,
                &signatories.beneficiary_current_employer,
            ] {
                add("signatory", signatory.as_ref().map(|who| &who.other));
            }
        }
        if let Some(schedule) = &self.schedule {
            add("schedule", Some(&schedule.other));
            for day in schedule.complex_schedule.iter().flatten() {
                add("complexSchedule", Some(&day.other));
                for period in day.time_periods.iter().flatten() {
                    add("timePeriods", Some(&period.other));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}
