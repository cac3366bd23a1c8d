//! A stolen session cannot walk through the base, and what was read is kept whatever dies: on the real stack.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::stack::{Stack, until};
use tests::World;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Someone who may be told of a suspension must be, within that time.
const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// A token of that role and post, for a professional who may hold others.
async fn token(stack: &Stack, role: &str, post: Uuid, organisation: Uuid, professional: Uuid) -> String {
    let [post, organisation, professional] = [post, organisation, professional].map(|id| id.to_string());
    let arguments = [
        ["token", "issue"].as_slice(),
        &["--role", role, "--post", &post, "--organisation", &organisation, "--professional", &professional],
    ];
    let (given, said) = stack.jalon(&arguments.concat()).await;
    assert!(given, "{said}");
    said.trim().to_owned()
}

/// A post of that role in that organisation, held by that professional, or by someone new.
async fn post(world: &World, organisation: Uuid, role: &str, professional: Option<Uuid>) -> Uuid {
    let body = json!({"organisation_id": organisation, "role": role, "title": role});
    let post = world.api.must(&world.administrator, "/api/v1/posts", body).await.id();
    let mut body = json!({"professional_name": "Ludivine Arnal"});
    if let Some(professional) = professional {
        body["professional_id"] = json!(professional);
    }
    world.api.must(&world.administrator, &format!("/api/v1/posts/{post}/fill"), body).await;
    post
}

/// Who holds that post, once the directory says so.
async fn holder(database: &tokio_postgres::Client, post: Uuid) -> Uuid {
    let sql = "select (body ->> 'professional_id')::uuid from read.directory where key = $1";
    let held = async || -> Option<Uuid> {
        database.query_opt(sql, &[&post]).await.expect("a directory").and_then(|row| row.get(0))
    };
    until("someone holds the post", async || held().await.is_some()).await;
    held().await.expect("a holder")
}

/// The database, as that role; `jalon` owns it.
async fn connect(stack: &Stack, role: &str) -> tokio_postgres::Client {
    let url = stack.postgres.url("jalon").replacen("://jalon@", &format!("://{role}@"), 1);
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    client
}

async fn readings(database: &tokio_postgres::Client) -> i64 {
    database.query_one("select count(*) from access.reading", &[]).await.expect("a count").get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_is_stopped_told_of_and_restored() {
    let stack = Stack::start("readings-stolen").await;
    let world = World::build(&stack).await;
    let database = connect(&stack, "jalon").await;
    let professional = holder(&database, world.cip_post).await;
    let stolen = token(&stack, "CIP", world.cip_post, world.structure, professional).await;
    let elsewhere = post(&world, world.france_travail, "CONSEILLER", Some(professional)).await;
    let other = token(&stack, "CONSEILLER", elsewhere, world.france_travail, professional).await;
    let told = post(&world, world.structure, "ADMINISTRATEUR", None).await;
    let administrator = holder(&database, told).await;
    let told = token(&stack, "ADMINISTRATEUR", told, world.structure, administrator).await;
    let mut cases = Vec::new();
    for number in 0..45 {
        cases.push(world.open_case(&format!("Zarifian{number}"), "Maud", "1984-05-06").await);
    }
    let position =
        world.must(&format!("/api/v1/cases/{}/notes", cases[44]), json!({"text": "Un mot."})).await;
    world.read(&format!("/api/v1/cases/{}", cases[44]), position.position()).await;

    let mut seen = 0;
    let mut stopped = None;
    for case in &cases {
        let answer = world.api.get(&stolen, &format!("/api/v1/cases/{case}")).await;
        if answer.status != 200 {
            assert!(!answer.text.contains("Zarifian"), "{}", answer.text);
            stopped = Some(answer.status);
            break;
        }
        seen += 1;
    }
    let since = Instant::now();
    assert_eq!((seen, stopped), (40, Some(429)));
    for token in [&stolen, &other] {
        for path in ["/api/v1/me", "/api/v1/me/followups", "/"] {
            assert_eq!(world.api.get(token, path).await.status, 403, "{path}: every post and session");
        }
    }
    until("an administrator is told", async || {
        let notices = world.api.get(&told, "/api/v1/me/notices").await;
        notices.body["items"][0]["kind"] == "ACCESS_SUSPENDED"
    })
    .await;
    assert!(since.elapsed() <= TOLD_WITHIN, "told after {:?}", since.elapsed());
    println!("stopped at {seen} people, told after {:?}", since.elapsed());

    let restore = format!("/api/v1/professionals/{professional}/access/restore");
    let refused = world.api.post(&world.cip, &restore, json!({"reason": "EXPLAINED"})).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    world.api.must(&world.administrator, &restore, json!({"reason": "EXPLAINED"})).await;
    until("they read again", async || world.api.get(&stolen, "/api/v1/me").await.status == 200).await;
    let volumes = world.api.get(&world.administrator, "/api/v1/administration/readings").await;
    assert!(volumes.body["suspensions"][0]["restored_at"].is_string(), "{}", volumes.text);
    assert!(!volumes.text.contains("Zarifian"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_was_answered_is_kept_whatever_dies_and_one_that_is_removed_is_found() {
    let mut stack = Stack::durable("readings-kept").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Zarifian", "Maud", "1984-05-06").await;
    let position = world.must(&format!("/api/v1/cases/{case}/notes"), json!({"text": "Un mot."})).await;
    world.read(&format!("/api/v1/cases/{case}"), position.position()).await;
    let database = connect(&stack, "jalon").await;
    for round in 0..5 {
        let before = readings(&database).await;
        let answer = world.api.get(&world.cip, &format!("/api/v1/cases/{case}")).await;
        assert!(answer.status == 200 && answer.text.contains("Zarifian"), "{}", answer.text);
        stack.kill_and_serve().await;
        assert_eq!(readings(&database).await, before + 1, "round {round}");
        stack.ready().await;
    }

    let served = connect(&stack, "jalon_serve").await;
    for wrong in [
        "insert into access.reading (at, role, name, purpose, emergency, classes, cases, listed)
             values (now(), '', '', '', false, '{}', '{}', '{}')",
        "update access.reading set cases = '{}'",
        "delete from access.reading",
        "truncate access.reading",
        "update access.suspension set reader = gen_random_uuid()",
        "delete from access.suspension",
        "delete from access.honey",
        "delete from access.seen",
        "update access.seen set at = at - interval '1 day'",
    ] {
        let refused = served.batch_execute(wrong).await.expect_err("refused");
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{wrong}");
    }

    let fill = "insert into access.reading (at, role, name, purpose, emergency, classes, cases, listed)
        select now(), 'CIP', 'case.read', '', false, '{}', '{}', '{}' from generate_series(1, 1000)";
    database.batch_execute(fill).await.expect("readings");
    let check = async || stack.jalon(&["audit", "check"]).await;
    until("a batch is closed", async || check().await.1.contains("1 lots vérifiés, 1000 lectures")).await;
    let (intact, said) = check().await;
    assert!(intact && said.contains("rien ne manque"), "{said}");
    let remove = "set session_replication_role = replica; delete from access.reading where id = 3";
    database.batch_execute(remove).await.expect("the owner removes one");
    let (intact, said) = check().await;
    assert!(!intact && said.contains("La lecture 3 a été retirée."), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn baits_are_planted_and_whoever_takes_one_is_stopped() {
    let stack = Stack::start("readings-baits").await;
    let world = World::build(&stack).await;
    world.open_case("Zarifian", "Maud", "1984-05-06").await;
    until("the structures are in the directory", async || {
        let (_, said) = stack.jalon(&["honey"]).await;
        said.contains("4 en tout")
    })
    .await;
    let (_, said) = stack.jalon(&["honey", "--show"]).await;
    // « ID dans la structure ID ».
    let baits = said.lines().filter_map(|line| line.split(' ').next()?.parse().ok());
    let baits: Vec<Uuid> = baits.collect();
    let bait = baits.first().expect("one").to_owned();
    let platform = world.platform;
    for path in [
        format!("/api/v1/platforms/{platform}/board?state=all"),
        format!("/api/v1/platforms/{platform}/indicators"),
    ] {
        let shown = world.api.get(&world.animator, &path).await;
        assert!(
            shown.status == 200 && baits.iter().all(|bait| !shown.text.contains(&bait.to_string())),
            "{path}"
        );
    }
    let answer = world.api.get(&world.stranger, &format!("/api/v1/cases/{bait}")).await;
    assert_eq!(answer.status, 404, "as what nobody knows: {}", answer.text);
    assert_eq!(world.api.get(&world.stranger, "/api/v1/me").await.status, 403);
    let volumes: Value = world.api.get(&world.administrator, "/api/v1/administration/readings").await.body;
    assert_eq!(volumes["suspensions"][0]["reason"], "HONEY", "{volumes}");
}
