//! A transaction of a read model: each of its statements is planned once a connection, not once a fact.

use std::ops::Deref;

use futures::future::try_join_all;
use tokio_postgres::{
    Error, IsolationLevel, Row,
    types::{ToSql, Type},
};

/// A transaction in which read models are written.
pub struct Transaction<'a>(deadpool_postgres::Transaction<'a>);

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transaction")
    }
}

impl<'a> Deref for Transaction<'a> {
    type Target = tokio_postgres::Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A parameter of a statement, and its type.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl<'a> Transaction<'a> {
    /// Begins on that connection.
    pub(crate) async fn begin(client: &'a mut deadpool_postgres::Client) -> Result<Self, Error> {
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await.map(Self)
    }

    /// The rows of a statement. It is planned the first time it is seen on the connection: its text is one of a few.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn query_typed(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        let (values, types) = split(parameters);
        let statement = self.0.prepare_typed_cached(statement, &types).await?;
        self.0.query(&statement, &values).await
    }

    /// How many rows a statement changes; as [`query_typed`](Self::query_typed).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn execute_typed(&self, statement: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        let (values, types) = split(parameters);
        let statement = self.0.prepare_typed_cached(statement, &types).await?;
        self.0.execute(&statement, &values).await
    }

    /// The rows of several statements, sent together and taken in turn.
    ///
    /// # Errors
    /// When the database refuses one: those after it are refused too.
    pub async fn together<const N: usize>(
        &self,
        statements: [(&str, &[Parameter<'_>]); N],
    ) -> Result<[Vec<Row>; N], Error> {
        let mut prepared = Vec::with_capacity(N);
        for (statement, parameters) in statements {
            let (values, types) = split(parameters);
            // All are known before the first is sent: one that had to be planned would let the next ones pass.
            prepared.push((self.0.prepare_typed_cached(statement, &types).await?, values));
        }
        let sent = prepared.iter().map(|(statement, values)| self.0.query(statement, values));
        let mut rows = try_join_all(sent).await?.into_iter();
        Ok(std::array::from_fn(|_| rows.next().unwrap_or_default()))
    }

    /// Everything since its beginning is written.
    ///
    /// # Errors
    /// When the database refuses, or is lost: it is then unknown whether it was.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.commit().await
    }

    /// Nothing since its beginning is.
    ///
    /// # Errors
    /// When the database is lost.
    pub async fn rollback(self) -> Result<(), Error> {
        self.0.rollback().await
    }
}

/// Values and types apart, as a statement that is prepared takes them.
pub(crate) fn split<'a>(parameters: &[Parameter<'a>]) -> (Vec<&'a (dyn ToSql + Sync)>, Vec<Type>) {
    parameters.iter().map(|(value, kind)| (*value, kind.clone())).unzip()
}
