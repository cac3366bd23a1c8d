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
            "ana": {"siret": SIRET, "amr": ["pwd", "mfa"], "email": "ana@exemple.fr"},
            "ana-again": {"siret": SIRET, "amr": ["pwd", "mfa"], "email": "ana@exemple.fr"},
            "bob": {"siret": "00090001500017"},
            "eve": {"siret": SIRET},
        });
        let settings = json!({
            "redirect": format!("{here}/connexion/retour"), "left": format!("{here}/connexion"),
            "people": people, "signed": signed,
        });
        Self::run("provider.mjs", &settings).await
    }

    /// One whose word is wrong, each time in another way.
    async fn false_one(here: &str) -> Self {
        let settings = json!({"redirect": format!("{here}/connexion/retour"), "siret": SIRET});
        Self::run("forger.mjs", &settings).await
    }

    async fn run(script: &str, settings: &Value) -> Self {
        let mut child = Command::new(node())
            .arg(project().join("tests/browser").join(script))
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
    async fn send(&mut self, url: &str, form: &str) -> Page {
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
    world_of(name, port, here, provider, &[]).await
}

async fn world_of(
    name: &str,
    port: u16,
    here: String,
    provider: Provider,
    limits: &[(&str, String)],
) -> World {
    let own = [
        ("JALON_OIDC_ISSUER", provider.issuer.clone()),
        ("JALON_OIDC_CLIENT_ID", "jalon".to_owned()),
        ("JALON_OIDC_CLIENT_SECRET", SECRET.to_owned()),
        ("JALON_PUBLIC_URL", here.clone()),
    ];
    let more: Vec<_> = own.iter().chain(limits).cloned().collect();
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

#[tokio::test]
async fn a_word_that_is_forged_is_not_believed_whatever_is_wrong_with_it() {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::false_one(&here).await;
    let world = world_of("sign-in-forged", port, here, provider, &[]).await;
    let issuer = &world.provider.issuer;
    let counted = async || -> Value {
        let answer = reqwest::get(format!("{issuer}/counted")).await.expect("an answer");
        answer.json().await.expect("JSON")
    };
    // Believed, it would say who comes: a stranger.
    let right = Browser::new().identify(&world.way_in(""), issuer, "right").await;
    assert!(right.text.contains("ne vous connaît pas encore"), "{}", right.text);
    let before = counted().await;
    let ways = [
        "alg-none",
        "hs256-public-key",
        "hs256-client-secret",
        "other-audience",
        "two-audiences",
        "other-issuer",
        "other-nonce",
        "no-nonce",
        "expired",
        "other-key-same-name",
        "userinfo-of-another",
        "userinfo-unsigned",
    ];
    for way in ways {
        let mut browser = Browser::new();
        let refused = browser.identify(&world.way_in(""), issuer, way).await;
        assert_eq!(refused.status, 403, "{way}: {}", refused.text);
        assert!(refused.text.contains("pas été confirmée"), "{way}: {}", refused.text);
        assert!(browser.cookie("jalon_session").is_none(), "{way}");
        // The same code once more, in the same browser or another, is no better.
        assert_eq!(browser.go(&refused.url).await.status, 403, "{way}");
    }
    let after = counted().await;
    assert_eq!(after["keys"], before["keys"], "no refusal has the keys read again: {after}");
    let asked = |now: &Value, name: &str| now[name].as_u64().expect("a number");
    assert_eq!(asked(&after, "token") - asked(&before, "token"), ways.len() as u64, "one code, one question");
    assert_eq!(asked(&after, "userinfo") - asked(&before, "userinfo"), 2, "{after}");
    // A key nobody heard of has them read again, once; what the word itself says of its key is not listened to.
    for (number, way) in ["unknown-key", "jku", "jwk-within"].into_iter().enumerate() {
        let refused = Browser::new().identify(&world.way_in(""), issuer, way).await;
        assert!(refused.text.contains("pas été confirmée"), "{way}: {}", refused.text);
        let read = asked(&counted().await, "keys") - asked(&before, "keys");
        assert_eq!(read, number as u64 + 1, "{way}");
    }
    // The provider really changed its keys.
    let changed = Browser::new().identify(&world.way_in(""), issuer, "new-key").await;
    assert!(changed.text.contains("ne vous connaît pas encore"), "{}", changed.text);
    let log = world.stack.log();
    assert!(log.contains("its key is not among those of the provider"), "{log}");
    for secret in [SECRET, "quelqu-un-d-autre"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}

/// What the telephone shows for that secret, so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let secret: String = secret.chars().filter(|sign| !sign.is_whitespace()).collect();
    let secret = totp_rs::Secret::try_from_base32(&secret).expect("base32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a secret");
    let now = vocabulary::Clock::now(&vocabulary::SystemClock).as_second() + 30 * steps;
    totp.generate(u64::try_from(now).expect("after 1970")).to_string()
}

fn key(page: &str) -> String {
    let after = page.split("<code class=\"cle\">").nth(1).unwrap_or_else(|| panic!("no key in {page}"));
    after.split("</code>").next().expect("its end").to_owned()
}

#[tokio::test]
async fn what_is_sensitive_asks_for_a_second_factor_where_the_provider_showed_none() {
    let world = world("sign-in-second", true).await;
    let (issuer, here) = (&world.provider.issuer, &world.here);
    let [case, next] = elsewhere(&world).await;
    let mut eve = Browser::new();
    eve.cookies.insert((here.clone(), "jalon_session".to_owned()), "choisie-par-un-autre".to_owned());
    let invitation = world.invitation().await;
    let arrived = eve.identify(&world.way_in(&invitation), issuer, "eve").await;
    assert!(arrived.text.contains("Vous êtes connecté"), "{}", arrived.text);
    let first = eve.cookie("jalon_session").expect("a session").clone();
    assert_ne!(first, "choisie-par-un-autre", "a session is never one that someone else chose");
    let emergency = async |session: &str, case: Uuid| {
        let path = format!("/api/v1/cases/{case}/emergency-access");
        let request =
            world.stack.api.request("POST", &path).header("cookie", format!("jalon_session={session}"));
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header("idempotency-key", Uuid::now_v7().to_string());
        let body = json!({"reason": "Malaise ce matin, le SAMU demande ses traitements."});
        world.stack.api.send(request.json(&body)).await
    };
    let refused = emergency(&first, case).await;
    assert_eq!(
        (refused.status, refused.body["type"].as_str()),
        (403, Some("/problemes/second-facteur")),
        "{}",
        refused.text
    );
    // Whether there is such a case or not, whoever lacks a second factor hears the same.
    assert_eq!(emergency(&first, Uuid::now_v7()).await.body, refused.body);

    let way = format!("{here}/connexion/second-facteur?suite=/suivis");
    assert!(eve.go(&way).await.text.contains("Mettre mon second facteur"));
    let begun = eve.send(&format!("{here}/connexion/second-facteur/commencer"), "suite=/suivis").await;
    let secret = key(&begun.text);
    let form = format!("suite=/suivis&code={}", code(&secret, 0));
    let confirmed = eve.send(&format!("{here}/connexion/second-facteur/confirmer"), &form).await;
    assert!(confirmed.text.contains("codes de secours"), "{}", confirmed.text);
    let second = eve.cookie("jalon_session").expect("a session").clone();
    assert_ne!(first, second, "the session goes on under another secret");
    assert_eq!(emergency(&first, case).await.status, 401, "the former secret opens nothing");
    let opened = emergency(&second, case).await;
    assert!(opened.status < 300, "{}", opened.text);

    // A quarter of an hour later it is asked for again.
    let (database, connection) =
        tokio_postgres::connect(&world.stack.postgres.url("jalon"), tokio_postgres::NoTls)
            .await
            .expect("Postgres");
    tokio::spawn(connection);
    let older =
        "update access.token set second_factor_at = second_factor_at - interval '15 minutes' where session";
    database.execute(older, &[]).await.expect("an update");
    assert_eq!(emergency(&second, next).await.body["type"], "/problemes/second-facteur");
    let again = eve.send(&format!("{here}/connexion/second-facteur"), &form).await;
    assert!(again.text.contains("déjà servi"), "{}", again.text);
    // The next code is right already, one step ahead.
    let form = format!("suite=/sessions&code={}", code(&secret, 1));
    let shown = eve.send(&format!("{here}/connexion/second-facteur"), &form).await;
    assert!(
        shown.url.ends_with("/sessions") && shown.text.contains("cette session"),
        "{} {}",
        shown.url,
        shown.text
    );
    let third = eve.cookie("jalon_session").expect("a session").clone();
    let log = world.stack.log();
    for shown in [&secret.replace(' ', ""), &first, &second, &third] {
        assert!(!log.contains(shown.as_str()), "a secret in the log");
    }
    // After she left, nothing she ever showed opens anything.
    eve.send(&format!("{here}/deconnexion"), "").await;
    for former in [&first, &second, &third] {
        assert_eq!(emergency(former, next).await.status, 401);
    }
}

/// Two cases of another structure.
async fn elsewhere(world: &World) -> [Uuid; 2] {
    let api = &world.stack.api;
    let body =
        json!({"name": "CHRS Les Glycines", "kind": "CHRS", "siret": "00090001600015", "town": "Alès"});
    let organisation = api.must(&world.administrator, "/api/v1/organisations", body).await.id();
    let body = json!({"organisation_id": organisation, "role": "REFERENT_SOCIAL", "title": "Référente"});
    let post = api.must(&world.administrator, "/api/v1/posts", body).await.id();
    let social = world.stack.token("REFERENT_SOCIAL", Some(post), Some(organisation)).await;
    let body = json!({"structure_id": organisation, "origin": "SIAO"});
    let one = api.must(&social, "/api/v1/cases", body.clone()).await.id();
    [one, api.must(&social, "/api/v1/cases", body).await.id()]
}

#[tokio::test]
async fn the_provider_is_asked_again_and_only_what_it_calls_someone_is_believed() {
    let world = world("sign-in-again", true).await;
    let (issuer, here) = (&world.provider.issuer, &world.here);
    let invitation = world.invitation().await;
    let mut ana = Browser::new();
    ana.identify(&world.way_in(&invitation), issuer, "ana").await;
    let first = ana.cookie("jalon_session").expect("a session").clone();
    let shown = ana.go(&format!("{here}/connexion/second-facteur?suite=/")).await;
    assert!(shown.text.contains("C’est bien vous"), "her provider asked for two factors: {}", shown.text);
    // The same address of mail under another name at the provider is someone else.
    let other = Browser::new().identify(&world.way_in(""), issuer, "ana-again").await;
    assert!(other.text.contains("ne vous connaît pas encore"), "{}", other.text);
    // The provider knows her: asked anew, it asks her anew, and the session of before is over.
    let anew = format!("{here}/connexion/aller?vers=/&nouveau=1");
    let back = ana.identify(&anew, issuer, "ana").await;
    assert!(back.text.contains("Vous êtes connecté"), "{}", back.text);
    assert_ne!(ana.cookie("jalon_session"), Some(&first));
    let former =
        world.stack.api.request("GET", "/api/v1/me").header("cookie", format!("jalon_session={first}"));
    assert_eq!(world.stack.api.send(former).await.status, 401);
    // What was said in one browser is not finished in another.
    let mut begins = Browser::new();
    let choice = begins.go(&world.way_in("")).await;
    let mut ends = Browser::new();
    ends.cookies.extend(
        begins
            .cookies
            .iter()
            .filter(|((at, _), _)| at == issuer)
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let stolen = ends.go(&format!("{}/ana", choice.url)).await;
    assert_eq!(stolen.status, 403, "{}", stolen.text);
}

#[tokio::test]
async fn the_sixth_wrong_sign_in_of_an_account_waits_and_the_others_enter() {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&here, true).await;
    let limits = [("JALON_LIMITS", "wrong-account=5".to_owned())];
    let world = world_of("sign-in-sixth", port, here, provider, &limits).await;
    let issuer = &world.provider.issuer;
    let invitation = world.invitation().await;
    for _ in 0..5 {
        let stranger = Browser::new().identify(&world.way_in(""), issuer, "eve").await;
        assert_eq!(stranger.status, 403, "{}", stranger.text);
    }
    let sixth = Browser::new().identify(&world.way_in(""), issuer, "eve").await;
    assert_eq!(sixth.status, 429, "{}", sixth.text);
    assert!(sixth.text.contains("Trop de demandes"), "{}", sixth.text);
    let ana = Browser::new().identify(&world.way_in(&invitation), issuer, "ana").await;
    assert!(ana.text.contains("Vous êtes connecté"), "{}", ana.text);
}
