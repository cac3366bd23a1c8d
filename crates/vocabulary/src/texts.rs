//! Free texts: what looks like a social security number, a telephone number or an e-mail address is
//! noticed before it is kept.

/// Whether a text seems to hold an e-mail address.
pub fn holds_an_address(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
    })
}

/// Whether a text seems to hold a social security number or a telephone number.
pub fn holds_a_private_number(text: &str) -> bool {
    numbers(text).iter().any(|number| is_nir(number) || is_telephone(number))
}

/// The numbers of a text, written with or without blanks, dots, hyphens or slashes. The letters of
/// Corsican departments and a leading `+` belong to them.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    let mut separators = 0;
    for letter in text.chars().chain(['\n', '\n']) {
        let corsican = matches!(letter, 'A' | 'B' | 'a' | 'b') && number.len() == 6 && number.ends_with('2');
        if letter.is_ascii_digit() || corsican || letter == '+' && number.is_empty() {
            number.push(letter.to_ascii_uppercase());
            separators = 0;
        } else if !number.is_empty() {
            separators += 1;
            if separators > 1 || !matches!(letter, ' ' | '.' | '-' | '/' | '\u{a0}' | '\u{202f}') {
                numbers.push(std::mem::take(&mut number));
                separators = 0;
            }
        }
    }
    numbers
}

/// Sex, year, month, department, commune, order, and the key or not.
fn is_nir(number: &str) -> bool {
    let month = number.get(3..5).and_then(|month| month.parse::<u8>().ok());
    matches!(number.len(), 13 | 15)
        && number.starts_with(['1', '2'])
        && month.is_some_and(|month| matches!(month, 1..=12 | 20..=42 | 50..=99))
}

fn is_telephone(number: &str) -> bool {
    let digits = number.strip_prefix("+33").or_else(|| number.strip_prefix("0033"));
    let digits = digits.or_else(|| number.strip_prefix('0')).unwrap_or_default();
    let digits = if digits.len() == 10 { digits.strip_prefix('0').unwrap_or(digits) } else { digits };
    digits.len() == 9 && !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{holds_a_private_number, holds_an_address};

    #[test]
    fn telephone_and_social_security_numbers_are_noticed_however_they_are_written() {
        for text in [
            "appeler le 05 36 49 01 01 le matin",
            "tél. 0536490101",
            "+33 5 36 49 01 01",
            "0033536490101",
            "05.36.49.01.01",
            "n° 2 86 04 99 000 001 48",
            "286049900000148",
            "1 75 05 2A 000 123",
        ] {
            assert!(holds_a_private_number(text), "{text}");
        }
    }

    #[test]
    fn dates_hours_sirets_and_post_codes_are_not() {
        for text in [
            "du 18/05/2026 au 29/05/2026",
            "30100 Alès",
            "SIRET 000 001 016 00013",
            "35 h par semaine, 8:30-12:00",
            "port de charges limité à 15 kg",
            "",
        ] {
            assert!(!holds_a_private_number(text), "{text}");
        }
    }

    #[test]
    fn an_address_is_noticed_and_an_at_sign_alone_is_not() {
        for text in ["écrire à c.essai@structure.example", "(accueil@exemple.fr)."] {
            assert!(holds_an_address(text), "{text}");
        }
        for text in ["rendez-vous @ la mairie", "@exemple", "deux postes à pourvoir"] {
            assert!(!holds_an_address(text), "{text}");
        }
    }
}
