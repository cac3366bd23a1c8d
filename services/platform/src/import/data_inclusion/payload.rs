//! One record: what is kept of it, and what is said to be left aside.

use contracts::{Recorded, common::v1::OrganisationKind, events};
use jiff::civil::Date;
use serde_json::{Map, Value};
use service::{Day, Domain as _};
use vocabulary::{codes::is_commune, dates};

use super::{DIRECTORY, kinds};
use crate::{
    domain::{
        codes,
        local_service::commands::{Card, ListService},
        organisation::aggregate::{self, Organisation},
    },
    import::Report,
};

/// What is known of a structure, and is not kept: contacts, addresses, texts.
const LEFT: [&str; 33] = [
    "source",
    "description",
    "lien_source",
    "site_web",
    "accessibilite_lieu",
    "adresse",
    "complement_adresse",
    "code_postal",
    "longitude",
    "latitude",
    "telephone",
    "courriel",
    "horaires_accueil",
    "frais_precisions",
    "publics_precisions",
    "conditions_acces",
    "contact_nom_prenom",
    "lien_mobilisation",
    "modes_mobilisation",
    "mobilisation_precisions",
    "volume_horaire_hebdomadaire",
    "nombre_semaines",
    "score_qualite",
    "structure",
    "id",
    "nom",
    "date_maj",
    "siret",
    "commune",
    "code_insee",
    "reseaux_porteurs",
    "structure_id",
    "type",
];
/// What is kept of a service only.
const SERVICE: [&str; 6] =
    ["thematiques", "frais", "publics", "modes_accueil", "zone_eligibilite", "mobilisable_par"];
/// The families of thématiques.
const FAMILIES: [&str; 16] = [
    "choisir-un-metier",
    "creer-une-entreprise",
    "difficultes-administratives-ou-juridiques",
    "difficultes-financieres",
    "equipement-et-alimentation",
    "famille",
    "lecture-ecriture-calcul",
    "logement-hebergement",
    "mobilite",
    "numerique",
    "preparer-sa-candidature",
    "remobilisation",
    "sante",
    "se-former",
    "souvrir-a-linternational",
    "trouver-un-emploi",
];

/// A record.
pub enum Record {
    /// An organisation.
    Structure(Box<Structure>),
    /// A service.
    Service(Box<ListService>),
}

/// An organisation.
pub struct Structure {
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What it is, from its networks.
    pub kind: OrganisationKind,
    /// Its SIRET, or nothing.
    pub siret: String,
    /// Its town.
    pub town: String,
}

/// Reads a record; what says to which structure it belongs is a service.
pub fn read(record: Value, today: Date, report: &mut Report) -> Result<Record, String> {
    let Value::Object(record) = record else {
        return Err("Ce n’est pas un enregistrement.".to_owned());
    };
    for name in record.keys() {
        let known = LEFT.contains(&name.as_str()) || SERVICE.contains(&name.as_str());
        if !known && !name.starts_with("_di_") {
            report.remark(format!("Champ inconnu, laissé de côté : {}", shown(name)));
        }
    }
    let reference = text(&record, "id")?;
    let name = text(&record, "nom")?;
    if reference.is_empty() || name.chars().count() < 3 {
        return Err("L’identifiant ou le nom manque, ou est trop court.".to_owned());
    }
    let Some(updated_on) = dates::parse(&text(&record, "date_maj")?) else {
        return Err("La date de mise à jour manque ou ne se lit pas.".to_owned());
    };
    if updated_on > dates::days_after(today, 1) {
        return Err("La date de mise à jour est à venir.".to_owned());
    }
    let town = text(&record, "commune")?;
    if record.contains_key("structure_id") {
        let service = service(&record, (reference, name, town), updated_on, report)?;
        return Ok(Record::Service(Box::new(service)));
    }
    let siret = text(&record, "siret")?;
    let is_siret = siret.len() == 14 && siret.bytes().all(|digit| digit.is_ascii_digit());
    if !siret.is_empty() && !is_siret {
        report.remark("SIRET illisible, laissé de côté");
    }
    let kind = kinds::of(&list(&record, "reseaux_porteurs")?);
    let siret = if is_siret { siret } else { String::new() };
    Ok(Record::Structure(Box::new(Structure { reference, name, kind, siret, town })))
}

fn service(
    record: &Map<String, Value>,
    (reference, name, town): (String, String, String),
    updated_on: Date,
    report: &mut Report,
) -> Result<ListService, String> {
    let structure_reference = text(record, "structure_id")?;
    if structure_reference.is_empty() {
        return Err("La structure du service manque.".to_owned());
    }
    let themes = list(record, "thematiques")?;
    for theme in &themes {
        let family = theme.split("--").next().unwrap_or_default();
        if !FAMILIES.contains(&family) {
            report.remark("Thématique d’une famille inconnue : trouvée seulement par son nom");
        }
    }
    let mut kept = |is: fn(&str) -> bool, text: String, what: &str| {
        let right = text.is_empty() || is(&text);
        if !right {
            report.remark(format!("Valeur illisible laissée de côté : {what}"));
        }
        if right { text } else { String::new() }
    };
    let insee_code = kept(is_commune, text(record, "code_insee")?, "code_insee");
    let link = kept(codes::is_link, text(record, "lien_source")?, "lien_source");
    Ok(ListService {
        directory: DIRECTORY.to_owned(),
        reference,
        updated_on: Day(updated_on),
        card: Card {
            name,
            kind: text(record, "type")?,
            structure_id: None,
            structure_reference,
            themes,
            fees: text(record, "frais")?,
            audiences: list(record, "publics")?,
            reception_modes: list(record, "modes_accueil")?,
            referrers: list(record, "mobilisable_par")?,
            zones: list(record, "zone_eligibilite")?,
            town,
            insee_code,
            link,
        },
    })
}

/// A text; nothing when it is null or absent.
fn text(record: &Map<String, Value>, name: &str) -> Result<String, String> {
    match record.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(_) => Err(format!("Le champ « {name} » n’est pas un texte.")),
    }
}

/// A list of texts, in their order, each once: the same set written otherwise is the same.
fn list(record: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("Le champ « {name} » n’est pas une liste de textes.");
    match record.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
            let mut texts = texts.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
            texts.sort();
            texts.dedup();
            Ok(texts)
        }
        Some(_) => Err(wrong()),
    }
}

/// The name of a member as it may be shown: it comes from a file.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').take(40).collect()
}

/// The card of an organisation, from its facts.
pub fn organisation(facts: &[Recorded]) -> aggregate::Card {
    let events = facts.iter().filter_map(|fact| fact.trace::<events::Organisation>().ok());
    events.fold(aggregate::State::default(), Organisation::apply).card
}

/// Whether nobody but this import ever wrote that organisation's card.
pub fn is_only_ours(facts: &[Recorded]) -> bool {
    let cards = facts
        .iter()
        .filter(|fact| matches!(fact.kind.name, "OrganisationRegistered" | "OrganisationUpdated"));
    cards
        .map(|fact| fact.metadata())
        .all(|metadata| metadata.is_ok_and(|metadata| metadata.actor.system == DIRECTORY))
}
