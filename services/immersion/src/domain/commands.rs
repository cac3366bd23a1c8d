//! What can be asked of a convention, each intent with its rule right below.

mod amend;
mod course;
mod draft;
mod lapse;
mod recognise;
mod signing;
mod words;

use contracts::common::v1::Role;
use service::Context;
use uuid::Uuid;
use vocabulary::Refusal;

pub use amend::AmendConvention;
pub use course::{EndImmersion, InterruptImmersion, ReviewImmersion, StartImmersion};
pub use draft::DraftConvention;
pub use lapse::LapseConvention;
pub use recognise::{LookForSame, RecogniseConvention, TellApart};
pub(crate) use signing::fully_signed;
pub use signing::{
    ApproveConvention, CancelConvention, RejectConvention, SignConvention, ValidateConvention,
};
pub use words::{Details, Job, Objects, Terms};

pub use super::rules::RULES;
use super::{
    aggregate::State,
    rules::{CLOSED, OWN_CONVENTIONS, SIGNATURES, TOLD_ELSEWHERE},
};

/// Whoever is in the circle speaks of any convention of the person; an employer outside it, of those
/// where it welcomes, prescribes or accompanies.
fn own_convention(state: &State, context: &Context) -> Result<(), Refusal> {
    let actor = &context.actor;
    let in_circle =
        context.case().zip(actor.post_id).is_some_and(|(case, post)| case.circle.contains_key(&post));
    let parties = [state.host_id, state.prescriber_id, state.accompanying_id];
    let own = actor.organisation_id.is_some() && parties.contains(&actor.organisation_id);
    if actor.role == Role::EMPLOYEUR_SIAE && !in_circle && !own {
        return Err(OWN_CONVENTIONS.refuse(
            "Vous n’êtes pas dans le cercle de cette personne, et votre organisation n’est pas partie à cette convention. Adressez-vous au référent.",
        ));
    }
    Ok(())
}

/// What is told of a convention that another tool tells of is kept, and changes nothing of what that one says.
fn told_elsewhere(state: &State, context: &Context) {
    if state.same_as.is_some() {
        context.warn(&TOLD_ELSEWHERE);
    }
}

fn not_closed(state: &State) -> Result<(), Refusal> {
    if state.stage.is_closed() {
        return Err(CLOSED.refuse(
            "Cette convention est refusée, annulée ou restée sans suite : elle ne change plus. Rédigez-en une autre.",
        ));
    }
    Ok(())
}

fn all_signed(state: &State) -> Result<(), Refusal> {
    if state.fully_signed {
        return Ok(());
    }
    let missing: Vec<_> =
        state.missing().into_iter().map(|party| contracts::label_of(party.into())).collect();
    let detail =
        format!("Il manque encore des signatures : {}. Enregistrez-les d’abord.", missing.join(", "));
    Err(SIGNATURES.refuse(detail))
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
