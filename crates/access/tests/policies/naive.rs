//! A second authoriser, written from the rules in words and not from the policies: both must agree on every
//! world.

use std::collections::BTreeMap;

use access::{Actor, Agreement, CaseView, Policies, Statement};
use contracts::{
    Class,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind::*, Role},
};
use uuid::Uuid;

use super::worlds::{Lot, World, world};

/// How many worlds are tried.
const WORLDS: u64 = 200_000;

fn accompanies(role: Role) -> bool {
    matches!(role, Role::REFERENT_SOCIAL | Role::CIP | Role::REFERENT_EMPLOI | Role::CONSEILLER)
}

/// Whether that actor, by their role, does what bears that name, whomever it is about.
fn by_role(actor: &Actor, name: &str) -> bool {
    let role = actor.role;
    if name == "platform.open" && role != Role::ADMINISTRATEUR {
        return false;
    }
    let colleagues = ["platform.open-post", "platform.fill-post", "platform.vacate-post"];
    if role == Role::REFERENT_SOCIAL && actor.second_factor && colleagues.contains(&name) {
        return true;
    }
    let (context, rest) = name.split_once('.').unwrap_or((name, "\0"));
    if rest == "\0" {
        return false;
    }
    let reads = rest.starts_with("read");
    let everyone = match context {
        "platform" | "events" | "home" => reads,
        "notice" => reads || rest.starts_with("choose-mailbox"),
        _ => false,
    };
    let together =
        ["handover", "employer", "offer", "match", "gathering", "meeting", "action", "partnership"];
    let own = match role {
        role if accompanies(role) => {
            ["case", "diagnostic", "prescription", "immersion", "employment"].contains(&context)
                || together.contains(&context)
                || context == "service" && reads
        }
        Role::EMPLOYEUR_SIAE => match context {
            "case" => reads,
            "employment" => true,
            "immersion" => rest.starts_with("sign") || rest.starts_with("review"),
            "prescription" => {
                let answers = ["receive", "review", "hold", "accept", "refuse", "start", "complete"];
                answers.iter().any(|answer| rest.starts_with(answer))
                    || rest.starts_with("establish-eligibility")
            }
            _ => false,
        },
        Role::ANIMATEUR_PLATEFORME => {
            ["platform", "directory"].contains(&context)
                || together.contains(&context)
                || ["case", "service"].contains(&context) && reads
        }
        Role::AUDITEUR => context == "audit" || context == "case" && reads,
        Role::ADMINISTRATEUR => ["platform", "administration", "directory"].contains(&context),
        Role::DPO => context == "administration" && rest.starts_with("read-"),
        Role::PARTENAIRE => context == "inbound",
        Role::PERSONNE => context == "own",
        _ => false,
    };
    own || everyone
}

/// What they say they read for; else what their role is for.
fn purpose(actor: &Actor) -> SharingPurpose {
    match (actor.purpose, actor.role) {
        (Some(said), _) => said,
        (None, role) if accompanies(role) => SharingPurpose::ACCOMPAGNEMENT,
        (None, Role::EMPLOYEUR_SIAE | Role::ANIMATEUR_PLATEFORME) => SharingPurpose::CANDIDATURE,
        (None, _) => SharingPurpose::SHARING_PURPOSE_UNSPECIFIED,
    }
}

fn agreed(actor: &Actor, case: &CaseView, class: Option<Class>, purposes: &[SharingPurpose]) -> bool {
    let purpose = purpose(actor);
    let today = vocabulary::clock::day_in_paris(case.now);
    case.agreements.iter().any(|agreement| {
        actor.organisation_id == Some(agreement.organisation_id)
            && class.is_none_or(|class| agreement.classes.contains(&class))
            && (agreement.from..=agreement.until).contains(&today)
            && agreement.purposes.contains(&purpose)
            && purposes.contains(&purpose)
    })
}

/// What an agreement opens a case for: everything but counting.
const FOLLOWING: [SharingPurpose; 5] = [
    SharingPurpose::ACCOMPAGNEMENT,
    SharingPurpose::CANDIDATURE,
    SharingPurpose::PREPARATION_IMMERSION,
    SharingPurpose::SUIVI_EMPLOI,
    SharingPurpose::ACCES_AUX_DROITS,
];

fn in_emergency(case: &CaseView) -> bool {
    case.emergency_until.is_some_and(|until| case.now.as_second() < until.as_second())
}

/// Whether the organisation of whoever asks is one that employs, by its kind.
fn employs(case: &CaseView) -> bool {
    matches!(case.organisation.kind, ACI | AI | EI | EITI | ETTI | GEIQ | EA | EATT | ESAT | ENTREPRISE)
}

fn hosts(actor: &Actor, case: &CaseView) -> bool {
    actor.organisation_id == Some(case.structure_id)
}

/// What only the structure that hosts the person does with their case.
fn hosts_only(actor: &Actor, case: &CaseView, name: &str, another: bool) -> bool {
    let (referent, hosts) = (actor.role == Role::REFERENT_SOCIAL, hosts(actor, case));
    match name {
        "case.pause" | "case.resume" | "case.close" | "case.reopen" => hosts,
        "case.transfer" => hosts && referent,
        "case.leave-circle" => hosts || !another,
        "case.open-own-access" | "case.lift-restriction" | "case.settle-objection" => {
            hosts && referent && actor.second_factor
        }
        "case.restrict" | "case.object" => hosts && referent,
        _ => true,
    }
}

/// What the référent social of the structure that hosts the person still states of data that are left alone.
const ANSWERS: [&str; 22] = [
    "case.restrict",
    "case.lift-restriction",
    "case.object",
    "case.settle-objection",
    "case.request-rectification",
    "case.settle-rectification",
    "case.record-identity",
    "case.withdraw-agreement",
    "case.join-circle",
    "case.leave-circle",
    "case.close",
    "case.pause",
    "case.open-own-access",
    "case.close-own-access",
    "case.request-forgetting",
    "case.approve-forgetting",
    "case.decline-forgetting",
    "case.withdraw-forgetting",
    "case.place-legal-hold",
    "case.lift-legal-hold",
    "case.open-emergency-access",
    "case.review-emergency-access",
];

/// Whether data that are left alone are so for that actor, who is a person.
fn left_alone(actor: &Actor, case: &CaseView) -> bool {
    let answers =
        actor.role == Role::REFERENT_SOCIAL && hosts(actor, case) && (case.in_circle || in_emergency(case));
    case.restricted && !answers && !(actor.role == Role::PERSONNE && case.own)
}

/// Health and justice: whoever hosts the person, or may read all of it by agreement; never an employer.
fn may_write(actor: &Actor, case: &CaseView, classes: &[Class]) -> bool {
    let closed: Vec<Class> =
        classes.iter().copied().filter(|class| matches!(class, Class::Health | Class::Judicial)).collect();
    if closed.is_empty() || actor.role == Role::PERSONNE && case.own {
        return true;
    }
    if !accompanies(actor.role) || employs(case) || !case.in_circle {
        return false;
    }
    let opens_all = |one: &&Agreement| closed.iter().all(|class| one.classes.contains(class));
    let agreements = case.agreements.iter().filter(opens_all).cloned().collect();
    let of_all = CaseView { agreements, ..case.clone() };
    hosts(actor, case)
        || actor.second_factor
            && agreed(actor, &of_all, None, &FOLLOWING)
            && closed.iter().all(|class| match class {
                Class::Health => case.organisation.shares_secrecy,
                _ => case.organisation.judicial,
            })
}

fn about_the_case(actor: &Actor, case: &CaseView, name: &str, statement: &Statement) -> bool {
    let reading = name.ends_with(".read") || name.starts_with("audit.");
    match actor.role {
        _ if actor.system.is_some() => true,
        Role::ADMINISTRATEUR | Role::DPO => false,
        Role::AUDITEUR => {
            let today = vocabulary::clock::day_in_paris(case.now);
            let sent =
                case.organisation.mission.is_some_and(|days| (days.from..=days.until).contains(&today));
            reading && sent && !case.in_circle && !hosts(actor, case)
        }
        Role::PERSONNE if reading => case.own,
        Role::PERSONNE => {
            case.own
                && ["own.enter", "own.request-rectification", "own.object"].contains(&name)
                && (!in_emergency(case) || case.in_circle)
        }
        _ if reading && left_alone(actor, case) => false,
        role if !reading
            && case.restricted
            && !(role == Role::REFERENT_SOCIAL && hosts(actor, case) && ANSWERS.contains(&name)) =>
        {
            false
        }
        _ if reading && purpose(actor) == SharingPurpose::SHARING_PURPOSE_UNSPECIFIED => false,
        _ if reading => {
            case.in_circle
                || case.on_platform
                || in_emergency(case) && actor.second_factor
                || agreed(actor, case, None, &FOLLOWING)
        }
        _ if name == "case.forget-person" || !hosts_only(actor, case, name, statement.another) => false,
        _ if !may_write(actor, case, &statement.classes) => false,
        _ if in_emergency(case) && !case.in_circle => false,
        role if name == "case.open-emergency-access" => {
            accompanies(role) && case.organisation.shares_secrecy && actor.second_factor
        }
        role => {
            let answers = name.strip_prefix("prescription.").is_some_and(|answer| {
                matches!(answer, "receive" | "review" | "hold" | "accept" | "refuse" | "start" | "complete")
            });
            case.in_circle || role == Role::EMPLOYEUR_SIAE || answers
        }
    }
}

fn allows(actor: &Actor, name: &str, case: Option<&CaseView>, statement: &Statement) -> bool {
    (actor.system.is_some() || by_role(actor, name))
        && case.is_none_or(|case| about_the_case(actor, case, name, statement))
}

fn opens(actor: &Actor, case: &CaseView, class: Class, author: Option<Uuid>) -> bool {
    let role = actor.role;
    let blind = matches!(role, Role::AUDITEUR | Role::ADMINISTRATEUR | Role::DPO | Role::ROLE_UNSPECIFIED);
    let person = role == Role::PERSONNE;
    if actor.system.is_some() || blind || person && !case.own || case.erased.contains(&class) {
        return false;
    }
    if left_alone(actor, case) {
        return false;
    }
    let purpose = purpose(actor);
    let said_nothing = purpose == SharingPurpose::SHARING_PURPOSE_UNSPECIFIED && !person;
    if said_nothing || purpose == SharingPurpose::STATISTIQUES {
        return false;
    }
    let employs = role == Role::EMPLOYEUR_SIAE || employs(case);
    let urgent = accompanies(role) && in_emergency(case) && actor.second_factor;
    let agreed = agreed(actor, case, Some(class), &FOLLOWING);
    let hosted = case.in_circle && hosts(actor, case);
    let around = case.in_circle && (accompanies(role) || role == Role::EMPLOYEUR_SIAE);
    match class {
        Class::Trace => false,
        Class::Health | Class::Judicial if person => actor.second_factor && !employs,
        _ if person => true,
        Class::Identity | Class::Project => around || agreed || urgent,
        Class::Social => {
            let rights = [SharingPurpose::ACCOMPAGNEMENT, SharingPurpose::ACCES_AUX_DROITS];
            hosted && accompanies(role)
                || agreed && around
                || role == Role::PARTENAIRE && self::agreed(actor, case, Some(class), &rights)
                || urgent
        }
        Class::Health | Class::Judicial if employs || role == Role::PARTENAIRE || !actor.second_factor => {
            false
        }
        Class::Health => {
            let open = hosted && role == Role::REFERENT_SOCIAL || agreed && around || urgent;
            open && case.organisation.shares_secrecy
        }
        Class::Judicial => agreed && around && case.organisation.judicial,
        Class::Note => case.in_circle && accompanies(role) && author.is_some() && author == actor.post_id,
    }
}

/// What each question was answered: how often no, how often yes.
type Answers = BTreeMap<String, [u64; 2]>;

/// Asks both about the world of that number.
fn compare(policies: &Policies, number: u64, answers: &mut Answers) {
    let world = &world(&mut Lot(number << 20));
    let World { actor, name, case, author, statement } = world;
    let mut same = |question: String, naive: bool, cedar: bool| {
        assert_eq!(
            naive, cedar,
            "{question}: a plain reading says {naive}, the policies {cedar}, of {world:#?}"
        );
        answers.entry(question).or_default()[usize::from(naive)] += 1;
    };
    same("use".into(), allows(actor, name, None, statement), policies.may(actor, name, None).is_ok());
    let kind = if name.ends_with(".read") || name.starts_with("audit.") { "read" } else { "state" };
    let cedar = policies.may_on(actor, name, Some(case), statement).is_ok();
    same(kind.into(), allows(actor, name, Some(case), statement), cedar);
    if number % 4 < 2 {
        let classes = policies.classes(actor, case);
        for class in Class::PERSONAL {
            same(format!("classes {class}"), opens(actor, case, class, None), classes.contains(&class));
        }
    } else {
        for class in [*Lot(number).one(&Class::PERSONAL), Class::Note] {
            let open = policies.view(actor, case, class, *author).is_ok();
            same(format!("view {class}"), opens(actor, case, class, *author), open);
        }
    }
}

#[test]
fn a_plain_reading_of_the_rules_agrees_on_two_hundred_thousand_worlds() {
    let policies = Policies::load(None).expect("the policies");
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let tallies: Vec<Answers> = std::thread::scope(|scope| {
        let run = |thread: u64| {
            let policies = &policies;
            scope.spawn(move || {
                let mut answers = Answers::new();
                for number in (thread..WORLDS).step_by(threads as usize) {
                    compare(policies, number, &mut answers);
                }
                answers
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running.into_iter().map(|thread| thread.join().expect("all agree")).collect()
    });
    let mut answers = Answers::new();
    for (question, [no, yes]) in tallies.into_iter().flatten() {
        let tally = answers.entry(question).or_default();
        *tally = [tally[0] + no, tally[1] + yes];
    }
    println!("{WORLDS} worlds; question: no, yes\n{answers:#?}");
    // Agreement on what never happens would show nothing.
    for (question, [no, yes]) in answers {
        let never = question == "classes note";
        assert!(no > 30 && (never || yes > 30), "{question} is answered {no} times no, {yes} times yes");
    }
}
