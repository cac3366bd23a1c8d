//! What the roles of services may do in the database itself: see nobody without saying for whom, append the facts
//! of their own context, and change nothing that was recorded.

use serde_json::json;
use testkit::stack::Stack;
use tests::World;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The read models that are about nobody: organisations, offers, settings; and the ids, alone, of the cases to leave
/// out. Every other one is behind the wall.
const OPEN: &[&str] = &[
    "answering_posts",
    "directory",
    "employers_of_post",
    "gatherings",
    "limited_cases",
    "local_services",
    "mailboxes",
    "offers",
    "platform_members",
    "platform_memberships",
    "platform_references",
];

async fn connect(stack: &Stack, role: &str) -> Client {
    let url = stack.postgres.url("jalon").replacen("://jalon@", &format!("://{role}@"), 1);
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("it is let in");
    tokio::spawn(connection);
    client
}

/// A stack with a role a unit, each given its rights, where something was told of two people.
async fn told(name: &str) -> (Stack, World, Vec<String>) {
    let stack = Stack::start(name).await;
    let owner = connect(&stack, "jalon").await;
    let units =
        ["case", "prescription", "immersion", "employment", "platform", "notice", "followup", "clock"];
    for unit in units {
        let roles = format!(
            "create role jalon_{unit} login;
             create role jalon_{unit}_machinery login in role jalon_{unit}, jalon_machinery"
        );
        owner.batch_execute(&roles).await.expect("roles");
    }
    let (migrated, said) = stack.jalon(&["migrate"]).await;
    assert!(migrated, "{said}");
    let world = World::build(&stack).await;
    let case = world.open_case("Tesfay", "Selam", "1991-04-17").await;
    world.send_candidature(case, world.aci[0]).await;
    let other = world.open_case("Autre", "Personne", "1990-01-01").await;
    let wish = json!({"wish": {"occupations": [{"label": "Jardinier"}]}});
    let _ = world.api.post(&world.cip, &format!("/api/v1/cases/{other}/wishes"), wish).await;
    let head: i64 = owner.query_one("select position from journal.head", &[]).await.expect("a head").get(0);
    world.read(&format!("/api/v1/cases/{case}/timeline"), head).await;
    let roles = units.iter().copied().chain(["serve"]).map(|unit| format!("jalon_{unit}")).collect();
    (stack, world, roles)
}

async fn count(client: &Client, view: &str) -> i64 {
    client.query_one(&format!("select count(*) from read.{view}"), &[]).await.expect(view).get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_of_a_service_sees_anyone_in_any_read_model_without_saying_who_reads() {
    let (stack, world, roles) = told("wall-nobody").await;
    let owner = connect(&stack, "jalon").await;
    let views = "select relname::text from pg_class where relnamespace = 'read'::regnamespace order by 1";
    let views: Vec<String> =
        owner.query(views, &[]).await.expect("views").iter().map(|row| row.get(0)).collect();
    let walled: Vec<&String> = views.iter().filter(|view| !OPEN.contains(&view.as_str())).collect();
    assert!(views.len() - walled.len() == OPEN.len(), "what is open exists: {views:?}");
    for role in &roles {
        let client = connect(&stack, role).await;
        for view in &walled {
            assert_eq!(count(&client, view).await, 0, "{role} sees rows of {view}: whose are they?");
        }
        // Nor as a stranger, nor as someone who is nobody.
        let strange = format!("set jalon.reader = 'person'; set jalon.readers = '{{{}}}'", Uuid::now_v7());
        for said in [
            strange.as_str(),
            "set jalon.readers = '{}'",
            "set jalon.reader = 'SYSTEM'",
            "set jalon.reader = 'system'",
            "set jalon.reader = 'auditor'",
        ] {
            client.batch_execute(said).await.expect("said");
            for view in &walled {
                assert_eq!(count(&client, view).await, 0, "{role} sees rows of {view} after {said}");
            }
        }
        let own = format!("set jalon.reader = 'person'; set jalon.readers = '{{{}}}'", world.cip_post);
        client.batch_execute(&own).await.expect("said");
        assert_eq!(count(&client, "live_status").await, 2, "{role}");
    }
    // The rows are there: it is the wall that hides them.
    for view in ["live_status", "timeline", "milestones", "readership", "platform_by_case", "followed_cases"]
    {
        assert!(count(&owner, view).await > 0, "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_behind_a_view_has_its_wall_and_every_view_reads_as_whoever_asks() {
    let (stack, _, _) = told("wall-catalogue").await;
    let owner = connect(&stack, "jalon").await;
    let missing = "
        select t.relname::text from pg_class v
        join pg_rewrite r on r.ev_class = v.oid
        join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
            and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
        join pg_class t on t.oid = d.refobjid
        where v.relnamespace = 'read'::regnamespace and not t.relname = any ($1)
            and not (t.relrowsecurity and t.relforcerowsecurity
                     and exists (select from pg_policy p where p.polrelid = t.oid))
        group by 1";
    let bare = owner.query(missing, &[&OPEN]).await.expect("the catalogue");
    let bare: Vec<String> = bare.iter().map(|row| row.get(0)).collect();
    assert!(bare.is_empty(), "no wall around {bare:?}");
    let views = "select relname::text from pg_class where relnamespace = 'read'::regnamespace
                 and not coalesce(reloptions, '{}') @> '{security_invoker=true}'";
    assert!(owner.query(views, &[]).await.expect("the catalogue").is_empty());
    // Whoever serves is above nothing and owns nothing.
    // What keeps read models up to date is a member of what it does, and nobody who serves is.
    let above = "select rolname::text from pg_roles r where rolname like 'jalon\\_%'
                 and rolname not like '%\\_machinery' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb
                      or exists (select from pg_class c where c.relowner = r.oid)
                      or exists (select from pg_auth_members m where m.member = r.oid))";
    assert!(owner.query(above, &[]).await.expect("the catalogue").is_empty());
    // Once those who prepared the test have left.
    let serving = "select count(*) filter (where usename = 'jalon_serve') > 0
                       and bool_and(usename in ('jalon_serve', 'jalon_serve_machinery'))
                   from pg_stat_activity where datname = 'jalon' and pid <> pg_backend_pid()";
    testkit::stack::until("jalon_serve alone is there", || async {
        owner.query_one(serving, &[]).await.expect("who is there").get::<_, Option<bool>>(0) == Some(true)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_appends_the_facts_of_its_own_context_and_changes_none() {
    let (stack, world, roles) = told("wall-journal").await;
    let owner = connect(&stack, "jalon").await;
    let codes = "select distinct unnest(aggregates) from journal.writers order by 1";
    let codes: Vec<i16> =
        owner.query(codes, &[]).await.expect("codes").iter().map(|row| row.get(0)).collect();
    let head = "select position from journal.head";
    let before: i64 = owner.query_one(head, &[]).await.expect("a head").get(0);
    for role in &roles {
        let client = connect(&stack, role).await;
        let own = "select aggregates from journal.writers where role = session_user";
        let own: Vec<i16> = client.query_one(own, &[]).await.expect("admitted").get(0);
        assert_eq!(own.len() == codes.len(), role == "jalon_serve", "{role} writes {own:?}");
        for code in codes.iter().filter(|code| !own.contains(code)) {
            let append = "select journal.append_one(gen_random_uuid(), 0, gen_random_uuid(), '', $1, gen_random_uuid(),
                          null, now()::date, now(), '', '')";
            let refused = client.query_one(append, &[&(code * 256 + 1)]).await.expect_err("refused");
            assert_eq!(refused.code().map(|code| code.code()), Some("JL003"), "{role} {code}");
        }
        for change in [
            "update journal.facts set payload = ''",
            "delete from journal.facts",
            "truncate journal.facts",
            "delete from journal.commands",
            "update journal.streams set version = 1",
            "update journal.head set position = 0",
            "insert into journal.writers values (session_user, '{1,2,3}')",
            "alter table journal.facts disable trigger all",
            "set session authorization jalon",
            "set role jalon",
            "alter table readership_v2_g1.readership disable row level security",
            "alter view read.live_status reset (security_invoker)",
            "set role jalon_machinery",
            "grant jalon_machinery to session_user",
            "update projections.checkpoint set position = 1000000 where name = 'readership'",
            "insert into projections.parked values ('readership', 1, 1, gen_random_uuid(), 'x', 'skipped')",
            "delete from readership_v2_g1.readership",
            "delete from service.due_refused",
            "create or replace function projections.sees_all() returns boolean language sql as 'select true'",
        ] {
            let refused = client.batch_execute(change).await.expect_err(change);
            assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{role}: {change}");
        }
    }
    // Who would say that an erasure was refused keeps it from being done: the clock alone says so.
    let refuse = "insert into service.due_refused
        select gen_random_uuid(), 'keeping_agenda', 'case.begin-forgetting', gen_random_uuid(), 'x', now(), 1";
    for role in &roles {
        let done = connect(&stack, role).await.batch_execute(refuse).await;
        assert_eq!(done.is_ok(), ["jalon_clock", "jalon_serve"].contains(&role.as_str()), "{role}");
    }
    let after: i64 = owner.query_one(head, &[]).await.expect("a head").get(0);
    assert_eq!(after, before, "nothing was appended");
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_to_serve_as_who_sees_over_the_wall() {
    let stack = Stack::start("wall-above").await;
    // In production; a demonstration only says so.
    let url = stack.postgres.url("jalon");
    let served = tokio::process::Command::new(testkit::stack::jalon())
        .args(["serve", "case"])
        .env("DATABASE_URL", &url)
        .env("KEYS_DATABASE_URL", stack.postgres.url("jalon_keys"))
        .env("NATS_URL", stack.nats.url())
        .env("JALON_KEK_FILE", stack.dir.join("kek"))
        .env("JALON_LISTEN", "127.0.0.1:0")
        .env("JALON_DEMONSTRATION", "0")
        .env("JALON_METRICS_ADDR", "off")
        .output();
    let served =
        tokio::time::timeout(std::time::Duration::from_secs(20), served).await.expect("it ends by itself");
    let said = String::from_utf8_lossy(&served.as_ref().expect("it ran").stderr).into_owned();
    assert!(!served.expect("it ran").status.success());
    assert!(
        said.contains("passe outre les règles d’accès aux lignes") && said.contains("jalon_serve"),
        "{said}"
    );
}
