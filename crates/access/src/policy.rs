//! Roles and what they may do; classes of data and who may read them. A table, denied by default.

use contracts::{Class, common::v1::Role};
use uuid::Uuid;

use crate::Actor;

/// What the policy must know of a case to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseView {
    /// Whether the actor's post is in the circle today.
    pub in_circle: bool,
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// Whether the actor's organisation is a member of the platform that shares the case.
    pub on_platform: bool,
}

/// What was decided, and why, in French.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// No.
    Denied(&'static str),
}

/// What the professionals who accompany may do.
const ACCOMPANY: &[&str] = &["case.", "diagnostic.", "prescription.", "immersion.", "employment."];

/// What each role may do: prefixes of the names of commands and queries. A role that is not here may
/// do nothing.
const MAY: &[(Role, &[&str])] = &[
    (Role::REFERENT_SOCIAL, ACCOMPANY),
    (Role::CIP, ACCOMPANY),
    (Role::REFERENT_EMPLOI, ACCOMPANY),
    (Role::CONSEILLER, ACCOMPANY),
    (
        Role::EMPLOYEUR_SIAE,
        &[
            "case.read",
            "prescription.receive",
            "prescription.accept",
            "prescription.refuse",
            "prescription.establish-eligibility",
            "immersion.sign",
            "immersion.review",
            "employment.",
        ],
    ),
    (Role::ANIMATEUR_PLATEFORME, &["case.read", "platform."]),
    (Role::AUDITEUR, &["case.read", "audit."]),
    (Role::ADMINISTRATEUR, &["platform.", "administration."]),
    (Role::PARTENAIRE, &["inbound.", "events.read"]),
];

/// What everyone who signed in may do.
const EVERYONE: &[&str] = &["platform.read", "events.read", "home.read"];

/// Whether this actor may do that, by the name of the command or of the query.
///
/// Facts about a person are stated by the circle only; traces are read by the circle, by the members
/// of the platform that shares the case, and by auditors.
pub fn decide(actor: &Actor, action: &str, case: Option<&CaseView>) -> Decision {
    if actor.system.is_some() {
        return Decision::Allowed;
    }
    let own = MAY.iter().find(|(role, _)| *role == actor.role).map_or(&[][..], |(_, may)| may);
    if !own.iter().chain(EVERYONE).any(|prefix| action.starts_with(prefix)) {
        return Decision::Denied("votre rôle ne permet pas cette action");
    }
    let Some(case) = case else { return Decision::Allowed };
    let reading = action.ends_with(".read") || action.starts_with("audit.");
    let entitled = case.in_circle || reading && (case.on_platform || actor.role == Role::AUDITEUR);
    // Whom a prescription was addressed to answers it without being in the circle: the service that
    // knows the addressee checks it.
    let answering = actor.role == Role::EMPLOYEUR_SIAE && !reading;
    if entitled || answering {
        Decision::Allowed
    } else {
        Decision::Denied("vous n’êtes pas dans le cercle de cette personne")
    }
}

/// The personal classes this actor may read of a case. Traces are not in the list: whoever may read
/// the case may read them.
///
/// Health waits for agreements and for the secret professionnel of organisations: only the référent
/// social of the structure that hosts reads it. Judicial constraints and notes are opened to nobody yet.
pub fn classes(actor: &Actor, case: &CaseView) -> Vec<Class> {
    let mut classes = Vec::new();
    if actor.system.is_some() || !case.in_circle {
        return classes;
    }
    let hosts = actor.organisation_id == Some(case.structure_id);
    match actor.role {
        Role::REFERENT_SOCIAL | Role::CIP | Role::REFERENT_EMPLOI | Role::CONSEILLER => {
            classes.extend([Class::Identity, Class::Project]);
            if hosts {
                classes.push(Class::Social);
            }
            if hosts && actor.role == Role::REFERENT_SOCIAL {
                classes.push(Class::Health);
            }
        }
        Role::EMPLOYEUR_SIAE => classes.extend([Class::Identity, Class::Project]),
        _ => {}
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role) -> Actor {
        Actor { role, organisation_id: Some(Uuid::from_u128(1)), ..Actor::system("test") }
            .tap(|actor| actor.system = None)
    }

    trait Tap: Sized {
        fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
            change(&mut self);
            self
        }
    }
    impl Tap for Actor {}

    fn case(in_circle: bool, on_platform: bool) -> CaseView {
        CaseView { in_circle, on_platform, structure_id: Uuid::from_u128(1) }
    }

    #[test]
    fn a_role_that_is_not_in_the_table_may_do_nothing_about_people() {
        for role in [Role::ROLE_UNSPECIFIED, Role::PERSONNE, Role::PARTENAIRE, Role::ADMINISTRATEUR] {
            for action in ["case.open", "case.read", "diagnostic.complete", "employment.start"] {
                let decision = decide(&actor(role), action, Some(&case(true, true)));
                assert!(matches!(decision, Decision::Denied(_)), "{role:?} {action}");
            }
        }
    }

    #[test]
    fn outside_the_circle_nobody_writes_and_only_the_platform_reads_traces() {
        let cip = actor(Role::CIP);
        assert!(matches!(decide(&cip, "diagnostic.start", Some(&case(false, true))), Decision::Denied(_)));
        assert!(matches!(decide(&cip, "case.read", Some(&case(false, false))), Decision::Denied(_)));
        assert_eq!(decide(&cip, "case.read", Some(&case(false, true))), Decision::Allowed);
        assert!(classes(&cip, &case(false, true)).is_empty());
    }

    #[test]
    fn health_is_read_only_by_the_social_worker_of_the_structure_that_hosts() {
        for role in [Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER, Role::EMPLOYEUR_SIAE] {
            assert!(!classes(&actor(role), &case(true, true)).contains(&Class::Health), "{role:?}");
        }
        let elsewhere = actor(Role::REFERENT_SOCIAL).tap(|a| a.organisation_id = Some(Uuid::from_u128(2)));
        assert!(!classes(&elsewhere, &case(true, true)).contains(&Class::Health));
        assert!(classes(&actor(Role::REFERENT_SOCIAL), &case(true, true)).contains(&Class::Health));
    }
}
