//! Silence, suspension, a new beginning.

use serde_json::json;

use super::time::Past;

#[tokio::test(flavor = "multi_thread")]
async fn s2_a_siae_is_silent_for_sixty_days_and_another_attempt_begins() {
    let mut past = Past::start("s2", "2026-03-02T09:30").await;
    let case = past.open_case("Gashi", "Arben", "1995-05-02").await;
    // Whoever is to be reminded has a post to hear of it.
    let administrator = past.world.administrator.clone();
    let opened = json!({"organisation_id": past.world.aci[0], "role": "EMPLOYEUR_SIAE", "title": "Encadrante de l’ACI"});
    let answers = past.must(&administrator, "/api/v1/posts", opened).await.id();
    let candidature = past.send(case, "CANDIDATURE_IAE", past.world.aci[0]).await;
    past.reach("2026-04-02T09:00").await;
    past.until_facts(case, "ReminderSent", 3).await;
    assert_eq!(past.facts(case, "PrescriptionUnanswered").await.len(), 0, "a month is not yet a silence");
    past.reach("2026-04-22T09:00").await;
    past.until_facts(case, "ReminderSent", 5).await;
    past.reach("2026-05-04T09:00").await;
    past.until_facts(case, "PrescriptionUnanswered", 1).await;
    let reminders = past.facts(case, "ReminderSent").await;
    let days: Vec<&str> = reminders.iter().filter_map(|fact| fact["occurred_on"].as_str()).collect();
    assert_eq!(days, ["2026-03-12", "2026-03-22", "2026-04-01", "2026-04-11", "2026-04-21"]);
    let unanswered = past.facts(case, "PrescriptionUnanswered").await;
    assert_eq!(unanswered[0]["fact"]["days"], 61, "{unanswered:?}");
    assert_eq!(unanswered[0]["occurred_on"], "2026-05-02");

    // Each reminder reached the SIAE, which sees what it was sent and not whom it is about.
    let siae = past.stack.token("EMPLOYEUR_SIAE", Some(answers), Some(past.world.aci[0])).await;
    let mut told = 0;
    for _ in 0..200 {
        let notices = past.world.api.get(&siae, "/api/v1/me/notices").await.body;
        let kinds = notices["items"].as_array().expect("notices").iter().map(|one| &one["kind"]);
        told = kinds.filter(|kind| **kind == "ANSWER_AWAITED").count();
        if told == 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(told, 5);
    let received = past.world.api.get(&siae, "/api/v1/me/requests").await.body["items"][0].clone();
    assert_eq!(received["id"], candidature.to_string(), "{received}");
    assert_eq!((&received["state"], &received["named"]), (&json!("unanswered"), &json!(false)), "{received}");
    assert!(received["case_id"].is_null() && !received.to_string().contains("Gashi"), "{received}");

    // Silence is an outcome, not an end: the same is sent again, and the first attempt stays visible.
    let path = format!("/api/v1/prescriptions/{candidature}");
    past.cip(&format!("{path}/reopen"), json!({})).await;
    past.cip(&format!("{path}/send"), json!({})).await;
    let employer = past.world.employer.clone();
    let accepted = past.must(&employer, &format!("{path}/accept"), json!({})).await;
    let kinds: Vec<String> = past
        .replay(case, &[])
        .await
        .iter()
        .filter_map(|fact| fact["kind"].as_str().map(str::to_owned))
        .filter(|kind| kind.starts_with("Prescription"))
        .collect();
    let told = ["Prepared", "Sent", "Unanswered", "Reopened", "Sent", "Accepted"];
    assert_eq!(kinds, told.map(|kind| format!("Prescription{kind}")));
    let status = past.status(case, accepted.position()).await.to_string().to_lowercase();
    assert!(status.contains("accepted") && !status.contains("unanswered"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_pass_is_suspended_and_the_person_comes_back_through_the_first_hours_then_a_cddi() {
    let mut past = Past::start("s7", "2025-07-07T09:00").await;
    let case = past.open_case("Castelbon", "Rémi", "1980-02-19").await;
    let aci = past.world.aci[0];
    let pass = json!({"number": "999992407001", "starts_on": "2025-07-07", "source": "LES_EMPLOIS"});
    let pass = past.cip(&format!("/api/v1/cases/{case}/passes"), pass).await.id();
    let contract = |hours: u32, programme: &str, started_on: &str, ends_on: &str| {
        json!({"contract": "CDDI", "weekly_minutes": hours * 60, "programme": programme, "employer_id": aci,
               "started_on": started_on, "ends_on": ends_on})
    };
    let jobs = format!("/api/v1/cases/{case}/employments");
    let first = past.cip(&jobs, contract(26, "IAE", "2025-07-07", "2026-01-06")).await.id();

    past.reach("2025-10-02T10:00").await;
    past.cip(&format!("/api/v1/employments/{first}/suspend"), json!({"suspended_on": "2025-09-15"})).await;
    let suspended =
        json!({"suspended_from": "2025-09-15", "until": "2026-03-15", "reason": "CONTRACT_SUSPENDED"});
    past.cip(&format!("/api/v1/passes/{pass}/suspend"), suspended).await;
    past.cip(&format!("/api/v1/cases/{case}/pause"), json!({"until": "2026-02-27"})).await;
    past.reach("2026-01-07T10:00").await;
    past.cip(
        &format!("/api/v1/employments/{first}/end"),
        json!({"ended_on": "2026-01-06", "reason": "TERM"}),
    )
    .await;

    past.reach("2026-03-16T10:00").await;
    past.cip(&format!("/api/v1/cases/{case}/resume"), json!({})).await;
    let first_hours = past.send(case, "PHC", aci).await;
    let employer = past.world.employer.clone();
    past.must(&employer, &format!("/api/v1/prescriptions/{first_hours}/accept"), json!({})).await;
    let phc = past.cip(&jobs, contract(4, "PHC", "2026-03-16", "2026-09-15")).await;
    assert!(!phc.text.contains("cddi.heures"), "four hours are right in the first hours: {}", phc.text);
    let phc = phc.id();
    past.reach("2026-09-16T10:00").await;
    past.cip(
        &format!("/api/v1/employments/{phc}/hours"),
        json!({"weekly_minutes": 960, "from_day": "2026-07-06"}),
    )
    .await;
    past.cip(&format!("/api/v1/employments/{phc}/end"), json!({"ended_on": "2026-09-15", "reason": "TERM"}))
        .await;
    let last = past.cip(&jobs, contract(26, "IAE", "2026-09-16", "2027-03-15")).await.position();

    // The end moved by the 182 days of the suspension; the three contracts are all there, one under way.
    let facts = past.facts(case, "PassIaeSuspended").await;
    assert_eq!(facts[0]["fact"]["ends_on"], "2028-01-04", "{facts:?}");
    assert_eq!(past.facts(case, "EmploymentStarted").await.len(), 3);
    let status = past.status(case, last).await;
    let text = status.to_string();
    for expected in ["2028-01-04", "2027-03-15", "2026-09-16"] {
        assert!(text.contains(expected), "{expected} is missing from {text}");
    }
}
