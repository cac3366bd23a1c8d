//! What a read model is.

use std::{collections::HashMap, future::Future, sync::Arc};

use contracts::Recorded;
use tokio_postgres::Error;
use uuid::Uuid;

use crate::{
    apply::{AnyProjection, Erased},
    transaction::Transaction,
    wall::Table,
};

/// A read model: a name, a version, its tables, and one function per fact.
///
/// The facts of one key are folded into a [`State`](Projection::State) in memory, in order, and written
/// once. The version grows whenever the tables or the fold change: the new model is then built beside
/// the old one ([`rebuild`](crate::rebuild())).
pub trait Projection: Send + Sync + 'static {
    /// What the facts of one key are folded into before one write.
    type State: Send;

    /// Its name, in lowercase letters, digits and underscores, e.g. `live_status`.
    fn name(&self) -> &'static str;

    /// Its version, from 1.
    fn version(&self) -> u32;

    /// Its tables, and whose their rows are. Each gets a view of the same name in the schema `read`, which
    /// shows a reader the rows they may see.
    fn tables(&self) -> &'static [Table];

    /// The statements that create its tables and their indexes, names unqualified.
    fn ddl(&self) -> &'static str;

    /// Whose order matters for this fact: a case, an aggregate. Nothing when it does not concern this
    /// model.
    fn key(&self, fact: &Recorded) -> Option<Uuid>;

    /// What is stored under these keys; those that are absent get [`fresh`](Projection::fresh).
    fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::State>, Error>> + Send;

    /// A key of which nothing is stored yet.
    fn fresh(&self, key: Uuid) -> Self::State;

    /// Applies one fact. Pure: the same state and the same fact always give the same result.
    ///
    /// # Errors
    /// [`Poison`] when the fact cannot be applied. The state is then thrown away, whatever was done to it.
    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison>;

    /// Writes these states, one statement a table. What it wrote is what a later `load` must give back.
    fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A fact that a read model cannot apply. It is set aside, and the later facts of its key wait behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Poison {
    /// Why, without any value of the fact: it is stored, listed and logged.
    pub reason: String,
}

impl Poison {
    /// For that reason, which quotes no value of the fact.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl From<contracts::DecodeError> for Poison {
    fn from(error: contracts::DecodeError) -> Self {
        Self::new(error.to_string())
    }
}

/// A read model whose state is no longer part of its type, so that a service can list its own.
pub fn erased<P: Projection>(projection: P) -> Arc<dyn AnyProjection> {
    Arc::new(Erased(projection))
}
