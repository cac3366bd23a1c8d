//! What stands above a case: since when, with whom, and why its name is not shown.

use contracts::{Class, EnumValue, label_of};
use vocabulary::dates::in_french;

use crate::{
    french::{Names, typeset},
    read::case::Case,
};

/// Since when it is followed, by whom, and how it rests or ended.
pub(super) fn standing(case: &Case, names: &Names) -> String {
    let status = &case.status;
    let structure = names.get(&status.structure_id).map_or("la structure d’hébergement", String::as_str);
    let since = status.opened_on.map(|day| format!(" depuis le {}", in_french(day))).unwrap_or_default();
    let mut text = format!("Accompagnement par {structure}{since}");
    if let Some(platform) = status.platform_id.and_then(|id| names.get(&id)) {
        text.push_str(&format!(", partagé sur {platform}"));
    }
    if let Some(pause) = status.pause.filter(|pause| pause.holds(case.today)) {
        let until = pause.until.map(|day| format!(" jusqu’au {}", in_french(day))).unwrap_or_default();
        text.push_str(&format!(". Accompagnement en pause{until}"));
    }
    if status.is_not_for_now() {
        text.push_str(". La personne ne souhaite pas travailler pour l’instant");
    }
    if !status.open {
        let on = status.closed_on.map(|day| format!(" le {}", in_french(day))).unwrap_or_default();
        let why = label_of(status.closing);
        let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
        text.push_str(&format!(". Dossier clos{on}{why}"));
    }
    typeset(&format!("{text}."))
}

/// Why the name is not shown, or by what it is.
pub(super) fn veiled(case: &Case) -> Option<String> {
    let named = case.seen.opens(Class::Identity);
    let why = if case.forgotten {
        "Les données de cette personne ont été effacées à jamais. Les faits restent, sans elle."
    } else if !case.seen.in_circle && named {
        "Vous n’êtes pas dans le cercle de cette personne : vous lisez ici ce qui vous est ouvert par son accord, ou en urgence."
    } else if !case.seen.in_circle && !case.seen.agreed_for.is_empty() {
        let purposes = case.seen.agreed_for.iter().map(|one| label_of(EnumValue::from(*one)));
        return Some(format!(
            "Vous n’êtes pas dans le cercle de cette personne. Elle a accepté que votre organisation la lise pour : {}. Si c’est ce que vous faites, choisissez-le au bas de la page.",
            purposes.collect::<Vec<_>>().join(", ")
        ));
    } else if !case.seen.in_circle {
        "Vous n’êtes pas dans le cercle de cette personne : son nom et les détails restent fermés."
    } else if !named {
        "Votre rôle ne donne pas accès à l’identité de cette personne."
    } else if case.identity.is_none() {
        "L’identité de cette personne n’est pas encore renseignée."
    } else {
        return None;
    };
    Some(why.to_owned())
}
