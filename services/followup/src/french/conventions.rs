//! Immersions and contracts.

use contracts::{
    events::{Convention, Employment},
    immersion::v1::Terms,
    label_of,
};

use super::{Names, date, finished, hours, name, on, quoted, told, until};

pub(super) fn convention(fact: Convention, about: &str, names: &Names) -> String {
    match fact {
        Convention::ConventionDrafted(drafted) => {
            let at = host(&drafted.host_id, &drafted.details.host_name, names);
            let object = label_of(drafted.object);
            let object = if object.is_empty() { String::new() } else { format!(" pour {object}") };
            let when = period(&drafted.terms);
            finished(&format!("{}{at}{when}{object}", label_of(drafted.kind)))
        }
        Convention::ConventionAmended(amended) => {
            let when = period(&amended.terms);
            told(about, &format!("nouvelle version{when} ; chacun signe de nouveau"))
        }
        Convention::ConventionSigned(signed) => {
            told(about, &format!("signature{}{}", of_party(label_of(signed.party)), on(&signed.signed_on)))
        }
        Convention::ConventionFullySigned(signed) => {
            let when = period(&signed.terms);
            told(about, &format!("dernière signature{}{when}", on(&signed.signed_on)))
        }
        Convention::ConventionApproved(approved) => {
            told(about, &format!("relecture favorable{}", on(&approved.approved_on)))
        }
        Convention::ConventionValidated(validated) => {
            told(about, &format!("validation{}", on(&validated.validated_on)))
        }
        other => outcome(other, about),
    }
}

/// How a convention or its immersion ended, or began.
fn outcome(fact: Convention, about: &str) -> String {
    let with = |text: String, why: &str| format!("{}{}", told(about, &text), quoted(why));
    match fact {
        Convention::ConventionRejected(one) => {
            with(format!("réponse négative{}", on(&one.rejected_on)), &one.justification)
        }
        Convention::ConventionCancelled(one) => {
            with(format!("annulée{}", on(&one.cancelled_on)), &one.justification)
        }
        Convention::ConventionLapsed(one) => {
            with(format!("sans suite{}", on(&one.lapsed_on)), &one.justification)
        }
        Convention::ConventionRenewed(one) => {
            with("dans la suite d’une convention précédente".to_owned(), &one.justification)
        }
        Convention::ImmersionStarted(one) => {
            let last = date(&one.ends_on).map(|day| format!(", dernier jour prévu : {day}"));
            told(about, &format!("premier jour{}{}", on(&one.started_on), last.unwrap_or_default()))
        }
        Convention::ImmersionInterrupted(one) => {
            with(format!("arrêtée avant son terme{}", on(&one.interrupted_on)), &one.reason)
        }
        Convention::ImmersionEnded(one) => told(about, &format!("dernier jour{}", on(&one.ended_on))),
        Convention::ImmersionReviewed(one) => {
            let hired = label_of(one.hired);
            let hired = if hired.is_empty() { String::new() } else { format!(" ; {hired}") };
            let answered = date(&one.person_answered_on)
                .map(|day| format!(" ; réponse de la personne le {day}"))
                .unwrap_or_default();
            with(format!("{}{hired}{answered}", label_of(one.outcome)), &one.comment)
        }
        Convention::ImmersionReviewCorrected(one) => {
            let hired = label_of(one.hired);
            let hired = if hired.is_empty() { String::new() } else { format!(" ; {hired}") };
            with(format!("bilan corrigé : {}{hired}", label_of(one.outcome)), &one.comment)
        }
        Convention::ConventionCorrected(one) => {
            told(about, &format!("dates et cadre corrigés{}, les signatures restent", period(&one.terms)))
        }
        Convention::DivergenceNoted(one) => {
            let words = one.about.iter().map(|what| divergence(what).unwrap_or(what));
            let words: Vec<&str> = words.collect();
            let about = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
            format!("Ce que dit l’autre outil diffère{about} : sa parole est gardée telle quelle.")
        }
        Convention::ConventionRecognised(_) => told(
            about,
            "la même immersion que celle d’un autre outil, qui la suit désormais ; elle ne compte qu’une fois",
        ),
        Convention::ConventionToldApart(_) => {
            told(about, "une autre immersion que celle de l’autre outil ; chacune compte")
        }
        _ => String::new(),
    }
}

/// What another tool says otherwise, in a few words; nothing when it departs from a rule of ours.
pub fn divergence(id: &str) -> Option<&'static str> {
    Some(match id {
        "source.dates" => "dates",
        "source.heures" => "heures",
        "source.objet" => "objet",
        "source.prescripteur" => "prescripteur",
        "source.accueil" => "structure d’accueil",
        "source.bilan" | "source.bilan-retire" => "bilan",
        "source.etat" => "état",
        "source.nom" => "nom de famille",
        "source.prenom" => "prénom",
        "source.naissance" => "date de naissance",
        _ => return None,
    })
}

fn of_party(party: &str) -> String {
    match party.split_once(' ') {
        Some(("le", rest)) => format!(" du {rest}"),
        _ if party.is_empty() => String::new(),
        _ => format!(" de {party}"),
    }
}

/// ` du 3 mars 2026 au 14 mars 2026, 35 h par semaine`, as far as it is known.
fn period(terms: &Terms) -> String {
    let days = match (date(&terms.starts_on), date(&terms.ends_on)) {
        (Some(first), Some(last)) => format!(" du {first} au {last}"),
        (Some(first), None) => format!(" à partir du {first}"),
        _ => String::new(),
    };
    if terms.weekly_minutes == 0 {
        days
    } else {
        format!("{days}, {} par semaine", hours(terms.weekly_minutes))
    }
}

fn host(id: &str, told: &str, names: &Names) -> String {
    let name = name(id, names).or(Some(told)).filter(|name| !name.is_empty());
    name.map(|name| format!(" chez {name}")).unwrap_or_default()
}

pub(super) fn employment(fact: Employment, about: &str, names: &Names) -> String {
    match fact {
        Employment::EmploymentStarted(started) => {
            let at = host(&started.employer_id, &started.employer_name, names);
            let contract =
                Some(label_of(started.contract)).filter(|text| !text.is_empty()).unwrap_or("contrat");
            let week = if started.weekly_minutes == 0 {
                String::new()
            } else {
                format!(" de {} par semaine", hours(started.weekly_minutes))
            };
            let from = date(&started.started_on).map(|day| format!(" à partir du {day}")).unwrap_or_default();
            let last = until(&started.ends_on);
            let programme = label_of(started.programme);
            let programme = if programme.is_empty() { String::new() } else { format!(" ({programme})") };
            let job = quoted(&started.job.label);
            finished(&format!("{contract}{week}{at}{job}{from}{last}{programme}"))
        }
        Employment::HoursChanged(changed) => {
            let from = date(&changed.from_day).map(|day| format!(" à partir du {day}")).unwrap_or_default();
            told(about, &format!("{} par semaine{from}", hours(changed.weekly_minutes)))
        }
        other => ended(other, about),
    }
}

fn ended(fact: Employment, about: &str) -> String {
    match fact {
        Employment::EmploymentEnded(over) => {
            let why = label_of(over.reason);
            let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
            let text = format!("dernier jour{}{why}", on(&over.ended_on));
            let after = date(&over.followed_until).map(|day| format!(" Le suivi continue jusqu’au {day}."));
            format!("{}{}{}", told(about, &text), after.unwrap_or_default(), quoted(&over.comment))
        }
        other => kept(other, about),
    }
}

/// What helps to stay at work.
fn kept(fact: Employment, about: &str) -> String {
    match fact {
        Employment::WorkSuspended(one) => told(about, &format!("travail suspendu{}", on(&one.suspended_on))),
        Employment::WorkResumed(one) => told(about, &format!("le travail reprend{}", on(&one.resumed_on))),
        Employment::ContractRenewed(one) => told(about, &format!("renouvelé{}", until(&one.ends_on))),
        Employment::ContractConverted(one) => {
            told(about, &format!("devient un {}{}", label_of(one.contract), on(&one.converted_on)))
        }
        Employment::CheckInHeld(one) => {
            let which =
                if one.step > 0 { format!("point des {} jours", one.step) } else { "point".to_owned() };
            let with = label_of(one.with);
            let with = if with.is_empty() { String::new() } else { format!(" avec {with}") };
            let how = label_of(one.outcome);
            let how = if how.is_empty() { String::new() } else { format!(" : {how}") };
            let text = format!("{which}{}{with}{how}", on(&one.held_on));
            format!("{}{}", told(about, &text), quoted(&one.text))
        }
        Employment::DifficultyReported(one) => {
            let said = [one.project, one.social, one.health].concat();
            format!("{}{}", told(about, &format!("difficulté dite{}", on(&one.reported_on))), quoted(&said))
        }
        Employment::EmployerMediationHeld(one) => {
            let beside = if one.person_present { ", avec la personne" } else { "" };
            let how = label_of(one.outcome);
            let how = if how.is_empty() { String::new() } else { format!(" : {how}") };
            let text = format!("médiation avec l’employeur{}{beside}{how}", on(&one.held_on));
            format!("{}{}", told(about, &text), quoted(&one.text))
        }
        _ => String::new(),
    }
}
