//! Agendas at work: the read model behind each, and [`clock`], which applies what is due.

pub mod clock;

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use contracts::Recorded;
use futures::{FutureExt as _, future::BoxFuture};
use projections::{AnyProjection, Poison, Projection, Table, Transaction, document::load_bodies, erased};
use serde_json::Value;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

use crate::{
    Command, Problem, Runtime,
    due::Agenda,
    execute::{Outcome, Request, Target, execute},
};

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
        load_bodies(tx, A::NAME, keys).await
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
        let replace = format!(
            "insert into {documents} select * from unnest($1::uuid[], $2::jsonb[])
             on conflict (key) do update set body = excluded.body"
        );
        let (clear, fill) = (
            format!("delete from {due} where key = any($1)"),
            format!(
                "insert into {due} select * from
                 unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::jsonb[], $6::bigint[])"
            ),
        );
        let (of, targets): (Vec<_>, Vec<_>) = dues.iter().map(|(key, due)| (*key, due.target)).unzip();
        let (at, commands): (Vec<_>, Vec<_>) = dues.iter().map(|(_, due)| (due.at, due.command)).unzip();
        let (due_bodies, causes): (Vec<_>, Vec<_>) =
            dues.iter().map(|(_, due)| (&due.body, due.cause)).unzip();
        tx.together_last([
            (&replace, &[(&keys, Type::UUID_ARRAY), (&bodies, Type::JSONB_ARRAY)]),
            (&clear, &[(&keys, Type::UUID_ARRAY)]),
            (
                &fill,
                &[
                    (&of, Type::UUID_ARRAY),
                    (&targets, Type::UUID_ARRAY),
                    (&at, Type::TIMESTAMPTZ_ARRAY),
                    (&commands, Type::TEXT_ARRAY),
                    (&due_bodies, Type::JSONB_ARRAY),
                    (&causes, Type::INT8_ARRAY),
                ],
            ),
        ])
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
}
