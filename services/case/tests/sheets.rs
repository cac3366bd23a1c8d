//! A sheet that wrong codes ended is stated to be closed, once.

use std::collections::HashSet;

use access::OwnCase;
use case::{domain::case::*, sheets};
use contracts::events;
use jiff::ToSpan as _;
use testkit::{ground::Ground, scenario::id};
use vocabulary::Clock as _;

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_close_the_sheet_and_the_circle_knows_it() {
    let ground = Ground::of(case::service(), "2026-11-23T09:00:00Z").await;
    let (case, runtime, now) = (id(10), &ground.runtime, ground.clock.now());
    let opened =
        CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-03-02".into(), ..Default::default() };
    let mut facts: Vec<events::Case> = vec![opened.into()];
    for access in [20, 21] {
        let sheet = OwnAccessOpened {
            access_id: id(access).to_string(),
            opened_on: "2026-11-23".into(),
            until_day: "2027-02-20".into(),
            ..Default::default()
        };
        facts.push(sheet.into());
    }
    ground.append(case, Some(case), None, facts).await;
    let hand = async |access: u128| {
        let own = OwnCase { case_id: case, access_id: id(access) };
        runtime.tokens.hand_over(own, now, now + (24 * 30).hours()).await.expect("handed").expect("once")
    };
    let (tried, other) = (hand(20).await, hand(21).await);
    let wrong = if tried.code == "000000" { "111111" } else { "000000" };
    let mut stated = HashSet::new();
    for _ in 0..4 {
        runtime.tokens.enter_own(&tried.secret, wrong, now).await.expect("tried");
        sheets::state(runtime, &mut stated).await.expect("looked");
    }
    assert!(stated.is_empty(), "four are a slip");
    runtime.tokens.enter_own(&tried.secret, wrong, now).await.expect("tried");
    drop(other);
    // A process that begins again states nothing twice.
    for mut stated in [HashSet::new(), HashSet::new()] {
        sheets::state(runtime, &mut stated).await.expect("stated");
    }
    let facts = runtime.journal.stream(case, 1).await.expect("facts");
    let closed = facts.iter().filter_map(|fact| match fact.trace() {
        Ok(events::Case::OwnAccessClosed(closed)) => Some((closed.access_id, closed.reason)),
        _ => None,
    });
    let closed: Vec<_> = closed.collect();
    assert_eq!(closed, [(id(20).to_string(), OwnAccessEnd::WRONG_CODES.into())]);
}
