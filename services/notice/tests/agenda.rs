//! Given these facts of a case, these notices are due, to these posts.

use contracts::{
    Facts, Message as _, Recorded, Word,
    audit::v1::AccessSuspended,
    case::v1::*,
    common::v1::{Actor, Metadata, Role},
    events,
    immersion::v1::*,
    platform::v1::{EmployerAnswer, MatchAnswered},
    prescription::v1::PrescriptionRefused,
};
use notice::{
    domain::{Event, NoticeKind, NoticeRaised, commands::RaiseNotice, mailbox_of, notice_of},
    reactions::Notices,
};
use service::{Agenda as _, Due};
use testkit::scenario::{day, id};
use uuid::Uuid;
use vocabulary::clock::start_of_day;

/// A case whose facts are told one after the other.
#[derive(Default)]
struct Told {
    state: <Notices as service::Agenda>::State,
    position: i64,
    /// Whether it is the access of a professional, and no case.
    access: bool,
}

impl Told {
    /// Posts 1, 2 and 3 are around the person.
    fn circle() -> Self {
        let mut told = Self::default();
        for post in [1, 2, 3] {
            let joined = CircleMemberJoined { post_id: id(post).to_string(), ..Default::default() };
            told.say::<events::Case>(0, joined);
        }
        told
    }

    /// The post of that number says so; 0 is a system. Facts are recorded each on a day of its own.
    fn say<E: Facts>(&mut self, by: u128, event: impl Into<E>) -> i64 {
        self.position += 1;
        let (kind, payload) = event.into().encode();
        let post_id = if by == 0 { String::new() } else { id(by).to_string() };
        let fact = Recorded {
            position: self.position,
            stream_id: id(99),
            version: 1,
            kind,
            event_id: cause(self.position),
            case_id: (!["mailbox", "access"].contains(&kind.aggregate().name)).then_some(id(42)),
            occurred_on: day("2026-10-01").0,
            recorded_at: start_of_day(vocabulary::dates::days_after(
                day("2026-10-01").0,
                i32::try_from(self.position).expect("small"),
            )),
            command_id: Uuid::nil(),
            metadata: Metadata {
                actor: Actor { post_id, ..Default::default() }.into(),
                ..Default::default()
            }
            .encode_to_vec(),
            payload,
        };
        // What is about no case is about its own stream, which the notice says too.
        let about = if self.access { id(99) } else { id(42) };
        assert_eq!(Notices::key(&fact), Some(about), "{}", kind.name);
        Notices::fold(&mut self.state, &fact).expect("understood");
        // What is kept is kept as JSON.
        let kept = serde_json::to_value(&self.state).expect("JSON");
        assert_eq!(
            serde_json::from_value::<<Notices as service::Agenda>::State>(kept).expect("JSON"),
            self.state
        );
        self.position
    }

    /// Who is to be told what, as numbers of posts.
    fn due(&self) -> Vec<(u128, NoticeKind)> {
        let told = |due: &Due| {
            let body: RaiseNotice = serde_json::from_value(due.body.clone()).expect("its command");
            assert_eq!((due.command, due.target), ("notice.raise", mailbox_of(body.post_id)));
            let about = if self.access { (None, Some(id(99))) } else { (Some(id(42)), None) };
            assert_eq!(((body.case_id, body.about_id), body.cause_position), (about, due.cause));
            (body.post_id.as_u128(), body.kind.0)
        };
        Notices::due(&self.state).iter().map(told).collect()
    }
}

fn cause(position: i64) -> Uuid {
    id(1000 + u128::from(position.unsigned_abs()))
}

fn refused() -> events::Prescription {
    PrescriptionRefused::default().into()
}

#[test]
fn the_whole_circle_but_the_post_that_speaks_is_told_at_once() {
    let mut told = Told::circle();
    let position = told.say::<events::Prescription>(2, refused());
    assert_eq!(told.due(), [(1, NoticeKind::REFUSAL), (3, NoticeKind::REFUSAL)]);
    let dues = Notices::due(&told.state);
    assert!(dues.iter().all(|due| due.at == start_of_day(day("2026-10-05").0) && due.cause == position));
}

#[test]
fn a_system_is_nobodys_post() {
    let mut told = Told::circle();
    told.say::<events::Convention>(0, ConventionCancelled::default());
    assert_eq!(told.due().len(), 3);
}

#[test]
fn only_the_few_facts_that_cannot_wait_call_for_a_notice() {
    fn kinds<E: Facts>(event: impl Into<E>) -> Vec<NoticeKind> {
        let mut told = Told::circle();
        told.say::<E>(2, event);
        let mut kinds: Vec<NoticeKind> = told.due().into_iter().map(|(_, kind)| kind).collect();
        kinds.dedup();
        kinds
    }
    let review = |outcome: ReviewOutcome, answered: &str| ImmersionReviewed {
        outcome: outcome.into(),
        person_answered_on: answered.into(),
        ..Default::default()
    };
    assert_eq!(kinds::<events::Prescription>(refused()), [NoticeKind::REFUSAL]);
    assert_eq!(kinds::<events::Convention>(ConventionRejected::default()), [NoticeKind::REFUSAL]);
    assert_eq!(kinds::<events::Convention>(ConventionCancelled::default()), [NoticeKind::CANCELLATION]);
    assert_eq!(kinds::<events::Appointment>(AppointmentCancelled::default()), [NoticeKind::CANCELLATION]);
    assert_eq!(kinds::<events::Appointment>(AppointmentMissed::default()), [NoticeKind::NO_SHOW]);
    assert_eq!(kinds::<events::Convention>(review(ReviewOutcome::DID_NOT_SHOW, "")), [NoticeKind::NO_SHOW]);
    assert_eq!(kinds::<events::Case>(AgreementWithdrawn::default()), [NoticeKind::AGREEMENT_WITHDRAWN]);
    assert_eq!(kinds::<events::Case>(EmergencyAccessOpened::default()), [NoticeKind::EMERGENCY_ACCESS]);
    let answered = |answer: EmployerAnswer| MatchAnswered { answer: answer.into(), ..Default::default() };
    assert_eq!(kinds::<events::Match>(answered(EmployerAnswer::REPONSE_NEGATIVE)), [NoticeKind::REFUSAL]);
    assert_eq!(kinds::<events::Match>(answered(EmployerAnswer::ENTRETIEN)), []);
    assert_eq!(kinds::<events::Match>(answered(EmployerAnswer::REPONSE_ABSENTE)), []);
    assert_eq!(kinds::<events::Convention>(review(ReviewOutcome::DID_NOT_SHOW, "2026-10-09")), []);
    assert_eq!(kinds::<events::Convention>(review(ReviewOutcome::COMPLETED, "")), []);
    assert_eq!(kinds::<events::Appointment>(AppointmentHeld::default()), []);
    assert_eq!(kinds::<events::Case>(CaseClosed::default()), []);
    assert_eq!(kinds::<events::Case>(AgreementExpired::default()), []);
}

#[test]
fn a_notice_that_is_raised_is_no_longer_due() {
    let mut told = Told::circle();
    let first = told.say::<events::Prescription>(2, refused());
    let second = told.say::<events::Prescription>(2, refused());
    let raised = |post: u128, position: i64| NoticeRaised {
        notice_id: notice_of(id(post), cause(position)).to_string(),
        post_id: id(post).to_string(),
        kind: Word(NoticeKind::REFUSAL).into(),
        case_id: id(42).to_string(),
        cause_id: cause(position).to_string(),
        cause_position: position,
        ..Default::default()
    };
    told.say::<Event>(0, raised(1, first));
    let causes: Vec<(i64, u128)> = Notices::due(&told.state)
        .iter()
        .map(|due| (due.cause, if due.target == mailbox_of(id(1)) { 1 } else { 3 }))
        .collect();
    assert_eq!(causes, [(first, 3), (second, 1), (second, 3)]);
    told.say::<Event>(0, raised(3, first));
    told.say::<Event>(0, raised(1, second));
    told.say::<Event>(0, raised(3, second));
    assert_eq!(told.due(), []);
}

#[test]
fn a_suspended_access_is_told_to_the_posts_it_names_until_they_are_told() {
    let mut told = Told { access: true, ..Told::default() };
    let suspended =
        AccessSuspended { told_post_ids: vec![id(1).to_string(), id(3).to_string()], ..Default::default() };
    let position = told.say::<events::Access>(0, suspended);
    let kind = NoticeKind::ACCESS_SUSPENDED;
    assert_eq!(told.due(), [(1, kind), (3, kind)]);
    let raised = |post: u128| NoticeRaised {
        notice_id: notice_of(id(post), cause(position)).to_string(),
        post_id: id(post).to_string(),
        about_id: id(99).to_string(),
        ..Default::default()
    };
    told.say::<Event>(0, raised(1));
    assert_eq!(told.due(), [(3, kind)]);
    told.say::<Event>(0, raised(3));
    assert_eq!(told.due(), []);
}

#[test]
fn who_left_before_or_joins_after_is_told_nothing() {
    let mut told = Told::circle();
    told.say::<events::Case>(1, CircleMemberLeft { post_id: id(3).to_string(), ..Default::default() });
    told.say::<events::Prescription>(2, refused());
    told.say::<events::Case>(1, CircleMemberJoined { post_id: id(4).to_string(), ..Default::default() });
    assert_eq!(told.due(), [(1, NoticeKind::REFUSAL)]);
}

#[test]
fn alone_around_a_person_one_is_told_nothing_of_ones_own_facts() {
    let mut told = Told::default();
    told.say::<events::Case>(0, CircleMemberJoined { post_id: id(1).to_string(), ..Default::default() });
    told.say::<events::Prescription>(1, refused());
    assert_eq!(told.due(), []);
}

#[test]
fn the_facts_of_other_contexts_are_of_no_concern() {
    let (kind, payload) =
        events::Employment::from(contracts::employment::v1::EmploymentEnded::default()).encode();
    let fact = Recorded {
        position: 1,
        stream_id: id(99),
        version: 1,
        kind,
        event_id: id(1),
        case_id: Some(id(42)),
        occurred_on: day("2026-10-01").0,
        recorded_at: start_of_day(day("2026-10-01").0),
        command_id: Uuid::nil(),
        metadata: Vec::new(),
        payload,
    };
    assert_eq!(Notices::key(&fact), None);
}

#[test]
fn what_opens_something_to_someone_is_told_to_the_referents_of_the_circle_and_to_no_other() {
    let opens: [(events::Case, NoticeKind); 4] = [
        (AgreementGiven::default().into(), NoticeKind::AGREEMENT_GIVEN),
        (
            CircleMemberJoined { post_id: id(9).to_string(), ..Default::default() }.into(),
            NoticeKind::CIRCLE_JOINED,
        ),
        (OwnAccessOpened::default().into(), NoticeKind::OWN_ACCESS_OPENED),
        (OwnAccessEntered::default().into(), NoticeKind::OWN_ACCESS_ENTERED),
    ];
    for (fact, kind) in opens {
        let mut told = Told::circle();
        for post in [7, 8] {
            let role = Role::REFERENT_SOCIAL.into();
            let joined = CircleMemberJoined { post_id: id(post).to_string(), role, ..Default::default() };
            told.say::<events::Case>(post, joined);
        }
        let left = CircleMemberLeft { post_id: id(8).to_string(), ..Default::default() };
        told.say::<events::Case>(8, left);
        // Who came in by themselves was told to the référent who was there before.
        assert_eq!(told.due(), [(7, NoticeKind::CIRCLE_JOINED)]);
        let position = told.say::<events::Case>(2, fact.clone());
        let mut due = told.due();
        due.remove(0);
        assert_eq!(due, [(7, kind)], "at {position}");
        told.say::<events::Case>(7, fact);
        assert_eq!(told.due().len(), 2, "who did it knows");
    }
}

#[test]
fn while_the_data_are_limited_only_the_referents_are_told() {
    let mut told = Told::circle();
    let role = Role::REFERENT_SOCIAL.into();
    let joined = CircleMemberJoined { post_id: id(7).to_string(), role, ..Default::default() };
    told.say::<events::Case>(7, joined);
    let limited = ProcessingRestricted { restriction_id: id(30).to_string(), ..Default::default() };
    told.say::<events::Case>(7, limited);
    told.say::<events::Prescription>(2, refused());
    assert_eq!(told.due(), [(7, NoticeKind::REFUSAL)]);
    let lifted = RestrictionLifted { restriction_id: id(30).to_string(), ..Default::default() };
    told.say::<events::Case>(7, lifted);
    told.say::<events::Prescription>(2, refused());
    assert_eq!(told.due().len(), 4, "the whole circle again, but who spoke");
}
