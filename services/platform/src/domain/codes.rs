//! The codes of public nomenclatures, and links, as they are written.

use vocabulary::{
    Refusal, Rule,
    codes::{is_commune, is_naf, is_rome},
};

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
    read(code, is_commune, &INSEE, detail, pointer)
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
    fn a_link_leads_to_a_page() {
        assert!(is_link("https://candidat.francetravail.fr/offres/1"));
        for wrong in ["javascript:alert(1)", "exemple.fr", "https://a b"] {
            assert!(!is_link(wrong), "{wrong}");
        }
    }
}
