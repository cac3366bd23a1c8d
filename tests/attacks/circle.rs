//! Who states what from inside a circle: every command about a person, by every role, hosting the person or not.

use access::{Actor, Asking, CaseView, Policies};
use contracts::{
    buffa::Enumeration as _,
    common::v1::{OrganisationKind, Role},
};
use reqwest::Method;
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::{ground::Ground, hidden, routes};

/// Who states something from the circle of a case.
#[derive(Clone, Copy, Debug)]
enum May {
    /// Whoever accompanies.
    Companions,
    /// They, and employers.
    AndEmployers,
    /// They, and animators.
    AndAnimators,
    /// Whoever accompanies, of the structure that hosts the person.
    Host,
    /// The référent social of the structure that hosts the person.
    HostReferent,
}

/// Each command about a person, by its name (`*` at the end: whatever follows). The first line that fits speaks for it;
/// one that fits none fails the test, and so does a line that speaks for nothing.
const FROM_THE_CIRCLE: &[(&str, May)] = &[
    ("case.transfer", May::HostReferent),
    ("case.open-own-access", May::HostReferent),
    ("case.restrict", May::HostReferent),
    ("case.lift-restriction", May::HostReferent),
    ("case.object", May::HostReferent),
    ("case.settle-objection", May::HostReferent),
    ("case.pause", May::Host),
    ("case.resume", May::Host),
    ("case.close", May::Host),
    ("case.reopen", May::Host),
    // A structure that shares professional secrecy: here, the one that hosts.
    ("case.open-emergency-access", May::Host),
    ("case.*", May::Companions),
    ("diagnostic.*", May::Companions),
    ("prescription.receive", May::AndEmployers),
    ("prescription.review", May::AndEmployers),
    ("prescription.hold", May::AndEmployers),
    ("prescription.accept", May::AndEmployers),
    ("prescription.refuse", May::AndEmployers),
    ("prescription.start", May::AndEmployers),
    ("prescription.complete", May::AndEmployers),
    ("prescription.establish-eligibility", May::AndEmployers),
    ("prescription.*", May::Companions),
    ("immersion.sign", May::AndEmployers),
    ("immersion.review", May::AndEmployers),
    ("immersion.*", May::Companions),
    ("employment.*", May::AndEmployers),
    ("match.*", May::AndAnimators),
    ("gathering.*", May::AndAnimators),
];

impl May {
    fn includes(self, role: Role, hosts: bool) -> bool {
        let companion =
            [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER].contains(&role);
        match self {
            Self::Companions => companion,
            Self::AndEmployers => companion || role == Role::EMPLOYEUR_SIAE,
            Self::AndAnimators => companion || role == Role::ANIMATEUR_PLATEFORME,
            Self::Host => companion && hosts,
            Self::HostReferent => role == Role::REFERENT_SOCIAL && hosts,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_of_a_circle_states_what_the_table_says_by_role_and_by_who_hosts() {
    let stack = Stack::start("attacks-circle").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let about = routes::all(&openapi)
        .into_iter()
        .filter(|route| route.method == Method::POST && route.body.is_some())
        .filter(|route| hidden::aggregate(route).is_some());
    let names: Vec<String> = about
        .map(|route| {
            openapi["paths"][&route.path]["post"]["operationId"].as_str().expect("a name").to_owned()
        })
        .collect();
    assert!(names.len() > 70, "{} commands about a person", names.len());
    let line = |name: &str| {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        };
        FROM_THE_CIRCLE.iter().position(|(pattern, _)| fits(pattern))
    };
    let policies = Policies::load(None).expect("the policies");
    let (here, elsewhere) = (Uuid::now_v7(), Uuid::now_v7());
    let now = vocabulary::Clock::now(&vocabulary::SystemClock);
    let mut wrong = Vec::new();
    for name in &names {
        let Some(at) = line(name) else {
            wrong.push(format!("no line speaks for {name}"));
            continue;
        };
        for (role, hosts) in Role::values().iter().flat_map(|role| [(*role, true), (*role, false)]) {
            let kind = if hosts { OrganisationKind::CHRS } else { OrganisationKind::FT };
            let actor = Actor {
                role,
                post_id: Some(Uuid::now_v7()),
                professional_id: Some(Uuid::now_v7()),
                organisation_id: Some(if hosts { here } else { elsewhere }),
                second_factor: true,
                system: None,
                ..Actor::system("")
            };
            let case = CaseView {
                in_circle: true,
                structure_id: here,
                organisation: Asking::of_kind(kind),
                ..CaseView::stranger(now)
            };
            let may = policies.may(&actor, name, Some(&case)).is_ok();
            if may != FROM_THE_CIRCLE[at].1.includes(role, hosts) {
                wrong.push(format!("{role:?} {name}, hosts {hosts}: {may}"));
            }
        }
    }
    let spoken: Vec<usize> = names.iter().filter_map(|name| line(name)).collect();
    let idle = (0..FROM_THE_CIRCLE.len()).filter(|at| !spoken.contains(at));
    wrong.extend(idle.map(|at| format!("{} speaks for nothing", FROM_THE_CIRCLE[at].0)));
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
