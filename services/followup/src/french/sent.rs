//! What was sent, and the rights that come with it.

use contracts::{
    EnumValue,
    common::v1::AvipSituation,
    events::{Pass, Prescription},
    label_of,
};

use super::{Names, date, finished, name, on, quoted, told, until};

pub(super) fn prescription(fact: Prescription, about: &str, names: &Names) -> String {
    match fact {
        Prescription::PrescriptionPrepared(prepared) => {
            let to = addressee(&prepared.addressee_id, names);
            let job = quoted(&prepared.position.label);
            finished(&format!("{}{to}{job}{}", label_of(prepared.kind), avip(&prepared.avip_situations)))
        }
        Prescription::PrescriptionSent(sent) => {
            let to = addressee(&sent.addressee_id, names);
            let due = date(&sent.answer_due_on)
                .map(|day| format!(" ; réponse attendue jusqu’au {day}"))
                .unwrap_or_default();
            let agreed = date(&sent.agreed_on)
                .map(|day| format!(" ; accord de la personne le {day}"))
                .unwrap_or_default();
            finished(&format!("{}{to}, envoi{}{due}{agreed}", label_of(sent.kind), on(&sent.sent_on)))
        }
        Prescription::PrescriptionReceived(received) => {
            told(about, &format!("bien reçue{}", on(&received.received_on)))
        }
        Prescription::PrescriptionAccepted(accepted) => {
            let from =
                date(&accepted.starts_on).map(|day| format!(" ; premier jour : {day}")).unwrap_or_default();
            told(about, &format!("réponse positive{}{from}", on(&accepted.accepted_on)))
        }
        Prescription::PrescriptionRefused(refused) => {
            let why = label_of(refused.reason);
            let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
            let text = format!("réponse négative{}{why}", on(&refused.refused_on));
            format!("{}{}", told(about, &text), quoted(&refused.comment))
        }
        Prescription::PrescriptionUnanswered(silent) if silent.days > 0 => {
            told(about, &format!("aucune réponse après {} jours", silent.days))
        }
        Prescription::PrescriptionUnanswered(_) => told(about, "aucune réponse dans le délai"),
        Prescription::PrescriptionWithdrawn(withdrawn) => {
            let text = format!("retirée{}", on(&withdrawn.withdrawn_on));
            format!("{}{}", told(about, &text), quoted(&withdrawn.comment))
        }
        Prescription::PrescriptionLapsed(_) => told(about, "sans objet, une autre démarche a abouti"),
        other => further(other, about),
    }
}

fn further(fact: Prescription, about: &str) -> String {
    match fact {
        Prescription::PrescriptionUnderReview(one) => told(about, &format!("à l’étude{}", since(&one.since))),
        Prescription::PrescriptionOnHold(held) => {
            let due = date(&held.answer_due_on).map(|day| format!(" ; réponse attendue jusqu’au {day}"));
            let text = format!(
                "mise en attente{}{}{}",
                on(&held.held_on),
                until(&held.until),
                due.unwrap_or_default()
            );
            format!("{}{}", told(about, &text), quoted(&held.comment))
        }
        Prescription::PrescriptionReopened(one) => {
            told(about, &format!("reprise{}, ce qui précède reste visible", on(&one.reopened_on)))
        }
        Prescription::ReminderSent(one) => {
            let days =
                if one.days > 0 { format!(", {} jours après l’envoi", one.days) } else { String::new() };
            let which = if one.step > 1 {
                format!("relance n° {}", one.step)
            } else {
                "première relance".to_owned()
            };
            told(about, &format!("{which}{}{days}", on(&one.reminded_on)))
        }
        Prescription::PrescriptionStarted(one) => {
            told(about, &format!("premier jour{}", on(&one.started_on)))
        }
        Prescription::PrescriptionCompleted(one) => {
            let how = label_of(one.outcome);
            let how = if how.is_empty() { String::new() } else { format!(" : {how}") };
            let text = format!("arrivée à sa fin{}{how}", on(&one.completed_on));
            format!("{}{}", told(about, &text), quoted(&one.comment))
        }
        Prescription::EligibilityEstablished(one) => {
            let text = format!("{}{}", label_of(one.ground), on(&one.established_on));
            let valid =
                date(&one.valid_until).map(|day| format!(", valable jusqu’au {day}")).unwrap_or_default();
            finished(&format!("{text}{valid}"))
        }
        _ => String::new(),
    }
}

/// ` ; situation : RSA, demandeur d’emploi et parent isolé`, or nothing.
pub(super) fn avip(situations: &[EnumValue<AvipSituation>]) -> String {
    let words: Vec<_> = situations.iter().map(|one| label_of(*one)).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!(" ; situation : {}", words.join(", ")) }
}

fn addressee(id: &str, names: &Names) -> String {
    name(id, names).map(|name| format!(" auprès de {name}")).unwrap_or_default()
}

/// ` depuis le 3 mars 2026`, or nothing.
fn since(text: &str) -> String {
    date(text).map(|day| format!(" depuis le {day}")).unwrap_or_default()
}

/// ` ; le calcul de Jalon donne le 3 mars 2026`, or nothing.
fn computed(text: &str) -> String {
    date(text).map(|day| format!(" ; le calcul de Jalon donne le {day}")).unwrap_or_default()
}

pub(super) fn pass(fact: Pass) -> String {
    if let Pass::PassIaeReported(one) = fact {
        let days = match (date(&one.starts_on), date(&one.ends_on)) {
            (Some(first), Some(last)) => format!("du {first} au {last}"),
            (_, last) => last.map(|day| format!("jusqu’au {day}")).unwrap_or_default(),
        };
        let said = [label_of(one.state), label_of(one.source)].map(str::to_owned);
        let said: Vec<String> = [days].into_iter().chain(said).filter(|part| !part.is_empty()).collect();
        let beside = if one.overlapping_pass_id.is_empty() {
            ""
        } else {
            " ; un autre PASS IAE couvre une partie de ces jours : à vérifier"
        };
        finished(&format!("{}{}{beside}", said.join(", "), computed(&one.computed_ends_on)))
    } else if let Pass::PassIaeSuspended(one) = fact {
        let from = date(&one.suspended_from).map(|day| format!(" à partir du {day}")).unwrap_or_default();
        let why = label_of(one.reason);
        let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
        let last = date(&one.ends_on).map(|day| format!(" ; fin du PASS le {day}")).unwrap_or_default();
        let text =
            format!("suspendu{from}{}{why}{last}{}", until(&one.until), computed(&one.computed_ends_on));
        format!("{}{}", finished(&text), quoted(&one.comment))
    } else if let Pass::PassIaeProlonged(one) = fact {
        let why = [label_of(one.reason), label_of(one.health_reason)].concat();
        let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
        finished(&format!("prolongé{}{why}", until(&one.until)))
    } else {
        String::new()
    }
}
