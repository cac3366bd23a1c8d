//! Data that are limited: who still sees them, and how they come back.

use std::time::Duration;

use contracts::{case::v1::*, common::v1::Role, events, prescription::v1::*};
use serde_json::{Value, json};
use service::ReaderClient;
use vocabulary::Clock as _;

use followup::prompts::Call;

use super::{
    super::{
        invented::*,
        prompts::{call, opened},
    },
    live::Events,
    person::ACCESS,
    *,
};

const LIMIT: u128 = 950;
const OBJECTION: u128 = 951;
/// What the person says of it.
const WHY: &str = "Quelqu’un me cherche, je ne veux plus qu’on lise mon dossier.";

fn restricted() -> events::Case {
    ProcessingRestricted {
        restriction_id: id(LIMIT).to_string(),
        ground: RestrictionGround::ACCURACY_CONTESTED.into(),
        restricted_on: "2026-11-20".into(),
        reason: "Les dates ne sont pas les siennes.".into(),
        ..Default::default()
    }
    .into()
}

fn lifted(number: u128) -> events::Case {
    RestrictionLifted {
        restriction_id: id(number).to_string(),
        lifted_on: "2026-11-20".into(),
        reason: RestrictionEnd::PERSON_AGREES.into(),
        person_told_on: "2026-11-20".into(),
        ..Default::default()
    }
    .into()
}

fn objected() -> events::Case {
    ObjectionRaised {
        objection_id: id(OBJECTION).to_string(),
        raised_on: "2026-11-20".into(),
        by_person: true,
        text: WHY.into(),
        ..Default::default()
    }
    .into()
}

fn settled(outcome: ObjectionOutcome) -> events::Case {
    ObjectionSettled {
        objection_id: id(OBJECTION).to_string(),
        outcome: outcome.into(),
        settled_on: "2026-11-20".into(),
        answer: "Voici pourquoi.".into(),
        ..Default::default()
    }
    .into()
}

fn given() -> events::Case {
    AgreementGiven {
        agreement_id: id(700).to_string(),
        organisation_id: id(CSAPA).to_string(),
        classes: vec![PersonalClass::IDENTITY.into()],
        purposes: vec![SharingPurpose::ACCOMPAGNEMENT.into()],
        from_day: "2026-11-20".into(),
        until_day: "2027-11-19".into(),
        ..Default::default()
    }
    .into()
}

fn in_an_emergency() -> events::Case {
    EmergencyAccessOpened {
        access_id: id(701).to_string(),
        post_id: id(97).to_string(),
        organisation_id: id(CSAPA).to_string(),
        opened_at: "2026-11-23T10:30:00Z".into(),
        ends_at: "2026-11-23T11:30:00Z".into(),
        ..Default::default()
    }
    .into()
}

/// Those who knew of the person, and must not any more.
fn others() -> [(Actor, &'static str); 5] {
    [
        (actor(Role::CIP, CIP, ACI), "in the circle, from elsewhere"),
        (actor(Role::CIP, 23, CHRS), "in the structure that hosts, and not its référent social"),
        (actor(Role::CONSEILLER, 22, FT), "a member of the platform"),
        (actor(Role::CONSEILLER, 60, CSAPA), "by agreement"),
        (actor(Role::REFERENT_SOCIAL, 97, CSAPA), "by emergency"),
    ]
}

/// How many documents of the person the wall shows.
async fn behind(told: &Told, reader: &Actor) -> i64 {
    let (runtime, now) = (&told.stack.runtime, told.stack.ground.clock.now());
    let client = ReaderClient::new(&runtime.pool, reader, now).await.expect("a connection");
    let sql = "select count(*) from read.live_status where key = $1";
    client.query_one(sql, &[&id(CASE)]).await.expect("a count").get(0)
}

async fn rows(told: &Told) -> Vec<String> {
    let client = told.stack.runtime.machinery.get().await.expect("a connection");
    let sql = "select r::text from read.readership r order by 1";
    client.query(sql, &[]).await.expect("rows").iter().map(|row| row.get(0)).collect()
}

#[test]
fn what_is_limited_calls_for_an_answer_and_for_nothing_else() {
    let mut story = opened();
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-09-01", "2026-10-31"));
    call(&story, "2026-11-23", &[(Call::AnswerOverdue, "2026-11-01")]);
    story.tell(CASE, "2026-11-20", objected());
    call(&story, "2026-11-23", &[(Call::ObjectionWaits, "2026-11-20")]);
    story.tell(CASE, "2026-11-21", settled(ObjectionOutcome::UPHELD));
    call(&story, "2026-11-23", &[]);
    story.tell(CASE, "2026-11-22", lifted(OBJECTION));
    call(&story, "2026-11-23", &[(Call::AnswerOverdue, "2026-11-01")]);
    // Taken back by the person, it waits for nothing.
    story.tell(CASE, "2026-11-22", objected());
    story.tell(CASE, "2026-11-22", lifted(OBJECTION));
    call(&story, "2026-11-23", &[(Call::AnswerOverdue, "2026-11-01")]);
}

#[tokio::test]
async fn the_wall_leaves_only_those_who_answer_for_it_and_the_person() {
    let mut told = Told::to_the_person().await;
    told.tell(given()).await;
    told.tell(in_an_emergency()).await;
    let before = rows(&told).await;
    let own = Actor::person(access::OwnCase { case_id: id(CASE), access_id: id(ACCESS) });
    let referent = actor(Role::REFERENT_SOCIAL, REFERENT, CHRS);
    let check = async |told: &Told, others_see: bool, when: &str| {
        for (other, who) in others().iter().filter(|(other, _)| other.post_id != Some(id(23))) {
            assert_eq!(behind(told, other).await, i64::from(others_see), "{when}: {who}");
        }
        for kept in [&own, &referent] {
            assert_eq!(behind(told, kept).await, 1, "{when}: {kept:?}");
        }
        // A colleague of the référent is around by their organisation only.
        let colleague = actor(Role::CIP, 23, CHRS);
        assert_eq!(
            behind(told, &colleague).await,
            i64::from(others_see),
            "{when}: of the structure that hosts"
        );
    };
    check(&told, true, "before").await;
    told.tell(restricted()).await;
    check(&told, false, "limited").await;
    // What comes meanwhile is around again afterwards; what goes is not.
    told.tell(member(96, FT, Role::CONSEILLER).into()).await;
    let newcomer = actor(Role::CONSEILLER, 96, 99);
    assert_eq!(behind(&told, &newcomer).await, 0, "who joins meanwhile waits");
    told.tell(objected()).await;
    told.tell(lifted(LIMIT)).await;
    check(&told, false, "an objection holds still").await;
    told.tell(settled(ObjectionOutcome::UPHELD)).await;
    check(&told, false, "upheld, it goes on").await;
    told.tell(lifted(OBJECTION)).await;
    check(&told, true, "the person agrees").await;
    assert_eq!(behind(&told, &newcomer).await, 1, "who joined meanwhile is around");
    told.tell(CircleMemberLeft { post_id: id(96).to_string(), ..Default::default() }.into()).await;
    assert_eq!(rows(&told).await, before, "as it was before");
    // One that is not upheld ends by itself.
    told.tell(objected()).await;
    check(&told, false, "objected").await;
    told.tell(settled(ObjectionOutcome::NOT_UPHELD)).await;
    check(&told, true, "not upheld").await;
    // Where the person is hosted now answers.
    told.tell(restricted()).await;
    told.tell(member(95, CSAPA, Role::REFERENT_SOCIAL).into()).await;
    let moved = CaseTransferred { structure_id: id(CSAPA).to_string(), ..Default::default() };
    told.tell(moved.into()).await;
    assert_eq!(behind(&told, &referent).await, 0, "who hosted before");
    assert_eq!(behind(&told, &actor(Role::REFERENT_SOCIAL, 95, CSAPA)).await, 1, "who hosts now");
}

#[tokio::test]
async fn to_all_others_the_case_is_as_unknown_on_every_page_and_in_every_list() {
    let mut told = Told::new().await;
    told.story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
    told.tell(given()).await;
    told.tell(in_an_emergency()).await;
    let about = |case: uuid::Uuid| {
        let api = ["", "/timeline", "/sharing", "/rectifications", "/restrictions", "/readings", "/export"];
        let pages =
            ["", "/accords", "/corrections", "/limitation", "/effacement", "/suivi-personnel", "/direct"];
        let api = api.iter().map(move |path| format!("/api/v1/cases/{case}{path}"));
        api.chain(pages.iter().map(move |path| format!("/dossiers/{case}{path}"))).collect::<Vec<_>>()
    };
    let mut tokens = Vec::new();
    for (other, who) in others() {
        tokens.push((told.stack.token(&other).await, who));
    }
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let inside = tokens[0].0.clone();
    let board = format!("/api/v1/platforms/{}/board", id(TESA));
    let lists = ["/api/v1/me/followups", &board];
    for list in lists {
        assert!(told.stack.get(&inside, list).await.text.contains(&id(CASE).to_string()), "{list}");
    }
    told.tell(objected()).await;
    for (token, who) in &tokens {
        for (hidden, unknown) in about(id(CASE)).iter().zip(about(id(999))) {
            let (hidden_answer, unknown) =
                (told.stack.get(token, hidden).await, told.stack.get(token, &unknown).await);
            assert_eq!(hidden_answer.status, unknown.status, "{who}: {hidden} {}", hidden_answer.text);
            let plain = |answer: &Answer| answer.text.replace(&id(999).to_string(), &id(CASE).to_string());
            assert_eq!(plain(&hidden_answer), plain(&unknown), "{who}: {hidden}");
        }
        for list in lists {
            let answer = told.stack.get(token, list).await;
            assert!(!answer.text.contains(&id(CASE).to_string()), "{who}: {list} {}", answer.text);
        }
    }
    // Whoever answers for it sees that it is, why, and what waits.
    let page = told.stack.visit(&referent, &format!("/dossiers/{}", id(CASE))).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("Le traitement est limité") && page.text.contains("s’est opposée le"),
        "{}",
        page.text
    );
    let page = told.stack.visit(&referent, &format!("/dossiers/{}/limitation", id(CASE))).await;
    assert!(page.text.contains(WHY) && page.text.contains("/limitation/repondre"), "{}", page.text);
    assert!(!page.text.contains("/limitation/opposer"), "one waits already: {}", page.text);
    let read = told.stack.get(&referent, &format!("/api/v1/cases/{}/restrictions", id(CASE))).await.json();
    assert_eq!(
        (read["items"][0]["waits"].clone(), read["items"][0]["text"].clone()),
        (json!(true), json!(WHY)),
        "{read}"
    );
    assert!(told.stack.get(&referent, "/api/v1/me/followups").await.text.contains("objection_waits"));
    // Answered, it is everybody’s again.
    told.tell(settled(ObjectionOutcome::NOT_UPHELD)).await;
    let answer = told.stack.get(&inside, &format!("/api/v1/cases/{}/restrictions", id(CASE))).await;
    assert_eq!(
        answer.json()["items"][0]["text"],
        "",
        "what the person said is not of their class: {}",
        answer.text
    );
    for list in lists {
        assert!(told.stack.get(&inside, list).await.text.contains(&id(CASE).to_string()), "{list}");
    }
}

#[tokio::test]
async fn what_an_organisation_was_sent_about_them_waits_out_of_sight() {
    let mut told = Told::new().await;
    told.story.case_id = Some(id(CASE));
    let sent = PrescriptionSent {
        addressee_id: id(CSAPA).to_string(),
        sent_on: "2026-11-02".into(),
        answer_due_on: "2026-12-02".into(),
        ..Default::default()
    };
    told.tell_of(390, events::Prescription::from(sent)).await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 64, CSAPA)).await;
    let count = async |told: &Told| {
        let answer = told.stack.get(&adviser, "/api/v1/me/requests").await.json();
        answer["items"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count(&told).await, 1);
    told.tell(restricted()).await;
    assert_eq!(count(&told).await, 0);
    told.tell(lifted(LIMIT)).await;
    assert_eq!(count(&told).await, 1);
}

#[tokio::test]
async fn an_open_stream_hears_nothing_more_until_it_is_lifted() {
    let mut told = Told::new().await;
    told.story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
    let (inside, referent) = (
        told.stack.token(&actor(Role::CIP, CIP, ACI)).await,
        told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await,
    );
    let mut heard = Events::open(&told.stack, &inside, "/api/v1/events", None).await;
    let mut kept = Events::open(&told.stack, &referent, "/api/v1/events", None).await;
    for event in [
        CasePaused::default().into(),
        restricted(),
        CaseResumed::default().into(),
        lifted(LIMIT),
        CasePaused::default().into(),
        objected(),
        CaseResumed::default().into(),
    ] {
        told.tell(event).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    told.stack.runtime.shutdown.cancel();
    let all = async |events: &mut Events| {
        let mut names = Vec::new();
        while let Some((_, name, _)) = events.next().await {
            names.push(name);
        }
        names
    };
    assert_eq!(all(&mut heard).await, ["CasePaused", "RestrictionLifted", "CasePaused"]);
    assert_eq!(all(&mut kept).await.len(), 7, "whoever answers for it hears all of it");
}

#[tokio::test]
async fn the_person_reads_where_their_objection_stands_and_finds_it_in_their_copy() {
    let mut told = Told::to_the_person().await;
    let handed = told.handed(ACCESS).await;
    let cookie = told.session(&handed).await;
    let page = told.see(&cookie, "/mon-suivi/opposition").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("name=\"text\"") && page.text.contains("CHRS Les Glycines"), "{}", page.text);
    assert!(told.see(&cookie, "/mon-suivi").await.text.contains("/mon-suivi/opposition"));
    told.tell(objected()).await;
    let page = told.see(&cookie, "/mon-suivi/opposition").await;
    assert!(
        page.text.contains(WHY) && page.text.replace('\u{a0}', " ").contains("20 décembre 2026"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("name=\"text\""), "one at a time: {}", page.text);
    assert!(told.see(&cookie, "/mon-suivi").await.text.contains("vos données ne servent pas"));
    let copy = told.see(&cookie, "/mon-suivi/tout.json").await;
    let export: Value = copy.json();
    assert_eq!(
        (&export["restrictions"][0]["text"], &export["restrictions"][0]["waits"]),
        (&json!(WHY), &json!(true))
    );
    assert!(told.see(&cookie, "/mon-suivi/tout").await.text.contains(WHY));
    told.tell(settled(ObjectionOutcome::NOT_UPHELD)).await;
    let page = told.see(&cookie, "/mon-suivi/opposition").await;
    assert!(page.text.contains("Voici pourquoi.") && page.text.contains("www.cnil.fr"), "{}", page.text);
    assert!(page.text.contains("name=\"text\""), "they may object again: {}", page.text);
}

#[tokio::test]
async fn who_looks_after_protection_counts_what_is_limited_and_what_waits() {
    let mut told = Told::new().await;
    let dpo = told.stack.token(&actor(Role::DPO, 99, 98)).await;
    let path = "/api/v1/administration/protection";
    assert_eq!(told.stack.get(&dpo, path).await.json()["limited"], json!([]));
    told.tell(objected()).await;
    let answer = told.stack.get(&dpo, path).await;
    let one = &answer.json()["limited"][0];
    assert_eq!(
        (&one["people"], &one["waiting"], &one["since"]),
        (&json!(1), &json!(1), &json!("2026-11-20"))
    );
    assert!(!answer.text.contains(WHY) && !answer.text.contains(&id(CASE).to_string()));
    let page = told.stack.visit(&dpo, "/protection-des-donnees").await;
    assert!(page.text.contains("Limitations et oppositions"), "{}", page.text);
    told.tell(settled(ObjectionOutcome::UPHELD)).await;
    let one = told.stack.get(&dpo, path).await.json()["limited"][0].clone();
    assert_eq!((&one["people"], &one["waiting"], &one["since"]), (&json!(1), &json!(0), &Value::Null));
    told.tell(lifted(OBJECTION)).await;
    assert_eq!(told.stack.get(&dpo, path).await.json()["limited"], json!([]));
}
