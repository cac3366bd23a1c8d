//! The most common read model: one JSON document a key, in a table
//! `(key uuid primary key, body jsonb not null, position bigint not null)`.

use std::{collections::HashMap, fmt::Debug};

use serde::{Serialize, de::DeserializeOwned};
use tokio_postgres::{
    Error, Transaction,
    types::{Json, Type},
};
use uuid::Uuid;

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

/// Writes the documents in one statement, replacing those that exist.
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
    tx.execute_typed(&upsert, &[(&keys, a), (&bodies, b), (&positions, c)]).await.map(drop)
}
