//! The one path of every command: load, ask the policy, read what the rule needs, decide, append.

use std::sync::Arc;

use access::{Actor, Allowed};
use contracts::common::v1::{Metadata, Source};
use eventually::{
    AggregateRootBuilder, Repository, repository::Error as RepositoryError, versioning::Versioned as _,
};
use jiff::Timestamp;
use journal::{JournalError, JournalStore, Stamp};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;
use uuid::Uuid;
use vocabulary::{Refusal, Warning, clock::day_in_paris, ids::derived};

use crate::{
    command::{Command, Context, Domain, Event, Intent, Root},
    known::CaseStanding,
    problem::Problem,
    runtime::Runtime,
};

mod dates;
mod unknown;

pub use dates::RULES;
use dates::{check_dates, mark_unusual};
use unknown::{called, is_another, unknown};

/// What knowing of a case is called in the policies.
const READ: &str = "case.read";

/// How many times a command is decided again when others write the same aggregate.
const ATTEMPTS: u32 = 16;

/// What a command is about.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// An aggregate that exists.
    Existing(Uuid),
    /// A new one, in that case when it is about a person.
    New {
        /// The person's case; nothing for a new case, and for what is about no person.
        case_id: Option<Uuid>,
    },
    /// A new one whose id is already known, from another tool's own reference.
    Named {
        /// Its id.
        id: Uuid,
        /// The person's case.
        case_id: Option<Uuid>,
    },
    /// The one of that id, which begins now unless it has begun.
    Begun {
        /// Its id, which follows from what it is about.
        id: Uuid,
    },
}

/// Everything beside a command's body.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// The command's id: the same one is applied once.
    pub command_id: Uuid,
    /// The instant.
    pub now: Timestamp,
    /// The version the caller decided on, when they said it.
    pub if_match: Option<u32>,
    /// The conversation; the command itself when it begins one.
    pub correlation_id: Option<Uuid>,
    /// The fact that caused it.
    pub causation_id: Option<Uuid>,
    /// The tool it was first said in.
    pub source: Option<Source>,
}

impl Request {
    /// A request of that actor, at that instant, whose id follows from the actor and a key of theirs.
    pub fn keyed(actor: Actor, key: &str, now: Timestamp) -> Self {
        let command_id = derived(&[actor.key().as_bytes(), key.as_bytes()]);
        Self {
            actor,
            command_id,
            now,
            if_match: None,
            correlation_id: None,
            causation_id: None,
            source: None,
        }
    }
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The aggregate.
    pub id: Uuid,
    /// Its version.
    pub version: u32,
    /// Position of its last fact: a query with `min_position` sees it.
    pub position: i64,
    /// Soft rules it departs from.
    pub warnings: Vec<Warning>,
    /// True when nothing had to be done: already so, or the same command had been applied.
    pub repeated: bool,
}

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
    let mut conflict = JournalError::Conflict { actual: 0 };
    for _ in 0..ATTEMPTS {
        match attempt(runtime, target, command.clone(), request, &fingerprint).await {
            Err(Failed::Store(error @ JournalError::Conflict { .. })) => conflict = error,
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
    Err(conflict.into())
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
        return Err(unknown::<C>(runtime, target, request).await?.into());
    }
    let mut root = loaded?;
    let version = root.version();
    check_exists::<C>(runtime, target, version, request).await?;

    let (standing, mut needs) = (standing::<C>(runtime, &store, request).await?, command.needs(root.state()));
    if needs.own_organisation {
        needs.organisations.extend(request.actor.organisation_id);
    }
    let allowed = match &standing {
        Some(case) => check_access::<C>(runtime, target, request, case).await?,
        None => may,
    };
    check_version(version, request.if_match)?;
    check_dates(runtime, &*command, request, standing.as_ref()).await?;
    let known = runtime.gather(standing, &needs).await?;
    let fresh = runtime.ids.next(request.now);
    let context = Arc::new(Context::new(request.now, request.actor.clone(), stream_id, fresh, known));
    if !<C::Aggregate as Domain>::IS_CASE {
        mark_unusual(&context, command.occurred_on());
    }
    root.handle(Intent::of(command, context.clone())).await.map_err(Failed::Refused)?;
    let warnings = context.warnings();
    store.complete(|stamp| {
        stamp.metadata.policy = allowed.digest.to_string();
        stamp.metadata.warnings = warnings.iter().map(|warning| warning.rule.to_owned()).collect();
    });
    let span = tracing::info_span!("append", otel.name = format!("append {}", C::NAME));
    repository.add(root).instrument(span).await.map_err(failed)?;
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
    request: &Request,
) -> Result<(), Failed> {
    match target {
        Target::Existing(_) if version == 0 => Err(unknown::<C>(runtime, target, request).await?.into()),
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
    request: &Request,
) -> Result<Option<CaseStanding>, Failed> {
    if !<C::Aggregate as Domain>::PERSON {
        return Ok(None);
    }
    let Some(case_id) = store.case_id() else { return Ok(None) };
    let standing = runtime.case_standing(case_id).await?;
    if standing.is_none() && !<C::Aggregate as Domain>::IS_CASE {
        return Err(unknown::<C>(runtime, Target::New { case_id: Some(case_id) }, request).await?.into());
    }
    Ok(standing)
}

/// Asks the policies about that case. To whoever may not even know of it, it is as if there were none.
async fn check_access<C: Command>(
    runtime: &Runtime,
    target: Target,
    request: &Request,
    case: &CaseStanding,
) -> Result<Allowed, Failed> {
    let actor = &request.actor;
    let view = runtime.view(actor, Some(case), request.now).await?;
    runtime.policies.decide(actor, C::NAME, Some(&view)).map_err(|denied| {
        let knows = runtime.policies.may(actor, READ, Some(&view)).is_ok();
        if knows { Problem::from(denied) } else { Problem::not_found(called::<C>(target)) }.into()
    })
}
