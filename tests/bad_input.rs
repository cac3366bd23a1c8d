//! Each wrong request gets a precise French problem, and nothing is written.

use serde_json::{Value, json};
use testkit::stack::{Answer, Stack};
use tests::World;
use uuid::Uuid;

/// A problem of that status and kind, in French, that repeats nothing that was sent.
#[track_caller]
fn problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text);
    assert_eq!(answer.body["type"], format!("/problemes/{kind}"), "{}", answer.text);
    assert_eq!(answer.body["status"], status);
    for member in ["title", "detail"] {
        assert!(answer.body[member].as_str().is_some_and(|text| text.len() > 5), "{}", answer.text);
    }
    assert!(!answer.text.contains("Confidentiel"), "a value was repeated: {}", answer.text);
    assert!(!answer.text.to_lowercase().contains("expected"), "English leaked: {}", answer.text);
}

async fn head(stack: &Stack) -> Value {
    let (_, said) = stack.jalon(&["status", "--json"]).await;
    serde_json::from_str::<Value>(said.trim()).expect("JSON")["head"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused_in_french_and_nothing_is_written() {
    let stack = Stack::start("bad-input").await;
    let world = World::build(&stack).await;
    let before = head(&stack).await;
    let path = "/api/v1/cases";
    let good = json!({"structure_id": world.structure, "origin": "SIAO"});
    let raw = async |body: &'static str, kind: &str, key: &str| {
        let request = world.api.request("POST", path).bearer_auth(&world.cip).header("content-type", kind);
        world.api.send(request.header("idempotency-key", key.to_owned()).body(body)).await
    };

    problem(&raw("{\"structure_id\": ", "application/json", "k1").await, 400, "demande");
    problem(&raw("{} trailing", "application/json", "k2").await, 422, "corps");
    problem(&raw("structure_id=1", "application/x-www-form-urlencoded", "k3").await, 415, "type-de-contenu");
    problem(&raw("{}", "application/json", "").await, 400, "demande");
    let unknown = json!({"structure_id": world.structure, "origin": "SIAO", "prenom": "Confidentiel"});
    problem(&world.api.post(&world.cip, path, unknown).await, 422, "corps");
    let wrong_enum = world
        .api
        .post(&world.cip, path, json!({"structure_id": world.structure, "origin": "Confidentiel"}))
        .await;
    problem(&wrong_enum, 422, "corps");
    assert!(wrong_enum.text.contains("/origin") && wrong_enum.text.contains("SIAO"), "{}", wrong_enum.text);
    let missing = world.api.post(&world.cip, path, json!({"origin": "SIAO"})).await;
    problem(&missing, 422, "corps");
    assert_eq!(missing.body["errors"][0]["pointer"], "/structure_id", "{}", missing.text);
    let date = world
        .api
        .post(
            &world.cip,
            path,
            json!({"structure_id": world.structure, "origin": "SIAO", "opened_on": "2026-02-30"}),
        )
        .await;
    problem(&date, 422, "corps");
    let large =
        json!({"structure_id": world.structure, "origin": "SIAO", "opened_on": "x".repeat(300 * 1024)});
    problem(&world.api.post(&world.cip, path, large).await, 413, "taille");
    problem(&world.api.get(&world.cip, "/api/v1/nulle-part").await, 404, "inconnu");
    let request = world.api.request("DELETE", path).bearer_auth(&world.cip);
    problem(&world.api.send(request).await, 405, "methode");
    problem(&world.api.get("jal_faux", path).await, 405, "methode");
    problem(&world.api.post("jal_faux", path, good.clone()).await, 401, "identification");
    problem(&world.api.post(&world.administrator, path, good.clone()).await, 403, "acces");
    let nobody = Uuid::now_v7();
    problem(
        &world
            .api
            .post(&world.cip, &format!("/api/v1/cases/{nobody}/close"), json!({"reason": "MOVED"}))
            .await,
        404,
        "inconnu",
    );
    problem(
        &world
            .api
            .post(&world.cip, &format!("/api/v1/cases/{nobody}/diagnostics"), json!({"frame": "STRUCTURE"}))
            .await,
        404,
        "inconnu",
    );
    assert_eq!(head(&stack).await, before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_refuse_in_french_and_nothing_is_written() {
    let stack = Stack::start("rules-refuse").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Lefort", "Ana", "2012-01-15").await;
    let before = head(&stack).await;
    let path = "/api/v1/cases";
    let rule = async |path: String, body: Value, rule: &str| {
        let answer = world.api.post(&world.cip, &path, body).await;
        problem(&answer, 422, "regle");
        assert_eq!(answer.body["rule"], rule, "{}", answer.text);
    };
    rule(
        path.into(),
        json!({"structure_id": world.structure, "origin": "SIAO", "opened_on": "2999-01-01"}),
        "date.a-venir",
    )
    .await;
    rule(path.into(), json!({"structure_id": Uuid::now_v7(), "origin": "SIAO"}), "dossier.structure").await;
    let identity = json!({"family_name": "Confidentiel", "given_name": "Ana", "birth_date": "1990-04-12"});
    rule(
        path.into(),
        json!({"structure_id": world.structure, "origin": "SIAO", "opened_on": "1980-01-07", "identity": identity}),
        "date.naissance",
    )
    .await;
    rule(
        format!("/api/v1/cases/{case}/diagnostics"),
        json!({"frame": "STRUCTURE", "started_on": "2011-12-31"}),
        "date.naissance",
    )
    .await;
    let convention = |objects: Value, starts: &str, ends: &str, prescriber: Uuid| {
        json!({
            "kind": "PMSMP", "object": objects, "prescriber_id": prescriber,
            "terms": {"starts_on": starts, "ends_on": ends, "presence_days": 10, "weekly_minutes": 2000},
            "details": {"host_name": "Confidentiel"},
        })
    };
    let conventions = format!("/api/v1/cases/{case}/conventions");
    let mut refused = Vec::new();
    for body in [
        convention(
            json!(["DECOUVRIR_METIER", "CONFIRMER_PROJET"]),
            "2030-01-31",
            "2030-02-28",
            world.france_travail,
        ),
        convention(json!("DECOUVRIR_METIER"), "2030-01-31", "2030-03-01", world.france_travail),
        convention(json!("DECOUVRIR_METIER"), "2030-01-31", "2030-02-28", world.etti),
        convention(json!("DECOUVRIR_METIER"), "2027-01-31", "2027-02-28", world.france_travail),
    ] {
        let answer = world.api.post(&world.cip, &conventions, body).await;
        problem(&answer, 422, "regle");
        refused.push(answer.body["rule"].as_str().expect("a rule").to_owned());
    }
    refused.sort();
    refused.dedup();
    assert_eq!(refused.len(), 4, "four different rules: objects, length, prescriber, age: {refused:?}");
    assert_eq!(head(&stack).await, before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minor_does_not_begin_without_the_signature_of_a_representative() {
    let stack = Stack::start("minor").await;
    let world = World::build(&stack).await;
    let draft = async |case: Uuid| {
        let body = json!({
            "kind": "PMSMP", "object": "DECOUVRIR_METIER", "prescriber_id": world.france_travail,
            "accompanying_structure_id": world.structure, "details": {"host_name": "Garage du Vallon"},
            "terms": {"starts_on": "2030-03-01", "ends_on": "2030-03-15", "presence_days": 10, "weekly_minutes": 2000},
        });
        let id = world.must(&format!("/api/v1/cases/{case}/conventions"), body).await.id();
        let path = format!("/api/v1/conventions/{id}");
        for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
            world.must(&format!("{path}/sign"), json!({"party": party})).await;
        }
        path
    };
    let refused = async |path: String, body: Value, rule: &str| {
        let answer = world.api.post(&world.cip, &path, body).await;
        problem(&answer, 422, "regle");
        assert_eq!(answer.body["rule"], rule, "{}", answer.text);
        assert!(answer.text.contains("représentant légal"), "it says who is missing: {}", answer.text);
    };
    // Known to be a minor when it was written: the representative is among those who sign.
    let case = world.open_case("Lefort", "Ana", "2013-01-15").await;
    let path = draft(case).await;
    refused(format!("{path}/validate"), json!({}), "convention.signatures").await;

    // Known later: the representative is asked then, and the other signatures stay.
    let body = json!({"structure_id": world.structure, "origin": "SIAO"});
    let unknown = world.must("/api/v1/cases", body).await.id();
    let path = draft(unknown).await;
    let identity =
        json!({"identity": {"family_name": "Lefort", "given_name": "Théo", "birth_date": "2013-02-20"}});
    world.must(&format!("/api/v1/cases/{unknown}/identity"), identity).await;
    for intent in ["validate", "start"] {
        refused(format!("{path}/{intent}"), json!({}), "pmsmp.signataires").await;
    }
    world.must(&format!("{path}/sign"), json!({"party": "REPRESENTANT_LEGAL"})).await;
    world.must(&format!("{path}/validate"), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_used_once_and_a_stale_version_is_refused() {
    let stack = Stack::start("keys-and-versions").await;
    let world = World::build(&stack).await;
    let body = json!({"structure_id": world.structure, "platform_id": world.platform, "origin": "SIAO"});
    let first = world.api.post_keyed(&world.cip, "/api/v1/cases", "clé-1", &body).await.expect("an answer");
    problem(&first, 400, "demande");
    let first = world.api.post_keyed(&world.cip, "/api/v1/cases", "key-1", &body).await.expect("an answer");
    assert_eq!(first.status, 201, "{}", first.text);
    let again = world.api.post_keyed(&world.cip, "/api/v1/cases", "key-1", &body).await.expect("an answer");
    assert_eq!((again.id(), again.position()), (first.id(), first.position()));
    assert_eq!(again.body["repeated"], true);
    let other = json!({"structure_id": world.structure, "origin": "PERSON"});
    let reused = world.api.post_keyed(&world.cip, "/api/v1/cases", "key-1", &other).await.expect("an answer");
    problem(&reused, 422, "cle-reutilisee");

    let close = format!("/api/v1/cases/{}/close", first.id());
    let with_version = |version: &str| {
        let request = world.api.request("POST", &close).bearer_auth(&world.cip);
        request
            .header("idempotency-key", Uuid::now_v7().to_string())
            .header("if-match", version.to_owned())
            .json(&json!({"reason": "MOVED"}))
    };
    problem(&world.api.send(with_version("\"1\"")).await, 412, "version");
    problem(&world.api.send(with_version("sept")).await, 400, "demande");
    let etag = first.header("etag").expect("an ETag").to_owned();
    assert_eq!(world.api.send(with_version(&etag)).await.status, 200);
    what_was_read_is_given_back(&world).await;
}

/// What a case answers is what commands take: each thing has its version, and the whole a tag that is none.
async fn what_was_read_is_given_back(world: &World) {
    let case = world.open_case("Lemaire", "Noa", "1990-01-15").await;
    let employment = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_name": "Essai"});
    let employment = world.must(&format!("/api/v1/cases/{case}/employments"), employment).await;
    let path = format!("/api/v1/cases/{case}");
    let prepared =
        json!({"kind": "CANDIDATURE_IAE", "addressee_id": world.aci[0], "position": {"label": "Agent"}});
    let prescription = world.must(&format!("{path}/prescriptions"), prepared).await.id();
    let sent = world.must(&format!("/api/v1/prescriptions/{prescription}/send"), json!({})).await;
    let read = async |path: &str, tag: Option<&str>| {
        let request = world.api.request("GET", path).bearer_auth(&world.cip);
        world
            .api
            .send(tag.into_iter().fold(request, |request, tag| request.header("if-none-match", tag)))
            .await
    };
    let seen = read(&format!("{path}?min_position={}", sent.position()), None).await;
    let version = |list: &str, id: Uuid| {
        let items = seen.body[list].as_array().expect("a list");
        let found = items.iter().find(|item| item["id"] == json!(id)).expect("it is there");
        found["version"].as_u64().expect("a version")
    };
    let command = async |path: &str, version: u64, body: serde_json::Value| {
        let request = world.api.request("POST", path).bearer_auth(&world.cip).json(&body);
        let request = request.header("idempotency-key", Uuid::now_v7().to_string());
        world.api.send(request.header("if-match", format!("\"{version}\""))).await
    };
    let hours = format!("/api/v1/employments/{}/hours", employment.id());
    let withdraw = format!("/api/v1/prescriptions/{prescription}/withdraw");
    let pause = format!("{path}/pause");
    let mut last = 0;
    for (path, version, body) in [
        (&hours, version("employments", employment.id()), json!({"weekly_minutes": 1200})),
        (&withdraw, version("prescriptions", prescription), json!({})),
        (&pause, seen.body["version"].as_u64().expect("a version"), json!({})),
    ] {
        problem(&command(path, version + 1, body.clone()).await, 412, "version");
        let done = command(path, version, body.clone()).await;
        assert_eq!(done.status, 200, "{path} {version}: {}", done.text);
        last = done.position();
        problem(&command(path, version, body).await, 412, "version");
    }

    let tag = seen.header("etag").expect("a tag").to_owned();
    assert!(tag.starts_with("W/"), "{tag}");
    let now = read(&format!("{path}?min_position={last}"), Some(&tag)).await;
    assert_eq!((now.status, now.header("etag") == Some(&tag)), (200, false), "something happened since");
    let tag = now.header("etag").expect("a tag").to_owned();
    let same = read(&path, Some(&tag)).await;
    assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", Some(&*tag)));
    let request = world.api.request("POST", &pause).bearer_auth(&world.cip).json(&json!({}));
    let request = request.header("idempotency-key", Uuid::now_v7().to_string()).header("if-match", tag);
    problem(&world.api.send(request).await, 400, "demande");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_postgres_the_answer_says_so_and_all_comes_back_by_itself() {
    let mut stack = Stack::durable("without-postgres").await;
    let world = World::build(&stack).await;
    stack.postgres.kill().await.expect("SIGKILL");
    let body = json!({"structure_id": world.structure, "origin": "SIAO"});
    let key = Uuid::now_v7().to_string();
    let answer = world.api.post_keyed(&world.cip, "/api/v1/cases", &key, &body).await.expect("an answer");
    problem(&answer, 503, "indisponible");
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert!(!world.api.is_ready().await);
    stack.postgres.restart().await.expect("Postgres restarts");
    stack.ready().await;
    let answer = world.api.post_keyed(&world.cip, "/api/v1/cases", &key, &body).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text);
}
