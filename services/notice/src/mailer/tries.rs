//! Messages that the relay would not take: tried again, later each time, then given up.

use jiff::{SignedDuration, Timestamp};
use service::{BoxError, Runtime};
use uuid::Uuid;

/// How many tries are enough.
pub(super) const ENOUGH: u32 = 5;
/// How long after each of the first ones the next one comes: some eight hours in all.
const WAITS: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(7),
];

/// Notes one more try, and when the next one comes; returns how many there were.
pub(super) async fn note(runtime: &Runtime, about: Uuid) -> Result<u32, BoxError> {
    let client = runtime.pool.get().await?;
    let known = client.query_opt("select tries from notice.attempt where id = $1", &[&about]).await?;
    let tries = known.map_or(Ok(0), |row| row.try_get::<_, i32>(0))?.unsigned_abs() + 1;
    let wait = WAITS.get(tries as usize - 1).or(WAITS.last()).copied().unwrap_or_default();
    let next: Timestamp = runtime.clock.now().saturating_add(wait)?;
    client
        .execute(
            "insert into notice.attempt values ($1, $2, $3)
             on conflict (id) do update set tries = excluded.tries, next_at = excluded.next_at",
            &[&about, &tries.cast_signed(), &next],
        )
        .await?;
    Ok(tries)
}

/// Forgets the tries: what they were about is settled.
pub(super) async fn forget(runtime: &Runtime, about: Uuid) -> Result<(), BoxError> {
    runtime.pool.get().await?.execute("delete from notice.attempt where id = $1", &[&about]).await?;
    Ok(())
}

/// Whether the next try of that message is still to come.
pub(super) async fn is_too_soon(runtime: &Runtime, about: Uuid) -> Result<bool, BoxError> {
    let sql = "select 1 from notice.attempt where id = $1 and next_at > $2";
    let row = runtime.pool.get().await?.query_opt(sql, &[&about, &runtime.clock.now()]).await?;
    Ok(row.is_some())
}
