//! Reading for someone through the second wall: Postgres shows the rows of the people they are around, and no
//! other, whatever a page forgets to ask.

use std::ops::Deref;

use access::Actor;
use contracts::common::v1::Role;
use deadpool_postgres::{ClientWrapper, Object, Pool, PoolError};
use futures::FutureExt as _;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Reading, Runtime};

/// A connection that shows what one reader may see, until it is dropped. It reads only.
pub struct ReaderClient(Object);

impl std::fmt::Debug for ReaderClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReaderClient")
    }
}

impl Deref for ReaderClient {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.0
    }
}

impl Drop for ReaderClient {
    /// Ends the transaction, and with it what was said of the reader: sent before anything that the next one who
    /// takes the connection may send, also when a request is cancelled or panics.
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.batch_execute("rollback").now_or_never() {
            tracing::debug!(%error, "the connection of a reader was lost");
        }
    }
}

impl ReaderClient {
    /// Such a connection of that pool, for that reader, at that instant.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn new(pool: &Pool, actor: &Actor, now: Timestamp) -> Result<Self, PoolError> {
        // Made first: whatever is said on the connection from here on ends with it.
        let client = Self(pool.get().await?);
        client.batch_execute(&context(actor, now)).await?;
        Ok(client)
    }
}

/// Behind the wall a query takes longer to plan than to answer, and its plan does not change with what is asked: it is
/// planned once a connection.
const BEGIN: &str = "begin read only; set local plan_cache_mode = force_generic_plan";

/// Begins a transaction and says who reads. The ids are ids and the role is one of ours: nothing of it comes from
/// outside.
fn context(actor: &Actor, now: Timestamp) -> String {
    let reader = if actor.role == Role::AUDITEUR { "auditor" } else { "person" };
    let ids: Vec<String> = ids(actor).map(|id| id.to_string()).collect();
    format!("{BEGIN}; select projections.read_as('{reader}', '{{{}}}', '{now}')", ids.join(","))
}

/// What may link whoever reads to a person. An administrator sees nobody; a part of Jalon reads for nobody.
fn ids(actor: &Actor) -> impl Iterator<Item = Uuid> {
    let none = actor.role == Role::ADMINISTRATEUR || actor.system.is_some();
    let own = actor.own.map(|own| own.access_id);
    [actor.post_id, actor.organisation_id, own].into_iter().flatten().filter(move |_| !none)
}

impl Runtime {
    /// A connection that shows what that reader may see of the read models, and nothing of anyone else.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn reader(&self, actor: &Actor) -> Result<ReaderClient, PoolError> {
        // Auditors see the traces of all, which no login that serves may.
        let audits = actor.role == Role::AUDITEUR && actor.system.is_none();
        let pool = if audits { &self.machinery } else { &self.pool };
        ReaderClient::new(pool, actor, self.clock.now()).await
    }
}

impl Reading {
    /// [`Runtime::reader`] for whoever this reading is.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn client(&self, runtime: &Runtime) -> Result<ReaderClient, PoolError> {
        runtime.reader(self.actor()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(actor: &Actor) -> String {
        context(actor, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn who_reads_is_said_and_nothing_more() {
        let (post, organisation) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let cip = Actor {
            role: Role::CIP,
            post_id: Some(post),
            organisation_id: Some(organisation),
            system: None,
            ..Actor::system("")
        };
        assert_eq!(
            said(&cip),
            format!(
                "{BEGIN}; select projections.read_as('person', '{{{post},{organisation}}}', '1970-01-01T00:00:00Z')"
            )
        );
        let auditor = Actor { role: Role::AUDITEUR, ..cip.clone() };
        assert!(said(&auditor).contains("'auditor', "));
        for nobody in [Actor { role: Role::ADMINISTRATEUR, ..cip.clone() }, Actor::system("clock")] {
            assert!(said(&nobody).contains("'person', '{}'"), "{nobody:?}");
        }
        let own = access::OwnCase { case_id: Uuid::from_u128(3), access_id: Uuid::from_u128(4) };
        let person = said(&Actor::person(own));
        assert!(person.contains(&format!("'{{{}}}'", own.access_id)), "{person}");
    }
}
