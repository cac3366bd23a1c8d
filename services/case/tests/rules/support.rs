//! What is known beside the facts of an aggregate.

use contracts::{
    Facts,
    common::v1::Role,
    events,
    platform::v1::{PostFilled, PostOpened},
};
use service::Known;
use testkit::scenario::{day, id};

use crate::facts::recorded;

/// That stream of that case holds these facts.
pub fn stream<E: Facts>(number: u128, case: Option<u128>, facts: Vec<E>) -> impl FnOnce(&mut Known) {
    let facts = (1..).zip(&facts).map(|(n, fact)| recorded(n, number, case, fact)).collect();
    move |known| {
        known.streams.insert(id(number), facts);
    }
}

/// Another aggregate of case 42 holds these facts.
pub fn beside<E: Facts>(number: u128, facts: Vec<E>) -> impl FnOnce(&mut Known) {
    let facts = (1..).zip(&facts).map(|(n, fact)| recorded(n, number, Some(42), fact)).collect();
    move |known| known.of_case = facts
}

/// That post of that organisation is for that work; someone holds it, or nobody does.
pub fn held_post(number: u128, organisation: u128, role: Role, held: bool) -> impl FnOnce(&mut Known) {
    let opened =
        PostOpened { organisation_id: id(organisation).to_string(), role: role.into(), ..Default::default() };
    let filled = PostFilled { professional_id: id(number + 1_000).to_string(), ..Default::default() };
    let facts = [events::Post::from(opened)].into_iter().chain(held.then(|| filled.into())).collect();
    stream::<events::Post>(number, None, facts)
}

/// The case was closed that day.
pub fn closed_on(text: &str) -> impl Fn(&mut Known) {
    let day = day(text).0;
    move |known| {
        let case = known.case.as_mut().expect("there is a case");
        (case.open, case.closed_on) = (false, Some(day));
    }
}
