//! Erasing at the demand of someone, with the agreement of someone else; keeping when the law says so.

use access::Actor;
use case::domain::case::{commands::*, *};
use contracts::{Class, Word, common::v1::Role};
use service::{Domain as _, Forgettings, forgettings::Standing};
use testkit::scenario::{Scenario, actor, day, id};

fn opened() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

/// The référent social of the structure that hosts the person, and a colleague.
fn referent() -> Actor {
    actor(Role::REFERENT_SOCIAL, 7, 1)
}

fn colleague() -> Actor {
    actor(Role::CIP, 8, 1)
}

fn eraser() -> Actor {
    Actor::system("forgetting")
}

fn request(classes: &[PersonalClass]) -> RequestForgetting {
    RequestForgetting {
        classes: classes.iter().copied().map(Word).collect(),
        everything: classes.is_empty(),
        ground: Word(ForgettingReason::PERSON_ASKED),
        comment: " demandé en entretien ".into(),
    }
}

const ASKED: ApproveForgetting = ApproveForgetting { request_id: id(100) };
const DECLINE: DeclineForgetting = DeclineForgetting { request_id: id(100), comment: String::new() };
const WITHDRAW: WithdrawForgetting = WithdrawForgetting { request_id: id(100) };
const BEGIN: BeginForgetting = BeginForgetting { request_id: id(100) };
const LIFT: LiftLegalHold = LiftLegalHold { hold_id: id(100) };

fn hold(until: &str) -> PlaceLegalHold {
    PlaceLegalHold { ground: Word(HoldGround::LITIGATION), until_day: day(until), comment: String::new() }
}

/// What was, then what these commands state: the request has number 100.
fn after<C>(mut facts: Vec<Event>, by: Actor, command: &C) -> Vec<Event>
where
    C: service::Command<Aggregate = aggregate::Case>,
{
    let stated = Scenario::given(facts.clone()).by(by).when(command).result.expect("accepted");
    facts.extend(stated);
    facts
}

fn asked() -> Vec<Event> {
    after(vec![opened()], referent(), &request(&[]))
}

fn approved() -> Vec<Event> {
    after(asked(), colleague(), &ASKED)
}

fn begun() -> Vec<Event> {
    after(approved(), eraser(), &BEGIN)
}

fn forgettings(facts: &[Event]) -> Forgettings {
    facts.iter().cloned().fold(aggregate::State::default(), aggregate::Case::apply).forgettings
}

fn standing(facts: &[Event]) -> Standing {
    forgettings(facts).requests[&id(100)].standing
}

/// A hold of number 200, placed before the others.
fn held(until: &str) -> Event {
    LegalHoldPlaced { hold_id: id(200).to_string(), until_day: until.into(), ..Default::default() }.into()
}

#[test]
fn whoever_asks_is_a_referent_of_the_structure_and_says_why() {
    let facts =
        Scenario::given([opened()]).by(referent()).when(&request(&[])).states(&["ForgettingRequested"]);
    let Event::ForgettingRequested(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((stated.classes.len(), stated.voices), (6, 2), "the whole person, two voices");
    assert_eq!((&*stated.due_on, &*stated.comment), ("2026-11-23", "demandé en entretien"));
    let health = request(&[PersonalClass::HEALTH]);
    let facts = Scenario::given([opened()]).by(referent()).when(&health).states(&["ForgettingRequested"]);
    let Event::ForgettingRequested(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((stated.classes.len(), stated.voices), (1, 2), "one class, two voices all the same");

    let ask = |by: Actor| Scenario::given([opened()]).by(by).when(&request(&[]));
    ask(colleague()).refuses("oubli.demande");
    ask(actor(Role::REFERENT_SOCIAL, 7, 2)).refuses("oubli.demande");
    ask(actor(Role::ANIMATEUR_PLATEFORME, 7, 1)).refuses("oubli.demande");
    ask(Actor { post_id: None, ..referent() }).refuses("oubli.demande");
    let over = RequestForgetting { ground: Word(ForgettingReason::RETENTION_OVER), ..request(&[]) };
    Scenario::given([opened()]).by(referent()).when(&over).refuses("oubli.motif");
}

#[test]
fn silence_erases_nothing_and_neither_does_a_contradiction() {
    let silent = RequestForgetting { everything: false, ..request(&[]) };
    Scenario::given([opened()]).by(referent()).when(&silent).refuses("oubli.quoi");
    let both = RequestForgetting { everything: true, ..request(&[PersonalClass::HEALTH]) };
    Scenario::given([opened()]).by(referent()).when(&both).refuses("oubli.quoi");
}

#[test]
fn asked_twice_is_asked_once_and_nobody_else_asks_for_the_same() {
    Scenario::given(asked()).by(referent()).when(&request(&[])).states(&[]);
    Scenario::given(asked()).by(referent()).when(&request(&[PersonalClass::NOTE])).refuses("oubli.en-cours");
    let other = actor(Role::REFERENT_SOCIAL, 9, 1);
    Scenario::given(asked()).by(other).when(&request(&[])).refuses("oubli.en-cours");
    // What the clock proposed for one class does not stand in the way of the person.
    let proposed = ForgettingRequested {
        request_id: id(50).to_string(),
        classes: vec![PersonalClass::NOTE.into()],
        rule_id: "conservation.notes".into(),
        voices: 1,
        ..Default::default()
    };
    let facts = [opened(), proposed.into()];
    Scenario::given(facts).by(referent()).when(&request(&[])).states(&["ForgettingRequested"]);
}

#[test]
fn two_different_people_of_the_structure_agree() {
    Scenario::given(asked()).by(referent()).when(&ASKED).refuses("oubli.deux-voix");
    let other_post = Actor { post_id: Some(id(77)), ..referent() };
    Scenario::given(asked()).by(other_post).when(&ASKED).refuses("oubli.deux-voix");
    Scenario::given(asked()).by(actor(Role::CIP, 8, 2)).when(&ASKED).refuses("oubli.deux-voix");
    Scenario::given(asked()).by(Actor::system("clock")).when(&ASKED).refuses("oubli.deux-voix");
    Scenario::given(asked()).by(colleague()).when(&ASKED).states(&["ForgettingApproved"]);
    assert_eq!((standing(&asked()), standing(&approved())), (Standing::Asked, Standing::Approved));
    Scenario::given(approved()).by(colleague()).when(&ASKED).states(&[]);
    Scenario::given([opened()]).by(colleague()).when(&ASKED).refuses("oubli.connu");
}

#[test]
fn it_is_set_aside_or_taken_back_as_long_as_nothing_was_closed_and_may_be_asked_again() {
    Scenario::given(asked()).by(referent()).when(&DECLINE).refuses("oubli.deux-voix");
    Scenario::given(asked()).by(actor(Role::CIP, 8, 2)).when(&DECLINE).refuses("oubli.deux-voix");
    let declined = after(asked(), colleague(), &DECLINE);
    assert_eq!(standing(&declined), Standing::Declined);
    Scenario::given(declined.clone()).by(colleague()).when(&ASKED).refuses("oubli.connu");
    Scenario::given(declined).by(referent()).when(&request(&[])).states(&["ForgettingRequested"]);

    Scenario::given(asked()).by(actor(Role::CIP, 8, 2)).when(&WITHDRAW).refuses("oubli.demande");
    for facts in [asked(), approved()] {
        let withdrawn = after(facts, referent(), &WITHDRAW);
        assert_eq!(standing(&withdrawn), Standing::Withdrawn);
        Scenario::given(withdrawn).by(referent()).when(&request(&[])).states(&["ForgettingRequested"]);
    }
    Scenario::given(begun()).by(referent()).when(&WITHDRAW).refuses("oubli.connu");
    Scenario::given(begun()).by(colleague()).when(&DECLINE).refuses("oubli.connu");
}

#[test]
fn what_carries_it_out_is_not_typed_by_hand() {
    Scenario::given(approved()).by(referent()).when(&BEGIN).refuses("oubli.systeme");
    let propose = ProposeForgetting { rule_id: "conservation.notes".into(), due_on: day("2026-12-01") };
    Scenario::given([opened()]).by(referent()).when(&propose).refuses("oubli.systeme");
    let complete = CompleteForgetting { request_id: id(100), stores: Vec::new() };
    Scenario::given(approved()).by(referent()).when(&complete).refuses("oubli.systeme");

    Scenario::given(asked()).by(eraser()).when(&BEGIN).refuses("oubli.connu");
    Scenario::given([opened()]).by(eraser()).when(&BEGIN).refuses("oubli.connu");
    Scenario::given(approved()).by(eraser()).when(&BEGIN).states(&["ForgettingBegun"]);
    Scenario::given(begun()).by(eraser()).when(&BEGIN).refuses("oubli.connu");
}

#[test]
fn the_clock_proposes_what_a_rule_ends_at_most_30_days_before() {
    let clock = || Scenario::given([opened()]).by(Actor::system("clock"));
    let propose = |rule: &str, due: &str| ProposeForgetting { rule_id: rule.into(), due_on: day(due) };
    clock().when(&propose("conservation.suivi", "2026-12-24")).refuses("oubli.regle");
    clock().when(&propose("conservation.autre", "2026-12-01")).refuses("oubli.regle");
    let whole = clock().when(&propose("conservation.suivi", "2026-12-23")).states(&["ForgettingRequested"]);
    let Event::ForgettingRequested(stated) = &whole[0] else { panic!("{whole:?}") };
    assert_eq!((stated.classes.len(), stated.voices), (6, 2), "two voices for a whole person");
    let notes = clock().when(&propose("conservation.notes", "2026-12-01")).states(&["ForgettingRequested"]);
    let Event::ForgettingRequested(stated) = &notes[0] else { panic!("{notes:?}") };
    assert_eq!((&*stated.classes, stated.voices), (&[PersonalClass::NOTE.into()][..], 1));
    // One voice, and the day it is due.
    let facts = vec![opened(), notes[0].clone()];
    let agreed = after(facts.clone(), colleague(), &ASKED);
    assert_eq!(standing(&agreed), Standing::Approved);
    Scenario::given(agreed.clone()).by(eraser()).when(&BEGIN).refuses("oubli.connu");
    Scenario::given(agreed).by(eraser()).on("2026-12-01").when(&BEGIN).states(&["ForgettingBegun"]);
    Scenario::given(facts)
        .by(Actor::system("clock"))
        .when(&propose("conservation.notes", "2026-12-01"))
        .states(&[]);
    // Two, and neither of them may be the same.
    let one = after(vec![opened(), whole[0].clone()], colleague(), &ASKED);
    assert_eq!(standing(&one), Standing::Asked);
    Scenario::given(one.clone()).by(colleague()).when(&ASKED).states(&[]);
    assert_eq!(standing(&after(one, referent(), &ASKED)), Standing::Approved);
}

#[test]
fn e78_a_legal_hold_set_between_the_fence_and_the_destruction_stops_it_and_says_so() {
    // The keys are fenced before the fact is stated: a hold that came before the fact wins.
    let held_meanwhile = after(approved(), referent(), &hold("2027-03-01"));
    let stopped =
        Scenario::given(held_meanwhile.clone()).by(eraser()).when(&BEGIN).states(&["ForgettingSuspended"]);
    let mut stopped_facts = held_meanwhile;
    stopped_facts.extend(stopped);
    assert_eq!(standing(&stopped_facts), Standing::Suspended);
    let request = &forgettings(&stopped_facts).requests[&id(100)];
    assert_eq!(request.held_by, Some(id(100)), "it says which one");
    Scenario::given(stopped_facts.clone()).by(eraser()).when(&BEGIN).states(&[]);
    let forgotten = ForgetPerson {
        classes: Vec::new(),
        reason: Word(ForgettingReason::PERSON_ASKED),
        request_id: Some(id(100)),
        stores: Vec::new(),
        backups_mute_on: None,
        renewable: false,
    };
    Scenario::given(stopped_facts.clone()).by(eraser()).when(&forgotten).refuses("oubli.connu");
    // Lifted, or over, it goes on.
    let lifted = after(stopped_facts.clone(), referent(), &LIFT);
    Scenario::given(lifted).by(eraser()).when(&BEGIN).states(&["ForgettingBegun"]);
    Scenario::given(stopped_facts).by(eraser()).on("2027-03-02").when(&BEGIN).states(&["ForgettingBegun"]);
    // One that comes after the fact comes too late.
    Scenario::given(begun()).by(referent()).when(&hold("2027-03-01")).refuses("conservation.trop-tard");
}

#[test]
fn nothing_is_asked_nor_agreed_to_while_a_hold_holds() {
    let facts = || vec![opened(), held("2026-12-31")];
    Scenario::given(facts()).by(referent()).when(&request(&[])).refuses("oubli.conservation");
    Scenario::given(facts())
        .on("2027-01-01")
        .by(referent())
        .when(&request(&[]))
        .states(&["ForgettingRequested"]);
    let mut later = asked();
    later.push(held("2026-12-31"));
    Scenario::given(later).by(colleague()).when(&ASKED).refuses("oubli.conservation");
}

#[test]
fn a_hold_is_placed_and_lifted_by_a_referent_for_a_year_at_most() {
    let place = |by: Actor, until: &str| Scenario::given([opened()]).by(by).when(&hold(until));
    place(referent(), "2027-11-22").states(&["LegalHoldPlaced"]);
    place(referent(), "2026-11-23").states(&["LegalHoldPlaced"]);
    place(referent(), "2027-11-23").refuses("conservation.duree");
    place(referent(), "2026-11-22").refuses("conservation.duree");
    place(colleague(), "2027-03-01").refuses("conservation.demande");
    place(actor(Role::REFERENT_SOCIAL, 7, 2), "2027-03-01").refuses("conservation.demande");

    let placed = after(vec![opened()], referent(), &hold("2027-03-01"));
    Scenario::given(placed.clone()).by(colleague()).when(&LIFT).refuses("conservation.demande");
    Scenario::given([opened()]).by(referent()).when(&LIFT).refuses("conservation.connue");
    Scenario::given(placed.clone()).by(referent()).when(&LIFT).states(&["LegalHoldLifted"]);
    Scenario::given(placed.clone()).by(referent()).on("2027-03-02").when(&LIFT).states(&[]);
    let lifted = after(placed, referent(), &LIFT);
    Scenario::given(lifted).by(referent()).when(&LIFT).states(&[]);
}

#[test]
fn a_need_is_of_health_or_of_constraints_and_the_last_word_counts() {
    let need = |class, until: &str| StateNeed { class: Word(class), needed_until: day(until) };
    let state = |by: Actor, class| Scenario::given([opened()]).by(by).when(&need(class, "2027-05-31"));
    state(colleague(), PersonalClass::HEALTH).states(&["DataNeedStated"]);
    state(colleague(), PersonalClass::JUDICIAL).states(&["DataNeedStated"]);
    state(colleague(), PersonalClass::SOCIAL).refuses("besoin.classe");
    state(actor(Role::CIP, 8, 2), PersonalClass::HEALTH).refuses("besoin.structure");
    let said = after(vec![opened()], colleague(), &need(PersonalClass::HEALTH, "2027-05-31"));
    Scenario::given(said.clone())
        .by(colleague())
        .when(&need(PersonalClass::HEALTH, "2027-05-31"))
        .states(&[]);
    let again = after(said, colleague(), &need(PersonalClass::HEALTH, "2028-05-31"));
    assert_eq!(forgettings(&again).needs["health"], day("2028-05-31").0);
}

fn forget(request: Option<u128>, reached: bool) -> ForgetPerson {
    ForgetPerson {
        classes: Vec::new(),
        reason: Word(ForgettingReason::PERSON_ASKED),
        request_id: request.map(id),
        stores: vec![
            Purged { store: "keys".into(), removed: 4, reached: true },
            Purged { store: "immersion".into(), removed: 0, reached },
        ],
        backups_mute_on: Some(day("2026-12-21")),
        renewable: false,
    }
}

#[test]
fn e81_no_receipt_for_what_was_not_begun_and_none_complete_while_a_store_is_missing() {
    for facts in [vec![opened()], asked(), approved()] {
        Scenario::given(facts).by(eraser()).when(&forget(Some(100), true)).refuses("oubli.connu");
    }
    let done = after(begun(), eraser(), &forget(Some(100), true));
    assert_eq!(standing(&done), Standing::Done);
    assert!(forgettings(&done).is_forgotten());
    Scenario::given(done.clone()).by(eraser()).when(&forget(Some(100), true)).states(&[]);

    let partial = after(begun(), eraser(), &forget(Some(100), false));
    let Some(Event::PersonForgotten(receipt)) = partial.last() else { panic!("{partial:?}") };
    assert!(receipt.incomplete, "it says so");
    assert_eq!(standing(&partial), Standing::Incomplete);
    assert_eq!(forgettings(&partial).requests[&id(100)].unreached, ["immersion"]);
    let complete = |reached| CompleteForgetting {
        request_id: id(100),
        stores: vec![Purged { store: "immersion".into(), removed: 1, reached }],
    };
    Scenario::given(partial.clone()).by(eraser()).when(&complete(false)).refuses("oubli.systeme");
    let complete_facts = after(partial, eraser(), &complete(true));
    assert_eq!(standing(&complete_facts), Standing::Done);
    Scenario::given(complete_facts).by(eraser()).when(&complete(true)).states(&[]);
    Scenario::given(done).by(eraser()).when(&complete(true)).states(&[]);
}

#[test]
fn e71_e72_erasing_twice_says_it_once_and_a_class_then_the_whole_leaves_nothing_open() {
    let class = after(vec![opened()], referent(), &request(&[PersonalClass::HEALTH]));
    let class = after(after(class, colleague(), &ASKED), eraser(), &BEGIN);
    let health = ForgetPerson { classes: vec![Word(PersonalClass::HEALTH)], ..forget(Some(100), true) };
    let class = after(class, eraser(), &health);
    assert_eq!(forgettings(&class).erased, [Class::Health]);
    Scenario::given(class.clone()).by(referent()).when(&request(&[PersonalClass::HEALTH])).states(&[]);
    // A whole request left open, and an operator who forgets by hand: nothing waits any more.
    let mut facts = class;
    let whole = ForgettingRequested {
        request_id: id(300).to_string(),
        classes: Class::PERSONAL.iter().map(|_| PersonalClass::IDENTITY.into()).collect(),
        voices: 2,
        ..Default::default()
    };
    facts.push(whole.into());
    let facts = after(facts, eraser(), &forget(None, true));
    assert_eq!(forgettings(&facts).requests[&id(300)].standing, Standing::Done);
    assert!(forgettings(&facts).is_forgotten());
    Scenario::given(facts).by(referent()).when(&request(&[])).states(&[]);
}

#[test]
fn e77_who_was_forgotten_comes_back_as_someone_new() {
    let mut facts = after(begun(), eraser(), &forget(Some(100), true));
    facts.push(CaseClosed { closed_on: "2026-11-23".into(), ..Default::default() }.into());
    let reopen = ReopenCase { reopened_on: None };
    Scenario::given(facts.clone()).by(referent()).when(&reopen).refuses("oubli.retour");
    Scenario::given(facts).by(referent()).when(&hold("2027-03-01")).refuses("conservation.trop-tard");
}

#[test]
fn what_ended_by_a_rule_may_be_recorded_anew() {
    let renewed = PersonForgotten {
        classes: vec![PersonalClass::HEALTH.into()],
        renewable: true,
        ..Default::default()
    };
    let need = DataNeedStated {
        class: PersonalClass::HEALTH.into(),
        needed_until: "2026-05-31".into(),
        ..Default::default()
    };
    let facts = [opened(), need.into(), renewed.into()];
    let after = forgettings(&facts);
    assert!(after.erased.is_empty() && after.needs.is_empty(), "the need ended with it");
}
