//! Given these facts, when this is asked, then these facts or that refusal.

use std::collections::BTreeSet;

use access::Actor;
use contracts::{
    Recorded, Word,
    common::v1::{AvipSituation, OrganisationKind, Role},
    diagnostic::v1::{DisabilityDecision, DisabilityDecisionKind, SocialSituationAssessed},
    events::Diagnostic,
};
use prescription::domain::{aggregate::State, commands::*, *};
use service::{Command as _, Day, Known};
use testkit::scenario::{Scenario, actor, day, id, organisation};
use vocabulary::dates::days_after;

#[path = "rules/course.rs"]
mod course;
#[path = "rules/facts.rs"]
mod facts;
#[path = "rules/pass.rs"]
mod pass;
use facts::{prepared, recorded, sent};

/// The organisation that prescribes is 1, the addressee is 2.
fn prepare(kind: PrescriptionKind) -> PreparePrescription {
    PreparePrescription {
        kind: Word(kind),
        addressee_id: id(2),
        prescriber_id: None,
        position: None,
        motivation: String::new(),
        avip_situations: match kind {
            PrescriptionKind::CRECHE_AVIP => vec![Word(AvipSituation::RSA)],
            _ => Vec::new(),
        },
    }
}

fn addressed_to(kind: OrganisationKind) -> impl FnOnce(&mut Known) {
    move |known| organisation(known, 2, kind)
}

/// Sent on 2 March 2026.
fn under_way(kind: PrescriptionKind) -> Vec<Event> {
    vec![prepared(kind), sent(kind, "2026-03-02")]
}

/// Sent on 2 March 2026, then this.
fn then(last: impl Into<Event>) -> Vec<Event> {
    let mut facts = under_way(PrescriptionKind::CANDIDATURE_IAE);
    facts.push(last.into());
    facts
}

fn accepted() -> Vec<Event> {
    let kind = PrescriptionKind::CANDIDATURE_IAE.into();
    then(PrescriptionAccepted { kind, ..Default::default() })
}

fn refused() -> Vec<Event> {
    then(PrescriptionRefused::default())
}

fn unanswered() -> Vec<Event> {
    then(PrescriptionUnanswered { days: 61, ..Default::default() })
}

fn withdrawn() -> Vec<Event> {
    then(PrescriptionWithdrawn::default())
}

fn lapsed() -> Vec<Event> {
    then(PrescriptionLapsed::default())
}

fn addressee() -> Actor {
    actor(Role::EMPLOYEUR_SIAE, 20, 2)
}

/// What is known when post 7 is in the circle.
fn circle(known: &mut Known) {
    known.case.as_mut().expect("a case").circle.insert(id(7), Role::CIP);
}

/// These facts were, and post 7 of the circle asks.
fn given(facts: Vec<Event>) -> Scenario<Event> {
    Scenario::given(facts).knowing(circle)
}

const RECEIVE: ReceivePrescription = ReceivePrescription { received_on: None };
const ACCEPT: AcceptPrescription = AcceptPrescription { accepted_on: None, starts_on: None };
const SEND: SendPrescription =
    SendPrescription { sent_on: None, agreed_on: Some(Day(jiff::civil::date(2026, 2, 27))) };
const NO_ANSWER: NoAnswer = NoAnswer {};

fn refuse() -> RefusePrescription {
    RefusePrescription { refused_on: None, reason: Word(RefusalReason::NO_POSITION), comment: String::new() }
}

fn withdraw() -> WithdrawPrescription {
    WithdrawPrescription { withdrawn_on: None, comment: String::new() }
}

// — prepared —

#[test]
fn a_prescription_is_prepared_without_any_diagnostic_for_an_organisation_that_jalon_knows() {
    let command = PreparePrescription {
        position: Some(Position { rome_code: "N1103".into(), label: " Magasinier ".into() }),
        ..prepare(PrescriptionKind::CANDIDATURE_IAE)
    };
    let facts = Scenario::nothing()
        .knowing(addressed_to(OrganisationKind::ACI))
        .when(&command)
        .states(&["PrescriptionPrepared"]);
    let Event::PrescriptionPrepared(prepared) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(prepared.prescriber_id, id(1).to_string(), "the organisation of whoever asks");
    assert_eq!(prepared.position.label, "Magasinier");
    Scenario::nothing().when(&command).refuses("prescription.destinataire");
}

#[test]
fn the_prescriber_is_said_and_known_or_is_whoever_asks() {
    let other =
        PreparePrescription { prescriber_id: Some(id(3)), ..prepare(PrescriptionKind::AUTRE_SERVICE) };
    let known = |known: &mut Known| {
        organisation(known, 2, OrganisationKind::AUTRE);
        organisation(known, 3, OrganisationKind::CHRS);
    };
    let facts = Scenario::nothing().knowing(known).when(&other).states(&["PrescriptionPrepared"]);
    let Event::PrescriptionPrepared(prepared) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(prepared.prescriber_id, id(3).to_string());

    let addressee = || addressed_to(OrganisationKind::AUTRE);
    Scenario::nothing().knowing(addressee()).when(&other).refuses("prescription.prescripteur");
    Scenario::nothing()
        .by(Actor::system("les-emplois"))
        .knowing(addressee())
        .when(&prepare(PrescriptionKind::AUTRE_SERVICE))
        .refuses("prescription.prescripteur");
}

#[test]
fn a_position_has_a_name_and_a_code_of_the_right_shape_or_none() {
    let with = |rome_code: &str, label: &str| PreparePrescription {
        position: Some(Position { rome_code: rome_code.into(), label: label.into() }),
        ..prepare(PrescriptionKind::CANDIDATURE_IAE)
    };
    let scenario = || Scenario::nothing().knowing(addressed_to(OrganisationKind::ACI));
    for code in ["", "A1101", "N4105"] {
        scenario().when(&with(code, "Chauffeur")).states(&["PrescriptionPrepared"]);
    }
    for code in ["O1101", "a1101", "A110", "A11011", "11011", "A110é", "A11 1"] {
        scenario().when(&with(code, "Chauffeur")).refuses("prescription.rome");
    }
    scenario().when(&with("", " ")).refuses("prescription.poste");
}

#[test]
fn an_unusual_addressee_is_a_warning_and_no_more() {
    for (kind, usual) in [
        (PrescriptionKind::CANDIDATURE_IAE, OrganisationKind::ETTI),
        (PrescriptionKind::GEIQ, OrganisationKind::GEIQ),
        (PrescriptionKind::PHC, OrganisationKind::ACI),
        (PrescriptionKind::CVG, OrganisationKind::ACI),
        (PrescriptionKind::FORMATION, OrganisationKind::ORGANISME_FORMATION),
        (PrescriptionKind::POEI_FLE, OrganisationKind::FT),
        (PrescriptionKind::MISSION_LOCALE, OrganisationKind::ML),
        (PrescriptionKind::CAP_EMPLOI, OrganisationKind::CAP_EMPLOI),
        (PrescriptionKind::ACCOMPAGNEMENT_GLOBAL, OrganisationKind::FT),
        (PrescriptionKind::EMILE, OrganisationKind::EMILE),
        (PrescriptionKind::CRECHE_AVIP, OrganisationKind::CRECHE_AVIP),
        (PrescriptionKind::MOBILITE, OrganisationKind::PLATEFORME_MOBILITE),
        (PrescriptionKind::MDPH, OrganisationKind::MDPH),
    ] {
        let asked = |addressee| Scenario::nothing().knowing(addressed_to(addressee)).when(&prepare(kind));
        asked(usual).states(&["PrescriptionPrepared"]);
        asked(OrganisationKind::ENTREPRISE)
            .states_with_warnings(&["PrescriptionPrepared"], &["prescription.destinataire-inhabituel"]);
    }
    for kind in [PrescriptionKind::VAE, PrescriptionKind::AUTRE_SERVICE] {
        Scenario::nothing()
            .knowing(addressed_to(OrganisationKind::ENTREPRISE))
            .when(&prepare(kind))
            .states(&["PrescriptionPrepared"]);
    }
}

#[test]
fn a_creche_avip_is_for_one_of_five_situations_and_no_other_kind_has_them() {
    use AvipSituation as Situation;
    let creche = |situations: &[Situation]| PreparePrescription {
        avip_situations: situations.iter().map(|one| Word(*one)).collect(),
        ..prepare(PrescriptionKind::CRECHE_AVIP)
    };
    let asked = |command: &PreparePrescription| {
        Scenario::nothing().knowing(addressed_to(OrganisationKind::CRECHE_AVIP)).when(command)
    };
    let five = [
        Situation::DEMANDEUR_EMPLOI,
        Situation::RSA,
        Situation::PARENT_ISOLE,
        Situation::QUARTIER_PRIORITAIRE,
        Situation::JEUNE_SANS_DIPLOME,
    ];
    for situation in five {
        let facts = asked(&creche(&[situation, situation])).states(&["PrescriptionPrepared"]);
        let Event::PrescriptionPrepared(prepared) = &facts[0] else { panic!("not prepared") };
        assert_eq!(prepared.avip_situations, [situation], "each once");
        assert!(!contracts::label_of(prepared.avip_situations[0]).is_empty());
    }
    asked(&creche(&[])).states_with_warnings(&["PrescriptionPrepared"], &["creche-avip.situation"]);
    let elsewhere =
        PreparePrescription { avip_situations: vec![Word(Situation::RSA)], ..prepare(PrescriptionKind::VAE) };
    asked(&elsewhere).refuses("creche-avip.objet");
}

#[test]
fn an_aava_is_carried_by_a_chrs() {
    let asked = |kind| Scenario::nothing().knowing(addressed_to(kind)).when(&prepare(PrescriptionKind::AAVA));
    asked(OrganisationKind::CHRS).states(&["PrescriptionPrepared"]);
    asked(OrganisationKind::ACI).refuses("aava.porteur");
}

#[test]
fn an_esat_or_an_entreprise_adaptee_reminds_of_the_proof_when_none_is_known() {
    for (kind, addressee) in [
        (PrescriptionKind::ESAT, OrganisationKind::ESAT),
        (PrescriptionKind::EA, OrganisationKind::EA),
        (PrescriptionKind::EA, OrganisationKind::EATT),
    ] {
        let decided = Scenario::nothing().knowing(addressed_to(addressee)).when(&prepare(kind));
        assert_eq!(decided.warnings, ["handicap.orientation"]);
        decided.states_with_warnings(&["PrescriptionPrepared"], &["handicap.orientation"]);
    }
}

#[test]
fn what_the_cdaph_decided_is_looked_at_and_its_last_word_holds() {
    use DisabilityDecisionKind as Decided;
    let said = |kind: Decided, until_day: &str| {
        let decision =
            DisabilityDecision { kind: kind.into(), until_day: until_day.into(), ..Default::default() };
        Diagnostic::from(SocialSituationAssessed { decisions: vec![decision], ..Default::default() })
    };
    let warned = |kind, facts: &[Diagnostic]| {
        let facts: Vec<Recorded> = (1..).zip(facts).map(|(at, fact)| recorded(at, 60, fact)).collect();
        let addressee =
            if kind == PrescriptionKind::ESAT { OrganisationKind::ESAT } else { OrganisationKind::EA };
        let known =
            Scenario::nothing().knowing(addressed_to(addressee)).knowing(|known| known.of_case = facts);
        !known.when(&prepare(kind)).warnings.is_empty()
    };
    use PrescriptionKind::{EA, ESAT};
    assert!(!warned(EA, &[said(Decided::RQTH, "")]));
    assert!(
        !warned(EA, &[said(Decided::ORIENTATION_MARCHE_DU_TRAVAIL, "2026-11-23")]),
        "its last day included"
    );
    assert!(warned(EA, &[said(Decided::RQTH, "2026-11-22")]), "over");
    assert!(warned(ESAT, &[said(Decided::RQTH, "")]), "another decision");
    assert!(!warned(ESAT, &[said(Decided::ORIENTATION_ESAT, "")]));
    assert!(warned(EA, &[said(Decided::AAH, "")]), "an allowance is no orientation");
    assert!(warned(EA, &[said(Decided::RQTH, ""), said(Decided::RQTH, "2026-01-31")]), "said again: over");
    assert!(warned(EA, &[Diagnostic::from(SocialSituationAssessed::default())]), "closed, or forgotten");
}

#[test]
fn tapaj_is_for_people_of_16_to_25_employed_by_an_ai_and_only_warns() {
    let command = prepare(PrescriptionKind::TAPAJ);
    assert!(command.needs(&State::default()).birth_date);
    assert!(!prepare(PrescriptionKind::ESAT).needs(&State::default()).birth_date);
    let asked = |addressee, birth: Option<&str>| {
        Scenario::<Event>::nothing()
            .on("2026-06-15")
            .knowing(addressed_to(addressee))
            .knowing(|known| known.birth_date = birth.map(|birth| day(birth).0))
            .when(&command)
    };
    for birth in ["2010-06-15", "2000-06-16"] {
        asked(OrganisationKind::AI, Some(birth)).states(&["PrescriptionPrepared"]);
    }
    for birth in [Some("2010-06-16"), Some("2000-06-15"), None] {
        let decided = asked(OrganisationKind::AI, birth);
        assert_eq!(decided.warnings, ["tapaj.age"]);
        decided.states_with_warnings(&["PrescriptionPrepared"], &["tapaj.age"]);
    }
    let decided = asked(OrganisationKind::CSAPA, Some("2008-01-01"));
    assert_eq!(decided.warnings, ["tapaj.employeur"]);
    decided.states_with_warnings(&["PrescriptionPrepared"], &["tapaj.employeur"]);
}

#[test]
fn nothing_is_prepared_nor_sent_in_a_closed_case_but_answers_still_reach_it() {
    let close = |known: &mut Known| known.case.as_mut().expect("a case").open = false;
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    Scenario::nothing()
        .knowing(addressed_to(OrganisationKind::ACI))
        .knowing(close)
        .when(&prepare(kind))
        .refuses("prescription.dossier-clos");
    given(vec![prepared(kind)]).knowing(close).when(&SEND).refuses("prescription.dossier-clos");
    given(under_way(kind)).knowing(close).when(&ACCEPT).states(&["PrescriptionAccepted"]);
    let closed_on = |on| {
        move |known: &mut Known| {
            close(known);
            known.case.as_mut().expect("a case").closed_on = Some(day(on).0);
        }
    };
    let told_late = SendPrescription { sent_on: Some(day("2026-03-02")), ..SEND };
    let ready = || given(vec![prepared(kind)]);
    ready().knowing(closed_on("2026-03-02")).when(&told_late).states(&["PrescriptionSent"]);
    ready().knowing(closed_on("2026-03-01")).when(&told_late).refuses("prescription.dossier-clos");
}

// — sent —

#[test]
fn an_answer_is_awaited_60_days_for_an_iae_candidature_4_months_for_the_mdph_and_30_days_otherwise() {
    for (kind, due) in [
        (PrescriptionKind::CANDIDATURE_IAE, "2026-05-01"),
        (PrescriptionKind::MDPH, "2026-07-02"),
        (PrescriptionKind::FORMATION, "2026-04-01"),
        (PrescriptionKind::AUTRE_SERVICE, "2026-04-01"),
    ] {
        let send = SendPrescription { sent_on: Some(day("2026-03-02")), ..SEND };
        let facts = given(vec![prepared(kind)]).when(&send).states(&["PrescriptionSent"]);
        let Event::PrescriptionSent(sent) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((sent.sent_on.as_str(), sent.answer_due_on.as_str()), ("2026-03-02", due));
        assert_eq!(sent.addressee_id, id(2).to_string());
        assert_eq!(sent.kind.as_known(), Some(kind));
    }
    let facts = given(vec![prepared(PrescriptionKind::VAE)])
        .on("2026-03-02")
        .when(&SEND)
        .states(&["PrescriptionSent"]);
    let Event::PrescriptionSent(sent) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(sent.sent_on, "2026-03-02", "today when no day is said");
}

#[test]
fn sending_twice_is_already_so_and_what_is_over_starts_again_as_a_new_prescription() {
    given(under_way(PrescriptionKind::CANDIDATURE_IAE)).when(&SEND).states(&[]);
    for over in [accepted(), refused(), unanswered(), withdrawn(), lapsed()] {
        given(over).when(&SEND).refuses("prescription.close");
    }
    Scenario::nothing()
        .knowing(addressed_to(OrganisationKind::ACI))
        .when(&prepare(PrescriptionKind::CANDIDATURE_IAE))
        .states(&["PrescriptionPrepared"]);
}

// — answered —

#[test]
fn a_yes_needs_no_word_before_it() {
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    let accept =
        AcceptPrescription { accepted_on: Some(day("2026-03-20")), starts_on: Some(day("2027-01-04")) };
    let facts = given(under_way(kind)).when(&accept).states(&["PrescriptionAccepted"]);
    let Event::PrescriptionAccepted(accepted) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((accepted.accepted_on.as_str(), accepted.starts_on.as_str()), ("2026-03-20", "2027-01-04"));
    assert_eq!(accepted.kind.as_known(), Some(kind));
    given(then(PrescriptionReceived::default())).when(&ACCEPT).states(&["PrescriptionAccepted"]);
}

#[test]
fn a_late_answer_after_silence_is_welcome() {
    given(unanswered()).when(&RECEIVE).states(&["PrescriptionReceived"]);
    given(unanswered()).when(&ACCEPT).states(&["PrescriptionAccepted"]);
    given(unanswered()).when(&refuse()).states(&["PrescriptionRefused"]);
}

#[test]
fn an_answer_given_twice_is_already_so() {
    given(then(PrescriptionReceived::default())).when(&RECEIVE).states(&[]);
    given(accepted()).when(&RECEIVE).states(&[]);
    given(refused()).when(&RECEIVE).states(&[]);
    given(accepted()).when(&ACCEPT).states(&[]);
    given(refused()).when(&refuse()).states(&[]);
}

#[test]
fn what_is_over_is_not_answered_any_more() {
    for over in [withdrawn(), lapsed()] {
        given(over.clone()).when(&RECEIVE).refuses("prescription.close");
        given(over.clone()).when(&ACCEPT).refuses("prescription.close");
        given(over).when(&refuse()).refuses("prescription.close");
    }
    given(refused()).when(&ACCEPT).refuses("prescription.close");
    given(accepted()).when(&refuse()).refuses("prescription.close");
}

#[test]
fn what_was_not_sent_awaits_no_answer() {
    let ready = || given(vec![prepared(PrescriptionKind::CANDIDATURE_IAE)]);
    ready().when(&RECEIVE).refuses("prescription.non-envoyee");
    ready().when(&ACCEPT).refuses("prescription.non-envoyee");
    ready().when(&refuse()).refuses("prescription.non-envoyee");
    ready().when(&NO_ANSWER).refuses("prescription.non-envoyee");
    let lapse = LapsePrescription { accepted_prescription_id: id(55) };
    ready().when(&lapse).refuses("prescription.non-envoyee");
    let taken_back =
        vec![prepared(PrescriptionKind::CANDIDATURE_IAE), PrescriptionWithdrawn::default().into()];
    given(taken_back).when(&ACCEPT).refuses("prescription.close");
}

#[test]
fn what_follows_a_sending_does_not_precede_it() {
    let before = Some(day("2026-03-01"));
    let sent = || given(under_way(PrescriptionKind::CANDIDATURE_IAE));
    sent().when(&ReceivePrescription { received_on: before }).refuses("prescription.dates");
    sent().when(&AcceptPrescription { accepted_on: before, ..ACCEPT }).refuses("prescription.dates");
    sent().when(&AcceptPrescription { starts_on: before, ..ACCEPT }).refuses("prescription.dates");
    sent().when(&RefusePrescription { refused_on: before, ..refuse() }).refuses("prescription.dates");
    sent().when(&WithdrawPrescription { withdrawn_on: before, ..withdraw() }).refuses("prescription.dates");
    let same_day = Some(day("2026-03-02"));
    sent().when(&AcceptPrescription { accepted_on: same_day, ..ACCEPT }).states(&["PrescriptionAccepted"]);
}

#[test]
fn the_addressee_and_the_circle_answer_and_nobody_else() {
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    let by = |who: Actor| move || Scenario::given(under_way(kind)).by(who.clone());
    let stranger = by(actor(Role::EMPLOYEUR_SIAE, 30, 3));
    stranger().when(&RECEIVE).refuses("prescription.reponse");
    stranger().when(&ACCEPT).refuses("prescription.reponse");
    stranger().when(&refuse()).refuses("prescription.reponse");
    stranger().when(&eligible(EligibilityGround::EMPLOYEUR, &["RSA"], &[])).refuses("prescription.reponse");
    for entitled in [by(addressee()), by(Actor::system("les-emplois"))] {
        entitled().when(&RECEIVE).states(&["PrescriptionReceived"]);
        entitled().when(&ACCEPT).states(&["PrescriptionAccepted"]);
        entitled().when(&refuse()).states(&["PrescriptionRefused"]);
    }
    given(under_way(kind)).when(&refuse()).states(&["PrescriptionRefused"]);
}

#[test]
fn the_person_takes_it_back_whenever_there_is_something_to_take_back() {
    let ready = vec![prepared(PrescriptionKind::CANDIDATURE_IAE)];
    let sent = under_way(PrescriptionKind::CANDIDATURE_IAE);
    for facts in [ready, sent, accepted(), unanswered()] {
        given(facts).when(&withdraw()).states(&["PrescriptionWithdrawn"]);
    }
    given(withdrawn()).when(&withdraw()).states(&[]);
    given(refused()).when(&withdraw()).refuses("prescription.close");
    given(lapsed()).when(&withdraw()).refuses("prescription.close");
}

// — time —

#[test]
fn silence_is_a_fact_from_the_day_after_the_last_day_to_answer() {
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    given(under_way(kind)).on("2026-05-01").when(&NO_ANSWER).refuses("prescription.delai");
    for facts in [under_way(kind), then(PrescriptionReceived::default())] {
        let facts = given(facts).on("2026-05-02").when(&NO_ANSWER).states(&["PrescriptionUnanswered"]);
        let Event::PrescriptionUnanswered(unanswered) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(unanswered.days, 61);
    }
    given(unanswered()).when(&NO_ANSWER).states(&[]);
    for over in [accepted(), refused(), withdrawn(), lapsed()] {
        given(over).when(&NO_ANSWER).refuses("prescription.close");
    }
}

/// The facts of prescription 55 are these.
fn other(facts: Vec<Event>) -> impl FnOnce(&mut Known) {
    let facts: Vec<Recorded> = (1..).zip(&facts).map(|(n, fact)| recorded(n, 55, fact)).collect();
    move |known| {
        known.streams.insert(id(55), facts);
    }
}

#[test]
fn a_candidature_lapses_when_another_one_is_accepted() {
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    let lapse = LapsePrescription { accepted_prescription_id: id(55) };
    assert_eq!(lapse.needs(&State::default()).streams, [id(55)]);
    for waiting in [under_way(kind), then(PrescriptionReceived::default())] {
        let facts = given(waiting).knowing(other(accepted())).when(&lapse).states(&["PrescriptionLapsed"]);
        let Event::PrescriptionLapsed(lapsed) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(lapsed.accepted_prescription_id, id(55).to_string());
    }
    for answered in [accepted(), refused(), unanswered(), withdrawn(), lapsed()] {
        given(answered).knowing(other(accepted())).when(&lapse).states(&[]);
    }
}

#[test]
fn a_candidature_does_not_lapse_for_anything_less() {
    let kind = PrescriptionKind::CANDIDATURE_IAE;
    let lapse = LapsePrescription { accepted_prescription_id: id(55) };
    let mut given_up = accepted();
    given_up.push(PrescriptionWithdrawn::default().into());
    let training = PrescriptionKind::FORMATION;
    let mut taken_for_training = under_way(training);
    taken_for_training.push(PrescriptionAccepted { kind: training.into(), ..Default::default() }.into());
    for less in [vec![], under_way(kind), refused(), given_up, taken_for_training] {
        given(under_way(kind)).knowing(other(less)).when(&lapse).refuses("prescription.sans-objet");
    }
    given(under_way(training)).knowing(other(accepted())).when(&lapse).refuses("prescription.sans-objet");
}

// — the person agrees —

#[test]
fn a_prescription_goes_with_the_agreement_of_the_person() {
    let ready = || given(vec![prepared(PrescriptionKind::CANDIDATURE_IAE)]).on("2026-03-02");
    let facts = ready().when(&SEND).states(&["PrescriptionSent"]);
    let Event::PrescriptionSent(sent) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(sent.agreed_on, "2026-02-27");
    let unsaid = SendPrescription { agreed_on: None, ..SEND };
    ready().when(&unsaid).states_with_warnings(&["PrescriptionSent"], &["prescription.accord"]);
    let same_day = SendPrescription { agreed_on: Some(day("2026-03-02")), ..SEND };
    ready().when(&same_day).states(&["PrescriptionSent"]);
    let after = SendPrescription { agreed_on: Some(day("2026-03-03")), ..SEND };
    ready().when(&after).refuses("prescription.dates");
}

// — eligibility —

fn eligible(ground: EligibilityGround, level_1: &[&str], level_2: &[&str]) -> EstablishEligibility {
    let codes = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect();
    EstablishEligibility {
        ground: Word(ground),
        established_on: Some(day("2026-03-02")),
        level_1: codes(level_1),
        level_2: codes(level_2),
    }
}

/// Organisation 1, of the CIP who asks, hosts: it is an authorised prescriber.
fn hosted(known: &mut Known) {
    organisation(known, 1, OrganisationKind::CHRS);
}

/// A candidature to an organisation of that kind.
fn employer(kind: OrganisationKind) -> Scenario<Event> {
    given(under_way(PrescriptionKind::CANDIDATURE_IAE)).knowing(addressed_to(kind)).knowing(hosted)
}

fn valid_until(facts: &[Event]) -> &str {
    let Event::EligibilityEstablished(established) = &facts[0] else { panic!("{facts:?}") };
    &established.valid_until
}

#[test]
fn an_authorised_prescriber_needs_no_criterion_and_the_word_holds_six_months() {
    let command = eligible(EligibilityGround::PRESCRIPTEUR_HABILITE, &[], &[]);
    let facts = employer(OrganisationKind::ACI).when(&command).states(&["EligibilityEstablished"]);
    assert_eq!(valid_until(&facts), "2026-09-01");
    let ready = vec![prepared(PrescriptionKind::CANDIDATURE_IAE)];
    let today = EstablishEligibility { established_on: None, ..command };
    let facts =
        given(ready).knowing(hosted).on("2026-03-02").when(&today).states(&["EligibilityEstablished"]);
    assert_eq!(valid_until(&facts), "2026-09-01");
}

#[test]
fn an_employer_alone_needs_one_criterion_of_level_1_and_the_word_holds_92_days() {
    for kind in [
        OrganisationKind::ACI,
        OrganisationKind::AI,
        OrganisationKind::EI,
        OrganisationKind::EITI,
        OrganisationKind::ETTI,
    ] {
        let facts = employer(kind)
            .by(addressee())
            .when(&eligible(EligibilityGround::EMPLOYEUR, &["RSA"], &[]))
            .states(&["EligibilityEstablished"]);
        assert_eq!(valid_until(&facts), days_after(day("2026-03-02").0, 91).to_string());
    }
}

#[test]
fn an_employer_alone_needs_two_or_three_criteria_of_level_2() {
    let level_2 = ["PSH_PR", "FLE", "PM"];
    for (kind, needed) in [
        (OrganisationKind::AI, 2),
        (OrganisationKind::ETTI, 2),
        (OrganisationKind::ACI, 3),
        (OrganisationKind::EI, 3),
        (OrganisationKind::EITI, 3),
    ] {
        let with = |count| eligible(EligibilityGround::EMPLOYEUR, &[], &level_2[..count]);
        employer(kind).by(addressee()).when(&with(needed)).states(&["EligibilityEstablished"]);
        employer(kind).when(&with(needed)).refuses("eligibilite.verifiee-par");
        employer(kind)
            .by(Actor::system("les-emplois"))
            .when(&with(needed))
            .states(&["EligibilityEstablished"]);
        employer(kind).when(&with(needed - 1)).refuses("eligibilite.seuil");
        employer(kind).when(&with(0)).refuses("eligibilite.seuil");
    }
}

#[test]
fn only_a_siae_establishes_eligibility_from_criteria() {
    let command = eligible(EligibilityGround::EMPLOYEUR, &["RSA"], &[]);
    for kind in [OrganisationKind::GEIQ, OrganisationKind::EA, OrganisationKind::ENTREPRISE] {
        employer(kind).when(&command).refuses("eligibilite.employeur");
    }
    given(under_way(PrescriptionKind::CANDIDATURE_IAE)).when(&command).refuses("eligibilite.employeur");
}

#[test]
fn an_employer_does_not_speak_as_an_authorised_prescriber() {
    let command = eligible(EligibilityGround::PRESCRIPTEUR_HABILITE, &[], &[]);
    employer(OrganisationKind::EI).by(addressee()).when(&command).refuses("eligibilite.habilitation");
}

#[test]
fn only_an_authorised_prescriber_speaks_as_one() {
    let command = eligible(EligibilityGround::PRESCRIPTEUR_HABILITE, &[], &[]);
    use OrganisationKind as Kind;
    let by = |kind| {
        let asks = move |known: &mut Known| organisation(known, 1, kind);
        employer(Kind::ACI).knowing(asks).when(&command)
    };
    for kind in [Kind::FT, Kind::ML, Kind::CAP_EMPLOI, Kind::PLIE, Kind::DEPT, Kind::CPH, Kind::HU, Kind::PJJ]
    {
        assert!(is_authorised(kind));
        by(kind).states(&["EligibilityEstablished"]);
    }
    for kind in [Kind::ENTREPRISE, Kind::ACI, Kind::ACCUEIL_DE_JOUR, Kind::FACE, Kind::AUTRE] {
        by(kind).refuses("eligibilite.prescripteur");
    }
    let nobody = given(under_way(PrescriptionKind::CANDIDATURE_IAE)).knowing(addressed_to(Kind::ACI));
    nobody.when(&command).refuses("eligibilite.prescripteur");
    // The tool that is the authority is believed.
    given(under_way(PrescriptionKind::CANDIDATURE_IAE))
        .knowing(addressed_to(Kind::ACI))
        .by(Actor::system("les-emplois"))
        .when(&command)
        .states(&["EligibilityEstablished"]);
}

#[test]
fn each_criterion_is_named_once() {
    for (level_1, level_2) in [
        (&["RSA", ""][..], &[][..]),
        (&["RSA"], &[" "]),
        (&["RSA", "RSA"], &[]),
        (&[], &["FLE", " fle", "PM"]),
        (&["RSA"], &["RSA"]),
    ] {
        for ground in [EligibilityGround::EMPLOYEUR, EligibilityGround::PRESCRIPTEUR_HABILITE] {
            let command = eligible(ground, level_1, level_2);
            employer(OrganisationKind::AI).when(&command).refuses("eligibilite.critere");
        }
    }
}

#[test]
fn eligibility_for_something_else_than_iae_is_a_warning_and_no_more() {
    let command = eligible(EligibilityGround::PRESCRIPTEUR_HABILITE, &[], &[]);
    for kind in [PrescriptionKind::PHC, PrescriptionKind::CVG, PrescriptionKind::TAPAJ] {
        given(under_way(kind)).knowing(hosted).when(&command).states(&["EligibilityEstablished"]);
    }
    given(under_way(PrescriptionKind::CRECHE_AVIP))
        .knowing(hosted)
        .when(&command)
        .states_with_warnings(&["EligibilityEstablished"], &["eligibilite.objet"]);
}

// — all of them —

#[test]
fn the_facts_happen_on_the_day_that_is_said() {
    let said = Some(day("2026-03-02"));
    let days = [
        SendPrescription { sent_on: said, ..SEND }.occurred_on(),
        ReceivePrescription { received_on: said }.occurred_on(),
        AcceptPrescription { accepted_on: said, starts_on: Some(day("2027-01-04")) }.occurred_on(),
        RefusePrescription { refused_on: said, ..refuse() }.occurred_on(),
        WithdrawPrescription { withdrawn_on: said, ..withdraw() }.occurred_on(),
        eligible(EligibilityGround::EMPLOYEUR, &[], &[]).occurred_on(),
    ];
    assert_eq!(days, [said.map(|day| day.0); 6]);
    assert_eq!(prepare(PrescriptionKind::VAE).occurred_on(), None);
}

#[test]
fn every_command_has_its_route_but_the_one_of_the_reaction() {
    let paths: Vec<_> = prescription::api().routes.into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), 18);
    assert!(paths.contains(&"/api/v1/cases/{case_id}/prescriptions".to_owned()));
    assert!(!paths.iter().any(|path| path.contains("lapse")));
    serde_json::from_str::<NoAnswer>("{}").expect("an empty body");
    serde_json::from_str::<NoAnswer>(r#"{ "days": 3 }"#).expect_err("nothing is passed over");
}

#[test]
fn every_rule_has_an_id_of_its_own_and_speaks_in_sentences() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.text.ends_with('.') && !rule.source.is_empty()));
}
