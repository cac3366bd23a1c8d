//! One process sends at a time: whoever holds a lock of Postgres, which goes with its connection.

use deadpool_postgres::{ClientWrapper, Object};
use service::{BoxError, Runtime};

/// The number of the lock: « notice », and the only one of that name.
const LOCK: (i32, i32) = (0x6e6f_7469, 1);

/// The connection that holds the lock, or none.
#[derive(Debug, Default)]
pub(super) struct Owner(Option<ClientWrapper>);

impl Owner {
    /// Whether this process holds the lock, which it takes when it is free.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(super) async fn is_ours(&mut self, runtime: &Runtime) -> Result<bool, BoxError> {
        if let Some(client) = &self.0 {
            if client.simple_query("").await.is_ok() {
                return Ok(true);
            }
            self.0 = None;
        }
        // Out of the pool: nobody else may use it, and closing it frees the lock.
        let client = Object::take(runtime.pool.get().await?);
        let row = client.query_one("select pg_try_advisory_lock($1, $2)", &[&LOCK.0, &LOCK.1]).await?;
        if !row.try_get::<_, bool>(0)? {
            return Ok(false);
        }
        self.0 = Some(client);
        Ok(true)
    }
}
