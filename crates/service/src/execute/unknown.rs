//! The one answer to whatever names nothing the caller may know of.

use contracts::Facts as _;
use journal::JournalError;
use uuid::Uuid;

use super::{READ, Request, Target};
use crate::{
    command::{Command, Domain, Event},
    problem::Problem,
    runtime::Runtime,
};

/// Whether that id is of something else than what the command is about: it names none of these.
pub(super) async fn is_another<C: Command>(runtime: &Runtime, stream_id: Uuid) -> Result<bool, JournalError> {
    let first = runtime.journal.stream(stream_id, 1).await?;
    Ok(first.first().is_some_and(|fact| fact.kind.aggregate().code != Event::<C>::aggregate().code))
}

/// What is unknown takes the work of what is hidden, and has its answer.
pub(super) async fn unknown<C: Command>(
    runtime: &Runtime,
    target: Target,
    request: &Request,
) -> Result<Problem, JournalError> {
    if <C::Aggregate as Domain>::PERSON {
        runtime.case_standing(Uuid::nil()).await?;
        let view = runtime.view(&request.actor, None, request.now).await?;
        // What it decides changes nothing.
        let _ = runtime.policies.may(&request.actor, C::NAME, Some(&view));
        let _ = runtime.policies.may(&request.actor, READ, Some(&view));
    }
    Ok(Problem::not_found(called::<C>(target)))
}

/// How what a command is about is called when it is not found.
pub(super) fn called<C: Command>(target: Target) -> &'static str {
    match target {
        Target::Existing(_) => <C::Aggregate as Domain>::CALLED,
        _ => "ce dossier",
    }
}
