//! The codes of public nomenclatures, and links, as they are written.

use vocabulary::{Refusal, Rule};

/// A ROME code is one.
pub const ROME: Rule = Rule::strict(
    "code.rome",
    "Un code ROME compte une lettre de A à N et quatre chiffres, comme K2204.",
    "France Travail, ROME 4.0",
);
/// A NAF code is one.
pub const NAF: Rule =
    Rule::strict("code.naf", "Un code NAF s’écrit 81.21Z, ou sa seule division : 81.", "Insee, NAF rév. 2");
/// An INSEE code is one.
pub const INSEE: Rule = Rule::strict(
    "code.commune",
    "Le code Insee d’une commune compte cinq caractères, comme 30007 ou 2A004.",
    "Insee, code officiel géographique",
);
/// A link leads to a page.
pub const LINK: Rule =
    Rule::strict("lien.adresse", "Un lien commence par https:// ou http://, sans espace.", "usage");

/// Whether it is a ROME code.
pub fn is_rome(code: &str) -> bool {
    code.len() == 5
        && code.starts_with(|letter: char| matches!(letter, 'A'..='N'))
        && code.bytes().skip(1).all(|digit| digit.is_ascii_digit())
}

/// Whether it is a NAF code, or the beginning of one.
pub fn is_naf(code: &str) -> bool {
    let (division, rest) = code.split_once('.').unwrap_or((code, ""));
    let digits = rest.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
    let numeric = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    division.len() == 2
        && numeric(division)
        && numeric(digits)
        && matches!((digits.len(), rest.len() - digits.len()), (0..=2, 0) | (2, 1))
        && (rest.is_empty() != code.contains('.'))
}

/// Whether it is the INSEE code of a commune.
pub fn is_insee(code: &str) -> bool {
    code.len() == 5
        && code.is_ascii()
        && (code.starts_with("2A") || code.starts_with("2B") || code.as_bytes()[..2].is_ascii_digits())
        && code.as_bytes()[2..].is_ascii_digits()
}

trait Digits {
    fn is_ascii_digits(&self) -> bool;
}

impl Digits for [u8] {
    fn is_ascii_digits(&self) -> bool {
        self.iter().all(u8::is_ascii_digit)
    }
}

/// Whether it is the address of a page.
pub fn is_link(link: &str) -> bool {
    (link.starts_with("https://") || link.starts_with("http://")) && !link.contains(char::is_whitespace)
}

/// The ROME code, or none.
///
/// # Errors
/// When it is not one.
pub fn rome(code: &str, pointer: &'static str) -> Result<String, Refusal> {
    read(code, is_rome, &ROME, "Ce code ROME n’en est pas un. Corrigez-le, ou laissez-le vide.", pointer)
}

/// The NAF code, or none.
///
/// # Errors
/// When it is not one.
pub fn naf(code: &str, pointer: &'static str) -> Result<String, Refusal> {
    read(code, is_naf, &NAF, "Ce code NAF n’en est pas un. Corrigez-le, ou laissez-le vide.", pointer)
}

/// The INSEE code of a commune, or none.
///
/// # Errors
/// When it is not one.
pub fn insee(code: &str, pointer: &'static str) -> Result<String, Refusal> {
    let detail =
        "Ce code Insee n’en est pas un (ce n’est pas le code postal). Corrigez-le, ou laissez-le vide.";
    read(code, is_insee, &INSEE, detail, pointer)
}

/// The address of a page, or none.
///
/// # Errors
/// When it is not one.
pub fn link(link: &str, pointer: &'static str) -> Result<String, Refusal> {
    read(link, is_link, &LINK, "Ce lien n’en est pas un. Corrigez-le, ou laissez-le vide.", pointer)
}

fn read(
    text: &str,
    is: fn(&str) -> bool,
    rule: &Rule,
    detail: &'static str,
    pointer: &'static str,
) -> Result<String, Refusal> {
    match text.trim() {
        text if text.is_empty() || is(text) => Ok(text.to_owned()),
        _ => Err(rule.refuse(detail).at(pointer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_published() {
        for right in ["K2204", "A1101", "N4105"] {
            assert!(is_rome(right), "{right}");
        }
        for wrong in ["k2204", "Z1101", "K220", "K22045", "K22O4", ""] {
            assert!(!is_rome(wrong), "{wrong}");
        }
        for right in ["81", "81.2", "81.21", "81.21Z"] {
            assert!(is_naf(right), "{right}");
        }
        for wrong in ["8", "8121Z", "81.", "81.2Z", "81.21ZZ", "8A.21Z", "81.211"] {
            assert!(!is_naf(wrong), "{wrong}");
        }
        for right in ["30007", "2A004", "31555"] {
            assert!(is_insee(right), "{right}");
        }
        for wrong in ["3000", "300077", "2C004", "ABCDE", "3É07"] {
            assert!(!is_insee(wrong), "{wrong}");
        }
        assert!(is_link("https://candidat.francetravail.fr/offres/1"));
        for wrong in ["javascript:alert(1)", "exemple.fr", "https://a b"] {
            assert!(!is_link(wrong), "{wrong}");
        }
    }
}
