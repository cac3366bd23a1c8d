//! Bodies, addresses and headers that no honest caller sends: each gets a precise answer, and nothing breaks.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::stack::{Stack, until};
use tests::World;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

use crate::ground::{Ground, Reply};

const CASES: &str = "/api/v1/cases";

/// A problem in French that repeats nothing.
#[track_caller]
fn problem(what: &str, reply: &Reply, statuses: &[u16]) {
    assert!(statuses.contains(&reply.status), "{what}: {} {}", reply.status, reply.text);
    let kind = reply.header("content-type").unwrap_or_default();
    assert_eq!(kind, "application/problem+json", "{what}: {} {}", reply.status, reply.text);
    assert!(reply.json()["detail"].as_str().is_some_and(|text| text.len() > 20), "{what}: {}", reply.text);
    for leaked in ["Confidentiel", "expected", "invalid", "column"] {
        assert!(!reply.text.contains(leaked), "{what} repeats « {leaked} »: {}", reply.text);
    }
}

fn raw(ground: &Ground, token: &str, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let request = ground.request(&Method::POST, path).bearer_auth(token).body(body);
    request.header("content-type", "application/json").header("idempotency-key", Uuid::now_v7().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_is_refused_precisely_and_nothing_breaks() {
    let stack = Stack::start("attacks-bodies").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let before = ground.head().await;
    let id = world.structure;
    let with =
        |rest: &str| format!("{{\"structure_id\": \"{id}\", \"origin\": \"SIAO\"{rest}}}").into_bytes();
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000)).into_bytes();
    let identity =
        |text: &str| with(&format!(", \"identity\": {{\"family_name\": {text}, \"given_name\": \"Ana\"}}"));
    for (what, body, statuses) in [
        ("nothing", Vec::new(), &[400][..]),
        ("deep arrays", deep("[", "]"), &[400, 422]),
        ("deep objects", deep("{\"identity\":", "}"), &[400, 422]),
        (
            "deep, in a member that does not exist",
            with(&format!(", \"x\": {}", "[".repeat(9_000))),
            &[400, 422],
        ),
        ("a member twice", with(&format!(", \"structure_id\": \"{id}\"")), &[422]),
        ("NaN", with(", \"opened_on\": NaN"), &[400]),
        ("Infinity", with(", \"opened_on\": -Infinity"), &[400]),
        ("a number for a day", with(", \"opened_on\": 1e400"), &[400, 422]),
        ("a lone surrogate", identity("\"Confidentiel\\ud800\""), &[400]),
        ("surrogates in the wrong order", identity("\"\\udc00\\ud800\""), &[400]),
        ("a raw control character", identity("\"Confidentiel\u{1}\""), &[400]),
        (
            "bytes that are no text",
            [&b"{\"origin\": \""[..], &[0xff, 0xfe], &b"\"}"[..]].concat(),
            &[400, 422],
        ),
        ("a byte order mark", [&[0xef, 0xbb, 0xbf][..], &with("")[..]].concat(), &[400]),
        ("two bodies", [with(""), with("")].concat(), &[400, 422]),
        ("single quotes", b"{'origin': 'SIAO'}".to_vec(), &[400]),
        ("a list", b"[]".to_vec(), &[400, 422]),
        ("too large", identity(&format!("\"Confidentiel{}\"", "x".repeat(300 * 1024))), &[413]),
        ("numbers for texts", identity("12"), &[422]),
        ("an object for a text", identity("{\"$ne\": null}"), &[422]),
    ] {
        let reply = ground.send(raw(&ground, &world.cip, CASES, body)).await;
        problem(what, &reply, statuses);
    }
    addresses_and_headers(&ground, &world).await;
    // Much too large: the connection may be closed before all is sent.
    let large = raw(&ground, &world.cip, CASES, vec![b'['; 12 * 1024 * 1024]).send().await;
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status() == 413), "12 MB");
    let bomb = raw(&ground, &world.cip, CASES, vec![0x1f, 0x8b, 8, 0, 0]).header("content-encoding", "gzip");
    problem("compressed", &ground.send(bomb).await, &[400, 415]);
    assert_eq!(ground.head().await, before, "nothing was written");
    ground.kept_quiet(&["Confidentiel", &world.cip]);
}

async fn addresses_and_headers(ground: &Ground, world: &World) {
    let board = format!("/api/v1/platforms/{}/board", world.platform);
    let many: String = (0..10_000).map(|n| format!("p{n}={n}&")).collect();
    let same = "limit=5&".repeat(2_000);
    for (what, path) in [
        ("an unknown parameter", format!("{board}?x=Confidentiel")),
        ("the same parameter 2,000 times", format!("{board}?{same}")),
        ("a parameter that is no text", format!("{board}?cursor=%ff%fe")),
        ("a cursor that is none", format!("{board}?cursor=Confidentiel")),
        ("a limit beyond numbers", format!("{board}?limit=99999999999999999999")),
        ("a negative limit", format!("{board}?limit=-1")),
        ("a position that is none", format!("{board}?min_position=NaN")),
        ("an id that is no text", "/api/v1/cases/%ff".to_owned()),
        ("NUL", "/api/v1/cases/%00".to_owned()),
        ("a way up", "/api/v1/cases/..%2f..%2fetc%2fpasswd".to_owned()),
    ] {
        problem(what, &ground.get(&world.cip, &path).await, &[400, 404]);
    }
    // What is too long for an address may be refused before anything reads it.
    for path in [format!("{board}?{many}"), format!("/{}", "a".repeat(200_000))] {
        let answer = ground.request(&Method::GET, &path).bearer_auth(&world.cip).send().await;
        let status = answer.map(|answer| answer.status().as_u16()).unwrap_or(431);
        assert!([400, 404, 414, 431].contains(&status), "{status}");
    }
    let body = json!({"structure_id": world.structure, "origin": "Confidentiel"});
    let mut refused = Vec::new();
    for (name, value) in [
        ("traceparent", "00-Confidentiel-zz-01".to_owned()),
        ("traceparent", "0".repeat(8_000)),
        ("cookie", format!("jalon_session={}", "x".repeat(8_000))),
        ("accept", "*/*;q=".repeat(1_000)),
        ("if-match", "\"-1\"".to_owned()),
        ("if-match", "*".to_owned()),
        ("range", "bytes=0-1,2-3".to_owned()),
        ("accept-encoding", "gzip;q=NaN, br;q=9e9".to_owned()),
        ("last-event-id", "-9223372036854775809".to_owned()),
        ("jalon-demonstration-time", "Confidentiel".to_owned()),
        ("idempotency-key", "k".repeat(256)),
        ("expect", "Confidentiel".to_owned()),
    ] {
        let reply = ground.send(with_header(ground, world, (name, &value), &body)).await;
        assert!((400..500).contains(&reply.status), "{name}: {} {}", reply.status, reply.text);
        assert!(!reply.text.contains("Confidentiel"), "{name}: {}", reply.text);
        refused.push((name, reply.problem()));
    }
    let of =
        |name: &str| refused.iter().find(|(known, _)| *known == name).map(|(_, problem)| problem.as_str());
    assert_eq!(of("cookie"), Some("corps"), "a header that says nothing here leaves the body to be refused");
    assert_ne!(of("idempotency-key"), Some("corps"), "a key that is too long is refused for itself");
}

/// That body with that header, and a key: nothing but the header or the body is to be refused.
fn with_header(
    ground: &Ground,
    world: &World,
    (name, value): (&'static str, &str),
    body: &Value,
) -> RequestBuilder {
    let request = ground.request(&Method::POST, CASES).bearer_auth(&world.cip).header(name, value).json(body);
    if name == "idempotency-key" {
        return request;
    }
    request.header("idempotency-key", Uuid::now_v7().to_string())
}

/// Texts that are well formed and that some part behind might not bear.
const STRANGE: &[(&str, &str)] = &[
    ("NUL", "Avant\u{0}après"),
    ("a right-to-left override", "Avant\u{202e}erpa\u{202c}"),
    ("zero-width signs", "A\u{200b}v\u{200d}a\u{feff}nt"),
    ("a line separator", "Avant\u{2028}après\u{2029}"),
    ("not a character", "Avant\u{fffe}\u{10ffff}"),
    ("many accents", "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}"),
    ("a format", "%s%n{0}{{layout}}${jndi:ldap://x}"),
    ("SQL", "'; drop table journal.facts; --"),
    ("an escape of a terminal", "\u{1b}[2J\u{1b}]0;x\u{7}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn strange_texts_are_kept_or_refused_and_every_read_model_goes_on() {
    let stack = Stack::start("attacks-strange-texts").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let mut refused = Vec::new();
    for (what, text) in STRANGE {
        for (token, path, body) in written(&world, text) {
            let reply = ground.post(token, &path, &body).await;
            if reply.status >= 300 {
                problem(what, &reply, &[400, 422]);
                refused.push((*what, path));
            }
        }
    }
    // What nothing can show is refused wherever it is; the rest is somebody's way of writing.
    let each = written(&world, "").len();
    for (what, _) in STRANGE {
        let times = refused.iter().filter(|(one, _)| one == what).count();
        let never = ["NUL", "an escape of a terminal"].contains(what);
        assert_eq!(times, if never { each } else { 0 }, "{what}: {refused:?}");
    }
    let head = ground.head().await;
    until("every read model went on", async || {
        let (_, said) = stack.jalon(&["status", "--json"]).await;
        let said: Value = serde_json::from_str(said.trim()).expect("JSON");
        said.to_string().matches(&head.to_string()).count() > 5
    })
    .await;
    let (_, parked) = stack.jalon(&["parked", "list"]).await;
    assert!(!parked.contains("position"), "nothing is set aside: {parked}");
    let lists = ["organisations", "platforms", "offers", "gatherings", "services"];
    for path in lists.into_iter().chain(["me/followups", "me/requests", "me"]) {
        let reply = ground.get(&world.cip, &format!("/api/v1/{path}?min_position={head}")).await;
        assert!([200, 400].contains(&reply.status), "{path}: {} {}", reply.status, reply.text);
    }
    let board = format!("/api/v1/platforms/{}/board?min_position={head}", world.platform);
    let reply = ground.get(&world.cip, &board).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    for path in ["/".to_owned(), format!("/plateformes/{}", world.platform)] {
        let page = ground.get(&world.cip, &path).await;
        assert!(page.status == 200 && !page.text.contains('\u{1b}'), "{path}: {}", page.status);
    }
    ground.kept_quiet(&["drop table", "jndi"]);
}

/// Where texts are kept: sealed, in clear in the journal, in the read models.
fn written<'a>(world: &'a World, text: &str) -> Vec<(&'a str, String, Value)> {
    let (structure, platform) = (world.structure, world.platform);
    let identity =
        json!({"family_name": text, "given_name": text, "birth_date": "1990-01-15", "language": text});
    vec![
        (
            &world.cip,
            CASES.to_owned(),
            json!({"structure_id": structure, "platform_id": platform, "origin": "SIAO", "identity": identity}),
        ),
        (
            &world.administrator,
            "/api/v1/organisations".to_owned(),
            json!({"name": text, "kind": "ENTREPRISE", "town": text}),
        ),
        (
            &world.administrator,
            "/api/v1/posts".to_owned(),
            json!({"organisation_id": structure, "role": "CIP", "title": text}),
        ),
        (
            &world.administrator,
            "/api/v1/platforms".to_owned(),
            json!({"name": text, "territory": text, "lead_organisation_id": structure}),
        ),
        (
            &world.animator,
            "/api/v1/gatherings".to_owned(),
            json!({"platform_id": platform, "plan": {"planned_on": "2026-03-02", "kind": "SALON", "title": text, "town": text}}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_slowly_holds_up_nobody() {
    let stack = Stack::start("attacks-slow").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let address = ground.http.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST {CASES} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\nidempotency-key: lente\r\ncontent-length: 2000\r\n\r\n{{",
        world.cip
    );
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut connection = TcpStream::connect(&address).await.expect("a connection");
        connection.write_all(head.as_bytes()).await.expect("sent");
        slow.push(connection);
    }
    let started = std::time::Instant::now();
    let opened = world.open_case("Lefort", "Ana", "1990-01-15").await;
    assert!(started.elapsed() < Duration::from_secs(5), "{opened} was opened late");
    drop(slow.split_off(1));
    // What is cut in the middle writes nothing and breaks nothing.
    let mut last = slow.pop().expect("a connection");
    last.shutdown().await.expect("closed");
    let mut answer = String::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), last.read_to_string(&mut answer)).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(ground.get(&world.cip, "/api/v1/me").await.status, 200);
    ground.kept_quiet(&["Lefort"]);
}
