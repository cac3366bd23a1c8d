//! Rules that go by what several aggregates of a person say: whoever is overtaken is judged again, and nobody waits for
//! anybody.

use std::sync::{
    Barrier,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use axum::{http::header::RETRY_AFTER, response::IntoResponse as _};
use contracts::{
    common::v1::Role,
    events,
    platform::v1::{GatheringAttended, GatheringPlanned},
};
use platform::domain::{
    attendance::{
        Event,
        aggregate::{Attendance, State},
    },
    past::{PLATFORM_BY_CASE, Past},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{Command, Context, Needs, Request, Target, execute};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Refusal;

use crate::{
    POST,
    world::{PLATFORM, World, actor},
};

const DAY: &str = "2026-11-20";

/// Every append is refused, as if something about the case had been recorded before it.
const OVERTAKEN: &str = "
create function public.overtaken() returns trigger language plpgsql as $$
begin
    raise exception 'dossier' using errcode = 'JL007';
end $$;
create trigger overtaken before insert on journal.commands for each statement execute function public.overtaken()";

/// Tells a participation, once told that it may go on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Slow {
    gathering_id: Uuid,
}

static HAS_READ: Barrier = Barrier::new(2);
static MAY_GO_ON: Barrier = Barrier::new(2);
static DECIDED: AtomicU32 = AtomicU32::new(0);
/// How many participations the last decision knew of.
static SEEN: AtomicUsize = AtomicUsize::new(0);

impl Command for Slow {
    type Aggregate = Attendance;
    const NAME: &'static str = "gathering.attend";
    const SUMMARY: &'static str = "Enregistrer une participation";

    fn needs(&self, _: &State) -> Needs {
        Needs { case_document: Some(PLATFORM_BY_CASE), fresh: true, ..Needs::default() }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if DECIDED.fetch_add(1, Ordering::SeqCst) == 0 {
            // What waits behind on this thread goes on elsewhere.
            tokio::task::block_in_place(|| (HAS_READ.wait(), MAY_GO_ON.wait()));
        }
        let past: Past = context.document().unwrap_or_default();
        SEEN.store(past.gatherings.len(), Ordering::SeqCst);
        let gathering_id = self.gathering_id.to_string();
        let told = GatheringAttended { gathering_id, attended_on: DAY.into(), ..Default::default() };
        Ok(vec![told.into()])
    }
}

async fn planned(world: &World) -> Uuid {
    let gathering = Uuid::now_v7();
    let planned =
        GatheringPlanned { platform_id: PLATFORM.to_string(), planned_on: DAY.into(), ..Default::default() };
    world.append::<events::Gathering>(gathering, None, vec![planned.into()]).await;
    gathering
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_slow_keeps_nobody_waiting_and_is_judged_again_on_what_was_told_meanwhile() {
    let world = World::new().await;
    let (case_id, one, other) = (world.case(POST).await, planned(&world).await, planned(&world).await);
    let runtime = world.runtime.clone();
    let slow = tokio::spawn(async move {
        let now = runtime.clock.now();
        let request = Request::keyed(actor(Role::CIP, POST), "the slow one", now);
        execute(&runtime, Target::New { case_id: Some(case_id) }, Slow { gathering_id: one }, request).await
    });
    let wait = |barrier: &'static Barrier| tokio::task::spawn_blocking(|| barrier.wait());
    wait(&HAS_READ).await.expect("it has read");
    let token = world.token(Role::CIP, POST).await;
    let body = json!({"gathering_id": other, "attended_on": DAY});
    let told = world.post(&token, &format!("/api/v1/cases/{case_id}/gatherings"), body).await;
    assert_eq!(told.status, 201, "{}", told.body);
    wait(&MAY_GO_ON).await.expect("it goes on");
    let done = slow.await.expect("it ran").expect("accepted");
    assert_eq!(DECIDED.load(Ordering::SeqCst), 2, "judged again, once");
    assert!(done.position > told.body["position"].as_i64().expect("a position"));
    assert_eq!(SEEN.load(Ordering::SeqCst), 1, "on what the other had told");
}

#[tokio::test]
async fn who_is_overtaken_each_time_is_told_to_send_it_again_and_then_it_passes() {
    let world = World::new().await;
    let (case_id, gathering) = (world.case(POST).await, planned(&world).await);
    let token = world.token(Role::CIP, POST).await;
    let path = format!("/api/v1/cases/{case_id}/gatherings");
    let body = json!({"gathering_id": gathering, "attended_on": DAY});
    // As if others wrote before each of its attempts.
    world.as_owner(OVERTAKEN).await;
    let before = world.head().await;
    let refused = world.post_with_key(&token, &path, body.clone(), "the same key").await;
    assert_eq!((refused.status, refused.body["type"].as_str()), (503, Some("/problemes/dossier-occupe")));
    let said = refused.body["detail"].as_str().expect("a detail");
    assert!(said.contains("même clé d’idempotence") && said.contains("Rien n’a été enregistré"), "{said}");
    world.as_owner("drop trigger overtaken on journal.commands").await;
    assert_eq!(world.head().await, before, "nothing was written");
    let accepted = world.post_with_key(&token, &path, body, "the same key").await;
    assert_eq!(accepted.status, 201, "{}", accepted.body);
    let problem = service::Problem::from(journal::JournalError::Moved).into_response();
    assert_eq!(problem.headers()[RETRY_AFTER], "2");
}
