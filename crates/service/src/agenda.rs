//! Agendas at work: the read model behind each, and the worker that applies what is due.

use std::{collections::HashMap, marker::PhantomData, sync::Arc, time::Duration};

use access::Actor;
use contracts::Recorded;
use futures::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use projections::{AnyProjection, Poison, Projection, Table, erased};
use serde_json::Value;
use tokio::time::Instant;
use tokio_postgres::{Transaction, types::Json};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;
use vocabulary::ids::derived;

use crate::{
    BoxError, Command, Problem, Runtime,
    due::Agenda,
    execute::{Outcome, Request, Target, execute},
};

/// Who states what the clock and the facts call for.
const CLOCK: Actor = Actor::system("clock");
/// How many dues are taken at once.
const AT_ONCE: i64 = 200;
/// How long the worker rests when nothing is due and no fact comes.
const REST: Duration = Duration::from_secs(1);
/// The same in the demonstration, whose time moves fast.
const SHORT_REST: Duration = Duration::from_millis(20);

struct Model<A> {
    due: &'static str,
    tables: &'static [Table],
    ddl: &'static str,
    agenda: PhantomData<fn() -> A>,
}

impl<A: Agenda> Model<A> {
    /// Built once a process: its texts live as long as it does.
    fn new() -> Self {
        let due: &'static str = Box::leak(format!("{}_due", A::NAME).into_boxed_str());
        let ddl = format!(
            "create table {name} (key uuid primary key, body jsonb not null);
             create table {due} (key uuid not null, target uuid not null, at timestamptz not null,
                 command text not null, body jsonb not null, cause bigint not null);
             create index on {due} (at, cause);
             create index on {due} (key);",
            name = A::NAME,
        );
        Self {
            due,
            tables: Box::leak(Box::new([Table::hidden(A::NAME), Table::hidden(due)])),
            ddl: Box::leak(ddl.into_boxed_str()),
            agenda: PhantomData,
        }
    }
}

impl<A: Agenda> Projection for Model<A> {
    type State = A::State;

    fn name(&self) -> &'static str {
        A::NAME
    }

    fn version(&self) -> u32 {
        A::VERSION
    }

    fn tables(&self) -> &'static [Table] {
        self.tables
    }

    fn ddl(&self) -> &'static str {
        self.ddl
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        A::key(fact)
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, A::State>, tokio_postgres::Error> {
        let sql = format!("select key, body from {} where key = any($1)", A::NAME);
        let rows = tx.query(&sql, &[&keys]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<A::State>>(1)?.0))).collect()
    }

    fn fresh(&self, _key: Uuid) -> A::State {
        A::State::default()
    }

    fn fold(&self, state: &mut A::State, fact: &Recorded) -> Result<(), Poison> {
        A::fold(state, fact).map_err(Poison::new)
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, A::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let bodies: Vec<Json<&A::State>> = states.iter().map(|(_, state)| Json(state)).collect();
        let dues: Vec<_> =
            states.iter().flat_map(|(key, state)| A::due(state).into_iter().map(|due| (*key, due))).collect();
        let (documents, due) = (A::NAME, self.due);
        tx.execute(
            &format!(
                "insert into {documents} select * from unnest($1::uuid[], $2::jsonb[])
                 on conflict (key) do update set body = excluded.body"
            ),
            &[&keys, &bodies],
        )
        .await?;
        tx.execute(&format!("delete from {due} where key = any($1)"), &[&keys]).await?;
        tx.execute(
            &format!(
                "insert into {due}
                 select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::jsonb[], $6::bigint[])"
            ),
            &[
                &dues.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
                &dues.iter().map(|(_, due)| due.target).collect::<Vec<_>>(),
                &dues.iter().map(|(_, due)| due.at).collect::<Vec<_>>(),
                &dues.iter().map(|(_, due)| due.command).collect::<Vec<_>>(),
                &dues.iter().map(|(_, due)| due.body.clone()).collect::<Vec<_>>(),
                &dues.iter().map(|(_, due)| due.cause).collect::<Vec<_>>(),
            ],
        )
        .await?;
        Ok(())
    }
}

/// How a due is done: on that aggregate, with that body, as that request.
pub type Run = fn(Arc<Runtime>, Uuid, Value, Request) -> BoxFuture<'static, Result<Outcome, Problem>>;

/// An agenda, and how each of its commands is applied.
#[derive(Clone)]
pub struct AgendaHandle {
    /// The read model.
    pub projection: Arc<dyn AnyProjection>,
    /// Its name.
    pub name: &'static str,
    runs: HashMap<&'static str, Run>,
}

impl std::fmt::Debug for AgendaHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgendaHandle").field("name", &self.name).finish_non_exhaustive()
    }
}

/// That agenda; tell it its commands with [`AgendaHandle::runs`].
pub fn agenda<A: Agenda>() -> AgendaHandle {
    AgendaHandle { projection: erased(Model::<A>::new()), name: A::NAME, runs: HashMap::new() }
}

async fn run<C: Command>(
    runtime: Arc<Runtime>,
    target: Target,
    body: Value,
    request: Request,
) -> Result<Outcome, Problem> {
    let command: C = serde_json::from_value(body).map_err(|error| Problem::internal(&error))?;
    execute(&runtime, target, command, request).await
}

struct Row {
    target: Uuid,
    at: Timestamp,
    command: String,
    body: Value,
    cause: i64,
    command_id: Uuid,
}

impl AgendaHandle {
    /// With that command, on aggregates that exist.
    #[must_use]
    pub fn runs<C: Command>(mut self) -> Self {
        self.runs.insert(C::NAME, |runtime, target, body, request| {
            run::<C>(runtime, Target::Existing(target), body, request).boxed()
        });
        self
    }

    /// With that command, on aggregates that begin when need be.
    #[must_use]
    pub fn begins<C: Command>(mut self) -> Self {
        self.runs.insert(C::NAME, |runtime, id, body, request| {
            run::<C>(runtime, Target::Begun { id }, body, request).boxed()
        });
        self
    }

    /// With that command, done otherwise than by stating it alone: whatever it does besides may be done again.
    #[must_use]
    pub fn does(mut self, command: &'static str, run: Run) -> Self {
        self.runs.insert(command, run);
        self
    }

    /// Applies what is due, for as long as the process lives. Two workers on one agenda do no harm.
    pub async fn work(self, runtime: Arc<Runtime>, cancel: CancellationToken) {
        let mut moved = runtime.positions.watch(self.name);
        let rest = if runtime.config.demonstration { SHORT_REST } else { REST };
        while !cancel.is_cancelled() {
            match self.round(&runtime).await {
                Ok(0) => {
                    tokio::select! {
                        () = cancel.cancelled() => return,
                        _ = tokio::time::timeout(rest, moved.changed()) => {}
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(agenda = self.name, error = %error, "the agenda could not be worked on; trying again");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Applies what is due now; returns how many were applied or refused.
    ///
    /// # Errors
    /// When the agenda cannot be read, or a command met a broken machine.
    pub async fn round(&self, runtime: &Arc<Runtime>) -> Result<usize, BoxError> {
        let rows = self.due_now(runtime).await?;
        let mut last = 0;
        let count = rows.len();
        for row in rows {
            last = last.max(self.apply(runtime, row).await?);
        }
        // What was just stated removes its due; until then it would only be found done.
        let _ = runtime.positions.wait(self.name, last, Instant::now() + Duration::from_secs(2)).await;
        Ok(count)
    }

    async fn due_now(&self, runtime: &Runtime) -> Result<Vec<Row>, BoxError> {
        let client = runtime.machinery.get().await?;
        let mut until = runtime.clock.now();
        if runtime.config.demonstration
            && let Some(row) = client.query_opt("select now from service.demonstration", &[]).await?
        {
            until = row.try_get(0)?;
        }
        let sql = format!(
            "select target, at, command, body, cause from read.{}_due where at <= $1 order by at, cause limit $2",
            self.name
        );
        let statement = client.prepare_cached(&sql).await?;
        let mut rows = Vec::new();
        for row in client.query(&statement, &[&until, &AT_ONCE]).await? {
            let (target, command, cause): (Uuid, String, i64) =
                (row.try_get(0)?, row.try_get(2)?, row.try_get(4)?);
            let names = [self.name.as_bytes(), target.as_bytes(), command.as_bytes(), &cause.to_be_bytes()];
            let command_id = derived(&names);
            rows.push(Row { target, at: row.try_get(1)?, command, body: row.try_get(3)?, cause, command_id });
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.command_id).collect();
        let refused = client
            .query("select command_id from service.due_refused where command_id = any($1)", &[&ids])
            .await?;
        let refused: Vec<Uuid> = refused.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        rows.retain(|row| !refused.contains(&row.command_id));
        runtime.metrics.due_pending.set(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        Ok(rows)
    }

    async fn apply(&self, runtime: &Arc<Runtime>, row: Row) -> Result<i64, BoxError> {
        let Some(run) = self.runs.get(row.command.as_str()) else {
            return Err(format!("the agenda {} does not know {}", self.name, row.command).into());
        };
        let cause = runtime.journal.at(&[row.cause]).await?.into_iter().next();
        let metadata = cause.as_ref().and_then(|fact| fact.metadata().ok()).unwrap_or_default();
        // The trace of the command that began it all goes on here.
        let span = tracing::info_span!("reaction", agenda = self.name, command = row.command);
        telemetry::context::set_parent(&span, &metadata.traceparent);
        let now = runtime.clock.now();
        let request = Request {
            actor: CLOCK,
            command_id: row.command_id,
            // The demonstration tells the past: what was due then was done then.
            now: if runtime.config.demonstration { now.min(row.at) } else { now },
            if_match: None,
            correlation_id: metadata.correlation_id.parse().ok(),
            causation_id: cause.map(|fact| fact.event_id),
            source: None,
            confirmed: false,
        };
        let done = run(runtime.clone(), row.target, row.body.clone(), request).instrument(span);
        match done.await {
            Ok(outcome) => Ok(outcome.position),
            Err(problem) if problem.status.is_server_error() => Err(problem.detail.into()),
            Err(problem) => {
                self.remember_refused(runtime, &row, &problem).await?;
                Ok(0)
            }
        }
    }

    async fn remember_refused(
        &self,
        runtime: &Runtime,
        row: &Row,
        problem: &Problem,
    ) -> Result<(), BoxError> {
        let rule = problem.rule.clone().unwrap_or_else(|| problem.kind.clone());
        tracing::info!(agenda = self.name, command = row.command, rule = %rule, "a due was refused");
        let client = runtime.pool.get().await?;
        client
            .execute(
                "insert into service.due_refused values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                &[&row.command_id, &self.name, &row.command, &row.target, &&*rule, &runtime.clock.now()],
            )
            .await?;
        Ok(())
    }
}
