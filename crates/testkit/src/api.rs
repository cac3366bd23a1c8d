//! The API of a running stack, as its callers have it.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

/// The API, as a caller has it.
#[derive(Clone, Debug)]
pub struct Api {
    http: String,
    client: Client,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// Body; null when it is not JSON.
    pub body: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The id it gives.
    ///
    /// # Panics
    /// When it gives none.
    #[track_caller]
    pub fn id(&self) -> Uuid {
        let id = self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {} {}", self.status, self.text));
        id.parse().expect("an id")
    }

    /// The position it gives.
    ///
    /// # Panics
    /// When it gives none.
    #[track_caller]
    pub fn position(&self) -> i64 {
        self.body["position"]
            .as_i64()
            .unwrap_or_else(|| panic!("no position in {} {}", self.status, self.text))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Api {
    /// The API at that address.
    pub fn new(http: &str) -> Self {
        Self { http: http.to_owned(), client: Client::new() }
    }

    /// The address.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// Whether it says it is ready.
    pub async fn is_ready(&self) -> bool {
        let answer = self.client.get(format!("{}/readyz", self.http)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Sends that request.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// Sends that request, which may get no answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let headers = headers.collect();
        let text = answer.text().await?;
        Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    /// `GET`.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.http)).bearer_auth(token)).await
    }

    /// A request to be completed and sent.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap_or_default();
        self.client.request(method, format!("{}{path}", self.http))
    }

    /// `POST`, with a fresh key.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.post_keyed(token, path, &Uuid::now_v7().to_string(), &body).await.expect("an answer")
    }

    /// `POST`, with that key.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post_keyed(
        &self,
        token: &str,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.request("POST", path).bearer_auth(token).header("idempotency-key", key).json(body);
        self.try_send(request).await
    }

    /// `POST` that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn must(&self, token: &str, path: &str, body: Value) -> Answer {
        let answer = self.post(token, path, body).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        answer
    }
}
