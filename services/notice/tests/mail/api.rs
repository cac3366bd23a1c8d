//! What a professional chooses and reads over HTTP.

use access::Actor;
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::{
    common::v1::Role,
    events,
    platform::v1::{PostFilled, PostVacated},
    prescription::v1::PrescriptionRefused,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::world::World;

const MAILBOX: &str = "/api/v1/me/mailbox";
pub const NOTICES: &str = "/api/v1/me/notices";

async fn send(world: &World, request: Request<Body>) -> (u16, Value) {
    let answer =
        notice::api().router.with_state(world.runtime.clone()).oneshot(request).await.expect("infallible");
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

pub async fn get(world: &World, token: &str, path: &str) -> (u16, Value) {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    send(world, request.body(Body::empty()).expect("a request")).await
}

async fn choose(world: &World, token: &str, body: &Value) -> (u16, Value) {
    let request = Request::post(MAILBOX)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", Uuid::now_v7().to_string());
    send(world, request.body(body.to_string().into()).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_post_chooses_and_a_successor_sees_none_of_it() {
    let world = World::at("2026-11-23T11:00:00Z", None).await;
    let post = Uuid::now_v7();
    let token = world.token(&world.holder(post, Uuid::now_v7())).await;
    let (status, body) = get(&world, &token, MAILBOX).await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({"chosen": false, "email": null, "digest": false, "digest_hour": 8, "immediate": false, "sending": false})
    );
    let wanted = json!({"email": "cip@chrs.example", "digest": true, "digest_hour": 18, "immediate": true});
    let (status, body) = choose(&world, &token, &wanted).await;
    assert_eq!(status, 200, "{body}");
    let (_, body) = get(&world, &token, MAILBOX).await;
    let chosen = json!({"chosen": true, "email": "cip@chrs.example", "digest": true, "digest_hour": 18, "immediate": true, "sending": false});
    assert_eq!(body, chosen);

    let successor = Uuid::now_v7();
    let filled = PostFilled { professional_id: successor.to_string(), ..Default::default() };
    let handed: Vec<events::Post> = vec![PostVacated::default().into(), filled.into()];
    world.say(post, Uuid::nil(), None, handed).await;
    let newcomer = world.token(&world.holder(post, successor)).await;
    let (_, body) = get(&world, &newcomer, MAILBOX).await;
    assert_eq!((&body["chosen"], &body["email"]), (&json!(false), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_chosen_is_refused_in_french_without_its_value() {
    let world = World::at("2026-11-23T11:00:00Z", None).await;
    let token = world.token(&world.holder(Uuid::now_v7(), Uuid::now_v7())).await;
    let wrong = json!({"email": "sans-arobase", "digest": true, "immediate": false});
    let (status, body) = choose(&world, &token, &wrong).await;
    assert_eq!((status, &body["rule"]), (422, &json!("avis.adresse")));
    assert_eq!(body["errors"][0]["pointer"], "/email");
    assert!(!body.to_string().contains("sans-arobase"));
    let (status, _) =
        choose(&world, &token, &json!({"email": "a@b.example", "digest": "oui", "immediate": false})).await;
    assert_eq!(status, 422);

    let postless = Actor { post_id: None, ..world.holder(Uuid::nil(), Uuid::now_v7()) };
    for role in [Role::PERSONNE, Role::PARTENAIRE] {
        let token = world.token(&Actor { role, ..postless.clone() }).await;
        let chosen = json!({"email": "a@b.example", "digest": true, "immediate": true});
        assert_eq!(choose(&world, &token, &chosen).await.0, 403);
        assert_eq!(get(&world, &token, MAILBOX).await.0, 403);
        assert_eq!(get(&world, &token, NOTICES).await.0, 403);
    }
    assert_eq!(get(&world, "jal_inconnu", NOTICES).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_read_page_by_page_by_their_post_alone() {
    let world = World::at("2026-11-23T11:00:00Z", None).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    for _ in 0..5 {
        let refused: events::Prescription = PrescriptionRefused::default().into();
        world.say(Uuid::now_v7(), case, Some(posts[0]), vec![refused]).await;
    }
    world.settle().await;
    let token = world.token(&world.holder(posts[1], Uuid::now_v7())).await;
    let (mut seen, mut path) = (Vec::new(), format!("{NOTICES}?limit=2"));
    loop {
        let (status, body) = get(&world, &token, &path).await;
        assert_eq!(status, 200, "{body}");
        seen.extend(body["items"].as_array().expect("items").clone());
        match body["next"].as_str() {
            Some(next) => path = format!("{NOTICES}?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    let mut ids: Vec<&str> = seen.iter().filter_map(|item| item["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!((&seen[0]["kind"], &seen[0]["kind_text"]), (&json!("REFUSAL"), &json!("réponse négative")));
    assert_eq!((&seen[0]["case_id"], &seen[0]["outcome"]), (&json!(case), &Value::Null));

    let other = world.token(&world.holder(posts[0], Uuid::now_v7())).await;
    let (_, body) = get(&world, &other, NOTICES).await;
    assert_eq!(body, json!({"items": [], "next": null}));
    assert_eq!(get(&world, &token, &format!("{NOTICES}?limit=0")).await.0, 400);
    assert_eq!(get(&world, &token, &format!("{NOTICES}?quoi=1")).await.0, 400);
}
