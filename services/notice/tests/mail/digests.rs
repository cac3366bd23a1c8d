//! The digest of the day.

use contracts::{case::v1::*, events, immersion::v1::*, prescription::v1::*};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::date};
use notice::{
    domain::{DigestSent, Event},
    mailer::due_at,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    postbox::{Manner, Postbox},
    world::{NAMES, World},
};

async fn digests(world: &World, post: Uuid) -> Vec<DigestSent> {
    let facts = world.mailbox(post).await;
    let sent = facts.iter().filter_map(|fact| match fact.trace() {
        Ok(Event::DigestSent(sent)) => Some(sent),
        _ => None,
    });
    sent.collect()
}

/// Two posts around a person, at that instant; the second wants a digest at that hour.
async fn two(instant: &str, hour: u32, port: u16) -> (World, [Uuid; 2], Uuid) {
    let world = World::at(instant, Some(port)).await;
    let posts = [Uuid::now_v7(), Uuid::now_v7()];
    let case = world.case(&posts).await;
    world.daily(posts[1], hour).await;
    (world, posts, case)
}

/// That post says something new.
async fn news(world: &World, by: Uuid, case: Uuid) {
    let corrected = IdentityCorrected { family_name: NAMES[0].into(), ..Default::default() };
    world.say::<events::Case>(case, case, Some(by), vec![corrected.into()]).await;
}

fn counts(sent: &DigestSent) -> (u32, u32, u32) {
    (sent.cases_changed, sent.answers_overdue, sent.to_come)
}

#[test]
fn an_hour_that_summer_time_skips_comes_an_hour_later_and_one_that_comes_twice_counts_once() {
    let utc = |day, hour| due_at(day, hour).to_string();
    assert_eq!(utc(date(2026, 3, 28), 2), "2026-03-28T01:00:00Z");
    assert_eq!(utc(date(2026, 3, 29), 2), "2026-03-29T01:00:00Z");
    assert_eq!(utc(date(2026, 3, 29), 8), "2026-03-29T06:00:00Z");
    assert_eq!(utc(date(2026, 10, 25), 2), "2026-10-25T00:00:00Z");
    assert_eq!(utc(date(2026, 10, 25), 8), "2026-10-25T07:00:00Z");
    assert_eq!(utc(date(2028, 2, 29), 0), "2028-02-28T23:00:00Z");
}

/// Plays some days by the half hour, with something new each day at noon; returns when digests left.
async fn play(first: &str, days: i64, hour: u32) -> Vec<(String, String)> {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two(first, hour, postbox.port).await;
    let start: Timestamp = first.parse().expect("an instant");
    let mut mailer = world.mailer();
    let mut left = Vec::new();
    for half_hours in 0..days * 48 {
        let now = start + SignedDuration::from_mins(half_hours * 30);
        world.clock.set(now);
        if half_hours % 48 == 0 {
            news(&world, posts[0], case).await;
            world.settle().await;
        }
        let sent = mailer.round(&CancellationToken::new()).await.expect("a round");
        assert!(sent <= 1);
        for _ in 0..sent {
            let last = digests(&world, posts[1]).await.last().cloned().expect("a digest");
            left.push((last.day, now.to_string()));
            world.settle().await;
        }
    }
    assert_eq!(postbox.mails().len(), left.len());
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_day_when_summer_time_begins() {
    let left = play("2026-03-27T12:00:00Z", 4, 2).await;
    let expected = [
        ("2026-03-28", "2026-03-28T01:00:00Z"),
        ("2026-03-29", "2026-03-29T01:00:00Z"),
        ("2026-03-30", "2026-03-30T00:00:00Z"),
        ("2026-03-31", "2026-03-31T00:00:00Z"),
    ];
    assert_eq!(left, expected.map(|(day, at)| (day.to_owned(), at.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_day_when_summer_time_ends() {
    let left = play("2026-10-24T12:00:00Z", 3, 2).await;
    let expected = [
        ("2026-10-25", "2026-10-25T00:00:00Z"),
        ("2026-10-26", "2026-10-26T01:00:00Z"),
        ("2026-10-27", "2026-10-27T01:00:00Z"),
    ];
    assert_eq!(left, expected.map(|(day, at)| (day.to_owned(), at.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_day_around_29_february() {
    let left = play("2028-02-27T12:00:00Z", 3, 7).await;
    let expected = [
        ("2028-02-28", "2028-02-28T06:00:00Z"),
        ("2028-02-29", "2028-02-29T06:00:00Z"),
        ("2028-03-01", "2028-03-01T06:00:00Z"),
    ];
    assert_eq!(left, expected.map(|(day, at)| (day.to_owned(), at.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_what_others_said_and_says_nothing_personal() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    news(&world, posts[0], case).await;
    let other = world.case(&posts).await;
    news(&world, posts[1], other).await;
    world.case(&posts[..1]).await;
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 0, "its hour has not come");
    world.now("2026-11-24T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    let sent = digests(&world, posts[1]).await;
    assert_eq!(sent.iter().map(counts).collect::<Vec<_>>(), [(2, 0, 0)]);
    let mails = postbox.mails();
    let mail = &mails[0];
    assert_eq!(mail.subject(), "Jalon : votre point du jour");
    assert!(mail.text().contains("- 2 dossiers ont changé\n"), "{}", mail.text());
    assert!(mail.text().contains("\nhttps://jalon.example/suivis\n"));
    assert_eq!(mail.header("Message-ID"), sent[0].message_id);
    for said in [&mail.raw, &mail.text()] {
        assert!(NAMES.iter().all(|name| !said.contains(name)), "{said}");
        assert!(!said.contains(&case.to_string()), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_news_has_none_and_what_comes_later_waits_for_the_next_hour() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    news(&world, posts[1], case).await;
    let mut mailer = world.mailer();
    world.now("2026-11-24T07:30:00Z");
    assert_eq!(world.round(&mut mailer).await, 0, "only its own words");
    world.now("2026-11-24T09:00:00Z");
    news(&world, posts[0], case).await;
    assert_eq!(world.round(&mut mailer).await, 0, "the hour has passed");
    world.now("2026-11-25T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    world.now("2026-11-26T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 0, "nothing new since");
    assert_eq!(world.kinds(posts[1]).await, ["MailboxChosen", "DigestSent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_days_of_stop_there_is_one() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-16T11:00:00Z", 8, postbox.port).await;
    for day in 17..=22 {
        world.now(&format!("2026-11-{day}T10:00:00Z"));
        news(&world, posts[0], case).await;
    }
    world.now("2026-11-23T10:15:00Z");
    let mut mailer = world.mailer();
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(world.round(&mut mailer).await, 0);
    let sent = digests(&world, posts[1]).await;
    assert_eq!((sent.len(), &*sent[0].day, counts(&sent[0])), (1, "2026-11-23", (1, 0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_things_to_come_and_never_what_was_cancelled_meanwhile() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    let by = Some(posts[1]);
    let on = |day: &str| -> events::Appointment {
        AppointmentScheduled { day: day.into(), ..Default::default() }.into()
    };
    let (kept, cancelled) = (Uuid::now_v7(), Uuid::now_v7());
    world.say(cancelled, case, by, vec![on("2026-11-25")]).await;
    let off: events::Appointment = AppointmentCancelled::default().into();
    world.say(cancelled, case, by, vec![off]).await;
    let convention = Uuid::now_v7();
    let terms = Terms { starts_on: "2026-11-26".into(), ends_on: "2026-12-04".into(), ..Default::default() };
    let drafted = ConventionDrafted { terms: terms.into(), ..Default::default() };
    world.say::<events::Convention>(convention, case, by, vec![drafted.into()]).await;
    let mut mailer = world.mailer();
    world.now("2026-11-24T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 0, "cancelled, or agreed by nobody");

    world.say(kept, case, by, vec![on("2026-11-26")]).await;
    world
        .say::<events::Convention>(convention, case, by, vec![ConventionFullySigned::default().into()])
        .await;
    world.now("2026-11-25T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    world.say::<events::Convention>(convention, case, by, vec![ConventionCancelled::default().into()]).await;
    world.now("2026-11-26T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    let told: Vec<_> = digests(&world, posts[1]).await.iter().map(counts).collect();
    assert_eq!(told, [(0, 0, 2), (0, 0, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_becomes_overdue_is_told_and_then_no_longer_news() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    let by = Some(posts[1]);
    let (late, answered) = (Uuid::now_v7(), Uuid::now_v7());
    for prescription in [late, answered] {
        let sent = PrescriptionSent { answer_due_on: "2026-11-24".into(), ..Default::default() };
        world.say::<events::Prescription>(prescription, case, by, vec![sent.into()]).await;
    }
    world.say::<events::Prescription>(answered, case, by, vec![PrescriptionAccepted::default().into()]).await;
    let mut mailer = world.mailer();
    let mut sent = Vec::new();
    for day in 24..=28 {
        world.now(&format!("2026-11-{day}T07:00:00Z"));
        sent.push(world.round(&mut mailer).await);
    }
    assert_eq!(sent, [0, 1, 0, 0, 0]);
    assert_eq!(digests(&world, posts[1]).await.iter().map(counts).collect::<Vec<_>>(), [(0, 1, 0)]);
    // A closed case calls for nothing but its closing.
    world.say::<events::Case>(case, case, Some(posts[0]), vec![CaseClosed::default().into()]).await;
    world.now("2026-11-29T07:00:00Z");
    assert_eq!(world.round(&mut mailer).await, 1);
    assert_eq!(digests(&world, posts[1]).await.last().map(counts), Some((1, 0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_after_its_hour_it_begins_tomorrow_and_two_workers_send_it_once() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    world.now("2026-11-23T12:00:00Z");
    news(&world, posts[0], case).await;
    let (mut one, mut other) = (world.mailer(), world.mailer());
    assert_eq!(world.round(&mut one).await, 0);
    world.now("2026-11-24T08:00:00Z");
    world.settle().await;
    let cancel = CancellationToken::new();
    let (first, second) = tokio::join!(one.round(&cancel), other.round(&cancel));
    assert_eq!(first.expect("a round") + second.expect("a round"), 1);
    assert_eq!(postbox.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_by_the_relay_it_is_tried_again_the_same_day_and_given_up_without_a_fact() {
    let postbox = Postbox::open().await;
    let (world, posts, case) = two("2026-11-23T11:00:00Z", 8, postbox.port).await;
    news(&world, posts[0], case).await;
    world.settle().await;
    postbox.behaves(Manner::Refuses("equipe", 450));
    let mut mailer = world.mailer();
    let start: Timestamp = "2026-11-24T07:00:00Z".parse().expect("an instant");
    for hours in 0..14 {
        world.clock.set(start + hours.hours());
        assert_eq!(world.round(&mut mailer).await, 0);
    }
    assert!(digests(&world, posts[1]).await.is_empty());
    postbox.behaves(Manner::Takes);
    world.clock.set(start + 14.hours());
    assert_eq!(world.round(&mut mailer).await, 0, "given up for that day");
    world.clock.set(start + 24.hours());
    assert_eq!(world.round(&mut mailer).await, 1, "the next one tells it all");
    assert_eq!(digests(&world, posts[1]).await.iter().map(counts).collect::<Vec<_>>(), [(1, 0, 0)]);
}
