//! A stack whose time is moved by hand: a test plays months in seconds.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};
use testkit::stack::{Answer, Stack, until};
use tests::World;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// A stack, its world, and the instant it is there.
pub struct Past {
    pub stack: Stack,
    pub world: World,
    database: tokio_postgres::Client,
    now: Timestamp,
}

impl Past {
    /// Starts at that instant, by the clock of Paris.
    pub async fn start(name: &str, now: &str) -> Self {
        let stack = Stack::start(name).await;
        let (database, connection) =
            tokio_postgres::connect(&stack.postgres.url("jalon"), NoTls).await.expect("Postgres");
        tokio::spawn(connection);
        let mut past =
            Self { world: World::build(&stack).await, stack, database, now: Timestamp::UNIX_EPOCH };
        past.reach(now).await;
        past
    }

    /// Time reaches that instant: what is due by then is due.
    pub async fn reach(&mut self, now: &str) {
        let now: DateTime = now.parse().expect("a day and an hour");
        self.now =
            now.to_zoned(TimeZone::get("Europe/Paris").expect("Paris")).expect("an instant").timestamp();
        let instant = std::time::SystemTime::from(self.now);
        let sql = "insert into service.demonstration (now) values ($1)
                   on conflict (one) do update set now = excluded.now";
        self.database.execute(sql, &[&instant]).await.expect("time moves");
    }

    /// Asks, at this instant.
    pub async fn ask(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = self.world.api.request("POST", path);
        let request = request.bearer_auth(token).header("idempotency-key", Uuid::now_v7().to_string());
        self.world.api.send(self.at_this_instant(request).json(&body)).await
    }

    /// Asks what must be granted, at this instant.
    pub async fn must(&self, token: &str, path: &str, body: Value) -> Answer {
        let answer = self.ask(token, path, body).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        answer
    }

    /// The same, as the CIP.
    pub async fn cip(&self, path: &str, body: Value) -> Answer {
        self.must(&self.world.cip, path, body).await
    }

    /// With the instant of this stack.
    pub fn at_this_instant(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("jalon-demonstration-time", self.now.to_string())
    }

    /// Opens a case as the CIP.
    pub async fn open_case(&self, family_name: &str, given_name: &str, birth_date: &str) -> Uuid {
        let body = json!({
            "structure_id": self.world.structure, "platform_id": self.world.platform, "origin": "SIAO",
            "identity": {"family_name": family_name, "given_name": given_name, "birth_date": birth_date},
        });
        self.cip("/api/v1/cases", body).await.id()
    }

    /// A prescription of the CIP, sent.
    pub async fn send(&self, case: Uuid, kind: &str, addressee: Uuid) -> Uuid {
        let body = json!({"kind": kind, "addressee_id": addressee, "position": {"label": "Agent de tri"}});
        let id = self.cip(&format!("/api/v1/cases/{case}/prescriptions"), body).await.id();
        self.cip(&format!("/api/v1/prescriptions/{id}/send"), json!({})).await;
        id
    }

    /// A PMSMP of the CIP, signed by all and validated.
    pub async fn signed_pmsmp(&self, case: Uuid, starts_on: &str, ends_on: &str) -> Uuid {
        let body = json!({
            "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": self.world.france_travail,
            "accompanying_structure_id": self.world.structure, "details": {"host_name": "Garage du Vallon"},
            "terms": {"starts_on": starts_on, "ends_on": ends_on, "presence_days": 10, "weekly_minutes": 2100},
        });
        let id = self.cip(&format!("/api/v1/cases/{case}/conventions"), body).await.id();
        for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
            self.cip(&format!("/api/v1/conventions/{id}/sign"), json!({"party": party})).await;
        }
        self.cip(&format!("/api/v1/conventions/{id}/validate"), json!({})).await;
        id
    }

    /// What an auditor replays of a case, with those options.
    pub async fn replay(&self, case: Uuid, options: &[&str]) -> Vec<Value> {
        let case = case.to_string();
        let arguments: Vec<&str> =
            ["replay", &case, "--json"].into_iter().chain(options.iter().copied()).collect();
        let (_, said) = self.stack.jalon(&arguments).await;
        let replayed: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        replayed["facts"].as_array().expect("facts").clone()
    }

    /// The facts of that kind in a case.
    pub async fn facts(&self, case: Uuid, kind: &str) -> Vec<Value> {
        let mut facts = self.replay(case, &[]).await;
        facts.retain(|fact| fact["kind"] == kind);
        facts
    }

    /// Waits until the timeline of a case holds that many facts of that kind.
    pub async fn until_facts(&self, case: Uuid, kind: &str, count: usize) {
        let word = format!("\"{kind}\"");
        until(&format!("{count} {kind}"), async || {
            let path = format!("/api/v1/cases/{case}/timeline?limit=200");
            let timeline = self.world.api.get(&self.world.cip, &path).await;
            timeline.text.matches(&word).count() >= count
        })
        .await;
    }

    /// The live status of a case, up to that position.
    pub async fn status(&self, case: Uuid, position: i64) -> Value {
        self.world.read(&format!("/api/v1/cases/{case}"), position).await
    }
}
