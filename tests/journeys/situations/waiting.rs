//! Conventions that wait for a signature or for the prescriber, and a renewal that is asked for twice at once.

use serde_json::{Value, json};
use uuid::Uuid;

use super::time::Past;

fn pmsmp(past: &Past, more: Value) -> Value {
    let mut body = json!({
        "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": past.world.france_travail,
        "accompanying_structure_id": past.world.structure, "details": {"host_name": "Garage du Vallon"},
        "terms": {"starts_on": "2026-02-16", "ends_on": "2026-02-27", "presence_days": 10, "weekly_minutes": 2100},
    });
    let members = more.as_object().expect("members").clone();
    body.as_object_mut().expect("a body").extend(members);
    body
}

async fn draft(past: &Past, case: Uuid) -> Uuid {
    past.cip(&format!("/api/v1/cases/{case}/conventions"), pmsmp(past, json!({}))).await.id()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_convention_nobody_signed_or_validated_in_time_is_left_without_an_answer_and_another_begins() {
    let mut past = Past::start("unanswered", "2026-02-02T09:00").await;
    let case = past.open_case("Bensaïd", "Karim", "1988-09-03").await;
    let unsigned = draft(&past, case).await;
    let unvalidated = draft(&past, case).await;
    for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
        past.cip(&format!("/api/v1/conventions/{unvalidated}/sign"), json!({"party": party})).await;
    }
    past.reach("2026-02-16T12:00").await;
    assert!(past.facts(case, "ConventionLapsed").await.is_empty(), "on its first day it may still be signed");
    past.reach("2026-02-17T09:00").await;
    past.until_facts(case, "ConventionLapsed", 1).await;
    let lapsed = past.facts(case, "ConventionLapsed").await;
    assert_eq!(lapsed[0]["occurred_on"], "2026-02-17", "{lapsed:?}");
    assert!(lapsed[0]["stream"].as_str().is_some_and(|id| id.ends_with(&unsigned.to_string())), "{lapsed:?}");
    past.reach("2026-03-02T09:00").await;
    past.until_facts(case, "ConventionLapsed", 2).await;
    assert_eq!(past.facts(case, "ConventionLapsed").await[1]["occurred_on"], "2026-02-28");
    assert!(past.facts(case, "ImmersionStarted").await.is_empty(), "nothing began without the prescriber");
    // Another one may be written, and the earlier ones stay.
    past.signed_pmsmp(case, "2026-03-09", "2026-03-20").await;
    past.reach("2026-03-09T09:00").await;
    past.until_facts(case, "ImmersionStarted", 1).await;
    assert_eq!(past.facts(case, "ConventionDrafted").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_renew_a_pmsmp_at_once_one_succeeds() {
    let mut past = Past::start("renewals", "2026-02-02T09:00").await;
    let case = past.open_case("Roussel", "Inès", "1994-11-21").await;
    let first = past.signed_pmsmp(case, "2026-02-16", "2026-02-27").await;
    past.reach("2026-03-02T09:00").await;
    let terms = json!({"starts_on": "2026-03-09", "ends_on": "2026-03-20", "presence_days": 10, "weekly_minutes": 2100});
    let body = pmsmp(
        &past,
        json!({"terms": terms, "renews_convention_id": first, "renewal_justification": "Une machine de plus à apprendre."}),
    );
    let path = format!("/api/v1/cases/{case}/conventions");
    let asked = (0..6).map(|_| past.ask(&past.world.cip, &path, body.clone()));
    let answers = futures::future::join_all(asked).await;
    let renewed = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.body["rule"] == "pmsmp.renouvellement").count();
    let all: Vec<_> = answers.iter().map(|answer| (answer.status, &answer.text)).collect();
    assert_eq!((renewed, refused), (1, 5), "{all:?}");
}
