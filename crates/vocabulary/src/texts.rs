//! Free texts: what looks like a social security number, a telephone number or an e-mail address is
//! noticed before it is kept.

use std::{borrow::Cow, ops::Range};

mod numbers;

use numbers::Token;

/// What a free text seems to hold that has no place there. The gravest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Private {
    /// A social security number (NIR), provisional or not: never kept.
    SocialSecurity,
    /// A telephone number or an e-mail address; or a social security number with a slip in it.
    Contact,
}

/// What is put where a social security number was.
const REMOVED: &str = "[numéro retiré]";

/// The gravest of what a text seems to hold; nothing when it seems to hold none of it.
pub fn private(text: &str) -> Option<Private> {
    let runs = numbers::runs(text);
    if runs.iter().any(|run| !social_security(run).is_empty()) {
        return Some(Private::SocialSecurity);
    }
    let doubtful = || runs.iter().flatten().any(|token| token.digits.len() == 15 && is_shaped(&token.digits));
    (doubtful() || holds_an_address(text) || holds_a_telephone(text)).then_some(Private::Contact)
}

/// The text without its social security numbers.
pub fn without_social_security(text: &str) -> Cow<'_, str> {
    let runs = numbers::runs(text);
    let found: Vec<Range<usize>> = runs.iter().flat_map(|run| social_security(run)).collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    for range in found {
        // Two readings of the same digits may overlap.
        if range.start >= from {
            kept.push_str(&text[from..range.start]);
            kept.push_str(REMOVED);
        }
        from = from.max(range.end);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Whether a text seems to hold an e-mail address.
fn holds_an_address(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let named = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let domain: String = text[at + 1..]
            .chars()
            .take_while(|sign| sign.is_alphanumeric() || ".-".contains(*sign))
            .collect();
        let mut labels = domain.trim_end_matches(['.', '-']).rsplit('.');
        let top = labels.next().is_some_and(|top| top.chars().count() > 1);
        named && top && labels.next().is_some_and(|label| !label.is_empty())
    })
}

/// Where in a run of digits social security numbers stand.
fn social_security(run: &[Token]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for first in 0..run.len() {
        let mut number = String::new();
        let mut cuts = Vec::new();
        for token in &run[first..] {
            cuts.push(number.len());
            number.push_str(&token.digits);
            let is_one = match number.len() {
                13 => is_shaped(&number) && cuts.iter().all(|cut| [0, 1, 3, 5, 7, 10].contains(cut)),
                15 => has_its_key(&number),
                _ => false,
            };
            if is_one && !run[first].plus {
                found.push(run[first].place.start..token.place.end);
            }
            if number.len() > 15 {
                break;
            }
        }
    }
    // The longest of those that begin at one place.
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    found.dedup_by_key(|range| range.start);
    found
}

/// Sex, year, month, department, commune, order.
fn is_shaped(number: &str) -> bool {
    let two = |at: usize| number.get(at..at + 2).unwrap_or_default();
    let month = matches!(two(3).parse::<u8>(), Ok(1..=12 | 20 | 30..=42 | 50..=99));
    number.starts_with(['1', '2', '3', '4', '7', '8']) && month && two(5) != "00"
}

/// The same, and the key that the first thirteen digits have.
fn has_its_key(number: &str) -> bool {
    if !is_shaped(number) {
        return false;
    }
    // Corsica counts as it did before it had two departments.
    let digits = number[..13].replace("2A", "19").replace("2B", "18");
    match (digits.parse::<u64>(), number[13..].parse::<u64>()) {
        (Ok(digits), Ok(key)) => key == 97 - digits % 97,
        _ => false,
    }
}

fn holds_a_telephone(text: &str) -> bool {
    // « +33 (0)6 12 34 56 78 »
    numbers::runs(&text.replace("(0)", ""))
        .iter()
        .any(|run| (0..run.len()).any(|at| is_telephone(&run[at..])))
}

/// Whether a telephone number begins there: French, or of any country with its prefix. The signs between its
/// parts are all the same, save after the prefix of a country.
fn is_telephone(tokens: &[Token]) -> bool {
    let mut number = String::new();
    let mut sizes = Vec::new();
    for token in tokens {
        let alike = sizes.len() < 2 || token.before == tokens[1].before;
        let after_prefix = sizes.len() == 2 && (tokens[0].plus || number.starts_with("00"));
        if !alike && !after_prefix || number.len() > 15 {
            return false;
        }
        sizes.push(token.digits.len());
        number.push_str(&token.digits);
        if is_national(&number, &sizes) || is_international(&number, tokens[0].plus) {
            return true;
        }
    }
    false
}

fn is_national(number: &str, sizes: &[usize]) -> bool {
    let mobile = number.len() == 11 && (number.starts_with("336") || number.starts_with("337"));
    let ten = number.len() == 10 && number.starts_with('0') && !number.starts_with("00");
    // 05 06 2026 12: a date and an hour.
    (ten || mobile && sizes.len() == 1) && !sizes.starts_with(&[2, 2, 4]) && !number.contains(['A', 'B'])
}

fn is_international(number: &str, plus: bool) -> bool {
    let digits = if plus { Some(number) } else { number.strip_prefix("00") };
    digits.is_some_and(|digits| {
        let siret = !plus && number.len() == 14 && numbers::obeys_luhn(number);
        matches!(digits.len(), 10..=15) && !digits.starts_with('0') && !siret && !number.contains(['A', 'B'])
    })
}

#[cfg(test)]
mod tests {
    use super::{Private, private, without_social_security};

    #[test]
    fn social_security_numbers_are_noticed_however_they_are_written() {
        for text in [
            "n° 2 86 04 99 000 001 60",
            "286049900000160",
            "286049900000160.",
            "NIR:286049900000160;",
            "2-86-04-99-000-001",
            "1 75 05 2A 000 123",
            "1 75 05 2a 000 123 84",
            "175052B00012314",
            "il dit que son numéro est 2860499000001",
            "7 86 04 99 000 001 04",
            "2.86.04.99.000.001.60 pour la CPAM",
            "2 86 04 99 000 001 60 06 12 34 56 78",
            "２８６０４９９０００００１６０",
            "٢٨٦٠٤٩٩٠٠٠٠٠١٦٠",
            "2\u{a0}86\u{202f}04\u{2011}99 000 001",
            "286\u{200b}0499000001\u{ad}60",
        ] {
            assert_eq!(private(text), Some(Private::SocialSecurity), "{text}");
        }
    }

    #[test]
    fn telephone_numbers_are_noticed_however_they_are_written() {
        for text in [
            "appeler le 05 36 49 01 01 le matin",
            "tél. 0536490101",
            "tél0536490101",
            "+33 5 36 49 01 01",
            "+33 (0)5 36 49 01 01",
            "0033536490101",
            "33612345678",
            "05.36.49.01.01",
            "05-36-49-01-01, 06-12-34-56-78",
            "05/36/49/01/01",
            "0612 345 678",
            "06 12 34 56 78 07 98 76 54 32",
            "son frère à Kaboul : +93 70 123 4567",
            "00 251 91 123 4567",
            "+213550123456",
            "le 3 mars 06 12 34 56 78",
            "٠٦١٢٣٤٥٦٧٨",
            // A social security number with a slip in it.
            "286049900000161",
        ] {
            assert_eq!(private(text), Some(Private::Contact), "{text}");
        }
    }

    #[test]
    fn dates_hours_sirets_and_other_numbers_are_nothing_private() {
        for text in [
            "du 18/05/2026 au 29/05/2026",
            "le 05/06/2026 12 h 30",
            "le 05 06 2026 12 h 30",
            "30100 Alès",
            "SIRET 000 001 016 00013",
            "SIRET 36252187900034",
            "SIRET 005 720 784 00106",
            "SIREN 005 720 784",
            "35 h par semaine, 8:30-12:00",
            "port de charges limité à 15 kg",
            "PASS 999992139048",
            "9c1de4a6-0612-4345-9678-061234567890",
            "dora--06123456-7890-4123-8456-061234567890",
            "2026-11-23T10:00:00Z",
            "12, 24, 36, 48 et 60 mois",
            "1 234 567,89 €",
            "appeler le 115 ou le 39 49",
            "+20 100 repas",
            "",
        ] {
            assert_eq!(private(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_noticed_and_an_at_sign_alone_is_not() {
        for text in [
            "écrire à c.essai@structure.example",
            "(accueil@exemple.fr).",
            "mailto:a.b+c@mail.structure.fr;",
            "courriel:x_y@exemple.fr/bureau",
        ] {
            assert_eq!(private(text), Some(Private::Contact), "{text}");
        }
        for text in ["rendez-vous @ la mairie", "@exemple", "@exemple.fr", "deux postes à pourvoir", "a@b"] {
            assert_eq!(private(text), None, "{text}");
        }
    }

    #[test]
    fn social_security_numbers_are_taken_out_and_nothing_else() {
        let text = "CPAM : 2 86 04 99 000 001 60, tél. 05 36 49 01 01 ; autre 175052B00012314.";
        let kept = "CPAM : [numéro retiré], tél. 05 36 49 01 01 ; autre [numéro retiré].";
        assert_eq!(without_social_security(text), kept);
        let text = "du 18/05/2026, é à ù, 0536490101";
        assert_eq!(without_social_security(text), text);
    }
}
