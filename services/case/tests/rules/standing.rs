//! A case rests, goes on, moves with the person, is closed and reopened, is forgotten.

use access::Actor;
use case::domain::case::{commands::*, *};
use contracts::{
    Class, Word,
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::PlatformOpened,
};
use service::{CaseStanding, Command as _, Known};
use testkit::scenario::{Scenario, day, id, organisation};

use crate::{
    facts::recorded,
    support::{held_post, stream},
};

fn opened() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

fn closed(on: &str) -> Vec<Event> {
    vec![opened(), CaseClosed { closed_on: on.into(), ..Default::default() }.into()]
}

fn paused(until: &str) -> Vec<Event> {
    let paused = CasePaused { paused_on: "2026-03-02".into(), until: until.into(), ..Default::default() };
    vec![opened(), paused.into()]
}

fn pause(until: Option<&str>) -> PauseCase {
    PauseCase { paused_on: Some(day("2026-03-02")), until: until.map(day), reason: " convalescence ".into() }
}

const RESUME: ResumeCase = ResumeCase { resumed_on: None };
const REOPEN: ReopenCase = ReopenCase { reopened_on: None };

fn transfer(structure: u128) -> TransferCase {
    TransferCase {
        structure_id: id(structure),
        platform_id: Some(id(8)),
        transferred_on: Some(day("2026-04-01")),
    }
}

fn join(since: &str) -> JoinCircle {
    JoinCircle {
        post_id: id(8),
        organisation_id: id(1),
        role: Word(Role::CIP),
        since: Some(day(since)),
        reason: " Elle connaît les chantiers. ".into(),
        frame: Some(Word(SupportFrame::SEVE)),
    }
}

#[test]
fn a_case_rests_and_goes_on() {
    let facts = Scenario::given([opened()]).when(&pause(Some("2026-04-30"))).states(&["CasePaused"]);
    let Event::CasePaused(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.paused_on, &*stated.until), ("2026-03-02", "2026-04-30"));
    assert_eq!(stated.reason, "convalescence");
    Scenario::given([opened()]).when(&pause(None)).states(&["CasePaused"]);
    Scenario::given(paused("")).when(&RESUME).states(&["CaseResumed"]);
    let resumed = paused("").into_iter().chain([CaseResumed::default().into()]);
    Scenario::given(resumed.clone()).when(&RESUME).states(&[]);
    Scenario::given(resumed).when(&pause(None)).states(&["CasePaused"]);
}

#[test]
fn a_pause_said_twice_is_already_so_and_with_another_last_day_is_prolonged() {
    Scenario::given(paused("2026-04-30")).when(&pause(Some("2026-04-30"))).states(&[]);
    Scenario::given(paused("2026-04-30")).when(&pause(Some("2026-05-31"))).states(&["CasePaused"]);
}

#[test]
fn a_pause_has_its_days_in_order() {
    Scenario::given([opened()]).when(&pause(Some("2026-03-01"))).refuses("dossier.pause");
    let before = ResumeCase { resumed_on: Some(day("2026-03-01")) };
    Scenario::given(paused("")).when(&before).refuses("dossier.pause");
    let same_day = ResumeCase { resumed_on: Some(day("2026-03-02")) };
    Scenario::given(paused("")).when(&same_day).states(&["CaseResumed"]);
}

#[test]
fn a_closing_ends_the_pause() {
    let facts = paused("").into_iter().chain(closed("2026-06-30").split_off(1));
    Scenario::given(facts).when(&RESUME).states(&[]);
}

#[test]
fn the_case_moves_with_the_person_and_keeps_its_circle() {
    let scenario = || {
        let member = CircleMemberJoined { post_id: id(7).to_string(), ..Default::default() };
        Scenario::given([opened(), member.into()]).knowing(shared_by_2(OrganisationKind::PENSION))
    };
    let facts = scenario().when(&transfer(2)).states(&["CaseTransferred"]);
    let Event::CaseTransferred(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.structure_id, id(2).to_string());
    assert_eq!(stated.device.as_known(), Some(OrganisationKind::PENSION));
    assert_eq!(stated.platform_id, id(8).to_string());
    assert_eq!(stated.transferred_on, "2026-04-01");
    let needs = transfer(2).needs(&Default::default());
    assert_eq!((needs.organisations, needs.streams), (vec![id(2)], vec![id(8)]));
    let moved = [opened(), facts[0].clone()];
    Scenario::given(moved.clone())
        .knowing(shared_by_2(OrganisationKind::PENSION))
        .when(&transfer(2))
        .states(&[]);
    let alone = TransferCase { platform_id: None, ..transfer(2) };
    Scenario::given(moved)
        .knowing(|known| organisation(known, 2, OrganisationKind::PENSION))
        .when(&alone)
        .states(&["CaseTransferred"]);
}

/// Organisation 2 is of that kind, and leads the platform of number 8.
fn shared_by_2(kind: OrganisationKind) -> impl FnOnce(&mut Known) {
    let platform = PlatformOpened { lead_organisation_id: id(2).to_string(), ..Default::default() };
    let platform = stream::<events::Platform>(8, None, vec![platform.into()]);
    move |known| {
        organisation(known, 2, kind);
        platform(known);
    }
}

#[test]
fn a_case_goes_where_people_are_hosted_and_is_shared_where_that_structure_is() {
    use OrganisationKind as Kind;
    for kind in [Kind::CHRS, Kind::CHU, Kind::HU, Kind::CPH, Kind::CADA, Kind::HUDA, Kind::OIL, Kind::OACAS] {
        Scenario::given([opened()])
            .knowing(shared_by_2(kind))
            .when(&transfer(2))
            .states(&["CaseTransferred"]);
    }
    for kind in [Kind::FT, Kind::ML, Kind::ACI, Kind::ENTREPRISE, Kind::MDPH, Kind::DDETS, Kind::AUTRE] {
        Scenario::given([opened()]).knowing(shared_by_2(kind)).when(&transfer(2)).refuses("dossier.accueil");
    }
    let elsewhere = TransferCase { platform_id: Some(id(9)), ..transfer(2) };
    Scenario::given([opened()])
        .knowing(shared_by_2(Kind::CHRS))
        .when(&elsewhere)
        .refuses("dossier.plateforme");
    let on_none = TransferCase { platform_id: None, ..transfer(2) };
    Scenario::given([opened()]).knowing(shared_by_2(Kind::CHRS)).when(&on_none).states(&["CaseTransferred"]);
}

#[test]
fn a_case_is_not_transferred_to_nobody() {
    Scenario::given([opened()]).when(&transfer(2)).refuses("dossier.structure");
}

#[test]
fn nothing_begins_in_a_case_after_its_closing_and_what_happened_before_is_still_told() {
    let shut =
        || {
            Scenario::given(closed("2026-02-28"))
                .knowing(shared_by_2(OrganisationKind::CHU))
                .knowing(held_post(8, 1, Role::CIP, true))
        };
    shut().when(&join("2026-03-01")).refuses("dossier.clos");
    shut().when(&pause(None)).refuses("dossier.clos");
    shut().when(&transfer(2)).refuses("dossier.clos");
    let facts = shut().when(&join("2026-02-28")).states(&["CircleMemberJoined"]);
    let Event::CircleMemberJoined(joined) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(joined.reason, "Elle connaît les chantiers.");
    let earlier = PauseCase { paused_on: Some(day("2026-02-01")), ..pause(None) };
    shut().when(&earlier).states(&["CasePaused"]);
}

#[test]
fn a_closed_case_is_reopened_and_goes_on() {
    let close = CloseCase { reason: Word(ClosingReason::MOVED), closed_on: None, comment: String::new() };
    Scenario::given([opened()]).when(&close).states(&["CaseClosed"]);
    Scenario::given(closed("2026-02-28")).when(&close).states(&[]);
    Scenario::given([opened()]).when(&REOPEN).states(&[]);
    let facts = Scenario::given(closed("2026-02-28")).when(&REOPEN).states(&["CaseReopened"]);
    let reopened = closed("2026-02-28").into_iter().chain(facts);
    Scenario::given(reopened)
        .knowing(held_post(8, 1, Role::CIP, true))
        .when(&join("2026-03-01"))
        .states(&["CircleMemberJoined"]);
}

#[test]
fn whoever_destroys_the_keys_says_that_the_person_is_forgotten() {
    let forget = |classes: &[PersonalClass]| ForgetPerson {
        classes: classes.iter().copied().map(Word).collect(),
        reason: Word(ForgettingReason::PERSON_ASKED),
        request_id: None,
        stores: Vec::new(),
        backups_mute_on: None,
        renewable: false,
    };
    Scenario::given([opened()]).when(&forget(&[])).refuses("oubli.systeme");
    let keeper = || Scenario::given([opened()]).by(Actor::system("keeper")).on("2026-05-04");
    let facts = keeper().when(&forget(&[])).states(&["PersonForgotten"]);
    let Event::PersonForgotten(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.classes.len(), 6, "all of them");
    assert_eq!(stated.forgotten_on, "2026-05-04");
    let facts = keeper().when(&forget(&[PersonalClass::HEALTH])).states(&["PersonForgotten"]);
    let Event::PersonForgotten(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.classes, [PersonalClass::HEALTH]);
    let again = Scenario::given([opened(), facts[0].clone()]).by(Actor::system("keeper"));
    again.when(&forget(&[])).states(&["PersonForgotten"]);
}

/// What the other contexts know of case 42 after these facts.
fn stands(facts: &[Event]) -> CaseStanding {
    let facts: Vec<_> = (1..).zip(facts).map(|(n, fact)| recorded(n, 42, Some(42), fact)).collect();
    CaseStanding::fold(&facts).expect("it was opened")
}

#[test]
fn the_other_contexts_know_who_hosts_the_person_and_what_they_agreed_to_share() {
    let transferred = CaseTransferred {
        structure_id: id(2).to_string(),
        platform_id: id(8).to_string(),
        ..Default::default()
    };
    let case = stands(&[opened(), transferred.into()]);
    assert_eq!((case.structure_id, case.platform_id), (id(2), Some(id(8))));

    let given = |agreement: u128| -> Event {
        AgreementGiven {
            agreement_id: id(agreement).to_string(),
            organisation_id: id(3).to_string(),
            classes: vec![PersonalClass::IDENTITY.into(), PersonalClass::SOCIAL.into()],
            from_day: "2026-03-02".into(),
            until_day: "2026-06-01".into(),
            ..Default::default()
        }
        .into()
    };
    let withdrawn = AgreementWithdrawn { agreement_id: id(10).to_string(), ..Default::default() };
    let expired = AgreementExpired { agreement_id: id(11).to_string(), ..Default::default() };
    let case = stands(&[opened(), given(10), given(11), given(12), withdrawn.into(), expired.into()]);
    let [agreement] = &*case.agreements else { panic!("{:?}", case.agreements) };
    assert_eq!((agreement.id, agreement.organisation_id), (id(12), id(3)));
    assert_eq!(agreement.classes, [Class::Identity, Class::Social]);
    for (on, holds) in
        [("2026-03-01", false), ("2026-03-02", true), ("2026-06-01", true), ("2026-06-02", false)]
    {
        assert_eq!(agreement.holds_on(day(on).0), holds, "{on}");
    }
}

#[test]
fn the_other_contexts_know_what_was_opened_in_an_emergency() {
    let open = OpenEmergencyAccess {
        reason_code: Some(Word(EmergencyReason::VITAL)),
        reason: "malaise".into(),
        minutes: Some(10),
    };
    let facts = Scenario::given([opened()]).when(&open).states(&["EmergencyAccessOpened"]);
    let case = stands(&[opened(), facts[0].clone()]);
    let [access] = &*case.emergencies else { panic!("{:?}", case.emergencies) };
    assert_eq!((access.id, access.post_id), (id(100), id(7)));
    assert_eq!(access.ends_at.to_string(), "2026-11-23T11:10:00Z");
}
