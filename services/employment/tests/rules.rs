//! Given these facts, when this is asked, then these facts or that refusal.

use contracts::{
    Facts as _, Recorded, Word,
    common::v1::{OrganisationKind, Role},
    events,
    prescription::v1::PrescriptionSent,
};
use employment::domain::{commands::*, *};
use service::Known;
use testkit::scenario::{Scenario, actor, day, id, organisation};
use vocabulary::clock::start_of_day;

#[path = "rules/staying.rs"]
mod staying;

const MONDAY: &str = "2026-11-02";

fn started() -> EmploymentStarted {
    EmploymentStarted {
        employer_id: id(5).to_string(),
        contract: ContractKind::CDDI.into(),
        weekly_minutes: 26 * 60,
        started_on: MONDAY.into(),
        ..Default::default()
    }
}

/// A prescription of that case, sent to that organisation, as the journal gives it.
fn prescribed(case: u128, to: u128) -> Recorded {
    let sent = PrescriptionSent { addressee_id: id(to).to_string(), ..Default::default() };
    let (kind, payload) = events::Prescription::from(sent).encode();
    Recorded {
        position: 1,
        stream_id: id(80),
        version: 1,
        kind,
        event_id: id(9_000),
        case_id: Some(id(case)),
        occurred_on: day(MONDAY).0,
        recorded_at: start_of_day(day(MONDAY).0),
        command_id: id(9_001),
        metadata: Vec::new(),
        payload,
    }
}

fn start(contract: ContractKind) -> StartEmployment {
    StartEmployment {
        contract: Word(contract),
        weekly_minutes: 26 * 60,
        started_on: Some(day(MONDAY)),
        ends_on: Some(day("2027-06-30")),
        programme: None,
        employer_id: Some(id(5)),
        employer_name: String::new(),
        job: None,
        came_from_id: None,
        planned_hours: Vec::new(),
        linked_activity_id: None,
    }
}

fn hours(hours: u32) -> ChangeHours {
    ChangeHours { weekly_minutes: hours * 60, from_day: Some(day("2026-11-16")) }
}

fn end(ended_on: &str) -> EndEmployment {
    EndEmployment {
        ended_on: Some(day(ended_on)),
        reason: Word(EndReason::NEW_JOB),
        comment: "Une autre place".into(),
    }
}

/// The employer is an organisation of that kind.
fn employer(kind: OrganisationKind) -> impl FnOnce(&mut Known) {
    move |known| organisation(known, 5, kind)
}

/// The person had these contracts before: each with its stream, CDDI of organisation 5.
fn before(contracts: &[(u128, &str, &str)]) -> impl FnOnce(&mut Known) {
    let facts = contracts.iter().zip(1..).flat_map(|((stream, first, last), at)| {
        let began = EmploymentStarted { started_on: (*first).into(), ends_on: (*last).into(), ..started() };
        let (kind, payload) = Event::from(began).encode();
        [Recorded { position: at, stream_id: id(*stream), kind, payload, ..prescribed(42, 5) }]
    });
    let facts: Vec<Recorded> = facts.collect();
    move |known| known.of_case = facts
}

/// Begins, with an employer of that kind.
fn starting(kind: OrganisationKind, command: &StartEmployment) -> testkit::scenario::Decided<Event> {
    Scenario::nothing().knowing(employer(kind)).when(command)
}

fn warned(kind: OrganisationKind, command: &StartEmployment) -> Vec<&'static str> {
    let decided = starting(kind, command);
    assert!(decided.result.is_ok(), "{:?}", decided.result);
    decided.warnings
}

#[test]
fn work_begins_with_an_employer_that_jalon_knows() {
    let command = StartEmployment {
        job: Some(Job { rome_code: "A1203".into(), label: "Entretien des espaces verts".into() }),
        came_from_id: Some(id(33)),
        ..start(ContractKind::CDDI)
    };
    let facts = starting(OrganisationKind::ACI, &command).states(&["EmploymentStarted"]);
    let Event::EmploymentStarted(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(fact.employer_id, id(5).to_string());
    assert_eq!((fact.started_on.as_str(), fact.ends_on.as_str()), (MONDAY, "2027-06-30"));
    assert_eq!(fact.weekly_minutes, 1560);
    assert_eq!(fact.came_from_id, id(33).to_string());
    assert_eq!(fact.job.as_option().map(|job| job.rome_code.as_str()), Some("A1203"));
}

#[test]
fn work_begins_with_an_employer_that_is_only_named_and_no_term() {
    let command = StartEmployment {
        employer_id: None,
        employer_name: " Les Jardins du Mas ".into(),
        started_on: None,
        ends_on: None,
        ..start(ContractKind::CDI)
    };
    let facts = Scenario::nothing().when(&command).states(&["EmploymentStarted"]);
    let Event::EmploymentStarted(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(fact.employer_name, "Les Jardins du Mas");
    assert_eq!((fact.started_on.as_str(), fact.ends_on.as_str()), ("2026-11-23", ""));
}

#[test]
fn no_diagnostic_is_asked_for_before_work_begins() {
    let command = StartEmployment { came_from_id: None, ..start(ContractKind::CDI) };
    starting(OrganisationKind::ENTREPRISE, &command).states(&["EmploymentStarted"]);
}

#[test]
fn an_employer_is_known_or_named() {
    let nobody = StartEmployment { employer_id: None, employer_name: " ".into(), ..start(ContractKind::CDI) };
    Scenario::nothing().when(&nobody).refuses("emploi.employeur");
    let unknown = StartEmployment { employer_name: "Un nom".into(), ..start(ContractKind::CDI) };
    Scenario::nothing().when(&unknown).refuses("emploi.employeur");
}

#[test]
fn a_contract_does_not_end_before_it_begins_but_may_last_one_day() {
    let backwards = StartEmployment { ends_on: Some(day("2026-11-01")), ..start(ContractKind::CDD) };
    starting(OrganisationKind::ENTREPRISE, &backwards).refuses("emploi.dates");
    let one_day = StartEmployment { ends_on: Some(day(MONDAY)), ..start(ContractKind::CDD) };
    starting(OrganisationKind::ENTREPRISE, &one_day).states(&["EmploymentStarted"]);
}

#[test]
fn a_week_of_work_has_more_than_0_and_at_most_48_hours() {
    for (minutes, accepted) in [(0, false), (1, true), (2880, true), (2881, false)] {
        let command = StartEmployment { weekly_minutes: minutes, ..start(ContractKind::CDI) };
        let decided = starting(OrganisationKind::ENTREPRISE, &command);
        if accepted {
            drop(decided.states(&["EmploymentStarted"]))
        } else {
            decided.refuses("emploi.heures")
        }
        let change = ChangeHours { weekly_minutes: minutes, from_day: None };
        let cdi = EmploymentStarted { contract: ContractKind::CDI.into(), ..started() };
        let decided = Scenario::given([cdi]).when(&change);
        if accepted { drop(decided.states(&["HoursChanged"])) } else { decided.refuses("emploi.heures") }
    }
}

#[test]
fn a_contract_of_fixed_length_without_a_last_day_is_accepted_with_a_warning() {
    use ContractKind::{APPRENTISSAGE, CDD, CDDI, CDDU, CDI, INTERIM};
    for (contract, expected) in [
        (CDD, &["emploi.terme"][..]),
        (CDDI, &["emploi.terme"]),
        (CDDU, &["emploi.terme"]),
        (INTERIM, &["emploi.terme"]),
        (CDI, &[]),
        (APPRENTISSAGE, &[]),
    ] {
        let command = StartEmployment { ends_on: None, ..start(contract) };
        assert_eq!(warned(OrganisationKind::ACI, &command), expected, "{contract:?}");
    }
}

#[test]
fn a_cddi_has_20_to_35_hours_a_week_and_from_4_hours_in_phc() {
    for (hours, programme, expected) in [
        (19, None, &["cddi.heures"][..]),
        (20, None, &[]),
        (35, None, &[]),
        (36, None, &["cddi.heures"]),
        (3, Some(Programme::PHC), &["cddi.heures"]),
        (4, Some(Programme::PHC), &[]),
        (20, Some(Programme::PHC), &[]),
        (21, Some(Programme::PHC), &["cddi.heures"]),
    ] {
        let command = StartEmployment {
            weekly_minutes: hours * 60,
            programme: programme.map(Word),
            ..start(ContractKind::CDDI)
        };
        assert_eq!(warned(OrganisationKind::EI, &command), expected, "{hours} h {programme:?}");
    }
}

#[test]
fn a_cddi_lasts_4_to_24_months_and_up_to_5_years_with_convergence() {
    for (ends_on, programme, expected) in [
        ("2027-02-28", None, &["cddi.duree"][..]),
        ("2027-03-01", None, &[]),
        ("2028-11-01", None, &[]),
        ("2028-11-02", None, &["cddi.parcours"]),
        ("2031-11-01", Some(Programme::CVG), &[]),
        ("2031-11-02", Some(Programme::CVG), &["cddi.parcours"]),
    ] {
        let command = StartEmployment {
            ends_on: Some(day(ends_on)),
            programme: programme.map(Word),
            ..start(ContractKind::CDDI)
        };
        assert_eq!(warned(OrganisationKind::ACI, &command), expected, "{ends_on} {programme:?}");
    }
}

#[test]
fn a_path_in_cddi_counts_every_contract_of_the_person() {
    let then = |contracts: &[(u128, &str, &str)], ends_on: &str, programme: Option<Programme>| {
        let command = StartEmployment {
            ends_on: Some(day(ends_on)),
            programme: programme.map(Word),
            ..start(ContractKind::CDDI)
        };
        let known = Scenario::nothing().knowing(employer(OrganisationKind::ACI)).knowing(before(contracts));
        known.when(&command).warnings
    };
    // 365 days of 731: 366 are left.
    let year = [(70, "2024-03-01", "2024-08-31"), (71, "2025-01-01", "2025-06-30")];
    assert_eq!(then(&year, "2027-11-02", None), Vec::<&str>::new());
    assert_eq!(then(&year, "2027-11-03", None), ["cddi.parcours"]);
    assert_eq!(then(&year, "2027-11-03", Some(Programme::CVG)), Vec::<&str>::new());
    assert_eq!(
        then(&[(70, "2020-01-01", "2024-12-31")], "2027-11-01", Some(Programme::CVG)),
        ["cddi.parcours"]
    );
}

#[test]
fn work_begins_in_an_open_case_and_what_was_before_the_closing_is_told() {
    let closed_on = |closed: &str| {
        let closed = day(closed).0;
        let close = move |known: &mut Known| {
            let case = known.case.as_mut().expect("a case");
            (case.open, case.closed_on) = (false, Some(closed));
        };
        Scenario::nothing()
            .knowing(employer(OrganisationKind::ACI))
            .knowing(close)
            .when(&start(ContractKind::CDDI))
    };
    closed_on("2026-11-01").refuses("emploi.dossier-clos");
    closed_on(MONDAY).states(&["EmploymentStarted"]);
}

#[test]
fn the_hours_of_a_cddi_are_watched_in_aci_and_ei_only() {
    let command =
        StartEmployment { weekly_minutes: 60, ends_on: Some(day("2026-11-30")), ..start(ContractKind::CDDI) };
    assert_eq!(warned(OrganisationKind::AI, &command), Vec::<&str>::new());
    assert_eq!(warned(OrganisationKind::ACI, &command), ["cddi.heures", "cddi.duree"]);
    let named = StartEmployment { employer_id: None, employer_name: "Un chantier".into(), ..command };
    assert_eq!(warned(OrganisationKind::AI, &named), ["cddi.heures", "cddi.duree"]);
}

#[test]
fn a_cdi_inclusion_is_for_57_years_and_more_and_reminds_of_the_12_months_in_a_siae() {
    let command = StartEmployment { ends_on: None, ..start(ContractKind::CDI_INCLUSION) };
    let born = |birth: &str| {
        let birth = day(birth).0;
        Scenario::nothing()
            .knowing(employer(OrganisationKind::EI))
            .knowing(|known| known.birth_date = Some(birth))
            .when(&command)
            .warnings
    };
    assert_eq!(born("1969-11-02"), ["cdi-inclusion.parcours"]);
    assert_eq!(born("1969-11-03"), ["cdi-inclusion.parcours", "cdi-inclusion.age"]);
    assert_eq!(warned(OrganisationKind::EI, &command), ["cdi-inclusion.parcours"]);
    let after = |days: &[(u128, &str, &str)]| {
        let known = Scenario::nothing().knowing(employer(OrganisationKind::EI)).knowing(before(days));
        known.when(&command).warnings
    };
    assert_eq!(after(&[(70, "2025-11-02", "2026-11-01")]), Vec::<&str>::new(), "a year to the day");
    assert_eq!(after(&[(70, "2025-11-03", "2026-11-01")]), ["cdi-inclusion.parcours"]);
    assert_eq!(
        after(&[(70, "2024-01-01", "2024-06-30"), (71, "2025-04-01", "2025-10-31")]),
        Vec::<&str>::new(),
        "in several contracts"
    );
    assert_eq!(
        after(&[(70, "2025-01-01", "2025-06-30"), (71, "2025-01-01", "2025-06-30")]),
        ["cdi-inclusion.parcours"],
        "a day counts once"
    );
}

#[test]
fn a_tapaj_day_is_for_16_to_25_years_and_employed_by_an_ai() {
    let command = StartEmployment { ends_on: None, ..start(ContractKind::TAPAJ_JOURNEE) };
    let born = |birth: &str| {
        let birth = day(birth).0;
        Scenario::nothing()
            .knowing(employer(OrganisationKind::AI))
            .knowing(|known| known.birth_date = Some(birth))
            .when(&command)
            .warnings
    };
    assert_eq!(born("2010-11-02"), Vec::<&str>::new());
    assert_eq!(born("2010-11-03"), ["emploi.tapaj-age"]);
    assert_eq!(born("2000-11-03"), Vec::<&str>::new());
    assert_eq!(born("2000-11-02"), ["emploi.tapaj-age"]);
    assert_eq!(warned(OrganisationKind::ACI, &command), ["emploi.tapaj-employeur"]);
    assert_eq!(warned(OrganisationKind::AI, &command), Vec::<&str>::new());
}

#[test]
fn hours_change_while_the_contract_lasts() {
    let facts = Scenario::given([started()]).when(&hours(30)).states(&["HoursChanged"]);
    let Event::HoursChanged(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((fact.weekly_minutes, fact.from_day.as_str()), (1800, "2026-11-16"));
    Scenario::given([started()]).when(&hours(26)).states(&[]);
    Scenario::given([started()]).when(&hours(15)).states_with_warnings(&["HoursChanged"], &["cddi.heures"]);
    let phc = EmploymentStarted { programme: Programme::PHC.into(), ..started() };
    Scenario::given([phc]).when(&hours(15)).states(&["HoursChanged"]);
    let back = HoursChanged { weekly_minutes: 30 * 60, ..Default::default() };
    Scenario::given([Event::from(started()), back.into()]).when(&hours(26)).states(&["HoursChanged"]);
}

#[test]
fn hours_do_not_change_before_the_first_day_nor_after_the_end() {
    let early = ChangeHours { from_day: Some(day("2026-11-01")), ..hours(30) };
    Scenario::given([started()]).when(&early).refuses("emploi.dates");
    let ended = EmploymentEnded { ended_on: "2026-11-20".into(), ..Default::default() };
    Scenario::given([Event::from(started()), ended.into()]).when(&hours(30)).refuses("emploi.termine");
}

#[test]
fn a_contract_ends_once_and_not_before_it_began() {
    let facts = Scenario::given([started()]).when(&end("2026-11-20")).states(&["EmploymentEnded"]);
    let Event::EmploymentEnded(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((fact.ended_on.as_str(), fact.comment.as_str()), ("2026-11-20", "Une autre place"));
    let ended = EmploymentEnded::default();
    Scenario::given([Event::from(started()), ended.into()]).when(&end("2026-11-21")).states(&[]);
    Scenario::given([started()]).when(&end("2026-11-01")).refuses("emploi.dates");
    Scenario::given([started()]).when(&end(MONDAY)).states(&["EmploymentEnded"]);
}

#[test]
fn outside_the_circle_a_siae_speaks_of_its_own_contracts_only() {
    let siae = |organisation| actor(Role::EMPLOYEUR_SIAE, 70, organisation);
    let command = start(ContractKind::CDDI);
    let by = |who| Scenario::nothing().by(who).knowing(employer(OrganisationKind::ACI));
    let path = |body: serde_json::Value| by(siae(5)).knowing(|known| known.document = Some(body));
    let sent = |to: u128, on: Option<&str>| serde_json::json!({"prescriptions": {id(80).to_string(): {"addressee_id": id(to), "sent_on": on}}});
    by(siae(5)).when(&command).refuses("emploi.lien");
    path(sent(6, Some(MONDAY))).when(&command).refuses("emploi.lien");
    path(sent(5, None)).when(&command).refuses("emploi.lien");
    path(sent(5, Some(MONDAY))).when(&command).states(&["EmploymentStarted"]);
    let hosted = serde_json::json!({"immersions": {id(81).to_string(): {"host_id": id(5)}}});
    path(hosted).when(&command).states(&["EmploymentStarted"]);
    let came = StartEmployment { came_from_id: Some(id(80)), ..start(ContractKind::CDDI) };
    let from = |case, to| {
        by(siae(5)).knowing(move |known| drop(known.streams.insert(id(80), vec![prescribed(case, to)])))
    };
    from(42, 5).when(&came).states(&["EmploymentStarted"]);
    from(42, 6).when(&came).refuses("emploi.lien");
    from(43, 5).when(&came).refuses("emploi.lien");
    by(siae(6)).when(&command).refuses("emploi.employeur-declarant");
    let named =
        StartEmployment { employer_id: None, employer_name: "Un nom".into(), ..start(ContractKind::CDI) };
    by(siae(6)).when(&named).refuses("emploi.employeur-declarant");
    by(siae(6))
        .knowing(|known| {
            let case = known.case.as_mut().expect("the scenario's case");
            case.circle.insert(id(70), Role::EMPLOYEUR_SIAE);
        })
        .when(&command)
        .states(&["EmploymentStarted"]);
    let given = |who| Scenario::given([started()]).by(who);
    given(siae(6)).when(&hours(30)).refuses("emploi.employeur-declarant");
    given(siae(6)).when(&end("2026-11-20")).refuses("emploi.employeur-declarant");
    given(siae(5)).when(&hours(30)).states(&["HoursChanged"]);
    given(siae(5)).when(&end("2026-11-20")).states(&["EmploymentEnded"]);
}
