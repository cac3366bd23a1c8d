//! What the person agreed to share, takes back, or asks to be forgotten.

use serde_json::{Value, json};
use uuid::Uuid;

use super::time::Past;

/// The agreements of the live status.
fn agreements(status: &Value) -> String {
    status["agreements"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_an_agreement_withdrawn_between_two_readings_opens_nothing_any_more() {
    let mut past = Past::start("s4", "2025-03-18T09:00").await;
    let case = past.open_case("Gaubert", "Mireille", "1983-12-12").await;
    let coach = json!({"name": "Coach emploi du Vallon", "kind": "COACH_EMPLOI"});
    let coach = past.must(&past.world.administrator, "/api/v1/organisations", coach).await.id();
    let agreement = json!({
        "organisation_id": coach, "classes": ["IDENTITY", "PROJECT"], "purposes": ["CANDIDATURE"],
        "until_day": "2026-03-17", "form": "ORAL_WITH_WITNESS", "witness": "Une voisine",
    });
    let path = format!("/api/v1/cases/{case}/agreements");
    let given = past.cip(&path, agreement.clone()).await.position();
    let before = agreements(&past.status(case, given).await);
    assert!(before.contains(&coach.to_string()) && before.contains("2026-03-17"), "{before}");
    let known = past.facts(case, "AgreementGiven").await;
    let id = known[0]["fact"]["agreement_id"].as_str().expect("an id").to_owned();

    past.reach("2025-06-16T09:00").await;
    let withdraw = format!("{path}/withdraw");
    let withdrawn = past.cip(&withdraw, json!({"agreement_id": id})).await.position();
    let after = agreements(&past.status(case, withdrawn).await);
    assert!(!after.contains(&coach.to_string()), "what was open is closed at the next request: {after}");
    // Both remain as facts; withdrawing twice changes nothing, and nobody withdraws what was not given.
    assert_eq!(past.cip(&withdraw, json!({"agreement_id": id})).await.body["repeated"], true);
    let unknown = past.ask(&past.world.cip, &withdraw, json!({"agreement_id": Uuid::from_u128(7)})).await;
    assert!(unknown.status == 422 && unknown.text.contains("accord.connu"), "{}", unknown.text);
    assert_eq!(past.facts(case, "AgreementGiven").await.len(), 1);
    assert_eq!(past.facts(case, "AgreementWithdrawn").await.len(), 1);
    // The clock does not say later that it expired; a new agreement may be given at any time.
    past.reach("2026-04-01T09:00").await;
    let again = json!({
        "organisation_id": coach, "classes": ["PROJECT"], "purposes": ["SUIVI_EMPLOI"],
        "until_day": "2026-09-30", "form": "SIGNED_PAPER",
    });
    let given = past.cip(&path, again).await.position();
    past.reach("2026-10-01T09:00").await;
    past.until_facts(case, "AgreementExpired", 1).await;
    assert_eq!(past.facts(case, "AgreementExpired").await.len(), 1, "only the one that was not withdrawn");
    assert!(!agreements(&past.status(case, given + 1).await).contains(&coach.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_whom_it_was_opened_to_reads_a_name_at_one_request_and_none_at_the_next() {
    let past = Past::start("s4-reading", "2026-11-20T09:00").await;
    let case = past.open_case("Gaubert", "Mireille", "1983-12-12").await;
    let administrator = &past.world.administrator;
    let coach = json!({"name": "Coach emploi du Vallon", "kind": "COACH_EMPLOI"});
    let coach = past.must(administrator, "/api/v1/organisations", coach).await.id();
    let post = json!({"organisation_id": coach, "role": "CONSEILLER", "title": "Coach"});
    let post = past.must(administrator, "/api/v1/posts", post).await.id();
    let fill = json!({"professional_name": "Une coach"});
    past.must(administrator, &format!("/api/v1/posts/{post}/fill"), fill).await;
    let token = past.stack.token("CONSEILLER", Some(post), Some(coach)).await;
    let read = async |position: i64| {
        let path = format!("/api/v1/cases/{case}?min_position={position}");
        past.world.api.get(&token, &path).await
    };
    assert_eq!(read(1).await.status, 404, "without agreement, not even that the case exists");
    let agreement = json!({
        "organisation_id": coach, "classes": ["IDENTITY", "PROJECT"], "purposes": ["ACCOMPAGNEMENT"],
        "until_day": "2027-05-31", "form": "SIGNED_PAPER",
    });
    let path = format!("/api/v1/cases/{case}/agreements");
    let given = past.cip(&path, agreement).await.position();
    let open = read(given).await;
    assert!(open.status == 200 && open.text.contains("Gaubert"), "{} {}", open.status, open.text);
    let known = past.facts(case, "AgreementGiven").await;
    let withdrawal = json!({"agreement_id": known[0]["fact"]["agreement_id"]});
    let withdrawn = past.cip(&format!("{path}/withdraw"), withdrawal).await.position();
    assert_eq!(read(withdrawn).await.status, 404);
}

/// The figures of the platform.
async fn indicators(past: &Past, position: i64) -> Value {
    let path = format!(
        "/api/v1/platforms/{}/indicators?from=2025-09-01&to=2026-08-31&min_position={position}",
        past.world.platform
    );
    let answer = past.world.api.get(&past.world.animator, &path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["indicators"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn s9_a_person_is_forgotten_and_the_indicators_stay_what_they_were() {
    let past = Past::start("s9", "2026-03-02T09:00").await;
    let mut cases = Vec::new();
    for name in ["Pradeilles", "Ferrand", "Lozach", "Maurin", "Rieux", "Teulon"] {
        let case = past.open_case(name, "Thibaut", "1998-07-19").await;
        past.send(case, "CANDIDATURE_IAE", past.world.aci[0]).await;
        let body = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_id": past.world.aci[0],
                          "started_on": "2026-03-02", "ends_on": "2026-09-01"});
        past.cip(&format!("/api/v1/cases/{case}/employments"), body).await;
        cases.push(case);
    }
    let last = past.cip(&format!("/api/v1/cases/{}/close", cases[0]), json!({"reason": "PATH_DONE"})).await;
    let before = indicators(&past, last.position()).await;
    assert!(before.to_string().contains('6'), "six people are counted: {before}");
    let name = past.status(cases[0], last.position()).await;
    assert!(name.to_string().contains("Pradeilles"), "{name}");

    let (forgotten, said) = past.stack.jalon(&["forget", &cases[0].to_string(), "--yes", "--json"]).await;
    assert!(forgotten && !said.contains("Pradeilles"), "{said}");
    let receipt: Value = serde_json::from_str(said.trim()).expect("a receipt");
    let position = receipt["position"].as_i64().expect("a position");
    assert!(receipt["keys_destroyed"].as_u64().expect("keys") > 0, "{receipt}");

    let after = indicators(&past, position).await;
    assert_eq!(before, after, "counters are made of traces: they do not move");
    let path = format!("/api/v1/cases/{}?min_position={position}", cases[0]);
    let status = past.world.api.get(&past.world.cip, &path).await;
    assert!(!status.text.contains("Pradeilles") && !status.text.contains("1998-07-19"), "{}", status.text);
    assert_eq!(past.facts(cases[0], "PersonForgotten").await.len(), 1);
    assert_eq!(
        past.facts(cases[0], "EmploymentStarted").await.len(),
        1,
        "nothing is erased from the journal"
    );
    let other = past.status(cases[1], position).await;
    assert!(other.to_string().contains("Ferrand"), "{other}");
    let (intact, said) = past.stack.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");
}
