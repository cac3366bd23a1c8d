//! What is hidden from whoever asks is answered as what does not exist; what is allowed says under which
//! policies.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{tool::*, world::*};

/// Sends a command, with the version it was decided on when there is one.
async fn command(world: &World, token: &str, path: &str, body: &Value, version: Option<u32>) -> Answer {
    let mut request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", Uuid::now_v7().to_string());
    if let Some(version) = version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    world.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

/// Whatever would tell one answer from the other.
fn told(answer: &Answer) -> (u16, &Value, &Value) {
    (answer.status, &answer.body["type"], &answer.body["detail"])
}

#[tokio::test]
async fn a_command_on_what_is_hidden_is_answered_as_on_what_does_not_exist() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let hidden = world.convention(&adult()).await.first().expect("a convention").stream_id;
    let stranger = world.token(Uuid::now_v7(), Uuid::now_v7()).await;

    let cancel = |id: Uuid| format!("/api/v1/conventions/{id}/cancel");
    for version in [None, Some(1), Some(99)] {
        let of_hidden = command(&world, &stranger, &cancel(hidden), &json!({}), version).await;
        let of_none = command(&world, &stranger, &cancel(Uuid::now_v7()), &json!({}), version).await;
        assert_eq!(told(&of_hidden), told(&of_none));
        assert_eq!(of_hidden.status, 404, "{}", of_hidden.body);
    }

    let draft = |case: Uuid| format!("/api/v1/cases/{case}/conventions");
    let body = json!({
        "kind": "STAGE_STRUCTURE",
        "object": "DECOUVRIR_METIER",
        "terms": {
            "starts_on": "2026-12-01", "ends_on": "2026-12-04", "presence_days": 4, "weekly_minutes": 1680,
        },
    });
    let of_hidden = command(&world, &stranger, &draft(case), &body, None).await;
    let of_none = command(&world, &stranger, &draft(Uuid::now_v7()), &body, None).await;
    assert_eq!(told(&of_hidden), told(&of_none));
    assert_eq!(of_hidden.status, 404, "{}", of_hidden.body);
}

#[tokio::test]
async fn a_fact_says_under_which_policies_it_was_stated() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let facts = world.convention(&adult()).await;
    assert!(!facts.is_empty());
    for fact in facts {
        let metadata = fact.metadata().expect("what is beside a fact");
        assert_eq!(metadata.policy, *world.runtime.policies.digest(), "{}", fact.kind.name);
    }
}
