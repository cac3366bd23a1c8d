//! How long the policies take: a decision, what a page of a case asks, what a list of 50 asks.
//! `cargo run --release -p access --example decisions`

use std::time::{Duration, Instant};

use access::{Actor, Agreement, Asking, CaseView, Policies};
use contracts::{
    Class,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind, Role},
};
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

const TIMES: usize = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policies = Policies::load(None)?;
    let now: Timestamp = "2026-11-23T11:00:00Z".parse()?;
    let today = vocabulary::clock::day_in_paris(now);
    let ours = Uuid::from_u128(1);
    let actor = Actor {
        role: Role::REFERENT_SOCIAL,
        professional_id: Some(Uuid::from_u128(2)),
        post_id: Some(Uuid::from_u128(3)),
        organisation_id: Some(ours),
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    };
    let agreement = Agreement {
        id: Uuid::from_u128(4),
        organisation_id: ours,
        classes: Class::PERSONAL.to_vec(),
        purposes: vec![SharingPurpose::ACCOMPAGNEMENT, SharingPurpose::CANDIDATURE],
        from: today,
        until: today.saturating_add(100.days()),
    };
    let case = CaseView {
        in_circle: true,
        structure_id: ours,
        on_platform: true,
        organisation: Asking::of_kind(OrganisationKind::CHRS),
        agreements: vec![agreement.clone(), agreement],
        emergency_until: Some(now + 30.minutes()),
        ..CaseView::stranger(now)
    };
    println!("policies {}, {TIMES} times each", policies.digest());
    let ask = |name| policies.decide(&actor, name, Some(&case)).is_ok();
    report("may state in a case (two decisions)", TIMES, || ask("diagnostic.start"));
    report("may read a case (two decisions)", TIMES, || ask("case.read"));
    report("may open a page (one decision)", TIMES, || policies.decide(&actor, "home.read", None).is_ok());
    report("may read a class (one decision)", TIMES, || {
        policies.view(&actor, &case, Class::Health, None).is_ok()
    });
    report("a page of a case", TIMES / 10, || {
        ask("case.read")
            && policies.view(&actor, &case, Class::Note, actor.post_id).is_ok()
            && !policies.classes(&actor, &case).is_empty()
    });
    report("a list of 50 names", TIMES / 50, || {
        (0..50).all(|_| policies.view(&actor, &case, Class::Identity, None).is_ok())
    });
    report("a list of 50 cases, all their classes", TIMES / 100, || {
        (0..50).all(|_| ask("case.read") && !policies.classes(&actor, &case).is_empty())
    });
    Ok(())
}

fn report(what: &str, times: usize, mut act: impl FnMut() -> bool) {
    let mut all: Vec<Duration> = (0..times)
        .map(|_| {
            let started = Instant::now();
            assert!(act(), "{what} is allowed");
            started.elapsed()
        })
        .collect();
    all.sort_unstable();
    let micros = |place: usize| all[place.min(times - 1)].as_secs_f64() * 1e6;
    let (p50, p99) = (micros(times / 2), micros(times * 99 / 100));
    println!("{what:<40} p50 {p50:>9.1} µs   p99 {p99:>9.1} µs");
}
