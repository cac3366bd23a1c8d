//! The one path of every command: load, ask the policy, read what the rule needs, decide, append.
//!
//! Whoever was overtaken is judged again. What an aggregate says is compared by its version; where a rule goes by what
//! several aggregates of a person say (`Needs::fresh`), the append is refused if anything about the case was recorded
//! since they were read. Nobody holds anything that another would wait for: a process that is slow, or dies, or loses
//! its database in the middle keeps no one waiting, and two that are asked at the same time never both pass.

use std::sync::Arc;

use access::{Allowed, CaseView, Statement};
use contracts::{Class, common::v1::Metadata};
use eventually::{
    AggregateRootBuilder, Repository, repository::Error as RepositoryError, versioning::Versioned as _,
};
use journal::{JournalError, JournalStore, Stamp};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, Warning, clock::day_in_paris};

use crate::{
    command::{Command, Context, Domain, Event, Intent, Needs, Root},
    known::CaseStanding,
    problem::Problem,
    reading::Reading,
    runtime::Runtime,
    search::has_twin,
};

mod dates;
mod personal;
mod request;
mod texts;
mod unknown;

pub use dates::NOT_BEFORE_BIRTH;
use dates::{check_dates, mark_unusual};
pub use personal::Personal;
pub use request::{Outcome, Request, Target};
use texts::check_texts;
pub(crate) use texts::{CONFIRM, CONFIRMED};
pub use texts::{TO_CONFIRM, found};
use unknown::{as_unknown, called, is_another, is_tied, unknown};

/// What knowing of a case is called in the policies.
const READ: &str = "case.read";

/// The rules of every command.
pub const RULES: &[&Rule] = &[
    &dates::NOT_TO_COME,
    &dates::NOT_BEFORE_BIRTH,
    &dates::TOLD_AFTER_CLOSING,
    &dates::BEFORE_OPENING,
    &texts::NO_SOCIAL_SECURITY,
    &texts::CONFIRM_CONTACT,
];

/// How many times a command is decided again when others write the same aggregate, or about the same case.
const ATTEMPTS: u32 = 16;

/// Applies a command.
///
/// # Errors
/// A problem ready to be answered: refused, denied, unknown, in conflict, unavailable.
pub async fn execute<C: Command>(
    runtime: &Runtime,
    target: Target,
    command: C,
    request: Request,
) -> Result<Outcome, Problem> {
    let span = tracing::info_span!("command", command = C::NAME);
    let started = std::time::Instant::now();
    let result = attempts(runtime, target, Arc::new(command), &request).instrument(span).await;
    let outcome = match &result {
        Ok(outcome) if outcome.repeated => "repeated",
        Ok(_) => "applied",
        Err(problem) if problem.status.is_server_error() => "failed",
        Err(_) => "refused",
    };
    let seconds = started.elapsed().as_secs_f64();
    runtime.metrics.command_duration_seconds.with_label_values(&[C::NAME, outcome]).observe(seconds);
    result
}

async fn attempts<C: Command>(
    runtime: &Runtime,
    target: Target,
    command: Arc<C>,
    request: &Request,
) -> Result<Outcome, Problem> {
    let fingerprint = fingerprint(&*command, target)?;
    let mut overtaken = JournalError::Conflict { actual: 0 };
    for _ in 0..ATTEMPTS {
        match attempt(runtime, target, command.clone(), request, &fingerprint).await {
            Err(Failed::Store(error @ (JournalError::Conflict { .. } | JournalError::Moved))) => {
                overtaken = error
            }
            Err(failed) => {
                // Whatever stands in its way now, a command that was applied gets its first answer.
                return match runtime.journal.command(request.command_id).await? {
                    Some((first, _)) if first != fingerprint => Err(JournalError::CommandReused.into()),
                    Some((_, done)) => Ok(Outcome {
                        id: done.stream_id,
                        version: done.version,
                        position: done.last_position(),
                        warnings: Vec::new(),
                        repeated: true,
                    }),
                    None => Err(failed.into()),
                };
            }
            Ok(outcome) => return Ok(outcome),
        }
    }
    Err(overtaken.into())
}

/// Why one attempt did not succeed.
enum Failed {
    Refused(Refusal),
    Store(JournalError),
    Problem(Problem),
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(refusal) => refusal.into(),
            Failed::Store(error) => error.into(),
            Failed::Problem(problem) => problem,
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self::Store(error)
    }
}

impl From<crate::BoxError> for Failed {
    fn from(error: crate::BoxError) -> Self {
        Self::Problem(error.into())
    }
}

type Store<C> = JournalStore<Event<C>>;

async fn attempt<C: Command>(
    runtime: &Runtime,
    target: Target,
    command: Arc<C>,
    request: &Request,
    fingerprint: &[u8],
) -> Result<Outcome, Failed> {
    // A role that may never do it learns so whatever it is about.
    let may = runtime.policies.decide(&request.actor, C::NAME, None).map_err(Problem::from)?;
    let (stream_id, case_id) = match target {
        Target::Existing(id) | Target::Begun { id } => (id, None),
        Target::New { case_id } => (runtime.ids.next(request.now), case_id),
        Target::Named { id, case_id } => (id, case_id),
    };
    let case_id = if <C::Aggregate as Domain>::IS_CASE { Some(stream_id) } else { case_id };
    let dated = command.clone();
    let store =
        store::<C>(runtime, &*command, request, case_id, fingerprint).dated(move |fact| dated.day_of(fact));
    let builder = AggregateRootBuilder::from(Root::<C::Aggregate>::default());
    let mut repository = Repository::new(builder, store.clone());
    let loaded = repository.get(stream_id).await.map_err(failed);
    if loaded.is_err() && is_another::<C>(runtime, stream_id).await? {
        return Err(unknown(runtime, target, &*command, request).await?.into());
    }
    let mut root = loaded?;
    let version = root.version();
    check_exists(runtime, target, version, &*command, request).await?;

    let standing = standing(runtime, &store, &*command, request).await?;
    let needs = completed(command.needs(root.state()), stream_id, request.actor.organisation_id);
    let (allowed, view) = match &standing {
        Some(case) => {
            let parties = <C::Aggregate as Domain>::parties(root.state());
            let party = request.actor.organisation_id.is_some_and(|own| parties.contains(&own));
            check_access(runtime, target, &*command, (case, party), &needs, request).await?
        }
        None => (may, None),
    };
    check_version(version, request.if_match)?;
    // Not before the policies have allowed it.
    store.ask_for_keys(stream_id, runtime.personal.of(C::NAME));
    check_dates(runtime, &*command, request, standing.as_ref()).await?;
    let mut known = runtime.gather(standing, &needs).await?;
    if let Some(case) = known.unmoved {
        store.unless_moved(case);
    }
    if let Some(who) = &needs.twin_of {
        let (reading, own) = (Reading::of(request.actor.clone(), C::NAME), known.case.as_ref());
        known.twin = has_twin(runtime, &reading, who, own.map(|case| case.case_id)).await?;
    }
    let fresh = runtime.ids.next(request.now);
    let context = Arc::new(Context::new(request.now, request.actor.clone(), stream_id, fresh, known));
    if !<C::Aggregate as Domain>::IS_CASE {
        mark_unusual(&context, command.occurred_on());
    }
    root.handle(Intent::of(command.clone(), context.clone())).await.map_err(Failed::Refused)?;
    check_stated(runtime, C::NAME, request, view.as_ref(), &context)?;
    check_texts(&*command, request, &context)?;
    let warnings = context.warnings();
    store.complete(|stamp| {
        stamp.metadata.policy = allowed.digest.to_string();
        stamp.metadata.warnings = warnings.iter().map(Warning::reference).collect();
    });
    let span = tracing::info_span!("append", otel.name = format!("append {}", C::NAME));
    repository.add(root).instrument(span).await.map_err(failed)?;
    runtime.personal.learn(C::NAME, store.personal());
    match store.appended() {
        Some(done) => Ok(Outcome {
            id: done.stream_id,
            version: done.version,
            position: done.last_position(),
            warnings,
            repeated: done.repeated,
        }),
        None => already_so(runtime, stream_id, version).await,
    }
}

/// Nothing had to be stated: the answer is where the aggregate stands.
async fn already_so(runtime: &Runtime, stream_id: Uuid, version: u32) -> Result<Outcome, Failed> {
    let last = runtime.journal.stream(stream_id, version).await?;
    let position = last.last().map_or(0, |fact| fact.position);
    Ok(Outcome { id: stream_id, version, position, warnings: Vec::new(), repeated: true })
}

fn failed(error: RepositoryError<Refusal, JournalError>) -> Failed {
    match error {
        RepositoryError::Aggregate(refusal) => Failed::Refused(refusal),
        RepositoryError::Store(error) => Failed::Store(error),
    }
}

fn store<C: Command>(
    runtime: &Runtime,
    command: &C,
    request: &Request,
    case_id: Option<Uuid>,
    fingerprint: &[u8],
) -> Store<C> {
    let metadata = Metadata {
        actor: request.actor.stated().into(),
        correlation_id: request.correlation_id.unwrap_or(request.command_id).to_string(),
        causation_id: request.causation_id.map(|id| id.to_string()).unwrap_or_default(),
        source: request.source.clone().map(Into::into).unwrap_or_default(),
        traceparent: telemetry::context::current_traceparent().unwrap_or_default(),
        ..Metadata::default()
    };
    let stamp = Stamp {
        command_id: request.command_id,
        fingerprint: fingerprint.to_vec(),
        case_id,
        occurred_on: command.occurred_on().unwrap_or_else(|| day_in_paris(request.now)),
        recorded_at: request.now,
        metadata,
    };
    JournalStore::new(runtime.journal.clone(), runtime.sealer.clone(), runtime.ids.clone(), stamp)
}

/// What tells this command from another one with the same id.
fn fingerprint<C: Command>(command: &C, target: Target) -> Result<Vec<u8>, Problem> {
    let body = serde_json::to_vec(command).map_err(|error| Problem::internal(&error))?;
    let about = match target {
        Target::Existing(id) | Target::Named { id, .. } | Target::Begun { id } => id,
        Target::New { case_id } => case_id.unwrap_or_default(),
    };
    let mut digest = Sha256::new();
    digest.update(C::NAME.as_bytes());
    digest.update(about.as_bytes());
    digest.update(&body);
    Ok(digest.finalize()[..16].to_vec())
}

async fn check_exists<C: Command>(
    runtime: &Runtime,
    target: Target,
    version: u32,
    command: &C,
    request: &Request,
) -> Result<(), Failed> {
    match target {
        Target::Existing(_) if version == 0 => Err(unknown(runtime, target, command, request).await?.into()),
        Target::New { .. } | Target::Named { .. } if version > 0 => {
            Err(Failed::Store(JournalError::Database("this aggregate exists already".into())))
        }
        _ => Ok(()),
    }
}

fn check_version(version: u32, if_match: Option<u32>) -> Result<(), Failed> {
    match if_match {
        Some(expected) if expected != version => Err(Problem::stale(version).into()),
        _ => Ok(()),
    }
}

/// The person's case, for a command about a person.
async fn standing<C: Command>(
    runtime: &Runtime,
    store: &Store<C>,
    command: &C,
    request: &Request,
) -> Result<Option<CaseStanding>, Failed> {
    if !<C::Aggregate as Domain>::PERSON {
        return Ok(None);
    }
    let Some(case_id) = store.case_id() else { return Ok(None) };
    let standing = runtime.case_standing(case_id).await?;
    if standing.is_none() && !<C::Aggregate as Domain>::IS_CASE {
        let target = Target::New { case_id: Some(case_id) };
        return Err(unknown(runtime, target, command, request).await?.into());
    }
    Ok(standing)
}

/// Asks the policies about that case. To whoever may not even know of it, it is as if there were none; but some are
/// asked for something from outside the circle, and answer.
async fn check_access<C: Command>(
    runtime: &Runtime,
    target: Target,
    command: &C,
    (case, party): (&CaseStanding, bool),
    needs: &Needs,
    request: &Request,
) -> Result<(Allowed, Option<CaseView>), Failed> {
    let actor = &request.actor;
    let view = runtime.view(actor, Some(case), request.now).await?;
    // Data that are limited are, to all but those who answer for them, those of nobody.
    if view.restricted && !view.own && runtime.policies.may(actor, READ, Some(&view)).is_err() {
        let nobody = CaseView { organisation: view.organisation, ..CaseView::stranger(request.now) };
        return Err(as_unknown(runtime, target, command, request, &nobody).await?.into());
    }
    let knows = || view.in_circle || view.own || runtime.policies.may(actor, READ, Some(&view)).is_ok();
    let statement = Statement { another: command.is_about_another(actor), classes: Vec::new() };
    match runtime.policies.decide_on(actor, C::NAME, Some(&view), &statement) {
        Ok(allowed) if knows() || party => Ok((allowed, Some(view))),
        Ok(allowed) if is_tied(runtime, command, case, needs, request).await? => Ok((allowed, Some(view))),
        // Whoever only lacks a second factor is told so, whether there is such a case or not.
        Err(denied) if denied.second_factor || knows() => Err(Problem::from(denied).into()),
        _ => Err(Problem::not_found(called::<C>(target)).into()),
    }
}

/// Asks the policies again, of what the facts hold: health and justice are not stated by everyone.
fn check_stated(
    runtime: &Runtime,
    name: &str,
    request: &Request,
    case: Option<&CaseView>,
    context: &Context,
) -> Result<(), Failed> {
    let classes = context.stated();
    let closed = classes.iter().any(|class| [Class::Health, Class::Judicial].contains(class));
    let Some(case) = case.filter(|_| closed) else { return Ok(()) };
    let statement = Statement { another: false, classes };
    let decision = runtime.policies.decide_on(&request.actor, name, Some(case), &statement);
    Ok(decision.map(drop).map_err(Problem::from)?)
}

/// What a rule needs, with what only the request tells.
fn completed(mut needs: Needs, stream_id: Uuid, own: Option<Uuid>) -> Needs {
    if needs.own_organisation {
        needs.organisations.extend(own);
    }
    if let Some((_, streams)) = &mut needs.opened {
        streams.push(stream_id);
    }
    if let Some((_, keys)) = &mut needs.documents {
        keys.extend([stream_id].into_iter().chain(own));
    }
    needs
}
