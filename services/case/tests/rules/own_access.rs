//! What is handed to the person, for them to see their own path.

use case::domain::case::{commands::*, *};
use contracts::{Class, Word, common::v1::Role};
use service::Day;
use testkit::scenario::{Scenario, actor, day, id};

fn case() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

fn open(until: Option<Day>) -> OpenOwnAccess {
    OpenOwnAccess { until_day: until }
}

/// The access of number 100, opened by the holder of post 7 on 23 November 2026.
fn handed() -> Event {
    Scenario::given([case()]).when(&open(None)).states(&["OwnAccessOpened"]).remove(0)
}

fn close(access: u128) -> CloseOwnAccess {
    CloseOwnAccess { access_id: id(access), reason: Word(OwnAccessEnd::SHEET_LOST) }
}

#[test]
fn it_lasts_ninety_days_at_most_and_says_who_handed_it_over() {
    let Event::OwnAccessOpened(stated) = handed() else { panic!("it is opened") };
    assert_eq!((stated.access_id, stated.post_id), (id(100).to_string(), id(7).to_string()));
    assert_eq!((&*stated.opened_on, &*stated.until_day), ("2026-11-23", "2027-02-20"));
    for (until, holds) in
        [("2026-11-23", true), ("2027-02-20", true), ("2027-02-21", false), ("2026-11-22", false)]
    {
        let decided = Scenario::given([case()]).when(&open(Some(day(until))));
        if holds {
            decided.states(&["OwnAccessOpened"]);
        } else {
            decided.refuses("suivi.duree");
        }
    }
}

#[test]
fn it_is_handed_over_by_those_who_host_the_person() {
    let elsewhere = actor(Role::CIP, 7, 2);
    Scenario::given([case()]).by(elsewhere).when(&open(None)).refuses("suivi.remis-par");
    let nobody = access::Actor { post_id: None, ..actor(Role::REFERENT_SOCIAL, 7, 1) };
    Scenario::given([case()]).by(nobody).when(&open(None)).refuses("suivi.remis-par");
}

#[test]
fn another_sheet_replaces_the_one_before() {
    let facts = Scenario::given([case(), handed()])
        .on("2026-12-01")
        .when(&open(None))
        .states(&["OwnAccessClosed", "OwnAccessOpened"]);
    let Event::OwnAccessClosed(gone) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&gone.access_id, gone.reason), (&id(100).to_string(), OwnAccessEnd::SHEET_REPLACED.into()));
    // One that is over by itself needs no closing.
    Scenario::given([case(), handed()]).on("2027-03-01").when(&open(None)).states(&["OwnAccessOpened"]);
}

#[test]
fn it_is_closed_at_once_and_once() {
    let closed = Scenario::given([case(), handed()]).when(&close(100)).states(&["OwnAccessClosed"]).remove(0);
    Scenario::given([case(), handed(), closed.clone()]).when(&close(100)).states(&[]);
    Scenario::given([case()]).when(&close(100)).refuses("suivi.connu");
    // And another may be opened after it.
    Scenario::given([case(), handed(), closed]).when(&open(None)).states(&["OwnAccessOpened"]);
}

#[test]
fn nothing_is_left_to_show_of_a_person_who_was_forgotten() {
    Scenario::given([case()])
        .knowing(|known| known.case.as_mut().expect("a case").erased = vec![Class::Identity])
        .when(&open(None))
        .refuses("suivi.efface");
}

#[test]
fn the_first_entry_is_stated_once_and_by_the_access_that_is_open() {
    let own =
        |access: u128| access::Actor::person(access::OwnCase { case_id: id(42), access_id: id(access) });
    let enter = |facts: Vec<Event>, access| Scenario::given(facts).by(own(access)).when(&EnterOwnAccess {});
    let entered = enter(vec![case(), handed()], 100).states(&["OwnAccessEntered"]).remove(0);
    let Event::OwnAccessEntered(stated) = &entered else { panic!("{entered:?}") };
    assert_eq!(stated.access_id, id(100).to_string());
    assert!(stated.entered_at.starts_with("2026-11-23T"), "{}", stated.entered_at);
    enter(vec![case(), handed(), entered], 100).states(&[]);
    enter(vec![case(), handed()], 101).refuses("suivi.connu");
    let closed = Scenario::given([case(), handed()]).when(&close(100)).states(&["OwnAccessClosed"]).remove(0);
    enter(vec![case(), handed(), closed], 100).refuses("suivi.connu");
    Scenario::given([case(), handed()]).when(&EnterOwnAccess {}).refuses("suivi.connu");
}
