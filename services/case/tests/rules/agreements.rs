//! What the person agrees to share.

use access::Actor;
use case::domain::case::{commands::*, *};
use contracts::{Word, common::v1::OrganisationKind};
use service::Command as _;
use testkit::scenario::{Scenario, day, id, organisation};

fn opened() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

/// An agreement of number 100 with organisation 2, from 2 March 2026 to 1 March 2027.
fn given() -> Event {
    AgreementGiven {
        agreement_id: id(100).to_string(),
        organisation_id: id(2).to_string(),
        given_on: "2026-03-02".into(),
        from_day: "2026-03-02".into(),
        until_day: "2027-03-01".into(),
        ..Default::default()
    }
    .into()
}

fn withdrawn() -> Event {
    AgreementWithdrawn { agreement_id: id(100).to_string(), ..Default::default() }.into()
}

fn expired() -> Event {
    AgreementExpired { agreement_id: id(100).to_string(), ..Default::default() }.into()
}

fn give(classes: &[PersonalClass]) -> GiveAgreement {
    GiveAgreement {
        organisation_id: id(2),
        classes: classes.iter().copied().map(Word).collect(),
        purposes: vec![Word(SharingPurpose::ACCOMPAGNEMENT)],
        given_on: Some(day("2026-03-02")),
        from_day: None,
        until_day: day("2027-03-01"),
        form: Word(AgreementForm::SIGNED_PAPER),
        witness: String::new(),
    }
}

/// Organisation 2 is of that kind.
fn with(kind: OrganisationKind) -> Scenario<Event> {
    Scenario::given([opened()]).knowing(move |known| organisation(known, 2, kind))
}

const IDENTITY: &[PersonalClass] = &[PersonalClass::IDENTITY];

#[test]
fn the_person_shares_some_classes_with_an_organisation_until_a_day() {
    let command = give(&[PersonalClass::IDENTITY, PersonalClass::PROJECT]);
    assert_eq!(command.needs(&Default::default()).organisations, [id(2)]);
    let facts = with(OrganisationKind::FT).when(&command).states(&["AgreementGiven"]);
    let Event::AgreementGiven(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.agreement_id, id(100).to_string());
    assert_eq!(stated.organisation_id, id(2).to_string());
    assert_eq!(stated.classes, [PersonalClass::IDENTITY, PersonalClass::PROJECT]);
    assert_eq!(stated.purposes, [SharingPurpose::ACCOMPAGNEMENT]);
    assert_eq!((&*stated.given_on, &*stated.from_day), ("2026-03-02", "2026-03-02"));
    assert_eq!(stated.until_day, "2027-03-01");
}

#[test]
fn an_agreement_lasts_twelve_months_at_most_and_is_renewed_by_another() {
    let longer = GiveAgreement { until_day: day("2027-03-02"), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&longer).refuses("accord.duree");
    let later = GiveAgreement { from_day: Some(day("2026-03-03")), ..longer };
    with(OrganisationKind::FT).when(&later).states(&["AgreementGiven"]);
    for ended in [None, Some(withdrawn()), Some(expired())] {
        let facts = [opened(), given()].into_iter().chain(ended);
        Scenario::given(facts)
            .knowing(|known| organisation(known, 2, OrganisationKind::FT))
            .when(&give(IDENTITY))
            .states(&["AgreementGiven"]);
    }
}

#[test]
fn a_tool_that_is_the_authority_is_recorded_with_a_mark() {
    let longer = GiveAgreement { until_day: day("2027-03-02"), ..give(IDENTITY) };
    with(OrganisationKind::FT)
        .by(Actor::system("les-emplois"))
        .when(&longer)
        .states_with_warnings(&["AgreementGiven"], &["accord.duree"]);
}

#[test]
fn an_agreement_has_its_days_in_order() {
    let ends_before = GiveAgreement { until_day: day("2026-03-01"), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&ends_before).refuses("accord.dates");
    let backwards = GiveAgreement { from_day: Some(day("2026-03-01")), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&backwards).refuses("accord.dates");
    let one_day = GiveAgreement { until_day: day("2026-03-02"), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&one_day).states(&["AgreementGiven"]);
}

#[test]
fn an_agreement_names_whom_what_and_what_for() {
    Scenario::given([opened()]).when(&give(IDENTITY)).refuses("accord.organisation");
    with(OrganisationKind::FT).when(&give(&[])).refuses("accord.contenu");
    let for_nothing = GiveAgreement { purposes: Vec::new(), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&for_nothing).refuses("accord.contenu");
}

#[test]
fn an_oral_agreement_has_a_witness() {
    let oral = GiveAgreement { form: Word(AgreementForm::ORAL_WITH_WITNESS), ..give(IDENTITY) };
    with(OrganisationKind::FT).when(&oral).refuses("accord.temoin");
    let witnessed = GiveAgreement { witness: " Un collègue ".into(), ..oral };
    let facts = with(OrganisationKind::FT).when(&witnessed).states(&["AgreementGiven"]);
    let Event::AgreementGiven(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.witness, "Un collègue");
}

#[test]
fn employers_are_told_nothing_of_health_nor_of_justice_and_nobody_reads_notes() {
    use OrganisationKind as Kind;
    for kind in [
        Kind::ACI,
        Kind::AI,
        Kind::EI,
        Kind::EITI,
        Kind::ETTI,
        Kind::GEIQ,
        Kind::EA,
        Kind::EATT,
        Kind::ESAT,
        Kind::ENTREPRISE,
    ] {
        with(kind).when(&give(&[PersonalClass::HEALTH])).refuses("accord.employeur");
        with(kind).when(&give(&[PersonalClass::JUDICIAL])).refuses("accord.employeur");
        with(kind).when(&give(&[PersonalClass::SOCIAL])).states(&["AgreementGiven"]);
    }
    with(Kind::MDPH).when(&give(&[PersonalClass::HEALTH])).states(&["AgreementGiven"]);
    with(Kind::MDPH).when(&give(&[PersonalClass::NOTE])).refuses("accord.note");
}

#[test]
fn nothing_is_shared_anew_in_a_closed_case() {
    let closed = CaseClosed { closed_on: "2026-03-01".into(), ..Default::default() };
    Scenario::given([opened(), closed.into()])
        .knowing(|known| organisation(known, 2, OrganisationKind::FT))
        .when(&give(IDENTITY))
        .refuses("dossier.clos");
}

#[test]
fn the_person_takes_it_back_whenever_they_like() {
    let withdraw = WithdrawAgreement { agreement_id: id(100), withdrawn_on: Some(day("2026-03-02")) };
    let facts = Scenario::given([opened(), given()]).when(&withdraw).states(&["AgreementWithdrawn"]);
    let Event::AgreementWithdrawn(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.organisation_id, id(2).to_string());
    for ended in [withdrawn(), expired()] {
        Scenario::given([opened(), given(), ended]).when(&withdraw).states(&[]);
    }
    let closed = CaseClosed::default().into();
    Scenario::given([opened(), given(), closed]).when(&withdraw).states(&["AgreementWithdrawn"]);
    Scenario::given([opened()]).when(&withdraw).refuses("accord.connu");
    let before = WithdrawAgreement { withdrawn_on: Some(day("2026-03-01")), ..withdraw };
    Scenario::given([opened(), given()]).when(&before).refuses("accord.dates");
}

#[test]
fn an_agreement_expires_the_day_after_its_last_one() {
    let expire = |on| ExpireAgreement { agreement_id: id(100), expired_on: day(on) };
    let clock = |facts: Vec<Event>| Scenario::given(facts).by(Actor::system("clock")).on("2027-03-02");
    let facts = clock(vec![opened(), given()]).when(&expire("2027-03-02")).states(&["AgreementExpired"]);
    let Event::AgreementExpired(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.expired_on, stated.organisation_id.clone()), ("2027-03-02", id(2).to_string()));
    clock(vec![opened(), given()]).when(&expire("2027-03-01")).refuses("accord.echeance");
    clock(vec![opened()]).when(&expire("2027-03-02")).refuses("accord.connu");
    for ended in [withdrawn(), expired()] {
        clock(vec![opened(), given(), ended]).when(&expire("2027-03-02")).states(&[]);
    }
    assert_eq!(expire("2027-03-02").occurred_on(), Some(day("2027-03-02").0));
}

#[test]
fn nobody_writes_down_an_agreement_that_opens_something_to_their_own_organisation() {
    let adviser =
        |organisation| testkit::scenario::actor(contracts::common::v1::Role::CONSEILLER, 70, organisation);
    with(OrganisationKind::FT).by(adviser(2)).when(&give(IDENTITY)).refuses("accord.pour-soi");
    let social = give(&[PersonalClass::SOCIAL]);
    with(OrganisationKind::CHRS).by(adviser(2)).when(&social).refuses("accord.pour-soi");
    with(OrganisationKind::FT).by(adviser(3)).when(&give(IDENTITY)).states(&["AgreementGiven"]);
    // The structure that hosts collects what is opened to itself too: what comes from justice, above all.
    let hosted = CaseOpened { structure_id: id(2).to_string(), ..Default::default() };
    Scenario::given([Event::from(hosted)])
        .by(adviser(2))
        .knowing(|known| organisation(known, 2, OrganisationKind::CHRS))
        .when(&give(&[PersonalClass::JUDICIAL]))
        .states(&["AgreementGiven"]);
    with(OrganisationKind::FT)
        .by(Actor::system("les-emplois"))
        .when(&give(IDENTITY))
        .states(&["AgreementGiven"]);
}
