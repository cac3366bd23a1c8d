//! Whatever starts first: services answer at once, say what they wait for, and go on by themselves when it comes.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;
use testkit::stack::{Answer, Stack, until};
use tests::World;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

/// At once, even on a busy machine: no server is waited for.
const AT_ONCE: Duration = Duration::from_secs(5);

/// What is answered there, at once.
async fn at_once(world: &World, method: &str, path: &str) -> Answer {
    let began = Instant::now();
    let request = world.api.request(method, path).header("accept", "text/html").bearer_auth(&world.cip);
    let request = request.header("idempotency-key", "while-waiting").json(&json!({}));
    let answer = world.api.send(request).await;
    assert!(began.elapsed() < AT_ONCE, "{method} {path} took {:?}", began.elapsed());
    answer
}

async fn lives(world: &World) {
    until("it lives", async || {
        let asked = world.api.try_send(world.api.request("GET", "/livez")).await;
        asked.is_ok_and(|answer| answer.status == 200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_postgres_at_its_start_it_answers_at_once_and_serves_when_it_comes() {
    let mut stack = Stack::durable("starts-without-postgres").await;
    let world = World::build(&stack).await;
    stack.postgres.kill().await.expect("SIGKILL");
    stack.kill_and_serve().await;
    lives(&world).await;
    let served = stack.serve.id();
    let ready = at_once(&world, "GET", "/readyz").await;
    assert_eq!((ready.status, &ready.body["journal"]), (503, &json!(false)), "{}", ready.text);
    for (method, path) in [("POST", "/api/v1/cases"), ("GET", "/api/v1/me"), ("GET", "/metrics")] {
        let refused = at_once(&world, method, path).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some("5")),
            "{path} {}",
            refused.text
        );
        assert!(refused.text.contains("Jalon attend sa base de données"), "{path} {}", refused.text);
    }
    let page = at_once(&world, "GET", "/").await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("<html") && page.text.contains("Jalon démarre"), "{}", page.text);
    for command in
        [&["status"][..], &["replay", "0190d3f2-7c1e-7a55-8d5e-3b1c2f4a6e70"], &["journal", "check"]]
    {
        let (done, said) = stack.jalon(command).await;
        assert!(!done && said.starts_with("jalon : Postgres ne répond pas"), "{command:?}: {said}");
        assert!(said.contains("DATABASE_URL"), "what to do: {said}");
    }

    stack.postgres.restart().await.expect("Postgres restarts");
    stack.ready().await;
    world.open_case("Lenoir", "Alix", "1990-01-15").await;
    assert_eq!(stack.serve.id(), served, "the same process");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_nats_at_its_start_it_serves_and_is_ready_when_it_comes() {
    let mut stack = Stack::durable("starts-without-nats").await;
    let world = World::build(&stack).await;
    stack.nats.kill().await.expect("SIGKILL");
    stack.kill_and_serve().await;
    lives(&world).await;
    let served = stack.serve.id();
    // Facts stay in the journal until NATS comes, and are read from it.
    let key = Uuid::now_v7().to_string();
    let body = json!({"structure_id": world.structure, "origin": "SIAO"});
    until("a case is opened", async || {
        let answer = world.api.post_keyed(&world.cip, "/api/v1/cases", &key, &body).await;
        answer.is_ok_and(|answer| answer.status == 201)
    })
    .await;
    let opened = world.api.post_keyed(&world.cip, "/api/v1/cases", &key, &body).await.expect("an answer");
    world.read(&format!("/api/v1/cases/{}", opened.id()), opened.position()).await;
    let ready = at_once(&world, "GET", "/readyz").await;
    assert_eq!((ready.status, &ready.body["bus"]), (503, &json!(false)), "{}", ready.text);
    assert_eq!(ready.body["journal"], true);
    let (_, said) = stack.jalon(&["status"]).await;
    assert!(said.contains("NATS ne répond pas"), "{said}");

    stack.nats.restart().await.expect("NATS restarts");
    stack.ready().await;
    until("what was stated without NATS is relayed", async || {
        let (_, said) = stack.jalon(&["status", "--json"]).await;
        let status: serde_json::Value = serde_json::from_str(said.trim()).unwrap_or_default();
        status["relay"]["lag"] == 0
    })
    .await;
    assert_eq!(stack.serve.id(), served, "the same process");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_waits_for_both_servers_as_long_as_it_is_told() {
    let mut stack = Stack::durable("migrate-waits").await;
    stack.postgres.kill().await.expect("SIGKILL");
    stack.nats.kill().await.expect("SIGKILL");
    let (done, said) = stack.jalon(&["migrate", "--wait", "1"]).await;
    assert!(!done && said.contains("J’attends, 1 s au plus"), "{said}");
    assert!(
        said.lines().last().is_some_and(|line| line.starts_with("jalon : Postgres ne répond pas")),
        "{said}"
    );

    let mut waiting =
        stack.command(&["migrate"]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("jalon");
    tokio::time::sleep(Duration::from_secs(1)).await;
    stack.postgres.restart().await.expect("Postgres restarts");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(waiting.try_wait().expect("asked").is_none(), "NATS is still waited for");
    stack.nats.restart().await.expect("NATS restarts");
    let ended = waiting.wait().await.expect("it ends");
    let mut said = String::new();
    waiting.stderr.take().expect("piped").read_to_string(&mut said).await.expect("text");
    assert!(ended.success() && said.contains("J’attends, 60 s au plus"), "{said}");
    stack.ready().await;
}
