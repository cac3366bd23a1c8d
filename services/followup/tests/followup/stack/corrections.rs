//! What was said anew is marked where it was first said, and the thread can be read as it was known.

use contracts::{case::v1::*, common::v1::Role, diagnostic::v1::DiagnosticRevised, events};
use serde_json::Value;

use super::{super::invented::*, *};

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().expect("items").clone()
}

fn of_kind<'a>(items: &'a [Value], kind: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["kind"] == kind).collect()
}

fn attended(day: &str, minutes: u32) -> events::Activity {
    AttendanceRecorded {
        from_day: day.into(),
        until_day: day.into(),
        presence: Presence::PRESENT.into(),
        minutes,
        ..Default::default()
    }
    .into()
}

#[tokio::test]
async fn a_fact_that_was_said_anew_says_so_and_the_earlier_one_stays() {
    let mut told = Told::new().await;
    told.story.case_id = Some(id(CASE));
    let identity = IdentityCorrected {
        family_name: "Tesfaye".into(),
        given_name: "Selam".into(),
        birth_date: "1991-04-17".into(),
        ..Default::default()
    };
    let corrected = told.tell(identity.into()).await;
    let revised = told
        .tell_of(200, events::Diagnostic::from(DiagnosticRevised { version: 2, ..Default::default() }))
        .await;
    let mut days = Vec::new();
    for (day, minutes) in [("2026-11-02", 120), ("2026-11-03", 90), ("2026-11-02", 60)] {
        days.push(told.tell_of(600, attended(day, minutes)).await);
    }
    let inside = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let path = format!("/api/v1/cases/{}/timeline?limit=200", id(CASE));
    let all = items(&told.stack.get(&inside, &path).await.json());

    let recorded = of_kind(&all, "IdentityRecorded");
    assert_eq!(recorded[0]["corrected"]["position"], corrected, "{:?}", recorded[0]);
    assert_eq!(recorded[0]["corrected"]["occurred_on"], "2026-11-20");
    assert_eq!(recorded[0]["fact"]["family_name"], "Tesfay", "what was said stays");
    assert!(of_kind(&all, "IdentityCorrected")[0]["corrected"].is_null(), "the last word is not corrected");
    // Of two diagnostics, the one that was revised.
    let completed: Vec<(&Value, &Value)> = of_kind(&all, "DiagnosticCompleted")
        .into_iter()
        .map(|item| (&item["stream_id"], &item["corrected"]["position"]))
        .collect();
    for (stream, by) in completed {
        let own = stream == &id(200).to_string();
        assert_eq!(by == &Value::from(revised), own, "{stream}: {by}");
    }
    // Of two days, the one that was told again.
    let by: Vec<(i64, Option<i64>)> = of_kind(&all, "AttendanceRecorded")
        .into_iter()
        .map(|item| (item["position"].as_i64().expect("a position"), item["corrected"]["position"].as_i64()))
        .collect();
    for (position, by) in by {
        assert_eq!(by, (position == days[0]).then_some(days[2]), "{position}");
    }
    let page = told.stack.visit(&inside, &format!("/dossiers/{}", id(CASE))).await;
    assert!(page.text.contains(&format!("href=\"#fait-{corrected}\"")), "the page says it too");
    assert!(page.text.contains(&format!("id=\"fait-{corrected}\"")));
}

#[tokio::test]
async fn the_thread_is_read_as_it_was_known_at_an_instant() {
    let mut told = Told::new().await;
    let identity = IdentityCorrected { family_name: "Tesfaye".into(), ..Default::default() };
    told.tell(identity.into()).await;
    let inside = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let path = format!("/api/v1/cases/{}/timeline", id(CASE));
    let read = async |known_at: &str| {
        let answer = told.stack.get(&inside, &format!("{path}?limit=200&known_at={known_at}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        items(&answer.json())
    };
    let all = items(&told.stack.get(&inside, &format!("{path}?limit=200")).await.json());
    assert_eq!(read("2026-11-23T11:00:00Z").await, all, "now, all is known");

    // Before the correction was known, nothing was corrected.
    let before = read("2026-11-20T13:04:59Z").await;
    assert_eq!(before.len(), all.len() - 1);
    assert!(of_kind(&before, "IdentityRecorded")[0]["corrected"].is_null());
    assert!(!of_kind(&all, "IdentityRecorded")[0]["corrected"].is_null());

    // Someone joined on 15 September 2025, which was known on 2 October.
    let joined = |items: &[Value]| of_kind(items, "CircleMemberJoined").len();
    let (early, later) = (read("2025-10-01T00:00:00Z").await, read("2025-10-02T13:05:00Z").await);
    assert_eq!((joined(&early), joined(&later)), (1, 2));

    // A page goes on as it began, and a cursor belongs to its instant.
    let known = "known_at=2026-11-20T13:04:59Z";
    let first = told.stack.get(&inside, &format!("{path}?limit=3&{known}")).await.json();
    let cursor = first["next"].as_str().expect("a second page");
    let second = told.stack.get(&inside, &format!("{path}?limit=3&{known}&cursor={cursor}")).await.json();
    assert_eq!([items(&first), items(&second)].concat(), before[..6]);
    let other = told.stack.get(&inside, &format!("{path}?limit=3&cursor={cursor}")).await;
    assert_eq!(other.status, 400, "{}", other.text);
    let wrong = told.stack.get(&inside, &format!("{path}?known_at=hier")).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
}
