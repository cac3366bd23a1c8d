//! The PASS IAE: reported, suspended, prolonged.

use contracts::{Class, Facts as _};
use prescription::domain::pass::{Event, commands::*, others::Passes};

use super::*;

fn report(starts_on: &str, ends_on: Option<&str>, source: PassSource) -> ReportPassIae {
    ReportPassIae {
        number: String::new(),
        starts_on: day(starts_on),
        ends_on: ends_on.map(day),
        state: None,
        source: Word(source),
    }
}

fn suspend(from: &str, until: &str) -> SuspendPassIae {
    SuspendPassIae {
        suspended_from: day(from),
        until: day(until),
        reason: Word(SuspensionReason::CONTRACT_BROKEN),
        ends_on: None,
        comment: String::new(),
    }
}

fn prolong(until: &str, reason: ProlongationReason) -> ProlongPassIae {
    ProlongPassIae { until: day(until), reason: Word(reason), decided_on: None }
}

/// From 1 January 2026 to 31 December 2027, as Les emplois says.
fn known() -> Event {
    PassIaeReported {
        starts_on: "2026-01-01".into(),
        ends_on: "2027-12-31".into(),
        state: PassState::PASS_VALID.into(),
        source: PassSource::LES_EMPLOIS.into(),
        ..Default::default()
    }
    .into()
}

/// Suspended from 1 to 30 June 2026: the end moves by 30 days.
fn suspended() -> Event {
    PassIaeSuspended {
        suspended_from: "2026-06-01".into(),
        until: "2026-06-30".into(),
        ends_on: "2028-01-30".into(),
        ..Default::default()
    }
    .into()
}

fn reported(facts: Vec<Event>) -> PassIaeReported {
    match facts.into_iter().next() {
        Some(Event::PassIaeReported(reported)) => reported,
        other => panic!("{other:?}"),
    }
}

fn suspension(facts: Vec<Event>) -> PassIaeSuspended {
    match facts.into_iter().next() {
        Some(Event::PassIaeSuspended(suspended)) => suspended,
        other => panic!("{other:?}"),
    }
}

fn les_emplois() -> Actor {
    Actor::system("les-emplois")
}

#[test]
fn a_pass_runs_730_days_with_its_last_day() {
    for (starts_on, ends_on) in
        [("2026-01-01", "2027-12-31"), ("2027-06-01", "2029-05-30"), ("2024-02-29", "2026-02-27")]
    {
        let command = report(starts_on, None, PassSource::DECLARED);
        let told = reported(Scenario::nothing().when(&command).states(&["PassIaeReported"]));
        assert_eq!((told.ends_on.as_str(), told.computed_ends_on.as_str()), (ends_on, ""));
    }
}

#[test]
fn the_date_of_les_emplois_stands_and_ours_is_beside_it() {
    let command = report("2027-06-01", Some("2029-05-31"), PassSource::LES_EMPLOIS);
    for scenario in [Scenario::nothing(), Scenario::nothing().by(les_emplois())] {
        let told = reported(scenario.when(&command).states(&["PassIaeReported"]));
        assert_eq!((told.ends_on.as_str(), told.computed_ends_on.as_str()), ("2029-05-31", "2029-05-30"));
    }
    let told = report("2027-06-01", Some("2029-05-31"), PassSource::DECLARED);
    let facts = Scenario::nothing().when(&told).states_with_warnings(&["PassIaeReported"], &["pass.duree"]);
    assert_eq!(reported(facts).ends_on, "2029-05-31");
}

#[test]
fn where_it_stands_follows_from_the_dates_unless_it_is_said() {
    let on = |facts: Vec<Event>, today: &str| {
        let again = UpdatePassIae(report("2026-01-01", Some("2028-01-30"), PassSource::LES_EMPLOIS));
        reported(Scenario::given(facts).on(today).when(&again).states(&["PassIaeReported"])).state.as_known()
    };
    assert_eq!(on(vec![], "2025-12-31"), Some(PassState::PASS_FUTURE));
    assert_eq!(on(vec![], "2026-01-01"), Some(PassState::PASS_VALID));
    assert_eq!(on(vec![known(), suspended()], "2026-06-30"), Some(PassState::PASS_SUSPENDED));
    assert_eq!(on(vec![], "2028-01-30"), Some(PassState::PASS_VALID));
    assert_eq!(on(vec![], "2028-01-31"), Some(PassState::PASS_EXPIRED));
    let said = ReportPassIae {
        state: Some(Word(PassState::PASS_EXPIRED)),
        ..report("2026-01-01", None, PassSource::LES_EMPLOIS)
    };
    let told = reported(Scenario::nothing().when(&said).states(&["PassIaeReported"]));
    assert_eq!(told.state.as_known(), Some(PassState::PASS_EXPIRED));
}

#[test]
fn a_number_has_twelve_signs_and_is_never_in_clear() {
    let with = |number: &str| ReportPassIae {
        number: number.into(),
        ..report("2026-01-01", None, PassSource::ATTESTATION)
    };
    let mut digests = Vec::new();
    for number in ["999991234567", "xxxxx 12 34567", "XXXXX1234567"] {
        let facts = Scenario::nothing().when(&with(number)).states(&["PassIaeReported"]);
        let (kind, bytes) = facts[0].encode();
        let split = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact");
        let classes: BTreeSet<_> = split.personal.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, BTreeSet::from([Class::Social]));
        let fact = reported(facts);
        assert_eq!((fact.number.as_str(), fact.number_digest.len()), ("", 32), "a digest only");
        digests.push(fact.number_digest);
    }
    assert!(digests[0] != digests[1] && digests[1] == digests[2], "blanks and capitals aside: {digests:?}");
    let elsewhere = Scenario::nothing().knowing(|known| known.case = Some(testkit::scenario::open_case(43)));
    let other = reported(elsewhere.when(&with("999991234567")).states(&["PassIaeReported"]));
    assert_ne!(other.number_digest, digests[0], "nor does it tell that two people are one");
    for number in ["99999123456", "9999912345678", "99999-123456", "99999123456é"] {
        let decided = Scenario::nothing().when(&with(number));
        let refusal = decided.result.as_ref().expect_err("it is refused");
        assert!(!refusal.detail.contains(number), "nothing personal is repeated");
        decided.refuses("pass.numero");
        Scenario::nothing().by(les_emplois()).when(&with(number)).states(&["PassIaeReported"]);
    }
}

#[test]
fn what_is_known_is_told_once_and_again_when_it_changes() {
    let again = |ends_on| UpdatePassIae(report("2026-01-01", Some(ends_on), PassSource::LES_EMPLOIS));
    let scenario = || Scenario::given([known()]).on("2026-03-02");
    scenario().when(&again("2027-12-31")).states(&[]);
    scenario().when(&again("2028-03-31")).states(&["PassIaeReported"]);
    let mut numbered = again("2027-12-31");
    numbered.0.number = "999991234567".into();
    scenario().when(&numbered).states(&["PassIaeReported"]);
    let backwards = again("2025-12-31");
    scenario().when(&backwards).refuses("pass.dates");
    scenario().by(les_emplois()).when(&backwards).states(&["PassIaeReported"]);
}

#[test]
fn a_suspension_moves_the_end_by_its_own_length() {
    let facts = Scenario::given([known()]).when(&suspend("2026-06-01", "2026-06-30"));
    let told = suspension(facts.states(&["PassIaeSuspended"]));
    assert_eq!((told.ends_on.as_str(), told.computed_ends_on.as_str()), ("2028-01-30", ""));
    let les_emplois =
        SuspendPassIae { ends_on: Some(day("2028-02-01")), ..suspend("2026-06-01", "2026-06-30") };
    let told = suspension(Scenario::given([known()]).when(&les_emplois).states(&["PassIaeSuspended"]));
    assert_eq!((told.ends_on.as_str(), told.computed_ends_on.as_str()), ("2028-02-01", "2028-01-30"));
}

#[test]
fn a_suspension_said_again_corrects_the_first_when_the_person_comes_back_earlier() {
    let facts = || Scenario::given([known(), suspended()]);
    let told = suspension(facts().when(&suspend("2026-06-01", "2026-06-10")).states(&["PassIaeSuspended"]));
    assert_eq!(told.ends_on, "2028-01-10");
    facts().when(&suspend("2026-06-01", "2026-06-30")).states(&[]);
    let words =
        SuspendPassIae { comment: "Reprise en juillet".into(), ..suspend("2026-06-01", "2026-06-30") };
    facts().when(&words).states(&["PassIaeSuspended"]);
    let after = PassIaeSuspended {
        suspended_from: "2026-06-01".into(),
        until: "2026-06-10".into(),
        ends_on: "2028-01-10".into(),
        ..Default::default()
    };
    let told =
        Scenario::given([known(), suspended(), after.into()]).when(&suspend("2026-09-01", "2026-09-10"));
    assert_eq!(suspension(told.states(&["PassIaeSuspended"])).ends_on, "2028-01-20");
}

#[test]
fn a_suspension_begins_within_the_pass_ends_after_it_began_and_covers_no_other() {
    let given = || Scenario::given([known(), suspended()]);
    given().when(&suspend("2026-09-10", "2026-09-09")).refuses("pass.dates");
    given().when(&suspend("2025-12-31", "2026-02-01")).refuses("pass.dates");
    given().when(&suspend("2028-01-31", "2028-02-01")).refuses("pass.dates");
    given().when(&suspend("2026-05-20", "2026-06-01")).refuses("pass.suspensions");
    given().when(&suspend("2026-06-30", "2026-07-01")).refuses("pass.suspensions");
    given().when(&suspend("2026-05-20", "2026-05-31")).states(&["PassIaeSuspended"]);
    given().when(&suspend("2026-07-01", "2026-07-31")).states(&["PassIaeSuspended"]);
    for odd in [suspend("2026-06-30", "2026-07-01"), suspend("2025-12-31", "2026-02-01")] {
        given().by(les_emplois()).when(&odd).states(&["PassIaeSuspended"]);
    }
}

#[test]
fn a_long_or_a_late_suspension_is_a_warning_and_no_more() {
    let given = || Scenario::given([known()]);
    let fact = &["PassIaeSuspended"];
    given().when(&suspend("2026-06-01", "2029-05-31")).states(fact);
    given().when(&suspend("2026-06-01", "2029-06-01")).states_with_warnings(fact, &["pass.suspension-duree"]);
    given().on("2027-06-01").when(&suspend("2026-06-01", "2026-06-30")).states(fact);
    given()
        .on("2027-06-02")
        .when(&suspend("2026-06-01", "2026-06-30"))
        .states_with_warnings(fact, &["pass.suspension-tardive"]);
}

#[test]
fn a_pass_is_prolonged_from_the_day_after_its_end() {
    let facts = Scenario::given([known()])
        .on("2027-11-02")
        .when(&prolong("2028-12-30", ProlongationReason::COMPLETE_TRAINING))
        .states(&["PassIaeProlonged"]);
    let Event::PassIaeProlonged(told) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((told.prolonged_from.as_str(), told.until.as_str()), ("2028-01-01", "2028-12-30"));
    let given = || Scenario::given([known(), facts[0].clone()]).on("2027-11-02");
    given().when(&prolong("2028-12-30", ProlongationReason::COMPLETE_TRAINING)).states(&[]);
    given().when(&prolong("2028-12-29", ProlongationReason::COMPLETE_TRAINING)).refuses("pass.dates");
    let told_by_the_tool = given().by(les_emplois()).when(&prolong("2028-06-30", ProlongationReason::SENIOR));
    told_by_the_tool.states(&["PassIaeProlonged"]);
    let again = UpdatePassIae(report("2026-01-01", None, PassSource::ATTESTATION));
    let counted = reported(given().when(&again).states(&["PassIaeReported"]));
    assert_eq!(counted.ends_on, "2028-12-30", "730 days and the 365 of the prolongation");
}

#[test]
fn a_rqth_as_a_reason_is_kept_among_health_matters() {
    for (reason, class) in
        [(ProlongationReason::RQTH, Class::Health), (ProlongationReason::SENIOR, Class::Social)]
    {
        let facts = Scenario::given([known()])
            .on("2027-11-02")
            .when(&prolong("2028-12-30", reason))
            .states(&["PassIaeProlonged"]);
        let (kind, bytes) = facts[0].encode();
        let split = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact");
        let classes: BTreeSet<_> = split.personal.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, BTreeSet::from([class]));
    }
}

#[test]
fn a_long_an_early_or_a_late_prolongation_is_a_warning_and_no_more() {
    use ProlongationReason::{COMPLETE_TRAINING, PARTICULAR_DIFFICULTIES, RQTH, SENIOR, SENIOR_CDI};
    let asked = |today: &str, until: &str, reason| {
        Scenario::given([known()]).on(today).when(&prolong(until, reason)).warnings
    };
    for (today, warnings) in [
        ("2026-12-31", &["pass.prolongation-moment"][..]),
        ("2027-01-01", &[]),
        ("2028-06-30", &[]),
        ("2028-07-01", &["pass.prolongation-moment"]),
    ] {
        assert_eq!(asked(today, "2028-12-30", SENIOR), warnings, "{today}");
    }
    for (until, reason, warnings) in [
        ("2028-12-30", RQTH, &[][..]),
        ("2028-12-31", RQTH, &["pass.prolongation-duree"]),
        ("2028-12-31", COMPLETE_TRAINING, &["pass.prolongation-duree"]),
        ("2037-12-28", SENIOR_CDI, &[]),
        ("2037-12-29", SENIOR_CDI, &["pass.prolongation-duree"]),
    ] {
        assert_eq!(asked("2027-11-02", until, reason), warnings, "{until} {reason:?}");
    }
    // Three times for particular difficulties, five from 50 years on, as often as needed for a training.
    let three: Event = PassIaeProlonged {
        prolonged_from: "2028-01-01".into(),
        until: "2030-12-30".into(),
        ..Default::default()
    }
    .into();
    let fourth = |reason| {
        let given = Scenario::given([known(), three.clone()]).on("2030-12-01");
        given.when(&prolong("2031-12-30", reason)).warnings
    };
    assert_eq!(fourth(PARTICULAR_DIFFICULTIES), ["pass.prolongation-duree"]);
    assert_eq!(fourth(SENIOR), Vec::<&str>::new());
    assert_eq!(fourth(COMPLETE_TRAINING), Vec::<&str>::new());
}

#[test]
fn a_suspension_happens_on_its_first_day_and_a_prolongation_when_it_is_decided() {
    assert_eq!(suspend("2026-06-01", "2026-06-30").occurred_on(), Some(day("2026-06-01").0));
    let decided = ProlongPassIae {
        decided_on: Some(day("2027-11-02")),
        ..prolong("2028-01-01", ProlongationReason::SENIOR)
    };
    assert_eq!(decided.occurred_on(), Some(day("2027-11-02").0));
    let body = r#"{ "starts_on": "2026-01-01", "source": "LES_EMPLOIS" }"#;
    serde_json::from_str::<UpdatePassIae>(body).expect("the same body as the first time");
    let unknown = r#"{ "starts_on": "2026-01-01", "source": "LES_EMPLOIS", "nir": "1" }"#;
    serde_json::from_str::<UpdatePassIae>(unknown).expect_err("nothing is passed over");
}

/// The person has another PASS, in their stream 55, from 1 January 2026 to 31 December 2027.
fn beside() -> impl FnOnce(&mut Known) {
    let mut others = Passes::default();
    others.apply(id(55), &known());
    move |known| known.document = serde_json::to_value(others).ok()
}

#[test]
fn a_person_has_one_pass_at_a_time() {
    let with = |starts_on: &str, ends_on: &str| {
        let command = report(starts_on, Some(ends_on), PassSource::LES_EMPLOIS);
        Scenario::nothing().knowing(beside()).when(&command)
    };
    with("2027-12-31", "2029-12-29").refuses("pass.un-seul");
    with("2024-01-03", "2026-01-01").refuses("pass.un-seul");
    with("2026-01-01", "2027-12-31").refuses("pass.un-seul");
    with("2028-01-01", "2029-12-30").states(&["PassIaeReported"]);
    with("2024-01-02", "2025-12-31").states(&["PassIaeReported"]);

    let earlier: Event = PassIaeReported {
        starts_on: "2023-01-01".into(),
        ends_on: "2024-12-30".into(),
        ..Default::default()
    }
    .into();
    let given = || Scenario::given([earlier.clone()]).knowing(beside());
    let moved = UpdatePassIae(report("2025-06-01", None, PassSource::DECLARED));
    given().when(&moved).refuses("pass.un-seul");
    given().when(&prolong("2026-01-01", ProlongationReason::SENIOR)).refuses("pass.un-seul");
    given()
        .when(&prolong("2025-12-30", ProlongationReason::SENIOR))
        .states_with_warnings(&["PassIaeProlonged"], &["pass.prolongation-moment"]);
    let until = SuspendPassIae { ends_on: Some(day("2026-02-01")), ..suspend("2024-06-01", "2024-06-30") };
    given().when(&until).refuses("pass.un-seul");
    // Its own days are no other PASS's.
    let mut own = Passes::default();
    own.apply(id(99), &known());
    let told = UpdatePassIae(report("2026-01-05", None, PassSource::ATTESTATION));
    let knowing = |known: &mut Known| known.document = serde_json::to_value(own).ok();
    Scenario::given([known()]).knowing(knowing).when(&told).states(&["PassIaeReported"]);
}

#[test]
fn what_the_authority_says_of_two_stands_and_is_noted() {
    let command = report("2027-01-01", Some("2028-12-30"), PassSource::LES_EMPLOIS);
    let facts = Scenario::nothing().by(les_emplois()).knowing(beside()).when(&command);
    let told = reported(facts.states(&["PassIaeReported"]));
    assert_eq!(told.overlapping_pass_id.parse(), Ok(id(55)));
    let alone = Scenario::nothing().by(les_emplois()).when(&command).states(&["PassIaeReported"]);
    assert_eq!(reported(alone).overlapping_pass_id, "");
}

#[test]
fn the_days_of_a_pass_are_those_last_told() {
    let mut all = Passes::default();
    let first = |all: &Passes| all.items[&id(1)];
    all.apply(id(1), &known());
    all.apply(id(1), &suspended());
    assert_eq!(first(&all), (day("2026-01-01").0, day("2028-01-30").0));
    let prolonged = PassIaeProlonged { until: "2029-01-29".into(), ..Default::default() };
    all.apply(id(1), &prolonged.into());
    assert_eq!(first(&all).1, day("2029-01-29").0);
    assert_eq!(all.overlapping(id(2), day("2029-01-29").0, day("2029-02-01").0), Some(id(1)));
    assert_eq!(all.overlapping(id(2), day("2029-01-30").0, day("2029-02-01").0), None);
    assert_eq!(all.overlapping(id(1), day("2026-01-01").0, day("2029-02-01").0), None);
}
