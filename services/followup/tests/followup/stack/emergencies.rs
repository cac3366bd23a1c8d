//! A case opened in an emergency: read for its time, looked back on by the circle, counted without anybody.

use contracts::{case::v1::*, common::v1::Role};
use jiff::ToSpan as _;

use super::{super::invented::*, *};

const ADVISER: u128 = 22;

fn opened(stack: &Stack, access: u128, minutes: i64) -> events::Case {
    let now = stack.runtime.clock.now();
    EmergencyAccessOpened {
        access_id: id(access).to_string(),
        post_id: id(ADVISER).to_string(),
        professional_id: id(ADVISER + 500).to_string(),
        organisation_id: id(CSAPA).to_string(),
        opened_at: now.to_string(),
        ends_at: (now + minutes.minutes()).to_string(),
        reason_code: EmergencyReason::VITAL.into(),
        ..Default::default()
    }
    .into()
}

fn reviewed(access: u128, finding: EmergencyFinding) -> events::Case {
    EmergencyAccessReviewed {
        access_id: id(access).to_string(),
        finding: finding.into(),
        reviewed_on: "2026-11-20".into(),
        ..Default::default()
    }
    .into()
}

#[tokio::test]
async fn what_is_open_by_an_emergency_says_until_when_and_closes_by_itself() {
    let mut told = Told::new().await;
    let adviser = actor(Role::CONSEILLER, ADVISER, CSAPA);
    let path = format!("/dossiers/{}", id(CASE));
    let token = told.stack.token(&adviser).await;
    assert_eq!(told.stack.visit(&token, &path).await.status, 404);
    let opened = opened(&told.stack, 800, 10);
    told.tell(opened).await;
    let page = told.stack.visit(&token, &path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Ouvert en urgence jusqu’à"), "{}", page.text);
    assert!(page.text.contains("http-equiv=\"refresh\" content=\"601\""), "{}", page.text);
    assert!(!page.text.contains("/urgences"), "who opened it does not look back on it");
    assert_eq!(told.stack.visit(&token, &format!("{path}/urgences")).await.status, 403);
    // Those of the circle read without any banner.
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let page = told.stack.visit(&referent, &path).await;
    assert!(!page.text.contains("Ouvert en urgence") && !page.text.contains("http-equiv=\"refresh\""));
    told.stack.later(10.minutes());
    let token = told.stack.token(&adviser).await;
    assert_eq!(told.stack.visit(&token, &path).await.status, 404, "it is over");
}

#[tokio::test]
async fn it_waits_with_the_circle_until_somebody_looked_back_on_it() {
    let mut told = Told::new().await;
    let first = opened(&told.stack, 800, 10);
    told.tell(first).await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let followups = "/api/v1/me/followups?limit=10";
    assert!(told.stack.get(&referent, followups).await.text.contains("emergency_to_review"));
    let path = format!("/dossiers/{}", id(CASE));
    assert!(told.stack.visit(&referent, &path).await.text.contains(&format!("{path}/urgences")));
    let page = told.stack.visit(&referent, &format!("{path}/urgences")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for shown in [
        "La vie ou la santé de la personne est en danger",
        &id(800).to_string(),
        "name=\"finding\"",
        &format!("action=\"{path}/urgences/relire\""),
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    told.tell(reviewed(800, EmergencyFinding::UNJUSTIFIED)).await;
    assert!(!told.stack.get(&referent, followups).await.text.contains("emergency_to_review"));
    let page = told.stack.visit(&referent, &format!("{path}/urgences")).await.text;
    assert!(page.contains("Non justifié") && !page.contains("name=\"finding\""), "{page}");
}

#[tokio::test]
async fn they_are_counted_by_organisation_without_anybody() {
    let mut told = Told::new().await;
    let (first, second) = (opened(&told.stack, 800, 10), opened(&told.stack, 801, 10));
    told.tell(first).await;
    told.tell(second).await;
    told.tell(reviewed(801, EmergencyFinding::UNJUSTIFIED)).await;
    let path = "/api/v1/administration/protection";
    for role in [Role::DPO, Role::ADMINISTRATEUR] {
        let token = told.stack.token(&actor(role, 30, CHRS)).await;
        let all = told.stack.get(&token, path).await;
        assert_eq!(all.status, 200, "{}", all.text);
        let counts = &all.json()["emergencies"];
        let one = &counts["organisations"][0];
        assert_eq!((one["opened"].as_u64(), one["to_review"].as_u64()), (Some(2), Some(1)), "{counts}");
        assert_eq!(one["unjustified"].as_u64(), Some(1));
        assert_eq!(counts["to_review"].as_array().map(Vec::len), Some(1));
        let page = told.stack.visit(&token, "/protection-des-donnees").await;
        assert_eq!(page.status, 200, "{}", page.text);
        for text in [&all.text, &page.text] {
            assert!(!text.contains(&id(CASE).to_string()) && !text.contains(&id(800).to_string()), "{text}");
        }
    }
    let cip = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    for path in [path, "/protection-des-donnees"] {
        assert_eq!(told.stack.get(&cip, path).await.status, 403, "{path}");
    }
    // Whoever protects data reads volumes, and restores nobody.
    let dpo = told.stack.token(&actor(Role::DPO, 30, CHRS)).await;
    let page = told.stack.visit(&dpo, "/consultations").await;
    assert!(page.status == 200 && !page.text.contains("Suspendre"), "{}", page.text);
    // Their first page is that of what they look after.
    let first = told.stack.visit(&dpo, "/").await;
    assert!(first.status == 200 && first.text.contains("Conservation dépassée"), "{}", first.text);
    assert_eq!(told.stack.visit(&dpo, &format!("/dossiers/{}", id(CASE))).await.status, 403);
}
