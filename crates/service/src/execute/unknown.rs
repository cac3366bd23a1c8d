//! The one answer to whatever names nothing the caller may know of.

use access::CaseView;
use contracts::Facts as _;
use journal::JournalError;
use uuid::Uuid;

use super::{READ, Request, Target};
use crate::{
    BoxError,
    command::{Command, Context, Domain, Event, Needs, State},
    known::CaseStanding,
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
    command: &C,
    request: &Request,
) -> Result<Problem, BoxError> {
    if <C::Aggregate as Domain>::PERSON {
        // Of a case that was looked for in vain, as much was read already.
        if !matches!(target, Target::New { .. }) {
            runtime.case_standing(Uuid::nil()).await?;
        }
        let view = runtime.view(&request.actor, None, request.now).await?;
        return as_unknown(runtime, target, command, request, &view).await;
    }
    Ok(Problem::not_found(called::<C>(target)))
}

/// The same, once it is known what links whoever asks to nothing.
pub(super) async fn as_unknown<C: Command>(
    runtime: &Runtime,
    target: Target,
    command: &C,
    request: &Request,
    view: &CaseView,
) -> Result<Problem, BoxError> {
    // What is decided changes nothing, but that whoever only lacks a second factor is told so.
    let allowed = runtime.policies.decide(&request.actor, C::NAME, Some(view));
    let _ = runtime.policies.may(&request.actor, READ, Some(view));
    if let Err(denied) = &allowed
        && denied.second_factor
    {
        return Ok(Problem::second_factor());
    }
    if allowed.is_ok() {
        let mut needs = command.needs(&State::<C>::default());
        if needs.own_organisation {
            needs.organisations.extend(request.actor.organisation_id);
        }
        is_tied(runtime, command, &CaseStanding::default(), &needs, request).await?;
    }
    Ok(Problem::not_found(called::<C>(target)))
}

/// Whether whoever asks, outside the circle and no party, has to do with the person otherwise.
pub(super) async fn is_tied<C: Command>(
    runtime: &Runtime,
    command: &C,
    case: &CaseStanding,
    needs: &Needs,
    request: &Request,
) -> Result<bool, BoxError> {
    if !C::TIED {
        return Ok(false);
    }
    // Nothing of the person is opened for this.
    let needs = Needs { birth_date: false, opened: None, of_case: None, ..needs.clone() };
    let known = runtime.gather(Some(case.clone()), &needs).await?;
    let context = Context::new(request.now, request.actor.clone(), Uuid::nil(), Uuid::nil(), known);
    Ok(command.is_tied(&context))
}

/// How what a command is about is called when it is not found.
pub(super) fn called<C: Command>(target: Target) -> &'static str {
    match target {
        Target::Existing(_) => <C::Aggregate as Domain>::CALLED,
        _ => "ce dossier",
    }
}
