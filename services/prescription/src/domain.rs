//! The prescription: its facts, its state, its commands. Beside it, the PASS IAE of a person.

pub mod aggregate;
pub mod commands;
pub mod pass;

pub use contracts::{events::Prescription as Event, prescription::v1::*};
use service::Context;
use vocabulary::{Rule, texts::holds_a_private_number};

/// A text that holds a number it should not.
pub const PRIVATE_TEXT: Rule = Rule::soft(
    "prescription.numero-personnel",
    "Un texte semble contenir un numéro de sécurité sociale ou de téléphone : retirez-le s’il n’est pas indispensable.",
    "RGPD, article 5",
);

/// Warns when one of these texts seems to hold such a number.
fn notice<'a>(context: &Context, texts: impl IntoIterator<Item = &'a str>) {
    if texts.into_iter().any(holds_a_private_number) {
        context.warn(&PRIVATE_TEXT);
    }
}

/// Whether our rules judge what this actor says: the word of a tool that is the authority stands.
fn judged(context: &Context) -> bool {
    context.actor.system.is_none()
}
