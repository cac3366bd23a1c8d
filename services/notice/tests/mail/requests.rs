//! An organisation that keeps someone waiting is reminded: its posts are, by a link.

use contracts::{common::v1::Role, events, platform::v1::*, prescription::v1::*};
use notice::domain::{Event, NoticeKind, PromptKind, WithheldReason};
use testkit::scenario::id;
use uuid::Uuid;

use super::{
    postbox::Postbox,
    world::{NAMES, World},
};

const NOON: &str = "2026-11-23T11:00:00Z";

/// That organisation opens a post of that role.
async fn opens(world: &World, organisation: u128, role: Role) -> Uuid {
    let post = Uuid::now_v7();
    let opened =
        PostOpened { organisation_id: id(organisation).to_string(), role: role.into(), ..Default::default() };
    world.say::<events::Post>(post, Uuid::nil(), None, vec![opened.into()]).await;
    post
}

/// Sent to organisation 2 from that post.
async fn send(world: &World, by: Uuid, case: Uuid) -> Uuid {
    let prescription = Uuid::now_v7();
    let prepared = PrescriptionPrepared { motivation: NAMES[3].into(), ..Default::default() };
    let sent = PrescriptionSent {
        sent_on: "2026-11-13".into(),
        answer_due_on: "2026-12-13".into(),
        addressee_id: id(2).to_string(),
        ..Default::default()
    };
    let facts: Vec<events::Prescription> = vec![prepared.into(), sent.into()];
    world.say(prescription, case, Some(by), facts).await;
    prescription
}

async fn remind(world: &World, prescription: Uuid, case: Uuid, by: Option<Uuid>) {
    let reminder = ReminderSent { addressee_id: id(2).to_string(), ..Default::default() };
    world.say::<events::Prescription>(prescription, case, by, vec![reminder.into()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_reaches_the_posts_of_the_addressee_and_nobody_else() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let answers = opens(&world, 2, Role::EMPLOYEUR_SIAE).await;
    let quiet = opens(&world, 2, Role::CIP).await;
    let audits = opens(&world, 2, Role::AUDITEUR).await;
    let elsewhere = opens(&world, 3, Role::CIP).await;
    world.at_once(answers, "siae@aci.example").await;
    let around = Uuid::now_v7();
    let case = world.case(&[around]).await;
    let prescription = send(&world, around, case).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 0, "a sending waits for the digest");
    remind(&world, prescription, case, None).await;
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(world.round(&mut mailer).await, 0);
    let mails = postbox.mails();
    assert_eq!((mails.len(), &*mails[0].to), (1, "siae@aci.example"));
    assert_eq!(mails[0].subject(), "Jalon : une demande attend une réponse");
    assert!(mails[0].text().contains("\nhttps://jalon.example/demandes\n"), "{}", mails[0].text());
    for said in [&mails[0].raw, &mails[0].text()] {
        assert!(NAMES.iter().all(|name| !said.contains(name)) && !said.contains(&case.to_string()), "{said}");
    }
    let facts = world.mailbox(answers).await;
    let Ok(Event::NoticeRaised(raised)) = facts[1].trace() else { panic!("raised") };
    assert_eq!(raised.kind, NoticeKind::ANSWER_AWAITED);
    assert_eq!((&*raised.case_id, raised.about_id), ("", id(2).to_string()));
    assert_eq!(world.kinds(quiet).await, ["NoticeRaised"], "read in Jalon by whoever chose nothing");
    for other in [audits, elsewhere, around] {
        assert!(world.mailbox(other).await.is_empty());
    }
    // A colleague who reminds is not told of it.
    remind(&world, prescription, case, Some(quiet)).await;
    world.settle().await;
    assert_eq!(world.kinds(quiet).await, ["NoticeRaised"]);
    assert_eq!(world.kinds(answers).await, ["MailboxChosen", "NoticeRaised", "NoticeSent", "NoticeRaised"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_answered_a_reminder_has_lost_its_purpose() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let answers = opens(&world, 2, Role::EMPLOYEUR_SIAE).await;
    world.at_once(answers, "siae@aci.example").await;
    let around = Uuid::now_v7();
    let case = world.case(&[around]).await;
    for (last, lost) in [
        (events::Prescription::from(PrescriptionReceived::default()), false),
        (PrescriptionOnHold::default().into(), true),
        (PrescriptionWithdrawn::default().into(), true),
    ] {
        let prescription = send(&world, around, case).await;
        remind(&world, prescription, case, None).await;
        world.say::<events::Prescription>(prescription, case, Some(answers), vec![last]).await;
        let sent = postbox.mails().len();
        assert_eq!(world.sends().await, 1);
        assert_eq!(postbox.mails().len() - sent, usize::from(!lost));
    }
    let facts = world.mailbox(answers).await;
    let reasons = facts.iter().filter_map(|fact| match fact.trace() {
        Ok(Event::NoticeWithheld(withheld)) => withheld.reason.as_known(),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [WithheldReason::UNDONE, WithheldReason::UNDONE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_of_an_addressee_counts_what_it_has_not_answered() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let answers = opens(&world, 2, Role::EMPLOYEUR_SIAE).await;
    world.daily(answers, 8).await;
    let around = Uuid::now_v7();
    let case = world.case(&[around]).await;
    let first = send(&world, around, case).await;
    send(&world, around, case).await;
    let mut mailer = world.mailer();
    world.now("2026-11-24T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    world.now("2026-11-25T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 0, "nothing new");
    world
        .say::<events::Prescription>(first, case, Some(answers), vec![PrescriptionAccepted::default().into()])
        .await;
    send(&world, around, case).await;
    world.now("2026-11-26T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    let counted: Vec<_> = world
        .mailbox(answers)
        .await
        .iter()
        .filter_map(|fact| match fact.trace() {
            Ok(Event::DigestSent(sent)) => sent.prompts.first().map(|one| (one.kind.as_known(), one.count)),
            _ => None,
        })
        .collect();
    assert_eq!(counted, [(Some(PromptKind::REQUEST_WAITS), 2), (Some(PromptKind::REQUEST_WAITS), 2)]);
    assert!(postbox.mails()[0].text().contains("- 2 demandes reçues attendent une réponse\n"));
}
