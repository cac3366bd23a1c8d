//! Who speaks for a platform: its members.

use contracts::common::v1::Role;
use service::{Context, Domain as _};
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    Event,
    aggregate::{Platform, State},
};

/// What a platform does is stated by its members.
pub const MEMBERS: Rule = Rule::strict(
    "plateforme.membre",
    "Ce que fait une plateforme est enregistré par les organisations qui en sont membres.",
    "usage",
);
/// The organisations that a fact names are known.
pub const KNOWN: Rule =
    Rule::strict("plateforme.organisation-citee", "Une organisation citée est inscrite dans Jalon.", "usage");

/// How a platform stands, from its facts, which the command asked for.
pub fn standing(platform_id: Uuid, context: &Context) -> State {
    context.facts::<Event>(platform_id).into_iter().fold(State::default(), Platform::apply)
}

/// Refuses whoever is not a member of that platform; what a system imports is for a platform that exists.
///
/// # Errors
/// When the platform is unknown, or the actor's organisation is no member of it.
pub fn by_a_member(platform_id: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    let platform = platform_id.map(|id| standing(id, context)).unwrap_or_default();
    if platform.members.is_empty() {
        return Err(MEMBERS.refuse("Jalon ne connaît pas cette plateforme. Vérifiez son identifiant."));
    }
    let own = context.actor.organisation_id;
    if context.actor.system.is_some() || own.is_some_and(|own| platform.members.contains_key(&own)) {
        return Ok(());
    }
    Err(MEMBERS.refuse(
        "Votre organisation n’est pas membre de cette plateforme. Demandez à qui l’anime de l’y faire entrer.",
    ))
}

/// An animator keeps the members and the choices of the platforms their organisation is a member of.
pub const ANIMATED: Rule = Rule::strict(
    "plateforme.autre",
    "Un animateur tient à jour les plateformes dont son organisation est membre, et aucune autre.",
    "usage",
);

/// Refuses an animator whose organisation is no member of that platform.
///
/// # Errors
/// When the platform is not theirs.
pub fn animated(state: &State, context: &Context) -> Result<(), Refusal> {
    let member = context.actor.organisation_id.is_some_and(|own| state.members.contains_key(&own));
    if context.actor.role == Role::ANIMATEUR_PLATEFORME && !member {
        return Err(ANIMATED.refuse(
            "Votre organisation n’est pas membre de cette plateforme. Demandez-le à qui l’anime, ou à un administrateur.",
        ));
    }
    Ok(())
}

/// The id as it is written in a fact; empty when there is none.
///
/// # Errors
/// When Jalon does not know that organisation.
pub fn known(id: Option<Uuid>, pointer: &'static str, context: &Context) -> Result<String, Refusal> {
    match id {
        Some(id) if context.organisation(id).is_none() => Err(KNOWN
            .refuse(
                "Jalon ne connaît pas cette organisation. Inscrivez-la d’abord, ou laissez ce champ vide.",
            )
            .at(pointer)),
        id => Ok(id.map(|id| id.to_string()).unwrap_or_default()),
    }
}

/// The ids as they are written in a fact, each once.
///
/// # Errors
/// When Jalon does not know one of them.
pub fn all_known(ids: &[Uuid], pointer: &'static str, context: &Context) -> Result<Vec<String>, Refusal> {
    let mut unique = Vec::new();
    for id in ids {
        let id = known(Some(*id), pointer, context)?;
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    Ok(unique)
}
