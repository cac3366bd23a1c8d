//! Whoever received data of a person is told what became of them: what to do, which case, and nothing of anyone.

use contracts::{case::v1::*, common::v1::Role, events, platform::v1::PostOpened};
use notice::domain::{Event, NoticeKind, WithheldReason};
use serde_json::json;
use testkit::scenario::id;
use uuid::Uuid;

use super::{
    api::{NOTICES, get},
    postbox::Postbox,
    world::{NAMES, World},
};

const NOON: &str = "2026-11-23T11:00:00Z";

/// Organisation 2 opens a post of that role.
async fn opens(world: &World, role: Role) -> Uuid {
    let post = Uuid::now_v7();
    let opened = PostOpened { organisation_id: id(2).to_string(), role: role.into(), ..Default::default() };
    world.say::<events::Post>(post, Uuid::nil(), None, vec![opened.into()]).await;
    post
}

/// The person agreed, for that organisation, until the end of the month.
fn agreed() -> events::Case {
    AgreementGiven {
        agreement_id: id(10).to_string(),
        organisation_id: id(2).to_string(),
        classes: vec![PersonalClass::IDENTITY.into()],
        purposes: vec![SharingPurpose::ACCOMPAGNEMENT.into()],
        from_day: "2026-11-01".into(),
        until_day: "2026-11-30".into(),
        witness: NAMES[2].into(),
        ..Default::default()
    }
    .into()
}

fn told(matter: RecipientMatter, whole: bool, posts: &[Uuid]) -> events::Case {
    RecipientTold {
        organisation_id: id(2).to_string(),
        matter: matter.into(),
        cause_id: id(77).to_string(),
        whole,
        post_ids: posts.iter().map(Uuid::to_string).collect(),
        ..Default::default()
    }
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_posts_of_who_received_data_are_told_what_to_do_and_nothing_of_anyone() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let [answers, dpo, audits, around] = [
        opens(&world, Role::CIP).await,
        opens(&world, Role::DPO).await,
        opens(&world, Role::AUDITEUR).await,
        opens(&world, Role::CONSEILLER).await,
    ];
    world.at_once(answers, "cip@aci.example").await;
    let case = world.case(&[Uuid::now_v7()]).await;
    world.say(case, case, None, vec![agreed(), told(RecipientMatter::DATA_CORRECTED, true, &[])]).await;
    let mut mailer = world.mailer();
    assert_eq!((world.round(&mut mailer).await, world.round(&mut mailer).await), (1, 0));
    let mail = postbox.mails().remove(0);
    assert_eq!(mail.subject(), "Jalon : des données que vous avez reçues ont été corrigées");
    assert!(mail.text().contains(&format!("\nhttps://jalon.example/dossiers/{case}\n")), "{}", mail.text());
    for said in [&mail.raw, &mail.text()] {
        assert!(NAMES.iter().all(|name| !said.contains(name)) && !said.contains("identité"), "{said}");
    }
    for told in [dpo, around] {
        assert_eq!(world.kinds(told).await, ["NoticeRaised"]);
    }
    assert!(world.mailbox(audits).await.is_empty());
    // One that reads by itself alone is told alone, and once when it is both.
    world.say(case, case, None, vec![told(RecipientMatter::USE_LIMITED, false, &[around])]).await;
    world.say(case, case, None, vec![told(RecipientMatter::USE_RESUMED, true, &[around])]).await;
    world.settle().await;
    assert_eq!(world.kinds(around).await.len(), 3);
    assert_eq!(world.kinds(dpo).await.len(), 2);
    let facts = world.mailbox(around).await;
    let kinds: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact.trace() {
            Ok(Event::NoticeRaised(raised)) => {
                assert_eq!((&*raised.case_id, raised.about_id), ("", id(2).to_string()));
                raised.kind.as_known()
            }
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [NoticeKind::TO_CORRECT, NoticeKind::TO_LEAVE_ALONE, NoticeKind::TO_USE_AGAIN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_case_no_longer_opens_the_letter_has_its_reference_and_no_link() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let answers = opens(&world, Role::CIP).await;
    world.at_once(answers, "cip@aci.example").await;
    let case = world.case(&[Uuid::now_v7()]).await;
    world.say(case, case, None, vec![agreed()]).await;
    world.now("2026-12-01T11:00:00Z");
    world.say(case, case, None, vec![told(RecipientMatter::DATA_ERASED, true, &[])]).await;
    assert_eq!(world.sends().await, 1);
    let mail = postbox.mails().remove(0);
    assert_eq!(mail.subject(), "Jalon : des données que vous avez reçues sont effacées");
    assert!(mail.text().contains(&format!("\n{case}\n")), "{}", mail.text());
    assert!(!mail.text().contains("https://"), "{}", mail.text());
    // Whoever chose no mail reads the same in Jalon, though the case is closed to them.
    let token = world.token(&world.holder(answers, answers)).await;
    let (_, body) = get(&world, &token, NOTICES).await;
    let one = &body["items"][0];
    assert_eq!((&one["kind"], &one["reference"]), (&json!("TO_ERASE"), &json!(case)), "{body}");
    assert_eq!((&one["kind_text"], &one["case_id"]), (&json!("données reçues, à effacer"), &json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_be_said_of_a_case_is_kept_from_its_circle_once_its_data_are_limited() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let [host, cip] = [Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&[host, cip]).await;
    world.at_once(cip, "cip@aci.example").await;
    world.say::<events::Case>(case, case, Some(host), vec![AgreementWithdrawn::default().into()]).await;
    world.settle().await;
    let limited = ProcessingRestricted {
        restriction_id: id(30).to_string(),
        reason: NAMES[0].into(),
        ..Default::default()
    };
    world.say::<events::Case>(case, case, Some(host), vec![limited.into()]).await;
    assert_eq!(world.sends().await, 1);
    assert!(postbox.mails().is_empty());
    let facts = world.mailbox(cip).await;
    let reasons = facts.iter().filter_map(|fact| match fact.trace() {
        Ok(Event::NoticeWithheld(withheld)) => withheld.reason.as_known(),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [WithheldReason::RESTRICTED]);
}
