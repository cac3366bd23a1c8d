//! The headers of every answer, errors and files included.

use reqwest::Method;
use serde_json::Value;
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder, Reply},
    routes,
};

/// What each answer says, whatever it is about.
const SAID: &[(&str, &[&str])] = &[
    (
        "content-security-policy",
        &[
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
        ],
    ),
    ("x-content-type-options", &["nosniff"]),
    ("referrer-policy", &["no-referrer"]),
    ("cross-origin-opener-policy", &["same-origin"]),
    ("cross-origin-resource-policy", &["same-origin"]),
    ("permissions-policy", &["camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"]),
];

/// What no answer says.
const UNSAID: &[&str] = &["server", "x-powered-by", "via", "x-aspnet-version"];

/// What is wrong with the headers of that answer.
fn wrong(reply: &Reply, file: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, words) in SAID {
        let value = reply.header(name).unwrap_or_default();
        wrong.extend(
            words
                .iter()
                .filter(|word| !value.contains(**word))
                .map(|word| format!("{name} lacks {word}: {value}")),
        );
    }
    let kept = reply.header("cache-control").unwrap_or_default();
    let right = if file { kept.contains("immutable") } else { kept == "no-store" };
    if !right {
        wrong.push(format!("cache-control: {kept}"));
    }
    for (name, value) in &reply.headers {
        if UNSAID.contains(&name.as_str()) || name.starts_with("access-control-") {
            wrong.push(format!("{name}: {value}"));
        }
    }
    let policy = reply.header("content-security-policy").unwrap_or_default();
    if policy.contains("unsafe") || policy.contains('*') || policy.contains("http") {
        wrong.push(format!("a way around the policy: {policy}"));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_its_guards() {
    let stack = Stack::start("attacks-guards").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let case = world.open_case("Lefort", "Ana", "1990-01-15").await;
    let mut addresses: Vec<(Method, String)> = Vec::new();
    for route in routes::all(&openapi) {
        addresses.push((route.method.clone(), route.at(&Uuid::now_v7().to_string())));
        addresses.push((route.method.clone(), route.at(&case.to_string())));
    }
    for path in ["/nulle/part", "/api/v1/nulle-part", "/%00", "/..%2f..%2fetc/passwd", "/api/v1/cases?x=%ff"]
    {
        addresses.push((Method::GET, path.to_owned()));
    }
    let methods = [Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE];
    for method in methods {
        addresses.extend(["/", "/api/v1/cases", "/connexion"].map(|path| (method.clone(), path.to_owned())));
    }
    let mut found = Vec::new();
    for (method, path) in &addresses {
        for token in [None, Some(&world.cip)] {
            let mut request = ground.request(method, path).header("origin", "https://ailleurs.example");
            request = request.header("access-control-request-method", "POST").header("accept", "text/html");
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let reply = ground.send(request).await;
            found.extend(wrong(&reply, false).into_iter().map(|what| format!("{method} {path}: {what}")));
        }
    }
    let page = ground.send(ground.request(&Method::GET, "/connexion")).await.text;
    let files: Vec<&str> = page.split('"').filter(|text| text.starts_with("/statique/")).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let reply = ground.send(ground.request(&Method::GET, file)).await;
        assert_eq!(reply.status, 200);
        found.extend(wrong(&reply, true).into_iter().map(|what| format!("{file}: {what}")));
    }
    assert!(found.is_empty(), "{} headers are wrong:\n{}", found.len(), found.join("\n"));
    ground.kept_quiet(&["Lefort"]);
    no_answer_tells_the_software(&ground, &world).await;
    nobody_watches_from_outside(&ground, &world).await;
}

/// How the process goes is told to whoever administers it, and to a token given for that alone.
async fn nobody_watches_from_outside(ground: &Ground, world: &World) {
    for (token, status) in [
        (None, 401),
        (Some(&world.cip), 403),
        (Some(&world.animator), 403),
        (Some(&world.administrator), 200),
    ] {
        let metrics = ground.ask(&Method::GET, "/metrics", token.map(String::as_str), &Value::Null).await;
        assert_eq!(metrics.status, status, "{}", metrics.text);
        assert_eq!(metrics.text.contains("jalon_http_requests_total"), status == 200);
    }
    let holder = Holder { role: "ADMINISTRATEUR", post: None, organisation: None };
    let token = ground.token(holder, 600.0).await;
    for (scope, status) in [("administration.metrics", 200), ("events.read", 403)] {
        ground.is_for(&token, &[scope]).await;
        assert_eq!(ground.get(&token, "/metrics").await.status, status, "{scope}");
    }
    let version = ground.ask(&Method::GET, "/version", None, &Value::Null).await.json();
    let said: Vec<&String> = version.as_object().expect("an object").keys().collect();
    assert_eq!(said, ["name", "version"]);
}

/// A refusal says what is wrong, never with what it was found out.
async fn no_answer_tells_the_software(ground: &Ground, world: &World) {
    let replies = [
        ground.get(&world.cip, "/api/v1/cases/%ff").await,
        ground.get(&world.cip, "/api/v1/platforms/x/board?limit=beaucoup").await,
        ground.post(&world.cip, "/api/v1/cases", &Value::from(3)).await,
        ground.get("jal_faux", "/api/v1/me").await,
    ];
    for reply in replies {
        let text = reply.text.to_lowercase();
        assert!(reply.status >= 400, "{text}");
        for word in ["rust", "axum", "serde", "postgres", "nats", "tokio", "hyper", "panic", ".rs"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}
