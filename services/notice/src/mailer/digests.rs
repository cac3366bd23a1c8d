//! Digests: at most one a day, at the hour that was chosen, from how things stand at that moment. After days
//! of stop there is one, which tells all of it. A day on which there is nothing to say has none.

use std::time::Duration;

use contracts::Word;
use jiff::{Timestamp, civil::Date};
use service::{BoxError, Day, Runtime, readership};
use situation::prompts::Call;
use tokio::time::Instant;
use uuid::Uuid;
use vocabulary::{
    clock::{day_in_paris, paris},
    ids::derived,
};

use super::{Addressee, Done, Mailer, tries};
use crate::{
    counts::{Counts, MODELS, Since},
    domain::commands::RecordDigest,
    letters,
    relay::NotSent,
};

/// How long the read model has to reach the last fact.
const PATIENCE: Duration = Duration::from_secs(10);

const WAITING: &str = "select m.key from read.mailboxes m
     where m.digest_hour = any($1) and coalesce(m.last_digest < $2, true)
       and not exists (select from notice.looked l where l.mailbox = m.key and l.day >= $2)
     order by m.key";

/// The instant of that hour of that day in Paris. An hour that summer time skips comes an hour later; one that
/// comes twice counts the first time.
pub fn due_at(day: Date, hour: u8) -> Timestamp {
    let hour = i8::try_from(hour).unwrap_or_default();
    day.at(hour, 0, 0, 0).to_zoned(paris()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// Digests that may be to be sent.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Whose.
    pub mailboxes: Vec<Uuid>,
    /// Of that day.
    pub day: Date,
    /// What is counted takes every fact up to that position into account. A later one may be counted twice,
    /// none is missed.
    pub until: i64,
}

/// The mailboxes whose digest of today may be to be sent, once the read model shows every fact.
pub(super) async fn waiting(runtime: &Runtime) -> Result<Waiting, BoxError> {
    let now = runtime.clock.now();
    let today = day_in_paris(now);
    let hours: Vec<i32> = (0..24).filter(|hour| due_at(today, *hour) <= now).map(i32::from).collect();
    let client = runtime.pool.get().await?;
    let rows = client.query(&client.prepare_cached(WAITING).await?, &[&hours, &today]).await?;
    let mailboxes = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<_>, _>>()?;
    let mut until = 0;
    if !mailboxes.is_empty() {
        until = runtime.journal.head().await?;
        for model in MODELS.into_iter().chain([readership::NAME]) {
            runtime.positions.wait(model, until, Instant::now() + PATIENCE).await?;
        }
    }
    Ok(Waiting { mailboxes, day: today, until })
}

/// Notes that the digest of that day was considered.
async fn look(runtime: &Runtime, mailbox: Uuid, day: Date) -> Result<Done, BoxError> {
    let sql =
        "insert into notice.looked values ($1, $2) on conflict (mailbox) do update set day = excluded.day";
    runtime.pool.get().await?.execute(sql, &[&mailbox, &day]).await?;
    Ok(Done::Nothing)
}

impl Mailer {
    /// Sends the digest of that day if there is something to say and it was not sent.
    pub(super) async fn digest(&self, mailbox: Uuid, day: Date, until: i64) -> Result<Done, BoxError> {
        let runtime = &self.runtime;
        let addressee = Addressee::read(runtime, mailbox).await?;
        let id = derived(&[b"digest", mailbox.as_bytes(), day.to_string().as_bytes()]);
        let hour = addressee.state.choice.as_ref().and_then(|choice| choice.digest_hour);
        let (Some(hour), Some(told), Some(post)) = (hour, addressee.told(), addressee.state.post_id) else {
            return Ok(Done::Nothing);
        };
        if addressee.state.last_digest.is_some_and(|last| last >= day)
            || tries::is_too_soon(runtime, id).await?
        {
            return Ok(Done::Nothing);
        }
        // Chosen after today’s hour, it begins tomorrow.
        let begins_today = addressee.chosen_at().is_some_and(|chosen| chosen <= due_at(day, hour));
        if !begins_today || addressee.has_left(runtime).await? {
            return look(runtime, mailbox, day).await;
        }
        let since = Since { post, position: told.0, told_on: told.1, today: day };
        let counts = Counts::read(runtime, &since).await?;
        if !counts.news {
            return look(runtime, mailbox, day).await;
        }
        let letter = letters::digest(&counts, &self.link("/suivis"));
        let sent = match addressee.address(runtime).await? {
            Some(to) => self.relay.send(letter, &to, id, runtime.clock.now()).await,
            None => Err(NotSent::Refused(0)),
        };
        match sent {
            Ok(()) => {
                let message_id = self.relay.message_id(id);
                let record = RecordDigest {
                    day: Day(day),
                    cases_changed: counts.cases_changed,
                    answers_overdue: counts.of(Call::AnswerOverdue),
                    to_come: counts.to_come,
                    prompts: counts.recorded().into_iter().map(|(kind, count)| (Word(kind), count)).collect(),
                    until_position: until,
                    message_id,
                };
                let done = self.state(mailbox, id, record).await?;
                tries::forget(runtime, id).await?;
                Ok(done)
            }
            Err(why) => match self.not_sent(id, why).await? {
                Some(_) => {
                    tries::forget(runtime, id).await?;
                    look(runtime, mailbox, day).await
                }
                None => Ok(Done::Nothing),
            },
        }
    }
}
