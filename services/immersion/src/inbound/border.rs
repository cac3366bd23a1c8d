//! The border: what must not be kept is dropped here, before anything is written.

use contracts::{Word, common::v1::OrganisationKind};
use jiff::{Timestamp, civil::Date};
use service::{Day, Problem};
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates, texts::without_social_security};

use super::{
    payload::{self, Convention},
    snapshot::{Agency, Assessment, Person, Signatory, Snapshot, Status},
};
use crate::domain::{
    ImmersionObject, Party, ReviewOutcome,
    commands::{Details, Job, Terms},
};

mod schedule;

/// How the tool writes a birth date it does not know: this exact value.
const NO_BIRTH_DATE: &str = "1970-01-01T12:00:00.000Z";

/// What passed the border.
#[derive(Debug)]
pub enum Cleaned {
    /// A convention to make facts of.
    Known(Box<Snapshot>, Person),
    /// Not for Jalon, or not understood: nothing follows.
    Nothing(Ignored),
}

/// Why nothing follows of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Another event than the one subscribed to.
    OtherEvent,
    /// A pupil's mini-stage: not an immersion of Jalon's.
    MiniStage,
    /// Another kind of internship.
    UnknownKind,
    /// A status of later times: the last known state stays.
    UnknownStatus,
}

/// Takes from a convention what may be kept. Names in `odd` the members whose value was not understood.
///
/// # Errors
/// 422 when what is needed is missing, unreadable or contradictory.
pub fn clean(
    convention: Convention,
    received_at: Timestamp,
    odd: &mut Vec<String>,
) -> Result<Cleaned, Problem> {
    match convention.internship_kind.as_deref() {
        Some("immersion") | None => {}
        Some("mini-stage-cci") => return Ok(Cleaned::Nothing(Ignored::MiniStage)),
        Some(_) => {
            odd.push("internshipKind".into());
            return Ok(Cleaned::Nothing(Ignored::UnknownKind));
        }
    }
    let reference: Uuid = need(convention.id.as_deref().map(str::parse), "/id")?;
    let status = convention.status.as_deref().filter(|status| !status.is_empty());
    let status = status.ok_or_else(|| unusable("/status", "L’état de la convention manque."))?;
    let Some(status) = Status::read(status) else {
        odd.push("status".into());
        return Ok(Cleaned::Nothing(Ignored::UnknownStatus));
    };
    let starts_on = need(convention.date_start.as_deref().map(utc_day), "/dateStart")?;
    let ends_on = need(convention.date_end.as_deref().map(utc_day), "/dateEnd")?;
    if ends_on < starts_on {
        return Err(unusable("/dateEnd", "Le dernier jour précède le premier."));
    }
    let mut read = Reader { odd };
    let signatories = signatories(&convention, &mut read)?;
    let person = person(&convention, &mut read);
    let (presence_days, weekly_minutes) =
        schedule::read(convention.schedule.as_ref(), starts_on, ends_on, &mut read);
    let (prescriber, accompanying) = agencies(&convention, &mut read);
    let renewed = convention.renewed.as_ref();
    let snapshot = Snapshot {
        reference,
        updated_at: read.instant(&convention.updated_at, "updatedAt").unwrap_or(received_at),
        status,
        submitted_on: read.day(&convention.date_submission, "dateSubmission").map(Day),
        terms: Terms { starts_on: Day(starts_on), ends_on: Day(ends_on), presence_days, weekly_minutes },
        object: object(convention.immersion_objective.as_deref(), &mut read),
        signatories,
        approved_at: read.instant(&convention.date_approval, "dateApproval"),
        validated_at: read.instant(&convention.date_validation, "dateValidation"),
        renewed_from: renewed.and_then(|renewed| read.parsed(&renewed.from, "renewed.from")),
        renewal_justification: text(renewed.and_then(|renewed| renewed.justification.as_ref())),
        prescriber,
        accompanying,
        assessment: assessment(convention.assessment.as_ref(), &mut read),
        banned: convention.is_establishment_banned.unwrap_or_default(),
        justification: text(convention.status_justification.as_ref()),
        details: details(convention, &mut read),
    };
    Ok(Cleaned::Known(Box::new(snapshot), person))
}

/// Reads values; remembers the names of those it does not understand.
struct Reader<'a> {
    odd: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn note(&mut self, name: &str) {
        if !self.odd.iter().any(|known| known == name) {
            self.odd.push(name.to_owned());
        }
    }

    fn read<T>(&mut self, text: &Option<String>, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = text.as_deref().filter(|text| !text.is_empty())?;
        let value = read(text);
        if value.is_none() {
            self.note(name);
        }
        value
    }

    fn parsed<T: std::str::FromStr>(&mut self, text: &Option<String>, name: &str) -> Option<T> {
        self.read(text, name, |text| text.parse().ok())
    }

    fn instant(&mut self, text: &Option<String>, name: &str) -> Option<Timestamp> {
        self.parsed(text, name)
    }

    fn day(&mut self, text: &Option<String>, name: &str) -> Option<Date> {
        self.read(text, name, |text| utc_day(text).ok())
    }

    fn siret(&mut self, text: &Option<String>, name: &str) -> String {
        let siret = |text: &str| {
            let digits = text.len() == 14 && text.bytes().all(|digit| digit.is_ascii_digit());
            digits.then(|| text.to_owned())
        };
        self.read(text, name, siret).unwrap_or_default()
    }
}

/// A day is written alone, or as an instant whose UTC day it is.
fn utc_day(text: &str) -> Result<Date, ()> {
    if let Some(day) = dates::parse(text) {
        return Ok(day);
    }
    let instant: Timestamp = text.parse().map_err(|_| ())?;
    Ok(instant.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn need<T, E>(value: Option<Result<T, E>>, pointer: &'static str) -> Result<T, Problem> {
    match value {
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) => Err(unusable(pointer, "Cette valeur est illisible.")),
        None => Err(unusable(pointer, "Ce champ nécessaire manque.")),
    }
}

fn unusable(pointer: &'static str, detail: &'static str) -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "/problemes/notification",
        "Notification inutilisable",
        format!("{detail} Rien n’a été enregistré : corrigez la convention, puis renvoyez-la."),
    )
    .at(format!("/payload/convention{pointer}"), detail)
}

/// A text, without the social security numbers that someone may have typed in it.
fn text(text: Option<&String>) -> String {
    text.map(|text| without_social_security(text.trim()).into_owned()).unwrap_or_default()
}

fn signatories(convention: &Convention, read: &mut Reader<'_>) -> Result<Vec<Signatory>, Problem> {
    let all = convention.signatories.as_ref();
    let all = all.ok_or_else(|| unusable("/signatories", "Les signataires manquent."))?;
    let beneficiary = all.beneficiary.as_ref();
    let beneficiary = beneficiary
        .ok_or_else(|| unusable("/signatories/beneficiary", "La personne manque parmi les signataires."))?;
    let host = all.establishment_representative.as_ref().ok_or_else(|| {
        unusable(
            "/signatories/establishmentRepresentative",
            "La structure d’accueil manque parmi les signataires.",
        )
    })?;
    let mut signatory = |party: Party, signed_at: &Option<String>| Signatory {
        party: Word(party),
        signed_at: read.instant(signed_at, "signedAt"),
    };
    let mut signatories = vec![
        signatory(Party::BENEFICIAIRE, &beneficiary.signed_at),
        signatory(Party::STRUCTURE_ACCUEIL, &host.signed_at),
    ];
    if let Some(representative) = &all.beneficiary_representative {
        signatories.push(signatory(Party::REPRESENTANT_LEGAL, &representative.signed_at));
    }
    if let Some(employer) = &all.beneficiary_current_employer {
        signatories.push(signatory(Party::EMPLOYEUR_ACTUEL, &employer.signed_at));
    }
    Ok(signatories)
}

fn person(convention: &Convention, read: &mut Reader<'_>) -> Person {
    let beneficiary = convention.signatories.as_ref().and_then(|all| all.beneficiary.as_ref());
    let birth_date = beneficiary.map(|who| &who.birthdate).unwrap_or(&None);
    let known = birth_date.as_deref() != Some(NO_BIRTH_DATE);
    Person {
        family_name: text(beneficiary.and_then(|who| who.last_name.as_ref())),
        given_name: text(beneficiary.and_then(|who| who.first_name.as_ref())),
        birth_date: known.then(|| read.day(birth_date, "birthdate")).flatten(),
    }
}

fn object(word: Option<&str>, read: &mut Reader<'_>) -> Option<Word<ImmersionObject>> {
    // The tool writes a straight apostrophe; both are read.
    let object = match word?.replace('’', "'").as_str() {
        "Découvrir un métier ou un secteur d'activité" => ImmersionObject::DECOUVRIR_METIER,
        "Confirmer un projet professionnel" => ImmersionObject::CONFIRMER_PROJET,
        "Initier une démarche de recrutement" => ImmersionObject::INITIER_RECRUTEMENT,
        _ => {
            read.note("immersionObjective");
            return None;
        }
    };
    Some(Word(object))
}

/// Who prescribes and who accompanies: an agency that acts for another one accompanies, and that other
/// one prescribes.
fn agencies(convention: &Convention, read: &mut Reader<'_>) -> (Agency, Option<Agency>) {
    let mut agency =
        |id: &Option<String>, siret: &Option<String>, kind: &Option<String>, names: [&str; 2]| {
            let (own_kind, prescribes) = kind_of(kind.as_deref(), names[1], read);
            Agency {
                reference: text(id.as_ref()),
                siret: read.siret(siret, names[0]),
                kind: own_kind.map(Word),
                prescribes,
            }
        };
    let own = agency(
        &convention.agency_id,
        &convention.agency_siret,
        &convention.agency_kind,
        ["agencySiret", "agencyKind"],
    );
    match &convention.agency_refers_to {
        Some(other) => {
            let names = ["agencyRefersTo.siret", "agencyRefersTo.kind"];
            (agency(&other.id, &other.siret, &other.kind, names), Some(own))
        }
        None => (own, None),
    }
}

fn kind_of(
    word: Option<&str>,
    name: &str,
    read: &mut Reader<'_>,
) -> (Option<OrganisationKind>, Option<bool>) {
    use OrganisationKind as Kind;
    match word {
        Some("pole-emploi") => (Some(Kind::FT), Some(true)),
        Some("mission-locale") => (Some(Kind::ML), Some(true)),
        Some("cap-emploi") => (Some(Kind::CAP_EMPLOI), Some(true)),
        Some("conseil-departemental") => (Some(Kind::DEPT), Some(true)),
        Some("prepa-apprentissage") => (Some(Kind::PREPA_APPRENTISSAGE), Some(true)),
        // Which SIAE is not told: an ETTI does not prescribe, the others do.
        Some("structure-IAE") => (None, None),
        Some(
            "autre"
            | "operateur-cep"
            | "fonction-publique"
            | "cci"
            | "cma"
            | "chambre-agriculture"
            | "immersion-facile",
        ) => (None, Some(false)),
        Some(_) => {
            read.note(name);
            (None, None)
        }
        None => (None, None),
    }
}

fn details(convention: Convention, read: &mut Reader<'_>) -> Details {
    let employer = convention.signatories.and_then(|all| all.beneficiary_current_employer);
    let job = convention.immersion_appellation.map(|job| Job {
        rome_code: read.read(&job.rome_code, "romeCode", rome_code).unwrap_or_default(),
        label: text(job.appellation_label.as_ref().or(job.rome_label.as_ref())),
    });
    let tutor = convention.establishment_tutor;
    let tutor = tutor.as_ref();
    let name = |tutor: &payload::Tutor| joined([&tutor.first_name, &tutor.last_name], " ");
    let contact = |tutor: &payload::Tutor| joined([&tutor.email, &tutor.phone], " · ");
    Details {
        host_name: text(convention.business_name.as_ref()),
        host_siret: read.siret(&convention.siret, "siret"),
        job,
        activities: text(convention.immersion_activities.as_ref()),
        skills: text(convention.immersion_skills.as_ref()),
        work_conditions: text(convention.work_conditions.as_ref()),
        address: text(convention.immersion_address.as_ref()),
        tutor_name: tutor.map(name).unwrap_or_default(),
        tutor_job: text(tutor.and_then(|tutor| tutor.job.as_ref())),
        tutor_contact: tutor.map(contact).unwrap_or_default(),
        current_employer_siret: employer
            .map(|employer| read.siret(&employer.business_siret, "businessSiret"))
            .unwrap_or_default(),
    }
}

fn joined(parts: [&Option<String>; 2], separator: &str) -> String {
    let parts: Vec<String> =
        parts.map(|part| text(part.as_ref())).into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(separator)
}

fn rome_code(text: &str) -> Option<String> {
    let (letter, digits) = text.split_at_checked(1)?;
    let shape =
        ("A".."O").contains(&letter) && digits.len() == 4 && digits.bytes().all(|d| d.is_ascii_digit());
    shape.then(|| text.to_owned())
}

fn assessment(found: Option<&payload::Assessment>, read: &mut Reader<'_>) -> Option<Assessment> {
    let found = found?;
    let outcome = match found.status.as_deref()? {
        "COMPLETED" | "FINISHED" => ReviewOutcome::COMPLETED,
        "PARTIALLY_COMPLETED" | "ABANDONED" => ReviewOutcome::PARTIALLY_COMPLETED,
        "DID_NOT_SHOW" => ReviewOutcome::DID_NOT_SHOW,
        _ => {
            read.note("assessment.status");
            return None;
        }
    };
    let mut day = |text: &Option<String>, name: &str| Some(Day(day_in_paris(read.instant(text, name)?)));
    Some(Assessment {
        outcome: Word(outcome),
        hired: found.ended_with_a_job,
        created_on: day(&found.created_at, "assessment.createdAt"),
        answered_on: day(&found.signed_at, "assessment.signedAt"),
    })
}
