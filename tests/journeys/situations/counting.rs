//! What an auditor saw stays what they saw; counters say by which rule they were made.

use serde_json::{Value, json};

use super::time::Past;

#[tokio::test(flavor = "multi_thread")]
async fn s5_a_review_is_corrected_after_an_auditors_snapshot_and_both_can_be_replayed() {
    let mut past = Past::start("s5", "2026-08-24T09:00").await;
    let case = past.open_case("Le Guen", "Corentin", "1999-02-15").await;
    let convention = past.signed_pmsmp(case, "2026-09-07", "2026-09-25").await;
    past.reach("2026-10-01T10:00").await;
    past.until_facts(case, "ImmersionEnded", 1).await;
    let path = format!("/api/v1/conventions/{convention}/review");
    past.cip(&path, json!({"outcome": "PARTIALLY_COMPLETED", "hired": "NOT_HIRED"})).await;
    // The auditor’s snapshot: everything known on 15 October.
    let snapshot = ["--known-at", "2026-10-15T10:00:00Z"];
    let seen = past.replay(case, &snapshot).await;

    past.reach("2026-10-21T10:00").await;
    let corrected = past.cip(&path, json!({"outcome": "COMPLETED", "hired": "HIRED_CDD"})).await;
    assert_eq!(past.replay(case, &snapshot).await, seen, "the snapshot is what it was, to the letter");
    let outcomes = |facts: &[Value]| -> Vec<String> {
        let reviews = facts
            .iter()
            .filter(|fact| fact["kind"].as_str().is_some_and(|kind| kind.starts_with("ImmersionReview")));
        reviews.map(|fact| format!("{} {}", fact["kind"], fact["fact"]["outcome"])).collect()
    };
    assert_eq!(outcomes(&seen), ["\"ImmersionReviewed\" \"PARTIALLY_COMPLETED\""]);
    let now = past.replay(case, &[]).await;
    assert_eq!(
        outcomes(&now),
        ["\"ImmersionReviewed\" \"PARTIALLY_COMPLETED\"", "\"ImmersionReviewCorrected\" \"COMPLETED\""]
    );
    // Today’s status holds the corrected one.
    let immersions = past.status(case, corrected.position()).await["immersions"].to_string();
    assert!(immersions.contains("HIRED_CDD") && !immersions.contains("PARTIALLY"), "{immersions}");

    // A quarterly review is corrected the same way: the earlier words are not overwritten.
    let review = |decision: &str| json!({"review": {"kind": "BILAN_TRIMESTRIEL", "held_on": "2026-10-20", "decisions": [decision]}});
    let held = past.cip(&format!("/api/v1/cases/{case}/reviews"), review("Chercher un stage.")).await.id();
    past.cip(&format!("/api/v1/reviews/{held}/correct"), review("Commencer le contrat.")).await;
    let correction = past.facts(case, "ReviewCorrected").await;
    assert_eq!(correction[0]["fact"]["corrected_version"], 1, "{correction:?}");
    assert_eq!(past.facts(case, "ReviewHeld").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_a_rule_changes_and_what_is_counted_again_says_by_which_version() {
    let mut past = Past::start("s10", "2026-03-02T09:00").await;
    let (platform, animator) = (past.world.platform, past.world.animator.clone());
    let aci = past.world.aci[0];
    let mut cases = Vec::new();
    for name in ["Un", "Deux", "Trois", "Quatre", "Cinq", "Six"] {
        let case = past.open_case(name, "Personne", "1990-01-01").await;
        past.send(case, "CANDIDATURE_IAE", aci).await;
        cases.push(case);
    }
    // The platform decides to wait thirty days where sixty was the rule: what was sent keeps its own day.
    let delay = json!({"prescription_kind": "CANDIDATURE_IAE", "days": 30});
    past.must(&animator, &format!("/api/v1/platforms/{platform}/answer-delays"), delay).await;
    let second = past.send(cases[0], "CANDIDATURE_IAE", past.world.aci[1]).await;
    past.reach("2026-04-06T09:00").await;
    past.until_facts(cases[0], "PrescriptionUnanswered", 1).await;
    let silent = past.facts(cases[0], "PrescriptionUnanswered").await;
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert!(silent[0]["stream"].as_str().expect("a stream").ends_with(&second.to_string()), "{silent:?}");
    assert_eq!(silent[0]["fact"]["days"], 31, "{silent:?}");

    // Each indicator names the rules it was counted by, at the versions the list of rules gives.
    let rules = past.world.api.get(&past.world.administrator, "/api/v1/rules").await;
    assert_eq!(rules.status, 200, "{}", rules.text);
    let versions: std::collections::HashMap<String, u64> = rules
        .body
        .as_array()
        .or(rules.body["items"].as_array())
        .expect("rules")
        .iter()
        .map(|rule| {
            (rule["id"].as_str().expect("an id").to_owned(), rule["version"].as_u64().expect("a version"))
        })
        .collect();
    let path = format!("/api/v1/platforms/{platform}/indicators?from=2026-01-01&to=2026-12-31");
    let counted = past.world.api.get(&animator, &path).await;
    assert_eq!(counted.status, 200, "{}", counted.text);
    let indicators = counted.body["indicators"].as_array().expect("indicators");
    assert!(indicators.len() >= 5, "{}", counted.text);
    for indicator in indicators {
        let by = indicator["rules"].as_array().expect("rules");
        assert!(!by.is_empty(), "{indicator}");
        for rule in by {
            let id = rule["id"].as_str().expect("an id");
            assert_eq!(versions.get(id), rule["version"].as_u64().as_ref(), "{id}");
        }
    }
    // Counted again from the first fact, they are the same.
    let (rebuilt, said) = past.stack.jalon(&["rebuild", "milestones"]).await;
    assert!(rebuilt, "{said}");
    let again = past.world.api.get(&animator, &path).await;
    assert_eq!(again.body["indicators"], counted.body["indicators"]);
}
