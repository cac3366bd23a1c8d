//! Other tools: silent for a week, late, out of order, or saying what was already said.

use serde_json::{Value, json};
use testkit::stack::{Answer, until};
use uuid::Uuid;

use super::time::Past;
use crate::immersion_facilitee::{PATH, SECRET, notification};

/// A notification, at the present instant.
async fn hear(past: &Past, body: &Value) -> Answer {
    let request = past.world.api.request("POST", PATH).header("authorization", SECRET);
    let answer = past.world.api.send(past.at_this_instant(request).json(body)).await;
    assert!((200..300).contains(&answer.status), "{}", answer.text);
    answer
}

/// Hears it until the index of people has caught up with the case.
async fn hear_attached(past: &Past, case: Uuid, body: &Value) {
    until("the convention is attached", async || {
        hear(past, body).await;
        let facts = past.facts(case, "ConventionDrafted").await;
        facts.iter().any(|fact| !fact["fact"]["outside_prescriber"].is_null())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_a_tool_is_down_for_a_week_then_replays_late_out_of_order_and_twice() {
    let mut past = Past::start("s3", "2026-05-04T09:00").await;
    let case = past.open_case("D'Arcy-Benali", "Éloïse", "1990-02-03").await;
    // What it would have said day by day, it says in one morning.
    past.reach("2026-05-20T09:00").await;
    let ready = notification("READY_TO_SIGN", "2026-05-04T13:00:00.000Z", false);
    let signed = notification("IN_REVIEW", "2026-05-06T09:30:01.000Z", true);
    let validated = notification("ACCEPTED_BY_VALIDATOR", "2026-05-12T10:00:01.000Z", true);
    hear_attached(&past, case, &validated).await;
    for late in [&ready, &validated, &signed, &ready, &validated] {
        hear(&past, late).await;
    }
    for (kind, count) in [
        ("ConventionDrafted", 1),
        ("ConventionSigned", 2),
        ("ConventionFullySigned", 1),
        ("ConventionValidated", 1),
    ] {
        assert_eq!(past.facts(case, kind).await.len(), count, "{kind}");
    }
    // Both times: the day it happened, and the day it was known.
    let facts = past.facts(case, "ConventionValidated").await;
    assert_eq!(facts[0]["occurred_on"], "2026-05-12", "{facts:?}");
    assert!(facts[0]["recorded_at"].as_str().expect("an instant").starts_with("2026-05-20"), "{facts:?}");
    assert_eq!(facts[0]["late"], true, "{facts:?}");
    // What came after something newer is known to have come late; the same content is heard once.
    let heard = past.facts(case, "NotificationReceived").await;
    let late = heard.iter().filter(|fact| fact["fact"]["late"] == true).count();
    assert_eq!((heard.len(), late), (3, 2), "{heard:?}");
    // The immersion it was about had begun meanwhile: the clock says so, for its own day.
    past.until_facts(case, "ImmersionStarted", 1).await;
    assert_eq!(past.facts(case, "ImmersionStarted").await[0]["occurred_on"], "2026-05-18");
    // On the 13th nothing of it was known.
    let known = past.replay(case, &["--known-at", "2026-05-13T12:00:00Z"]).await;
    assert!(known.iter().all(|fact| fact["kind"] != "ConventionDrafted"), "{known:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s6_the_same_fact_comes_from_two_tools_and_what_differs_is_shown() {
    let mut past = Past::start("s6", "2026-05-04T09:00").await;
    let case = past.open_case("D'Arcy-Benali", "Éloïse", "1990-02-03").await;
    // The immersion is typed here, and comes from the other tool too, with a month too many.
    let typed = past.signed_pmsmp(case, "2026-05-18", "2026-05-29").await;
    past.reach("2026-05-13T09:00").await;
    let mut told = notification("ACCEPTED_BY_VALIDATOR", "2026-05-12T10:00:01.000Z", true);
    told["payload"]["convention"]["dateEnd"] = json!("2026-07-03T00:00:00.000Z");
    hear_attached(&past, case, &told).await;
    hear(&past, &told).await;
    let drafted = past.facts(case, "ConventionDrafted").await;
    assert_eq!(drafted.len(), 2, "neither hides the other");
    let streams: Vec<&str> = drafted.iter().filter_map(|fact| fact["stream"].as_str()).collect();
    assert!(
        streams[0] != streams[1] && streams.iter().any(|one| one.ends_with(&typed.to_string())),
        "{streams:?}"
    );
    // The tool’s word stands, and what our own rule says is recorded beside it.
    let diverging = past.facts(case, "DivergenceNoted").await;
    assert_eq!(diverging.len(), 1, "{diverging:?}");
    assert!(diverging[0]["fact"]["about"].to_string().contains("pmsmp.duree"), "{diverging:?}");

    // A PASS the person spoke of, then as Les emplois gives it: both are known, and the day that differs.
    let declared = json!({"starts_on": "2026-01-05", "source": "DECLARED"});
    let pass = past.cip(&format!("/api/v1/cases/{case}/passes"), declared).await.id();
    let official = json!({"number": "999992601005", "starts_on": "2026-01-05", "ends_on": "2028-03-31", "source": "LES_EMPLOIS"});
    let path = format!("/api/v1/passes/{pass}/report");
    past.cip(&path, official.clone()).await;
    let last = past
        .cip(&path, json!({"starts_on": "2026-01-05", "ends_on": "2028-03-31", "source": "LES_EMPLOIS"}))
        .await;
    assert_eq!(last.body["repeated"], true, "said again, it is the same fact: {}", last.text);
    let reported = past.facts(case, "PassIaeReported").await;
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert_eq!(reported[0]["fact"]["ends_on"], "2028-01-04", "{reported:?}");
    assert_eq!(reported[1]["fact"]["ends_on"], "2028-03-31", "the authority’s word is never recomputed");
    assert_eq!(reported[1]["fact"]["computed_ends_on"], "2028-01-04", "{reported:?}");
    let status = past.status(case, last.position()).await.to_string();
    assert!(status.contains("2028-03-31"), "{status}");
}
