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
        assert_eq!((&found.structure, &found.post, found.case_id), (&None, &None, None), "not even where");
        assert!(!found.on_platform);
        let said = serde_json::to_string(&matches).expect("JSON");
        for told in ["iaye", "Aminata", "1989", "0639", "Pins", "Référente", &id(10).to_string()] {
            assert!(!said.contains(told), "{told}: {said}");
        }
    }
    let own = actor(Role::REFERENT_SOCIAL, POST, STRUCTURE);
    let found = world.search(&own, &named("Ndiaye", "1989-11-23")).await;
    assert_eq!(found.items[0].case_id, Some(id(10)), "who follows them is led to the case");
    assert_eq!(found.items[0].structure.as_ref().map(|one| &*one.name), Some("CHRS Les Pins"));
    assert_eq!(found.items[0].post.as_ref().map(|one| &*one.name), Some("Référente sociale"));
    assert_eq!(found.items[0].emergency, None, "nothing to open: it is open");
    for sought in [named("Diallo", "1989-11-23"), named("Ndiaye", "1990-11-23")] {
        assert_eq!(world.search(&stranger, &sought).await, Matches { items: vec![], more: false });
    }
}

/// What the database kept of who looked: the cases and the classes of each reading of that route, in order.
async fn looked(world: &World, name: &str) -> Vec<(Vec<Uuid>, Vec<String>)> {
    let url = world.ground.owner_url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    let sql = "select cases, classes from access.reading where name = $1 order by id";
    let rows = client.query(sql, &[&name]).await.expect("readings");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_match_is_a_reading_and_forty_people_are_as_many_as_one_finds() {
    let world = World::new().await;
    let birth = |number: u128| format!("19{:02}-01-01", 50 + number);
    for number in 0..45 {
        let who = IdentityRecorded {
            family_name: "Sow".into(),
            birth_date: birth(number),
            ..IdentityRecorded::default()
        };
        world.follow(100 + number, STRUCTURE, who).await;
    }
    world.read().await;
    let stranger = actor(Role::CIP, 30, OTHER);
    for number in 0..45 {
        let reading = Reading::of(stranger.clone(), search::NAME);
        let sought = named("Sow", &birth(number));
        search::search(&world.ground.runtime, &reading, &sought).await.expect("an answer");
        let kept = reading.commit(&world.ground.runtime).await;
        assert_eq!(kept.is_ok(), number < 40, "{number}");
    }
    let readings = looked(&world, search::NAME).await;
    assert_eq!(readings.len(), 40);
    assert_eq!(readings[0], (vec![id(100)], vec!["trace".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_opened_in_an_emergency_by_whoever_was_shown_it_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    world.follow(10, STRUCTURE, aminata()).await;
    world.read().await;
    let runtime = &world.ground.runtime;
    let strong = Actor { second_factor: true, ..actor(Role::REFERENT_SOCIAL, 30, OTHER) };
    let found = world.search(&strong, &named("Ndiaye", "1989-11-23")).await;
    let handle = found.items[0].emergency.clone().expect("a handle");
    assert!(!handle.contains(&id(10).to_string()));
    let now = world.ground.clock.now();
    let take = |by: &Actor, handle: &str, now| search::handle::take(runtime, by, handle, now);
    assert_eq!(take(&strong, &handle, now), Some(id(10)));
    let other = Actor { post_id: Some(id(31)), ..strong.clone() };
    assert_eq!(take(&other, &handle, now), None, "another’s");
    assert_eq!(take(&strong, &handle, now + jiff::SignedDuration::from_mins(15)), None, "too old");
    assert_eq!(take(&strong, &handle[1..], now), None, "altered");
    assert_eq!(take(&strong, "", now), None);
    let again = world.search(&strong, &named("Ndiaye", "1989-11-23")).await;
    assert_ne!(
        again.items[0].emergency.as_ref(),
        Some(&handle),
        "it tells nobody that it is the same person"
    );
    let weak = world.search(&actor(Role::CIP, 30, OTHER), &named("Ndiaye", "1989-11-23")).await;
    assert!(weak.items[0].emergency.is_some(), "they will be asked for a second factor");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_are_shown_at_most() {
    let world = World::new().await;
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
    let twice = looked(&world, "case.open").await;
    assert_eq!(twice, [(vec![id(10)], vec!["trace".to_owned()])], "to be told of a twin is to have looked");
    // One’s own identity, said again, is nobody else’s.
    let again = RecordIdentity { identity: identity("Sow", "1990-01-01") };
    let alone = open("c", identity("Sow", "1990-01-01")).await;
    world.read().await;
    let request = Request::keyed(actor(Role::REFERENT_SOCIAL, 30, OTHER), "d", world.ground.clock.now());
    let said = execute(runtime, Target::Existing(alone.id), again, request).await.expect("recorded");
    assert_eq!(said.warnings, []);
}
