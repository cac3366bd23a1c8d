//! A case is opened; identity and circle.

use case::domain::case::{commands::*, *};
use contracts::{
    Word,
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::{MemberJoined, MemberLeft, PlatformOpened},
};
use service::Command as _;
use testkit::scenario::{Scenario, actor, day, id, organisation};

use crate::support::{held_post, stream};

fn opened() -> CaseOpened {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
}

fn member(post: u128) -> CircleMemberJoined {
    CircleMemberJoined { post_id: id(post).to_string(), role: Role::CIP.into(), ..Default::default() }
}

fn open_case() -> OpenCase {
    OpenCase {
        structure_id: id(1),
        platform_id: None,
        origin: Word(CaseOrigin::SIAO),
        opened_on: Some(day("2026-01-05")),
        identity: None,
    }
}

fn identity(birth_date: &str) -> Identity {
    Identity {
        family_name: "Essai".into(),
        given_name: "Ana".into(),
        birth_date: Some(day(birth_date)),
        phone: String::new(),
        email: String::new(),
        language: String::new(),
    }
}

#[test]
fn whoever_opens_a_case_joins_its_circle() {
    Scenario::nothing()
        .by(actor(Role::CIP, 7, 1))
        .knowing(|known| organisation(known, 1, OrganisationKind::CHRS))
        .when(&open_case())
        .states(&["CaseOpened", "CircleMemberJoined"]);
}

#[test]
fn nobody_is_followed_before_they_were_born() {
    let opening = |opened: &str, born: &str| {
        let command =
            OpenCase { opened_on: Some(day(opened)), identity: Some(identity(born)), ..open_case() };
        Scenario::nothing().knowing(|known| organisation(known, 1, OrganisationKind::CHRS)).when(&command)
    };
    opening("1980-01-07", "1990-04-12").refuses("date.naissance");
    let same_day = opening("1990-04-12", "1990-04-12");
    same_day.states(&["CaseOpened", "CircleMemberJoined", "IdentityRecorded"]);
    let recording = |born: &str| {
        let command = RecordIdentity { identity: identity(born) };
        let since = |known: &mut service::Known| {
            known.case.as_mut().expect("a case").opened_on = Some(day("2026-01-05").0);
        };
        Scenario::given([opened()]).knowing(since).when(&command)
    };
    recording("2026-01-06").refuses("date.naissance");
    recording("2026-01-05").states(&["IdentityRecorded"]);
}

#[test]
fn a_case_is_not_opened_by_a_structure_nobody_knows() {
    Scenario::nothing().when(&open_case()).refuses("dossier.structure");
}

#[test]
fn a_case_is_opened_by_its_structure_or_by_a_member_of_the_platform_that_it_shares() {
    let opened_on_platform = PlatformOpened { lead_organisation_id: id(1).to_string(), ..Default::default() };
    let joined = |organisation: u128| -> events::Platform {
        MemberJoined { organisation_id: id(organisation).to_string(), ..Default::default() }.into()
    };
    let left = |organisation: u128| -> events::Platform {
        MemberLeft { organisation_id: id(organisation).to_string(), ..Default::default() }.into()
    };
    let by = |own: u128, members: Vec<events::Platform>| {
        let facts: Vec<_> = [opened_on_platform.clone().into()].into_iter().chain(members).collect();
        Scenario::nothing().by(actor(Role::CIP, 7, own)).knowing(stream(90, None, facts)).knowing(|known| {
            organisation(known, 1, OrganisationKind::CHRS);
            organisation(known, 2, OrganisationKind::CHRS);
        })
    };
    let shared = || OpenCase { platform_id: Some(id(90)), ..open_case() };
    let opened = ["CaseOpened", "CircleMemberJoined"];
    by(2, vec![]).when(&open_case()).refuses("dossier.ouverture");
    by(2, vec![]).when(&shared()).refuses("dossier.ouverture");
    by(2, vec![joined(2)]).when(&shared()).states(&opened);
    by(2, vec![joined(2)]).when(&open_case()).refuses("dossier.ouverture");
    by(2, vec![joined(2), left(2)]).when(&shared()).refuses("dossier.ouverture");
    by(1, vec![]).when(&shared()).states(&opened);
    let elsewhere = OpenCase { structure_id: id(2), ..shared() };
    by(2, vec![]).when(&elsewhere).refuses("dossier.plateforme");
}

#[test]
fn nobody_is_born_tomorrow_and_everybody_has_a_name() {
    let scenario = || {
        Scenario::nothing().on("2026-02-01").knowing(|known| organisation(known, 1, OrganisationKind::CHRS))
    };
    let born_later = OpenCase { identity: Some(identity("2026-02-02")), ..open_case() };
    scenario().when(&born_later).refuses("identite.naissance");
    let nameless = Identity { given_name: " ".into(), ..identity("1990-01-01") };
    scenario().when(&OpenCase { identity: Some(nameless), ..open_case() }).refuses("identite.nom");
}

#[test]
fn an_identity_recorded_twice_is_a_correction() {
    let command = RecordIdentity { identity: identity("1990-01-01") };
    Scenario::given([opened()]).when(&command).states(&["IdentityRecorded"]);
    Scenario::given([Event::from(opened()), IdentityRecorded::default().into()])
        .when(&command)
        .states(&["IdentityCorrected"]);
}

#[test]
fn the_last_of_the_circle_does_not_leave_an_open_case() {
    let leave = LeaveCircle { post_id: id(7), until: None, reason: String::new() };
    Scenario::given([Event::from(opened()), member(7).into()]).when(&leave).refuses("cercle.dernier");
    Scenario::given([Event::from(opened()), member(7).into(), member(8).into()])
        .when(&leave)
        .states(&["CircleMemberLeft"]);
}

#[test]
fn joining_twice_is_already_so() {
    let join = JoinCircle {
        post_id: id(7),
        organisation_id: id(1),
        role: Word(Role::CIP),
        since: None,
        reason: String::new(),
        frame: None,
    };
    Scenario::given([Event::from(opened()), member(7).into()]).when(&join).states(&[]);
}

#[test]
fn whoever_leaves_twice_is_already_gone_and_the_last_leaves_a_closed_case() {
    let leave = LeaveCircle { post_id: id(7), until: None, reason: String::new() };
    Scenario::given([opened()]).when(&leave).states(&[]);
    let closed = [Event::from(opened()), member(7).into(), CaseClosed::default().into()];
    Scenario::given(closed).when(&leave).states(&["CircleMemberLeft"]);
}

#[test]
fn an_identity_that_was_forgotten_is_recorded_anew() {
    let command = RecordIdentity { identity: identity("1990-01-01") };
    let forgotten = |class: PersonalClass| {
        let forgotten = PersonForgotten { classes: vec![class.into()], ..Default::default() };
        Scenario::given([Event::from(opened()), IdentityRecorded::default().into(), forgotten.into()])
    };
    forgotten(PersonalClass::IDENTITY).when(&command).states(&["IdentityRecorded"]);
    forgotten(PersonalClass::HEALTH).when(&command).states(&["IdentityCorrected"]);
}

fn join(post: u128, organisation: u128, role: Role) -> JoinCircle {
    JoinCircle {
        post_id: id(post),
        organisation_id: id(organisation),
        role: Word(role),
        since: None,
        reason: String::new(),
        frame: None,
    }
}

#[test]
fn who_joins_holds_the_post_that_is_said() {
    let asked = |held| Scenario::given([opened()]).knowing(held_post(8, 2, Role::CONSEILLER, held));
    let command = join(8, 2, Role::CONSEILLER);
    assert_eq!(command.needs(&Default::default()).streams, [id(8)]);
    asked(true).when(&command).states(&["CircleMemberJoined"]);
    asked(false).when(&command).refuses("cercle.poste");
    asked(true).when(&join(8, 3, Role::CONSEILLER)).refuses("cercle.poste");
    asked(true).when(&join(8, 2, Role::REFERENT_SOCIAL)).refuses("cercle.poste");
    asked(true).when(&join(9, 2, Role::CONSEILLER)).refuses("cercle.poste");
    // A tool whose word stands is recorded as it tells.
    let tool = Scenario::given([opened()]).by(access::Actor::system("les-emplois"));
    tool.when(&command).states(&["CircleMemberJoined"]);
}

#[test]
fn only_who_hosts_the_person_brings_others_in_and_others_only_bring_in_who_hosts() {
    let adviser = actor(Role::CONSEILLER, 70, 2);
    let asked = |organisation| {
        Scenario::given([opened()])
            .by(adviser.clone())
            .knowing(held_post(8, organisation, Role::CIP, true))
            .when(&join(8, organisation, Role::CIP))
    };
    asked(2).refuses("cercle.entree");
    asked(3).refuses("cercle.entree");
    asked(1).states(&["CircleMemberJoined"]);
}

#[test]
fn to_leave_is_about_oneself_or_about_another() {
    let leave = |post| LeaveCircle { post_id: id(post), until: None, reason: String::new() };
    let cip = actor(Role::CIP, 7, 2);
    assert!(!leave(7).is_about_another(&cip) && leave(8).is_about_another(&cip));
    let nowhere = access::Actor { post_id: None, ..cip };
    assert!(leave(7).is_about_another(&nowhere));
}
