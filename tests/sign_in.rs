//! Professionals enter by way of a real OpenID Connect provider, and nobody else does.

use std::{collections::BTreeMap, process::Stdio};

use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use testkit::stack::{Stack, node, project, until};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

/// The SIRET of the organisation that invites; those that begin by 000 are nobody's.
const SIRET: &str = "00090001400010";
const SECRET: &str = "un-secret-de-trente-deux-signes-ou-plus";

/// The provider, ended with the test.
struct Provider {
    _child: Child,
    issuer: String,
}

impl Provider {
    async fn start(here: &str, signed: bool) -> Self {
        let people = json!({
            "ana": {"siret": SIRET, "amr": ["pwd", "mfa"]},
            "bob": {"siret": "00090001500017"},
            "eve": {"siret": SIRET},
        });
        let settings = json!({
            "redirect": format!("{here}/connexion/retour"), "left": format!("{here}/connexion"),
            "people": people, "signed": signed,
        });
        let mut child = Command::new(node())
            .arg(project().join("tests/browser/provider.mjs"))
            .arg(settings.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node is there: « make setup-tests » installs it");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        loop {
            let line = lines.next_line().await.expect("read").expect("the provider says where it is");
            if let Ok(said) = serde_json::from_str::<Value>(&line) {
                let issuer = said["issuer"].as_str().expect("an issuer").to_owned();
                return Self { _child: child, issuer };
            }
        }
    }
}

/// A browser, as far as cookies and redirections go.
struct Browser {
    client: Client,
    cookies: BTreeMap<(String, String), String>,
}

/// Where a browser ended, and what it shows there.
struct Page {
    url: String,
    status: u16,
    text: String,
}

impl Browser {
    fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, cookies: BTreeMap::new() }
    }

    /// Goes there and wherever that leads.
    async fn go(&mut self, url: &str) -> Page {
        let mut url = reqwest::Url::parse(url).expect("an address");
        for _ in 0..12 {
            let origin = url.origin().ascii_serialization();
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .filter(|((at, _), _)| *at == origin)
                .map(|((_, name), value)| format!("{name}={value}"))
                .collect();
            let request = self.client.get(url.clone()).header("cookie", cookies.join("; "));
            let answer = request.header("accept", "text/html").send().await.expect("an answer");
            for cookie in answer.headers().get_all("set-cookie") {
                let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
                let (name, value) = pair.split_once('=').expect("a name and a value");
                self.cookies.insert((origin.clone(), name.to_owned()), value.to_owned());
            }
            let status = answer.status().as_u16();
            let next = answer.headers().get("location").map(|there| there.to_str().expect("text").to_owned());
            match next {
                Some(there) => url = url.join(&there).expect("an address"),
                None => return Page { url: url.into(), status, text: answer.text().await.expect("a page") },
            }
        }
        panic!("sent around in circles");
    }

    /// Goes to the provider from that page of Jalon, says who it is, and comes back.
    async fn identify(&mut self, from: &str, issuer: &str, who: &str) -> Page {
        let choice = self.go(from).await;
        assert!(choice.url.starts_with(&format!("{issuer}/entrer/")), "{} {}", choice.url, choice.text);
        self.go(&format!("{}/{who}", choice.url)).await
    }

    fn cookie(&self, name: &str) -> Option<&String> {
        self.cookies.iter().find(|((_, known), _)| known == name).map(|(_, value)| value)
    }
}

struct World {
    stack: Stack,
    provider: Provider,
    here: String,
    administrator: String,
    post: Uuid,
}

async fn world(name: &str, signed: bool) -> World {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&here, signed).await;
    let more = [
        ("JALON_OIDC_ISSUER", provider.issuer.clone()),
        ("JALON_OIDC_CLIENT_ID", "jalon".to_owned()),
        ("JALON_OIDC_CLIENT_SECRET", SECRET.to_owned()),
        ("JALON_PUBLIC_URL", here.clone()),
    ];
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
    async fn invitation(&self) -> String {
        let (given, said) = self.stack.jalon(&["invite", "--post", &self.post.to_string()]).await;
        assert!(given, "{said}");
        let link = said.lines().find(|line| line.starts_with(&self.here)).expect("a link");
        let (_, invitation) = link.split_once("invitation=").expect("an invitation");
        invitation.to_owned()
    }

    fn way_in(&self, invitation: &str) -> String {
        format!("{}/connexion/aller?vers=/&invitation={invitation}", self.here)
    }
}

#[tokio::test]
async fn a_professional_enters_by_an_invitation_once_and_then_by_the_provider_alone() {
    let world = world("sign-in", true).await;
    let (issuer, here) = (&world.provider.issuer, &world.here);

    let stranger = Browser::new().identify(&world.way_in(""), issuer, "ana").await;
    assert_eq!(stranger.status, 403, "{}", stranger.text);
    assert!(stranger.text.contains("ne vous connaît pas encore"), "{}", stranger.text);

    let invitation = world.invitation().await;
    let from_elsewhere = Browser::new().identify(&world.way_in(&invitation), issuer, "bob").await;
    assert!(from_elsewhere.text.contains("autre organisation"), "{}", from_elsewhere.text);

    let mut ana = Browser::new();
    let arrived = ana.identify(&world.way_in(&invitation), issuer, "ana").await;
    assert_eq!(arrived.status, 200, "{}", arrived.text);
    assert!(arrived.text.contains("Vous êtes connecté"), "{}", arrived.text);
    let home = ana.go(&format!("{here}/")).await;
    assert!(home.text.contains("Anaïs Roustan"), "{} {}", home.url, home.text);

    let second = Browser::new().identify(&world.way_in(&invitation), issuer, "eve").await;
    assert_eq!(second.status, 403, "an invitation serves once: {}", second.text);
    let again = Browser::new().identify(&world.way_in(""), issuer, "ana").await;
    assert!(again.text.contains("Vous êtes connecté"), "{}", again.text);

    // The same word of the provider, brought again or by someone else, opens nothing.
    let replayed = ana.go(&arrived.url).await;
    assert_eq!(replayed.status, 403, "{}", replayed.text);
    let stolen = Browser::new().go(&arrived.url).await;
    assert_eq!(stolen.status, 403, "{}", stolen.text);

    // Nobody enters as one pleases, although the data are invented.
    let form = world.stack.api.request("POST", "/connexion").body(format!("poste={}", world.post));
    let request = form.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(world.stack.api.send(request).await.status, 403);
    let log = world.stack.log();
    for personal in ["Roustan", "ana@", SECRET] {
        assert!(!log.contains(personal), "{personal} in the log");
    }
}

#[tokio::test]
async fn a_session_ends_at_the_provider_too_and_with_the_post() {
    let world = world("sign-in-end", true).await;
    let (issuer, here) = (&world.provider.issuer, &world.here);
    let invitation = world.invitation().await;
    let mut ana = Browser::new();
    ana.identify(&world.way_in(&invitation), issuer, "ana").await;
    let session = ana.cookie("jalon_session").expect("a session").clone();
    let leave = world
        .stack
        .api
        .request("POST", "/deconnexion")
        .header("cookie", format!("jalon_session={session}"))
        .header("sec-fetch-site", "same-origin");
    let left = world.stack.api.send(leave).await;
    assert!(left.text.contains(&format!("{issuer}/session/end?id_token_hint=")), "{}", left.text);
    assert!(ana.go(&format!("{here}/")).await.url.contains("/connexion"), "the session is over");

    // The provider still knows her, and asks nothing.
    let back = ana.go(&world.way_in("")).await;
    assert!(back.text.contains("Vous êtes connecté"), "{}", back.text);
    assert!(ana.go(&format!("{here}/")).await.text.contains("Anaïs Roustan"));
    let vacate = format!("/api/v1/posts/{}/vacate", world.post);
    world.stack.api.must(&world.administrator, &vacate, json!({})).await;
    let ana = tokio::sync::Mutex::new(ana);
    until("the session ends with the post", async || {
        ana.lock().await.go(&format!("{here}/")).await.url.contains("/connexion")
    })
    .await;
    let gone = ana.into_inner().go(&world.way_in("")).await;
    assert!(gone.text.contains("aucun poste"), "{}", gone.text);
}

#[tokio::test]
async fn what_the_provider_does_not_sign_is_not_believed() {
    let world = world("sign-in-unsigned", false).await;
    let invitation = world.invitation().await;
    let mut ana = Browser::new();
    let refused = ana.identify(&world.way_in(&invitation), &world.provider.issuer, "ana").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(ana.cookie("jalon_session").is_none());
    assert!(world.stack.log().contains("the UserInfo does not verify"), "{}", world.stack.log());
}
