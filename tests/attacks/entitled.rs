//! What agreements, emergencies and posts open is tried from the outside: the wrong purpose, a withdrawal in
//! between, health asked for by every route, another case than the one that was opened.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder, Reply},
    routes, sample,
};

/// Words of a class that is closed; nobody else ever writes them.
const HEALTH: &str = "quarantaine-de-novembre";
const JUSTICE: &str = "mardi-de-quatorze-heures";
const NOTE: &str = "carnet-de-bord-a-part";

const PURPOSE: &str = "jalon-purpose";

async fn reading(ground: &Ground, token: &str, path: &str, purpose: &str) -> Reply {
    let request = ground.request(&Method::GET, path).bearer_auth(token).header(PURPOSE, purpose);
    ground.send(request.header("accept", "text/html,application/json")).await
}

/// A hundred days from now.
fn later() -> String {
    let today = vocabulary::clock::day_in_paris(vocabulary::Clock::now(&vocabulary::SystemClock));
    today.saturating_add(jiff::Span::new().days(100)).to_string()
}

fn agreement(organisation: Uuid, classes: &[&str], purposes: &[&str]) -> Value {
    json!({"organisation_id": organisation, "classes": classes, "purposes": purposes, "until_day": later(), "form": "SIGNED_PAPER"})
}

/// The last agreement of a case.
async fn last_agreement(world: &World, case: Uuid, position: i64) -> Value {
    let case = world.read(&format!("/api/v1/cases/{case}"), position).await;
    case["agreements"].as_array().expect("agreements").last().expect("one")["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_withdrawn_between_a_page_and_its_form_closes_both() {
    let stack = Stack::start("attacks-agreements").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let case = world.open_case("Peyrebrune", "Ana", "1990-01-15").await;
    let adviser =
        Holder { role: "CONSEILLER", post: Some(Uuid::now_v7()), organisation: Some(world.france_travail) };
    let adviser = ground.token(adviser, 600.0).await;
    let (api, page) = (format!("/api/v1/cases/{case}"), format!("/dossiers/{case}"));
    let note = json!({"text": "Une note qui n’a rien à faire ici."});
    assert_eq!(reading(&ground, &adviser, &api, "CANDIDATURE").await.status, 404);

    let body = agreement(world.france_travail, &["IDENTITY"], &["CANDIDATURE"]);
    let given = world.must(&format!("{api}/agreements"), body).await;
    testkit::stack::until("the read models show it to them", async || {
        reading(&ground, &adviser, &api, "CANDIDATURE").await.status == 200
    })
    .await;
    for (purpose, status) in [
        ("CANDIDATURE", 200),
        ("ACCOMPAGNEMENT", 404),
        ("PREPARATION_IMMERSION", 404),
        ("STATISTIQUES", 404),
        ("CONTROLE", 400),
        ("candidature", 400),
    ] {
        for path in [&api, &page] {
            let reply = reading(&ground, &adviser, path, purpose).await;
            assert_eq!(reply.status, status, "{purpose} {path}: {}", reply.text);
            assert_eq!(reply.text.contains("Peyrebrune"), status == 200, "{purpose} {path}");
        }
    }
    assert_eq!(
        ground.get(&adviser, &api).await.status,
        404,
        "an adviser accompanies, unless they say otherwise"
    );

    // Who knows of the case is told that they may not write in it; once withdrawn, there is none.
    let write = async || {
        let request = ground.request(&Method::POST, &format!("{api}/notes")).bearer_auth(&adviser);
        let request =
            request.header(PURPOSE, "CANDIDATURE").header("idempotency-key", Uuid::now_v7().to_string());
        ground.send(request.json(&note)).await.status
    };
    assert_eq!(write().await, 403);
    let agreement_id = last_agreement(&world, case, given.position()).await;
    world.must(&format!("{api}/agreements/withdraw"), json!({"agreement_id": agreement_id})).await;
    assert_eq!(write().await, 404);
    for path in [&api, &page] {
        assert_eq!(reading(&ground, &adviser, path, "CANDIDATURE").await.status, 404, "{path}");
    }
    ground.kept_quiet(&["Peyrebrune"]);
}

/// A case in which there is something of each class, and an employer in its circle.
async fn told(world: &World, ground: &Ground) -> (Uuid, Vec<Uuid>) {
    let case = world.open_case("Lefort", "Ana", "1990-01-15").await;
    let diagnostic =
        world.must(&format!("/api/v1/cases/{case}/diagnostics"), json!({"frame": "STRUCTURE"})).await.id();
    for (dimension, text) in [("SANTE", HEALTH), ("JUDICIAIRE", JUSTICE)] {
        let body = json!({"dimension": dimension, "text": text});
        world.must(&format!("/api/v1/diagnostics/{diagnostic}/obstacles"), body).await;
    }
    world.must(&format!("/api/v1/cases/{case}/notes"), json!({"text": NOTE})).await;
    let prescription = world.send_candidature(case, world.aci[0]).await;
    let employer = ground.get(&world.employer, "/api/v1/me").await.json()["post_id"].clone();
    let joins = json!({"post_id": employer, "organisation_id": world.aci[0], "role": "EMPLOYEUR_SIAE"});
    world.must(&format!("/api/v1/cases/{case}/circle"), joins).await;
    let body = agreement(world.aci[0], &["IDENTITY", "PROJECT", "SOCIAL"], &["CANDIDATURE", "SUIVI_EMPLOI"]);
    world.must(&format!("/api/v1/cases/{case}/agreements"), body).await;
    (case, vec![case, diagnostic, prescription, world.platform, world.structure, world.aci[0]])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employer_reads_health_justice_and_notes_by_no_route() {
    let stack = Stack::start("attacks-employer").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let (case, ids) = told(&world, &ground).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let partner = Holder { role: "PARTENAIRE", post: Some(Uuid::now_v7()), organisation: Some(world.aci[0]) };
    let partner = ground.token(partner, 600.0).await;
    let (mut shown, mut asked) = (0, 0);
    for (who, token) in [("an employer", &world.employer), ("their system", &partner)] {
        for route in routes::all(&openapi) {
            let addresses: Vec<String> = match route.has_id() {
                true => ids.iter().map(|id| route.at(&id.to_string())).collect(),
                false => vec![route.at("x")],
            };
            let body = route.body.as_ref().map_or(Value::Null, |schema| sample::of(&openapi, schema));
            // Not those that end the session.
            let stays = |address: &String| !["onnexion", "session"].iter().any(|word| address.contains(word));
            for address in addresses.into_iter().filter(stays) {
                let reply = match route.method == Method::GET {
                    true => reading(&ground, token, &address, "CANDIDATURE").await,
                    false => ground.ask(&route.method, &address, Some(token), &body).await,
                };
                asked += 1;
                shown += usize::from(reply.status == 200 && reply.text.contains("Lefort"));
                for secret in [HEALTH, JUSTICE, NOTE] {
                    assert!(!reply.text.contains(secret), "{who} {} {address}", route.method);
                }
            }
        }
        let heard = listened(&ground, token).await;
        assert!(heard.contains("PrescriptionSent"), "{heard}");
        for secret in [HEALTH, JUSTICE, NOTE] {
            assert!(!heard.contains(secret), "{who} hears {secret}");
        }
    }
    assert!(asked > 500 && shown > 2, "{asked} questions, {shown} answers with the name that is open");
    // Those words are there for whoever may read them.
    let thread = ground.get(&world.cip, &format!("/api/v1/cases/{case}/timeline?limit=100")).await;
    assert!(thread.text.contains(NOTE) && !thread.text.contains(HEALTH), "a CIP reads no health either");
    let post = world
        .api
        .must(
            &world.administrator,
            "/api/v1/posts",
            json!({"organisation_id": world.structure, "role": "REFERENT_SOCIAL", "title": "RS"}),
        )
        .await
        .id();
    let fill = json!({"professional_name": "Inès Aubanel"});
    world.api.must(&world.administrator, &format!("/api/v1/posts/{post}/fill"), fill).await;
    let joins = json!({"post_id": post, "organisation_id": world.structure, "role": "REFERENT_SOCIAL"});
    world.must(&format!("/api/v1/cases/{case}/circle"), joins).await;
    let token = stack.token("REFERENT_SOCIAL", Some(post), Some(world.structure)).await;
    let path = format!("/api/v1/cases/{case}/timeline?limit=100");
    until_read(&ground, &token, &path, HEALTH).await;
    ground.kept_quiet(&[HEALTH, JUSTICE, NOTE, "Lefort"]);
}

async fn until_read(ground: &Ground, token: &str, path: &str, word: &str) {
    testkit::stack::until("those who may read it do", async || {
        ground.get(token, path).await.text.contains(word)
    })
    .await;
}

/// What is heard in three seconds, from the first fact on.
async fn listened(ground: &Ground, token: &str) -> String {
    let request = ground.request(&Method::GET, "/api/v1/events?after=0").bearer_auth(token);
    let answer = request.header(PURPOSE, "CANDIDATURE").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let (mut bytes, mut heard) = (answer.bytes_stream(), String::new());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(3);
    while let Ok(Some(Ok(part))) = tokio::time::timeout_at(deadline, bytes.next()).await {
        heard.push_str(&String::from_utf8_lossy(&part));
    }
    heard
}

/// What is asked without a reason, for too long, or by someone who may not, opens nothing.
async fn not_opened(ground: &Ground, world: &World, (worker, elsewhere): (&str, Option<Uuid>), case: Uuid) {
    let open = async |token: &str, body: Value| {
        ground.post(token, &format!("/api/v1/cases/{case}/emergency-access"), &body).await
    };
    for reason in ["", "   ", &" ".repeat(3_000), "\u{200b}\u{2060}", "…"] {
        let refused = open(worker, json!({"reason": reason})).await;
        assert_eq!(
            (refused.status, refused.json()["rule"].as_str()),
            (422, Some("urgence.motif")),
            "{reason:?}"
        );
    }
    let unreasoned = open(worker, json!({})).await;
    assert_eq!(unreasoned.status, 422, "{}", unreasoned.text);
    for minutes in [0, 61, 100_000] {
        let refused = open(worker, json!({"reason": "Un malaise", "minutes": minutes})).await;
        assert_eq!(refused.json()["rule"], "urgence.duree", "{minutes}");
    }
    for (role, organisation, status) in [
        ("EMPLOYEUR_SIAE", Some(world.aci[0]), 403),
        ("ANIMATEUR_PLATEFORME", elsewhere, 403),
        ("AUDITEUR", elsewhere, 403),
        ("PARTENAIRE", elsewhere, 403),
        ("CONSEILLER", Some(world.france_travail), 404),
        ("REFERENT_SOCIAL", None, 404),
    ] {
        let token = ground.token(Holder { role, post: Some(Uuid::now_v7()), organisation }, 600.0).await;
        let refused = open(&token, json!({"reason": "Un malaise"})).await;
        assert_eq!(refused.status, status, "{role}: {}", refused.text);
        assert!(
            !ground.get(&token, &format!("/api/v1/cases/{case}")).await.text.contains("Lefort"),
            "{role}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_one_case_to_read_and_nothing_else() {
    let stack = Stack::start("attacks-emergency").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let [one, other] = [
        world.open_case("Lefort", "Ana", "1990-01-15").await,
        world.open_case("Peyrebrune", "Aya", "1991-02-16").await,
    ];
    let elsewhere = ground.get(&world.stranger, "/api/v1/me").await.json()["organisation"]["id"].clone();
    let elsewhere = elsewhere.as_str().and_then(|id| id.parse().ok());
    assert!(elsewhere.is_some(), "the CHRS of the stranger is known");
    let holder = |role, organisation| Holder { role, post: Some(Uuid::now_v7()), organisation };
    let worker = ground.token(holder("REFERENT_SOCIAL", elsewhere), 600.0).await;
    let path = |case: Uuid, end: &str| format!("/api/v1/cases/{case}{end}");
    let open = async |token: &str, case, body: Value| {
        ground.post(token, &path(case, "/emergency-access"), &body).await
    };

    assert_eq!(ground.get(&worker, &path(one, "")).await.status, 404);
    not_opened(&ground, &world, (&worker, elsewhere), one).await;
    let opened = open(
        &worker,
        one,
        json!({"reason_code": "VITAL", "reason": "Un malaise dans la rue", "minutes": 60}),
    )
    .await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    testkit::stack::until("the read models show it", async || {
        ground.get(&worker, &path(one, "")).await.text.contains("Lefort")
    })
    .await;
    assert_eq!(ground.get(&worker, &path(other, "")).await.status, 404, "another case");
    for (end, body) in [
        ("/notes", json!({"text": "Vu aux urgences."})),
        ("/diagnostics", json!({"frame": "STRUCTURE"})),
        (
            "/circle",
            json!({"post_id": Uuid::now_v7(), "organisation_id": elsewhere, "role": "REFERENT_SOCIAL"}),
        ),
        ("/agreements", agreement(elsewhere.expect("an id"), &["HEALTH"], &["ACCOMPAGNEMENT"])),
    ] {
        let refused = ground.post(&worker, &path(one, end), &body).await;
        assert_eq!(refused.status, 403, "{end}: {}", refused.text);
        assert!(refused.text.contains("urgence"), "{end}: {}", refused.text);
        assert_eq!(ground.post(&worker, &path(other, end), &body).await.status, 404, "{end}");
    }
    // A colleague of the same house opened nothing.
    let colleague = ground.token(holder("REFERENT_SOCIAL", elsewhere), 600.0).await;
    assert_eq!(ground.get(&colleague, &path(one, "")).await.status, 404);
    // Each refusal is logged, by the policy that said no.
    for policy in ["guard.emergency-read-only", "guard.emergency-opening", "default"] {
        assert!(ground.log().contains(policy), "{policy} is in the log");
    }
    ground.kept_quiet(&["Lefort", "malaise"]);
}
