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
    let mut stack = Stack::durable("killed-under-load").await;
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
    let mut stack = Stack::durable("lost-stream").await;
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
    let stack = Stack::durable("rebuild").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_a_read_model_cannot_take_is_listed_tried_again_and_done_without() {
    let stack = Stack::durable("parked").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Ferrand", "Nadia", "1986-05-21").await;
    let other = world.open_case("Ferrand", "Paulo", "1990-10-02").await;
    let (database, connection) =
        tokio_postgres::connect(&stack.postgres.url("jalon"), tokio_postgres::NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    let note = async |case: Uuid| {
        world
            .must(&format!("/api/v1/cases/{case}/notes"), json!({"text": "Un mot à taire."}))
            .await
            .position()
    };
    let timeline = async |case: Uuid, position: i64| {
        let items = world.read(&format!("/api/v1/cases/{case}/timeline"), position).await["items"].clone();
        items
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|item| item["position"].as_i64())
            .collect::<Vec<_>>()
    };
    let before = note(other).await;
    assert!(timeline(other, before).await.contains(&before));

    // From now on its table takes nothing more of these two cases.
    let named = "select format('%s_v%s_g%s.%s', name, version, generation, name) from projections.checkpoint
        where name = 'timeline' and status = 'active'";
    let table: String = database.query_one(named, &[]).await.expect("a table").get(0);
    let refuses = format!(
        "alter table {table} add constraint refused check (case_id not in ('{case}', '{other}')) not valid"
    );
    database.batch_execute(&refuses).await.expect("a constraint");
    let (first, second, alone) = (note(case).await, note(case).await, note(other).await);
    let listed = async || stack.jalon(&["parked", "list"]).await.1;
    until("both cases are set aside", async || listed().await.lines().count() == 2).await;
    until("what comes after waits behind", async || listed().await.contains("en attente derrière : 1")).await;
    let said = listed().await;
    let line = said.lines().find(|line| line.contains(&case.to_string())).expect("a line of the case");
    assert!(line.contains("timeline") && line.contains(&format!("position {first}")), "{line}");
    assert!(line.contains("NoteWritten") && line.contains("23514") && !said.contains("Un mot"), "{said}");
    let parked =
        async |what: &str, case: Uuid| stack.jalon(&["parked", what, "timeline", &case.to_string()]).await;
    let (freed, said) = parked("retry", case).await;
    assert!(!freed && said.contains("0 faits appliqués, 2 encore de côté"), "{said}");
    assert!(listed().await.contains("essais : 2"), "{}", listed().await);

    database.batch_execute(&format!("alter table {table} drop constraint refused")).await.expect("mended");
    let (freed, said) = parked("retry", other).await;
    assert!(freed && said.contains("1 faits appliqués, 0 encore de côté"), "{said}");
    assert!(timeline(other, alone).await.contains(&alone));
    let (freed, said) = parked("skip", case).await;
    assert!(freed && said.contains("1 faits appliqués, 0 encore de côté"), "{said}");
    let positions = timeline(case, second).await;
    assert!(positions.contains(&second) && !positions.contains(&first), "{positions:?}");
    assert!(listed().await.contains("Aucun fait"), "{}", listed().await);
    let (freed, said) = stack.jalon(&["parked", "skip", "inconnu", &case.to_string()]).await;
    assert!(
        !freed && said.contains("timeline") && said.contains("live_status"),
        "it says which there are: {said}"
    );
    // Made anew, it has what was done without: nothing refuses it any more.
    let (rebuilt, said) = stack.jalon(&["rebuild", "timeline"]).await;
    assert!(rebuilt, "{said}");
    until("the rebuilt one is read", async || timeline(case, second).await.contains(&first)).await;
}
