//! What the person is handed, what they ask to have put right, and what they object to.

use contracts::{events::Case, label_of};

use super::{Names, finished, name, on, quoted, until};

/// Theirs.
pub(super) fn told(fact: Case, names: &Names) -> String {
    match fact {
        Case::OwnAccessOpened(opened) => {
            let by = name(&opened.post_id, names).map(|by| format!(" par {by}")).unwrap_or_default();
            finished(&format!("une feuille est remise à la personne{by}{}", until(&opened.until_day)))
        }
        Case::OwnAccessEntered(_) => {
            finished("la personne est entrée dans son suivi pour la première fois, avec un code à elle")
        }
        Case::OwnAccessClosed(closed) => {
            let why = label_of(closed.reason);
            let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
            finished(&format!("la feuille n’ouvre plus rien{why}"))
        }
        Case::RectificationRequested(asked) => {
            let by = if asked.by_person { "la personne écrit" } else { "pour la personne" };
            let texts = [
                &asked.text_identity,
                &asked.text_project,
                &asked.text_social,
                &asked.text_health,
                &asked.text_judicial,
                &asked.text_note,
            ];
            let text = texts.into_iter().find(|text| !text.is_empty()).map(|text| quoted(text));
            finished(&format!("{by}, sur : {}{}", label_of(asked.of_class), text.unwrap_or_default()))
        }
        Case::RectificationSettled(settled) => {
            let texts = [
                &settled.answer_identity,
                &settled.answer_project,
                &settled.answer_social,
                &settled.answer_health,
                &settled.answer_judicial,
                &settled.answer_note,
            ];
            let text = texts.into_iter().find(|text| !text.is_empty()).map(|text| quoted(text));
            let what = format!("{}{}", label_of(settled.outcome), on(&settled.settled_on));
            finished(&format!("{what}{}", text.unwrap_or_default()))
        }
        other => limited(other),
    }
}

/// What keeps their data from being used.
fn limited(fact: Case) -> String {
    match fact {
        Case::ProcessingRestricted(one) => {
            format!("{}{}", finished(label_of(one.ground)), quoted(&one.reason))
        }
        Case::RestrictionLifted(one) => {
            let told = format!("personne prévenue{}", on(&one.person_told_on));
            finished(&format!("{} ; {told}", label_of(one.reason)))
        }
        Case::ObjectionRaised(one) => {
            let by = if one.by_person { "la personne écrit" } else { "pour la personne" };
            format!("{}{}", finished(by), quoted(&one.text))
        }
        Case::ObjectionSettled(one) => {
            let told = match one.person_told_on.as_str() {
                "" => String::new(),
                day => format!(" ; personne prévenue{}", on(day)),
            };
            format!("{}{}", finished(&format!("{}{told}", label_of(one.outcome))), quoted(&one.answer))
        }
        _ => String::new(),
    }
}
