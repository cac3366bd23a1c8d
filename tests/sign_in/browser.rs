//! What a browser does of itself.

use std::collections::BTreeMap;

use reqwest::{Client, redirect::Policy};

/// A browser, as far as cookies and redirections go.
pub struct Browser {
    client: Client,
    pub cookies: BTreeMap<(String, String), String>,
}

/// Where a browser ended, and what it shows there.
pub struct Page {
    pub url: String,
    pub status: u16,
    pub text: String,
}

impl Browser {
    pub fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, cookies: BTreeMap::new() }
    }

    /// Goes there and wherever that leads.
    pub async fn go(&mut self, url: &str) -> Page {
        let mut url = reqwest::Url::parse(url).expect("an address");
        for _ in 0..12 {
            let origin = url.origin().ascii_serialization();
            let request = self.client.get(url.clone()).header("cookie", self.cookies_of(&origin));
            let answer = request.header("accept", "text/html").send().await.expect("an answer");
            self.keep(&origin, &answer);
            let status = answer.status().as_u16();
            let next = answer.headers().get("location").map(|there| there.to_str().expect("text").to_owned());
            match next {
                Some(there) => url = url.join(&there).expect("an address"),
                None => return Page { url: url.into(), status, text: answer.text().await.expect("a page") },
            }
        }
        panic!("sent around in circles");
    }

    /// Sends that form of one of our pages, and goes wherever that leads.
    pub async fn send(&mut self, url: &str, form: &str) -> Page {
        let origin = reqwest::Url::parse(url).expect("an address").origin().ascii_serialization();
        let request = self
            .client
            .post(url)
            .header("cookie", self.cookies_of(&origin))
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let answer = request.send().await.expect("an answer");
        self.keep(&origin, &answer);
        let status = answer.status().as_u16();
        match answer.headers().get("location") {
            Some(there) => {
                let there = reqwest::Url::parse(url).expect("an address").join(there.to_str().expect("text"));
                self.go(there.expect("an address").as_str()).await
            }
            None => Page { url: url.to_owned(), status, text: answer.text().await.expect("a page") },
        }
    }

    fn cookies_of(&self, origin: &str) -> String {
        let known = self.cookies.iter().filter(|((at, _), _)| at == origin);
        known.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, origin: &str, answer: &reqwest::Response) {
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            self.cookies.insert((origin.to_owned(), name.to_owned()), value.to_owned());
        }
    }

    /// Goes to the provider from that page of Jalon, says who it is, and comes back.
    pub async fn identify(&mut self, from: &str, issuer: &str, who: &str) -> Page {
        let choice = self.go(from).await;
        assert!(choice.url.starts_with(&format!("{issuer}/entrer/")), "{} {}", choice.url, choice.text);
        self.go(&format!("{}/{who}", choice.url)).await
    }

    pub fn cookie(&self, name: &str) -> Option<&String> {
        self.cookies.iter().find(|((_, known), _)| known == name).map(|(_, value)| value)
    }
}
