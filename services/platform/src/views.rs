//! The read models of this context. They hold traces only.

use std::{collections::HashMap, fmt::Debug, marker::PhantomData};

use contracts::Recorded;
use projections::{
    Poison, Projection, Table, Transaction,
    document::{self, Document},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

mod by_case;
mod gatherings;
mod memberships;
mod offers;
mod references;
mod services;

pub use by_case::{ByCase, CaseBody, WishAt};
pub use gatherings::{GatheringBody, Gatherings};
pub use memberships::{MEMBERSHIPS, Membership, Memberships};
pub use offers::{OfferBody, OfferState, Offers};
pub use references::{Reference, References};
pub use services::{ServiceBody, Services};

/// A read model of documents: one a key, folded from the facts of that key.
pub trait View: Send + Sync + 'static {
    /// A document.
    type Body: Serialize + DeserializeOwned + Default + Clone + Debug + Send + Sync;
    /// Its name, also its table's.
    const NAME: &'static str;
    /// Its table, and whose its rows are: nobody's, unless it says so.
    const TABLES: &'static [Table] = &[Table::open(Self::NAME)];
    /// The statements that create its table and its indexes.
    const DDL: &'static str;

    /// Whose order matters for this fact.
    fn key(fact: &Recorded) -> Option<Uuid>;

    /// Folds a fact.
    ///
    /// # Errors
    /// When it cannot be understood.
    fn fold(body: &mut Self::Body, fact: &Recorded) -> Result<(), Poison>;
}

/// A [`View`] as a projection.
#[derive(Debug, Default)]
pub struct Documents<V>(PhantomData<fn() -> V>);

impl<V: View> Documents<V> {
    /// That view.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: View> Projection for Documents<V> {
    type State = Document<V::Body>;

    fn name(&self) -> &'static str {
        V::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        V::TABLES
    }

    fn ddl(&self) -> &'static str {
        V::DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        V::key(fact)
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::State>, tokio_postgres::Error> {
        document::load(tx, V::NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        V::fold(&mut state.body, fact)
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        document::save(tx, V::NAME, states).await
    }
}
