//! Servers and processes are killed under load: what was acknowledged is kept, once, and readers
//! catch up by themselves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use testkit::stack::{Stack, until};
use tests::World;
use uuid::Uuid;

/// Opens cases until told to stop; each command is sent again with its key until it is acknowledged.
async fn open_cases(world: World, stop: Arc<AtomicBool>) -> Vec<(Uuid, Uuid)> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let key = Uuid::now_v7();
        let body = json!({"structure_id": world.structure, "platform_id": world.platform, "origin": "SIAO"});
        loop {
            match world.api.post_keyed(&world.cip, "/api/v1/cases", &key.to_string(), &body).await {
                Ok(answer) if answer.status == 201 => {
                    acknowledged.push((key, answer.id()));
                    break;
                }
                Ok(answer) => {
                    assert!(matches!(answer.status, 401 | 500 | 503), "{} {}", answer.status, answer.text)
                }
                Err(_) => {}
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    acknowledged
}

async fn some_time() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// Everything acknowledged is there, once; the bus and the read models reach the head.
async fn nothing_lost(stack: &Stack, world: &World, acknowledged: &[(Uuid, Uuid)]) {
    let (intact, said) = stack.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");
    until("relay and read models reach the head", async || {
        let (known, said) = stack.jalon(&["status", "--json"]).await;
        let status: serde_json::Value = serde_json::from_str(said.trim()).unwrap_or_default();
        let settled =
            |value: &serde_json::Value| value["lag"] == 0 && value["parked"].as_i64().unwrap_or(0) == 0;
        known
            && settled(&status["relay"])
            && status["projections"].as_array().is_some_and(|all| all.iter().all(settled))
    })
    .await;
    assert!(acknowledged.len() > 20, "only {} commands went through", acknowledged.len());
    for (index, (key, case)) in acknowledged.iter().enumerate() {
        // Nobody opens more than forty people in an hour.
        if index < 30 {
            let answer = world.api.get(&world.cip, &format!("/api/v1/cases/{case}")).await;
            assert_eq!(answer.status, 200, "case {case} was acknowledged: {}", answer.text);
        }
        // The same command again gets the first answer, and does nothing.
        let body = json!({"structure_id": world.structure, "platform_id": world.platform, "origin": "SIAO"});
        let again = world
            .api
            .post_keyed(&world.cip, "/api/v1/cases", &key.to_string(), &body)
            .await
            .expect("an answer");
        assert_eq!((again.id(), &again.body["repeated"]), (*case, &json!(true)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_postgres_and_nats_are_killed_under_load_and_nothing_is_lost() {
    let mut stack = Stack::start("killed-under-load").await;
    let world = World::build(&stack).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4).map(|_| tokio::spawn(open_cases(world.clone(), stop.clone()))).collect();
    for _ in 0..2 {
        some_time().await;
        stack.kill_and_serve().await;
        stack.ready().await;
        some_time().await;
        stack.postgres.kill().await.expect("SIGKILL");
        some_time().await;
        stack.postgres.restart().await.expect("Postgres restarts");
        some_time().await;
        stack.nats.kill().await.expect("SIGKILL");
        some_time().await;
        stack.nats.restart().await.expect("NATS restarts");
        stack.ready().await;
    }
    some_time().await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer"));
    }
    nothing_lost(&stack, &world, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_on_without_nats_and_a_lost_stream_is_republished() {
    let mut stack = Stack::start("lost-stream").await;
    let world = World::build(&stack).await;
    stack.nats.kill().await.expect("SIGKILL");
    let mut acknowledged = Vec::new();
    for _ in 0..30 {
        let key = Uuid::now_v7();
        let body = json!({"structure_id": world.structure, "platform_id": world.platform, "origin": "SIAO"});
        let answer = world
            .api
            .post_keyed(&world.cip, "/api/v1/cases", &key.to_string(), &body)
            .await
            .expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text);
        acknowledged.push((key, answer.id()));
    }
    // Without NATS, what was just written is still read.
    let (_, last) = acknowledged.last().expect("one");
    until("the last case is read without NATS", async || {
        world.api.get(&world.cip, &format!("/api/v1/cases/{last}")).await.status == 200
    })
    .await;
    stack.nats.wipe_and_restart().await.expect("NATS restarts without its data");
    let (republished, said) = stack.jalon(&["journal", "republish"]).await;
    assert!(republished, "{said}");
    stack.ready().await;
    nothing_lost(&stack, &world, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_is_rebuilt_while_commands_go_on_and_a_parked_list_is_empty() {
    let stack = Stack::start("rebuild").await;
    let world = World::build(&stack).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(open_cases(world.clone(), stop.clone()));
    some_time().await;
    for name in ["live_status", "timeline"] {
        let (rebuilt, said) = stack.jalon(&["rebuild", name]).await;
        assert!(rebuilt && said.contains("Les lecteurs voient le nouveau modèle"), "{said}");
    }
    stop.store(true, Ordering::Relaxed);
    let acknowledged = writer.await.expect("a writer");
    nothing_lost(&stack, &world, &acknowledged).await;
    let (listed, said) = stack.jalon(&["parked", "list"]).await;
    assert!(listed && said.contains("Aucun fait"), "{said}");
}
