//! Queries, live events and pages over a real Postgres.

use std::sync::Arc;

use access::Actor;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use contracts::{Facts, Recorded, events};
use jiff::Timestamp;
use journal::{Append, NewFact};
use service::{Runtime, server};
use testkit::ground::Ground;
use tower::ServiceExt as _;
use vocabulary::{Ids as _, Rule, SystemIds};

use super::invented::*;

mod access_and_pages;
mod accounts;
mod addresses;
mod agreements;
mod corrections;
mod emergencies;
mod followups;
mod live;
mod offers;
mod person;
mod platform;
mod queries;
mod readings;
mod requests;
mod restrictions;
mod sessions;
mod sight;
mod wall;

/// A rule that the facts of the invented path depart from.
const HOURS: Rule = Rule::soft("pmsmp.heures", "Au-delà de 35 h par semaine, on en parle d’abord.", "essai");

/// A private Postgres, the service over it, and the story so far.
pub struct Stack {
    pub runtime: Arc<Runtime>,
    pub router: Router,
    ground: Ground,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body, which is JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{} is not JSON: {}", self.status, self.text))
    }
}

impl Stack {
    /// Nothing was said yet.
    pub async fn start() -> Self {
        Self::with(|config| config).await
    }

    /// The same, configured otherwise.
    pub async fn with(configure: impl FnOnce(service::Config) -> service::Config) -> Self {
        let ground = Ground::with(followup::service(), "2026-11-23T11:00:00Z", vec![&HOURS], configure).await;
        let runtime = ground.runtime.clone();
        let services = [followup::service()];
        let about = server::About {
            bus: tokio::sync::watch::channel(None).1,
            open: tokio::sync::watch::channel(true).1,
        };
        let router = followup::dress(server::router(&runtime, &services, &services, about));
        Self { runtime, router, ground }
    }

    /// The same, with the directory and a whole path told.
    pub async fn told() -> Self {
        Told::new().await.stack
    }

    /// Appends these facts, their personal classes sealed, and waits until the read models show them.
    /// Returns the last position.
    pub async fn tell(&self, facts: &[Recorded]) -> i64 {
        let last = self.append(facts).await;
        self.up_to_date().await;
        last
    }

    /// Waits until the read models show every fact.
    pub async fn up_to_date(&self) {
        self.ground.up_to_date().await;
    }

    /// Appends these facts, their personal classes sealed. Returns the last position.
    pub async fn append(&self, facts: &[Recorded]) -> i64 {
        let mut last = 0;
        for fact in facts {
            let place = fact.place(self.runtime.sealer.log_id());
            let class_of = |number| fact.kind.class_of(number);
            let payload =
                self.runtime.sealer.seal(&place, &fact.payload, class_of).await.expect("it is sealed");
            let new = NewFact {
                event_id: fact.event_id,
                kind: fact.kind,
                case_id: fact.case_id,
                occurred_on: fact.occurred_on,
                recorded_at: fact.recorded_at,
                metadata: fact.metadata.clone(),
                payload,
            };
            let append = Append {
                stream_id: fact.stream_id,
                expected: fact.version - 1,
                command_id: SystemIds.next(Timestamp::UNIX_EPOCH),
                fingerprint: vec![0; 16],
                facts: vec![new],
            };
            last = self.runtime.journal.append(append).await.expect("it is appended").last_position();
        }
        last
    }

    /// What the owner of the database does.
    pub async fn as_owner(&self, sql: &str) {
        self.ground.as_owner(sql).await;
    }

    /// So much later.
    pub fn later(&self, time: jiff::Span) {
        self.ground.clock.set(self.runtime.clock.now() + time);
    }

    /// A secret of that actor.
    pub async fn token(&self, actor: &Actor) -> String {
        self.ground.token(actor).await
    }

    /// Sends that request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        Answer { status, headers, text: String::from_utf8(body.to_vec()).expect("text") }
    }

    /// `GET` with that secret.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// `GET` as a browser whose session has that secret.
    pub async fn visit(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::COOKIE, format!("autre=1; jalon_session={token}"))
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        self.send(request.body(Body::empty()).expect("a request")).await
    }
}

impl Stack {
    /// Sends a form as a browser whose session has that secret.
    pub async fn submit(&self, token: &str, path: &str, body: impl Into<String>) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, format!("jalon_session={token}"))
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body.into())).expect("a request")).await
    }
}

/// A stack where a whole path was told, and what is told after it.
pub struct Told {
    pub stack: Stack,
    pub story: Story,
}

impl Told {
    pub async fn new() -> Self {
        let (stack, mut story) = (Stack::start().await, Story::default());
        directory(&mut story);
        path(&mut story);
        stack.tell(&story.facts).await;
        Self { stack, story }
    }

    /// A fact of the case. Returns its position.
    pub async fn tell(&mut self, event: events::Case) -> i64 {
        self.story.case_id = Some(id(CASE));
        self.tell_of(CASE, event).await
    }

    /// A fact of another aggregate, about whose case the story is at.
    pub async fn tell_of(&mut self, stream: u128, event: impl Facts) -> i64 {
        let known = self.story.facts.len();
        self.story.tell(stream, "2026-11-20", event);
        self.stack.tell(&self.story.facts[known..]).await
    }
}
