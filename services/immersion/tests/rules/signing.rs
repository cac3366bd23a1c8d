//! Signing a convention, changing it, and what the prescriber answers.

use contracts::{
    Word,
    common::v1::{OrganisationKind, Role},
};
use immersion::domain::{aggregate::State, commands::*, *};
use testkit::scenario::{Scenario, actor, day, id, organisation};

use super::support::*;

pub fn drafted() -> Event {
    ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        object: ImmersionObject::DECOUVRIR_METIER.into(),
        terms: stated(&terms("2026-11-16", "2026-11-27")).into(),
        host_id: id(HOST).to_string(),
        prescriber_id: id(2).to_string(),
        signatories: vec![Party::BENEFICIAIRE.into(), Party::STRUCTURE_ACCUEIL.into()],
        ..Default::default()
    }
    .into()
}

fn stated(terms: &commands::Terms) -> immersion::domain::Terms {
    immersion::domain::Terms {
        starts_on: terms.starts_on.to_string(),
        ends_on: terms.ends_on.to_string(),
        presence_days: terms.presence_days,
        weekly_minutes: terms.weekly_minutes,
        ..Default::default()
    }
}

pub fn signed(party: Party, on: &str) -> Event {
    ConventionSigned { party: party.into(), signed_on: on.into(), ..Default::default() }.into()
}

pub fn fully_signed() -> Vec<Event> {
    vec![
        drafted(),
        signed(Party::BENEFICIAIRE, "2026-11-10"),
        signed(Party::STRUCTURE_ACCUEIL, "2026-11-12"),
        ConventionFullySigned { signed_on: "2026-11-12".into(), ..Default::default() }.into(),
    ]
}

pub fn and(mut facts: Vec<Event>, more: impl Into<Event>) -> Vec<Event> {
    facts.push(more.into());
    facts
}

pub fn validated() -> Vec<Event> {
    and(fully_signed(), ConventionValidated { validated_on: "2026-11-13".into(), ..Default::default() })
}

fn closed() -> [Vec<Event>; 3] {
    [
        and(fully_signed(), ConventionRejected::default()),
        and(validated(), ConventionCancelled::default()),
        and(fully_signed(), ConventionLapsed::default()),
    ]
}

fn given(facts: Vec<Event>) -> Scenario<Event> {
    Scenario::given(facts).knowing(|known| {
        organisation(known, 2, OrganisationKind::FT);
        known.birth_date = Some(day("1990-06-15").0);
    })
}

fn sign(party: Party, on: &str) -> SignConvention {
    SignConvention { party: Word(party), signed_on: Some(day(on)) }
}

fn amend() -> AmendConvention {
    AmendConvention { object: Objects::default(), terms: None, has_current_employer: None, details: None }
}

fn reject() -> RejectConvention {
    RejectConvention { rejected_on: None, justification: String::new() }
}

fn cancel() -> CancelConvention {
    CancelConvention { cancelled_on: None, justification: String::new() }
}

#[test]
fn the_last_signature_makes_the_convention_fully_signed() {
    given(vec![drafted()]).when(&sign(Party::STRUCTURE_ACCUEIL, "2026-11-12")).states(&["ConventionSigned"]);
    let facts = given(vec![drafted(), signed(Party::STRUCTURE_ACCUEIL, "2026-11-12")])
        .when(&sign(Party::BENEFICIAIRE, "2026-11-10"))
        .states(&["ConventionSigned", "ConventionFullySigned"]);
    let Event::ConventionFullySigned(full) = &facts[1] else { panic!("not fully signed") };
    assert_eq!(full.signed_on, "2026-11-12", "it is fully signed on the day of the latest signature");
    assert_eq!(full.kind, ConventionKind::PMSMP);
    assert_eq!(full.terms.ends_on, "2026-11-27");
    assert_eq!(own_day(&facts[0]), Some(day("2026-11-10").0));
}

#[test]
fn signing_twice_is_already_so() {
    given(vec![drafted(), signed(Party::BENEFICIAIRE, "2026-11-10")])
        .when(&sign(Party::BENEFICIAIRE, "2026-11-11"))
        .states(&[]);
}

#[test]
fn only_the_parties_sign() {
    given(vec![drafted()]).when(&sign(Party::REPRESENTANT_LEGAL, "2026-11-10")).refuses("convention.partie");
}

#[test]
fn the_representative_of_someone_known_later_to_be_a_minor_is_asked_and_signatures_stay() {
    let minor =
        |facts: Vec<Event>| given(facts).knowing(|known| known.birth_date = Some(day("2009-03-01").0));
    let asked = |facts: &[Event]| {
        let Event::ConventionCorrected(corrected) = &facts[0] else { panic!("who signs is not said anew") };
        corrected.signatories.clone()
    };
    let three: Vec<contracts::EnumValue<Party>> =
        [Party::BENEFICIAIRE, Party::STRUCTURE_ACCUEIL, Party::REPRESENTANT_LEGAL].map(Into::into).into();
    // The last of those who were to sign is not the last any more.
    let before = vec![drafted(), signed(Party::BENEFICIAIRE, "2026-11-10")];
    let facts = minor(before.clone())
        .when(&sign(Party::STRUCTURE_ACCUEIL, "2026-11-12"))
        .states(&["ConventionCorrected", "ConventionSigned"]);
    assert_eq!(asked(&facts), three);
    let state = State::of(before.into_iter().chain(facts));
    assert!(!state.fully_signed && state.missing() == [Party::REPRESENTANT_LEGAL]);
    // Signed by all before anyone knew: the representative completes it.
    minor(fully_signed()).when(&ValidateConvention { validated_on: None }).refuses("pmsmp.signataires");
    let facts = minor(fully_signed()).when(&sign(Party::REPRESENTANT_LEGAL, "2026-11-14")).states(&[
        "ConventionCorrected",
        "ConventionSigned",
        "ConventionFullySigned",
    ]);
    let complete = || fully_signed().into_iter().chain(facts.clone()).collect::<Vec<_>>();
    assert_eq!(State::of(complete()).signatures.len(), 3);
    minor(complete()).when(&ValidateConvention { validated_on: None }).states(&["ConventionValidated"]);
}

#[test]
fn what_is_refused_cancelled_or_lapsed_is_signed_no_more() {
    for facts in closed() {
        let facts: Vec<_> =
            facts.into_iter().filter(|fact| !matches!(fact, Event::ConventionSigned(_))).collect();
        given(facts.clone()).when(&sign(Party::BENEFICIAIRE, "2026-11-14")).refuses("convention.close");
        given(facts.clone()).when(&amend()).refuses("convention.close");
        given(facts.clone()).when(&ApproveConvention { approved_on: None }).refuses("convention.close");
        given(facts.clone()).when(&ValidateConvention { validated_on: None }).refuses("convention.close");
        given(facts.clone()).when(&StartImmersion { started_on: None }).refuses("convention.close");
    }
}

#[test]
fn whatever_became_of_one_convention_another_may_be_written() {
    drafting().when(&pmsmp()).states(&["ConventionDrafted"]);
}

#[test]
fn an_amendment_voids_every_signature() {
    let later = AmendConvention { terms: Some(terms("2026-11-17", "2026-11-30")), ..amend() };
    let facts = given(fully_signed()).when(&later).states(&["ConventionAmended"]);
    let state = State::of(fully_signed().into_iter().chain(facts));
    assert!(state.signatures.is_empty() && !state.fully_signed);
    assert_eq!(state.missing(), [Party::BENEFICIAIRE, Party::STRUCTURE_ACCUEIL]);
    assert_eq!(state.frame.map(|frame| frame.starts_on), Some(day("2026-11-17").0));
    assert_eq!(state.object, ImmersionObject::DECOUVRIR_METIER);
}

#[test]
fn an_amendment_of_nothing_is_already_so() {
    given(fully_signed()).when(&amend()).states(&[]);
    let same = AmendConvention { terms: Some(terms("2026-11-16", "2026-11-27")), ..amend() };
    given(fully_signed()).when(&same).states(&[]);
}

#[test]
fn new_details_are_an_amendment_too() {
    let details = AmendConvention { details: Some(commands::Details::default()), ..amend() };
    given(fully_signed()).when(&details).states(&["ConventionAmended"]);
}

#[test]
fn an_amendment_obeys_the_rules_of_a_draft() {
    let with = |terms| AmendConvention { terms: Some(terms), ..amend() };
    given(fully_signed()).when(&with(terms("2026-11-16", "2026-12-16"))).refuses("pmsmp.duree");
    given(fully_signed()).when(&with(terms("2026-11-16", "2026-11-15"))).refuses("convention.dates");
    let week = |weekly_minutes| with(commands::Terms { weekly_minutes, ..terms("2026-11-16", "2026-11-27") });
    given(fully_signed()).when(&week(49 * 60)).refuses("pmsmp.heures");
    given(fully_signed())
        .when(&week(40 * 60))
        .states_with_warnings(&["ConventionAmended"], &["pmsmp.heures-35"]);
    given(fully_signed())
        .knowing(|known| known.birth_date = Some(day("2010-11-20").0))
        .when(&with(terms("2026-11-17", "2026-11-27")))
        .refuses("pmsmp.age");
    let two = Objects(vec![Word(ImmersionObject::DECOUVRIR_METIER), Word(ImmersionObject::CONFIRMER_PROJET)]);
    given(fully_signed()).when(&AmendConvention { object: two, ..amend() }).refuses("pmsmp.objet");
}

#[test]
fn an_amendment_computes_again_who_signs() {
    let employed = AmendConvention { has_current_employer: Some(true), ..amend() };
    let facts = given(fully_signed()).when(&employed).states(&["ConventionAmended"]);
    let state = State::of(fully_signed().into_iter().chain(facts));
    assert!(state.signatories.contains(&Party::EMPLOYEUR_ACTUEL));
}

#[test]
fn the_object_of_a_renewal_does_not_change_by_amendment() {
    let renewal = || {
        and(
            fully_signed(),
            ConventionRenewed { from_convention_id: id(EARLIER).to_string(), ..Default::default() },
        )
    };
    let other = AmendConvention { object: ImmersionObject::CONFIRMER_PROJET.into(), ..amend() };
    given(renewal())
        .knowing(|known| {
            let first = earlier(ConventionKind::PMSMP, ImmersionObject::DECOUVRIR_METIER);
            known.streams =
                std::collections::HashMap::from([(id(EARLIER), recorded(EARLIER, 42, vec![first]))]);
        })
        .when(&other)
        .refuses("pmsmp.renouvellement");
}

#[test]
fn what_is_validated_or_begun_is_not_amended_nor_refused() {
    given(validated()).when(&amend()).refuses("convention.validee");
    given(validated()).when(&reject()).refuses("convention.validee");
    let begun =
        || and(fully_signed(), ImmersionStarted { started_on: "2026-11-16".into(), ..Default::default() });
    given(begun()).when(&amend()).refuses("convention.validee");
    given(begun()).when(&reject()).refuses("convention.validee");
}

#[test]
fn a_convention_is_approved_then_validated_once_fully_signed() {
    let approve = ApproveConvention { approved_on: None };
    let validate = ValidateConvention { validated_on: Some(day("2026-11-13")) };
    given(vec![drafted()]).when(&approve).refuses("convention.signatures");
    given(vec![drafted()]).when(&validate).refuses("convention.signatures");
    given(fully_signed()).when(&approve).states(&["ConventionApproved"]);
    given(fully_signed()).when(&validate).states(&["ConventionValidated"]);
    let approved = || and(fully_signed(), ConventionApproved::default());
    given(approved()).when(&approve).states(&[]);
    given(approved()).when(&validate).states(&["ConventionValidated"]);
    given(validated()).when(&validate).states(&[]);
    given(validated()).when(&approve).states(&[]);
}

#[test]
fn the_prescriber_may_prescribe_on_the_day_it_validates() {
    given(fully_signed())
        .knowing(|known| organisation(known, 2, OrganisationKind::PLIE))
        .when(&ValidateConvention { validated_on: None })
        .refuses("pmsmp.prescripteur");
}

#[test]
fn a_refusal_and_a_cancellation_are_said_once() {
    given(fully_signed()).when(&reject()).states(&["ConventionRejected"]);
    given(and(fully_signed(), ConventionRejected::default())).when(&reject()).states(&[]);
    given(and(fully_signed(), ConventionRejected::default())).when(&cancel()).refuses("convention.close");
    given(validated()).when(&cancel()).states(&["ConventionCancelled"]);
    given(and(validated(), ConventionCancelled::default())).when(&cancel()).states(&[]);
    given(and(validated(), ConventionCancelled::default())).when(&reject()).refuses("convention.close");
}

#[test]
fn what_is_over_is_reviewed_rather_than_cancelled() {
    let over = and(and(validated(), ImmersionStarted::default()), ImmersionEnded::default());
    given(over).when(&cancel()).refuses("immersion.cours");
}

#[test]
fn outside_the_circle_an_employer_signs_only_where_it_is_a_party() {
    let by = |organisation| given(vec![drafted()]).by(actor(Role::EMPLOYEUR_SIAE, 9, organisation));
    let command = sign(Party::STRUCTURE_ACCUEIL, "2026-11-12");
    by(HOST).when(&command).states(&["ConventionSigned"]);
    by(2).when(&command).states(&["ConventionSigned"]);
    by(6).when(&command).refuses("immersion.employeur");
    by(6)
        .knowing(|known| {
            if let Some(case) = known.case.as_mut() {
                case.circle.insert(id(9), Role::EMPLOYEUR_SIAE);
            }
        })
        .when(&command)
        .states(&["ConventionSigned"]);
}
