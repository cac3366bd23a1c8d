//! The offers of France Travail, as its API « Offres d’emploi » v2 writes them: `{"resultats": […]}`, or the
//! list alone. Only what Jalon keeps is read; neither the description nor the contact is.

use contracts::{
    Word,
    employment::v1::ContractKind,
    platform::v1::{FrenchUse, OfferSource},
};
use serde::Deserialize;
use service::Day;
use uuid::Uuid;
use vocabulary::{
    codes::{is_commune, is_naf, is_rome},
    dates,
};

use super::{Report, offers::Read, offers::minutes};
use crate::domain::{
    codes,
    offer::{card::Card, commands::ImportOffer},
};

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Page { resultats: Vec<serde_json::Value> },
    List(Vec<serde_json::Value>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Offer {
    id: String,
    intitule: String,
    date_creation: String,
    lieu_travail: Option<Place>,
    rome_code: String,
    entreprise: Option<Company>,
    type_contrat: String,
    nature_contrat: String,
    duree_travail_libelle: String,
    langues: Vec<Language>,
    nombre_postes: Option<u32>,
    #[serde(rename = "codeNAF")]
    code_naf: String,
    secteur_activite: String,
    origine_offre: Option<Origin>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    libelle: String,
    commune: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Company {
    nom: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Language {
    libelle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Origin {
    url_origine: String,
}

/// The offers of a file, each with its place.
pub(super) fn read(text: &str, platform_id: Uuid, report: &mut Report) -> Result<Vec<Read>, String> {
    let file: File = serde_json::from_str(text).map_err(|_| {
        "Ce fichier n’est pas une réponse de l’API Offres d’emploi de France Travail (« resultats »)."
            .to_owned()
    })?;
    let (File::Page { resultats: list } | File::List(list)) = file;
    let record = |(value, number): (serde_json::Value, usize)| {
        let at = format!("Offre n° {number}");
        match serde_json::from_value::<Offer>(value) {
            Ok(offer) if !offer.id.is_empty() => (at, Ok(command(offer, platform_id, report))),
            Ok(_) => (at, Err("L’identifiant de l’offre manque.".to_owned())),
            Err(_) => (at, Err("Un champ n’est pas du type attendu.".to_owned())),
        }
    };
    Ok(list.into_iter().zip(1..).map(record).collect())
}

fn command(offer: Offer, platform_id: Uuid, report: &mut Report) -> ImportOffer {
    let place = offer.lieu_travail.unwrap_or_default();
    let town = place.libelle.split_once(" - ").map_or(place.libelle.as_str(), |(_, town)| town);
    let sector = if is_naf(&offer.code_naf) { offer.code_naf } else { offer.secteur_activite };
    let french = offer.langues.iter().any(|language| language.libelle.to_lowercase().starts_with("français"));
    let link = offer.origine_offre.map(|origin| origin.url_origine).unwrap_or_default();
    let mut known = |right: bool, text: String, what: &str| {
        if !right && !text.is_empty() {
            report.remark(format!("Valeur illisible laissée de côté : {what}"));
        }
        if right { text } else { String::new() }
    };
    let card = Card {
        rome_code: known(is_rome(&offer.rome_code), offer.rome_code, "romeCode"),
        sector: known(is_naf(&sector), sector, "codeNAF"),
        contract: contract(&offer.type_contrat, &offer.nature_contrat).map(Word),
        weekly_minutes: weekly_minutes(&offer.duree_travail_libelle),
        town: town.to_owned(),
        insee_code: known(is_commune(&place.commune), place.commune, "lieuTravail.commune"),
        positions: offer.nombre_postes.unwrap_or(1).max(1),
        french: french.then_some(Word(FrenchUse::FRANCAIS_ORAL)),
        employer_name: offer.entreprise.map(|company| company.nom).unwrap_or_default(),
        link: known(codes::is_link(&link), link, "origineOffre.urlOrigine"),
        ..Card::of(&offer.intitule)
    };
    if !offer.type_contrat.is_empty() && card.contract.is_none() {
        report.remark("Type de contrat sans équivalent dans Jalon");
    }
    ImportOffer {
        platform_id,
        source: Word(OfferSource::FRANCE_TRAVAIL),
        reference: offer.id,
        card,
        published_on: offer.date_creation.get(..10).and_then(dates::parse).map(Day),
    }
}

/// The contract, when Jalon has a word for it.
fn contract(kind: &str, nature: &str) -> Option<ContractKind> {
    let nature = nature.to_lowercase();
    if nature.contains("apprentissage") {
        return Some(ContractKind::APPRENTISSAGE);
    }
    if nature.contains("professionnalisation") {
        return Some(ContractKind::PROFESSIONNALISATION);
    }
    match kind {
        "CDI" | "DIN" => Some(ContractKind::CDI),
        "CDD" | "SAI" => Some(ContractKind::CDD),
        "DDI" => Some(ContractKind::CDDI),
        "MIS" => Some(ContractKind::INTERIM),
        _ => None,
    }
}

/// `35H Horaires normaux`, `24H30/semaine Travail le samedi`: 0 when it is not said so.
fn weekly_minutes(text: &str) -> u32 {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, 'H' | 'h'));
    let length = &text[..end.unwrap_or(text.len())];
    if !length.contains(['H', 'h']) {
        return 0;
    }
    minutes(length).ok().filter(|minutes| *minutes <= 48 * 60).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_of_a_week_are_read_from_their_label() {
        for (text, expected) in [
            ("35H Horaires normaux", 35 * 60),
            ("24H30 Travail le samedi", 24 * 60 + 30),
            ("20H/semaine", 20 * 60),
            ("Temps partiel", 0),
            ("", 0),
            ("151H", 0),
        ] {
            assert_eq!(weekly_minutes(text), expected, "{text}");
        }
    }
}
