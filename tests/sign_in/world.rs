//! A structure with one post, which professionals enter by way of a provider.

use serde_json::json;
use testkit::stack::Stack;
use uuid::Uuid;

use crate::provider::{Provider, SIRET};

/// What Jalon and the provider know each other by.
pub const SECRET: &str = "un-secret-de-trente-deux-signes-ou-plus";

pub struct World {
    pub stack: Stack,
    pub provider: Provider,
    pub here: String,
    pub administrator: String,
    pub post: Uuid,
}

pub async fn world(name: &str, signed: bool) -> World {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&here, signed).await;
    world_of(name, port, here, provider, &[]).await
}

pub async fn world_of(
    name: &str,
    port: u16,
    here: String,
    provider: Provider,
    others: &[(&str, String)],
) -> World {
    let own = [
        ("JALON_OIDC_ISSUER", provider.issuer.clone()),
        ("JALON_OIDC_CLIENT_ID", "jalon".to_owned()),
        ("JALON_OIDC_CLIENT_SECRET", SECRET.to_owned()),
        ("JALON_PUBLIC_URL", here.clone()),
    ];
    let more: Vec<_> = own.iter().chain(others).cloned().collect();
    let stack = Stack::start_at(name, port, &more).await;
    let administrator = stack.token("ADMINISTRATEUR", None, None).await;
    let api = &stack.api;
    let body = json!({"name": "CPH Le Passage", "kind": "CPH", "siret": SIRET, "town": "Alès"});
    let organisation = api.must(&administrator, "/api/v1/organisations", body).await.id();
    let body = json!({"organisation_id": organisation, "role": "CIP", "title": "CIP"});
    let post = api.must(&administrator, "/api/v1/posts", body).await.id();
    let body = json!({"professional_id": Uuid::now_v7(), "professional_name": "Anaïs Roustan"});
    api.must(&administrator, &format!("/api/v1/posts/{post}/fill"), body).await;
    World { stack, provider, here, administrator, post }
}

impl World {
    pub async fn invitation(&self) -> String {
        let (given, said) = self.stack.jalon(&["invite", "--post", &self.post.to_string()]).await;
        assert!(given, "{said}");
        let link = said.lines().find(|line| line.starts_with(&self.here)).expect("a link");
        let (_, invitation) = link.split_once("invitation=").expect("an invitation");
        invitation.to_owned()
    }

    pub fn way_in(&self, invitation: &str) -> String {
        format!("{}/connexion/aller?vers=/&invitation={invitation}", self.here)
    }
}
