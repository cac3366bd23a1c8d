//! What the person would like to do.

use case::domain::wish::{commands::*, *};
use contracts::Word;
use testkit::scenario::{Scenario, day};

use crate::support::closed_on;

fn wishing(kinds: &[WishKind]) -> Wishing {
    Wishing { kinds: kinds.iter().copied().map(Word).collect(), ..Wishing::default() }
}

fn express(wish: Wishing) -> ExpressWish {
    ExpressWish { expressed_on: Some(day("2026-03-02")), wish, support: " cours de français ".into() }
}

fn job(rome_code: &str, label: &str) -> Wishing {
    let job = WishedJob { rome_code: rome_code.into(), label: label.into() };
    Wishing { jobs: vec![job], ..wishing(&[WishKind::EMPLOI]) }
}

fn expressed() -> Event {
    WishExpressed { expressed_on: "2026-03-02".into(), ..Default::default() }.into()
}

fn aside() -> Vec<Event> {
    vec![expressed(), WishSetAside::default().into()]
}

fn nothing() -> Scenario<Event> {
    Scenario::nothing()
}

#[test]
fn the_person_says_what_they_would_like() {
    let wish = Wishing {
        naf_codes: ["C", "81", "81.21Z", "8121Z"].map(String::from).to_vec(),
        min_weekly_minutes: 600,
        max_weekly_minutes: 1_200,
        distance_km: 15,
        commune_code: "30007".into(),
        words: " travailler dehors ".into(),
        ..job("A1414", "taille des oliviers")
    };
    let facts = nothing().when(&express(wish)).states(&["WishExpressed"]);
    let Event::WishExpressed(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.expressed_on, "2026-03-02");
    assert!(!stated.not_for_now);
    assert_eq!(stated.support, "cours de français");
    assert_eq!(stated.wish.kinds, [WishKind::EMPLOI]);
    assert_eq!(stated.wish.jobs[0].rome_code, "A1414");
    assert_eq!((stated.wish.min_weekly_minutes, stated.wish.max_weekly_minutes), (600, 1_200));
    assert_eq!((&*stated.wish.commune_code, stated.wish.distance_km), ("30007", 15));
    assert_eq!(stated.wish.words, "travailler dehors");
}

#[test]
fn not_to_wish_to_work_for_now_is_a_wish_like_another() {
    for kinds in
        [&[WishKind::PAS_POUR_L_INSTANT][..], &[WishKind::ETRE_BENEVOLE, WishKind::PAS_POUR_L_INSTANT]]
    {
        let facts = nothing().when(&express(wishing(kinds))).states(&["WishExpressed"]);
        let Event::WishExpressed(stated) = &facts[0] else { panic!("{facts:?}") };
        assert!(stated.not_for_now, "a trace: prompts stay silent");
    }
    let now = ReviseWish { revised_on: None, wish: wishing(&[WishKind::EMPLOI]), support: String::new() };
    let facts = Scenario::given([expressed()]).when(&now).states(&["WishRevised"]);
    let Event::WishRevised(stated) = &facts[0] else { panic!("{facts:?}") };
    assert!(!stated.not_for_now);
}

#[test]
fn a_wish_says_something() {
    nothing().when(&express(Wishing::default())).refuses("envie.contenu");
    let words = Wishing { words: "je ne sais pas encore".into(), ..Wishing::default() };
    nothing().when(&express(words)).states(&["WishExpressed"]);
}

#[test]
fn jobs_sectors_and_communes_are_written_as_their_nomenclatures_write_them() {
    for wrong in ["O1101", "A110", "A11011", "a1101", "1101A", "A11O1"] {
        nothing().when(&express(job(wrong, ""))).refuses("envie.rome");
    }
    for right in ["A1101", "N4105"] {
        nothing().when(&express(job(right, ""))).states(&["WishExpressed"]);
    }
    nothing().when(&express(job("", " "))).refuses("envie.metier");
    nothing().when(&express(job("", "cuisine"))).states(&["WishExpressed"]);
    for wrong in ["V", "8", "812", "81.2Z", "8.121Z", "81-21Z", ""] {
        let wish = Wishing { naf_codes: vec![wrong.into()], ..wishing(&[WishKind::EMPLOI]) };
        nothing().when(&express(wish)).refuses("envie.naf");
    }
    for (code, known) in
        [("30007", true), ("2A004", true), ("97411", true), ("3000", false), ("2C004", false)]
    {
        let wish = Wishing { commune_code: code.into(), ..wishing(&[WishKind::EMPLOI]) };
        let decided = nothing().when(&express(wish));
        if known { drop(decided.states(&["WishExpressed"])) } else { decided.refuses("envie.commune") }
    }
}

#[test]
fn the_hours_wished_for_go_from_the_least_to_the_most() {
    let hours = |least, most| {
        let wish = wishing(&[WishKind::EMPLOI]);
        express(Wishing { min_weekly_minutes: least, max_weekly_minutes: most, ..wish })
    };
    nothing().when(&hours(1_200, 600)).refuses("envie.heures");
    nothing().when(&hours(0, 48 * 60 + 1)).refuses("envie.heures");
    nothing().when(&hours(48 * 60 + 1, 0)).refuses("envie.heures");
    nothing().when(&hours(1_200, 0)).states(&["WishExpressed"]);
    nothing().when(&hours(1_200, 1_200)).states(&["WishExpressed"]);
}

#[test]
fn a_wish_is_revised_until_it_is_set_aside_and_another_may_follow() {
    let revise = |on: &str| ReviseWish {
        revised_on: Some(day(on)),
        wish: wishing(&[WishKind::FORMATION]),
        support: String::new(),
    };
    let set_aside = |on: &str| SetWishAside { set_aside_on: Some(day(on)), comment: String::new() };
    let given = || Scenario::given([expressed()]);
    given().when(&revise("2026-03-02")).states(&["WishRevised"]);
    given().when(&revise("2026-03-01")).refuses("envie.dates");
    let empty = ReviseWish { wish: Wishing::default(), ..revise("2026-03-02") };
    given().when(&empty).refuses("envie.contenu");
    given().when(&set_aside("2026-04-01")).states(&["WishSetAside"]);
    given().when(&set_aside("2026-03-01")).refuses("envie.dates");
    Scenario::given(aside()).when(&set_aside("2026-04-01")).states(&[]);
    Scenario::given(aside()).when(&revise("2026-04-01")).refuses("envie.de-cote");
    nothing().when(&express(wishing(&[WishKind::EMPLOI]))).states(&["WishExpressed"]);
}

#[test]
fn a_wish_of_before_the_closing_is_still_told() {
    let wish = || express(wishing(&[WishKind::EMPLOI]));
    nothing().knowing(closed_on("2026-03-01")).when(&wish()).refuses("dossier.clos");
    nothing().knowing(closed_on("2026-03-02")).when(&wish()).states(&["WishExpressed"]);
}
