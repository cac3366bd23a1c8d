//! What no world ever shows, whatever is drawn: tried here on many, proved for all by `make prove`.

use access::{Actor, Asking, CaseView, Statement};
use contracts::{
    Class,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind, Role},
};
use jiff::civil::date;
use uuid::Uuid;

use super::{
    agreements::{agreement, on_mission},
    roles::{actor, case, noon, policies},
    worlds::{self, Lot, World},
};

/// Tries what must hold on worlds bent towards it; `bend` says whether a world is one of those.
#[track_caller]
fn never(bend: impl Fn(&mut World), shows: impl Fn(&World) -> Option<String>) {
    let mut lot = Lot(7);
    for _ in 0..2_000 {
        let mut world = worlds::world(&mut lot);
        bend(&mut world);
        if let Some(shown) = shows(&world) {
            panic!("{shown} in {world:#?}");
        }
    }
}

#[test]
fn employers_and_partner_systems_never_read_health_nor_justice() {
    let policies = policies();
    let shows = |world: &World| {
        let closed = [Class::Health, Class::Judicial];
        let seen = closed
            .iter()
            .find(|class| policies.view(&world.actor, &world.case, **class, world.author).is_ok());
        seen.map(ToString::to_string)
    };
    for role in [Role::EMPLOYEUR_SIAE, Role::PARTENAIRE] {
        never(|world| world.actor.role = role, shows);
    }
    for kind in
        [OrganisationKind::ACI, OrganisationKind::ETTI, OrganisationKind::ESAT, OrganisationKind::ENTREPRISE]
    {
        never(|world| world.case.organisation.kind = kind, shows);
    }
}

#[test]
fn an_auditor_reads_nothing_sealed_and_states_nothing() {
    let policies = policies();
    never(
        |world| (world.actor.role, world.actor.system) = (Role::AUDITEUR, None),
        |world| {
            let World { actor, case, name, author, .. } = world;
            let stated = !name.ends_with(".read") && !name.starts_with("audit.");
            let states = stated && policies.may(actor, name, Some(case)).is_ok();
            let sees =
                Class::PERSONAL.iter().find(|class| policies.view(actor, case, **class, *author).is_ok());
            sees.map(ToString::to_string).or(states.then(|| format!("{name} stated")))
        },
    );
    let auditor = actor(Role::AUDITEUR);
    let elsewhere = CaseView {
        structure_id: Uuid::from_u128(2),
        organisation: on_mission(date(2026, 11, 1), date(2026, 11, 30)),
        ..case(false, false)
    };
    assert!(policies.decide(&auditor, "case.read", Some(&elsewhere)).is_ok());
    let denied = policies.decide(&auditor, "case.read", Some(&case(false, false))).expect_err("denied");
    assert_eq!(&*denied.policy, "guard.auditor-independent");
}

#[test]
fn an_administrator_sees_no_person() {
    let policies = policies();
    never(
        |world| (world.actor.role, world.actor.system) = (Role::ADMINISTRATEUR, None),
        |world| {
            let World { actor, case, name, .. } = world;
            policies.may(actor, name, Some(case)).is_ok().then(|| format!("{name} allowed"))
        },
    );
}

#[test]
fn what_was_erased_is_never_read() {
    let policies = policies();
    never(
        |world| world.case.erased = Class::PERSONAL.to_vec(),
        |world| {
            let open = policies.classes(&world.actor, &world.case);
            (!open.is_empty()).then(|| format!("{open:?}"))
        },
    );
}

#[test]
fn nobody_outside_the_circle_writes_because_of_an_emergency() {
    let policies = policies();
    let bend = |world: &mut World| {
        world.case.in_circle = false;
        world.case.emergency_until = Some(world.case.now + jiff::SignedDuration::from_mins(30));
        world.actor.system = None;
    };
    never(bend, |world| {
        let stated = !world.name.ends_with(".read") && !world.name.starts_with("audit.");
        let states = stated && policies.may(&world.actor, &world.name, Some(&world.case)).is_ok();
        states.then(|| format!("{} stated", world.name))
    });
}

#[test]
fn without_circle_platform_agreement_or_emergency_nobody_but_auditors_knows_of_a_case() {
    let policies = policies();
    let bend = |world: &mut World| {
        (world.case.in_circle, world.case.on_platform) = (false, false);
        (world.case.emergency_until, world.case.agreements) = (None, Vec::new());
        world.case.own = false;
        (world.actor.system, world.name) = (None, "case.read".to_owned());
    };
    never(bend, |world| {
        let knows = policies.may(&world.actor, "case.read", Some(&world.case)).is_ok();
        let sees = !policies.classes(&world.actor, &world.case).is_empty();
        (sees || knows && world.actor.role != Role::AUDITEUR).then(|| "known".to_owned())
    });
}

#[test]
fn justice_is_open_to_nobody_without_agreement_flag_and_second_factor() {
    let (policies, social_worker) = (policies(), actor(Role::REFERENT_SOCIAL));
    let agreed = vec![agreement(&[Class::Judicial], &[SharingPurpose::ACCOMPAGNEMENT], date(2026, 12, 31))];
    let flagged = Asking { judicial: true, ..Asking::of_kind(OrganisationKind::CHRS) };
    let open = CaseView { agreements: agreed, organisation: flagged, now: noon(), ..case(true, false) };
    let sees = |who: &Actor, case: &CaseView| policies.view(who, case, Class::Judicial, None).is_ok();
    assert!(sees(&social_worker, &open));
    assert!(!sees(&Actor { second_factor: false, ..social_worker.clone() }, &open));
    assert!(!sees(&social_worker, &CaseView { agreements: Vec::new(), ..open.clone() }));
    let unflagged = Asking::of_kind(OrganisationKind::CHRS);
    assert!(!sees(&social_worker, &CaseView { organisation: unflagged, ..open }));
}

#[test]
fn the_person_reads_all_of_their_own_case_nothing_of_another_and_states_one_thing() {
    let policies = policies();
    let bend = |world: &mut World| {
        (world.actor.role, world.actor.system) = (Role::PERSONNE, None);
        world.case.own = false;
    };
    never(bend, |world| {
        let reads = policies.may(&world.actor, "own.read", Some(&world.case)).is_ok();
        let states = policies.may(&world.actor, "own.request-rectification", Some(&world.case)).is_ok();
        let sees = !policies.classes(&world.actor, &world.case).is_empty();
        (reads || states || sees).then(|| format!("reads {reads}, states {states}, sees {sees}"))
    });
    let (person, own) = (actor(Role::PERSONNE), CaseView { own: true, ..case(false, false) });
    assert_eq!(policies.classes(&person, &own), Class::PERSONAL, "notes about them too");
    let without_code = Actor { second_factor: false, ..person.clone() };
    let open = policies.classes(&without_code, &own);
    assert!(!open.contains(&Class::Health) && !open.contains(&Class::Judicial), "{open:?}");
    for (name, may) in [
        ("own.read", true),
        ("own.request-rectification", true),
        ("own.enter", true),
        ("own.object", true),
        ("case.object", false),
        ("own.open-own-access", false),
        ("case.read", false),
        ("case.withdraw-agreement", false),
        ("case.request-rectification", false),
    ] {
        assert_eq!(policies.may(&person, name, Some(&own)).is_ok(), may, "{name}");
    }
    // Whoever else is told to be the person is none.
    assert!(policies.may(&actor(Role::CIP), "own.read", Some(&own)).is_err());
    assert!(policies.classes(&actor(Role::CIP), &own).is_empty());
}

/// Of those who accompany, from the circle.
const ACCOMPANY: [Role; 4] = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER];

#[test]
fn nobody_but_who_hosts_the_person_takes_the_case_over_nor_puts_others_out() {
    let policies = policies();
    let held =
        ["case.transfer", "case.pause", "case.resume", "case.close", "case.reopen", "case.open-own-access"];
    let bend = |world: &mut World| {
        (world.case.structure_id, world.actor.organisation_id) =
            (Uuid::from_u128(77), Some(Uuid::from_u128(1)));
        (world.actor.system, world.case.in_circle) = (None, true);
    };
    for name in held {
        never(bend, |world| {
            policies.may(&world.actor, name, Some(&world.case)).is_ok().then(|| format!("{name} allowed"))
        });
    }
    let out = Statement { another: true, classes: Vec::new() };
    never(bend, |world| {
        let leaves = policies.may_on(&world.actor, "case.leave-circle", Some(&world.case), &out);
        leaves.is_ok().then(|| "another put out".to_owned())
    });
    let elsewhere = CaseView { structure_id: Uuid::from_u128(77), ..case(true, true) };
    for role in ACCOMPANY {
        let (who, itself) = (actor(role), Statement::default());
        assert!(policies.may_on(&who, "case.leave-circle", Some(&elsewhere), &itself).is_ok(), "{role:?}");
        let host = |name| policies.may(&who, name, Some(&case(true, false))).is_ok();
        assert!(host("case.pause") && host("case.close"), "{role:?}");
        for name in ["case.transfer", "case.open-own-access"] {
            assert_eq!(host(name), role == Role::REFERENT_SOCIAL, "{role:?} {name}");
        }
    }
    let hurried = Actor { second_factor: false, ..actor(Role::REFERENT_SOCIAL) };
    let denied = policies.decide(&hurried, "case.open-own-access", Some(&case(true, false)));
    let denied = denied.expect_err("denied");
    assert_eq!((&*denied.policy, denied.second_factor), ("guard.own-access", true));
}

#[test]
fn health_and_justice_are_stated_by_who_hosts_the_person_or_reads_them_by_agreement_and_never_by_an_employer()
{
    let policies = policies();
    let states = |who: &Actor, case: &CaseView, class: Class| {
        let statement = Statement { another: false, classes: vec![Class::Project, class] };
        policies.may_on(who, "employment.report-difficulty", Some(case), &statement).is_ok()
    };
    for class in [Class::Health, Class::Judicial] {
        never(
            |world| (world.actor.role, world.actor.system) = (Role::EMPLOYEUR_SIAE, None),
            |world| states(&world.actor, &world.case, class).then(|| format!("{class} stated")),
        );
        never(
            |world| {
                world.actor.system = None;
                world.case.organisation.kind = OrganisationKind::ACI;
            },
            |world| states(&world.actor, &world.case, class).then(|| format!("{class} stated")),
        );
        for role in ACCOMPANY {
            assert!(states(&actor(role), &case(true, false), class), "{role:?} of the structure that hosts");
            let elsewhere = CaseView { structure_id: Uuid::from_u128(77), ..case(true, false) };
            assert!(!states(&actor(role), &elsewhere, class), "{role:?} of another");
            let purposes = [SharingPurpose::ACCOMPAGNEMENT];
            let agreed = |classes: &[Class]| CaseView {
                agreements: vec![agreement(classes, &purposes, date(2026, 12, 31))],
                organisation: Asking { judicial: true, ..Asking::of_kind(OrganisationKind::CHRS) },
                ..elsewhere.clone()
            };
            assert!(states(&actor(role), &agreed(&[class]), class), "{role:?} by agreement");
            assert!(!states(&actor(role), &agreed(&[Class::Social]), class), "{role:?} by another agreement");
            let hurried = Actor { second_factor: false, ..actor(role) };
            assert!(!states(&hurried, &agreed(&[class]), class), "{role:?} without a second factor");
            let untold = CaseView { organisation: Asking::of_kind(OrganisationKind::FT), ..agreed(&[class]) };
            assert!(!states(&actor(role), &untold, class), "{role:?} of an organisation not held to it");
        }
    }
    let employer = actor(Role::EMPLOYEUR_SIAE);
    assert!(
        states(&employer, &case(true, false), Class::Social),
        "what is of work and of life is theirs to tell"
    );
}

/// Posts and organisations such that nobody is the référent social of the structure that hosts the person.
fn answers(actor: &Actor, case: &CaseView) -> bool {
    actor.role == Role::REFERENT_SOCIAL && actor.organisation_id == Some(case.structure_id)
}

#[test]
fn what_is_limited_is_read_by_nobody_but_who_answers_for_it_and_the_person() {
    let policies = policies();
    let bend = |world: &mut World| (world.case.restricted, world.actor.system) = (true, None);
    never(bend, |world| {
        let World { actor, case, author, .. } = world;
        let themselves = actor.role == Role::PERSONNE && case.own;
        if themselves || answers(actor, case) {
            return None;
        }
        let knows = actor.role != Role::AUDITEUR && policies.may(actor, "case.read", Some(case)).is_ok();
        let sees = Class::PERSONAL.iter().find(|class| policies.view(actor, case, **class, *author).is_ok());
        sees.map(ToString::to_string).or(knows.then(|| "known".to_owned()))
    });
    // Nothing else opens it: agreement, platform, circle, emergency.
    let purposes = [SharingPurpose::ACCOMPAGNEMENT];
    let open = CaseView {
        restricted: true,
        structure_id: Uuid::from_u128(77),
        agreements: vec![agreement(&Class::PERSONAL, &purposes, date(2026, 12, 31))],
        emergency_until: Some(noon() + jiff::SignedDuration::from_mins(30)),
        ..case(true, true)
    };
    for role in ACCOMPANY {
        let who = actor(role);
        assert!(
            policies.may(&who, "case.read", Some(&CaseView { restricted: false, ..open.clone() })).is_ok()
        );
        let denied = policies.decide(&who, "case.read", Some(&open)).expect_err("denied");
        assert_eq!((&*denied.policy, denied.second_factor), ("guard.restricted-reading", false), "{role:?}");
        assert_eq!(policies.classes(&who, &open), [], "{role:?}");
        // Nor does the structure that hosts the person, but for its référent social.
        let hosted = CaseView { restricted: true, ..case(true, true) };
        let reads = policies.may(&who, "case.read", Some(&hosted)).is_ok();
        assert_eq!(reads, role == Role::REFERENT_SOCIAL, "{role:?}");
        assert_eq!(policies.classes(&who, &hosted).is_empty(), !reads, "{role:?}");
    }
    let (person, own) =
        (actor(Role::PERSONNE), CaseView { own: true, restricted: true, ..case(false, false) });
    assert!(policies.may(&person, "own.read", Some(&own)).is_ok());
    assert_eq!(policies.classes(&person, &own), Class::PERSONAL);
    let mission = on_mission(date(2026, 11, 1), date(2026, 11, 30));
    let sent = CaseView {
        structure_id: Uuid::from_u128(2),
        restricted: true,
        organisation: mission,
        ..case(false, false)
    };
    assert!(policies.may(&actor(Role::AUDITEUR), "case.read", Some(&sent)).is_ok(), "rights are proved");
}

#[test]
fn in_what_is_limited_only_who_hosts_the_person_answers_them_and_states_nothing_else() {
    let policies = policies();
    let bend = |world: &mut World| (world.case.restricted, world.actor.system) = (true, None);
    let path = ["diagnostic.complete", "prescription.send", "employment.start", "case.give-agreement"];
    never(bend, |world| {
        let World { actor, case, name, statement, .. } = world;
        let person = actor.role == Role::PERSONNE && case.own;
        let reading = name.ends_with(".read") || name.starts_with("audit.");
        let states = |name: &str| policies.may_on(actor, name, Some(case), statement).is_ok();
        if let Some(other) = path.iter().find(|name| states(name)) {
            return Some(format!("{other} stated"));
        }
        (!reading && !person && !answers(actor, case) && states(name)).then(|| format!("{name} stated"))
    });
    let limited = CaseView { restricted: true, ..case(true, false) };
    let hurried = |role| Actor { second_factor: false, ..actor(role) };
    for (name, second_factor) in [
        ("case.restrict", false),
        ("case.object", false),
        ("case.lift-restriction", true),
        ("case.settle-objection", true),
    ] {
        for role in ACCOMPANY {
            let may = |who: &Actor, case: &CaseView| policies.may(who, name, Some(case)).is_ok();
            let referent = role == Role::REFERENT_SOCIAL;
            assert_eq!(may(&actor(role), &limited), referent, "{role:?} {name}");
            assert_eq!(may(&actor(role), &case(true, false)), referent, "{role:?} {name}");
            assert_eq!(may(&hurried(role), &limited), referent && !second_factor, "{role:?} {name}");
            let elsewhere = CaseView { structure_id: Uuid::from_u128(77), ..case(true, false) };
            assert!(!may(&actor(role), &elsewhere), "{role:?} {name}");
        }
    }
    let denied = policies.decide(&hurried(Role::REFERENT_SOCIAL), "case.lift-restriction", Some(&limited));
    let denied = denied.expect_err("denied");
    assert_eq!((&*denied.policy, denied.second_factor), ("guard.restriction-ends", true));
    // What a tool says is kept: to keep is what may still be done.
    assert!(policies.may(&Actor::system("inbound"), "immersion.record", Some(&limited)).is_ok());
}

#[test]
fn what_is_limited_is_opened_in_an_emergency_by_its_host_only() {
    let policies = policies();
    let limited = CaseView { restricted: true, ..case(false, false) };
    let opens =
        |who: &Actor, case: &CaseView| policies.may(who, "case.open-emergency-access", Some(case)).is_ok();
    let elsewhere = CaseView { structure_id: Uuid::from_u128(77), ..limited.clone() };
    for role in ACCOMPANY {
        assert_eq!(opens(&actor(role), &limited), role == Role::REFERENT_SOCIAL, "{role:?}");
        assert!(!opens(&actor(role), &elsewhere), "{role:?}");
        assert!(opens(&actor(role), &CaseView { restricted: false, ..elsewhere.clone() }), "{role:?}");
        // What was opened before opens no more.
        let opened = CaseView {
            emergency_until: Some(noon() + jiff::SignedDuration::from_mins(30)),
            ..elsewhere.clone()
        };
        assert!(policies.may(&actor(role), "case.read", Some(&opened)).is_err(), "{role:?}");
    }
}

#[test]
fn a_platform_is_opened_by_an_administrator_and_colleagues_are_named_with_a_second_factor() {
    let policies = policies();
    let may = |who: &Actor, name: &str| policies.may(who, name, None).is_ok();
    for role in [Role::ANIMATEUR_PLATEFORME, Role::REFERENT_SOCIAL, Role::CIP, Role::EMPLOYEUR_SIAE] {
        assert!(!may(&actor(role), "platform.open"), "{role:?}");
    }
    assert!(may(&actor(Role::ADMINISTRATEUR), "platform.open"));
    for name in ["platform.open-post", "platform.fill-post", "platform.vacate-post"] {
        assert!(may(&actor(Role::REFERENT_SOCIAL), name) && !may(&actor(Role::CIP), name), "{name}");
        assert!(!may(&Actor { second_factor: false, ..actor(Role::REFERENT_SOCIAL) }, name), "{name}");
    }
    assert!(!may(&actor(Role::REFERENT_SOCIAL), "platform.register-organisation"));
}
