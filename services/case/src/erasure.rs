//! An erasure that was approved, carried out: the keys are closed, the journal says that there is no way back, the
//! keys are destroyed, what is kept beside the facts is removed, and the journal says what was removed where.
//! Killed at any instant, it is done again: each step does nothing where it was done.
//!
//! The order of the facts of the case decides between an erasure and a legal hold: a hold that is in the journal
//! before [`ForgettingBegun`](contracts::case::v1::ForgettingBegun) stops it, one that comes after is refused.

use std::{sync::Arc, time::Duration};

use access::Actor;
use contracts::{Class, buffa::Enumeration as _};
use futures::future::BoxFuture;
use jiff::ToSpan as _;
use serde_json::Value;
use service::{
    BoxError, Command, Day, Outcome, Problem, Request, Runtime, Target, execute,
    forgettings::{Forgetting, Standing},
};
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use crate::domain::case::{
    ForgettingReason,
    commands::{BeginForgetting, CompleteForgetting, ForgetPerson, HELD, Purged},
};

/// Who destroys keys.
const ERASER: Actor = Actor::system("forgetting");
/// How many days after the keys are destroyed no backup can be read either, at most: the outside key changes
/// every 7 days, and no backup of the database of keys is kept more than 21.
pub const HORIZON_DAYS: i64 = 28;
/// How long a purge that failed waits before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a store may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was done.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What was removed, store by store; `keys` is the first.
    pub stores: Vec<Purged>,
    /// Position of the fact that says so.
    pub outcome: Outcome,
}

/// What the agenda calls for: the body says which request.
pub fn run(
    runtime: Arc<Runtime>,
    case_id: Uuid,
    body: Value,
    request: Request,
) -> BoxFuture<'static, Result<Outcome, Problem>> {
    Box::pin(async move {
        let asked: BeginForgetting =
            serde_json::from_value(body).map_err(|error| Problem::internal(&error))?;
        carry_out(&runtime, case_id, asked.request_id, request).await
    })
}

/// Carries out that request, from where it stands. What stands in the way of the database of keys or of the
/// journal is an error: it is tried again.
///
/// # Errors
/// A problem of the machine, or the rule that refuses.
pub async fn carry_out(
    runtime: &Runtime,
    case_id: Uuid,
    request_id: Uuid,
    request: Request,
) -> Result<Outcome, Problem> {
    let started = std::time::Instant::now();
    let Some(mut one) = read(runtime, case_id, request_id).await? else {
        return Err(Problem::not_found("cette demande d’effacement"));
    };
    let mut outcome = None;
    if matches!(one.standing, Standing::Approved | Standing::Suspended) {
        let ring = runtime.sealer.ring();
        let fenced = if one.is_renewable() {
            ring.fence_for_renewal(case_id, &one.classes).await
        } else {
            ring.fence(case_id, &one.classes).await
        };
        fenced.map_err(sealing::Error::from)?;
        outcome = Some(state(runtime, case_id, BeginForgetting { request_id }, request.clone()).await?);
        one = read(runtime, case_id, request_id).await?.unwrap_or(one);
    }
    let done = match one.standing {
        Standing::Begun => {
            let receipt = destroy(runtime, case_id, &one, Some(request_id), &request).await?;
            tracing::info!(
                took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                "an approved erasure was carried out"
            );
            Some(receipt.outcome)
        }
        Standing::Incomplete => complete(runtime, case_id, &one, request_id, &request).await?,
        _ => outcome,
    };
    Ok(done.unwrap_or(Outcome { id: case_id, version: 0, position: 0, warnings: Vec::new(), repeated: true }))
}

/// Forgets by hand: an operator’s act, that no request asked for.
///
/// # Errors
/// Those of [`carry_out`].
pub async fn by_hand(
    runtime: &Runtime,
    case_id: Uuid,
    classes: &[Class],
    reason: ForgettingReason,
) -> Result<Receipt, Problem> {
    let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
    let standing = runtime.case_standing(case_id).await?;
    let standing = standing.ok_or_else(|| Problem::not_found("ce dossier"))?;
    if standing.forgettings.held_on(runtime.clock.today()).is_some() {
        let refused = HELD.refuse("Une conservation légale tient dans ce dossier. Levez-la d’abord.");
        return Err(refused.into());
    }
    let key = format!("forget {case_id} {}", names.join(" "));
    let request = Request::keyed(ERASER, &key, runtime.clock.now());
    let one = Forgetting {
        classes: classes.to_vec(),
        ground: reason.proto_name().to_owned(),
        ..Forgetting::default()
    };
    if classes.iter().any(|class| !standing.forgettings.erased.contains(class)) {
        return destroy(runtime, case_id, &one, None, &request).await;
    }
    // It was said: what may be left is removed, and nothing is said twice.
    let stores = remove(runtime, case_id, &one).await?;
    let facts = runtime.journal.stream(case_id, 1).await?;
    let said = facts.iter().rev().find(|fact| fact.kind.name == "PersonForgotten");
    let (version, position) = said.map_or((0, 0), |fact| (fact.version, fact.position));
    let outcome = Outcome { id: case_id, version, position, warnings: Vec::new(), repeated: true };
    Ok(Receipt { stores, outcome })
}

/// Destroys the keys, purges the stores, says so.
async fn destroy(
    runtime: &Runtime,
    case_id: Uuid,
    one: &Forgetting,
    request_id: Option<Uuid>,
    request: &Request,
) -> Result<Receipt, Problem> {
    let stores = remove(runtime, case_id, one).await?;
    let words: Vec<String> = one.classes.iter().map(|class| class.name().to_uppercase()).collect();
    let mute_on = day_in_paris(request.now).saturating_add(HORIZON_DAYS.days());
    let body = serde_json::json!({
        "classes": words, "reason": one.ground, "request_id": request_id, "stores": stores,
        "backups_mute_on": Day(mute_on), "renewable": one.is_renewable(),
    });
    let command: ForgetPerson = serde_json::from_value(body).map_err(|error| Problem::internal(&error))?;
    let incomplete = command.stores.iter().any(|store| !store.reached);
    let key = format!("forget {case_id} {}", request_id.map_or_else(|| words.join(" "), |id| id.to_string()));
    let said =
        Request { command_id: Request::keyed(ERASER, &key, request.now).command_id, ..request.clone() };
    let outcome = state(runtime, case_id, command, said).await?;
    if incomplete {
        runtime.metrics.forgetting_incomplete.set(1);
        tracing::error!("an erasure is incomplete: a store could not be reached; it is tried again");
    }
    Ok(Receipt { stores, outcome })
}

/// Destroys the keys and purges the stores.
async fn remove(runtime: &Runtime, case_id: Uuid, one: &Forgetting) -> Result<Vec<Purged>, Problem> {
    let ring = runtime.sealer.ring();
    let forgotten = if one.is_renewable() {
        ring.renew(case_id, &one.classes).await
    } else {
        ring.forget(case_id, &one.classes).await
    };
    let keys = u32::try_from(forgotten.map_err(sealing::Error::from)?.destroyed).unwrap_or(u32::MAX);
    let mut stores = vec![Purged { store: "keys".into(), removed: keys, reached: true }];
    stores.extend(purge(runtime, case_id, &one.classes, &[]).await);
    Ok(stores)
}

/// Purges what could not be reached; says so once all is.
async fn complete(
    runtime: &Runtime,
    case_id: Uuid,
    one: &Forgetting,
    request_id: Uuid,
    request: &Request,
) -> Result<Option<Outcome>, Problem> {
    let stores = purge(runtime, case_id, &one.classes, &one.unreached).await;
    if stores.iter().any(|store| !store.reached) {
        runtime.metrics.forgetting_incomplete.set(1);
        tracing::error!("an erasure is still incomplete: a store cannot be reached");
        tokio::time::sleep(PAUSE).await;
        return Ok(None);
    }
    let done = state(runtime, case_id, CompleteForgetting { request_id, stores }, request.clone()).await?;
    runtime.metrics.forgetting_incomplete.set(0);
    Ok(Some(done))
}

/// Forgets the person in the stores of these names, in all of them when none is named.
async fn purge(runtime: &Runtime, case_id: Uuid, classes: &[Class], names: &[String]) -> Vec<Purged> {
    let mut purged = Vec::new();
    for store in &runtime.stores {
        if !names.is_empty() && !names.iter().any(|name| name == store.name) {
            continue;
        }
        let removing = async {
            let client = runtime.pool.get().await?;
            (store.purge)(&client, case_id, classes).await
        };
        let removed: Result<u64, BoxError> =
            tokio::time::timeout(PATIENCE, removing).await.unwrap_or_else(|late| Err(late.into()));
        if let Err(error) = &removed {
            tracing::error!(store = store.name, error = %error, "a store could not be purged");
        }
        purged.push(Purged {
            store: store.name.to_owned(),
            removed: removed.as_ref().map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX)),
            reached: removed.is_ok(),
        });
    }
    purged
}

async fn read(runtime: &Runtime, case_id: Uuid, request_id: Uuid) -> Result<Option<Forgetting>, Problem> {
    let standing = runtime.case_standing(case_id).await?;
    Ok(standing.and_then(|mut case| case.forgettings.requests.remove(&request_id)))
}

async fn state<C: Command>(
    runtime: &Runtime,
    case_id: Uuid,
    command: C,
    request: Request,
) -> Result<Outcome, Problem> {
    execute(runtime, Target::Existing(case_id), command, Request { actor: ERASER, ..request }).await
}
