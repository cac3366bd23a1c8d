//! A small world for measures: one organisation, one post, and people at work.

use reqwest::Client;
use serde_json::{Value, json};
use service::Runtime;
use uuid::Uuid;

use super::{Error, play};
use access::Actor;
use contracts::common::v1::Role;

/// What was set up.
#[derive(Debug)]
pub struct Stand {
    /// The token of a CIP in the circle of everyone.
    pub token: String,
    /// Contracts under way, one a person.
    pub contracts: Vec<Uuid>,
}

/// Sets it up through the API.
///
/// # Errors
/// When a command is refused.
pub async fn stand(http: &str, runtime: &Runtime, contracts: usize) -> Result<Stand, Error> {
    let client = Client::new();
    let administrator = Actor { role: Role::ADMINISTRATEUR, system: None, ..Actor::system("") };
    let admin = play::issue(runtime, &administrator).await?;
    let post = |token: String, path: String, body: Value| {
        let request = client
            .post(format!("{http}{path}"))
            .bearer_auth(token)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .json(&body);
        async move {
            let answer: Value = request.send().await?.json().await?;
            answer["id"]
                .as_str()
                .and_then(|id| id.parse::<Uuid>().ok())
                .ok_or_else(|| Error::from(answer.to_string()))
        }
    };
    let structure = post(
        admin.clone(),
        "/api/v1/organisations".into(),
        json!({"name": "CHRS de mesure", "kind": "CHRS"}),
    )
    .await?;
    let cip = post(
        admin.clone(),
        "/api/v1/posts".into(),
        json!({"organisation_id": structure, "role": "CIP", "title": "CIP"}),
    )
    .await?;
    post(admin, format!("/api/v1/posts/{cip}/fill"), json!({"professional_name": "Mesure"})).await?;
    let token = play::issue(runtime, &play::actor_of(runtime, cip).await?).await?;
    let mut stand = Stand { token: token.clone(), contracts: Vec::new() };
    for _ in 0..contracts {
        let case =
            post(token.clone(), "/api/v1/cases".into(), json!({"structure_id": structure, "origin": "SIAO"}))
                .await?;
        let body = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_name": "Mesure"});
        stand.contracts.push(post(token.clone(), format!("/api/v1/cases/{case}/employments"), body).await?);
    }
    Ok(stand)
}
