//! What is hidden takes the work of what does not exist: as many questions to the database, and the same. Counted in
//! the log of Postgres, since times tell more of the machine than of the answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;
use uuid::Uuid;

use crate::ground::{Ground, Holder};

/// How often each is asked.
const TIMES: usize = 20;
/// How long nothing is asked at first, to learn what the database is asked by clocks and workers.
const IDLE: Duration = Duration::from_millis(2_500);
/// The same before each request: what is asked less often than that is too rare to be counted.
const PAUSE: Duration = Duration::from_millis(300);

/// What reads a case, an organisation, a platform: the work that would tell.
const FACTS: &str = "journal.facts where stream_id";

/// How many questions of each kind the database was asked.
type Asked = BTreeMap<String, usize>;

/// The statements of a log, without the names they were given.
fn statements(log: &str) -> Asked {
    let mut asked = Asked::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, said)) = line.split_once("LOG:  ") else { continue };
        let said = match said.split_once("execute ") {
            Some((_, named)) => named.split_once(": ").map_or("", |(_, text)| text),
            None => said.strip_prefix("statement: ").unwrap_or_default(),
        };
        let mut text = said.to_owned();
        // A statement of several lines goes on after a tabulation.
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            text.push_str(more.trim());
            text.push(' ');
        }
        if !text.trim().is_empty() {
            *asked.entry(text).or_default() += 1;
        }
    }
    asked
}

struct Counter<'a> {
    ground: &'a Ground,
    log: std::path::PathBuf,
    /// What is asked while nobody asks anything.
    idle: BTreeSet<String>,
}

impl Counter<'_> {
    /// Where the log ends.
    fn end(&self) -> usize {
        usize::try_from(std::fs::metadata(&self.log).expect("the log").len()).expect("a length")
    }

    fn since(&self, end: usize) -> Asked {
        let bytes = std::fs::read(&self.log).expect("the log");
        statements(&String::from_utf8_lossy(&bytes[end..]))
    }

    /// Learns what is asked while nobody asks anything.
    async fn learn(&mut self, time: Duration) {
        let before = self.end();
        tokio::time::sleep(time).await;
        self.idle.extend(self.since(before).into_keys());
    }

    /// What one such request asks of the database, and the status it has.
    async fn of(&mut self, method: &Method, path: &str, token: &str, body: &Value) -> (u16, Asked) {
        // Statements are prepared once.
        let status = self.ground.ask(method, path, Some(token), body).await.status;
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.learn(PAUSE).await;
        let before = self.end();
        for _ in 0..TIMES {
            assert_eq!(self.ground.ask(method, path, Some(token), body).await.status, status);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut asked = self.since(before);
        asked.values_mut().for_each(|count| *count = (*count + TIMES / 2) / TIMES);
        asked.retain(|_, count| *count > 0);
        (status, asked)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_takes_the_work_of_what_does_not_exist() {
    let stack = Stack::start("attacks-work").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let case = world.open_case("Lefort", "Ana", "1990-01-15").await;
    let prescription = world.send_candidature(case, world.aci[0]).await;
    let job = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_id": world.aci[0], "came_from_id": prescription});
    let job = world.must(&format!("/api/v1/cases/{case}/employments"), job).await.id();
    ground.database.batch_execute("alter system set log_statement = 'all'").await.expect("set");
    ground.database.batch_execute("select pg_reload_conf()").await.expect("read again");
    tokio::time::sleep(Duration::from_secs(1)).await;

    let holder =
        |role, organisation| Holder { role, post: Some(Uuid::now_v7()), organisation: Some(organisation) };
    let stranger = ground.token(holder("CIP", world.france_travail), 600.0).await;
    let employer = ground.token(holder("EMPLOYEUR_SIAE", world.aci[1]), 600.0).await;
    let (get, post) = (Method::GET, Method::POST);
    let contract = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_id": world.aci[1]});
    let mut counter = Counter { ground: &ground, log: stack.postgres.log(), idle: BTreeSet::new() };
    counter.learn(IDLE).await;
    let mut pairs = Vec::new();
    for (method, path, hidden, token, body) in [
        (&get, "/api/v1/cases/ID", case, &stranger, Value::Null),
        (&get, "/api/v1/cases/ID/timeline", case, &stranger, Value::Null),
        (&post, "/api/v1/cases/ID/notes", case, &stranger, json!({"text": "Une note."})),
        (&post, "/api/v1/cases/ID/close", case, &stranger, json!({"reason": "MOVED"})),
        // Those whom the policies let through, for the rule to know whether they were asked.
        (&post, "/api/v1/prescriptions/ID/accept", prescription, &stranger, json!({})),
        (&post, "/api/v1/prescriptions/ID/accept", prescription, &employer, json!({})),
        (&post, "/api/v1/employments/ID/end", job, &employer, json!({"reason": "RESIGNED"})),
        (&post, "/api/v1/cases/ID/employments", case, &employer, contract),
    ] {
        let at = |id: Uuid| path.replace("ID", &id.to_string());
        let (unknown, work) = counter.of(method, &at(Uuid::now_v7()), token, &body).await;
        let (status, done) = counter.of(method, &at(hidden), token, &body).await;
        assert_eq!((unknown, status), (404, 404), "{method} {path}");
        pairs.push((format!("{method} {path}"), work, done));
    }
    let sought = |name| json!({"family_name": name, "birth_date": "1990-01-15"});
    let (path, nobody, someone) = ("/api/v1/search", sought("Personne"), sought("Lefort"));
    let found =
        async || ground.post(&stranger, path, &someone).await.json()["items"].as_array().map_or(0, Vec::len);
    testkit::stack::until("Ana is found", async || found().await == 1).await;
    let ((one, work), (other, done)) = (
        counter.of(&post, path, &stranger, &nobody).await,
        counter.of(&post, path, &stranger, &someone).await,
    );
    assert_eq!((one, other), (200, 200));
    pairs.push((path.to_owned(), work, done));
    let mut wrong = Vec::new();
    for (what, work, done) in pairs {
        // A worker may read a stream now and then: too rarely to be counted.
        let own = |(text, _): &(String, usize)| text.contains(FACTS) || !counter.idle.contains(text);
        let own = |asked: Asked| -> Asked { asked.into_iter().filter(own).collect() };
        let (work, done) = (own(work), own(done));
        let facts = work.iter().find(|(text, _)| text.contains(FACTS));
        assert!(
            facts.is_some_and(|(_, count)| *count > 1) && work.len() > 2,
            "{what} was counted: {work:#?}"
        );
        if work != done {
            wrong.push(format!("{what}:\n  nobody {work:#?}\n  someone {done:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
