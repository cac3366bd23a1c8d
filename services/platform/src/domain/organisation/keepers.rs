//! Who keeps the card of an organisation, its mandates and its posts.

use contracts::common::v1::Role;
use service::{Context, Needs};
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use crate::views::{MEMBERSHIPS, Membership};

/// An animator keeps the organisations of their platforms, and no other.
pub const KEPT_BY: Rule = Rule::strict(
    "organisation.hors-plateforme",
    "Un animateur tient à jour son organisation et celles dont toutes les plateformes sont les siennes.",
    "usage",
);

/// What tells of which platforms an organisation is a member, and that of whoever asks.
pub fn needs(organisation: Option<Uuid>) -> Needs {
    Needs { documents: Some((MEMBERSHIPS, organisation.into_iter().collect())), ..Needs::default() }
}

/// Refuses an animator who is at home in none of its platforms, or only in some: an organisation brought into a
/// platform stays the business of those it was in before.
///
/// # Errors
/// When that organisation is not theirs to keep.
pub fn kept(organisation: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let own = context.actor.organisation_id;
    if context.actor.role != Role::ANIMATEUR_PLATEFORME || own.is_some() && own == organisation {
        return Ok(());
    }
    let all = context.documents::<Membership>();
    let of = |id: Option<Uuid>| {
        let found = all.iter().find(|(key, _)| Some(*key) == id);
        found.map(|(_, membership)| membership.platforms.clone()).unwrap_or_default()
    };
    let (theirs, asked) = (of(own), of(organisation));
    if !asked.is_empty() && asked.is_subset(&theirs) {
        return Ok(());
    }
    Err(KEPT_BY.refuse(
        "Cette organisation n’est pas, ou pas seulement, de vos plateformes. Demandez-le à un administrateur, ou faites-la d’abord entrer dans votre plateforme si elle n’est d’aucune.",
    ))
}
