//! Immediate notices.

use std::time::Duration;

use contracts::{case::v1::*, events, immersion::v1::*, platform::v1::*, prescription::v1::*};
use notice::domain::{Event, NoticeSent, NoticeWithheld, WithheldReason, mailbox_of, notice_of};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::Clock as _;

use super::{
    postbox::{Manner, Postbox},
    world::{NAMES, World},
};

const NOON: &str = "2026-11-23T11:00:00Z";

/// Two posts around a person; the second wants immediate notices.
async fn two(port: Option<u16>) -> (World, [Uuid; 2], Uuid) {
    let world = World::at(NOON, port).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    world.at_once(posts[1], "cip@chrs.example").await;
    (world, posts, case)
}

/// The first post records a refusal; returns whose prescription it was.
async fn refuse(world: &World, by: Uuid, case: Uuid) -> Uuid {
    let prescription = Uuid::now_v7();
    let prepared = PrescriptionPrepared { motivation: NAMES[3].into(), ..Default::default() };
    let refused = PrescriptionRefused { comment: format!("{} dit non", NAMES[2]), ..Default::default() };
    let facts: Vec<events::Prescription> = vec![prepared.into(), refused.into()];
    world.say(prescription, case, Some(by), facts).await;
    prescription
}

async fn withheld(world: &World, post: Uuid) -> Vec<WithheldReason> {
    let facts = world.mailbox(post).await;
    let reasons = facts.iter().filter_map(|fact| match fact.trace() {
        Ok(Event::NoticeWithheld(NoticeWithheld { reason, .. })) => reason.as_known(),
        _ => None,
    });
    reasons.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_leaves_at_once_with_a_link_and_nothing_personal() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(Some(postbox.port)).await;
    refuse(&world, posts[0], case).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(world.round(&mut mailer).await, 0);

    let mails = postbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, "cip@chrs.example");
    assert_eq!(mail.header("From"), "Jalon <avis@jalon.example>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Date"), "Mon, 23 Nov 2026 11:00:00 +0000");
    assert_eq!(mail.subject(), "Jalon : une nouvelle concerne un de vos suivis");
    assert!(mail.text().contains(&format!("\nhttps://jalon.example/dossiers/{case}\n")), "{}", mail.text());
    for said in [&mail.raw, &mail.subject(), &mail.text()] {
        for private in NAMES.iter().copied().chain(["négative", "refus", "prescription", "candidature"]) {
            assert!(!said.to_lowercase().contains(&private.to_lowercase()), "{private} in {said}");
        }
    }
    assert_eq!(postbox.logins(), ["\0jalon\0secret"]);

    let facts = world.mailbox(posts[1]).await;
    assert_eq!(world.kinds(posts[1]).await, ["MailboxChosen", "NoticeRaised", "NoticeSent"]);
    let Ok(Event::NoticeSent(NoticeSent { message_id, via, .. })) = facts[2].trace() else { panic!("sent") };
    assert_eq!((message_id, via), (mail.header("Message-ID"), "smtp".to_owned()));
    // Whoever spoke is told nothing; the address is written nowhere in clear.
    assert!(world.mailbox(posts[0]).await.is_empty());
    assert!(facts.iter().all(|fact| !String::from_utf8_lossy(&fact.payload).contains("chrs.example")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_immediate_kind_leaves_and_is_raised_once_for_each_other_post() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    world.at_once(posts[1], "cip@chrs.example").await;
    let by = Some(posts[0]);
    let conventions: [events::Convention; 2] = [
        ConventionCancelled::default().into(),
        ImmersionReviewed { outcome: ReviewOutcome::DID_NOT_SHOW.into(), ..Default::default() }.into(),
    ];
    for fact in conventions {
        world.say(Uuid::now_v7(), case, by, vec![fact]).await;
    }
    let appointments: [events::Appointment; 2] =
        [AppointmentCancelled::default().into(), AppointmentMissed::default().into()];
    for fact in appointments {
        world.say(Uuid::now_v7(), case, by, vec![fact]).await;
    }
    let facts: Vec<events::Case> =
        vec![AgreementWithdrawn::default().into(), EmergencyAccessOpened::default().into()];
    world.say(case, case, by, facts).await;
    refuse(&world, posts[0], case).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 7);
    assert_eq!(postbox.mails().len(), 7);
    // All alike: what happened is not said.
    assert!(postbox.mails().iter().all(|mail| mail.text() == postbox.mails()[0].text()));
    let raised = |kinds: Vec<&str>| kinds.iter().filter(|kind| **kind == "NoticeRaised").count();
    assert_eq!(raised(world.kinds(posts[1]).await), 7);
    assert_eq!(raised(world.kinds(posts[2]).await), 7, "a mailbox that nobody chose begins with its notices");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_relay_notices_are_raised_exactly_once_and_none_leaves() {
    let (world, posts, case) = two(None).await;
    refuse(&world, posts[0], case).await;
    let agendas = notice::service().agendas;
    world.settle().await;
    for _ in 0..3 {
        service::agenda::clock::round(&agendas, &world.runtime).await.expect("a round");
        world.settle().await;
    }
    assert_eq!(world.kinds(posts[1]).await, ["MailboxChosen", "NoticeRaised"]);
    // The worker ends by itself, and says so; nothing is lost.
    notice::mailer::work(world.runtime.clone(), CancellationToken::new()).await;
    let client = world.runtime.machinery.get().await.expect("a client");
    assert_eq!(notice::mailer::count_waiting(&client).await.expect("counted"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sending_and_saying_so_it_leaves_again_under_the_same_id_and_is_said_once() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(Some(postbox.port)).await;
    refuse(&world, posts[0], case).await;
    world.settle().await;
    postbox.behaves(Manner::TakesInSilence);
    let mut first = world.mailer();
    let killed = tokio::spawn(async move { first.round(&CancellationToken::new()).await.is_ok() });
    postbox.receives().await;
    killed.abort();
    assert!(killed.await.is_err_and(|ended| ended.is_cancelled()));
    assert_eq!(world.kinds(posts[1]).await, ["MailboxChosen", "NoticeRaised"]);

    postbox.behaves(Manner::Takes);
    let mut second = world.mailer();
    // The lock goes with the connection of the dead.
    world.takes_over(&mut second).await;
    assert_eq!(world.round(&mut second).await, 0);
    let ids: Vec<String> = postbox.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.kinds(posts[1]).await, ["MailboxChosen", "NoticeRaised", "NoticeSent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_relay_is_down_or_shuts_us_out_notices_wait_and_then_leave() {
    let port = local_servers::free_port().expect("a port");
    let (world, posts, case) = two(Some(port)).await;
    refuse(&world, posts[0], case).await;
    refuse(&world, posts[0], case).await;
    world.settle().await;
    let mut mailer = world.mailer();
    let cancel = CancellationToken::new();
    for _ in 0..10 {
        let error = mailer.round(&cancel).await.expect_err("nobody answers").to_string();
        assert!(error.contains("out of reach") && !error.contains("secret"), "{error}");
    }
    let postbox = Postbox::open_on(port).await;
    postbox.behaves(Manner::ShutsOut);
    let error = mailer.round(&cancel).await.expect_err("it does not let us in").to_string();
    assert!(error.contains("535"), "{error}");
    world.now("2026-11-26T11:00:00Z");
    postbox.behaves(Manner::Takes);
    assert_eq!(mailer.round(&cancel).await.expect("a round"), 2);
    assert_eq!(postbox.mails().len(), 2);
    let kinds = world.kinds(posts[1]).await;
    assert_eq!(kinds[3..], ["NoticeSent", "NoticeSent"], "no try was counted against them");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_sends_by_itself_when_the_relay_comes_back() {
    let port = local_servers::free_port().expect("a port");
    let (world, posts, case) = two(Some(port)).await;
    let cancel = CancellationToken::new();
    let working = tokio::spawn(notice::mailer::work(world.runtime.clone(), cancel.clone()));
    refuse(&world, posts[0], case).await;
    world.settle().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let postbox = Postbox::open_on(port).await;
    testkit::stack::until("it is said to be sent", || async { world.kinds(posts[1]).await.len() == 3 }).await;
    assert_eq!(postbox.mails().len(), 1);
    cancel.cancel();
    working.await.expect("it stops when asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_is_tried_five_times_and_stops_nobody_else() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    world.at_once(posts[1], "partie@chrs.example").await;
    world.at_once(posts[2], "cip@chrs.example").await;
    postbox.behaves(Manner::Refuses("partie", 550));
    refuse(&world, posts[0], case).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 1);
    let mut tries = vec![1];
    for minutes in 1..=12 * 60 {
        let now: jiff::Timestamp = NOON.parse().expect("an instant");
        world.clock.set(now + jiff::SignedDuration::from_mins(minutes));
        if mailer.round(&CancellationToken::new()).await.expect("a round") > 0 {
            tries.push(minutes);
        }
    }
    assert_eq!(tries, [1, 1 + 15 + 60 + 7 * 60]);
    let facts = world.mailbox(posts[1]).await;
    let Some(Ok(Event::NoticeFailed(failed))) = facts.last().map(contracts::Recorded::trace) else {
        panic!("{:?}", world.kinds(posts[1]).await)
    };
    assert_eq!((failed.tries, failed.code), (5, 550));
    assert_eq!(postbox.mails().iter().map(|mail| &*mail.to).collect::<Vec<_>>(), ["cip@chrs.example"]);
    let client = world.runtime.pool.get().await.expect("a client");
    let left: i64 =
        client.query_one("select count(*) from notice.attempt", &[]).await.expect("counted").get(0);
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_send_once() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(Some(postbox.port)).await;
    for _ in 0..5 {
        refuse(&world, posts[0], case).await;
    }
    world.settle().await;
    let (mut one, mut other) = (world.mailer(), world.mailer());
    let cancel = CancellationToken::new();
    for _ in 0..3 {
        let (first, second) = tokio::join!(one.round(&cancel), other.round(&cancel));
        let (first, second) = (first.expect("a round"), second.expect("a round"));
        assert!(first == 0 || second == 0, "both sent: {first} and {second}");
    }
    assert_eq!(postbox.mails().len(), 5);
    // Whoever holds the lock may die: the other one goes on.
    refuse(&world, posts[0], case).await;
    world.settle().await;
    drop(one);
    world.takes_over(&mut other).await;
    assert_eq!(postbox.mails().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_lost_its_purpose_when_its_turn_comes_is_withheld() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(Some(postbox.port)).await;
    let prescription = refuse(&world, posts[0], case).await;
    world.settle().await;
    let reopened: events::Prescription = PrescriptionReopened::default().into();
    world.say(prescription, case, Some(posts[0]), vec![reopened]).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(withheld(&world, posts[1]).await, [WithheldReason::UNDONE]);

    refuse(&world, posts[0], case).await;
    world.settle().await;
    let left = CircleMemberLeft { post_id: posts[1].to_string(), ..Default::default() };
    world.say::<events::Case>(case, case, Some(posts[0]), vec![left.into()]).await;
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(withheld(&world, posts[1]).await, [WithheldReason::UNDONE, WithheldReason::LEFT_CIRCLE]);
    assert!(postbox.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_post_changes_hands_nothing_is_sent_to_who_left() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(Some(postbox.port)).await;
    let filled = PostFilled { professional_id: posts[1].to_string(), ..Default::default() };
    let post: Vec<events::Post> = vec![filled.into()];
    world.say(posts[1], Uuid::nil(), None, post).await;
    refuse(&world, posts[0], case).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 1, "told again of its holder, the post has the same one");
    assert_eq!(postbox.mails().len(), 1);

    let filled = PostFilled { professional_id: Uuid::now_v7().to_string(), ..Default::default() };
    let handed: Vec<events::Post> = vec![PostVacated::default().into(), filled.into()];
    world.say(posts[1], Uuid::nil(), None, handed).await;
    refuse(&world, posts[0], case).await;
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(withheld(&world, posts[1]).await, [WithheldReason::HOLDER_CHANGED]);
    assert_eq!(postbox.mails().len(), 1);
    // The successor chooses, and is told what comes from then on.
    world.at_once(posts[1], "nouvelle@chrs.example").await;
    refuse(&world, posts[0], case).await;
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(postbox.mails().last().expect("a mail").to, "nouvelle@chrs.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_raised_before_it_was_wanted_is_left_for_reading() {
    let postbox = Postbox::open().await;
    let world = World::at(NOON, Some(postbox.port)).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    refuse(&world, posts[0], case).await;
    world.settle().await;
    world.at_once(posts[1], "cip@chrs.example").await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 0);
    refuse(&world, posts[0], case).await;
    assert_eq!(world.round(&mut mailer).await, 1);
    world.daily(posts[1], 8).await;
    refuse(&world, posts[0], case).await;
    assert_eq!(world.round(&mut mailer).await, 0, "no longer wanted");
    assert_eq!(postbox.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_has_one_id_whoever_raises_it() {
    let (world, posts, case) = two(None).await;
    let prescription = refuse(&world, posts[0], case).await;
    world.settle().await;
    let cause = world.runtime.journal.stream(prescription, 2).await.expect("read")[0].event_id;
    let facts = world.mailbox(posts[1]).await;
    let Ok(Event::NoticeRaised(raised)) = facts[1].trace() else { panic!("raised") };
    assert_eq!(raised.notice_id, notice_of(posts[1], cause).to_string());
    assert_eq!(facts[1].stream_id, mailbox_of(posts[1]));
    assert_eq!(facts[1].metadata().expect("metadata").causation_id, cause.to_string());
    assert_eq!(facts[1].recorded_at, world.clock.now());
}
