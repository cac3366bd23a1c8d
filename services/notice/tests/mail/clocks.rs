//! The digest tells every clock, by its kind, and says nothing of whom it is about.

use contracts::{
    case::v1::*,
    common::v1::Role,
    diagnostic::v1::DiagnosticCompleted,
    employment::v1::*,
    events,
    immersion::v1::*,
    platform::v1::{MandateGranted, MatchPutForward, OrganisationRegistered, PostOpened},
    prescription::v1::*,
};
use notice::domain::{Event, PromptKind};
use uuid::Uuid;

use super::{
    postbox::Postbox,
    world::{NAMES, World},
};

/// The kinds told by the last digest of that post, and how often each calls.
async fn told(world: &World, post: Uuid) -> Vec<(PromptKind, u32)> {
    let facts = world.mailbox(post).await;
    let last = facts.iter().rev().find_map(|fact| match fact.trace() {
        Ok(Event::DigestSent(sent)) => Some(sent),
        _ => None,
    });
    let prompts = last.map(|sent| sent.prompts).unwrap_or_default();
    prompts.iter().map(|one| (one.kind.as_known().expect("a kind"), one.count)).collect()
}

/// A post of organisation 1, alone around a person, that wants a digest at eight.
async fn alone(instant: &str, port: u16) -> (World, Uuid, Uuid) {
    let world = World::at(instant, Some(port)).await;
    let post = Uuid::now_v7();
    let opened = PostOpened {
        organisation_id: testkit::scenario::id(1).to_string(),
        role: Role::CIP.into(),
        ..Default::default()
    };
    world.say::<events::Post>(post, Uuid::nil(), None, vec![opened.into()]).await;
    let case = world.case(&[post]).await;
    world.daily(post, 8).await;
    (world, post, case)
}

/// Whether a digest left that day at eight.
async fn at_eight(world: &World, day: &str) -> bool {
    world.now(&format!("{day}T07:00:00Z"));
    world.sends().await == 1
}

async fn works(world: &World, post: Uuid, case: Uuid, since: &str) -> Uuid {
    let employment = Uuid::now_v7();
    let started = EmploymentStarted { started_on: since.into(), ..Default::default() };
    world.say::<events::Employment>(employment, case, Some(post), vec![started.into()]).await;
    employment
}

#[tokio::test(flavor = "multi_thread")]
async fn without_other_news_every_clock_of_a_case_makes_a_digest_leave() {
    let postbox = Postbox::open().await;
    let (world, post, case) = alone("2026-11-02T11:00:00Z", postbox.port).await;
    let by = Some(post);
    works(&world, post, case, "2026-11-02").await;
    let over = ImmersionEnded { ended_on: "2026-11-06".into(), ..Default::default() };
    world.say::<events::Convention>(Uuid::now_v7(), case, by, vec![over.into()]).await;
    let pass = PassIaeReported { ends_on: "2027-02-20".into(), ..Default::default() };
    world.say::<events::Pass>(Uuid::now_v7(), case, by, vec![pass.into()]).await;
    let completed = DiagnosticCompleted { valid_until: "2026-12-25".into(), ..Default::default() };
    world.say::<events::Diagnostic>(Uuid::now_v7(), case, by, vec![completed.into()]).await;
    let given = AgreementGiven {
        agreement_id: Uuid::now_v7().to_string(),
        organisation_id: testkit::scenario::id(2).to_string(),
        until_day: "2026-12-26".into(),
        ..Default::default()
    };
    world.say::<events::Case>(case, case, by, vec![given.into()]).await;
    let forward = MatchPutForward { put_forward_on: "2026-10-28".into(), ..Default::default() };
    world.say::<events::Match>(Uuid::now_v7(), case, by, vec![forward.into()]).await;
    let granted = MandateGranted {
        mandate_id: Uuid::now_v7().to_string(),
        by_organisation_id: testkit::scenario::id(3).to_string(),
        from_day: "2026-01-01".into(),
        until_day: "2027-02-28".into(),
        ..Default::default()
    };
    let registered = OrganisationRegistered { name: NAMES[3].into(), ..Default::default() };
    let own: Vec<events::Organisation> = vec![registered.into(), granted.into()];
    world.say(testkit::scenario::id(1), Uuid::nil(), None, own).await;

    let mut left = Vec::new();
    for day in [3, 8, 9, 10, 15, 16, 17, 20, 24, 25, 26, 27, 28, 29].map(|day| format!("2026-11-{day:02}")) {
        if at_eight(&world, &day).await {
            left.push((day, told(&world, post).await));
        }
    }
    let days: Vec<&str> = left.iter().map(|(day, _)| &**day).collect();
    // The check-in at 7 days and the review at 3; the review at 10; the PASS; the diagnostic; the agreement; the
    // employer's silence and the mandate.
    assert_eq!(
        days,
        ["2026-11-09", "2026-11-16", "2026-11-20", "2026-11-25", "2026-11-26", "2026-11-28"],
        "{left:?}"
    );
    use PromptKind::*;
    assert_eq!(left[0].1, [(REVIEW_MISSING, 1), (CHECK_IN_DUE, 1)]);
    let all = [
        (REVIEW_MISSING, 1),
        (CHECK_IN_DUE, 1),
        (PASS_ENDS, 1),
        (DIAGNOSTIC_EXPIRES, 1),
        (AGREEMENT_ENDS, 1),
        (MANDATE_ENDS, 1),
        (EMPLOYER_SILENT, 1),
    ];
    assert_eq!(left[5].1, all);
    let mails = postbox.mails();
    let text = mails[5].text();
    assert!(text.contains("- 1 point de maintien est à faire\n"), "{text}");
    assert!(text.contains("- 1 mandat de prescription est à revoir\n"), "{text}");
    for said in mails.iter().flat_map(|mail| [mail.raw.clone(), mail.text()]) {
        assert!(NAMES.iter().all(|name| !said.contains(name)), "{said}");
        assert!(!said.contains(&case.to_string()), "{said}");
    }
}

/// That post of that organisation joins the circle, and wants a digest at eight.
async fn joins(world: &World, case: Uuid, role: Role, organisation: u128) -> Uuid {
    let post = Uuid::now_v7();
    let member = CircleMemberJoined {
        post_id: post.to_string(),
        organisation_id: testkit::scenario::id(organisation).to_string(),
        role: role.into(),
        ..Default::default()
    };
    world.say::<events::Case>(case, case, Some(post), vec![member.into()]).await;
    world.daily(post, 8).await;
    post
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_some_of_the_circle_is_counted_for_them_alone() {
    let postbox = Postbox::open().await;
    let (world, cip, case) = alone("2026-11-02T11:00:00Z", postbox.port).await;
    joins(&world, case, Role::EMPLOYEUR_SIAE, 4).await;
    joins(&world, case, Role::CONSEILLER, 5).await;
    let by = Some(Uuid::now_v7());
    let access = Uuid::now_v7().to_string();
    let accessed = EmergencyAccessOpened {
        access_id: access.clone(),
        opened_at: "2026-11-03T20:00:00Z".into(),
        ..Default::default()
    };
    world.say::<events::Case>(case, case, by, vec![accessed.into()]).await;
    let terms = Terms { starts_on: "2026-11-09".into(), ends_on: "2026-11-20".into(), ..Default::default() };
    let drafted = ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        prescriber_id: testkit::scenario::id(5).to_string(),
        terms: terms.clone().into(),
        ..Default::default()
    };
    let signed = ConventionFullySigned {
        signed_on: "2026-11-02".into(),
        kind: ConventionKind::PMSMP.into(),
        terms: terms.into(),
        ..Default::default()
    };
    let convention = Uuid::now_v7();
    let facts: Vec<events::Convention> = vec![drafted.into(), signed.into()];
    world.say(convention, case, by, facts).await;

    world.now("2026-11-04T07:00:00Z");
    assert_eq!(world.sends().await, 3);
    let (emergency, validation) =
        ("- 1 accès en urgence est à relire\n", "- 1 PMSMP signée est à faire valider\n");
    let telling = |line: &str| postbox.mails().iter().filter(|mail| mail.text().contains(line)).count();
    // The CIP and the counsellor look back; the counsellor’s organisation prescribes.
    assert_eq!((telling(emergency), telling(validation)), (2, 1));

    let reviewed = EmergencyAccessReviewed { access_id: access, ..Default::default() };
    world.say::<events::Case>(case, case, by, vec![reviewed.into()]).await;
    let validated = ConventionValidated::default();
    world.say::<events::Convention>(convention, case, by, vec![validated.into()]).await;
    world.now("2026-11-05T07:00:00Z");
    assert_eq!(world.sends().await, 3, "others spoke");
    assert_eq!((telling(emergency), telling(validation)), (2, 1), "nothing waits any more");
    assert_eq!(told(&world, cip).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_and_not_for_now_silence_what_pushes_and_nothing_else() {
    let postbox = Postbox::open().await;
    let (world, post, case) = alone("2026-11-02T11:00:00Z", postbox.port).await;
    let by = Some(post);
    let sent = PrescriptionSent { answer_due_on: "2026-11-03".into(), ..Default::default() };
    world.say::<events::Prescription>(Uuid::now_v7(), case, by, vec![sent.into()]).await;
    let wish = Uuid::now_v7();
    let not_for_now = WishExpressed { not_for_now: true, ..Default::default() };
    world.say::<events::Wish>(wish, case, by, vec![not_for_now.into()]).await;
    assert!(!at_eight(&world, "2026-11-04").await, "the person does not wish to work for now");
    works(&world, post, case, "2026-10-29").await;
    assert!(at_eight(&world, "2026-11-05").await, "someone at work is not left alone");
    assert_eq!(told(&world, post).await, [(PromptKind::CHECK_IN_DUE, 1)]);

    let revised = WishRevised { not_for_now: false, ..Default::default() };
    world.say::<events::Wish>(wish, case, by, vec![revised.into()]).await;
    let paused = CasePaused { paused_on: "2026-11-05".into(), ..Default::default() };
    world.say::<events::Case>(case, case, by, vec![paused.into()]).await;
    let sent = PrescriptionSent { answer_due_on: "2026-11-05".into(), ..Default::default() };
    world.say::<events::Prescription>(Uuid::now_v7(), case, by, vec![sent.into()]).await;
    assert!(!at_eight(&world, "2026-11-06").await, "the follow-up rests");
    world.say::<events::Case>(case, case, by, vec![CaseResumed::default().into()]).await;
    let sent = PrescriptionSent { answer_due_on: "2026-11-06".into(), ..Default::default() };
    world.say::<events::Prescription>(Uuid::now_v7(), case, by, vec![sent.into()]).await;
    assert!(at_eight(&world, "2026-11-07").await);
    assert_eq!(told(&world, post).await, [(PromptKind::ANSWER_OVERDUE, 3), (PromptKind::CHECK_IN_DUE, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_closing_staying_at_work_and_convergence_are_still_told() {
    let postbox = Postbox::open().await;
    let (world, post, case) = alone("2026-11-02T11:00:00Z", postbox.port).await;
    let by = Some(post);
    works(&world, post, case, "2026-10-29").await;
    let left = works(&world, post, case, "2025-11-01").await;
    let over = EmploymentEnded {
        ended_on: "2026-08-05".into(),
        followed_until: "2027-08-05".into(),
        ..Default::default()
    };
    world.say::<events::Employment>(left, case, by, vec![over.into()]).await;
    world.say::<events::Case>(case, case, by, vec![CaseClosed::default().into()]).await;
    assert!(!at_eight(&world, "2026-11-04").await);
    assert!(at_eight(&world, "2026-11-05").await);
    use PromptKind::*;
    assert_eq!(told(&world, post).await, [(CHECK_IN_DUE, 1), (CONVERGENCE_FOLLOW_UP, 1)]);
    assert!(!at_eight(&world, "2026-11-06").await, "a digest never repeats itself");
}
