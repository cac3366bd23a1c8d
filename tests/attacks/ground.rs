//! Where attacks are tried: the address, the database behind it, and the log of what answers.

use std::{path::PathBuf, time::Duration};

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use testkit::{
    Secret,
    stack::{Demo, Stack},
};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where attacks are tried.
pub struct Ground {
    /// The address.
    pub http: String,
    /// Its database.
    pub database: tokio_postgres::Client,
    client: Client,
    logs: PathBuf,
}

/// Whom a token is of.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Their role, as the contracts call it.
    pub role: &'static str,
    /// Their post.
    pub post: Option<Uuid>,
    /// Its organisation.
    pub organisation: Option<Uuid>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers; names in lowercase.
    pub headers: Vec<(String, String)>,
    /// The body; empty when it is a stream.
    pub text: String,
}

impl Reply {
    /// A header, joined when it is there twice.
    pub fn header(&self, name: &str) -> Option<String> {
        let all: Vec<&str> =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// The body; null when it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The kind of problem: `acces`, `inconnu`…; nothing when it is none.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.strip_prefix("/problemes/").unwrap_or_default().to_owned()
    }
}

impl Ground {
    /// That of a stack.
    pub async fn of_stack(stack: &Stack) -> Self {
        Self::at(stack.api.http(), &stack.postgres.url("jalon"), stack.dir.join("serve.log")).await
    }

    /// That of a demonstration.
    pub async fn of_demo(demo: &Demo) -> Self {
        let text = |name: &str| demo.run[name].as_str().expect("run.json says where").to_owned();
        Self::at(&text("http"), &text("postgres"), demo.dir.join("demo.log")).await
    }

    async fn at(http: &str, postgres: &str, logs: PathBuf) -> Self {
        let (database, connection) = tokio_postgres::connect(postgres, NoTls).await.expect("Postgres");
        tokio::spawn(connection);
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).build().expect("a client");
        Self { http: http.to_owned(), database, client, logs }
    }

    /// A request to be completed.
    pub fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        self.client.request(method.clone(), format!("{}{path}", self.http))
    }

    /// A request with that token and that body, and a fresh key.
    pub async fn ask(&self, method: &Method, path: &str, token: Option<&str>, body: &Value) -> Reply {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if *method == Method::POST {
            request = request.header("idempotency-key", Uuid::now_v7().to_string()).json(body);
        }
        self.send(request).await
    }

    /// `GET` with that token.
    pub async fn get(&self, token: &str, path: &str) -> Reply {
        self.ask(&Method::GET, path, Some(token), &Value::Null).await
    }

    /// `POST` with that token.
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.ask(&Method::POST, path, Some(token), body).await
    }

    /// Sends it.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let pair = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers: Vec<_> = answer.headers().iter().map(pair).collect();
        let streams = headers.iter().any(|(_, value)| value.starts_with("text/event-stream"));
        let text = if streams { String::new() } else { answer.text().await.expect("a body") };
        Reply { status, headers, text }
    }

    /// A token of that holder, who holds no other, with a second factor, that lasts so many seconds.
    pub async fn token(&self, holder: Holder, seconds: f64) -> String {
        self.token_of("demo", holder, seconds).await
    }

    /// The same, as another environment would have given it.
    pub async fn token_of(&self, environment: &str, holder: Holder, seconds: f64) -> String {
        let token = Secret::new(environment).expect("a secret");
        let insert = "
            insert into access.token (digest, id, role, professional_id, post_id, organisation_id, session, expires_at,
                                      second_factor, key_id)
            values ($1, $2, $3, $2, $4, $5, false, now() + make_interval(secs => $6), true, $7)";
        let Holder { role, post, organisation } = holder;
        let (digest, id) = (token.digest(), Uuid::now_v7());
        self.database
            .execute(insert, &[&digest, &id, &role, &post, &organisation, &seconds, &token.key_id])
            .await
            .expect("a token");
        token.text
    }

    /// From now on, that token is for this only.
    pub async fn is_for(&self, token: &str, scopes: &[&str]) {
        let update = "update access.token set scopes = $2 where digest = sha256(convert_to($1, 'UTF8'))";
        let changed = self.database.execute(update, &[&token, &scopes]).await.expect("an update");
        assert_eq!(changed, 1, "the token was there");
    }

    /// The instant that token ends from now on: so many seconds after the present one.
    pub async fn ends_in(&self, token: &str, seconds: f64) {
        let update = "update access.token set expires_at = clock_timestamp() + make_interval(secs => $2)
            where digest = sha256(convert_to($1, 'UTF8'))";
        let changed = self.database.execute(update, &[&token, &seconds]).await.expect("an update");
        assert_eq!(changed, 1, "the token was there");
    }

    /// The position of the last fact.
    pub async fn head(&self) -> i64 {
        let last = "select coalesce(max(position), 0) from journal.facts";
        self.database.query_one(last, &[]).await.expect("a position").get(0)
    }

    /// Nobody opens more than forty people in an hour: here, where that is not what is tried, what was read is
    /// no longer counted.
    pub async fn read_afresh(&self) {
        let clear =
            "set session_replication_role = replica; delete from access.reading; delete from access.seen;
            reset session_replication_role";
        self.database.batch_execute(clear).await.expect("the readings go");
    }

    /// What was logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.logs).unwrap_or_default()
    }

    /// Nothing panicked, nothing was an internal error, and none of these words is in the log.
    #[track_caller]
    pub fn kept_quiet(&self, words: &[&str]) {
        let log = self.log();
        assert!(!log.is_empty(), "the log was found");
        for word in ["panicked", "a request failed", "RUST_BACKTRACE"].iter().chain(words) {
            let line = log.lines().find(|line| line.contains(word));
            assert!(line.is_none(), "the log says « {word} »: {}", line.unwrap_or_default());
        }
    }
}
