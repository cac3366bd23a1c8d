//! Why an offer answers a wish, one French sentence a criterion.

use contracts::{case::v1::WishKind, employment::v1::ContractKind, label_of, platform::v1::FrenchUse};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Criterion, Offered, Verdict, WEIGHTS, Wished, distance_km, verdict};

/// How an offer stands to a wish on one criterion, in French.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// What is compared.
    pub criterion: Criterion,
    /// How it stands.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub text: String,
}

/// All criteria, in the order of their weight, then French.
pub fn reasons(wish: &Wished, offer: &Offered) -> Vec<Reason> {
    let reason = |(criterion, _): (Criterion, u32)| {
        let verdict = verdict(criterion, wish, offer);
        let text = match criterion {
            Criterion::Job => job(verdict, wish, offer).to_owned(),
            Criterion::Sector => sector(verdict, wish, offer).to_owned(),
            Criterion::Distance => distance(verdict, wish, offer),
            Criterion::Hours => hours(verdict, wish, offer),
            Criterion::Kind | Criterion::French => kind(verdict, offer),
        };
        Reason { criterion, verdict, text }
    };
    let french = Reason {
        criterion: Criterion::French,
        verdict: Verdict::Unknown,
        text: french(wish, offer).to_owned(),
    };
    WEIGHTS.into_iter().map(reason).chain([french]).collect()
}

fn job(verdict: Verdict, wish: &Wished, offer: &Offered) -> &'static str {
    match verdict {
        Verdict::Fits => "C’est le métier souhaité.",
        Verdict::Close => "Le métier est du même domaine que celui souhaité.",
        Verdict::Differs => "Le métier n’est pas celui souhaité : à voir avec la personne.",
        Verdict::Unknown if wish.jobs.is_empty() => "La personne n’a pas nommé de métier.",
        Verdict::Unknown if offer.jobs.is_none() => "L’offre ne donne pas le code de son métier.",
        Verdict::Unknown => "Le métier ne se compare pas.",
    }
}

fn sector(verdict: Verdict, wish: &Wished, offer: &Offered) -> &'static str {
    match verdict {
        Verdict::Fits => "C’est le secteur souhaité.",
        Verdict::Close => "Le secteur est voisin de celui souhaité.",
        Verdict::Differs => "Le secteur n’est pas celui souhaité.",
        Verdict::Unknown if wish.sectors.is_empty() => "La personne n’a pas nommé de secteur.",
        Verdict::Unknown if offer.sector.is_empty() => "L’offre ne dit pas son secteur.",
        Verdict::Unknown => "Le secteur ne se compare pas.",
    }
}

fn distance(verdict: Verdict, wish: &Wished, offer: &Offered) -> String {
    let Some(km) = distance_km(wish, offer) else {
        return match (wish.place, offer.place) {
            (None, _) => "La distance n’est pas connue : la commune de départ n’est pas dite, ou Jalon ne sait pas où elle est.",
            _ => "La distance n’est pas connue : la commune de l’offre n’est pas dite, ou Jalon ne sait pas où elle est.",
        }
        .to_owned();
    };
    let from = if wish.from_structure { ", depuis la structure" } else { "" };
    let place = if offer.town.is_empty() { String::new() } else { format!(" ({})", offer.town) };
    let km = km.round();
    let limit = match (verdict, wish.distance_km) {
        (_, 0) => String::new(),
        (Verdict::Fits, most) => format!(", dans les {most} km souhaités"),
        (_, most) => format!(", au-delà des {most} km souhaités"),
    };
    format!("À {km} km à vol d’oiseau{place}{from}{limit}.")
}

fn hours(verdict: Verdict, wish: &Wished, offer: &Offered) -> String {
    if offer.weekly_minutes == 0 {
        return "L’offre ne dit pas sa durée.".to_owned();
    }
    let (hours, minutes) = (offer.weekly_minutes / 60, offer.weekly_minutes % 60);
    let length = if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes:02}") };
    match verdict {
        Verdict::Fits => format!("{length} par semaine, comme souhaité."),
        Verdict::Close => format!("{length} par semaine, proche de ce qui est souhaité."),
        Verdict::Differs if wish.minutes.1 > 0 && offer.weekly_minutes > wish.minutes.1 => {
            format!("{length} par semaine, plus que souhaité : une montée progressive se négocie.")
        }
        Verdict::Differs => format!("{length} par semaine, moins que souhaité."),
        Verdict::Unknown => format!("{length} par semaine ; la personne n’a pas dit combien elle souhaite."),
    }
}

fn kind(verdict: Verdict, offer: &Offered) -> String {
    let contract = match offer.contract {
        ContractKind::CONTRACT_KIND_UNSPECIFIED => "contrat non précisé".to_owned(),
        kind => label_of(kind.into()).to_owned(),
    };
    let why = match verdict {
        Verdict::Fits => "répond à ce que la personne souhaite faire",
        Verdict::Close => "peut être une étape vers ce que la personne souhaite",
        Verdict::Differs => "la personne souhaite autre chose : à voir avec elle",
        Verdict::Unknown => "la personne n’a pas dit ce qu’elle souhaite faire",
    };
    format!("Contrat : {contract} ; {why}.")
}

/// The support to foresee: never a reason to leave an offer aside.
fn french(wish: &Wished, offer: &Offered) -> &'static str {
    let learns = wish.kinds.contains(&WishKind::APPRENDRE_LE_FRANCAIS);
    match (offer.french, learns) {
        (FrenchUse::FRANCAIS_PEU_UTILE, true) => {
            "Peu de français au travail ; des cours restent à prévoir à côté, comme souhaité."
        }
        (FrenchUse::FRANCAIS_PEU_UTILE, false) => "Peu de français au travail.",
        (FrenchUse::FRANCAIS_CONSIGNES, true) => {
            "Le travail demande de comprendre des consignes : prévoir un tuteur, et des cours à côté, comme souhaité."
        }
        (FrenchUse::FRANCAIS_CONSIGNES, false) => {
            "Le travail demande de comprendre des consignes : un tuteur aide, si besoin."
        }
        (FrenchUse::FRANCAIS_ORAL, true) => {
            "Le travail demande de parler couramment : prévoir un appui (cours de français, tutorat, immersion d’abord)."
        }
        (FrenchUse::FRANCAIS_ORAL, false) => {
            "Le travail demande de parler couramment : un appui se prévoit, si besoin."
        }
        (FrenchUse::FRANCAIS_ECRIT, true) => {
            "Le travail demande de lire et d’écrire : prévoir un appui (cours de français, aide à l’écrit)."
        }
        (FrenchUse::FRANCAIS_ECRIT, false) => {
            "Le travail demande de lire et d’écrire : un appui se prévoit, si besoin."
        }
        (FrenchUse::FRENCH_USE_UNSPECIFIED, _) => {
            "L’offre ne dit pas combien de français le travail demande : à demander à l’employeur."
        }
    }
}
