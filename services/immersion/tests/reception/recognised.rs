//! People who are recognised: their conventions are followed without anyone's help.

use contracts::Class;
use immersion::{
    domain::{aggregate::Stage, commands::StartImmersion},
    inbound::{Mode, receive},
    reactions::Immersions,
};
use jiff::civil::date;
use service::{
    Reading,
    agenda::{agenda, clock},
};
use uuid::Uuid;

use super::{tool::*, world::*};

fn all_signed() -> serde_json::Value {
    let body = signed(adult(), BENEFICIARY, "2026-09-02T22:30:00.000Z");
    signed(signed(body, HOST, "2026-09-03T10:00:00.000Z"), EMPLOYER, "2026-09-04T10:00:00.000Z")
}

fn validated() -> serde_json::Value {
    let body = at(all_signed(), "2026-09-08T08:00:00.000Z", "ACCEPTED_BY_VALIDATOR");
    with(body, "dateValidation", "2026-09-08T07:59:59.900Z")
}

#[tokio::test]
async fn a_convention_goes_to_the_only_open_case_of_that_name_and_birth_date() {
    let world = World::new().await;
    let post = Uuid::now_v7();
    let case = world.case("NGUESSAN ROUX".replace("NG", "N’G").as_str(), "ilyes", "1994-03-08", post).await;
    world.case("N’Guessan-Roux", "Ilyès", "1994-03-09", post).await;
    world.case("Guessan", "Ilyès", "1994-03-08", post).await;
    let (host, agency) = (world.organisation(HOST_SIRET).await, world.organisation(AGENCY_SIRET).await);

    let answer = world.notify(&adult()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["facts"], serde_json::json!(["ConventionDrafted"]));
    let facts = world.convention(&adult()).await;
    assert!(facts.iter().all(|fact| fact.case_id == Some(case)));
    let state = world.state(&adult()).await;
    assert_eq!((state.host_id, state.accompanying_id), (Some(host), Some(agency)));

    world.clock.set("2026-09-08T09:00:00Z".parse().expect("an instant"));
    assert_eq!(world.notify(&validated()).await.status, 200);
    let facts = world.convention(&adult()).await;
    let days: Vec<_> = facts.iter().map(|fact| (fact.kind.name, fact.occurred_on)).collect();
    let reception = date(2026, 9, 8);
    assert_eq!(
        days,
        [
            ("ConventionDrafted", date(2026, 9, 1)),
            ("NotificationReceived", date(2026, 9, 1)),
            ("NotificationReceived", reception),
            ("ConventionSigned", date(2026, 9, 3)),
            ("ConventionSigned", date(2026, 9, 3)),
            ("ConventionSigned", date(2026, 9, 4)),
            ("ConventionFullySigned", date(2026, 9, 4)),
            ("ConventionValidated", date(2026, 9, 8)),
        ]
    );
    let metadata = facts[7].metadata().expect("metadata");
    assert_eq!(metadata.actor.system, "immersion-facilitee");
    assert_eq!(metadata.source.reference, "3a1f5c52-6a37-4b0e-9f0b-5a3a4c9e7d10");
    assert_eq!(metadata.source.version, "2026-09-08T08:00:00Z");
}

#[tokio::test]
async fn the_details_are_read_back_by_those_who_may_and_the_same_body_again_writes_nothing() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let facts = world.convention(&adult()).await;
    let opened = world
        .runtime
        .open(&Reading::by_system("test"), &facts[..1], |class| class == Class::Project)
        .await
        .expect("opened");
    let json = contracts::to_json(facts[0].kind, &opened[0].bytes).expect("JSON");
    assert_eq!(json["details"]["host_name"], "Les Jardins du Gardon");

    let before = world.runtime.journal.head().await.expect("read");
    for _ in 0..3 {
        let answer = world.notify(&adult()).await;
        assert_eq!((answer.status, answer.body["facts"].clone()), (200, serde_json::json!([])));
    }
    assert_eq!(world.runtime.journal.head().await.expect("read"), before);
}

#[tokio::test]
async fn a_review_that_comes_goes_and_comes_again_is_followed() {
    let world = World::new().await;
    world.case("Oeuvrard", "LILA", "2009-11-30", Uuid::now_v7()).await;
    let without = with(minor(), "assessment", serde_json::Value::Null);
    for body in [&without, &minor(), &without, &minor(), &without] {
        assert_eq!(world.notify(body).await.status, 200);
    }
    let state = world.state(&minor()).await;
    assert!(state.review.is_some());
    assert!(state.divergences.contains("source.bilan-retire"));
    assert_eq!(state.stage, Stage::Validated);
}

#[tokio::test]
async fn two_first_notifications_at_once_make_one_convention() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let (one, two) = (adult(), at(all_signed(), "2026-09-04T10:00:00.100Z", "IN_REVIEW"));
    let (first, second, third) = tokio::join!(world.notify(&one), world.notify(&two), world.notify(&one));
    assert_eq!([first.status, second.status, third.status], [200; 3]);
    let state = world.state(&adult()).await;
    assert!(state.fully_signed);
    let drafted =
        world.convention(&adult()).await.iter().filter(|f| f.kind.name == "ConventionDrafted").count();
    assert_eq!(drafted, 1);
}

#[tokio::test]
async fn an_identity_that_differs_later_is_noted_by_field_names() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let other = with(adult(), "signatories/beneficiary/firstName", "Ilyas");
    let other = at(
        with(other, "signatories/beneficiary/birthdate", "1994-03-09"),
        "2026-09-02T08:00:00.000Z",
        "READY_TO_SIGN",
    );
    let answer = world.notify(&other).await;
    assert_eq!(answer.body["facts"], serde_json::json!(["DivergenceNoted"]));
    let message = answer.body["message"].as_str().expect("a message");
    assert!(message.contains("source.prenom, source.naissance"), "{message}");
    assert!(!message.contains("Ilyas"));
}

#[tokio::test]
async fn a_renewal_follows_the_first_whatever_the_name() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let renewal = with(adult(), "id", "b0e2c9a4-6f5d-4f2b-8a43-3d8a7b1c2f10");
    let renewed =
        serde_json::json!({ "from": "3a1f5c52-6a37-4b0e-9f0b-5a3a4c9e7d10", "justification": "Suite" });
    let renewal = with(with(renewal, "renewed", renewed), "signatories/beneficiary/lastName", "Roux");
    let answer = world.notify(&renewal).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(world.convention(&renewal).await.iter().all(|fact| fact.case_id == Some(case)));
    assert!(world.state(&renewal).await.renews.is_some());
}

#[tokio::test]
async fn the_clock_starts_what_the_tool_validated() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&at(all_signed(), "2026-09-04T10:00:00.100Z", "IN_REVIEW")).await;
    let agendas =
        [agenda::<Immersions>().runs::<StartImmersion>().runs::<immersion::domain::commands::EndImmersion>()];
    let round = async || {
        let head = world.runtime.journal.head().await.expect("read");
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        world.runtime.positions.wait("immersion_agenda", head, end).await.expect("caught up");
        clock::round(&agendas, &world.runtime).await.expect("a round")
    };
    world.clock.set("2026-09-14T06:00:00Z".parse().expect("an instant"));
    assert_eq!(round().await, 0, "signed is not enough");
    world.notify(&validated()).await;
    assert_eq!(round().await, 1);
    assert_eq!(world.state(&adult()).await.started_on, Some(date(2026, 9, 14)));
    assert_eq!(round().await, 0);
    world.clock.set("2026-09-26T06:00:00Z".parse().expect("an instant"));
    assert_eq!(round().await, 1);
    assert!(world.state(&adult()).await.ended);
    assert_eq!(round().await, 0);
}

#[tokio::test]
async fn a_person_forgotten_since_is_written_about_no_more() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    world.runtime.sealer.ring().forget(case, &Class::PERSONAL).await.expect("forgotten");
    let head = world.runtime.journal.head().await.expect("read");
    let edited = at(with(adult(), "immersionSkills", "Autre"), "2026-09-02T08:00:00.000Z", "READY_TO_SIGN");
    let answer = world.notify(&edited).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body["message"].as_str().expect("a message").contains("effacées"));
    assert_eq!(world.runtime.journal.head().await.expect("read"), head);
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_and_writes_nothing() {
    let world = World::new().await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let head = world.runtime.journal.head().await.expect("read");
    let body = with(validated(), "moonPhase", 1).to_string();
    let report =
        receive(&world.runtime, body.as_bytes(), Mode::DryRun).await.expect("understood").to_string();
    assert!(report.starts_with("À blanc, rien n’est écrit. Convention 3a1f5c52"), "{report}");
    assert!(report.contains("Convention validée par le prescripteur"), "{report}");
    assert!(report.contains("Champs inconnus : convention.moonPhase."), "{report}");
    let stranger = minor().to_string();
    let report = receive(&world.runtime, stranger.as_bytes(), Mode::DryRun).await.expect("understood");
    assert!(report.is_kept_aside());
    assert_eq!(world.runtime.journal.head().await.expect("read"), head);
    assert_eq!(world.asides().await, 0);
}
