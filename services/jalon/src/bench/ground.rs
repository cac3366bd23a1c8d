//! What measures through HTTP stand on: a structure, posts that are held, people with a name.

use access::Actor;
use contracts::common::v1::Role;
use reqwest::{Client, Response, header};
use serde_json::{Value, json};
use service::Runtime;
use uuid::Uuid;

use super::Error;
use crate::demo::{actor_of, issue};

/// A structure, and who administers.
pub(super) struct Ground {
    client: Client,
    http: String,
    /// The secret of who administers.
    pub(super) admin: String,
    /// The structure that hosts everyone.
    pub(super) structure: Uuid,
}

/// Someone in a post.
pub(super) struct Professional {
    /// The post.
    pub(super) post: Uuid,
    /// Their secret.
    pub(super) token: String,
}

impl Ground {
    pub(super) async fn new(http: &str, runtime: &Runtime) -> Result<Self, Error> {
        let administrator = Actor { role: Role::ADMINISTRATEUR, system: None, ..Actor::system("") };
        let admin = issue(runtime, &administrator).await?;
        let structure = Uuid::nil();
        let mut ground = Self { client: Client::new(), http: http.to_owned(), admin, structure };
        ground.structure = ground.organisation("CHRS de mesure", "CHRS").await?;
        Ok(ground)
    }

    pub(super) async fn organisation(&self, name: &str, kind: &str) -> Result<Uuid, Error> {
        let body = json!({"name": name, "kind": kind, "town": "Alès"});
        self.ask(&self.admin, "/api/v1/organisations", body).await
    }

    /// Someone of the structure, in that role.
    pub(super) async fn professional(&self, runtime: &Runtime, role: &str) -> Result<Professional, Error> {
        let body = json!({"organisation_id": self.structure, "role": role, "title": role});
        let post = self.ask(&self.admin, "/api/v1/posts", body).await?;
        let body = json!({"professional_name": role});
        self.ask(&self.admin, &format!("/api/v1/posts/{post}/fill"), body).await?;
        Ok(Professional { post, token: issue(runtime, &actor_of(runtime, post).await?).await? })
    }

    /// A person with a name, whose case a platform shares when there is one.
    pub(super) async fn case(
        &self,
        token: &str,
        number: usize,
        platform: Option<Uuid>,
    ) -> Result<Uuid, Error> {
        let identity = json!({"family_name": format!("Mesure {number}"), "given_name": "Ana", "birth_date": "1990-04-02"});
        let mut body = json!({"structure_id": self.structure, "origin": "SIAO", "identity": identity});
        if let Some(platform) = platform {
            body["platform_id"] = json!(platform);
        }
        self.ask(token, "/api/v1/cases", body).await
    }

    /// Asks for something to be done: the id it is answered with.
    pub(super) async fn ask(&self, token: &str, path: &str, body: Value) -> Result<Uuid, Error> {
        let request = self.client.post(format!("{}{path}", self.http)).bearer_auth(token);
        let request = request.header("idempotency-key", Uuid::now_v7().to_string()).json(&body);
        let answer: Value = request.send().await?.json().await?;
        let id = answer["id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        id.ok_or_else(|| Error::from(format!("{path} : {answer}")))
    }

    /// What is answered there. A page has its session in a cookie, the rest a token.
    pub(super) async fn get(&self, token: &str, path: &str) -> Result<Response, Error> {
        let request = self.client.get(format!("{}{path}", self.http));
        let request = if path.starts_with("/api/") {
            request.bearer_auth(token)
        } else {
            request
                .header(header::COOKIE, format!("jalon_session={token}"))
                .header(header::ACCEPT, "text/html")
        };
        Ok(request.send().await?)
    }
}
