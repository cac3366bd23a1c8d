//! Work that stops and goes on, contracts that go on or become others, and what helps to stay.

use std::collections::BTreeSet;

use contracts::{Class, Facts as _};

use super::*;

/// From 2 November 2026 to 1 March 2027.
fn with_term() -> EmploymentStarted {
    EmploymentStarted { ends_on: "2027-03-01".into(), ..started() }
}

fn then(facts: impl IntoIterator<Item = Event>) -> Scenario<Event> {
    Scenario::given([Event::from(with_term())].into_iter().chain(facts)).on("2027-06-30")
}

fn ended() -> Event {
    EmploymentEnded { ended_on: "2027-02-01".into(), ..Default::default() }.into()
}

fn suspended() -> Event {
    WorkSuspended { suspended_on: "2026-12-01".into(), ..Default::default() }.into()
}

fn suspend(on: &str) -> SuspendWork {
    SuspendWork { suspended_on: day(on) }
}

fn resume(on: &str) -> ResumeWork {
    ResumeWork { resumed_on: day(on) }
}

fn renew(until: &str) -> RenewContract {
    RenewContract { ends_on: day(until), renewed_on: Some(day("2027-01-15")) }
}

fn convert(contract: Option<ContractKind>) -> ConvertContract {
    ConvertContract { contract: contract.map(Word), converted_on: Some(day("2027-01-15")) }
}

fn check_in(step: Option<u32>) -> HoldCheckIn {
    HoldCheckIn {
        held_on: Some(day("2026-12-02")),
        step,
        with: Word(CheckInWith::BOTH),
        outcome: Word(CheckInOutcome::TO_WATCH),
        text: String::new(),
    }
}

fn difficulty(project: &str, social: &str, health: &str) -> ReportDifficulty {
    ReportDifficulty {
        reported_on: Some(day("2026-12-02")),
        project: project.into(),
        social: social.into(),
        health: health.into(),
    }
}

fn mediation(on: &str) -> HoldMediation {
    HoldMediation {
        held_on: Some(day(on)),
        person_present: true,
        outcome: Word(MediationOutcome::TO_CONTINUE),
        text: " Changer d’équipe ".into(),
    }
}

/// The classes a fact has something in, by its bytes.
fn classes(fact: &Event) -> BTreeSet<Class> {
    let (kind, bytes) = fact.encode();
    let split = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact");
    split.personal.into_iter().map(|(class, _)| class).collect()
}

#[test]
fn work_is_suspended_after_it_began_and_goes_on_again() {
    Scenario::given([started()]).when(&suspend("2026-11-16")).states(&["WorkSuspended"]);
    Scenario::given([started()]).when(&suspend("2026-11-01")).refuses("emploi.dates");
    then([suspended()]).when(&suspend("2026-12-02")).states(&[]);
    let facts = then([suspended()]).when(&resume("2026-12-15")).states(&["WorkResumed"]);
    let Event::WorkResumed(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(fact.resumed_on, "2026-12-15");
    then([suspended()]).when(&resume("2026-11-30")).refuses("emploi.dates");
    then([]).when(&resume("2026-12-15")).states(&[]);
    then([suspended(), facts[0].clone()]).when(&resume("2026-12-16")).states(&[]);
    then([suspended(), facts[0].clone()]).when(&suspend("2027-01-10")).states(&["WorkSuspended"]);
}

#[test]
fn what_happened_before_the_end_may_be_told_after_it() {
    then([ended()]).when(&suspend("2027-02-01")).states(&["WorkSuspended"]);
    then([ended()]).when(&suspend("2027-02-02")).refuses("emploi.termine");
    then([suspended(), ended()]).when(&resume("2027-01-10")).states(&["WorkResumed"]);
    then([suspended(), ended()]).when(&resume("2027-02-02")).refuses("emploi.termine");
}

#[test]
fn a_contract_is_renewed_beyond_its_last_day() {
    let facts = then([]).when(&renew("2027-09-01")).states(&["ContractRenewed"]);
    let Event::ContractRenewed(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((fact.renewed_on.as_str(), fact.ends_on.as_str()), ("2027-01-15", "2027-09-01"));
    then([facts[0].clone()]).when(&renew("2027-09-01")).states(&[]);
    then([facts[0].clone()]).when(&renew("2027-08-31")).refuses("emploi.renouvellement");
    then([facts[0].clone()]).when(&renew("2028-03-01")).states(&["ContractRenewed"]);
    then([]).when(&renew("2027-02-28")).refuses("emploi.renouvellement");
    let without_term = EmploymentStarted { contract: ContractKind::CDI.into(), ..started() };
    Scenario::given([without_term])
        .on("2027-06-30")
        .when(&renew("2027-09-01"))
        .refuses("emploi.renouvellement");
    let early = RenewContract { renewed_on: Some(day("2026-11-01")), ..renew("2027-09-01") };
    then([]).when(&early).refuses("emploi.dates");
    let late = RenewContract { renewed_on: Some(day("2027-02-02")), ..renew("2027-09-01") };
    then([ended()]).when(&late).refuses("emploi.termine");
}

#[test]
fn a_path_in_cddi_beyond_24_months_is_a_warning_and_no_more() {
    then([]).when(&renew("2028-11-01")).states(&["ContractRenewed"]);
    then([]).when(&renew("2028-11-02")).states_with_warnings(&["ContractRenewed"], &["cddi.parcours"]);
}

#[test]
fn a_contract_becomes_one_without_term() {
    let facts = then([]).when(&convert(None)).states(&["ContractConverted"]);
    let Event::ContractConverted(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(fact.contract.as_known(), Some(ContractKind::CDI));
    assert_eq!(fact.converted_on, "2027-01-15");
    then([facts[0].clone()]).when(&convert(None)).states(&[]);
    then([facts[0].clone()]).when(&renew("2027-09-01")).refuses("emploi.renouvellement");
    for other in [ContractKind::CDD, ContractKind::CDDI, ContractKind::APPRENTISSAGE] {
        then([]).when(&convert(Some(other))).refuses("emploi.transformation");
    }
    let early = ConvertContract { converted_on: Some(day("2026-11-01")), ..convert(None) };
    then([]).when(&early).refuses("emploi.dates");
    let late = ConvertContract { converted_on: Some(day("2027-02-02")), ..convert(None) };
    then([ended()]).when(&late).refuses("emploi.termine");
}

#[test]
fn a_cdi_inclusion_reminds_of_its_conditions_when_a_contract_becomes_one() {
    use service::Command as _;
    let command = convert(Some(ContractKind::CDI_INCLUSION));
    assert!(command.needs(&Default::default()).birth_date);
    assert!(!convert(None).needs(&Default::default()).birth_date);
    let born = |birth: &str| {
        let birth = day(birth).0;
        then([]).knowing(|known| known.birth_date = Some(birth)).when(&command).warnings
    };
    assert_eq!(born("1970-01-15"), ["cdi-inclusion.parcours"]);
    assert_eq!(born("1970-01-16"), ["cdi-inclusion.parcours", "cdi-inclusion.age"]);
}

#[test]
fn a_check_in_is_held_at_its_step_or_at_any_time() {
    for step in [None, Some(0), Some(7), Some(30), Some(90), Some(180), Some(365)] {
        let facts = then([]).when(&check_in(step)).states(&["CheckInHeld"]);
        let Event::CheckInHeld(fact) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((fact.step, fact.held_on.as_str()), (step.unwrap_or(0), "2026-12-02"));
        assert_eq!(fact.with.as_known(), Some(CheckInWith::BOTH));
        assert_eq!(fact.outcome.as_known(), Some(CheckInOutcome::TO_WATCH));
        then([facts[0].clone()]).when(&check_in(step)).states(&[]);
        let words = HoldCheckIn { text: " Fatigue le soir. ".into(), ..check_in(step) };
        let more = then([facts[0].clone()]).when(&words).states(&["CheckInHeld"]);
        assert_eq!(classes(&more[0]), BTreeSet::from([Class::Project]));
        let better = HoldCheckIn { outcome: Word(CheckInOutcome::GOING_WELL), ..check_in(step) };
        then([facts[0].clone()]).when(&better).states(&["CheckInHeld"]);
    }
    for step in [1, 8, 60, 366] {
        then([]).when(&check_in(Some(step))).refuses("emploi.point");
    }
    let early = HoldCheckIn { held_on: Some(day("2026-11-01")), ..check_in(None) };
    then([]).when(&early).refuses("emploi.dates");
}

#[test]
fn the_person_is_followed_after_the_contract_and_twelve_months_with_convergence() {
    let after = HoldCheckIn { held_on: Some(day("2027-05-01")), ..check_in(Some(180)) };
    then([ended()]).when(&after).states(&["CheckInHeld"]);
    then([ended()]).when(&mediation("2027-05-01")).states(&["EmployerMediationHeld"]);
    let followed_until = |programme: Programme| {
        let started = EmploymentStarted { programme: programme.into(), ..started() };
        let facts = Scenario::given([started]).on("2026-12-31").when(&end("2026-11-30"));
        let facts = facts.states(&["EmploymentEnded"]);
        let Event::EmploymentEnded(fact) = &facts[0] else { panic!("{facts:?}") };
        fact.followed_until.clone()
    };
    assert_eq!(followed_until(Programme::CVG), "2027-11-30");
    assert_eq!(followed_until(Programme::PHC), "");
}

#[test]
fn a_difficulty_is_told_in_exactly_one_class() {
    for (command, class) in [
        (difficulty("Le bus n’arrive qu’à 9 h", "", ""), Class::Project),
        (difficulty("", "Plus de garde le mercredi", " "), Class::Social),
        (difficulty("", "", "Mal au dos"), Class::Health),
    ] {
        let facts = then([]).when(&command).states(&["DifficultyReported"]);
        assert_eq!(classes(&facts[0]), BTreeSet::from([class]));
        let Event::DifficultyReported(fact) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(fact.reported_on, "2026-12-02");
    }
    then([]).when(&difficulty("", " ", "")).refuses("emploi.difficulte");
    then([]).when(&difficulty("Un mot", "", "Un mot")).refuses("emploi.difficulte");
    let early = ReportDifficulty { reported_on: Some(day("2026-11-01")), ..difficulty("Un mot", "", "") };
    then([]).when(&early).refuses("emploi.dates");
}

#[test]
fn a_mediation_says_whether_the_person_took_part_and_what_came_of_it() {
    let facts = then([]).when(&mediation("2026-12-02")).states(&["EmployerMediationHeld"]);
    let Event::EmployerMediationHeld(fact) = &facts[0] else { panic!("{facts:?}") };
    assert!(fact.person_present);
    assert_eq!(fact.outcome.as_known(), Some(MediationOutcome::TO_CONTINUE));
    assert_eq!(fact.text, "Changer d’équipe");
    then([]).when(&mediation("2026-11-01")).refuses("emploi.dates");
}

#[test]
fn the_hours_of_a_ramp_are_foreseen_in_the_order_of_their_days() {
    let step = |from: &str, hours: u32| PlannedHours { from_day: day(from), weekly_minutes: hours * 60 };
    let ramp = |steps: &[PlannedHours]| StartEmployment {
        weekly_minutes: 4 * 60,
        programme: Some(Word(Programme::PHC)),
        planned_hours: steps.to_vec(),
        linked_activity_id: Some(id(61)),
        ..start(ContractKind::CDDI)
    };
    let rising = ramp(&[step("2026-12-01", 8), step("2027-02-01", 14), step("2027-04-01", 20)]);
    let facts = starting(OrganisationKind::ACI, &rising).states(&["EmploymentStarted"]);
    let Event::EmploymentStarted(fact) = &facts[0] else { panic!("{facts:?}") };
    let told: Vec<_> =
        fact.planned_hours.iter().map(|step| (step.from_day.as_str(), step.weekly_minutes)).collect();
    assert_eq!(told, [("2026-12-01", 480), ("2027-02-01", 840), ("2027-04-01", 1200)]);
    assert_eq!(fact.linked_activity_id, id(61).to_string());
    assert_eq!(warned(OrganisationKind::ACI, &ramp(&[step("2026-12-01", 24)])), ["cddi.heures"]);
    for wrong in [
        &[step("2027-02-01", 8), step("2026-12-01", 14)][..],
        &[step("2026-12-01", 8), step("2026-12-01", 14)],
        &[step(MONDAY, 8)],
        &[step("2027-07-01", 8)],
    ] {
        starting(OrganisationKind::ACI, &ramp(wrong)).refuses("emploi.dates");
    }
    for hours in [0, 49] {
        starting(OrganisationKind::ACI, &ramp(&[step("2026-12-01", hours)])).refuses("emploi.heures");
    }
}

#[test]
fn a_tapaj_day_of_less_than_four_hours_is_a_warning_and_no_more() {
    for (hours, expected) in [(3, &["emploi.tapaj-journee"][..]), (4, &[])] {
        let command = StartEmployment {
            weekly_minutes: hours * 60,
            ends_on: Some(day(MONDAY)),
            ..start(ContractKind::TAPAJ_JOURNEE)
        };
        assert_eq!(warned(OrganisationKind::AI, &command), expected);
    }
}

#[test]
fn outside_the_circle_a_siae_tells_what_happens_to_its_own_contracts_only() {
    let by = |organisation| then([]).by(actor(Role::EMPLOYEUR_SIAE, 70, organisation));
    by(6).when(&suspend("2026-12-01")).refuses("emploi.employeur-declarant");
    by(6).when(&resume("2026-12-01")).refuses("emploi.employeur-declarant");
    by(6).when(&renew("2027-09-01")).refuses("emploi.employeur-declarant");
    by(6).when(&convert(None)).refuses("emploi.employeur-declarant");
    by(6).when(&check_in(None)).refuses("emploi.employeur-declarant");
    by(6).when(&difficulty("Un mot", "", "")).refuses("emploi.employeur-declarant");
    by(6).when(&mediation("2026-12-02")).refuses("emploi.employeur-declarant");
    by(5).when(&suspend("2026-12-01")).states(&["WorkSuspended"]);
    by(5).when(&renew("2027-09-01")).states(&["ContractRenewed"]);
    by(5).when(&convert(None)).states(&["ContractConverted"]);
    by(5).when(&check_in(None)).states(&["CheckInHeld"]);
}

#[test]
fn these_facts_happen_on_the_day_that_is_said() {
    use service::Command as _;
    let days = [
        suspend("2026-12-02").occurred_on(),
        resume("2026-12-02").occurred_on(),
        check_in(None).occurred_on(),
        difficulty("Un mot", "", "").occurred_on(),
        mediation("2026-12-02").occurred_on(),
    ];
    assert_eq!(days, [Some(day("2026-12-02").0); 5]);
    assert_eq!(renew("2027-09-01").occurred_on(), Some(day("2027-01-15").0));
    assert_eq!(convert(None).occurred_on(), Some(day("2027-01-15").0));
    let paths: Vec<_> = employment::api().routes.into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), 10);
}
