//! The door of the tool: who may knock, what is answered.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{tool::*, world::*};

async fn knock(world: &World, authorization: Option<&str>, body: Vec<u8>) -> Answer {
    let mut request = Request::post(ROUTE);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    world.send(request.body(Body::from(body)).expect("a request")).await
}

/// Every refusal is a problem whose sentence the tool shows to its users.
fn is_a_sentence(answer: &Answer) {
    let message = answer.body["message"].as_str().expect("a message");
    assert!(message.ends_with('.'), "{message}");
    assert_eq!(answer.body["detail"], answer.body["message"]);
    assert_eq!(answer.body["status"], answer.status);
}

#[tokio::test]
async fn only_the_secret_of_the_subscription_opens_and_each_refusal_says_what_to_do() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let head = world.runtime.journal.head().await.expect("read");
    let body = adult().to_string().into_bytes();
    for wrong in [None, Some(""), Some("un-autre"), Some("Bearer un-secret-bien-assez-long")] {
        let answer = knock(&world, wrong, body.clone()).await;
        assert_eq!(answer.status, 401);
        is_a_sentence(&answer);
    }
    for (body, status) in [
        (b"{".to_vec(), 400),
        (b"{}".to_vec(), 400),
        (with(adult(), "id", Value::Null).to_string().into_bytes(), 422),
        (vec![b' '; 1024 * 1024 + 1], 413),
    ] {
        let answer = knock(&world, Some(SECRET), body).await;
        assert_eq!(answer.status, status);
        is_a_sentence(&answer);
    }
    let missing =
        knock(&world, Some(SECRET), with(adult(), "id", Value::Null).to_string().into_bytes()).await;
    assert_eq!(missing.body["errors"][0]["pointer"], "/payload/convention/id");
    assert_eq!(world.runtime.journal.head().await.expect("read"), head, "nothing was written");
    assert_eq!(world.asides().await, 0);
}

#[tokio::test]
async fn what_is_not_for_jalon_is_answered_200_and_writes_nothing() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let head = world.runtime.journal.head().await.expect("read");
    for body in [
        json!({ "subscribedEvent": "agency.updated", "payload": {} }),
        with(adult(), "internshipKind", "mini-stage-cci"),
        with(adult(), "status", "UNHEARD_OF"),
    ] {
        let answer = world.notify(&body).await;
        assert_eq!((answer.status, answer.body["facts"].clone()), (200, json!([])), "{}", answer.body);
    }
    assert_eq!(world.runtime.journal.head().await.expect("read"), head);
}

#[tokio::test]
async fn when_the_database_is_down_it_is_503_and_a_sentence() {
    let mut world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    assert_eq!(world.notify(&adult()).await.status, 200);
    world.stop_postgres().await;
    for body in [adult(), minor()] {
        let answer = world.notify(&body).await;
        assert_eq!(answer.status, 503, "{}", answer.body);
        is_a_sentence(&answer);
    }
}

#[tokio::test]
async fn what_waits_is_shown_to_those_who_accompany_only() {
    let world = World::new().await;
    let path = "/api/v1/inbound/immersion-facilitee/aside";
    assert_eq!(world.get("jal_nobody", path).await.status, 401);
    let actor = access::Actor {
        role: contracts::common::v1::Role::PARTENAIRE,
        professional_id: None,
        post_id: None,
        organisation_id: None,
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    };
    let until = "2030-01-01T00:00:00Z".parse().expect("an instant");
    let token =
        world.runtime.tokens.issue(&actor, false, world.runtime.clock.now(), until).await.expect("a token");
    assert_eq!(world.get(&token, path).await.status, 403);
}
