//! What an agreement opens: its classes, to its organisation, for its purposes, until its last day. And the missions
//! of auditors, which are bounded in the same way.

use access::{Actor, Agreement, Asking, CaseView, Period};
use contracts::{
    Class,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind, Role},
};
use jiff::civil::{Date, date};
use uuid::Uuid;

use super::roles::{actor, case, noon, policies};

/// 23:59:59.999 in Paris on 23 November 2026, then midnight.
const LAST: &str = "2026-11-23T22:59:59.999Z";
const OVER: &str = "2026-11-23T23:00:00Z";

/// An agreement given to organisation 1 from one day to another.
pub fn agreement(classes: &[Class], purposes: &[SharingPurpose], until: Date) -> Agreement {
    Agreement {
        id: Uuid::from_u128(1),
        organisation_id: Uuid::from_u128(1),
        classes: classes.to_vec(),
        purposes: purposes.to_vec(),
        from: date(2026, 1, 1),
        until,
    }
}

/// The organisation of an auditor who was sent to check.
pub fn on_mission(from: Date, until: Date) -> Asking {
    Asking { mission: Some(Period { from, until }), ..Asking::of_kind(OrganisationKind::DDETS) }
}

/// A case hosted elsewhere, with these agreements, at that instant.
fn with(agreements: &[Agreement], now: &str, in_circle: bool) -> CaseView {
    CaseView {
        agreements: agreements.to_vec(),
        now: now.parse().expect("an instant"),
        structure_id: Uuid::from_u128(2),
        organisation: Asking::of_kind(OrganisationKind::FT),
        ..case(in_circle, false)
    }
}

fn reading_for(purpose: SharingPurpose) -> Actor {
    Actor { purpose: Some(purpose), ..actor(Role::CONSEILLER) }
}

#[test]
fn an_agreement_opens_its_classes_until_its_last_day_and_not_a_millisecond_longer() {
    let (policies, adviser) = (policies(), actor(Role::CONSEILLER));
    let all = [Class::Identity, Class::Social, Class::Health];
    let given = [agreement(&all, &[SharingPurpose::ACCOMPAGNEMENT], date(2026, 11, 23))];
    let read = |case: &CaseView| policies.decide(&adviser, "case.read", Some(case)).is_ok();
    assert!(read(&with(&given, LAST, false)) && !read(&with(&given, OVER, false)));
    // Outside the circle who it is; inside, the rest; never health to an organisation without secrecy.
    assert_eq!(policies.classes(&adviser, &with(&given, LAST, false)), [Class::Identity]);
    let open = policies.classes(&adviser, &with(&given, LAST, true));
    assert_eq!(open, [Class::Identity, Class::Project, Class::Social]);
    assert_eq!(policies.classes(&adviser, &with(&given, OVER, false)), []);
    assert!(policies.classes(&adviser, &with(&[], LAST, false)).is_empty(), "withdrawn");
    // Nor a millisecond sooner.
    let to_come = [Agreement { from: date(2026, 11, 24), until: date(2026, 12, 24), ..given[0].clone() }];
    assert!(!read(&with(&to_come, LAST, false)) && read(&with(&to_come, OVER, false)));

    // Counting people opens nobody's case, nor does what was agreed with others.
    let counted = [agreement(&all, &[SharingPurpose::STATISTIQUES], date(2026, 11, 23))];
    assert!(!read(&with(&counted, LAST, false)));
    let elsewhere = Agreement { organisation_id: Uuid::from_u128(3), ..given[0].clone() };
    assert!(!read(&with(&[elsewhere], LAST, false)));
}

#[test]
fn of_two_agreements_that_overlap_the_one_that_is_withdrawn_takes_nothing_of_the_other() {
    let (policies, adviser) = (policies(), actor(Role::CONSEILLER));
    let purposes = [SharingPurpose::ACCOMPAGNEMENT];
    let identity = agreement(&[Class::Identity], &purposes, date(2026, 11, 23));
    let both_classes = agreement(&[Class::Identity, Class::Project], &purposes, date(2026, 12, 31));
    let open = |agreements: &[Agreement]| policies.classes(&adviser, &with(agreements, LAST, false));
    assert_eq!(open(&[identity.clone(), both_classes.clone()]), [Class::Identity, Class::Project]);
    assert_eq!(open(std::slice::from_ref(&both_classes)), [Class::Identity, Class::Project]);
    assert_eq!(open(std::slice::from_ref(&identity)), [Class::Identity]);
    // One that is over beside one that holds, in either order.
    let over = Agreement { until: date(2026, 3, 1), ..both_classes };
    assert_eq!(open(&[over.clone(), identity.clone()]), [Class::Identity]);
    assert_eq!(open(&[identity, over]), [Class::Identity]);
}

#[test]
fn an_agreement_opens_nothing_for_another_purpose_than_its_own() {
    let policies = policies();
    let until = date(2026, 12, 31);
    let given = [
        agreement(&[Class::Identity], &[SharingPurpose::CANDIDATURE], until),
        agreement(&[Class::Identity, Class::Project], &[SharingPurpose::PREPARATION_IMMERSION], until),
    ];
    let case = with(&given, LAST, false);
    let open = |purpose| policies.classes(&reading_for(purpose), &case);
    let reads = |purpose| policies.decide(&reading_for(purpose), "case.read", Some(&case)).is_ok();
    assert_eq!(open(SharingPurpose::CANDIDATURE), [Class::Identity]);
    assert_eq!(open(SharingPurpose::PREPARATION_IMMERSION), [Class::Identity, Class::Project]);
    assert!(reads(SharingPurpose::CANDIDATURE) && reads(SharingPurpose::PREPARATION_IMMERSION));
    for other in
        [SharingPurpose::ACCOMPAGNEMENT, SharingPurpose::SUIVI_EMPLOI, SharingPurpose::ACCES_AUX_DROITS]
    {
        assert!(open(other).is_empty() && !reads(other), "{other:?}");
    }
    // Without a word, an adviser accompanies; whoever hires looks at those who apply.
    assert!(policies.classes(&actor(Role::CONSEILLER), &case).is_empty());
    assert_eq!(policies.classes(&actor(Role::EMPLOYEUR_SIAE), &case), [Class::Identity]);
    // Of a partner's system nothing is supposed: it says it.
    let partner = actor(Role::PARTENAIRE);
    let denied = policies.decide(&partner, "events.read", Some(&case)).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.purpose");
    let said = Actor { purpose: Some(SharingPurpose::CANDIDATURE), ..partner };
    assert!(policies.decide(&said, "events.read", Some(&case)).is_ok());
}

#[test]
fn nobody_reads_of_anybody_without_a_purpose_of_the_list_nor_to_count() {
    let (policies, hosted) = (policies(), case(true, true));
    let unsaid = reading_for(SharingPurpose::SHARING_PURPOSE_UNSPECIFIED);
    let denied = policies.decide(&unsaid, "case.read", Some(&hosted)).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.purpose");
    assert!(policies.classes(&unsaid, &hosted).is_empty());
    let counting = reading_for(SharingPurpose::STATISTIQUES);
    assert!(policies.decide(&counting, "case.read", Some(&hosted)).is_ok(), "traces are nobody's");
    assert!(policies.classes(&counting, &hosted).is_empty());
    let denied = policies.view(&counting, &hosted, Class::Identity, None).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.statistics");
}

#[test]
fn an_auditor_reads_within_their_mission_and_not_a_millisecond_longer() {
    let (policies, auditor) = (policies(), actor(Role::AUDITEUR));
    let read = |organisation: Asking, now: &str| {
        let case = CaseView { organisation, ..with(&[], now, false) };
        policies.decide(&auditor, "case.read", Some(&case)).map(drop).map_err(|denied| denied.policy)
    };
    let sent = on_mission(date(2026, 11, 1), date(2026, 11, 23));
    assert_eq!(read(sent, LAST), Ok(()));
    for (organisation, now) in [
        (sent, OVER),
        (on_mission(date(2026, 11, 24), date(2026, 11, 30)), LAST),
        (on_mission(date(2025, 1, 1), date(2025, 12, 31)), LAST),
        (Asking::of_kind(OrganisationKind::DDETS), LAST),
    ] {
        assert_eq!(&*read(organisation, now).expect_err("denied"), "guard.auditor-mission", "{now}");
    }
}

#[test]
fn an_auditor_who_is_of_the_circle_or_of_the_structure_checks_nothing_there() {
    let (policies, auditor) = (policies(), actor(Role::AUDITEUR));
    let mission = on_mission(date(2026, 11, 1), date(2026, 11, 30));
    let own = CaseView { organisation: mission, ..case(false, false) };
    let around = CaseView { in_circle: true, ..own.clone() };
    let elsewhere = CaseView { structure_id: Uuid::from_u128(2), ..around.clone() };
    for case in [own, around, elsewhere] {
        let denied = policies.decide(&auditor, "case.read", Some(&case)).expect_err("denied");
        assert_eq!(&*denied.policy, "guard.auditor-independent");
    }
}

#[test]
fn a_professional_of_two_organisations_opens_what_was_agreed_with_the_one_they_signed_in_for() {
    let policies = policies();
    let given = [agreement(&[Class::Identity], &[SharingPurpose::ACCOMPAGNEMENT], date(2026, 12, 31))];
    let case = with(&given, LAST, false);
    let here = actor(Role::CONSEILLER);
    let there = Actor {
        post_id: Some(Uuid::from_u128(8)),
        organisation_id: Some(Uuid::from_u128(8)),
        ..here.clone()
    };
    assert_eq!(here.professional_id, there.professional_id);
    assert_eq!(policies.classes(&here, &case), [Class::Identity]);
    assert!(policies.classes(&there, &case).is_empty());
    assert!(policies.decide(&there, "case.read", Some(&case)).is_err());
}

#[test]
fn an_emergency_on_one_case_opens_no_other_and_ends_to_the_second() {
    let (policies, social_worker) = (policies(), actor(Role::REFERENT_SOCIAL));
    let opened = |seconds: i64| CaseView {
        emergency_until: Some(noon() + jiff::SignedDuration::from_secs(seconds)),
        structure_id: Uuid::from_u128(2),
        ..case(false, false)
    };
    let other = CaseView { emergency_until: None, ..opened(3_600) };
    assert!(!policies.classes(&social_worker, &opened(3_600)).is_empty());
    assert!(policies.classes(&social_worker, &other).is_empty());
    assert!(policies.decide(&social_worker, "case.read", Some(&other)).is_err());
    for over in [0, -1, -3_600] {
        assert!(policies.decide(&social_worker, "case.read", Some(&opened(over))).is_err(), "{over}");
        assert!(policies.classes(&social_worker, &opened(over)).is_empty(), "{over}");
    }
    // What others than those who accompany opened opens nothing to them.
    for role in [Role::EMPLOYEUR_SIAE, Role::ANIMATEUR_PLATEFORME, Role::PARTENAIRE, Role::AUDITEUR] {
        assert!(policies.classes(&actor(role), &opened(3_600)).is_empty(), "{role:?}");
        let open = policies.decide(&actor(role), "case.open-emergency-access", Some(&case(true, true)));
        assert!(open.is_err(), "{role:?}");
    }
}
