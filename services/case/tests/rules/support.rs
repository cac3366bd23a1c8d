//! What is known beside the facts of an aggregate.

use contracts::Facts;
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

/// The case was closed that day.
pub fn closed_on(text: &str) -> impl Fn(&mut Known) {
    let day = day(text).0;
    move |known| {
        let case = known.case.as_mut().expect("there is a case");
        (case.open, case.closed_on) = (false, Some(day));
    }
}
