//! The most common read model: one JSON document a key, in a table
//! `(key uuid primary key, body jsonb not null, position bigint not null)`.

use std::{collections::HashMap, fmt::Debug, marker::PhantomData, sync::Arc};

use contracts::Recorded;
use serde::{Serialize, de::DeserializeOwned};
use tokio_postgres::{
    Error,
    types::{Json, Type},
};
use uuid::Uuid;

use crate::{
    apply::AnyProjection,
    projection::{Poison, Projection, erased},
    transaction::Transaction,
    wall::{Rows, Table},
};

/// A read model of documents: one a key, folded from the facts of that key.
pub trait View: Send + Sync + 'static {
    /// A document.
    type Body: Serialize + DeserializeOwned + Default + Debug + Send + Sync;
    /// Its name, also its table's.
    const NAME: &'static str;
    /// Its version; see [`Projection`].
    const VERSION: u32;
    /// Whose its rows are.
    const ROWS: Rows;
    /// The columns that Postgres derives from a document: behind the wall, it finds rows by columns alone.
    const COLUMNS: &'static [&'static str] = &[];
    /// What its indexes are on, each as `create index` takes it after the table.
    const INDEXES: &'static [&'static str] = &[];

    /// Whose order matters for this fact; see [`Projection::key`].
    fn key(fact: &Recorded) -> Option<Uuid>;

    /// Folds a fact.
    ///
    /// # Errors
    /// [`Poison`] when it cannot be understood.
    fn fold(body: &mut Self::Body, fact: &Recorded) -> Result<(), Poison>;
}

/// That view, as a service lists its read models. Built once a process: its texts live as long as it does.
pub fn view<V: View>() -> Arc<dyn AnyProjection> {
    let columns: String = V::COLUMNS.iter().map(|column| format!(", {column}")).collect();
    let indexes: String =
        V::INDEXES.iter().map(|index| format!("; create index on {} {index}", V::NAME)).collect();
    let ddl = format!(
        "create table {} (key uuid primary key, body jsonb not null, position bigint not null{columns}){indexes}",
        V::NAME
    );
    let table = Table { name: V::NAME, rows: V::ROWS };
    erased(Model::<V> { tables: Box::leak(Box::new([table])), ddl: ddl.leak(), view: PhantomData })
}

struct Model<V> {
    tables: &'static [Table],
    ddl: &'static str,
    view: PhantomData<fn() -> V>,
}

impl<V: View> Projection for Model<V> {
    type State = Document<V::Body>;

    fn name(&self) -> &'static str {
        V::NAME
    }

    fn version(&self) -> u32 {
        V::VERSION
    }

    fn tables(&self) -> &'static [Table] {
        self.tables
    }

    fn ddl(&self) -> &'static str {
        self.ddl
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        V::key(fact)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::State>, Error> {
        load(tx, V::NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        V::fold(&mut state.body, fact)
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Self::State)>) -> Result<(), Error> {
        save(tx, V::NAME, states).await
    }
}

/// A document, and the position of the last fact folded into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document<T> {
    /// What readers see, as JSON.
    pub body: T,
    /// To be set by the fold, for readers to see how fresh it is.
    pub position: i64,
}

/// The documents stored under these keys, in one query.
///
/// # Errors
/// When the database refuses, or a stored document is not a `T`.
pub async fn load<T: DeserializeOwned>(
    tx: &Transaction<'_>,
    table: &str,
    keys: &[Uuid],
) -> Result<HashMap<Uuid, Document<T>>, Error> {
    let select = format!("select key, body, position from {table} where key = any($1)");
    let rows = tx.query_typed(&select, &[(&keys, Type::UUID_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            let Json(body) = row.try_get(1)?;
            Ok((row.try_get(0)?, Document { body, position: row.try_get(2)? }))
        })
        .collect()
}

/// The bodies stored under these keys, for a table that has other columns than a position.
///
/// # Errors
/// When the database refuses, or a stored body is not a `T`.
pub async fn load_bodies<T: DeserializeOwned>(
    tx: &Transaction<'_>,
    table: &str,
    keys: &[Uuid],
) -> Result<HashMap<Uuid, T>, Error> {
    let select = format!("select key, body from {table} where key = any($1)");
    let rows = tx.query_typed(&select, &[(&keys, Type::UUID_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<T>>(1)?.0))).collect()
}

/// Writes the documents in one statement, replacing those that exist. Nothing may be written after it: see
/// [`Transaction::execute_last`].
///
/// # Errors
/// When the database refuses.
pub async fn save<T: Serialize + Debug + Sync>(
    tx: &Transaction<'_>,
    table: &str,
    documents: Vec<(Uuid, Document<T>)>,
) -> Result<(), Error> {
    let mut keys = Vec::with_capacity(documents.len());
    let mut bodies = Vec::with_capacity(documents.len());
    let mut positions = Vec::with_capacity(documents.len());
    for (key, document) in &documents {
        keys.push(*key);
        bodies.push(Json(&document.body));
        positions.push(document.position);
    }
    let upsert = format!(
        "insert into {table} (key, body, position) select * from unnest($1::uuid[], $2::jsonb[], $3::bigint[]) \
         on conflict (key) do update set body = excluded.body, position = excluded.position"
    );
    let types = [Type::UUID_ARRAY, Type::JSONB_ARRAY, Type::INT8_ARRAY];
    let [a, b, c] = types;
    tx.execute_last(&upsert, &[(&keys, a), (&bodies, b), (&positions, c)]).await.map(drop)
}
