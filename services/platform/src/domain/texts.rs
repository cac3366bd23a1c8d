//! What everyone on a platform may read names nobody, and says how to reach nobody.

use vocabulary::{Refusal, Rule, texts};

/// A text that everyone reads holds no contact.
pub const NAMES_NOBODY: Rule = Rule::strict(
    "texte.coordonnees",
    "Un texte que toute la plateforme lit ne porte ni téléphone, ni adresse électronique, ni numéro de sécurité sociale.",
    "CASF, L. 345-1 ; minimisation",
);
/// The text without its outer blanks.
///
/// # Errors
/// When it seems to hold a telephone number, an e-mail address or a social security number.
pub fn plain(text: &str, pointer: &'static str) -> Result<String, Refusal> {
    let text = text.trim();
    if texts::private(text).is_some() {
        return Err(NAMES_NOBODY
            .refuse("Ce texte semble contenir un téléphone, une adresse électronique ou un numéro de sécurité sociale. Retirez-le : toute la plateforme lit ce texte.")
            .at(pointer));
    }
    Ok(text.to_owned())
}

/// The same for a list; what is blank is left out.
///
/// # Errors
/// As [`plain`].
pub fn plain_list(list: &[String], pointer: &'static str) -> Result<Vec<String>, Refusal> {
    list.iter().filter(|text| !text.trim().is_empty()).map(|text| plain(text, pointer)).collect()
}
