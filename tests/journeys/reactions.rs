//! What follows from facts by itself: over NATS, by the clock, once.

use serde_json::json;
use testkit::stack::{Stack, until};
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_candidature_makes_the_others_pending_lapse_once() {
    the_others_lapse(Stack::start("lapse").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_candidature_makes_the_others_pending_lapse_once_one_process_a_unit() {
    the_others_lapse(Stack::start_each("lapse-each").await).await;
}

async fn the_others_lapse(stack: Stack) {
    let world = World::build(&stack).await;
    let case = world.open_case("Okafor", "Blessing", "1995-05-05").await;
    let first = world.send_candidature(case, world.aci[0]).await;
    world.send_candidature(case, world.aci[1]).await;
    let other = world.open_case("Autre", "Personne", "1995-05-05").await;
    world.send_candidature(other, world.aci[1]).await;
    world.api.must(&world.employer, &format!("/api/v1/prescriptions/{first}/accept"), json!({})).await;
    let lapsed = async |case: uuid::Uuid| {
        let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline")).await;
        timeline.text.matches("\"PrescriptionLapsed\"").count()
    };
    until("the other candidature lapsed", async || lapsed(case).await > 0).await;
    let (_, replayed) = stack.jalon(&["replay", &case.to_string()]).await;
    assert_eq!(replayed.matches("Prescription devenue sans objet").count(), 1, "{replayed}");
    assert_eq!(lapsed(other).await, 0, "another person’s candidature is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_and_validated_pmsmp_whose_first_day_came_is_started_and_ended_by_the_clock() {
    the_clock_starts_and_ends(Stack::start("clock").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_and_validated_pmsmp_whose_first_day_came_is_started_and_ended_by_the_clock_one_process_a_unit()
 {
    the_clock_starts_and_ends(Stack::start_each("clock-each").await).await;
}

async fn the_clock_starts_and_ends(stack: Stack) {
    let world = World::build(&stack).await;
    let case = world.open_case("Petit", "Jo", "1985-05-05").await;
    // Written late: its days are past, and so the clock is due at once.
    let body = json!({
        "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": world.france_travail, "accompanying_structure_id": world.structure,
        "terms": {"starts_on": "2026-06-01", "ends_on": "2026-06-12", "presence_days": 10, "weekly_minutes": 2100},
        "details": {"host_name": "Garage du Vallon"},
    });
    let convention = world.must(&format!("/api/v1/cases/{case}/conventions"), body).await.id();
    for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
        world
            .must(
                &format!("/api/v1/conventions/{convention}/sign"),
                json!({"party": party, "signed_on": "2026-05-29"}),
            )
            .await;
    }
    let path = format!("/api/v1/conventions/{convention}");
    // Without the prescriber’s word nothing begins.
    let early =
        world.api.post(&world.cip, &format!("{path}/start"), json!({"started_on": "2026-06-01"})).await;
    assert_eq!(
        (early.status, early.body["rule"].as_str()),
        (422, Some("pmsmp.validation")),
        "{}",
        early.text
    );
    world.must(&format!("{path}/validate"), json!({"validated_on": "2026-05-29"})).await;
    until("the immersion was started and ended", async || {
        let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline")).await;
        timeline.text.contains("\"ImmersionStarted\"") && timeline.text.contains("\"ImmersionEnded\"")
    })
    .await;
}
