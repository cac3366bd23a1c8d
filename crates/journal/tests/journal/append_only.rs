//! J5: append-only, by privilege and by trigger; each role its own contexts.

use std::collections::BTreeMap;

use journal::{Append, Journal, JournalError};
use tokio_postgres::{Client, SimpleQueryMessage};
use uuid::Uuid;

use crate::support::{
    Database, assert_sound, beginning, command, connect, fact, kind, open, positions, versions,
};

const CASE: i16 = 1;
const EMPLOYMENT: i16 = 5;

/// A role of that database, admitted for the facts of these aggregates if any are named.
async fn role(database: &Database, name: &str, admitted: Option<&[i16]>) -> String {
    let (client, role) = (database.client().await, format!("{name}_{}", database.name));
    client.batch_execute(&format!("create role {role} login")).await.unwrap();
    if let Some(aggregates) = admitted {
        let aggregates = aggregates.to_vec();
        client.execute("select journal.admit($1::text::name, $2)", &[&role, &aggregates]).await.unwrap();
    }
    role
}

/// A command that begins a stream with facts of that kind.
fn of(name: &str, facts: u32) -> Append {
    let mut request = beginning(facts);
    request.facts.iter_mut().for_each(|fact| fact.kind = kind(name));
    request
}

/// The code of the refusal of a statement.
async fn refusal(client: &Client, sql: &str) -> String {
    match client.batch_execute(sql).await {
        Ok(()) => panic!("accepted: {sql}"),
        Err(error) => error.code().unwrap_or_else(|| panic!("{error}: {sql}")).code().to_owned(),
    }
}

/// The first partition of the facts.
async fn partition(client: &Client) -> String {
    let sql = "select inhrelid::regclass::text from pg_inherits
               where inhparent = 'journal.facts'::regclass order by 1 limit 1";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Everything in the schema of the journal: rows, and how it is made.
async fn everything(client: &Client) -> BTreeMap<&'static str, Vec<String>> {
    let queries = [
        ("facts", "select f::text from journal.facts f order by position"),
        ("streams", "select s::text from journal.streams s order by id"),
        ("commands", "select c::text from journal.commands c order by id"),
        ("head", "select h::text from journal.head h"),
        ("layout", "select l::text from journal.layout l"),
        ("writers", "select w::text from journal.writers w order by role"),
        ("migrations", "select m::text from migration_journal m order by version"),
        (
            "tables",
            "select concat_ws(' ', relname, relkind, relacl, reloptions)
             from pg_class where relnamespace = 'journal'::regnamespace order by relname",
        ),
        (
            "functions",
            "select pg_get_functiondef(oid) || coalesce(proacl::text, '')
             from pg_proc where pronamespace = 'journal'::regnamespace order by oid",
        ),
        (
            "triggers",
            "select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
             where relnamespace = 'journal'::regnamespace order by tgrelid, tgname",
        ),
    ];
    let mut all = BTreeMap::new();
    for (name, sql) in queries {
        let rows = client.simple_query(sql).await.unwrap();
        let texts = rows.iter().filter_map(|row| match row {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        all.insert(name, texts.collect());
    }
    all
}

#[tokio::test]
async fn a_role_appends_the_facts_of_its_own_aggregates_and_no_others() {
    let database = Database::new().await;
    let cases = role(&database, "cases", Some(&[CASE])).await;
    let employments = role(&database, "employments", Some(&[EMPLOYMENT])).await;
    let [cases, employments] = [cases, employments].map(|role| open(&database.url_of(&role)));
    let forbidden = async |journal: &Journal, request: Append| {
        let refused = journal.append(request).await;
        assert!(matches!(refused, Err(JournalError::Forbidden)), "{refused:?}");
    };
    for facts in [1, 3] {
        cases.append(of("CaseOpened", facts)).await.unwrap();
        employments.append(of("HoursChanged", facts)).await.unwrap();
        forbidden(&cases, of("HoursChanged", facts)).await;
        forbidden(&employments, of("CaseOpened", facts)).await;
    }
    // Not even among one's own, nor at the end of a stream of one's own.
    let own = employments.append(of("HoursChanged", 1)).await.unwrap();
    for expected in [0, own.version] {
        let stream = if expected == 0 { Uuid::now_v7() } else { own.stream_id };
        let mut mixed = command(stream, expected, 2);
        mixed.facts[1] = fact(kind("CaseOpened"), b"of another");
        forbidden(&employments, mixed.clone()).await;
        mixed.facts.remove(0);
        forbidden(&employments, mixed).await;
    }
    let refused = cases.archive(own.stream_id).await;
    assert!(matches!(refused, Err(JournalError::Forbidden)), "{refused:?}");
    assert!(employments.archive(own.stream_id).await.unwrap());
    // What each reads is the whole journal, and what was refused left nothing in it.
    for journal in [&cases, &employments] {
        assert_eq!(positions(&journal.after(0, 100).await.unwrap()), (1..=9).collect::<Vec<_>>());
        assert_eq!(versions(&journal.stream(own.stream_id, 1).await.unwrap()), [1]);
    }
    assert_sound(&database.journal()).await;
    // Admitted for more, it appends more.
    role(&database, "other", Some(&[])).await;
    let client = database.client().await;
    let sql = format!("select journal.admit('cases_{}', '{{{CASE},{EMPLOYMENT}}}')", database.name);
    client.batch_execute(&sql).await.unwrap();
    cases.append(of("HoursChanged", 1)).await.unwrap();
}

#[tokio::test]
async fn a_role_that_was_admitted_has_no_other_way_than_the_functions() {
    let database = Database::new().await;
    let role = role(&database, "clerk", Some(&[CASE, EMPLOYMENT])).await;
    let journal = open(&database.url_of(&role));
    journal.append(beginning(2)).await.unwrap();
    let before = everything(&database.client().await).await;
    let client = connect(&database.url_of(&role)).await;
    let partition = partition(&client).await;
    let mut attempts = vec![
        "create table journal.mine (n int)".to_owned(),
        "create function journal.mine() returns int language sql as 'select 1'".into(),
        "select journal.admit(session_user, '{1,2,3,4,5,6,7,8}')".into(),
        "select journal.refuse()".into(),
        "set session_replication_role = replica".into(),
        "set session authorization jalon".into(),
        "set role jalon".into(),
        format!("alter role {role} superuser"),
        "alter function journal.refuse() rename to accept".into(),
        "drop function journal.refuse() cascade".into(),
        "drop schema journal cascade".into(),
        "alter schema journal rename to other".into(),
        "do $$ begin lock table journal.head in access exclusive mode; end $$".into(),
    ];
    let tables = [
        ("journal.facts", "version"),
        ("journal.streams", "version"),
        ("journal.commands", "count"),
        ("journal.head", "position"),
        ("journal.layout", "facts"),
        ("journal.writers", "aggregates"),
        (&partition, "version"),
    ];
    for (table, column) in tables {
        attempts.extend([
            format!("insert into {table} select * from {table} limit 1"),
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("drop table {table}"),
            format!("alter table {table} disable trigger all"),
            format!("alter table {table} add column more int"),
            format!("create index on {table} ((1))"),
            format!("create trigger mine after insert on {table} execute function journal.refuse()"),
            format!("create rule mine as on insert to {table} do instead nothing"),
            format!("comment on table {table} is 'mine'"),
            format!("select * from {table} for update"),
        ]);
    }
    for sql in attempts {
        assert_eq!(refusal(&client, &sql).await, "42501", "{sql}");
    }
    // Answered with a warning, and nothing is given: what follows would show it.
    for (table, _) in tables {
        client.batch_execute(&format!("grant all on {table} to public")).await.unwrap();
    }
    assert_eq!(everything(&database.client().await).await, before);
    journal.append(beginning(1)).await.unwrap();
}

#[tokio::test]
async fn a_role_that_was_not_admitted_appends_nothing() {
    let database = Database::new().await;
    let known = database.journal().append(beginning(1)).await.unwrap();
    let stranger = role(&database, "stranger", None).await;
    let journal = open(&database.url_of(&stranger));
    for facts in [1, 2] {
        let refused = journal.append(beginning(facts)).await;
        assert!(
            matches!(&refused, Err(JournalError::Database(why)) if why.starts_with("42501")),
            "{refused:?}"
        );
    }
    assert!(journal.archive(known.stream_id).await.is_err());
    assert!(journal.after(0, 10).await.is_err(), "nor does it read");
    assert!(journal.stream(known.stream_id, 1).await.is_err());
    let client = connect(&database.url_of(&stranger)).await;
    let functions = [
        "prepare()",
        "refuse()",
        "archive(gen_random_uuid())",
        "examine('{}', '{}')",
        "admit(session_user, '{1}')",
        "append_one(gen_random_uuid(), 0, gen_random_uuid(), '', 1281::smallint, gen_random_uuid(), null, now()::date,
                    now(), '', '')",
        "append_many(0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "append_unmoved(0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
                        gen_random_uuid(), 0)",
    ];
    for function in functions {
        assert_eq!(refusal(&client, &format!("select journal.{function}")).await, "42501", "{function}");
    }
    // With the way into the schema open, the functions still refuse.
    let owner = database.client().await;
    owner.batch_execute(&format!("grant usage on schema journal to {stranger}")).await.unwrap();
    for function in functions {
        assert_eq!(refusal(&client, &format!("select journal.{function}")).await, "42501", "{function}");
    }
    // Admitted for no aggregate, it reads, and appends nothing.
    let reader = role(&database, "reader", Some(&[])).await;
    let reader = open(&database.url_of(&reader));
    for facts in [1, 2] {
        let refused = reader.append(beginning(facts)).await;
        assert!(matches!(refused, Err(JournalError::Forbidden)), "{refused:?}");
    }
    assert_eq!(positions(&reader.after(0, 10).await.unwrap()), [1]);
    assert_sound(&database.journal()).await;
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = Database::new().await;
    let journal = database.journal();
    role(&database, "clerk", Some(&[CASE])).await;
    let first = journal.append(beginning(3)).await.unwrap();
    journal.append(command(first.stream_id, 3, 1)).await.unwrap();
    journal.archive(first.stream_id).await.unwrap();
    let client = database.client().await;
    let before = everything(&client).await;
    for _ in 0..3 {
        Journal::migrate(&database.settings()).await.unwrap();
        assert_eq!(everything(&client).await, before);
    }
    assert_eq!(journal.append(beginning(1)).await.unwrap().first_position, 5);
    assert!(everything(&client).await != before, "what is compared shows a difference");
    assert_sound(&journal).await;
}

#[tokio::test]
async fn not_even_the_owner_changes_or_erases_what_was_recorded() {
    let database = Database::new().await;
    let journal = database.journal();
    let first = journal.append(beginning(3)).await.unwrap();
    journal.append(command(first.stream_id, 3, 1)).await.unwrap();
    let client = database.client().await;
    let partition = partition(&client).await;
    let before = everything(&client).await;
    let mut attempts = vec![
        "truncate journal.facts, journal.commands, journal.streams, journal.head".to_owned(),
        "truncate journal.facts cascade".into(),
        format!("truncate only {partition}"),
        "delete from only journal.facts_000000000000 where position = 4".into(),
        "merge into journal.facts f using (select 2 as n) s on f.position = s.n when matched then delete"
            .into(),
        "with gone as (delete from journal.facts where position = 1 returning *) select * from gone".into(),
        "insert into journal.commands select * from journal.commands
         on conflict (id) do update set count = 9"
            .into(),
    ];
    for (table, column) in [
        ("journal.facts", "payload = ''"),
        (&partition, "position = 3000000"),
        ("journal.commands", "count = 2"),
    ] {
        attempts.push(format!("update {table} set {column}"));
    }
    for table in ["journal.facts", &partition, "journal.commands", "journal.streams", "journal.head"] {
        attempts.extend([format!("delete from {table}"), format!("truncate {table}")]);
    }
    for sql in attempts {
        assert_eq!(refusal(&client, &sql).await, "JL005", "{sql}");
    }
    assert_eq!(everything(&client).await, before);
    assert_sound(&journal).await;
}
