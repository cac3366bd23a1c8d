//! The steps and the dates of a path, in words that need no explanation. French.

use contracts::{case::v1::PersonalClass, label_of};
use jiff::civil::Date;
use uuid::Uuid;
use vocabulary::dates::in_french;

use crate::{
    facets::{What, next_dates},
    french::{Names, capital, hours, typeset},
    read::{
        recipients::{self, Told},
        sharing,
    },
    views::status::{Employment, Immersion, ImmersionState, Prescription, PrescriptionState, Status},
};

/// A step: what it is, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is.
    pub text: String,
    /// When.
    pub when: String,
}

impl Step {
    fn new(text: impl AsRef<str>, when: impl AsRef<str>) -> Self {
        Self { text: typeset(text.as_ref()), when: typeset(when.as_ref()) }
    }
}

/// The name of a class in the policies.
pub fn class_name(class: PersonalClass) -> &'static str {
    match class {
        PersonalClass::IDENTITY => "identity",
        PersonalClass::PROJECT => "project",
        PersonalClass::SOCIAL => "social",
        PersonalClass::HEALTH => "health",
        PersonalClass::JUDICIAL => "judicial",
        PersonalClass::NOTE | PersonalClass::PERSONAL_CLASS_UNSPECIFIED => "note",
    }
}

/// Who had received something and was told what became of it: one step for each thing that happened, the last first.
pub fn told(all: &[Told]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for group in all.chunk_by(|one, next| one.cause_id == next.cause_id) {
        let Some(first) = group.first() else { continue };
        let known = first.classes.iter().filter_map(|class| class.as_known());
        let what: Vec<&str> = known.map(|class| sharing::called(class_name(class))).collect();
        let what = if what.is_empty() { String::new() } else { format!(" ({})", what.join(" ; ")) };
        let names = |reached: bool| {
            let these = group.iter().filter(|one| one.reached == reached);
            these.map(|one| one.organisation.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let of_what = recipients::of_what(first.matter);
        let sides = [
            ("Prévenus", names(true)),
            ("À prévenir par la structure qui vous accompagne, faute de poste dans Jalon,", names(false)),
        ];
        let when = first.told_on.map(in_french).unwrap_or_default();
        let sides = sides.into_iter().filter(|(_, names)| !names.is_empty());
        steps.extend(sides.map(|(who, names)| Step::new(format!("{who} {of_what}{what} : {names}."), &when)));
    }
    steps
}

fn whom<'a>(id: Option<Uuid>, names: &'a Names, otherwise: &'a str) -> &'a str {
    id.and_then(|id| names.get(&id)).map_or(otherwise, String::as_str)
}

/// The dates that come, soonest first.
pub fn next(status: &Status, today: Date, names: &Names) -> Vec<Step> {
    let dates = next_dates(status, today);
    let to_come = dates.iter().filter(|one| !one.passed);
    to_come
        .filter_map(|one| Some(Step::new(date(one.what, one.about, status, names)?, at(one, status))))
        .collect()
}

fn at(one: &crate::facets::NextDate, status: &Status) -> String {
    let hour = one.about.and_then(|id| status.appointments.get(&id)).map(|one| one.hour.clone());
    match hour.filter(|hour| !hour.is_empty()) {
        Some(hour) => format!("Le {} à {}", in_french(one.on), hour.replace(':', " h ")),
        None => format!("Le {}", in_french(one.on)),
    }
}

/// What a date is; nothing when it concerns professionals only.
fn date(what: What, about: Option<Uuid>, status: &Status, names: &Names) -> Option<String> {
    let of = |id: Option<Uuid>| whom(id, names, "l’organisation");
    Some(match what {
        What::AnswerDue => {
            let to = about.and_then(|id| status.prescriptions.get(&id)?.addressee_id);
            format!("Dernier jour où l’on attend la réponse de {}", of(to))
        }
        What::ImmersionStarts => "Votre essai de travail commence".to_owned(),
        What::ImmersionEnds => "Votre essai de travail se termine".to_owned(),
        What::EmploymentEnds => "Fin prévue de votre contrat".to_owned(),
        What::Appointment => {
            let with = about.and_then(|id| status.appointments.get(&id));
            let with = with.and_then(|one| names.get(&one.post_id.or(one.organisation_id)?));
            match with {
                Some(with) => format!("Rendez-vous avec {with}"),
                None => "Rendez-vous".to_owned(),
            }
        }
        What::CheckIn => "On vous demande comment se passe votre travail".to_owned(),
        What::Review => "On fait le point ensemble".to_owned(),
        What::AgreementEnds => {
            let with = about.and_then(|id| status.agreements.get(&id)?.organisation_id);
            format!("Fin de votre accord de partage avec {}", of(with))
        }
        What::PassEnds => {
            "Fin de votre PASS IAE, qui permet de travailler dans une structure d’insertion".to_owned()
        }
        What::ActivityEnds => "Fin prévue de votre activité".to_owned(),
        What::PauseEnds => "Fin prévue de la pause".to_owned(),
        What::DiagnosticExpires | What::EligibilityExpires => return None,
    })
}

/// The steps of the path, the last ones first.
pub fn steps(status: &Status, today: Date, names: &Names) -> Vec<Step> {
    let mut steps: Vec<(Option<Date>, Step)> = Vec::new();
    let employments = status.employments.values().map(|one| (one.started_on, employment(one, today, names)));
    let immersions = status.immersions.values().filter(|one| one.same_as.is_none());
    let immersions = immersions.filter_map(|one| Some((one.starts_on, immersion(one, names)?)));
    let prescriptions = status.prescriptions.values();
    let prescriptions = prescriptions.filter_map(|one| Some((one.sent_on, prescription(one, names)?)));
    let activities = status.activities.values().map(|one| {
        let with = one.organisation_id.and_then(|id| names.get(&id)).map(|name| format!(", avec {name}"));
        let text = format!("{}{}", capital(label_of(one.kind)), with.unwrap_or_default());
        (one.started_on, Step::new(text, period(one.started_on, one.ended_on)))
    });
    let talks = status.diagnostics.values().filter_map(|one| {
        let done = one.completed_on?;
        let text = "On a fait le point sur votre situation et vos envies";
        Some((Some(done), Step::new(text, format!("Le {}", in_french(done)))))
    });
    steps.extend(employments.chain(immersions).chain(prescriptions).chain(activities).chain(talks));
    steps.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    steps.into_iter().map(|(_, step)| step).collect()
}

fn period(first: Option<Date>, last: Option<Date>) -> String {
    match (first, last) {
        (Some(first), Some(last)) => format!("Du {} au {}", in_french(first), in_french(last)),
        (Some(first), None) => format!("Depuis le {}", in_french(first)),
        (None, Some(last)) => format!("Jusqu’au {}", in_french(last)),
        (None, None) => String::new(),
    }
}

fn employment(one: &Employment, today: Date, names: &Names) -> Step {
    let at = one.employer_id.and_then(|id| names.get(&id)).map(|name| format!(" chez {name}"));
    let time = if one.weekly_minutes > 0 {
        format!(", {} par semaine", hours(one.weekly_minutes))
    } else {
        String::new()
    };
    let what = if one.ended_on.is_some() { "Vous avez travaillé" } else { "Vous travaillez" };
    let to_come = one.started_on.is_some_and(|day| day > today);
    let what = if to_come { "Vous allez travailler" } else { what };
    Step::new(format!("{what}{}{time}", at.unwrap_or_default()), period(one.started_on, one.ended_on))
}

fn immersion(one: &Immersion, names: &Names) -> Option<Step> {
    let at = whom(one.host_id, names, "une entreprise");
    let text = match one.state {
        ImmersionState::Drafted | ImmersionState::FullySigned | ImmersionState::Approved => {
            format!("Un essai de travail chez {at} se prépare")
        }
        ImmersionState::Validated => format!("Un essai de travail chez {at} est prévu"),
        ImmersionState::Started => format!("Vous faites un essai de travail chez {at}"),
        ImmersionState::Interrupted | ImmersionState::Ended => {
            format!("Vous avez fait un essai de travail chez {at}")
        }
        ImmersionState::Rejected | ImmersionState::Cancelled | ImmersionState::Lapsed => {
            format!("Un essai de travail chez {at} n’a pas eu lieu. Un autre est possible")
        }
    };
    Some(Step::new(text, period(one.starts_on, one.ends_on)))
}

fn prescription(one: &Prescription, names: &Names) -> Option<Step> {
    let to = whom(one.addressee_id, names, "une organisation");
    let what = label_of(one.kind);
    let when = one.sent_on.map(|day| format!("Envoyée le {}", in_french(day))).unwrap_or_default();
    use PrescriptionState as State;
    let became = match one.state {
        State::Prepared | State::Reopened => "elle se prépare",
        State::Sent | State::Received | State::UnderReview | State::OnHold => "on attend la réponse",
        State::Accepted => "la réponse est oui",
        State::Refused => "la réponse est non cette fois. On peut redemander",
        State::Unanswered => "pas de réponse. On peut redemander",
        State::Withdrawn => "vous l’avez retirée",
        State::Lapsed => "elle n’est plus utile",
        State::Started => "c’est commencé",
        State::Completed => "c’est fini",
    };
    Some(Step::new(format!("Demande à {to} ({what}) : {became}"), when))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_what_can_be_done_and_no_step_is_called_a_failure() {
        let all = [
            PrescriptionState::Prepared,
            PrescriptionState::Sent,
            PrescriptionState::Refused,
            PrescriptionState::Unanswered,
            PrescriptionState::Withdrawn,
            PrescriptionState::Lapsed,
            PrescriptionState::Completed,
        ];
        for state in all {
            let one = Prescription { state, ..Prescription::default() };
            let told = prescription(&one, &Names::new()).expect("a step").text.to_lowercase();
            assert!(!told.contains("échec"), "{told}");
        }
        let refused = Prescription { state: PrescriptionState::Refused, ..Prescription::default() };
        let told = prescription(&refused, &Names::new()).expect("a step");
        assert!(told.text.contains("On peut redemander"), "{}", told.text);
    }
}
