//! Looking for someone on a real Postgres: who is found, by what, and what is answered of them.

use access::Actor;
use case::domain::case::commands::{Identity, OpenCase, RecordIdentity};
use contracts::{
    Class, Word,
    case::v1::{CaseOpened, CaseOrigin, CircleMemberJoined, IdentityCorrected, IdentityRecorded},
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::{OrganisationRegistered, PostOpened},
};
use service::{
    Day, Reading, Request, Target, execute,
    search::{self, Matches, Sought},
};
use testkit::ground::Ground;
use uuid::Uuid;
use vocabulary::Clock as _;

const STRUCTURE: u128 = 1;
const POST: u128 = 2;
const OTHER: u128 = 3;
const PENSION: u128 = 4;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn day(text: &str) -> Day {
    Day(text.parse().expect("a day"))
}

fn actor(role: Role, post: u128, organisation: u128) -> Actor {
    Actor {
        role,
        post_id: Some(id(post)),
        organisation_id: Some(id(organisation)),
        professional_id: Some(id(post + 100)),
        system: None,
        ..Actor::system("")
    }
}

fn named(name: &str, birth: &str) -> Sought {
    Sought { family_name: name.into(), birth_date: Some(day(birth)), ..Sought::default() }
}

struct World {
    ground: Ground,
}

impl World {
    async fn new() -> Self {
        let ground = Ground::of(case::service(), "2026-11-23T09:00:00Z").await;
        for (number, kind, name) in [
            (STRUCTURE, OrganisationKind::CHRS, "CHRS Les Pins"),
            (OTHER, OrganisationKind::CHRS, "CHRS Le Port"),
            (PENSION, OrganisationKind::PENSION, "Pension La Halte"),
        ] {
            let registered =
                OrganisationRegistered { name: name.into(), kind: kind.into(), ..Default::default() };
            ground.append(id(number), None, None, vec![events::Organisation::from(registered)]).await;
        }
        let post = PostOpened {
            organisation_id: id(STRUCTURE).to_string(),
            role: Role::REFERENT_SOCIAL.into(),
            title: "Référente sociale".into(),
            ..Default::default()
        };
        ground.append(id(POST), None, None, vec![events::Post::from(post)]).await;
        Self { ground }
    }

    async fn follow(&self, case: u128, structure: u128, who: IdentityRecorded) {
        let opened = CaseOpened {
            structure_id: id(structure).to_string(),
            opened_on: "2026-03-02".into(),
            ..Default::default()
        };
        let joined = CircleMemberJoined {
            post_id: id(POST).to_string(),
            organisation_id: id(STRUCTURE).to_string(),
            role: Role::REFERENT_SOCIAL.into(),
            ..Default::default()
        };
        let facts: Vec<events::Case> = vec![opened.into(), joined.into(), who.into()];
        self.ground.append(id(case), Some(id(case)), Some(id(POST)), facts).await;
    }

    /// All identities are read.
    async fn read(&self) -> search::Kept {
        self.ground.up_to_date().await;
        search::rebuild(&self.ground.runtime).await.expect("read")
    }

    async fn search(&self, by: &Actor, sought: &Sought) -> Matches {
        let reading = Reading::of(by.clone(), search::NAME);
        search::search(&self.ground.runtime, &reading, sought).await.expect("an answer")
    }
}

fn aminata() -> IdentityRecorded {
    IdentityRecorded {
        family_name: "N’Diaye".into(),
        given_name: "Aminata".into(),
        birth_date: "1989-11-23".into(),
        phone: "06 39 98 01 02".into(),
        email: "aminata@exemple.fr".into(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_is_found_by_whoever_may_look_and_nothing_is_said_of_them() {
    let world = World::new().await;
    world.follow(10, STRUCTURE, aminata()).await;
    assert_eq!(world.read().await, search::Kept { read: 1, found: 1 });
    let stranger = actor(Role::CIP, 30, OTHER);
    for sought in [
        named("NDIAYE", "1989-11-23"),
        named("Aminata", "1989-11-23"),
        named("Ndiay", "1989-01-01"),
        Sought { family_name: "N'diaye".into(), birth_year: Some(1989), ..Sought::default() },
        Sought { phone: "+33639980102".into(), ..Sought::default() },
        Sought { email: "Aminata@exemple.FR ".into(), ..Sought::default() },
    ] {
        let matches = world.search(&stranger, &sought).await;
        assert_eq!((matches.items.len(), matches.more), (1, false), "{sought:?}");
        let found = &matches.items[0];
        assert_eq!(found.text, "Correspondance possible");
        assert_eq!(found.structure.as_ref().map(|one| &*one.name), Some("CHRS Les Pins"));
        assert_eq!(found.post.as_ref().map(|one| &*one.name), Some("Référente sociale"));
        assert_eq!(found.case_id, None);
        let said = serde_json::to_string(&matches).expect("JSON");
        for told in ["iaye", "Aminata", "1989", "0639", &id(10).to_string()] {
            assert!(!said.contains(told), "{told}: {said}");
        }
    }
    let own = actor(Role::REFERENT_SOCIAL, POST, STRUCTURE);
    let found = world.search(&own, &named("Ndiaye", "1989-11-23")).await;
    assert_eq!(found.items[0].case_id, Some(id(10)), "who follows them is led to the case");
    for sought in [named("Diallo", "1989-11-23"), named("Ndiaye", "1990-11-23")] {
        assert_eq!(world.search(&stranger, &sought).await, Matches { items: vec![], more: false });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_tells_too_much_is_not_shown_and_five_are_shown_at_most() {
    let world = World::new().await;
    world.follow(10, PENSION, aminata()).await;
    world.read().await;
    let found = world.search(&actor(Role::CIP, 30, OTHER), &named("Ndiaye", "1989-11-23")).await;
    assert_eq!((&found.items[0].structure, &found.items[0].post), (&None, &None));
    for case in 11..17 {
        world.follow(case, STRUCTURE, aminata()).await;
    }
    world.read().await;
    let found = world.search(&actor(Role::CIP, 30, OTHER), &named("Ndiaye", "1989-11-23")).await;
    assert_eq!((found.items.len(), found.more), (search::AT_MOST, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_is_refused_and_so_is_who_may_not_look() {
    let world = World::new().await;
    let runtime = &world.ground.runtime;
    let by = |role| Reading::of(actor(role, 30, OTHER), search::NAME);
    for (sought, pointer) in [
        (Sought::default(), "/family_name"),
        (Sought { family_name: "Ndiaye".into(), ..Sought::default() }, "/birth_date"),
        (Sought { birth_year: Some(1989), ..Sought::default() }, "/family_name"),
        (Sought { family_name: " - ".into(), birth_year: Some(1989), ..Sought::default() }, "/family_name"),
        (named("Ndiaye", "2026-11-24"), "/birth_date"),
        (Sought { family_name: "Ndiaye".into(), birth_year: Some(1), ..Sought::default() }, "/birth_year"),
        (Sought { phone: "12".into(), email: "ana".into(), ..Sought::default() }, "/family_name"),
    ] {
        let refused = search::search(runtime, &by(Role::CIP), &sought).await.expect_err("refused");
        assert_eq!((refused.status.as_u16(), &*refused.errors[0].pointer), (422, pointer), "{sought:?}");
        assert!(!refused.detail.contains("Ndiaye"));
    }
    for role in [
        Role::EMPLOYEUR_SIAE,
        Role::ANIMATEUR_PLATEFORME,
        Role::AUDITEUR,
        Role::ADMINISTRATEUR,
        Role::PARTENAIRE,
    ] {
        let refused =
            search::search(runtime, &by(role), &named("Ndiaye", "1989-11-23")).await.expect_err("denied");
        assert_eq!(refused.status.as_u16(), 403, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_corrected_is_found_as_they_are_and_whoever_was_forgotten_is_not_found() {
    let world = World::new().await;
    world.follow(10, STRUCTURE, aminata()).await;
    world.follow(11, STRUCTURE, aminata()).await;
    world.read().await;
    let cip = actor(Role::CIP, 30, OTHER);
    let corrected = IdentityCorrected {
        family_name: "Diallo".into(),
        given_name: "Aminata".into(),
        birth_date: "1989-11-24".into(),
        ..Default::default()
    };
    world.ground.append(id(10), Some(id(10)), Some(id(POST)), vec![events::Case::from(corrected)]).await;
    world.ground.runtime.sealer.ring().forget(id(11), &[Class::Identity]).await.expect("forgotten");
    let gone = world.search(&cip, &named("Ndiaye", "1989-11-23")).await;
    assert_eq!(gone.items.len(), 1, "the one that is not read again yet, not the one that is forgotten");
    assert_eq!(world.read().await.read, 2);
    assert_eq!(world.search(&cip, &named("Ndiaye", "1989-11-23")).await.items.len(), 0);
    assert_eq!(world.search(&cip, &named("Diallo", "1989-11-24")).await.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_a_second_case_is_warned_and_told_nothing() {
    let world = World::new().await;
    world.follow(10, STRUCTURE, aminata()).await;
    world.read().await;
    let runtime = &world.ground.runtime;
    let identity = |name: &str, birth: &str| Identity {
        family_name: name.into(),
        given_name: "Awa".into(),
        birth_date: Some(day(birth)),
        phone: String::new(),
        email: String::new(),
        language: String::new(),
    };
    let open = async |key: &str, identity| {
        let command = OpenCase {
            structure_id: id(OTHER),
            platform_id: None,
            origin: Word(CaseOrigin::PERSON),
            opened_on: None,
            identity: Some(identity),
        };
        let request = Request::keyed(actor(Role::REFERENT_SOCIAL, 30, OTHER), key, world.ground.clock.now());
        execute(runtime, Target::New { case_id: None }, command, request).await.expect("opened")
    };
    let warned = open("a", identity("NDIAYE", "1989-11-23")).await;
    let rules: Vec<&str> = warned.warnings.iter().map(|warning| warning.rule).collect();
    assert_eq!(rules, ["dossier.doublon-possible"]);
    assert_eq!(
        open("b", identity("Ndiaye", "1989-01-01")).await.warnings,
        [],
        "by its sound nobody is warned"
    );
    world.read().await;
    // One’s own identity, said again, is nobody else’s.
    let again = RecordIdentity { identity: identity("Sow", "1990-01-01") };
    let alone = open("c", identity("Sow", "1990-01-01")).await;
    world.read().await;
    let request = Request::keyed(actor(Role::REFERENT_SOCIAL, 30, OTHER), "d", world.ground.clock.now());
    let said = execute(runtime, Target::Existing(alone.id), again, request).await.expect("recorded");
    assert_eq!(said.warnings, []);
}
