//! The diagnostic: its facts, its state, its commands. Beside it, the local services mobilised.

pub mod aggregate;
pub mod commands;
pub mod resource;

pub use contracts::{diagnostic::v1::*, events::Diagnostic as Event};
use service::Context;
use vocabulary::{Rule, texts::holds_a_private_number};

/// A text that holds a number it should not.
pub const PRIVATE_TEXT: Rule = Rule::soft(
    "diagnostic.numero-personnel",
    "Un texte semble contenir un numéro de sécurité sociale ou de téléphone : retirez-le s’il n’est pas indispensable.",
    "RGPD, article 5",
);

/// Warns when one of these texts seems to hold such a number.
fn notice<'a>(context: &Context, texts: impl IntoIterator<Item = &'a str>) {
    if texts.into_iter().any(holds_a_private_number) {
        context.warn(&PRIVATE_TEXT);
    }
}
