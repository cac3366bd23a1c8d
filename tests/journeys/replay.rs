//! An auditor replays a case as it happened until a day, and as it was known at an instant.

use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;
use vocabulary::clock::{Clock as _, SystemClock};

async fn contract(world: &World, case: Uuid, started_on: &str) -> Uuid {
    let body = json!({
        "contract": "CDDI", "weekly_minutes": 1560, "employer_id": world.aci[0],
        "started_on": started_on, "ends_on": "2027-06-30",
    });
    world.must(&format!("/api/v1/cases/{case}/employments"), body).await.id()
}

/// Kind and day of each fact, and how many were left out.
async fn replayed(stack: &Stack, case: Uuid, options: &[&str]) -> (Vec<(String, String)>, i64) {
    let case = case.to_string();
    let (replayed, said) = stack.jalon(&[&["replay", case.as_str(), "--json"][..], options].concat()).await;
    assert!(replayed && !said.contains("Ouali"), "{said}");
    let said: Value = serde_json::from_str(said.trim()).expect("JSON");
    let text = |fact: &Value, name: &str| fact[name].as_str().expect("a text").to_owned();
    let facts = said["facts"].as_array().expect("facts").iter();
    let facts = facts.map(|fact| (text(fact, "kind"), text(fact, "occurred_on")));
    let worked = facts.filter(|(kind, _)| kind.starts_with("Employment")).collect();
    (worked, said["left_out"].as_i64().expect("a count"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_replayed_as_it_happened_until_a_day_and_as_it_was_known_at_an_instant() {
    let stack = Stack::start("replay").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Ouali", "Samir", "1983-07-19").await;
    let second = contract(&world, case, "2026-05-04").await;
    let body = json!({"ended_on": "2026-06-30", "reason": "NEW_JOB"});
    world.must(&format!("/api/v1/employments/{second}/end"), body).await;
    let known = SystemClock.now().to_string();
    // Told last, it happened first.
    contract(&world, case, "2026-03-02").await;

    let fact = |kind: &str, day: &str| (kind.to_owned(), day.to_owned());
    let march = fact("EmploymentStarted", "2026-03-02");
    let (may, june) = (fact("EmploymentStarted", "2026-05-04"), fact("EmploymentEnded", "2026-06-30"));
    let (all, left_out) = replayed(&stack, case, &[]).await;
    assert_eq!((all, left_out), (vec![march.clone(), may.clone(), june.clone()], 0));
    // The day is included, the next is not.
    for (until, expected) in [
        ("2026-03-01", vec![]),
        ("2026-03-02", vec![march.clone()]),
        ("2026-06-29", vec![march.clone(), may.clone()]),
        ("2026-06-30", vec![march.clone(), may.clone(), june.clone()]),
    ] {
        let (facts, left_out) = replayed(&stack, case, &["--occurred-until", until]).await;
        assert_eq!(facts, expected, "{until}");
        assert!(left_out > 0, "the case was opened since {until}");
    }
    let (facts, left_out) = replayed(&stack, case, &["--known-at", &known]).await;
    assert_eq!((facts, left_out), (vec![may.clone(), june], 1), "as it was recorded, the late one unknown");
    let both = ["--occurred-until", "2026-05-31", "--known-at", &known];
    assert_eq!(replayed(&stack, case, &both).await.0, [may]);
    let (replayed, said) =
        stack.jalon(&["replay", &case.to_string(), "--occurred-until", "31/05/2026"]).await;
    assert!(!replayed && said.contains("--occurred-until"), "{said}");
    let (replayed, said) = stack.jalon(&["replay", &Uuid::now_v7().to_string()]).await;
    assert!(!replayed && said.contains("aucun fait"), "{said}");
}
