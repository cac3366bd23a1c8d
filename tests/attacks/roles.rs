//! Every role on every route, beside no token, an expired one and one that was revoked.

use std::collections::BTreeSet;

use contracts::{common::v1::Role, values_of};
use reqwest::Method;
use serde_json::Value;
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder, Reply},
    routes::{self, Route},
    sample,
    table::{TABLE, Who, line},
};

/// Bodies the description does not give.
const BODIES: &[(&str, &str)] = &[
    ("/api/v1/inbound/immersion-facilitee/aside/{id}/attach", r#"{"case_id": "ID"}"#),
    ("/api/v1/me/followups/seen", r#"{"position": 0}"#),
    ("/api/v1/administration/suspensions", r#"{"reader_id": "ID", "reason": "COMPROMISED"}"#),
];

/// What was asked for in vain is a page to sign in at, or a problem.
fn is_stopped(reply: &Reply) -> bool {
    let sent_away =
        reply.status == 303 && reply.header("location").unwrap_or_default().starts_with("/connexion");
    reply.status == 401 || sent_away
}

fn body(openapi: &Value, route: &Route) -> Value {
    let known = BODIES.iter().find(|(path, _)| *path == route.path);
    match (known, &route.body) {
        (Some((_, text)), _) => {
            serde_json::from_str(&text.replace("ID", &Uuid::now_v7().to_string())).expect("JSON")
        }
        (None, Some(schema)) => sample::of(openapi, schema),
        (None, None) => Value::Null,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_passes_where_the_table_says_and_nowhere_else() {
    let stack = Stack::start("attacks-roles").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let routes = routes::all(&openapi);
    let spoken: BTreeSet<usize> = routes.iter().filter_map(line).collect();
    let unspoken: Vec<_> = routes.iter().filter(|route| line(route).is_none()).collect();
    assert!(unspoken.is_empty(), "no line of the table speaks for {unspoken:?}");
    let idle: Vec<_> = (0..TABLE.len()).filter(|index| !spoken.contains(index)).map(|at| TABLE[at]).collect();
    assert!(idle.is_empty(), "these lines speak for no route: {idle:?}");

    let mut wrong = Vec::new();
    for (word, _) in values_of::<Role>() {
        let holder = Holder { role: word, post: Some(Uuid::now_v7()), organisation: Some(Uuid::now_v7()) };
        let token = ground.token(holder, 600.0).await;
        for route in &routes {
            let who = TABLE[line(route).expect("a line")].2;
            let reply = asked(&ground, &openapi, route, Some(&token)).await;
            let right = match (who, who.includes(word)) {
                // The way in has its own tests.
                (Who::Public, _) => reply.status < 500,
                (Who::Secret, _) => reply.status == 401,
                (_, true) => !is_stopped(&reply) && reply.status != 403 && understood(&reply),
                (_, false) => reply.status == 403,
            };
            if !right {
                wrong
                    .push(format!("{word} {} {}: {} {}", route.method, route.path, reply.status, reply.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are not the table's:\n{}", wrong.len(), wrong.join("\n"));
    ground.kept_quiet(&[]);
}

/// What the route asks of a body was given: the answer tells of rights, not of shapes.
fn understood(reply: &Reply) -> bool {
    !["corps", "type-de-contenu", "methode"].contains(&reply.problem().as_str()) && reply.status < 500
}

async fn asked(ground: &Ground, openapi: &Value, route: &Route, token: Option<&str>) -> Reply {
    let nobody = Uuid::now_v7().to_string();
    let form = route.method == Method::POST && !route.path.starts_with("/api/");
    if !form {
        return ground.ask(&route.method, &route.at(&nobody), token, &body(openapi, route)).await;
    }
    let request = ground.request(&route.method, &route.at(&nobody));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("position=0&poste={nobody}"));
    ground
        .send(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_token_nothing_is_read_nor_written() {
    let stack = Stack::start("attacks-without").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let routes = routes::all(&openapi);
    let before = ground.head().await;
    let holder = Holder { role: "CIP", post: Some(world.cip_post), organisation: Some(world.structure) };
    let (expired, revoked) = (ground.token(holder, 600.0).await, ground.token(holder, 600.0).await);
    assert_eq!(ground.get(&expired, "/api/v1/me").await.status, 200);
    ground.ends_in(&expired, -0.001).await;
    leave(&ground, &revoked).await;
    let mut wrong = Vec::new();
    for (what, token) in [("none", None), ("expired", Some(expired)), ("revoked", Some(revoked))] {
        for route in &routes {
            let public = TABLE[line(route).expect("a line")].2 == Who::Public;
            let reply = asked(&ground, &openapi, route, token.as_deref()).await;
            if !public && !is_stopped(&reply) {
                wrong.push(format!("{what} {} {}: {}", route.method, route.path, reply.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(ground.head().await, before, "nothing was written");
    ground.kept_quiet(&[]);
}

/// Signs out, as a browser does.
async fn leave(ground: &Ground, token: &str) {
    assert_eq!(ground.get(token, "/api/v1/me").await.status, 200);
    let request = ground.request(&Method::POST, "/deconnexion").header("sec-fetch-site", "same-origin");
    let left = ground.send(request.header("cookie", format!("jalon_session={token}"))).await;
    assert_eq!(left.status, 303, "{}", left.text);
    assert_eq!(ground.get(token, "/api/v1/me").await.status, 401, "it was revoked");
}
