//! A post is taken up by someone else: its handover opens by itself, once.

use case::{
    domain::handover::{Event, HandoverProposed, commands::ProposeHandover},
    reactions::handing::{Handing, Hands},
    views::{EmployersOfPost, Promised},
};
use contracts::{
    events,
    platform::v1::{EmployerContacted, EmployerLeadAssigned, EmployerLeadReleased, PostFilled, PostVacated},
};
use projections::document::View as _;
use service::{Agenda as _, Due};
use testkit::scenario::{day, id};
use vocabulary::clock::start_of_day;

use crate::facts::recorded;

#[derive(Clone)]
enum Told {
    Filled(u128, &'static str),
    Vacated(u128),
    /// To whom, if it is known.
    Proposed(Option<u128>),
}
use Told::*;

/// What is due on post 7 after these facts, from position 1 on.
fn due_after(told: &[Told]) -> Vec<Due> {
    let mut state = Hands::default();
    for (position, one) in (1..).zip(told) {
        let fact = match one {
            Filled(who, since) => {
                let filled = PostFilled {
                    professional_id: id(*who).to_string(),
                    since: (*since).into(),
                    ..Default::default()
                };
                recorded(position, 7, None, &events::Post::from(filled))
            }
            Vacated(who) => {
                let vacated = PostVacated { professional_id: id(*who).to_string(), ..Default::default() };
                recorded(position, 7, None, &events::Post::from(vacated))
            }
            Proposed(to) => {
                let proposed = HandoverProposed {
                    post_id: id(7).to_string(),
                    to_professional_id: to.map(|to| id(to).to_string()).unwrap_or_default(),
                    ..Default::default()
                };
                recorded(position, 90, None, &Event::from(proposed))
            }
        };
        assert_eq!(Handing::key(&fact), Some(id(7)));
        Handing::fold(&mut state, &fact).expect("it is understood");
        // What is kept is kept as JSON.
        let kept = serde_json::to_value(&state).expect("JSON");
        assert_eq!(serde_json::from_value::<Hands>(kept).expect("the same"), state);
    }
    Handing::due(&state)
}

const ON: &str = "2025-12-01";

#[test]
fn whoever_takes_up_a_post_after_someone_else_finds_its_handover_open() {
    let dues = due_after(&[Filled(5, ON), Vacated(5), Filled(6, ON)]);
    assert_eq!(dues.len(), 1);
    assert_eq!((dues[0].command, dues[0].cause), ("handover.propose", 3));
    let command: ProposeHandover = serde_json::from_value(dues[0].body.clone()).expect("a command");
    assert_eq!((command.post_id, command.to_professional_id), (id(7), None));
    assert_eq!(due_after(&[Filled(5, ON), Vacated(5), Filled(6, ON)]), dues, "the same one, whoever asks");
    let directly = due_after(&[Filled(5, ON), Filled(6, ON)]);
    assert_eq!(directly.len(), 1, "nobody said that the former one left");
    assert_ne!(directly[0].target, dues[0].target);
    let later = due_after(&[Filled(5, ON), Vacated(5), Filled(6, "2026-03-02")]);
    assert_eq!(later[0].at, start_of_day(day("2026-03-02").0), "on the day they come");
}

#[test]
fn it_opens_once_and_for_someone_new_only() {
    let taken_up = [Filled(5, ON), Vacated(5), Filled(6, ON)];
    let then = |more: &[Told]| due_after(&[&taken_up[..], more].concat()).len();
    assert_eq!(then(&[]), 1);
    assert_eq!(then(&[Proposed(Some(6))]), 0, "opened");
    assert_eq!(then(&[Vacated(6)]), 0, "gone before it opened");
    assert_eq!(then(&[Vacated(6), Filled(8, ON)]), 1, "for the next one");
    assert_eq!(then(&[Proposed(Some(6)), Vacated(6), Filled(8, ON)]), 1);
    assert_eq!(due_after(&[Filled(5, ON)]), [], "nobody before");
    assert_eq!(due_after(&[Filled(5, ON), Vacated(5), Filled(5, ON)]), [], "they came back");
    let ahead = [Filled(5, ON), Proposed(Some(6)), Vacated(5), Filled(6, ON)];
    assert_eq!(due_after(&ahead), [], "proposed before they came");
    let for_another = [Filled(5, ON), Proposed(Some(8)), Vacated(5), Filled(6, ON)];
    assert_eq!(due_after(&for_another).len(), 1);
}

#[test]
fn what_a_post_promised_employers_is_known_until_it_is_kept() {
    let (post, bakery, garage) = (id(7).to_string(), id(80), id(81));
    let mut promised = Promised::default();
    let mut tell = |fact: events::Employer| {
        let fact = recorded(1, 95, None, &fact);
        assert_eq!(EmployersOfPost::key(&fact), Some(id(7)));
        EmployersOfPost::fold(&mut promised, &fact).expect("it is understood");
        promised.clone()
    };
    let assigned = EmployerLeadAssigned {
        organisation_id: bakery.to_string(),
        post_id: post.clone(),
        until_day: "2027-02-28".into(),
        ..Default::default()
    };
    assert_eq!(tell(assigned.into()).leads, [(bakery, Some(day("2027-02-28").0))].into());
    let contacted = |next: &str| EmployerContacted {
        organisation_id: garage.to_string(),
        post_id: post.clone(),
        next_contact_on: next.into(),
        ..Default::default()
    };
    assert_eq!(tell(contacted("2026-12-08").into()).contacts, [(garage, day("2026-12-08").0)].into());
    assert_eq!(tell(contacted("").into()).contacts, [].into(), "called, and nothing more is promised");
    let released = EmployerLeadReleased {
        organisation_id: bakery.to_string(),
        post_id: post.clone(),
        ..Default::default()
    };
    assert_eq!(tell(released.into()).leads, [].into());
}
