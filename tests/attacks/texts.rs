//! What nobody should write in a text: a social security number is refused everywhere, a telephone or an e-mail
//! address is kept only when it is confirmed, and neither is said again by whoever refuses it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{
    ground::{Ground, Reply},
    routes,
};

const NIR: &str = "2 86 04 99 000 001 60";
const PHONE: &str = "05 36 49 01 01";
const ADDRESS: &str = "ana.essai@exemple.fr";

/// The members whose place it is to say how someone is reached, or that hold codes of elsewhere: whoever adds one
/// says so here.
const APART: &[&str] = &[
    "current_employer_siret",
    "email",
    "external_ids",
    "host_siret",
    "number",
    "phone",
    "reference",
    "service_id",
    "siret",
    "structure_reference",
    "tutor_contact",
];

/// The names of the texts of a schema, those it refers to included.
fn texts(
    openapi: &Value,
    schema: &Value,
    name: &str,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        if seen.insert(reference.to_owned()) {
            let schema = openapi.pointer(reference.trim_start_matches('#')).expect("a schema");
            texts(openapi, schema, name, seen, found);
        }
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        texts(openapi, property, name, seen, found);
    }
    for part in ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        texts(openapi, part, name, seen, found);
    }
    if schema["items"].is_object() {
        texts(openapi, &schema["items"], name, seen, found);
    }
    let kinds = schema["type"].to_string();
    if kinds.contains("string") && schema["enum"].is_null() && schema["format"].is_null() {
        found.insert(name.to_owned());
    }
}

async fn confirmed(ground: &Ground, token: &str, path: &str, body: &Value) -> Reply {
    let request = ground.request(&Method::POST, path).bearer_auth(token).json(body);
    let request = request.header("idempotency-key", Uuid::now_v7().to_string());
    ground.send(request.header("jalon-confirm", "texte.a-confirmer")).await
}

/// The body of a command that holds that text.
type Body = Box<dyn Fn(&str) -> Value>;

#[tokio::test(flavor = "multi_thread")]
async fn no_text_keeps_a_social_security_number_nor_unconfirmed_a_way_to_reach_someone() {
    let stack = Stack::start("attacks-texts").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    every_text_is_looked_at(&openapi);
    let case = world.open_case("Peyrebrune", "Amina", "1990-05-06").await;
    let wish = world
        .must(&format!("/api/v1/cases/{case}/wishes"), json!({"wish": {"words": "la cuisine"}}))
        .await
        .id();
    let cases = format!("/api/v1/cases/{case}");
    let commands: Vec<(String, Body)> = vec![
        (format!("{cases}/notes"), Box::new(|text| json!({"text": text}))),
        (format!("{cases}/summaries"), Box::new(|text| json!({"text": text}))),
        (format!("{cases}/wishes"), Box::new(|text| json!({"wish": {"words": text}}))),
        (format!("/api/v1/wishes/{wish}/revise"), Box::new(|text| json!({"wish": {"words": text}}))),
        (format!("{cases}/pause"), Box::new(|text| json!({"reason": text}))),
    ];
    for (path, body) in &commands {
        let before = ground.head().await;
        for text in [NIR, "286049900000160", "7 86 04 99 000 001 04"] {
            let said = body(&format!("Il dit que c’est le {text}, à vérifier."));
            for reply in [
                ground.post(&world.cip, path, &said).await,
                confirmed(&ground, &world.cip, path, &said).await,
            ] {
                assert_eq!(
                    (reply.status, &reply.json()["rule"]),
                    (422, &json!("texte.nir")),
                    "{path} {}",
                    reply.text
                );
                assert!(!reply.text.contains("86 04") && !reply.text.contains("860499"), "{}", reply.text);
            }
        }
        for text in [PHONE, ADDRESS, "+93 70 123 4567"] {
            let said = body(&format!("À joindre : {text}."));
            let reply = ground.post(&world.cip, path, &said).await;
            assert_eq!(
                (reply.status, &*reply.problem()),
                (422, "texte-a-confirmer"),
                "{path} {}",
                reply.text
            );
            assert_eq!(reply.json()["rule"], "texte.a-confirmer");
            let pointer = reply.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
            assert!(said.pointer(&pointer).is_some_and(Value::is_string), "{path} {pointer}");
            assert!(!reply.text.contains(text), "{}", reply.text);
        }
        assert_eq!(ground.head().await, before, "nothing was written: {path}");
        let kept = confirmed(&ground, &world.cip, path, &body(&format!("À joindre : {PHONE}."))).await;
        assert!(kept.status < 300, "{path} {}", kept.text);
        assert_eq!(kept.json()["warnings"], json!(["texte.a-confirmer@1"]), "{path}");
    }
    let identity = json!({"identity": {
        "family_name": "Peyrebrune", "given_name": "Amina", "phone": PHONE, "email": ADDRESS,
    }});
    let kept = ground.post(&world.cip, &format!("{cases}/identity"), &identity).await;
    assert_eq!((kept.status, &kept.json()["warnings"]), (200, &json!([])), "{}", kept.text);
    let identity = json!({"identity": {"family_name": "Peyrebrune", "given_name": "Amina", "phone": NIR}});
    let refused = ground.post(&world.cip, &format!("{cases}/identity"), &identity).await;
    assert_eq!(refused.json()["rule"], "texte.nir", "{}", refused.text);
    ground.kept_quiet(&[NIR, PHONE, ADDRESS, "Peyrebrune"]);
}

/// A member that is apart is named here, and no other is.
fn every_text_is_looked_at(openapi: &Value) {
    let mut found = BTreeSet::new();
    for route in routes::all(openapi).iter().filter(|route| route.path != "/api/v1/search") {
        if let Some(schema) = &route.body {
            texts(openapi, schema, "", &mut BTreeSet::new(), &mut found);
        }
    }
    assert!(found.len() > 60 && found.contains("comment") && found.contains("text"), "{found:?}");
    let ends = [
        "phone",
        "email",
        "contact",
        "contacts",
        "siret",
        "reference",
        "external_ids",
        "service_id",
        "number",
    ];
    let apart = found.iter().map(String::as_str).filter(|name| {
        ends.iter()
            .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
    });
    let apart: Vec<&str> = apart.collect();
    assert_eq!(apart, APART, "of {found:?}");
}
