//! Whoever received data of a person is told when they are corrected and when they are erased, once each; the person
//! sees who was, and the structure whom it tells by itself.

use serde_json::{Value, json};
use testkit::stack::until;
use uuid::Uuid;

use super::forgetting::Structure;

const NOTICES: &str = "/api/v1/me/notices";

/// What the employer of the ACI was told, the last first: kind and case.
async fn noticed(place: &Structure) -> Vec<(String, String)> {
    let told = place.world.api.get(&place.world.employer, NOTICES).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    let items = told.body["items"].as_array().expect("items").clone();
    items.iter().map(|one| (text(one, "kind"), text(one, "reference"))).collect()
}

/// The person agrees that this organisation reads who they are and what they want to do.
async fn agrees(place: &Structure, case: Uuid, organisation: Uuid) {
    let agreement = json!({
        "organisation_id": organisation, "classes": ["IDENTITY", "PROJECT"], "purposes": ["CANDIDATURE"],
        "form": "SIGNED_PAPER", "until_day": "2027-03-01",
    });
    let given = place.ask(&place.referent, &format!("/api/v1/cases/{case}/agreements"), agreement).await;
    assert_eq!(given.status, 200, "{}", given.text);
}

/// Something of that class is said to be wrong, and is put right or not.
async fn settles(place: &Structure, case: Uuid, class: &str, outcome: &str) {
    let path = format!("/api/v1/cases/{case}/rectifications");
    let text = "Ce n’est pas ce que j’ai dit.";
    let asked = place.ask(&place.referent, &path, json!({"of_class": class, "text": text})).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let asked = place.last(case, "RectificationRequested").await.expect("it was asked");
    let answer = json!({
        "rectification_id": asked["fact"]["rectification_id"], "outcome": outcome, "answer": "Voici.",
    });
    let settled = place.ask(&place.referent, &format!("{path}/settle"), answer).await;
    assert_eq!(settled.status, 200, "{}", settled.text);
}

async fn told(place: &Structure, case: Uuid) -> Vec<Value> {
    let facts = place.facts(case).await;
    facts
        .into_iter()
        .filter(|fact| fact["kind"] == "RecipientTold")
        .map(|fact| fact["fact"].clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_received_data_is_told_of_a_correction_and_of_an_erasure_and_the_person_sees_it() {
    let mut place = Structure::start("recipients").await;
    let case = place.person("Pradeilles").await;
    let other = place.person("Ferrand").await;
    let aci = place.world.aci[0];
    // France Travail has no post here: the structure tells it by itself.
    for organisation in [aci, place.world.france_travail] {
        agrees(&place, case, organisation).await;
    }
    settles(&place, case, "SOCIAL", "RECTIFIED").await;
    settles(&place, case, "IDENTITY", "NOT_RECTIFIED").await;
    settles(&place, other, "IDENTITY", "RECTIFIED").await;
    settles(&place, case, "IDENTITY", "RECTIFIED").await;
    let corrected = ("TO_CORRECT".to_owned(), case.to_string());
    until("the employer is told of the correction", async || noticed(&place).await.contains(&corrected))
        .await;

    // Killed and served again, nothing is told twice; nor of what nobody received.
    place.stack.kill_and_serve().await;
    place.stack.ready().await;
    let sharing = format!("/api/v1/cases/{case}/sharing");
    let shared = place.world.api.get(&place.referent, &sharing).await;
    let rows = shared.body["told"].as_array().expect("who was told").clone();
    let reached = |one: &Value| (one["organisation"]["id"].clone(), one["reached"].clone());
    assert_eq!(rows.len(), 2, "{}", shared.text);
    assert!(
        rows.iter().all(|one| one["matter"] == "DATA_CORRECTED" && one["classes"] == json!(["IDENTITY"]))
    );
    let all: Vec<_> = rows.iter().map(reached).collect();
    assert!(all.contains(&(json!(aci), json!(true))), "{}", shared.text);
    assert!(all.contains(&(json!(place.world.france_travail), json!(false))), "{}", shared.text);

    // In the copy of all that is kept, as the person and their référent read it.
    let export = place.world.api.get(&place.referent, &format!("/dossiers/{case}/export")).await;
    let text = export.text.replace(['\u{a0}', '\u{202f}'], " ");
    assert!(text.contains("Prévenus d’une correction") && text.contains("Atelier du Vallon."), "{text}");
    assert!(text.contains("À prévenir par la structure qui vous accompagne"), "{text}");

    let request = place.request(case).await;
    place.approve(case, request).await;
    place.until_told(case, "PersonForgotten").await;
    let erased = ("TO_ERASE".to_owned(), case.to_string());
    until("the employer is told of the erasure", async || noticed(&place).await.contains(&erased)).await;
    assert_eq!(noticed(&place).await.len(), 2, "each once, and nothing of the other person");
    let requests = place.world.api.get(&place.world.employer, "/demandes").await;
    assert!(requests.text.contains("Effacer vos copies") && requests.text.contains(&case.to_string()));
    assert_eq!(told(&place, case).await.len(), 4);
    assert!(told(&place, other).await.is_empty());
    let page = place.world.api.get(&place.referent, &format!("/dossiers/{case}/effacement")).await;
    let text = page.text.replace(['\u{a0}', '\u{202f}'], " ");
    assert!(text.contains("1 organisation qui avait reçu ces données a été prévenue."), "{text}");
    assert!(text.contains("faute de poste dans Jalon : France Travail du Vallon."), "{text}");
    assert!(!text.contains("Pradeilles"));
}
