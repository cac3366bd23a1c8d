//! Commands judged one after the other: where a rule counts what several aggregates of a person say, two that are
//! asked at the same time would both pass, each on an aggregate of its own.

use std::time::Duration;

use deadpool_postgres::Pool;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{BoxError, runtime::Runtime};

/// How often it is asked whether the turn has come.
const ASK: Duration = Duration::from_millis(10);
/// For how long one waits: longer than a turn of a process that died is held.
const PATIENCE: Duration = Duration::from_secs(12);
/// A turn lasts ten seconds at most.
const TAKE: &str = "
insert into service.turn as turn (case_id, holder, until)
values ($1, $2, clock_timestamp() + interval '10 seconds')
on conflict (case_id) do update set holder = excluded.holder, until = excluded.until
where turn.until < clock_timestamp()";
const END: &str = "delete from service.turn where case_id = $1 and holder = $2";

/// The turn of one command about a case, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    pool: Pool,
    case_id: Uuid,
    holder: Uuid,
    ended: bool,
}

impl Turn {
    /// Waits for the turn of that command.
    ///
    /// # Errors
    /// When the database cannot be reached, or others were faster each time.
    pub(super) async fn take(runtime: &Runtime, case_id: Uuid) -> Result<Self, BoxError> {
        let holder = runtime.ids.next(runtime.clock.now());
        let until = Instant::now() + PATIENCE;
        loop {
            let taken = {
                let client = runtime.pool.get().await?;
                let statement = client.prepare_cached(TAKE).await?;
                client.execute(&statement, &[&case_id, &holder]).await?
            };
            if taken == 1 {
                return Ok(Self { pool: runtime.pool.clone(), case_id, holder, ended: false });
            }
            if Instant::now() >= until {
                return Err("others ask about this case at the same time".into());
            }
            tokio::time::sleep(ASK).await;
        }
    }

    /// The next one may be judged.
    pub(super) async fn end(mut self) {
        self.ended = true;
        end(&self.pool, self.case_id, self.holder).await;
    }
}

/// Not ended, it ends by itself: at once when it can, else when its time is over.
async fn end(pool: &Pool, case_id: Uuid, holder: Uuid) {
    let ended = async {
        let client = pool.get().await?;
        let statement = client.prepare_cached(END).await?;
        client.execute(&statement, &[&case_id, &holder]).await?;
        Ok::<(), BoxError>(())
    };
    if let Err(error) = ended.await {
        tracing::warn!(%error, "a turn could not be ended; it ends by itself");
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (pool, case_id, holder) = (self.pool.clone(), self.case_id, self.holder);
            runtime.spawn(async move { end(&pool, case_id, holder).await });
        }
    }
}
