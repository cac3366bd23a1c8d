//! The case, the diagnostic and the prescriptions.

use contracts::{
    diagnostic::v1::Situation,
    events::{Case, Diagnostic, Prescription},
    label_of,
};

use super::{Names, capital, date, finished, label, name, on, quoted, told, until};

pub(super) fn case(fact: Case, names: &Names) -> String {
    match fact {
        Case::CaseOpened(opened) => {
            let by = name(&opened.structure_id, names).unwrap_or("la structure d’hébergement");
            let how = label_of(opened.origin);
            let how = if how.is_empty() { String::new() } else { format!(", {how}") };
            let shared = name(&opened.platform_id, names)
                .map(|platform| format!(" Le dossier est partagé sur {platform}."))
                .unwrap_or_default();
            format!("{}{shared}", finished(&format!("ouvert par {by}{}{how}", on(&opened.opened_on))))
        }
        Case::IdentityRecorded(one) => identity(&one.given_name, &one.family_name, &one.birth_date),
        Case::IdentityCorrected(one) => identity(&one.given_name, &one.family_name, &one.birth_date),
        Case::CircleMemberJoined(joined) => {
            let who = name(&joined.post_id, names).map_or_else(|| label(joined.role), str::to_owned);
            let since = date(&joined.since).map(|since| format!(" à compter du {since}")).unwrap_or_default();
            finished(&format!("{who}{since}"))
        }
        Case::CircleMemberLeft(left) => {
            let who = name(&left.post_id, names).unwrap_or("ce poste");
            finished(&format!("{who},{}{}", until(&left.until), quoted(&left.reason)))
        }
        Case::CaseClosed(closed) => {
            let why = label_of(closed.reason);
            let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
            finished(&format!("clos{}{why}{}", on(&closed.closed_on), quoted(&closed.comment)))
        }
        Case::CaseReopened(reopened) => {
            let day = on(&reopened.reopened_on);
            format!("Rouvert{day} ; tout ce qui précède reste visible.")
        }
        _ => String::new(),
    }
}

fn identity(given: &str, family: &str, birth: &str) -> String {
    let birth = date(birth).map(|day| format!(", date de naissance : {day}")).unwrap_or_default();
    finished(&format!("{given} {family}{birth}"))
}

/// The situation that was opened, of the several a fact can hold.
fn described<const N: usize>(all: [Option<&Situation>; N]) -> String {
    let Some(one) = all.into_iter().flatten().next() else { return String::new() };
    finished(&format!("{}{}", capital(label_of(one.dimension)), quoted(&one.text)))
}

pub(super) fn diagnostic(fact: Diagnostic) -> String {
    match fact {
        Diagnostic::DiagnosticStarted(started) => {
            let frame = label_of(started.frame);
            let frame = if frame.is_empty() { String::new() } else { format!(", {frame}") };
            finished(&format!("commencé{}{frame}", on(&started.started_on)))
        }
        Diagnostic::ProfessionalSituationAssessed(assessed) => finished(&quoted(&assessed.text)),
        Diagnostic::SocialSituationAssessed(one) => {
            described([one.social.as_option(), one.health.as_option(), one.judicial.as_option()])
        }
        Diagnostic::ObstacleNamed(one) => described([
            one.project.as_option(),
            one.social.as_option(),
            one.health.as_option(),
            one.judicial.as_option(),
        ]),
        Diagnostic::ObstacleEased(eased) => {
            let how = [eased.how_project, eased.how_social, eased.how_health, eased.how_judicial];
            finished(&quoted(&how.concat()))
        }
        Diagnostic::ObstacleReturned(_) => "Un obstacle levé pèse de nouveau.".to_owned(),
        Diagnostic::SkillIdentified(skill) => {
            let origin = label_of(skill.origin);
            let from = if origin.is_empty() { String::new() } else { format!(", venue de : {origin}") };
            finished(&format!("{}{from}", quoted(&skill.label)))
        }
        Diagnostic::DiagnosticCompleted(completed) => {
            let author = label_of(completed.author);
            let author = if author.is_empty() { String::new() } else { format!(" ({author})") };
            let valid = date(&completed.valid_until)
                .map(|day| format!(", valable jusqu’au {day}"))
                .unwrap_or_default();
            let text = format!("terminé{}{author}{valid}", on(&completed.completed_on));
            format!("{}{}", finished(&text), quoted(&completed.conclusion))
        }
        _ => String::new(),
    }
}

pub(super) fn prescription(fact: Prescription, about: &str, names: &Names) -> String {
    match fact {
        Prescription::PrescriptionPrepared(prepared) => {
            let to = addressee(&prepared.addressee_id, names);
            let job = quoted(&prepared.position.label);
            finished(&format!("{}{to}{job}", label_of(prepared.kind)))
        }
        Prescription::PrescriptionSent(sent) => {
            let to = addressee(&sent.addressee_id, names);
            let due = date(&sent.answer_due_on)
                .map(|day| format!(" ; réponse attendue jusqu’au {day}"))
                .unwrap_or_default();
            finished(&format!("{}{to}, envoi{}{due}", label_of(sent.kind), on(&sent.sent_on)))
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
        other => eligibility(other),
    }
}

fn eligibility(fact: Prescription) -> String {
    match fact {
        Prescription::EligibilityEstablished(one) => {
            let text = format!("{}{}", label_of(one.ground), on(&one.established_on));
            let valid =
                date(&one.valid_until).map(|day| format!(", valable jusqu’au {day}")).unwrap_or_default();
            finished(&format!("{text}{valid}"))
        }
        _ => String::new(),
    }
}

fn addressee(id: &str, names: &Names) -> String {
    name(id, names).map(|name| format!(" auprès de {name}")).unwrap_or_default()
}
