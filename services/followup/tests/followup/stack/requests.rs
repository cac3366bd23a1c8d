//! What an organisation was sent: its own posts see it, and whom it is about only as far as that is open to them.

use contracts::{case::v1::*, common::v1::Role, events, prescription::v1::*};
use serde_json::Value;

use super::{super::invented::*, *};

const PATH: &str = "/api/v1/me/requests";

fn items(body: &Value) -> Vec<Value> {
    body["items"].as_array().expect("items").clone()
}

/// One answered, one that awaits an answer, one for another organisation; and what the person agreed to.
async fn asked(agreement: Option<AgreementGiven>) -> Stack {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    opening(&mut story, CASE, "Selam", "Tesfay");
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-11-02", "2027-01-01"));
    story.tell(300, "2026-11-20", events::Prescription::from(PrescriptionAccepted::default()));
    sent(&mut story, 301, PrescriptionKind::AAVA, ACI, ("2026-10-02", "2026-11-01"));
    story.tell(301, "2026-10-12", events::Prescription::from(ReminderSent { step: 1, ..Default::default() }));
    sent(&mut story, 302, PrescriptionKind::FORMATION, FT, ("2026-11-02", "2026-12-02"));
    sent(&mut story, 304, PrescriptionKind::AUTRE_SERVICE, CSAPA, ("2026-11-02", "2026-12-02"));
    let prepared = PrescriptionPrepared { addressee_id: id(ACI).to_string(), ..Default::default() };
    story.tell(303, "2026-11-10", events::Prescription::from(prepared));
    if let Some(given) = agreement {
        story.tell(CASE, "2026-11-01", events::Case::from(given));
    }
    stack.tell(&story.facts).await;
    stack
}

#[tokio::test]
async fn an_organisation_sees_what_it_was_sent_what_awaits_its_answer_first_and_no_name() {
    let stack = asked(None).await;
    let employer = stack.token(&actor(Role::EMPLOYEUR_SIAE, 60, ACI)).await;
    let answer = stack.get(&employer, PATH).await;
    let all = items(&answer.json());
    let ids: Vec<_> = all.iter().map(|one| one["id"].clone()).collect();
    assert_eq!(
        ids,
        [id(301).to_string(), id(300).to_string()],
        "neither another’s nor one that was not sent"
    );
    let first = &all[0];
    assert_eq!(
        (&first["awaiting"], &first["overdue"], &first["reminders"]),
        (&true.into(), &true.into(), &1.into())
    );
    assert_eq!(first["sent_by"], "Référente sociale, CHRS Les Glycines");
    // A member of the platform that shares the case may open it; whom it is about stays closed.
    assert_eq!((&first["case_id"], &first["named"]), (&id(CASE).to_string().into(), &false.into()));
    assert_eq!((&all[1]["state"], &all[1]["awaiting"]), (&"accepted".into(), &false.into()));
    assert!(!answer.text.contains("Tesfay"), "{}", answer.text);
    // Outside of the platform, not even which case it is.
    let outside = stack.token(&actor(Role::CONSEILLER, 64, CSAPA)).await;
    let answer = stack.get(&outside, PATH).await;
    let only = items(&answer.json());
    assert_eq!(
        (only.len(), &only[0]["id"], &only[0]["case_id"]),
        (1, &id(304).to_string().into(), &Value::Null)
    );
    assert!(only[0]["called"].as_str().expect("a pseudonym").starts_with("Personne "));
    assert!(
        !answer.text.contains("Tesfay") && !answer.text.contains(&id(CASE).to_string()),
        "{}",
        answer.text
    );
    // Page by page, the same.
    let one = stack.get(&employer, &format!("{PATH}?limit=1")).await.json();
    let cursor = one["next"].as_str().expect("a cursor").to_owned();
    let rest = stack.get(&employer, &format!("{PATH}?limit=1&cursor={cursor}")).await.json();
    assert_eq!([items(&one), items(&rest)].concat(), all);
    assert_eq!(rest["next"], Value::Null);

    let page = stack.visit(&employer, "/demandes").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains("Ce qui attend votre réponse") && page.text.contains("1 relance"),
        "{}",
        page.text
    );
    assert!(page.text.contains("1 réponse était attendue plus tôt."), "{}", page.text);
    assert!(!page.text.contains("Tesfay"));
}

#[tokio::test]
async fn whom_a_request_is_about_is_seen_by_agreement_and_by_nobody_else() {
    let given = AgreementGiven {
        agreement_id: id(1).to_string(),
        organisation_id: id(ACI).to_string(),
        classes: vec![PersonalClass::IDENTITY.into()],
        purposes: vec![SharingPurpose::CANDIDATURE.into()],
        from_day: "2026-11-01".into(),
        until_day: "2027-06-30".into(),
        ..Default::default()
    };
    let stack = asked(Some(given)).await;
    let employer = stack.token(&actor(Role::EMPLOYEUR_SIAE, 60, ACI)).await;
    let all = items(&stack.get(&employer, PATH).await.json());
    assert_eq!((&all[0]["called"], &all[0]["named"]), (&"Selam Tesfay".into(), &true.into()), "{all:?}");
    assert_eq!(all[0]["case_id"], id(CASE).to_string());
    // Another organisation, whoever does not answer, and partners see nothing of it.
    for (role, organisation) in [(Role::CIP, 41), (Role::AUDITEUR, ACI)] {
        let other = stack.token(&actor(role, 62, organisation)).await;
        assert_eq!(items(&stack.get(&other, PATH).await.json()), Vec::<Value>::new());
    }
    for role in [Role::PARTENAIRE, Role::ADMINISTRATEUR] {
        let other = stack.token(&actor(role, 63, ACI)).await;
        assert_eq!(stack.get(&other, PATH).await.status, 403);
    }
}
