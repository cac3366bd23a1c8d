//! What the person opens and closes: at the next request, and for nobody else.

use contracts::{case::v1::*, common::v1::Role, events};
use serde_json::{Value, json};

use super::{super::invented::*, *};

fn case_path(case: u128) -> String {
    format!("/api/v1/cases/{}", id(case))
}

fn given(agreement: u128, until: &str) -> events::Case {
    AgreementGiven {
        agreement_id: id(agreement).to_string(),
        organisation_id: id(CSAPA).to_string(),
        classes: vec![PersonalClass::IDENTITY.into(), PersonalClass::SOCIAL.into()],
        purposes: vec![SharingPurpose::ACCOMPAGNEMENT.into()],
        given_on: "2026-01-05".into(),
        from_day: "2026-01-05".into(),
        until_day: until.into(),
        form: AgreementForm::SIGNED_PAPER.into(),
        ..Default::default()
    }
    .into()
}

fn withdrawn(agreement: u128) -> events::Case {
    AgreementWithdrawn {
        agreement_id: id(agreement).to_string(),
        organisation_id: id(CSAPA).to_string(),
        withdrawn_on: "2026-11-20".into(),
        ..Default::default()
    }
    .into()
}

impl Told {
    /// The facts of the timeline of that kind, as that reader sees them.
    async fn items(&self, token: &str, kind: &str) -> Vec<Value> {
        let page = self.stack.get(token, &format!("{}/timeline?limit=100", case_path(CASE))).await.json();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|item| item["kind"] == kind).collect()
    }
}

#[tokio::test]
async fn an_agreement_opens_what_it_says_and_its_withdrawal_closes_it_at_the_next_request() {
    let mut told = Told::new().await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 99, CSAPA)).await;
    let hidden = told.stack.get(&adviser, &case_path(CASE)).await;
    let unknown = told.stack.get(&adviser, &case_path(4242)).await;
    assert_eq!((hidden.status.as_u16(), unknown.status.as_u16()), (404, 404));
    assert_eq!(hidden.json()["detail"], unknown.json()["detail"]);

    told.tell(given(700, "2026-11-23")).await;
    let open = told.stack.get(&adviser, &case_path(CASE)).await;
    assert_eq!(open.status, 200, "{}", open.text);
    assert_eq!(open.json()["sees"], json!(["identity"]), "outside the circle, who it is and no more");
    assert_eq!(open.json()["identity"]["birth_date"], "1991-04-17");
    // It was given to that organisation, and to no other; nor to its employers’ side of things.
    let elsewhere = told.stack.token(&actor(Role::CONSEILLER, 98, 4711)).await;
    assert_eq!(told.stack.get(&elsewhere, &case_path(CASE)).await.status, 404);

    told.tell(withdrawn(700)).await;
    assert_eq!(told.stack.get(&adviser, &case_path(CASE)).await.status, 404);
    let timeline = format!("{}/timeline", case_path(CASE));
    assert_eq!(told.stack.get(&adviser, &timeline).await.status, 404);

    // One that is over opens nothing, whether its end was recorded or not; a new one opens again.
    told.tell(given(701, "2026-11-22")).await;
    assert_eq!(told.stack.get(&adviser, &case_path(CASE)).await.status, 404);
    told.tell(given(702, "2026-12-31")).await;
    assert_eq!(told.stack.get(&adviser, &case_path(CASE)).await.status, 200);
}

#[tokio::test]
async fn a_note_is_shown_to_the_post_that_wrote_it_only() {
    let mut told = Told::new().await;
    let text = "Préfère qu’on l’appelle après la prière.";
    let note = NoteWritten {
        author_post_id: id(REFERENT).to_string(),
        written_on: "2026-11-20".into(),
        text: text.into(),
        ..Default::default()
    };
    told.story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
    told.tell_of(800, events::Writing::from(note)).await;
    let author = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let colleague = told.stack.token(&actor(Role::REFERENT_SOCIAL, 97, CHRS)).await;
    let cip = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let read = told.items(&author, "NoteWritten").await;
    assert_eq!((read.len(), &read[0]["fact"]["text"]), (1, &json!(text)));
    for other in [colleague, cip] {
        let read = told.items(&other, "NoteWritten").await;
        assert_eq!(read.len(), 1, "that there is one is a trace");
        assert_eq!(read[0]["closed"], json!(["note"]));
        assert!(!read[0].to_string().contains("prière"));
    }
}

#[tokio::test]
async fn what_was_erased_is_shown_as_erased_to_those_who_could_read_it() {
    let mut told = Told::new().await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let before = told.stack.get(&referent, &case_path(CASE)).await.json();
    assert_eq!(
        (&before["forgotten"], &before["identity"]["birth_date"]),
        (&json!(false), &json!("1991-04-17"))
    );
    // The fact alone closes: the keys are still there in this test.
    let forgotten = PersonForgotten {
        classes: vec![PersonalClass::IDENTITY.into(), PersonalClass::HEALTH.into()],
        reason: ForgettingReason::PERSON_ASKED.into(),
        forgotten_on: "2026-11-20".into(),
        ..Default::default()
    };
    told.tell(forgotten.into()).await;
    let after = told.stack.get(&referent, &case_path(CASE)).await.json();
    assert_eq!((&after["forgotten"], &after["identity"]), (&json!(true), &Value::Null));
    assert_eq!(after["sees"], json!(["project", "social"]));
    let read = told.items(&referent, "IdentityRecorded").await;
    assert_eq!(read[0]["forgotten"], json!(["identity"]));
    assert_eq!(read[0]["closed"], json!([]));
}
