//! Who does what: cases that can be read one by one.

use access::{Actor, Asking, BY_DEFAULT, CaseView, Policies};
use contracts::{
    Class,
    buffa::Enumeration as _,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind, Role},
};
use jiff::Timestamp;
use uuid::Uuid;

pub fn policies() -> Policies {
    Policies::load(None).expect("the policies")
}

pub fn noon() -> Timestamp {
    "2026-11-23T11:00:00Z".parse().expect("an instant")
}

/// Someone of that role, in post 1 of organisation 1, signed in with two factors.
pub fn actor(role: Role) -> Actor {
    Actor {
        role,
        professional_id: Some(Uuid::from_u128(9)),
        post_id: Some(Uuid::from_u128(1)),
        organisation_id: Some(Uuid::from_u128(1)),
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    }
}

/// A case that organisation 1, a CHRS, hosts.
pub fn case(in_circle: bool, on_platform: bool) -> CaseView {
    CaseView {
        in_circle,
        on_platform,
        structure_id: Uuid::from_u128(1),
        organisation: Asking::of_kind(OrganisationKind::CHRS),
        ..CaseView::stranger(noon())
    }
}

#[test]
fn a_role_that_accompanies_nobody_states_and_reads_nothing_about_people() {
    let policies = policies();
    for role in [Role::ROLE_UNSPECIFIED, Role::PERSONNE, Role::PARTENAIRE, Role::ADMINISTRATEUR, Role::DPO] {
        for name in ["case.open", "case.read", "diagnostic.complete", "employment.start"] {
            let denied = policies.decide(&actor(role), name, Some(&case(true, true))).expect_err("denied");
            assert_eq!(&*denied.policy, BY_DEFAULT, "{role:?} {name}");
            assert_eq!(&*denied.why, "votre rôle ne permet pas cette action");
        }
    }
}

#[test]
fn outside_the_circle_nobody_writes_and_only_the_platform_reads_traces() {
    let (policies, cip) = (policies(), actor(Role::CIP));
    let denied = policies.decide(&cip, "diagnostic.start", Some(&case(false, true))).expect_err("denied");
    assert_eq!(&*denied.why, "vous n’êtes pas dans le cercle de cette personne");
    assert!(policies.decide(&cip, "case.read", Some(&case(false, false))).is_err());
    let allowed = policies.decide(&cip, "case.read", Some(&case(false, true))).expect("allowed");
    assert_eq!(&*allowed.policy, "read.platform");
    assert_eq!(allowed.digest, policies.digest());
    assert_eq!(policies.classes(&cip, &case(false, true)), []);
}

#[test]
fn whom_a_prescription_was_addressed_to_answers_it_from_outside_the_circle_and_does_nothing_else() {
    let (policies, outside) = (policies(), case(false, false));
    for role in
        [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER, Role::EMPLOYEUR_SIAE]
    {
        for answer in ["receive", "review", "hold", "accept", "refuse", "start", "complete"] {
            let name = format!("prescription.{answer}");
            assert!(policies.decide(&actor(role), &name, Some(&outside)).is_ok(), "{role:?} {name}");
        }
        for other in
            ["prescription.prepare", "prescription.send", "prescription.withdraw", "prescription.remind"]
        {
            assert!(policies.decide(&actor(role), other, Some(&outside)).is_err(), "{role:?} {other}");
        }
    }
    let animator = actor(Role::ANIMATEUR_PLATEFORME);
    assert!(policies.decide(&animator, "prescription.accept", Some(&case(true, true))).is_err());
}

#[test]
fn health_is_for_the_social_worker_of_the_structure_that_hosts_with_a_second_factor() {
    let (policies, here) = (policies(), case(true, true));
    for role in [Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER, Role::EMPLOYEUR_SIAE] {
        assert!(!policies.classes(&actor(role), &here).contains(&Class::Health), "{role:?}");
    }
    let social_worker = actor(Role::REFERENT_SOCIAL);
    let open = policies.classes(&social_worker, &here);
    assert_eq!(open, [Class::Identity, Class::Project, Class::Social, Class::Health]);
    let elsewhere = CaseView { structure_id: Uuid::from_u128(2), ..here.clone() };
    assert_eq!(policies.classes(&social_worker, &elsewhere), [Class::Identity, Class::Project]);
    let hurried = Actor { second_factor: false, ..social_worker.clone() };
    let denied = policies.view(&hurried, &here, Class::Health, None).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.health");
    // An organisation that is not held to secrecy hosts as well.
    let open_house = CaseView { organisation: Asking::of_kind(OrganisationKind::OACAS), ..here };
    assert!(policies.view(&social_worker, &open_house, Class::Health, None).is_err());
}

#[test]
fn a_note_is_read_from_the_post_that_wrote_it_only() {
    let (policies, here) = (policies(), case(true, false));
    let author = actor(Role::CIP);
    let note = |who: &Actor, by| {
        policies.view(who, &here, Class::Note, by).map(|allowed| allowed.policy.to_string())
    };
    assert_eq!(note(&author, author.post_id).as_deref(), Ok("view.own-note"));
    // Whoever holds the post afterwards.
    let successor = Actor { professional_id: Some(Uuid::from_u128(77)), ..author.clone() };
    assert!(note(&successor, author.post_id).is_ok());
    let colleague = Actor { post_id: Some(Uuid::from_u128(2)), ..author.clone() };
    assert_eq!(&*note(&colleague, author.post_id).expect_err("denied").policy, "guard.note");
    assert!(note(&Actor { post_id: None, ..author.clone() }, None).is_err(), "no post wrote nothing");
    assert!(!policies.classes(&author, &here).contains(&Class::Note), "never all the notes of a case");
}

#[test]
fn an_emergency_lets_read_for_its_time_and_nothing_else() {
    let (policies, social_worker) = (policies(), actor(Role::REFERENT_SOCIAL));
    let opened = |seconds: i64| CaseView {
        emergency_until: Some(noon() + jiff::SignedDuration::from_secs(seconds)),
        structure_id: Uuid::from_u128(2),
        ..case(false, false)
    };
    assert!(policies.decide(&social_worker, "case.read", Some(&opened(1))).is_ok());
    let classes = [Class::Identity, Class::Project, Class::Social, Class::Health];
    assert_eq!(policies.classes(&social_worker, &opened(1)), classes);
    assert!(policies.decide(&social_worker, "case.read", Some(&opened(0))).is_err(), "its time is over");
    assert_eq!(policies.classes(&social_worker, &opened(0)), []);
    let denied = policies.decide(&social_worker, "diagnostic.start", Some(&opened(1))).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.emergency-read-only");
    let hurried = Actor { second_factor: false, ..social_worker.clone() };
    assert!(policies.decide(&hurried, "case.read", Some(&opened(1))).is_err());

    let open = "case.open-emergency-access";
    assert!(policies.decide(&social_worker, open, Some(&case(false, false))).is_ok());
    for (who, kind) in [
        (actor(Role::EMPLOYEUR_SIAE), OrganisationKind::CHRS),
        (hurried, OrganisationKind::CHRS),
        (social_worker, OrganisationKind::FT),
    ] {
        let case = CaseView { organisation: Asking::of_kind(kind), ..case(true, true) };
        assert!(policies.decide(&who, open, Some(&case)).is_err(), "{who:?} {kind:?}");
    }
}

#[test]
fn a_system_states_what_it_knows_and_reads_nothing_sealed() {
    let (policies, clock) = (policies(), Actor::system("clock"));
    assert!(policies.decide(&clock, "employment.end", Some(&case(false, false))).is_ok());
    assert!(policies.decide(&clock, "case.forget-person", Some(&case(false, false))).is_ok());
    assert!(
        policies
            .decide(&actor(Role::REFERENT_SOCIAL), "case.forget-person", Some(&case(true, true)))
            .is_err()
    );
    assert_eq!(policies.classes(&clock, &case(true, true)), []);
}

#[test]
fn every_role_of_the_contract_is_known_to_the_policies_and_every_word_of_the_policies_to_the_contract() {
    let policies = policies();
    for role in Role::values() {
        let allowed = policies.may(&actor(*role), "home.read", None).expect("everyone has a first page");
        assert_eq!(&*allowed.policy, "use.everyone", "{role:?}");
    }
    let mut words: Vec<&str> = Role::values().iter().map(|role| role.proto_name()).collect();
    words.extend(OrganisationKind::values().iter().map(|kind| kind.proto_name()));
    words.extend(SharingPurpose::values().iter().map(|purpose| purpose.proto_name()));
    let is_word =
        |text: &&str| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
    for file in ["roles.cedar", "cases.cedar", "classes.cedar", "guards.cedar", "jalon.cedarschema"] {
        let text = std::fs::read_to_string(folder.join(file)).expect("a file");
        let found: Vec<&str> = text.split('"').skip(1).step_by(2).filter(is_word).collect();
        assert!(found.len() > 3, "{file}: {found:?}");
        for word in found {
            assert!(words.contains(&word), "{file} says {word}, which is no word of the contract");
        }
    }
}

#[test]
fn whoever_looks_after_the_protection_of_data_counts_and_changes_nothing() {
    let (policies, dpo) = (policies(), actor(Role::DPO));
    for name in ["administration.read-consultations", "administration.read-protection", "platform.read"] {
        policies.decide(&dpo, name, None).expect("allowed");
    }
    for name in [
        "administration.restore-access",
        "administration.suspend-access",
        "platform.open-post",
        "case.read",
        "case.search",
    ] {
        policies.decide(&dpo, name, None).expect_err(name);
    }
    let everything = case(true, true);
    policies.decide(&dpo, "case.read", Some(&everything)).expect_err("no case");
    assert_eq!(policies.classes(&dpo, &everything), [], "no class of anybody");
}
