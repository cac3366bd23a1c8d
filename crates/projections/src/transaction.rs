//! A transaction of a read model: each of its statements is planned once a connection, not once a fact, and its beginning
//! and its end leave with statements of its own.

use std::{
    ops::Deref,
    sync::atomic::{AtomicBool, Ordering},
};

use deadpool_postgres::Client;
use futures::{
    FutureExt as _,
    future::{try_join, try_join_all},
};
use tokio_postgres::{
    Error, Row, Statement,
    types::{ToSql, Type},
};

const BEGIN: &str = "begin isolation level read committed";

/// A transaction in which read models are written. Dropped before its commit, it is rolled back.
pub struct Transaction<'a> {
    client: &'a Client,
    /// It has begun, and not been told to end.
    open: AtomicBool,
    /// The next statement that says it is the last one may take the commit with it.
    may_end: AtomicBool,
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transaction")
    }
}

impl Deref for Transaction<'_> {
    type Target = tokio_postgres::Client;

    fn deref(&self) -> &Self::Target {
        self.client
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if *self.open.get_mut() {
            // Sent at once; whoever uses the connection next comes after it.
            let _answer = self.client.batch_execute("rollback").now_or_never();
        }
    }
}

/// A statement the connection knows, and its values.
type Prepared<'a> = (Statement, Vec<&'a (dyn ToSql + Sync)>);

/// A parameter of a statement, and its type.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl<'a> Transaction<'a> {
    /// Begins on that connection, which nothing else uses.
    pub(crate) async fn begin(client: &'a mut Client) -> Result<Self, Error> {
        let transaction = Self::of(client);
        transaction.batch_execute(BEGIN).await?;
        Ok(transaction)
    }

    /// Begins with those statements, all in one round trip; see [`together`](Self::together).
    pub(crate) async fn begin_with<const N: usize>(
        client: &'a mut Client,
        statements: [(&str, &[Parameter<'_>]); N],
    ) -> Result<(Self, [Vec<Row>; N]), Error> {
        let transaction = Self::of(client);
        let prepared = transaction.prepared(statements).await?;
        // Polled in this order, hence sent in it.
        let ((), rows) = try_join(transaction.batch_execute(BEGIN), transaction.sent(&prepared)).await?;
        Ok((transaction, rows))
    }

    fn of(client: &'a Client) -> Self {
        Self { client, open: AtomicBool::new(true), may_end: AtomicBool::new(false) }
    }

    /// From now on, the statement that says it is the last one commits. What is said is that nothing else will have to be
    /// written, or the contrary.
    pub(crate) fn may_end(&self, may: bool) {
        self.may_end.store(may, Ordering::Relaxed);
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
        let statement = self.statement(statement, &types).await?;
        self.client.query(&statement, &values).await
    }

    /// How many rows a statement changes; as [`query_typed`](Self::query_typed).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn execute_typed(&self, statement: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        let (values, types) = split(parameters);
        let statement = self.statement(statement, &types).await?;
        self.client.execute(&statement, &values).await
    }

    /// [`execute_typed`](Self::execute_typed) for the statement with which a read model has written all it had to: when
    /// nobody has anything to add, the commit leaves with it.
    ///
    /// # Errors
    /// When the database refuses: nothing is then written.
    pub async fn execute_last(&self, statement: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        if !self.may_end.load(Ordering::Relaxed) {
            return self.execute_typed(statement, parameters).await;
        }
        let (values, types) = split(parameters);
        let statement = self.statement(statement, &types).await?;
        // Polled in this order, hence sent in it: of a transaction that failed, the commit is a rollback.
        let (changed, ()) = try_join(self.client.execute(&statement, &values), self.end("commit")).await?;
        Ok(changed)
    }

    /// The rows of several statements, sent together and taken in turn.
    ///
    /// # Errors
    /// When the database refuses one: those after it are refused too.
    pub async fn together<const N: usize>(
        &self,
        statements: [(&str, &[Parameter<'_>]); N],
    ) -> Result<[Vec<Row>; N], Error> {
        self.sent(&self.prepared(statements).await?).await
    }

    /// [`together`](Self::together) for the statements with which a read model has written all it had to; see
    /// [`execute_last`](Self::execute_last).
    ///
    /// # Errors
    /// When the database refuses one: nothing is then written.
    pub async fn together_last<const N: usize>(
        &self,
        statements: [(&str, &[Parameter<'_>]); N],
    ) -> Result<[Vec<Row>; N], Error> {
        if !self.may_end.load(Ordering::Relaxed) {
            return self.together(statements).await;
        }
        let prepared = self.prepared(statements).await?;
        let (rows, ()) = try_join(self.sent(&prepared), self.end("commit")).await?;
        Ok(rows)
    }

    /// All are known before the first is sent: one that had to be planned would let the next ones pass.
    async fn prepared<'p, const N: usize>(
        &self,
        statements: [(&str, &[Parameter<'p>]); N],
    ) -> Result<Vec<Prepared<'p>>, Error> {
        let mut prepared = Vec::with_capacity(N);
        for (statement, parameters) in statements {
            let (values, types) = split(parameters);
            prepared.push((self.statement(statement, &types).await?, values));
        }
        Ok(prepared)
    }

    /// Planned the first time it is seen on the connection.
    async fn statement(&self, text: &str, types: &[Type]) -> Result<Statement, Error> {
        debug_assert!(
            self.open.load(Ordering::Relaxed),
            "something is written after what was said to be the last"
        );
        self.client.prepare_typed_cached(text, types).await
    }

    async fn sent<const N: usize>(&self, prepared: &[Prepared<'_>]) -> Result<[Vec<Row>; N], Error> {
        let sent = prepared.iter().map(|(statement, values)| self.client.query(statement, values));
        let mut rows = try_join_all(sent).await?.into_iter();
        Ok(std::array::from_fn(|_| rows.next().unwrap_or_default()))
    }

    /// From its first poll on, it has ended.
    async fn end(&self, how: &str) -> Result<(), Error> {
        self.open.store(false, Ordering::Relaxed);
        self.client.batch_execute(how).await
    }

    /// Everything since its beginning is written: that may have been asked for already.
    ///
    /// # Errors
    /// When the database refuses, or is lost: it is then unknown whether it was.
    pub async fn commit(self) -> Result<(), Error> {
        if self.open.load(Ordering::Relaxed) { self.end("commit").await } else { Ok(()) }
    }

    /// Nothing since its beginning is.
    ///
    /// # Errors
    /// When the database is lost.
    pub async fn rollback(self) -> Result<(), Error> {
        self.end("rollback").await
    }
}

/// Values and types apart, as a statement that is prepared takes them.
pub(crate) fn split<'a>(parameters: &[Parameter<'a>]) -> (Vec<&'a (dyn ToSql + Sync)>, Vec<Type>) {
    parameters.iter().map(|(value, kind)| (*value, kind.clone())).unzip()
}
