//! The clock: one worker applies what the agendas call for.

use std::{sync::Arc, time::Duration};

use access::Actor;
use futures::{
    FutureExt as _, StreamExt as _,
    future::select_all,
    stream::{self, FuturesUnordered},
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;
use vocabulary::ids::derived;

use super::AgendaHandle;
use crate::{BoxError, Problem, Runtime, execute::Request, problem};

/// Who states what the clock and the facts call for.
const CLOCK: Actor = Actor::system("clock");
/// How many dues of an agenda are taken at once.
const AT_ONCE: usize = 200;
/// How many aggregates are worked on at the same time.
const ABREAST: usize = 8;
/// How long the worker rests when nothing is due and no fact comes.
const REST: Duration = Duration::from_secs(1);
/// The same in the demonstration, whose time moves fast.
const SHORT_REST: Duration = Duration::from_millis(20);
/// Facts that come together are looked at together.
const BREATH: Duration = Duration::from_millis(20);
/// How long the agendas have to see what was just stated.
const SEEN: Duration = Duration::from_secs(2);

struct Due<'a> {
    agenda: &'a AgendaHandle,
    target: Uuid,
    at: Timestamp,
    command: String,
    body: Value,
    cause: i64,
    command_id: Uuid,
}

/// Applies what is due, for as long as the process lives. Two workers on the same agendas do no harm.
pub async fn work(agendas: Vec<AgendaHandle>, runtime: Arc<Runtime>, cancel: CancellationToken) {
    let mut moved: Vec<_> = agendas.iter().map(|agenda| runtime.positions.watch(agenda.name)).collect();
    let rest = if runtime.config.demonstration { SHORT_REST } else { REST };
    while !cancel.is_cancelled() {
        // Seen before the agendas are: what comes meanwhile is a change.
        moved.iter_mut().for_each(watch::Receiver::mark_unchanged);
        let rest = match round(&agendas, &runtime).await {
            Ok(0) => rest,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(error = %error, "the agendas could not be worked on; trying again");
                cancel.run_until_cancelled(tokio::time::sleep(REST)).await;
                continue;
            }
        };
        let changes = select_all(moved.iter_mut().map(|agenda| Box::pin(agenda.changed())));
        let woken = async {
            tokio::select! {
                () = changes.then(|_| tokio::time::sleep(BREATH)) => {}
                () = runtime.time_moved.notified() => {}
            }
        };
        cancel.run_until_cancelled(tokio::time::timeout(rest, woken)).await;
    }
}

/// Applies what is due now, those of one aggregate in turn; returns how many were applied or refused.
///
/// # Errors
/// When the agendas cannot be read, or a command met a broken machine; what else was due is done all the same.
pub async fn round(agendas: &[AgendaHandle], runtime: &Arc<Runtime>) -> Result<usize, BoxError> {
    let dues = due_now(agendas, runtime).await?;
    let count = dues.len();
    let mut lines: Vec<Vec<Due<'_>>> = Vec::new();
    for due in dues {
        let same = |line: &&mut Vec<Due<'_>>| {
            line.first()
                .is_some_and(|first| first.target == due.target && first.agenda.name == due.agenda.name)
        };
        match lines.iter_mut().find(same) {
            Some(line) => line.push(due),
            None => lines.push(vec![due]),
        }
    }
    let lines: Vec<_> = lines.into_iter().map(|line| apply_line(runtime, line).boxed()).collect();
    let mut worked = stream::iter(lines).buffer_unordered(ABREAST);
    let (mut reached, mut broken) = (Vec::new(), None);
    while let Some(line) = worked.next().await {
        match line {
            Ok((agenda, position)) => reached.push((agenda, position)),
            Err(error) => broken = Some(error),
        }
    }
    // What was just stated removes its due; until then it would only be found done.
    let until = Instant::now() + SEEN;
    let seen: FuturesUnordered<_> = reached
        .into_iter()
        .map(|(agenda, position)| runtime.positions.wait(agenda, position, until))
        .collect();
    seen.for_each(|_| std::future::ready(())).await;
    broken.map_or(Ok(count), Err)
}

async fn apply_line(runtime: &Arc<Runtime>, line: Vec<Due<'_>>) -> Result<(&'static str, i64), BoxError> {
    let mut reached = ("", 0);
    for due in line {
        reached = (due.agenda.name, apply(runtime, due).await?.max(reached.1));
    }
    Ok(reached)
}

async fn due_now<'a>(agendas: &'a [AgendaHandle], runtime: &Runtime) -> Result<Vec<Due<'a>>, BoxError> {
    // The demonstration's own time, while it tells its story.
    let until = if runtime.config.demonstration {
        "coalesce((select now from service.demonstration), $1)"
    } else {
        "$1::timestamptz"
    };
    let each = agendas.iter().enumerate().map(|(number, agenda)| {
        format!(
            "(select {number} as agenda, target, at, command, body, cause from read.{name}_due d \
             where at <= {until} and not exists (select from service.due_refused r \
             where r.agenda = '{name}' and r.target = d.target and r.command = d.command and r.cause = d.cause) \
             order by at, cause limit {AT_ONCE})",
            name = agenda.name
        )
    });
    let each = each.collect::<Vec<_>>().join(" union all ");
    let sql = format!("select * from ({each}) as due order by at, cause");
    let client = runtime.machinery.get().await?;
    let statement = client.prepare_cached(&sql).await?;
    let mut dues = Vec::new();
    for row in client.query(&statement, &[&runtime.clock.now()]).await? {
        let Some(agenda) = agendas.get(usize::try_from(row.try_get::<_, i32>(0)?)?) else { continue };
        let (target, command, cause): (Uuid, String, i64) =
            (row.try_get(1)?, row.try_get(3)?, row.try_get(5)?);
        let names = [agenda.name.as_bytes(), target.as_bytes(), command.as_bytes(), &cause.to_be_bytes()];
        let command_id = derived(&names);
        dues.push(Due {
            agenda,
            target,
            at: row.try_get(2)?,
            command,
            body: row.try_get(4)?,
            cause,
            command_id,
        });
    }
    runtime.metrics.due_pending.set(i64::try_from(dues.len()).unwrap_or(i64::MAX));
    Ok(dues)
}

async fn apply(runtime: &Arc<Runtime>, due: Due<'_>) -> Result<i64, BoxError> {
    let Some(run) = due.agenda.runs.get(due.command.as_str()) else {
        return Err(format!("the agenda {} does not know {}", due.agenda.name, due.command).into());
    };
    let cause = runtime.journal.at(&[due.cause]).await?.into_iter().next();
    let metadata = cause.as_ref().and_then(|fact| fact.metadata().ok()).unwrap_or_default();
    // The trace of the command that began it all goes on here.
    let span = tracing::info_span!("reaction", agenda = due.agenda.name, command = due.command);
    telemetry::context::set_parent(&span, &metadata.traceparent);
    let now = runtime.clock.now();
    let request = Request {
        actor: CLOCK,
        command_id: due.command_id,
        // The demonstration tells the past: what was due then was done then.
        now: if runtime.config.demonstration { now.min(due.at) } else { now },
        if_match: None,
        correlation_id: metadata.correlation_id.parse().ok(),
        causation_id: cause.map(|fact| fact.event_id),
        source: None,
        confirmed: false,
    };
    let done = run(runtime.clone(), due.target, due.body.clone(), request).instrument(span);
    match done.await {
        Ok(outcome) => Ok(outcome.position),
        // A broken machine, or somebody who was faster each time: it is tried again.
        Err(problem) if problem.status.is_server_error() || problem.kind == problem::CONFLICT => {
            Err(problem.detail.into())
        }
        Err(problem) => {
            remember_refused(runtime, &due, &problem).await?;
            Ok(0)
        }
    }
}

async fn remember_refused(runtime: &Runtime, due: &Due<'_>, problem: &Problem) -> Result<(), BoxError> {
    let rule = problem.rule.clone().unwrap_or_else(|| problem.kind.clone());
    tracing::info!(agenda = due.agenda.name, command = due.command, rule = %rule, "a due was refused");
    let client = runtime.pool.get().await?;
    client
        .execute(
            "insert into service.due_refused values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            &[
                &due.command_id,
                &due.agenda.name,
                &due.command,
                &due.target,
                &&*rule,
                &runtime.clock.now(),
                &due.cause,
            ],
        )
        .await?;
    Ok(())
}
