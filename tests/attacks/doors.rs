//! Tokens that are nearly right, cookies from elsewhere, and bodies that say who speaks.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder, Reply},
    routes, sample,
};

const ME: &str = "/api/v1/me";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_nearly_right_opens_nothing() {
    let stack = Stack::start("attacks-tokens").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let holder = Holder { role: "CIP", post: Some(world.cip_post), organisation: Some(world.structure) };
    let token = ground.token(holder, 600.0).await;
    assert_eq!(ground.get(&token, ME).await.status, 200);
    let swapped: String = token
        .chars()
        .map(|sign| if sign.is_lowercase() { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() })
        .collect();
    let nearly = [
        String::new(),
        "jal_".to_owned(),
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        format!("jal_{token}"),
        format!("{token}{token}"),
        format!("{token}, {token}"),
        swapped,
        token.to_uppercase(),
        token.replacen("jal_", "", 1),
        format!("jal_{}", "A".repeat(43)),
        format!("jal_{}", "A".repeat(6_000)),
        "jal_' or '1'='1".to_owned(),
        "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiQURNSU5JU1RSQVRFVVIifQ.".to_owned(),
    ];
    for wrong in &nearly {
        let reply = ground.get(wrong, ME).await;
        assert_eq!(reply.status, 401, "{wrong}: {}", reply.text);
    }
    for scheme in ["Basic", "Digest", "Token", ""] {
        let request = ground.request(&Method::GET, ME).header("authorization", format!("{scheme} {token}"));
        assert_eq!(ground.send(request).await.status, 401, "{scheme}");
    }
    for name in ["token", "access_token", "authorization", "jalon_session", "api_key"] {
        let reply = ground.send(ground.request(&Method::GET, &format!("{ME}?{name}={token}"))).await;
        assert_eq!(reply.status, 401, "a token in the address, as {name}");
    }
    // The clock of the demonstration moves what happens, never what a secret is worth.
    ground.ends_in(&token, 30.0).await;
    assert_eq!(ground.get(&token, ME).await.status, 200);
    ground.ends_in(&token, -0.001).await;
    for time in [None, Some("2020-01-01T00:00:00Z")] {
        let mut request = ground.request(&Method::GET, ME).bearer_auth(&token);
        if let Some(time) = time {
            request = request.header("jalon-demonstration-time", time);
        }
        assert_eq!(ground.send(request).await.status, 401, "one millisecond too late, at {time:?}");
    }
    ground.kept_quiet(&[&token, &token[4..20]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_writes_only_from_our_own_pages() {
    let stack = Stack::start("attacks-cookies").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let before = ground.head().await;
    let body = json!({"structure_id": world.structure, "origin": "SIAO"});
    let write = |headers: &[(&str, &str)]| {
        let mut request = ground.request(&Method::POST, "/api/v1/cases").json(&body);
        request = request.header("idempotency-key", Uuid::now_v7().to_string());
        request = request.header("cookie", format!("autre=1; jalon_session={}", world.cip));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    };
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("origin", "http://127.0.0.1")],
        &[("origin", "null")],
        &[("x-requested-with", "XMLHttpRequest")],
    ] {
        let reply = ground.send(write(headers)).await;
        assert_eq!(reply.status, 403, "{headers:?}: {}", reply.text);
    }
    // A bearer that is wrong is not made good by a cookie that is right.
    let both = write(&[("sec-fetch-site", "same-origin"), ("authorization", "Bearer jal_faux")]);
    assert_eq!(ground.send(both).await.status, 401);
    // No header makes of a reading a writing.
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request = ground.request(&Method::GET, "/api/v1/organisations").header(name, "POST").json(&body);
        let request = request.header("cookie", format!("jalon_session={}", world.cip));
        assert_eq!(ground.send(request).await.status, 200, "{name}");
    }
    let forms =
        ["/", "/deconnexion", "/connexion", "/suivis/vu", "/connexion/postes", "/sessions/fermer-les-autres"];
    for path in forms.into_iter().chain(["/connexion/second-facteur/commencer"]) {
        for site in [("sec-fetch-site", "cross-site"), ("origin", "https://ailleurs.example")] {
            let request = ground.request(&Method::POST, path).header(site.0, site.1);
            let request = request.header("cookie", format!("jalon_session={}", world.cip));
            let form = format!("position=0&poste={}", world.cip_post);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
            let reply = ground.send(request).await;
            assert_eq!(reply.status, 403, "{path} {site:?}: {}", reply.text);
            assert_eq!(reply.header("set-cookie"), None, "{path}");
        }
    }
    assert_eq!(ground.get(&world.cip, ME).await.status, 200, "nobody was signed out by another site");
    assert_eq!(ground.head().await, before, "nothing was written");
    let allowed = ground.send(write(&[("sec-fetch-site", "same-origin")])).await;
    assert_eq!(allowed.status, 201, "{}", allowed.text);
    for away in
        ["//ailleurs.example", "https://ailleurs.example", "/\\ailleurs.example", "/%0d%0aset-cookie:a=b"]
    {
        let form = [("poste", world.cip_post.to_string()), ("vers", away.to_owned())];
        let form: String =
            form.iter().map(|(name, value)| format!("{name}={}&", value.replace('&', "%26"))).collect();
        let request = ground.request(&Method::POST, "/connexion").header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let reply = ground.send(request).await;
        assert_eq!((reply.status, reply.header("location").as_deref()), (303, Some("/")), "{away}");
        let cookie = reply.header("set-cookie").unwrap_or_default();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("a=b"),
            "{cookie}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_its_environment_its_scope_and_its_time() {
    let stack = Stack::start("attacks-scopes").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    // A post that nobody else holds: the token does not end with it.
    let holder = Holder { role: "CIP", post: Some(Uuid::now_v7()), organisation: Some(Uuid::now_v7()) };
    let other = ground.token_of("prod", holder, 600.0).await;
    assert_eq!(ground.get(&other, ME).await.status, 401, "another environment");
    let token = ground.token(holder, 600.0).await;
    let (said, check) = token.split_at(token.len() - 6);
    for digit in ["0", "1", "Z", "z"].iter().filter(|digit| !check.starts_with(**digit)) {
        let wrong = format!("{said}{digit}{}", &check[1..]);
        assert_eq!(ground.get(&wrong, ME).await.status, 401, "a wrong check");
    }
    for (scopes, open, closed) in [
        (&["me.read"][..], ME, "/api/v1/organisations"),
        (&["organisations.*", "rules.read"], "/api/v1/organisations", ME),
        (&["*"], ME, "/api/v1/nulle-part"),
        (&["me.readonly", "me", "me.rea", ".*"], "/api/v1/openapi.json", ME),
    ] {
        ground.is_for(&token, scopes).await;
        assert_eq!(ground.get(&token, open).await.status, 200, "{scopes:?} opens {open}");
        let refused = ground.get(&token, closed).await;
        let expected = if closed.ends_with("nulle-part") { "inconnu" } else { "portee" };
        assert_eq!(refused.problem(), expected, "{scopes:?} and {closed}: {}", refused.text);
    }
    ground.is_for(&token, &["case.read"]).await;
    let body = json!({"structure_id": world.structure, "origin": "SIAO"});
    let before = ground.head().await;
    assert_eq!(ground.post(&token, "/api/v1/cases", &body).await.problem(), "portee");
    assert_eq!(ground.head().await, before, "nothing was written");
    assert_eq!(ground.get(&token, "/").await.status, 403, "no page for a token of one purpose");

    // What is done with tokens by whoever administers Jalon.
    let issue = ["token", "issue", "--role", "PARTENAIRE", "--for", "events.read", "--label", "Essai"];
    let (given, said) = stack.jalon(&issue).await;
    let given_token = said.trim().to_owned();
    assert!(
        given && given_token.starts_with("jal_demo_") && !given_token.contains(char::is_whitespace),
        "{said}"
    );
    let name = given_token.split('_').nth(2).expect("a key id").to_owned();
    let (_, list) = stack.jalon(&["token", "list"]).await;
    let line = list.lines().find(|line| line.starts_with(&name)).expect("the token is listed");
    assert!(line.contains("Essai") && line.contains("events.read") && !list.contains(&given_token), "{list}");
    let (_, said) = stack.jalon(&["token", "rotate", &name]).await;
    let next = said.trim().to_owned();
    for known in [&given_token, &next] {
        assert_eq!(ground.get(known, ME).await.problem(), "portee", "both go on for a time");
    }
    let (ended, _) = stack.jalon(&["token", "revoke", &name]).await;
    assert!(ended && ground.get(&given_token, ME).await.status == 401);
    assert_eq!(ground.get(&next, ME).await.problem(), "portee");
    assert!(!stack.jalon(&["token", "revoke", &name]).await.0, "once");
    assert!(!stack.jalon(&["token", "rotate", &name]).await.0, "what is over is not replaced");
    // Ninety days without being used.
    let unused = "update access.token set last_used_at = null, issued_at = now() - interval '90 days'";
    ground.database.execute(unused, &[]).await.expect("an update");
    assert_eq!(ground.get(&next, ME).await.status, 401);
    ground.kept_quiet(&[&token, &given_token, &next]);
}

/// Members by which one would say more than one may.
const EXTRA: &[&str] = &[
    "case_id",
    "actor",
    "actor_id",
    "author",
    "recorded_at",
    "position",
    "role",
    "post_id",
    "professional_id",
    "organisation_id",
    "event_id",
    "command_id",
    "version",
    "policy",
    "stream_id",
    "system",
    "metadata",
    "source",
    "second_factor",
    "holder",
    "restricted",
    "erased",
    "is_admin",
    "id",
    "__proto__",
];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_in_a_body_who_speaks_or_when_it_was_known() {
    let stack = Stack::start("attacks-assignment").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let before = ground.head().await;
    let mut tried = 0;
    let mut wrong = Vec::new();
    let routes = routes::all(&openapi);
    // What a search found is looked for before the body is read: a handle of nobody is unknown, whatever comes with it.
    let read = |route: &&routes::Route| route.body.is_some() && !route.path.contains("{handle}");
    for route in routes.iter().filter(read) {
        let schema = route.body.as_ref().expect("a body");
        let name = schema["$ref"].as_str().expect("a name").trim_start_matches('#');
        let declared = openapi.pointer(name).expect("a schema")["properties"].clone();
        for member in EXTRA.iter().filter(|member| declared[**member].is_null()) {
            let mut body = sample::of(&openapi, schema);
            body[*member] = json!(Uuid::now_v7());
            // A search is a query, and answers whoever may search.
            let token = if route.path == "/api/v1/search" { &world.cip } else { &world.administrator };
            let reply = ground.post(token, &route.at(&Uuid::now_v7().to_string()), &body).await;
            tried += 1;
            if reply.status != 422 || reply.problem() != "corps" {
                wrong.push(format!("{} with {member}: {} {}", route.path, reply.status, reply.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} bodies are taken:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 2_000, "{tried} bodies");
    let (seen, attach) = ("/api/v1/me/followups/seen", "/api/v1/inbound/immersion-facilitee/aside/x/attach");
    for (path, body) in [
        (seen, json!({"position": 0, "post_id": world.cip_post})),
        (attach, json!({"case_id": Uuid::now_v7(), "actor": "clock"})),
    ] {
        let reply = ground.post(&world.cip, path, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "corps"), "{}", reply.text);
    }
    assert_eq!(ground.head().await, before, "nothing was written");
    who_speaks_is_the_token(&ground, &world).await;
}

/// Neither the address nor the headers change who speaks.
async fn who_speaks_is_the_token(ground: &Ground, world: &World) {
    let other = Uuid::now_v7();
    let claims = |request: reqwest::RequestBuilder| {
        let names =
            ["x-user", "x-actor", "x-post-id", "x-role", "x-forwarded-user", "x-remote-user", "jalon-post"];
        names.iter().fold(request, |request, name| request.header(*name, other.to_string()))
    };
    let plain = ground.get(&world.cip, ME).await;
    let claimed = ground.send(claims(ground.request(&Method::GET, ME).bearer_auth(&world.cip))).await;
    assert_eq!(claimed.json(), plain.json());
    let body = json!({"structure_id": world.structure, "platform_id": world.platform, "origin": "SIAO"});
    let path = format!("/api/v1/cases?post_id={other}&role=ADMINISTRATEUR&actor={other}");
    let request = claims(ground.request(&Method::POST, &path).bearer_auth(&world.cip)).json(&body);
    let opened = ground.send(request.header("idempotency-key", "dans-les-en-tetes")).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let case = opened.json()["id"].as_str().expect("an id").to_owned();
    let position = &opened.json()["position"];
    let read = ground.get(&world.cip, &format!("/api/v1/cases/{case}?min_position={position}")).await;
    assert_eq!(read.status, 200, "{}", read.text);
    assert_eq!(circle(&read), [world.cip_post.to_string()], "{}", read.text);
    assert!(!read.text.contains(&other.to_string()));
    // The same key in another's hand is another key.
    let others = ground.request(&Method::POST, "/api/v1/cases").bearer_auth(&world.stranger).json(&body);
    let others = ground.send(others.header("idempotency-key", "dans-les-en-tetes")).await;
    assert!(!others.text.contains(&case), "{}", others.text);
}

fn circle(read: &Reply) -> Vec<String> {
    let members = read.json()["circle"].as_array().cloned().unwrap_or_default();
    let post = |member: &Value| member["post_id"].as_str().unwrap_or_default().to_owned();
    members.iter().map(post).collect()
}
