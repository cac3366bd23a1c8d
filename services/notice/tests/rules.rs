//! Given these facts of a mailbox, when this is asked, then these facts or that refusal.

use access::Actor;
use contracts::{Facts as _, Word};
use notice::domain::{commands::*, *};
use service::Domain as _;
use testkit::scenario::{Scenario, actor, day, id};

fn choose(email: &str) -> ChooseMailbox {
    ChooseMailbox { email: email.into(), digest: true, digest_hour: 8, immediate: true }
}

fn chosen_for(post: u128) -> Event {
    MailboxChosen { post_id: id(post).to_string(), ..Default::default() }.into()
}

fn raise(cause: u128) -> RaiseNotice {
    RaiseNotice {
        post_id: id(7),
        kind: Word(NoticeKind::REFUSAL),
        case_id: Some(id(42)),
        about_id: None,
        cause_id: id(cause),
        cause_position: 12,
    }
}

fn raised(cause: u128) -> Event {
    let stated = clock(Scenario::nothing()).when(&raise(cause)).states(&["NoticeRaised"]);
    stated.into_iter().next().expect("one fact")
}

/// Jalon itself asks.
fn clock(scenario: Scenario<Event>) -> Scenario<Event> {
    scenario.by(Actor::system("clock"))
}

fn sent() -> RecordSent {
    RecordSent { notice_id: notice_of(id(7), id(1)), message_id: "<1@jalon.example>".into() }
}

fn failed() -> RecordFailed {
    RecordFailed { notice_id: notice_of(id(7), id(1)), tries: 5, code: 550 }
}

fn withhold() -> WithholdNotice {
    WithholdNotice { notice_id: notice_of(id(7), id(1)), reason: Word(WithheldReason::UNDONE) }
}

fn digest(on: &str) -> RecordDigest {
    RecordDigest {
        day: day(on),
        cases_changed: 2,
        answers_overdue: 1,
        to_come: 0,
        prompts: vec![(Word(PromptKind::ANSWER_OVERDUE), 1), (Word(PromptKind::CHECK_IN_DUE), 3)],
        until_position: 40,
        message_id: "<2@jalon.example>".into(),
    }
}

#[test]
fn the_holder_of_a_post_chooses_and_chooses_again() {
    let facts = Scenario::nothing().when(&choose(" accueil@chrs.example ")).states(&["MailboxChosen"]);
    let Event::MailboxChosen(chosen) = &facts[0] else { panic!("another fact") };
    assert_eq!(chosen.email, "accueil@chrs.example");
    assert_eq!(chosen.post_id, id(7).to_string());
    assert_eq!(chosen.professional_id, id(1_000_007).to_string());
    Scenario::given([chosen_for(7)]).when(&choose("autre@chrs.example")).states(&["MailboxChosen"]);
}

#[test]
fn the_mailbox_of_another_post_is_not_chosen_nor_one_without_a_post() {
    Scenario::given([chosen_for(8)]).when(&choose("accueil@chrs.example")).refuses("avis.poste");
    let postless = Actor { post_id: None, ..actor(contracts::common::v1::Role::CIP, 7, 1) };
    Scenario::nothing().by(postless).when(&choose("accueil@chrs.example")).refuses("avis.poste");
}

#[test]
fn an_address_that_cannot_be_written_to_is_refused_and_never_repeated() {
    for wrong in
        ["", "accueil", "accueil@", "@chrs.example", "a b@chrs.example", "é@chrs.example", "a@b@c.example"]
    {
        let decided = Scenario::nothing().when(&choose(wrong));
        if let Err(refusal) = &decided.result {
            assert!(wrong.is_empty() || !refusal.detail.contains(wrong), "{}", refusal.detail);
        }
        decided.refuses("avis.adresse");
    }
}

#[test]
fn a_digest_has_an_hour_of_the_day() {
    for hour in [0, 23] {
        let asked = ChooseMailbox { digest_hour: hour, ..choose("accueil@chrs.example") };
        Scenario::nothing().when(&asked).states(&["MailboxChosen"]);
    }
    let asked = ChooseMailbox { digest_hour: 24, ..choose("accueil@chrs.example") };
    Scenario::nothing().when(&asked).refuses("avis.heure");
}

#[test]
fn whoever_wants_nothing_sent_leaves_no_address() {
    let none = ChooseMailbox { digest: false, immediate: false, ..choose("accueil@chrs.example") };
    let facts = Scenario::nothing().when(&none).states(&["MailboxChosen"]);
    assert!(matches!(&facts[0], Event::MailboxChosen(chosen) if chosen.email.is_empty()));
    Scenario::nothing().when(&ChooseMailbox { email: String::new(), ..none }).states(&["MailboxChosen"]);
}

#[test]
fn a_notice_is_raised_once_a_fact_and_a_post() {
    clock(Scenario::nothing()).when(&raise(1)).states(&["NoticeRaised"]);
    clock(Scenario::given([raised(1)])).when(&raise(1)).states(&[]);
    clock(Scenario::given([raised(1)])).when(&raise(2)).states(&["NoticeRaised"]);
}

#[test]
fn a_notice_for_another_post_is_not_kept_here() {
    clock(Scenario::given([chosen_for(8)])).when(&raise(1)).refuses("avis.destinataire");
}

#[test]
fn a_notice_ends_once_sent_failed_or_withheld() {
    let ends: [fn(Scenario<Event>) -> Vec<Event>; 3] = [
        |s| s.when(&sent()).states(&["NoticeSent"]),
        |s| s.when(&failed()).states(&["NoticeFailed"]),
        |s| s.when(&withhold()).states(&["NoticeWithheld"]),
    ];
    for end in ends {
        let ended = end(clock(Scenario::given([raised(1)]))).remove(0);
        let after = || clock(Scenario::given([raised(1), ended.clone()]));
        after().when(&sent()).states(&[]);
        after().when(&failed()).states(&[]);
        after().when(&withhold()).states(&[]);
    }
}

#[test]
fn what_was_never_raised_is_neither_sent_nor_failed_nor_withheld() {
    let other = || clock(Scenario::given([raised(2)]));
    other().when(&sent()).refuses("avis.connu");
    other().when(&failed()).refuses("avis.connu");
    other().when(&withhold()).refuses("avis.connu");
}

#[test]
fn a_day_has_one_digest() {
    let first = clock(Scenario::nothing()).when(&digest("2026-11-23")).states(&["DigestSent"]).remove(0);
    let Event::DigestSent(told) = &first else { panic!("another fact") };
    let counted: Vec<_> = told.prompts.iter().map(|one| (one.kind.as_known(), one.count)).collect();
    assert_eq!(counted, [(Some(PromptKind::ANSWER_OVERDUE), 1), (Some(PromptKind::CHECK_IN_DUE), 3)]);
    clock(Scenario::given([first.clone()])).when(&digest("2026-11-23")).states(&[]);
    clock(Scenario::given([first.clone()])).when(&digest("2026-11-22")).states(&[]);
    clock(Scenario::given([first])).when(&digest("2026-11-24")).states(&["DigestSent"]);
}

#[test]
fn nobody_says_by_hand_what_becomes_of_a_message() {
    let by_hand = || Scenario::given([raised(1)]);
    by_hand().when(&raise(2)).refuses("avis.automatique");
    by_hand().when(&sent()).refuses("avis.automatique");
    by_hand().when(&failed()).refuses("avis.automatique");
    by_hand().when(&withhold()).refuses("avis.automatique");
    by_hand().when(&digest("2026-11-23")).refuses("avis.automatique");
}

#[test]
fn the_address_is_the_only_thing_that_is_sealed() {
    let kinds = <Event as contracts::Facts>::aggregate().facts;
    let personal: Vec<&str> = kinds.iter().filter(|kind| kind.is_personal()).map(|kind| kind.name).collect();
    assert_eq!(personal, ["MailboxChosen"]);
    let (kind, bytes) =
        Event::from(MailboxChosen { email: "a@b.example".into(), ..Default::default() }).encode();
    assert_eq!(kind.class_of(3), contracts::Class::Identity);
    // The state is folded without it.
    let state = aggregate::Mailbox::apply(Default::default(), Event::decode(kind, &bytes).expect("a fact"));
    assert!(!format!("{state:?}").contains("b.example"));
}
