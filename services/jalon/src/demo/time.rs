//! The demonstration's own time: moved by whoever tells the story, followed by the agendas.

use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use service::Runtime;
use tokio::time::Instant;

use super::Error;
use crate::services;

/// How long what is due may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time of one demonstration.
#[derive(Debug)]
pub struct Time<'a> {
    runtime: &'a Runtime,
    agendas: Vec<&'static str>,
}

impl<'a> Time<'a> {
    /// That of this one.
    pub fn of(runtime: &'a Runtime) -> Self {
        let services = services::all();
        let agendas = services.iter().flat_map(|service| service.agendas.iter().map(|agenda| agenda.name));
        Self { runtime, agendas: agendas.collect() }
    }

    /// Moves it: what is due by then is due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn reach(&self, instant: Timestamp) -> Result<(), Error> {
        let client = self.runtime.pool.get().await?;
        let statement = client
            .prepare_cached(
                "with moved as (insert into service.demonstration (now) values ($1) on conflict (one)
                 do update set now = $1 where service.demonstration.now is distinct from $1 returning 1)
                 select count(*), set_config('synchronous_commit', 'off', true) from moved",
            )
            .await?;
        // A crash takes it back to an earlier step, which moves it again: nobody waits for the disk.
        client.execute(&statement, &[&instant]).await?;
        self.runtime.time_moved.notify_one();
        Ok(())
    }

    /// Waits until the agendas know the facts up to that position: what they no longer call for is not done when time
    /// moves.
    ///
    /// # Errors
    /// When they do not in time.
    pub async fn follow(&self, position: i64) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        // Together: in another process than theirs, each is asked of the database.
        let positions = &self.runtime.positions;
        try_join_all(self.agendas.iter().map(|name| positions.wait(name, position, until))).await?;
        Ok(())
    }

    /// Waits until what was due by that instant is done, as far as the facts up to that position call for it.
    ///
    /// # Errors
    /// When the database refuses, or what is due is not done.
    pub async fn settle(&self, instant: Timestamp, position: i64) -> Result<(), Error> {
        self.follow(position).await?;
        let until = Instant::now() + PATIENCE;
        let quiet = self.agendas.iter().map(|name| {
            format!(
                "not exists (select from read.{name}_due d where at <= $1 and not exists
                     (select from service.due_refused r where r.agenda = '{name}' and r.target = d.target and r.command = d.command and r.cause = d.cause))"
            )
        });
        let quiet = format!("select {}", quiet.collect::<Vec<_>>().join(" and "));
        let client = self.runtime.machinery.get().await?;
        let statement = client.prepare_cached(&quiet).await?;
        while !client.query_one(&statement, &[&instant]).await?.try_get::<_, bool>(0)? {
            if Instant::now() > until {
                return Err("ce qui était dû ne se fait pas".into());
            }
            // Somebody waits: the clock need not take its time.
            self.runtime.time_moved.notify_one();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// When something is due next after an instant, as far as it is known.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>, Error> {
        let dues: Vec<String> =
            self.agendas.iter().map(|name| format!("select at from read.{name}_due")).collect();
        let client = self.runtime.machinery.get().await?;
        let sql = format!("select min(at) from ({}) due where at > $1", dues.join(" union all "));
        let statement = client.prepare_cached(&sql).await?;
        Ok(client.query_one(&statement, &[&after]).await?.try_get(0)?)
    }

    /// From here on, time is real.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_real(&self) -> Result<(), Error> {
        self.runtime.pool.get().await?.execute("delete from service.demonstration", &[]).await?;
        Ok(())
    }
}
