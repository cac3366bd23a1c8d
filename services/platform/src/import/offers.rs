//! Offers from a file: a table of a spreadsheet, or the answer of France Travail's offers.

use contracts::{
    Word,
    employment::v1::ContractKind,
    platform::v1::{FrenchUse, OfferSource},
};
use futures::StreamExt as _;
use jiff::civil::Date;
use service::{Day, Runtime};
use uuid::Uuid;

use super::{
    Mode, Report,
    apply::Import,
    france_travail,
    table::{self, Row},
};
use crate::domain::offer::{card::Card, commands::ImportOffer};

/// How many offers are written at once.
const AT_ONCE: usize = 16;

/// The columns a table may have; the first two must be there.
const COLUMNS: [&str; 13] = [
    "reference",
    "intitule",
    "rome",
    "naf",
    "contrat",
    "heures",
    "ville",
    "code_insee",
    "debut",
    "postes",
    "francais",
    "employeur",
    "lien",
];

/// What is read of a record: where it stands, and the command it makes or why it makes none.
pub type Read = (String, Result<ImportOffer, String>);

/// Imports a file of offers on a platform.
///
/// # Errors
/// When the file is no table and no answer of France Travail, or the platform is unknown.
pub async fn import(
    runtime: &Runtime,
    bytes: &[u8],
    platform_id: Uuid,
    mode: Mode,
) -> Result<Report, String> {
    let platform = runtime.journal.stream(platform_id, 1).await.map_err(|error| error.to_string())?;
    if platform.first().is_none_or(|fact| fact.kind.name != "PlatformOpened") {
        return Err("Jalon ne connaît pas cette plateforme. Vérifiez son identifiant.".to_owned());
    }
    let mut report = Report { dry_run: mode == Mode::DryRun, ..Report::default() };
    let (source, records) = read(bytes, platform_id, &mut report)?;
    let tool = if source == OfferSource::CSV { "csv" } else { "france-travail" };
    let import = Import { runtime, mode, tool };
    let apply = |(at, read): Read| async move {
        let done = match read {
            Ok(command) => {
                let (id, reference) = (command.stream_id(), command.reference.clone());
                import.apply(id, &reference, command).await
            }
            Err(why) => Err(why),
        };
        (at, done)
    };
    let mut all = std::pin::pin!(futures::stream::iter(records).map(apply).buffered(AT_ONCE));
    while let Some((at, done)) = all.next().await {
        report.count(at, done);
    }
    Ok(report)
}

/// The records of a file, each with its place.
///
/// # Errors
/// When the file is neither.
pub fn read(
    bytes: &[u8],
    platform_id: Uuid,
    report: &mut Report,
) -> Result<(OfferSource, Vec<Read>), String> {
    let text = table::decode(bytes);
    if text.trim_start().starts_with(['{', '[']) {
        let records = france_travail::read(&text, platform_id, report)?;
        return Ok((OfferSource::FRANCE_TRAVAIL, without_twins(records, report)));
    }
    let (names, rows) = table::read(&text);
    for needed in &COLUMNS[..2] {
        if !names.iter().any(|name| name == needed) {
            return Err(format!(
                "La colonne « {needed} » manque. La première ligne doit nommer les colonnes : {}.",
                COLUMNS.join(", ")
            ));
        }
    }
    for name in names.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        report.remark(format!("Colonne inconnue, laissée de côté : {name}"));
    }
    let record = |row: &Row| (format!("Ligne {}", row.line), offer(row, platform_id));
    Ok((OfferSource::CSV, without_twins(rows.iter().map(record).collect(), report)))
}

/// A reference given twice in a file: the later one is kept.
fn without_twins(mut records: Vec<Read>, report: &mut Report) -> Vec<Read> {
    let mut seen = std::collections::HashSet::new();
    records.reverse();
    records.retain(|(_, read)| {
        let kept = read.as_ref().map_or(true, |offer| seen.insert(offer.reference.clone()));
        if !kept {
            report.remark("Référence donnée deux fois : la dernière est gardée");
        }
        kept
    });
    records.reverse();
    records
}

/// The offer of a line, or why it is none.
fn offer(row: &Row, platform_id: Uuid) -> Result<ImportOffer, String> {
    if !row.whole {
        return Err("Cette ligne n’a pas autant de cellules que la première. Vérifiez les séparateurs et les guillemets.".to_owned());
    }
    let cell = |name: &str| row.cell(name).to_owned();
    if row.cell("reference").is_empty() {
        return Err("La référence manque : sans elle, l’offre serait importée deux fois.".to_owned());
    }
    let card = Card {
        rome_code: cell("rome"),
        sector: cell("naf"),
        contract: word::<ContractKind>(row.cell("contrat"), "contrat")?,
        weekly_minutes: minutes(row.cell("heures"))?,
        town: cell("ville"),
        insee_code: cell("code_insee"),
        starts_on: day(row.cell("debut"))?.map(Day),
        positions: match row.cell("postes") {
            "" => 1,
            text => text.parse().map_err(|_| "Le nombre de postes n’est pas un nombre.".to_owned())?,
        },
        french: word::<FrenchUse>(row.cell("francais"), "francais")?,
        employer_name: cell("employeur"),
        link: cell("lien"),
        ..Card::of(row.cell("intitule"))
    };
    Ok(ImportOffer {
        platform_id,
        source: Word(OfferSource::CSV),
        reference: cell("reference"),
        card,
        published_on: None,
    })
}

/// A word of the contracts, by its code or its French text, however it is written.
fn word<E: contracts::WordEnum>(text: &str, column: &str) -> Result<Option<Word<E>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wanted = table::plain(text);
    let found = E::TEXTS
        .iter()
        .find(|(_, code, french)| table::plain(code) == wanted || table::plain(french) == wanted);
    let value = found.and_then(|(_, code, _)| E::from_proto_name(code));
    value.map(|value| Some(Word(value))).ok_or_else(|| {
        let known: Vec<&str> = E::TEXTS.iter().map(|(_, code, _)| *code).collect();
        format!("La colonne « {column} » porte une valeur inconnue. Choisissez parmi : {}.", known.join(", "))
    })
}

/// Minutes a week from `35`, `24,5`, `20h30`; 0 when it is not said.
pub(super) fn minutes(text: &str) -> Result<u32, String> {
    let text = text.trim().to_lowercase();
    let wrong = || "La durée ne se lit pas. Écrivez les heures par semaine : 20, 24,5 ou 20h30.".to_owned();
    if text.is_empty() {
        return Ok(0);
    }
    let (hours, rest) = text.split_once('h').unwrap_or((&text, ""));
    let hours: f64 = hours.trim().replace(',', ".").parse().map_err(|_| wrong())?;
    let extra: f64 = match rest.trim() {
        "" => 0.0,
        rest => rest.parse().map_err(|_| wrong())?,
    };
    if !(0.0..=168.0).contains(&hours) || !(0.0..60.0).contains(&extra) {
        return Err(wrong());
    }
    Ok((hours * 60.0 + extra).round() as u32)
}

/// A day, as `2026-12-01` or `01/12/2026`; nothing when it is not said.
fn day(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let french = || {
        let mut parts = text.split('/').map(str::parse::<i16>);
        let (day, month, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().filter(|_| parts.next().is_none())
    };
    let day = vocabulary::dates::parse(text).or_else(french);
    day.map(Some).ok_or_else(|| "La date de début ne se lit pas. Écrivez 01/12/2026.".to_owned())
}
