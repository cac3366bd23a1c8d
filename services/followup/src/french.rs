//! Facts in French: a sentence a fact, made of what its reader may see of it. Without a sentence here a
//! fact still shows by its label, its dates and who stated it.

use std::collections::HashMap;

use contracts::{EnumValue, FactType, Facts, WordEnum, events, label_of};
use jiff::civil::Date;
use service::BoxError;
use uuid::Uuid;
use vocabulary::dates::{in_french, parse};

use crate::views::status::Status;

mod around;
mod conventions;
mod erasures;
mod offers;
mod person;
mod sent;
mod sentences;

pub use conventions::divergence;

/// How what a fact names by its id is called.
pub type Names = HashMap<Uuid, String>;

/// The sentence of a fact; empty when there is nothing to add to its label. `about` says what its
/// aggregate is, for the facts that do not say it again.
///
/// # Errors
/// When the bytes are not a fact of that kind.
pub fn sentence(
    kind: &'static FactType,
    bytes: &[u8],
    about: &str,
    names: &Names,
) -> Result<String, BoxError> {
    Ok(match kind.aggregate().name {
        "case" => sentences::case(decode::<events::Case>(kind, bytes)?, names),
        "wish" => around::wish(decode(kind, bytes)?),
        "activity" => around::activity(decode(kind, bytes)?, about, names),
        "appointment" => around::appointment(decode(kind, bytes)?, names),
        "writing" => around::writing(decode(kind, bytes)?),
        "diagnostic" => sentences::diagnostic(decode(kind, bytes)?),
        "resource" => sentences::resource(decode(kind, bytes)?, names),
        "prescription" => sent::prescription(decode(kind, bytes)?, about, names),
        "pass" => sent::pass(decode(kind, bytes)?),
        "convention" => conventions::convention(decode(kind, bytes)?, about, names),
        "employment" => conventions::employment(decode(kind, bytes)?, about, names),
        "match" => offers::offer(decode(kind, bytes)?),
        "attendance" => offers::attendance(decode(kind, bytes)?, names),
        _ => String::new(),
    })
}

fn decode<E: Facts>(kind: &'static FactType, bytes: &[u8]) -> Result<E, BoxError> {
    Ok(E::decode(kind, bytes)?)
}

/// What an aggregate of a case is: « candidature IAE auprès de La Ressourcerie ».
pub fn about(status: &Status, stream_id: Uuid, names: &Names) -> String {
    let of = |what: &'static str, link: &str, whom: Option<Uuid>| match whom.and_then(|id| names.get(&id)) {
        Some(name) => format!("{what} {link} {name}"),
        None => what.to_owned(),
    };
    if let Some(one) = status.prescriptions.get(&stream_id) {
        return of(label_of(one.kind), "auprès de", one.addressee_id);
    }
    if let Some(one) = status.immersions.get(&stream_id) {
        return of(label_of(one.kind), "chez", one.host_id);
    }
    if let Some(one) = status.activities.get(&stream_id) {
        return of(label_of(one.kind), "avec", one.organisation_id);
    }
    if status.matches.contains_key(&stream_id) {
        return "mise en relation avec un employeur".to_owned();
    }
    match status.employments.get(&stream_id) {
        Some(one) => of(label_of(one.contract), "chez", one.employer_id),
        None => String::new(),
    }
}

/// `about : text`, finished.
fn told(about: &str, text: &str) -> String {
    if about.is_empty() { finished(text) } else { finished(&format!("{about} : {text}")) }
}

/// A date of a fact, in French; nothing when it is not given.
pub fn date(text: &str) -> Option<String> {
    parse(text).map(in_french)
}

/// ` le 3 mars 2026`, or nothing.
fn on(text: &str) -> String {
    date(text).map(|date| format!(" le {date}")).unwrap_or_default()
}

/// ` jusqu’au 3 mars 2026`, or nothing.
fn until(text: &str) -> String {
    date(text).map(|date| format!(" jusqu’au {date}")).unwrap_or_default()
}

/// The name of what has that id, or nothing.
fn name<'a>(id: &str, names: &'a Names) -> Option<&'a str> {
    names.get(&id.parse::<Uuid>().ok()?).map(String::as_str)
}

/// ` : « some words »`, or nothing.
fn quoted(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!(" « {} »", text.trim()) }
}

/// The French text of a word of the contracts, with a capital.
pub fn label<E: WordEnum>(word: EnumValue<E>) -> String {
    capital(label_of(word))
}

/// Words of the contracts, one after the other.
pub fn list<E: WordEnum>(words: &[EnumValue<E>]) -> String {
    words.iter().map(|word| label_of(*word)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The text with a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The sentence with a capital and one period.
fn finished(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    // What someone said may end by itself: « Il demande à visiter d’abord. »
    let said = text.strip_suffix('»').map_or(text, str::trim_end);
    let end = if said.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{}{end}", capital(text))
}

/// Hours a week: `26 h`, `26 h 30`.
pub fn hours(minutes: u32) -> String {
    match minutes % 60 {
        0 => format!("{} h", minutes / 60),
        rest => format!("{} h {rest:02}", minutes / 60),
    }
}

/// `1 réponse`, `2 réponses`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number > 1 { many } else { one })
}

/// A month, `mars 2026`.
pub fn month(day: Date) -> String {
    let text = in_french(day.first_of_month());
    text.trim_start_matches("1er ").to_owned()
}

/// A date without its year when it is that of `today`: `3 mars`, `3 mars 2025`.
pub fn short(day: Date, today: Date) -> String {
    let text = in_french(day);
    match text.strip_suffix(&format!(" {}", today.year())) {
        Some(short) => short.to_owned(),
        None => text,
    }
}

/// A date as short as it can be, without its year when it is that of `today`: `3 déc.`, `3 déc. 2025`.
pub fn brief(day: Date, today: Date) -> String {
    const MONTHS: [&str; 12] =
        ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    let number = if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() };
    let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
    let text = format!("{number}\u{a0}{month}");
    if day.year() == today.year() { text } else { format!("{text} {}", day.year()) }
}

/// The text with the spaces that French typography keeps together.
pub fn typeset(text: &str) -> String {
    const TOGETHER: [(&str, &str); 7] = [
        (" :", "\u{a0}:"),
        (" ;", "\u{202f};"),
        (" ?", "\u{202f}?"),
        (" !", "\u{202f}!"),
        ("« ", "«\u{a0}"),
        (" »", "\u{a0}»"),
        (" h ", "\u{a0}h "),
    ];
    TOGETHER.iter().fold(text.to_owned(), |text, (apart, together)| text.replace(apart, together))
}

/// How a system that states facts is called.
pub fn system(name: &str) -> String {
    match name {
        "clock" => "Jalon, à l’échéance".to_owned(),
        access::PERSON => "la personne elle-même".to_owned(),
        "immersion-facilitee" => "Immersion Facilitée".to_owned(),
        "les-emplois" => "Les emplois de l’inclusion".to_owned(),
        other => capital(&other.replace('-', " ")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    #[test]
    fn hours_months_and_dates_read_as_people_write_them() {
        assert_eq!(hours(26 * 60), "26 h");
        assert_eq!(hours(26 * 60 + 5), "26 h 05");
        assert_eq!(month(day(2026, 8, 14)), "août 2026");
        assert_eq!(short(day(2026, 3, 1), day(2026, 11, 23)), "1er mars");
        assert_eq!(short(day(2025, 3, 1), day(2026, 11, 23)), "1er mars 2025");
        assert_eq!(brief(day(2026, 12, 1), day(2026, 11, 23)), "1er\u{a0}déc.");
        assert_eq!(brief(day(2027, 8, 14), day(2026, 11, 23)), "14\u{a0}août 2027");
        assert_eq!(count(0, "réponse", "réponses"), "0 réponse");
        assert_eq!(count(2, "réponse", "réponses"), "2 réponses");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_with_one_period() {
        assert_eq!(finished("élan"), "Élan.");
        assert_eq!(finished("Déjà fini."), "Déjà fini.");
        assert_eq!(finished("dit « Voir d’abord. »"), "Dit « Voir d’abord. »");
        assert_eq!(finished("dit « voir »"), "Dit « voir ».");
        assert_eq!(finished("  "), "");
    }
}
