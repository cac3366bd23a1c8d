//! The sheets of persons that wrong codes ended: it is stated, so that the circle knows that someone tried, and hands
//! over another one.

use std::{collections::HashSet, sync::Arc, time::Duration};

use access::{Actor, OwnCase};
use contracts::Word;
use service::{BoxError, Request, Runtime, Target, execute};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::case::{OwnAccessEnd, commands::CloseOwnAccess};

/// Who states it.
const DOOR: Actor = Actor::system("own-access");
/// How often it is looked for.
const REST: Duration = Duration::from_secs(10);

/// States them, for as long as the process lives.
pub async fn work(runtime: Arc<Runtime>, cancel: CancellationToken) {
    let mut stated = HashSet::new();
    while !cancel.is_cancelled() {
        if let Err(error) = state(&runtime, &mut stated).await {
            tracing::warn!(%error, "sheets that wrong codes ended are not stated; trying again");
        }
        let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(REST)).await;
    }
}

/// States those that are not yet, by the ids of their accesses.
///
/// # Errors
/// When the database or the journal does not answer.
pub async fn state(runtime: &Runtime, stated: &mut HashSet<Uuid>) -> Result<(), BoxError> {
    for OwnCase { access_id, case_id } in runtime.tokens.ended_by_codes(runtime.clock.now()).await? {
        if stated.contains(&access_id) {
            continue;
        }
        let command = CloseOwnAccess { access_id, reason: Word(OwnAccessEnd::WRONG_CODES) };
        let request = Request::keyed(DOOR, &format!("wrong codes {access_id}"), runtime.clock.now());
        match execute(runtime, Target::Existing(case_id), command, request).await {
            Err(problem) if problem.status.is_server_error() => return Err(problem.detail.into()),
            // Refused: there is nothing to close any more.
            _ => {
                stated.insert(access_id);
            }
        }
    }
    Ok(())
}
