//! Given these agreements, these commands are due.

use case::{
    domain::case::*,
    reactions::{Agreements, Holding},
};
use serde_json::json;
use service::{Agenda as _, Due};
use testkit::scenario::{day, id};
use vocabulary::clock::start_of_day;

#[path = "rules/facts.rs"]
mod facts;
use facts::recorded;

/// What is due after these facts of case 42, from position 1.
fn due_after(facts: &[Event]) -> Vec<Due> {
    let mut state = Holding::default();
    for (position, fact) in (1..).zip(facts) {
        let fact = recorded(position, 42, Some(42), fact);
        assert_eq!(Agreements::key(&fact), Some(id(42)));
        Agreements::fold(&mut state, &fact).expect("it is understood");
        // What is kept is kept as JSON.
        let kept = serde_json::to_value(&state).expect("JSON");
        assert_eq!(serde_json::from_value::<Holding>(kept).expect("the same"), state);
    }
    Agreements::due(&state)
}

fn given(agreement: u128, until: &str) -> Event {
    AgreementGiven { agreement_id: id(agreement).to_string(), until_day: until.into(), ..Default::default() }
        .into()
}

fn expiry(agreement: u128, on: &str, cause: i64) -> Due {
    Due {
        target: id(42),
        at: start_of_day(day(on).0),
        command: "case.expire-agreement",
        body: json!({ "agreement_id": id(agreement), "expired_on": on }),
        cause,
    }
}

#[test]
fn an_agreement_expires_on_the_day_after_its_last_one() {
    assert_eq!(due_after(&[]), []);
    let facts = [given(10, "2027-03-01"), given(11, "2028-02-28")];
    assert_eq!(due_after(&facts), [expiry(10, "2027-03-02", 1), expiry(11, "2028-02-29", 2)]);
}

#[test]
fn the_day_begins_in_paris() {
    assert_eq!(due_after(&[given(10, "2027-06-30")])[0].at.to_string(), "2027-06-30T22:00:00Z");
    assert_eq!(due_after(&[given(10, "2027-01-31")])[0].at.to_string(), "2027-01-31T23:00:00Z");
}

#[test]
fn an_agreement_that_was_taken_back_or_has_expired_calls_for_nothing_more() {
    let withdrawn = AgreementWithdrawn { agreement_id: id(10).to_string(), ..Default::default() };
    let expired = AgreementExpired { agreement_id: id(10).to_string(), ..Default::default() };
    for ended in [Event::from(withdrawn), expired.into()] {
        let facts = [given(10, "2027-03-01"), given(11, "2027-03-01"), ended];
        assert_eq!(due_after(&facts), [expiry(11, "2027-03-02", 2)]);
    }
}

#[test]
fn a_renewal_has_a_clock_of_its_own() {
    let expired = AgreementExpired { agreement_id: id(10).to_string(), ..Default::default() };
    let facts = [given(10, "2027-03-01"), given(12, "2028-02-29"), expired.into()];
    assert_eq!(due_after(&facts), [expiry(12, "2028-03-01", 2)]);
}

#[test]
fn what_is_about_something_else_is_of_no_concern_and_what_makes_no_sense_is_refused() {
    let paused = recorded(1, 42, Some(42), &Event::from(CasePaused::default()));
    assert_eq!(Agreements::key(&paused), None);
    let senseless = recorded(1, 42, Some(42), &given(10, "bientôt"));
    assert_eq!(Agreements::fold(&mut Holding::default(), &senseless), Err("until_day is not a day".into()));
}
