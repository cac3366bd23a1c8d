//! What an auditor saw stays what they saw; counters say by which rule they were made.

use serde_json::{Value, json};
use testkit::stack::Answer;
use uuid::Uuid;

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

/// An immersion of a whole month of presence, drafted today.
async fn draft_of(past: &Past, case: Uuid, (starts_on, ends_on): (&str, &str), presence_days: u32) -> Answer {
    let body = json!({
        "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": past.world.france_travail,
        "accompanying_structure_id": past.world.structure, "details": {"host_name": "Garage du Vallon"},
        "terms": {"starts_on": starts_on, "ends_on": ends_on, "presence_days": presence_days, "weekly_minutes": 2100},
    });
    past.ask(&past.world.cip, &format!("/api/v1/cases/{case}/conventions"), body).await
}

/// What the list of rules says of one.
async fn listed(past: &Past, id: &str) -> Value {
    let rules = past.world.api.get(&past.world.administrator, "/api/v1/rules").await;
    assert_eq!(rules.status, 200, "{}", rules.text);
    let items = rules.body["items"].as_array().expect("rules");
    items.iter().find(|rule| rule["id"] == id).unwrap_or_else(|| panic!("{id} is listed")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_a_rule_changes_what_was_judged_stays_so_and_what_is_counted_again_says_by_which_version() {
    // A number of the rules of PMSMP changes on 27 March 2025: thirty days of presence become a limit.
    let mut past = Past::start("s10", "2025-03-24T09:00").await;
    let case = past.open_case("Un", "Personne", "1990-01-01").await;
    let before = draft_of(&past, case, ("2025-05-01", "2025-05-31"), 31).await;
    assert_eq!(before.status, 201, "{}", before.text);
    let warned = before.body["warnings"].as_array().expect("warnings");
    assert!(warned.contains(&json!("pmsmp.jours@1")), "{}", before.text);

    past.reach("2025-03-28T09:00").await;
    let other = past.open_case("Deux", "Personne", "1990-01-01").await;
    let after = draft_of(&past, other, ("2025-05-01", "2025-05-31"), 31).await;
    assert_eq!(
        (after.status, &after.body["rule"], &after.body["rule_version"]),
        (422, &json!("pmsmp.jours"), &json!(2)),
        "{}",
        after.text
    );
    assert_eq!(draft_of(&past, other, ("2025-05-01", "2025-05-31"), 30).await.status, 201);

    // The list says what the rule says now, what it said before, and until when.
    let rule = listed(&past, "pmsmp.jours").await;
    assert_eq!((&rule["version"], &rule["strictness"]), (&json!(2), &json!("strict")), "{rule}");
    assert_eq!(rule["since"], "2025-03-27");
    let former = &rule["history"][0];
    assert_eq!((&former["version"], &former["strictness"]), (&json!(1), &json!("soft")), "{rule}");
    assert_eq!(former["until"], "2025-03-26");
    assert_ne!(former["text"], rule["text"]);

    // What was drafted under the former version keeps it: on the timeline, in a replay, and after a rebuild.
    let timeline = format!("/api/v1/cases/{case}/timeline?limit=200&min_position={}", before.position());
    let judged = async |past: &Past| {
        let told = past.world.api.get(&past.world.cip, &timeline).await;
        let items = told.body["items"].as_array().expect("facts").clone();
        let drafted = items.into_iter().find(|item| item["kind"] == "ConventionDrafted").expect("a draft");
        let warnings = drafted["warnings"].as_array().expect("warnings").clone();
        warnings.into_iter().find(|warning| warning["rule"] == "pmsmp.jours").expect("the rule")
    };
    let kept = judged(&past).await;
    assert_eq!((&kept["rule_version"], &kept["text"]), (&json!(1), &former["text"]));
    let replayed = past.facts(case, "ConventionDrafted").await;
    assert!(replayed[0]["warnings"].to_string().contains("pmsmp.jours@1"), "{replayed:?}");
    let (rebuilt, said) = past.stack.jalon(&["rebuild", "timeline"]).await;
    assert!(rebuilt, "{said}");
    assert_eq!(judged(&past).await, kept);

    counters_say_their_version(&past).await;
}

/// Each indicator names the rules it was counted by, at the versions the list gives; counted again from the first
/// fact, they are the same.
async fn counters_say_their_version(past: &Past) {
    let (platform, animator) = (past.world.platform, past.world.animator.clone());
    let path = format!("/api/v1/platforms/{platform}/indicators?from=2025-01-01&to=2025-12-31");
    let counted = past.world.api.get(&animator, &path).await;
    assert_eq!(counted.status, 200, "{}", counted.text);
    let indicators = counted.body["indicators"].as_array().expect("indicators");
    assert!(indicators.len() >= 5, "{}", counted.text);
    for indicator in indicators {
        let by = indicator["rules"].as_array().expect("rules");
        assert!(!by.is_empty(), "{indicator}");
        for rule in by {
            let id = rule["id"].as_str().expect("an id");
            assert_eq!(listed(past, id).await["version"], rule["version"], "{id}");
        }
    }
    // One of them was counted otherwise before: it says so.
    let immersions = indicators.iter().find(|one| one["id"] == "immersions").expect("immersions");
    assert_eq!(immersions["rules"][0]["version"], 2, "{immersions}");
    assert_eq!(listed(past, "indicateur.immersions").await["history"][0]["until"], "2026-11-22");
    let (rebuilt, said) = past.stack.jalon(&["rebuild", "milestones"]).await;
    assert!(rebuilt, "{said}");
    let again = past.world.api.get(&animator, &path).await;
    assert_eq!(again.body["indicators"], counted.body["indicators"]);
    assert_eq!(again.body["publics"], counted.body["publics"]);
    // A day more or less would tell of one person: only whole months are counted.
    let shifted = format!("/api/v1/platforms/{platform}/indicators?from=2025-01-02&to=2025-12-31");
    let refused = past.world.api.get(&animator, &shifted).await;
    assert_eq!((refused.status, &refused.body["rule"]), (422, &json!("indicateur.mois")), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_a_platform_changes_a_delay_and_what_was_sent_keeps_its_own_day() {
    let mut past = Past::start("s10-delay", "2026-03-02T09:00").await;
    let (platform, animator) = (past.world.platform, past.world.animator.clone());
    let case = past.open_case("Un", "Personne", "1990-01-01").await;
    past.send(case, "CANDIDATURE_IAE", past.world.aci[0]).await;
    // The platform decides to wait thirty days where sixty was the rule.
    let delay = json!({"prescription_kind": "CANDIDATURE_IAE", "days": 30});
    past.must(&animator, &format!("/api/v1/platforms/{platform}/answer-delays"), delay).await;
    let second = past.send(case, "CANDIDATURE_IAE", past.world.aci[1]).await;
    past.reach("2026-04-06T09:00").await;
    past.until_facts(case, "PrescriptionUnanswered", 1).await;
    let silent = past.facts(case, "PrescriptionUnanswered").await;
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert!(silent[0]["stream"].as_str().expect("a stream").ends_with(&second.to_string()), "{silent:?}");
    assert_eq!(silent[0]["fact"]["days"], 31, "{silent:?}");
}
