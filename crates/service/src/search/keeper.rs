//! The digests are kept up to date: each identity that is recorded or corrected is read once, in order, in nobody's
//! name; its former digests go as the new ones come.

use std::{sync::Arc, time::Duration};

use contracts::{Class, Facts as _, Recorded, events};
use futures::{FutureExt as _, future::BoxFuture};
use sealing::{IndexKey, Opened, keys::Indexed};
use tokio_util::sync::CancellationToken;
use vocabulary::dates;

use super::{
    by::{self, Who},
    identities, key_of,
};
use crate::{BoxError, Reading, Runtime};

/// How many identities are read at once.
const AT_ONCE: i64 = 500;
/// How long the keeper rests when nothing says that an identity was recorded.
const REST: Duration = Duration::from_secs(5);
/// Identities that come together are read together.
const BREATH: Duration = Duration::from_millis(50);

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Identities read.
    pub read: usize,
    /// Those that can be found by something.
    pub found: usize,
}

/// Keeps the digests up to date, for as long as the process lives. Two keepers do no harm.
pub fn keep(runtime: Arc<Runtime>, cancel: CancellationToken) -> BoxFuture<'static, ()> {
    async move {
        let mut moved = runtime.positions.watch(identities::NAME);
        while !cancel.is_cancelled() {
            match key_of(&runtime) {
                Err(error) => tracing::error!(%error, "people cannot be found: JALON_INDEX_KEY_FILE"),
                Ok(key) => match catch_up(&runtime, &key).await {
                    Ok(kept) if kept.read > 0 => tracing::debug!(read = kept.read, "identities indexed"),
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "identities could not be indexed; trying again"),
                },
            }
            let rest = async {
                if let Ok(Ok(())) = tokio::time::timeout(REST, moved.changed()).await {
                    tokio::time::sleep(BREATH).await;
                }
            };
            cancel.run_until_cancelled(rest).await;
        }
    }
    .boxed()
}

/// Reads all identities again, from the first: after a restored database of keys, a read model set right, or another
/// way of writing digests. Until then people are found by what was known of them.
///
/// # Errors
/// When the secret, the keys or the journal cannot be read.
pub async fn rebuild(runtime: &Runtime) -> Result<Kept, BoxError> {
    let key = key_of(runtime)?;
    runtime.sealer.ring().index_anew(key.id()).await?;
    catch_up(runtime, &key).await
}

async fn catch_up(runtime: &Runtime, key: &IndexKey) -> Result<Kept, BoxError> {
    let mut all = Kept::default();
    while let Some(kept) = step(runtime, key).await? {
        all = Kept { read: all.read + kept.read, found: all.found + kept.found };
    }
    Ok(all)
}

/// Reads the next identities; nothing when all were read.
async fn step(runtime: &Runtime, key: &IndexKey) -> Result<Option<Kept>, BoxError> {
    let ring = runtime.sealer.ring();
    let from = ring.indexed_up_to(key.id()).await?;
    let client = runtime.machinery.get().await?;
    let next = client
        .prepare_cached("select position from read.identities where position > $1 order by position limit $2")
        .await?;
    let rows = client.query(&next, &[&from, &AT_ONCE]).await?;
    let positions: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    drop(client);
    let Some(to) = positions.last().copied() else { return Ok(None) };
    let facts = runtime.journal.at(&positions).await?;
    let reading = Reading::by_system("search");
    let opened = runtime.open(&reading, &facts, |class| class == Class::Identity).await?;
    let mut people = Vec::with_capacity(facts.len());
    for (fact, opened) in facts.iter().zip(&opened) {
        let by = who(fact, opened)?.map(|who| by::all(key, &who)).unwrap_or_default();
        people.push(Indexed { subject: fact.subject(), by });
    }
    ring.index(key.id(), (from, to), &people).await?;
    let found = people.iter().filter(|one| !one.by.is_empty()).count();
    Ok(Some(Kept { read: people.len(), found }))
}

/// Who that fact says the person is; nothing when they were forgotten.
fn who(fact: &Recorded, opened: &Opened) -> Result<Option<Who>, BoxError> {
    if !opened.forgotten.is_empty() {
        return Ok(None);
    }
    let of = |family_name, given_name, birth: String, email, phone| {
        Some(Who { family_name, given_name, birth_date: dates::parse(&birth), email, phone })
    };
    Ok(match events::Case::decode(fact.kind, &opened.bytes)? {
        events::Case::IdentityRecorded(it) => {
            of(it.family_name, it.given_name, it.birth_date, it.email, it.phone)
        }
        events::Case::IdentityCorrected(it) => {
            of(it.family_name, it.given_name, it.birth_date, it.email, it.phone)
        }
        _ => None,
    })
}
