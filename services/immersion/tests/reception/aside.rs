//! People who are not recognised: what is told of them waits, sealed, for a professional.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{tool::*, world::*};

const ASIDE: &str = "/api/v1/inbound/immersion-facilitee/aside";

fn items(answer: &Answer) -> Vec<Value> {
    answer.body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn nobody_two_people_or_no_birth_date_nothing_is_guessed() {
    let world = World::new().await;
    let post = Uuid::now_v7();
    let reason = async |body: &Value| {
        let answer = world.notify(body).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert_eq!(answer.body["kept_aside"], true);
        answer.body["message"].as_str().expect("a message").to_owned()
    };
    assert!(reason(&adult()).await.contains("aucun dossier ouvert"));
    let closed = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", post).await;
    world.close(closed).await;
    let later = |minute: u32| at(adult(), &format!("2026-09-01T10:{minute:02}:00.000Z"), "READY_TO_SIGN");
    assert!(
        reason(&later(1)).await.contains("aucun dossier ouvert"),
        "a closed case is not reopened by a tool"
    );
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", post).await;
    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", post).await;
    assert!(reason(&later(2)).await.contains("plusieurs dossiers"));
    let unknown = with(later(3), "signatories/beneficiary/birthdate", "1970-01-01T12:00:00.000Z");
    assert!(reason(&unknown).await.contains("incomplète"));
    assert_eq!(world.asides().await, 4);
    reason(&adult()).await;
    assert_eq!(world.asides().await, 4, "the same content is kept once");
    assert!(world.convention(&adult()).await.is_empty());
}

#[tokio::test]
async fn nothing_aside_is_readable_in_the_database() {
    let world = World::new().await;
    world.notify(&adult()).await;
    let client = world.runtime.pool.get().await.expect("a client");
    let row: String =
        client.query_one("select t::text from immersion.aside t", &[]).await.expect("read").get(0);
    let sealed: Vec<u8> =
        client.query_one("select sealed from immersion.aside", &[]).await.expect("read").get(0);
    // Long enough not to be met by chance among the figures of what is sealed.
    for word in
        ["Guessan", "Ilyès", "Jardins", "1994-03-08", "39980141", "00070563200016", HOST_SIRET, AGENCY_SIRET]
    {
        assert!(!row.contains(word) && !String::from_utf8_lossy(&sealed).contains(word), "{word}");
    }
}

#[tokio::test]
async fn the_agency_sees_who_it_is_and_attaches_every_step_to_the_case() {
    let world = World::new().await;
    let (post, other_post) = (Uuid::now_v7(), Uuid::now_v7());
    let agency = world.organisation(AGENCY_SIRET).await;
    let (ours, theirs) = (world.token(post, agency).await, world.token(other_post, Uuid::now_v7()).await);
    let signed =
        at(signed(adult(), HOST, "2026-09-02T08:00:00.000Z"), "2026-09-02T08:00:00.100Z", "PARTIALLY_SIGNED");
    world.notify(&signed).await;
    world.notify(&adult()).await;

    let seen = items(&world.get(&ours, ASIDE).await);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0]["person"]["family_name"], "N'Guessan-Roux");
    assert_eq!(seen[0]["starts_on"], "2026-09-14");
    let seen_elsewhere = items(&world.get(&theirs, ASIDE).await);
    assert_eq!(seen_elsewhere[0]["person"], Value::Null, "the name is for the agency only");

    // The case is about someone of another name: the agency knows better.
    let case = world.case("Roux", "Elias", "1990-01-01", post).await;
    let id = seen[0]["id"].as_str().expect("an id").to_owned();
    let attach = format!("{ASIDE}/{id}/attach");
    let refused = world.post(&theirs, &attach, json!({ "case_id": case })).await;
    assert_eq!(refused.status, 404, "outside the circle, as if there were none");
    let done = world.post(&ours, &attach, json!({ "case_id": case })).await;
    assert_eq!(done.status, 200, "{}", done.body);

    let state = world.state(&adult()).await;
    assert!(state.has_signed(immersion::domain::Party::STRUCTURE_ACCUEIL));
    assert!(state.divergences.contains("source.naissance"));
    let facts = world.convention(&adult()).await;
    assert_eq!(facts.iter().filter(|fact| fact.kind.name == "NotificationReceived").count(), 2);
    let received = facts.iter().filter_map(|fact| match fact.trace().expect("a fact") {
        immersion::domain::Event::NotificationReceived(received) => Some(received.attached_by_post_id),
        _ => None,
    });
    assert!(received.into_iter().all(|by| by == post.to_string()), "who said so is kept");
    assert_eq!(world.asides().await, 0);
    assert_eq!(world.post(&ours, &attach, json!({ "case_id": case })).await.status, 404);

    // What comes later follows by itself.
    let later = at(with(adult(), "immersionSkills", "Autre"), "2026-09-05T08:00:00.000Z", "READY_TO_SIGN");
    let answer = world.notify(&later).await;
    assert_eq!((answer.status, &answer.body["facts"][0]), (200, &json!("ConventionAmended")));
}

#[tokio::test]
async fn outside_the_agency_something_of_the_person_must_agree() {
    let world = World::new().await;
    let post = Uuid::now_v7();
    let token = world.token(post, Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let id = items(&world.get(&token, ASIDE).await)[0]["id"].as_str().expect("an id").to_owned();
    let stranger = world.case("Autre", "Nom", "1980-05-05", post).await;
    let attach = format!("{ASIDE}/{id}/attach");
    let refused = world.post(&token, &attach, json!({ "case_id": stranger })).await;
    assert_eq!((refused.status, &refused.body["rule"]), (422, &json!("immersion.rattachement")));
    let same_birth = world.case("Guessan", "Elias", "1994-03-08", post).await;
    assert_eq!(world.post(&token, &attach, json!({ "case_id": same_birth })).await.status, 200);
    assert_eq!(world.post(&token, &attach, json!({ "case_id": Uuid::now_v7() })).await.status, 404);
    assert_eq!(
        world.post(&token, &format!("{ASIDE}/x/attach"), json!({ "case_id": same_birth })).await.status,
        404
    );
}

#[tokio::test]
async fn what_waited_is_applied_first_once_the_person_has_a_case() {
    let world = World::new().await;
    assert_eq!(world.notify(&adult()).await.status, 202);
    let renewal = with(adult(), "id", "b0e2c9a4-6f5d-4f2b-8a43-3d8a7b1c2f10");
    let renewed = json!({ "from": "3a1f5c52-6a37-4b0e-9f0b-5a3a4c9e7d10", "justification": "Suite" });
    let renewal = with(with(renewal, "renewed", renewed), "signatories/beneficiary/lastName", "Roux");
    assert_eq!(world.notify(&renewal).await.status, 202);

    world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let signed =
        at(signed(adult(), HOST, "2026-09-02T08:00:00.000Z"), "2026-09-02T08:00:00.100Z", "PARTIALLY_SIGNED");
    let answer = world.notify(&signed).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["facts"],
        json!([
            "ConventionDrafted",
            "ConventionDrafted",
            "ConventionRenewed",
            "DivergenceNoted",
            "ConventionSigned"
        ])
    );
    assert!(world.state(&renewal).await.frame.is_some(), "the renewal that waited followed");
    assert_eq!(world.asides().await, 0);
}
