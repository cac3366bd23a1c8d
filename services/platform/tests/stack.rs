//! The service on a real Postgres: imports that may be run again, lists, and matches whose wishes are sealed.

#[path = "stack/overtaken.rs"]
mod overtaken;
#[path = "stack/racing.rs"]
mod racing;
#[path = "stack/world.rs"]
mod world;

use std::path::Path;

use contracts::{
    case::v1::{Wish, WishExpressed, WishKind},
    common::v1::{Job, OrganisationKind, Role},
    events,
};
use platform::import::{Mode, Report, data_inclusion, offers};
use serde_json::json;
use uuid::Uuid;
use world::{PLATFORM, World};

const POST: Uuid = Uuid::from_u128(7);

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn options(mode: Mode) -> data_inclusion::Options {
    data_inclusion::Options { mode, complete: false, force: false }
}

fn counts(report: &Report) -> [usize; 4] {
    [report.created, report.updated, report.unchanged, report.rejected.len()]
}

#[tokio::test]
async fn a_directory_is_imported_and_a_second_run_states_nothing() {
    let world = World::new().await;
    let by_hand = Uuid::from_u128(4);
    world.organisation(by_hand, OrganisationKind::ACI, "73282932000074").await;
    let files = [fixture("structures.json"), fixture("services.json")];
    let import =
        async |mode| data_inclusion::import(&world.runtime, &files, options(mode)).await.expect("read");

    let before = world.head().await;
    let considered = import(Mode::DryRun).await;
    assert_eq!(world.head().await, before, "a dry run writes nothing");
    let report = import(Mode::Apply).await;
    assert_eq!(counts(&report), [4, 1, 0, 2], "{report}");
    assert_eq!(counts(&considered), counts(&report), "{considered}");
    for remark in ["nouveau_champ", "laissée comme elle est", "famille inconnue", "pas encore connue"] {
        assert!(report.remarks.keys().any(|said| said.contains(remark)), "{remark}: {report}");
    }
    let known = world.runtime.journal.stream(by_hand, 1).await.expect("read");
    assert_eq!(known.len(), 2, "the one known by its SIRET has its reference, and keeps its name");

    let after = world.head().await;
    let again = import(Mode::Apply).await;
    assert_eq!((world.head().await, counts(&again)), (after, [0, 0, 5, 2]), "{again}");
    services_are_listed(&world).await;
    what_is_gone_is_no_longer_published(&world).await;
}

async fn services_are_listed(world: &World) {
    let token = world.token(Role::CIP, POST).await;
    let all = world.get(&token, "/api/v1/services?dimension=MOBILITE&commune=30007").await;
    assert_eq!(all.status, 200, "{}", all.body);
    let names = |body: &serde_json::Value| -> Vec<String> {
        let items = body["items"].as_array().expect("items").iter();
        items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    };
    // The one of Toulouse is for another department; the near one comes before the free one.
    assert_eq!(names(&all.body), ["Location solidaire", "Garage solidaire"]);
    assert_eq!(all.body["items"][0]["distance_km"], 0);
    assert!(all.body["items"][0]["structure_id"].is_string());
    assert!(!all.body.to_string().contains("Camille"), "nobody is named");
    let page = world.get(&token, "/api/v1/services?dimension=MOBILITE&limit=2").await;
    let next = page.body["next"].as_str().expect("a second page");
    let second =
        world.get(&token, &format!("/api/v1/services?dimension=MOBILITE&limit=2&cursor={next}")).await;
    assert_eq!((names(&page.body).len(), names(&second.body).len()), (2, 1));
    let theme = "/api/v1/services?theme=mobilite--preparer-un-permis";
    assert_eq!(names(&world.get(&token, theme).await.body), ["Ailleurs"]);
    for wrong in ["commune=Al", "theme=Camille", "theme=camille--Durand"] {
        assert_eq!(world.get(&token, &format!("/api/v1/services?{wrong}")).await.status, 400, "{wrong}");
    }
    assert!(world.get(&token, "/api/v1/services?commune=30001").await.body["remark"].is_string());
    let refused = world.token(Role::PARTENAIRE, POST).await;
    assert_eq!(world.get(&refused, "/api/v1/services").await.status, 403);
}

async fn what_is_gone_is_no_longer_published(world: &World) {
    let dir = std::env::temp_dir().join(format!("platform-complete-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let one = dir.join("one.json");
    let service = json!([{"source": "dora", "structure_id": "dora--s1", "id": "dora--v1", "nom": "Location",
        "description": "Location", "date_maj": "2026-06-01", "thematiques": []}]);
    std::fs::write(&one, service.to_string()).expect("written");
    let complete = |force| data_inclusion::Options { mode: Mode::Apply, complete: true, force };
    let refused =
        data_inclusion::import(&world.runtime, &[&one], complete(false)).await.expect_err("refused");
    assert!(refused.contains("2 sur 3"), "{refused}");
    let report = data_inclusion::import(&world.runtime, &[&one], complete(true)).await.expect("forced");
    assert_eq!(report.delisted, 2, "{report}");
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[tokio::test]
async fn offers_are_imported_listed_and_a_second_run_states_nothing() {
    let world = World::new().await;
    let table = "reference;intitule;rome;heures;ville;code_insee\nA1;Plonge;G1605;20;Alès;30007\nA2;Appeler le 05 36 49 01 01;;;;\nA3;Vente;D1106;24;Nîmes;30189\n";
    let import = async |table: &str, mode| {
        offers::import(&world.runtime, table.as_bytes(), PLATFORM, mode).await.expect("read")
    };
    let before = world.head().await;
    assert_eq!(counts(&import(table, Mode::DryRun).await), [2, 0, 0, 1]);
    assert_eq!(world.head().await, before, "a dry run writes nothing");
    let report = import(table, Mode::Apply).await;
    assert_eq!(counts(&report), [2, 0, 0, 1], "{report}");
    assert_eq!(report.rejected[0].0, "Ligne 3");
    let after = world.head().await;
    assert_eq!(counts(&import(table, Mode::Apply).await), [0, 0, 2, 1]);
    assert_eq!(world.head().await, after, "a second run states nothing");
    let changed = table.replace(";20;", ";22;");
    assert_eq!(counts(&import(&changed, Mode::Apply).await), [0, 1, 1, 1]);
    // What was written before comes back: it is a change again.
    assert_eq!(counts(&import(table, Mode::Apply).await), [0, 1, 1, 1]);
    let unknown = offers::import(&world.runtime, table.as_bytes(), Uuid::nil(), Mode::Apply).await;
    assert!(unknown.is_err_and(|why| why.contains("plateforme")));

    let token = world.token(Role::CIP, POST).await;
    let page = world.get(&token, "/api/v1/offers?limit=1").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let next = page.body["next"].as_str().expect("a second page");
    let second = world.get(&token, &format!("/api/v1/offers?limit=1&cursor={next}")).await;
    assert!(
        second.body["next"].is_null() && second.body["items"].as_array().is_some_and(|all| all.len() == 1)
    );
    let sales = world.get(&token, &format!("/api/v1/offers?rome=D11&platform={PLATFORM}")).await;
    assert_eq!(sales.body["items"][0]["label"], "Vente");
    assert_eq!(sales.body["items"].as_array().map(Vec::len), Some(1));
    let id = sales.body["items"][0]["id"].as_str().expect("an id").to_owned();
    let filled = world.post(&token, &format!("/api/v1/offers/{id}/fill"), json!({"by_platform": 1})).await;
    assert_eq!(filled.status, 200, "{}", filled.body);
    let open = world.get(&token, "/api/v1/offers").await;
    assert_eq!(open.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.get(&token, "/api/v1/offers?state=filled").await.body["items"][0]["by_platform"], 1);
    assert_eq!(world.get(&token, "/api/v1/offers?rome=%25").await.status, 400);
}

async fn wishes(world: &World, case_id: Uuid, rome: &str, not_for_now: bool) {
    let wish = Wish {
        kinds: vec![WishKind::EMPLOI.into()],
        jobs: vec![Job { rome_code: rome.into(), label: "un métier secret".into(), ..Default::default() }],
        commune_code: "30007".into(),
        distance_km: 10,
        ..Default::default()
    };
    let expressed = WishExpressed {
        expressed_on: "2026-11-01".into(),
        not_for_now,
        wish: wish.into(),
        ..Default::default()
    };
    world.append::<events::Wish>(Uuid::now_v7(), Some(case_id), vec![expressed.into()]).await;
}

#[tokio::test]
async fn wishes_meet_offers_for_the_circle_only() {
    let world = World::new().await;
    let table = "reference;intitule;rome;heures;ville;code_insee\nA1;Plonge;G1605;20;Alès;30007\nA2;Vente;D1106;24;Alès;30007\n";
    offers::import(&world.runtime, table.as_bytes(), PLATFORM, Mode::Apply).await.expect("read");
    let (case_id, quiet, silent) = (world.case(POST).await, world.case(POST).await, world.case(POST).await);
    wishes(&world, case_id, "D1106", false).await;
    wishes(&world, quiet, "D1106", true).await;
    let token = world.token(Role::CIP, POST).await;

    let found = world.get(&token, &format!("/api/v1/cases/{case_id}/matches")).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.body["items"][0]["offer"]["label"], "Vente");
    assert_eq!(found.body["items"][0]["reasons"][0]["text"], "C’est le métier souhaité.");
    let offer = found.body["items"][0]["offer"]["id"].as_str().expect("an id").to_owned();
    let peace = world.get(&token, &format!("/api/v1/cases/{quiet}/matches")).await;
    assert_eq!((peace.body["quiet"].clone(), peace.body["items"].clone()), (json!(true), json!([])));
    let nothing = world.get(&token, &format!("/api/v1/cases/{silent}/matches")).await;
    assert_eq!(
        (nothing.body["wish_known"].clone(), nothing.body["items"].clone()),
        (json!(false), json!([]))
    );

    let people = world.get(&token, &format!("/api/v1/offers/{offer}/matches")).await;
    assert_eq!(people.body["items"].as_array().map(Vec::len), Some(1), "{}", people.body);
    assert_eq!(people.body["items"][0]["case_id"], case_id.to_string());

    // Outside the circle nothing is opened, and the case is not even there.
    let outside = world.token(Role::CIP, Uuid::from_u128(8)).await;
    assert_eq!(world.get(&outside, &format!("/api/v1/cases/{case_id}/matches")).await.status, 404);
    let none = world.get(&outside, &format!("/api/v1/offers/{offer}/matches")).await;
    assert_eq!(none.body["items"], json!([]));
    let body = json!({"offer_id": offer});
    let path = format!("/api/v1/cases/{case_id}/matches");
    assert_eq!(world.post(&outside, &path, body.clone()).await.status, 403);
    the_person_answers_first(&world, &token, &path, body).await;
    nothing_personal_is_kept(&world).await;
}

async fn the_person_answers_first(world: &World, token: &str, path: &str, body: serde_json::Value) {
    let proposed = world.post(token, path, body.clone()).await;
    assert_eq!(proposed.status, 201, "{}", proposed.body);
    let again = world.get(token, path).await;
    assert_eq!(again.body["items"][0]["proposed"], "proposed");
    assert_eq!(world.post(token, path, body).await.body["rule"], "rapprochement.deja");
    let at =
        |intent: &str| format!("/api/v1/matches/{}/{intent}", proposed.body["id"].as_str().expect("an id"));
    let forward = json!({"channel": "TELEPHONE"});
    let early = world.post(token, &at("put-forward"), forward.clone()).await;
    assert_eq!((early.status, early.body["rule"].as_str()), (422, Some("rapprochement.accord")));
    assert_eq!(world.post(token, &at("accept"), json!({})).await.status, 200);
    assert_eq!(world.post(token, &at("put-forward"), forward).await.status, 200);
    assert_eq!(world.get(token, path).await.body["items"][0]["proposed"], "put_forward");
}

async fn nothing_personal_is_kept(world: &World) {
    let client = world.runtime.pool.get().await.expect("a client");
    let kept: i64 = client
        .query_one("select count(*) from read.platform_by_case where body::text like '%secret%' or body::text like '%D1106%'", &[])
        .await
        .expect("counted")
        .get(0);
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn employers_and_gatherings_go_through_the_same_doors() {
    let world = World::new().await;
    let employer = Uuid::from_u128(5);
    world.organisation(employer, OrganisationKind::ENTREPRISE, "").await;
    let token = world.token(Role::ANIMATEUR_PLATEFORME, POST).await;
    let lead = json!({"platform_id": PLATFORM, "organisation_id": employer, "until_day": "2027-05-01"});
    let assigned = world.post(&token, "/api/v1/employers/leads", lead.clone()).await;
    assert_eq!((assigned.status, assigned.body["version"].as_u64()), (200, Some(1)), "{}", assigned.body);
    let contact = json!({"platform_id": PLATFORM, "organisation_id": employer, "channel": "VISITE", "outcome": "INTERESSE"});
    let contacted = world.post(&token, "/api/v1/employers/contacts", contact).await;
    assert_eq!(contacted.body["id"], assigned.body["id"], "there is one stream for an employer");
    assert_eq!(contacted.body["version"], 2);
    let other = world.token(Role::CIP, Uuid::from_u128(8)).await;
    assert_eq!(world.post(&other, "/api/v1/employers/leads", lead).await.status, 422);

    for (day, title) in [("2026-12-10", "Salon"), ("2026-12-01", "Visite")] {
        let plan = json!({"kind": "SALON", "title": title, "planned_on": day});
        let planned =
            world.post(&token, "/api/v1/gatherings", json!({"platform_id": PLATFORM, "plan": plan})).await;
        assert_eq!(planned.status, 201, "{}", planned.body);
    }
    let page = world.get(&token, "/api/v1/gatherings?limit=1").await;
    assert_eq!(page.body["items"][0]["title"], "Visite", "{}", page.body);
    let next = page.body["next"].as_str().expect("a second page");
    let second = world.get(&token, &format!("/api/v1/gatherings?limit=1&cursor={next}")).await;
    assert_eq!(second.body["items"][0]["title"], "Salon");
    assert!(second.body["next"].is_null());
    let later = world.get(&token, "/api/v1/gatherings?from=2026-12-02").await;
    assert_eq!(later.body["items"].as_array().map(Vec::len), Some(1));
}
