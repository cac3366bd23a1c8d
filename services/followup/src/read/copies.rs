//! What became of data that the organisation of a post received, and so what is to be done with its copies (RGPD,
//! article 19). The case may be closed to it by now: it is known by its reference.

use std::collections::HashSet;

use service::{Problem, Reading, Runtime};
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::board;
use crate::views::{copies::Copy, received::ANSWERING};

const TOLD: &str = "select body from read.received_data where told_to = $1 order by told_at desc limit $2";

/// The cases that are that reader's to see.
const SEEN: &str = "select key, body from read.live_status where key = any($1)";

/// What is told at most.
const ROWS: i64 = 50;

/// What the post of that reader was told, the last first, and whether the case is still theirs to see.
///
/// # Errors
/// When the read models or the journal cannot be read.
pub async fn read(runtime: &Runtime, reading: &Reading) -> Result<Vec<(Copy, bool)>, Problem> {
    let (Some(post), Some(own)) = (reading.post_id, reading.organisation_id) else { return Ok(Vec::new()) };
    let rows = {
        let client = runtime.reader(reading).await?;
        let statement = client.prepare_cached(TOLD).await?;
        client.query(&statement, &[&own, &ROWS]).await?
    };
    let copies = rows.iter().map(|row| Ok(row.try_get::<_, Json<Copy>>(0)?.0));
    let mut copies = copies.collect::<Result<Vec<Copy>, Problem>>()?;
    let answers = ANSWERING.contains(&reading.role);
    copies.retain(|one| (one.whole && answers) || one.read_by.contains(&post));
    let cases: Vec<Uuid> = copies.iter().map(|one| one.case_id).collect();
    let seen = board::documents(runtime, reading, SEEN, &[&cases]).await?;
    let seen: HashSet<Uuid> = seen.into_iter().map(|(case, _)| case).collect();
    Ok(copies
        .into_iter()
        .map(|one| {
            let opens = seen.contains(&one.case_id);
            (one, opens)
        })
        .collect())
}
