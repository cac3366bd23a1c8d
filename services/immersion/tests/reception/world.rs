//! The service of immersions on a private Postgres, and people who have a case.

use std::sync::Arc;

use access::Actor;
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::{
    Recorded,
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::OrganisationRegistered,
};
use immersion::{
    domain::{
        ConventionAmended, ConventionDrafted, ConventionKind, Details, Event, ImmersionObject, Terms,
        aggregate::State,
    },
    inbound::attach::stream_id,
};
use serde_json::Value;
use service::{Config, Runtime};
use testkit::ground::Ground;
use tower::ServiceExt as _;
use uuid::Uuid;
use vocabulary::clock::ManualClock;

pub const SECRET: &str = "un-secret-bien-assez-long";
pub const ROUTE: &str = "/api/v1/inbound/immersion-facilitee";
/// The CHRS of the fixture, and the host.
pub const AGENCY_SIRET: &str = "00070340500019";
pub const HOST_SIRET: &str = "00070211800019";

pub struct World {
    pub runtime: Arc<Runtime>,
    pub clock: ManualClock,
    ground: Ground,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl World {
    pub async fn new() -> Self {
        let configure = |config| Config { immersion_facilitee_secret: Some(SECRET.into()), ..config };
        let ground = Ground::with(immersion::service(), "2026-09-01T09:00:00Z", Vec::new(), configure).await;
        Self { runtime: ground.runtime.clone(), clock: ground.clock.clone(), ground }
    }

    /// Opens the case of someone, with that post in its circle.
    pub async fn case(&self, family_name: &str, given_name: &str, birth_date: &str, post: Uuid) -> Uuid {
        use contracts::case::v1::*;
        let case_id = Uuid::now_v7();
        let facts: Vec<events::Case> = vec![
            CaseOpened { structure_id: Uuid::nil().to_string(), ..Default::default() }.into(),
            CircleMemberJoined { post_id: post.to_string(), role: Role::CIP.into(), ..Default::default() }
                .into(),
            IdentityRecorded {
                family_name: family_name.into(),
                given_name: given_name.into(),
                birth_date: birth_date.into(),
                ..Default::default()
            }
            .into(),
        ];
        self.ground.append(case_id, Some(case_id), None, facts).await;
        case_id
    }

    /// A PMSMP typed in Jalon, at the host of that SIRET.
    pub async fn typed(&self, case_id: Uuid, siret: &str, (starts_on, ends_on): (&str, &str)) -> Uuid {
        let id = Uuid::now_v7();
        let drafted = ConventionDrafted {
            kind: ConventionKind::PMSMP.into(),
            object: ImmersionObject::DECOUVRIR_METIER.into(),
            terms: Terms {
                starts_on: starts_on.into(),
                ends_on: ends_on.into(),
                presence_days: 10,
                weekly_minutes: 2100,
                ..Default::default()
            }
            .into(),
            details: Details { host_siret: siret.into(), ..Default::default() }.into(),
            ..Default::default()
        };
        self.ground.append::<Event>(id, Some(case_id), None, vec![drafted.into()]).await;
        id
    }

    /// Puts the host's SIRET right.
    pub async fn amend_host(&self, id: Uuid, case_id: Uuid, siret: &str) {
        let amended = ConventionAmended {
            object: ImmersionObject::DECOUVRIR_METIER.into(),
            details: Details { host_siret: siret.into(), ..Default::default() }.into(),
            ..Default::default()
        };
        self.ground.append::<Event>(id, Some(case_id), None, vec![amended.into()]).await;
    }

    pub async fn typed_state(&self, id: Uuid) -> State {
        let facts = self.runtime.journal.stream(id, 1).await.expect("read");
        State::of(facts.iter().map(|fact| fact.trace::<Event>().expect("a fact")))
    }

    pub async fn close(&self, case_id: Uuid) {
        let closed = contracts::case::v1::CaseClosed::default();
        self.ground.append::<events::Case>(case_id, Some(case_id), None, vec![closed.into()]).await;
    }

    pub async fn organisation(&self, siret: &str) -> Uuid {
        let id = Uuid::now_v7();
        let registered = OrganisationRegistered {
            siret: siret.into(),
            kind: OrganisationKind::CHRS.into(),
            ..Default::default()
        };
        self.ground.append::<events::Organisation>(id, None, None, vec![registered.into()]).await;
        id
    }

    /// A token of a CIP in that post of that organisation.
    pub async fn token(&self, post: Uuid, organisation: Uuid) -> String {
        let actor = Actor {
            role: Role::CIP,
            professional_id: Some(Uuid::now_v7()),
            post_id: Some(post),
            organisation_id: Some(organisation),
            second_factor: true,
            system: None,
            purpose: None,
            own: None,
        };
        self.ground.token(&actor).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let router = immersion::api().router.with_state(self.runtime.clone());
        let answer = router.oneshot(request).await.expect("infallible");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// The tool notifies.
    pub async fn notify(&self, body: &Value) -> Answer {
        let request = Request::post(ROUTE).header(header::AUTHORIZATION, SECRET);
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    /// What is recorded of a convention of the tool.
    pub async fn convention(&self, body: &Value) -> Vec<Recorded> {
        let id = body["payload"]["convention"]["id"].as_str().expect("an id").parse().expect("an id");
        self.runtime.journal.stream(stream_id(id), 1).await.expect("read")
    }

    pub async fn state(&self, body: &Value) -> State {
        let facts = self.convention(body).await;
        State::of(facts.iter().map(|fact| fact.trace::<Event>().expect("a fact")))
    }

    pub async fn asides(&self) -> i64 {
        let client = self.runtime.pool.get().await.expect("a client");
        client.query_one("select count(*) from immersion.aside", &[]).await.expect("counted").get(0)
    }

    pub fn owner_url(&self) -> String {
        self.ground.owner_url()
    }

    pub fn keys_url(&self) -> String {
        self.ground.keys_url()
    }

    pub async fn stop_postgres(&mut self) {
        self.ground.stop_postgres().await;
    }
}
