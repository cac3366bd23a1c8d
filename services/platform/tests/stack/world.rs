//! The service of platforms on a private Postgres, and its read models running.

use std::sync::Arc;

use access::Actor;
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::{
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::{OrganisationRegistered, PlatformOpened},
};
use serde_json::Value;
use service::Runtime;
use testkit::ground::Ground;
use tower::ServiceExt as _;
use uuid::Uuid;

pub const PLATFORM: Uuid = Uuid::from_u128(50);
pub const STRUCTURE: Uuid = Uuid::from_u128(1);

pub struct World {
    pub runtime: Arc<Runtime>,
    ground: Ground,
}

/// A professional of that role in that post of the structure.
pub fn actor(role: Role, post: Uuid) -> Actor {
    Actor {
        role,
        professional_id: Some(Uuid::now_v7()),
        post_id: Some(post),
        organisation_id: Some(STRUCTURE),
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    }
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl World {
    /// A world with a platform led by the structure that hosts people, in Alès.
    pub async fn new() -> Self {
        let ground = Ground::of(platform::service(), "2026-11-23T09:00:00Z").await;
        let world = Self { runtime: ground.runtime.clone(), ground };
        world.organisation(STRUCTURE, OrganisationKind::CHRS, "").await;
        let opened = PlatformOpened {
            name: "TESA".into(),
            lead_organisation_id: STRUCTURE.to_string(),
            ..Default::default()
        };
        world.append::<events::Platform>(PLATFORM, None, vec![opened.into()]).await;
        world
    }

    pub async fn organisation(&self, id: Uuid, kind: OrganisationKind, siret: &str) {
        let registered = OrganisationRegistered {
            name: "Tenue à la main".into(),
            kind: kind.into(),
            siret: siret.into(),
            town: "Alès".into(),
            ..Default::default()
        };
        self.append::<events::Organisation>(id, None, vec![registered.into()]).await;
    }

    /// Opens a case with that post in its circle.
    pub async fn case(&self, post: Uuid) -> Uuid {
        use contracts::case::v1::{CaseOpened, CircleMemberJoined};
        let case_id = Uuid::now_v7();
        let opened = CaseOpened {
            structure_id: STRUCTURE.to_string(),
            platform_id: PLATFORM.to_string(),
            opened_on: "2026-01-01".into(),
            ..Default::default()
        };
        let joined =
            CircleMemberJoined { post_id: post.to_string(), role: Role::CIP.into(), ..Default::default() };
        let facts: Vec<events::Case> = vec![opened.into(), joined.into()];
        self.append(case_id, Some(case_id), facts).await;
        case_id
    }

    pub async fn append<E: contracts::Facts>(&self, stream: Uuid, case_id: Option<Uuid>, facts: Vec<E>) {
        self.ground.append(stream, case_id, None, facts).await;
    }

    /// A token of a professional of that role in that post of the structure.
    pub async fn token(&self, role: Role, post: Uuid) -> String {
        self.ground.token(&actor(role, post)).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let router = platform::service().api.router.with_state(self.runtime.clone());
        let answer = router.oneshot(request).await.expect("infallible");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// Reads, once the read models show all that was written.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let head = self.ground.head().await;
        let sign = if path.contains('?') { '&' } else { '?' };
        let request = Request::get(format!("{path}{sign}min_position={head}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.post_with_key(token, path, body, &Uuid::now_v7().to_string()).await
    }

    pub async fn post_with_key(&self, token: &str, path: &str, body: Value, key: &str) -> Answer {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        self.send(request.body(body.to_string().into()).expect("a request")).await
    }

    pub async fn as_owner(&self, sql: &str) {
        self.ground.as_owner(sql).await;
    }

    pub async fn head(&self) -> i64 {
        self.ground.head().await
    }
}
