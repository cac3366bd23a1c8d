//! Second factors, sessions and their end, rates: over a real Postgres, at a clock that stands still.

use contracts::common::v1::Role;
use jiff::{SignedDuration, ToSpan as _};
use service::config::Limits;

use super::{super::invented::*, *};

/// Someone signed in, as a browser keeps it.
struct Browser {
    cookie: String,
}

impl Browser {
    /// Signs in as the holder of that post.
    async fn enter(stack: &Stack, post: u128) -> Self {
        let mut browser = Self { cookie: String::new() };
        let entered = browser.post(stack, "/connexion", &format!("poste={}", id(post))).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        browser
    }

    /// Sends that form; keeps the cookie that comes back.
    async fn post(&mut self, stack: &Stack, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, format!("jalon_session={}", self.cookie))
            .header("sec-fetch-site", "same-origin");
        let answer = stack.send(request.body(Body::from(form.to_owned())).expect("a request")).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            self.cookie = cookie.split(['=', ';']).nth(1).expect("a secret").to_owned();
        }
        answer
    }

    async fn page(&self, stack: &Stack, path: &str) -> Answer {
        stack.visit(&self.cookie, path).await
    }

    /// Whether they hold a second factor now.
    async fn is_strong(&self, stack: &Stack) -> bool {
        let now = stack.runtime.clock.now();
        let holder = stack.runtime.tokens.authenticate(&self.cookie, now, false).await.expect("tokens");
        holder.expect("signed in").actor.second_factor
    }
}

/// A stack whose invented people show no second factor when they enter, within these limits.
async fn stack(limits: Limits) -> Stack {
    let stack =
        Stack::with(|config| service::Config { demonstration_second_factor: false, limits, ..config }).await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    stack.tell(&story.facts).await;
    stack
}

/// What the telephone shows.
fn code(secret: &str, stack: &Stack, later: i64) -> String {
    let secret: String = secret.chars().filter(|sign| !sign.is_whitespace()).collect();
    let secret = totp_rs::Secret::try_from_base32(&secret).expect("base32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a secret");
    let second = stack.runtime.clock.now().as_second() + later;
    totp.generate(u64::try_from(second).expect("after 1970")).to_string()
}

/// What stands in the elements of that class.
fn keys(page: &str) -> Vec<String> {
    let all = page.split("<code class=\"cle\">").skip(1);
    all.filter_map(|after| Some(after.split("</code>").next()?.to_owned())).collect()
}

/// Puts a second factor in place; returns its secret and the recovery codes.
async fn enrolled(stack: &Stack, browser: &mut Browser) -> (String, Vec<String>) {
    let page = browser.page(stack, "/connexion/second-facteur?suite=/suivis").await;
    assert!(page.text.contains("Mettre mon second facteur"), "{}", page.text);
    let begun = browser.post(stack, "/connexion/second-facteur/commencer", "suite=/suivis").await;
    let secret = keys(&begun.text).pop().expect("a secret");
    assert!(begun.text.contains("<svg class=\"carre-code\"") && secret.len() == 39, "{}", begun.text);
    let wrong = browser.post(stack, "/connexion/second-facteur/confirmer", "code=000000&suite=/suivis").await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(!wrong.text.contains(&secret) && wrong.text.contains("ne correspond pas"), "shown once");
    let form = format!("code={}&suite=/suivis", code(&secret, stack, 0));
    let confirmed = browser.post(stack, "/connexion/second-facteur/confirmer", &form).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    let codes = keys(&confirmed.text);
    assert_eq!(codes.len(), 8, "{}", confirmed.text);
    (secret, codes)
}

#[tokio::test]
async fn a_second_factor_is_put_in_place_shown_again_and_never_twice() {
    let stack = stack(Limits::demonstration()).await;
    let mut browser = Browser::enter(&stack, CIP).await;
    assert!(!browser.is_strong(&stack).await);
    let before = browser.cookie.clone();
    let elsewhere = Browser::enter(&stack, CIP).await;
    let (secret, codes) = enrolled(&stack, &mut browser).await;
    assert!(browser.is_strong(&stack).await, "it was just shown");
    assert_eq!(
        stack.visit(&before, "/suivis").await.status,
        303,
        "the secret of before opens nothing any more"
    );
    assert_eq!(elsewhere.page(&stack, "/suivis").await.status, 303, "nor does another session of theirs");

    let kept = "select sealed from sign_in.second_factor";
    let kept: Vec<u8> = stack
        .runtime
        .pool
        .get()
        .await
        .expect("a connection")
        .query_one(kept, &[])
        .await
        .expect("a row")
        .get(0);
    let plain = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).expect("base32");
    assert!(!kept.windows(plain.len()).any(|bytes| bytes == plain), "sealed at rest");

    stack.later(15.minutes());
    assert!(!browser.is_strong(&stack).await, "it grows old");
    let asked = browser.page(&stack, "/connexion/second-facteur?suite=//ailleurs.example").await;
    assert!(
        asked.text.contains("Montrez votre second facteur") && !asked.text.contains("ailleurs"),
        "{}",
        asked.text
    );
    let begin = browser.post(&stack, "/connexion/second-facteur/commencer", "").await;
    assert_eq!(begin.status, 303, "only who shows it changes it");
    let now = code(&secret, &stack, 0);
    let form = format!("code={now}&suite=/suivis");
    let shown = browser.post(&stack, "/connexion/second-facteur", &form).await;
    assert_eq!(
        (shown.status.as_u16(), &shown.headers["location"]),
        (303, &"/suivis".parse().expect("a value"))
    );
    assert!(browser.is_strong(&stack).await);
    // The same code, at once or from another browser of theirs, serves no more; nor does an older one.
    let mut other = Browser::enter(&stack, CIP).await;
    for used in [now, code(&secret, &stack, -30)] {
        let again = other.post(&stack, "/connexion/second-facteur", &format!("code={used}")).await;
        assert_eq!(again.status, 422, "{}", again.text);
        assert!(again.text.contains("déjà servi") && !other.is_strong(&stack).await);
    }
    let recovered =
        other.post(&stack, "/connexion/second-facteur", &format!("code={}", codes[3].to_uppercase())).await;
    assert!(recovered.text.contains("Il vous reste 7 codes"), "{}", recovered.text);
    assert!(other.is_strong(&stack).await);
    let twice = Browser::enter(&stack, CIP)
        .await
        .post(&stack, "/connexion/second-facteur", &format!("code={}", codes[3]))
        .await;
    assert_eq!(twice.status, 422, "once each");
}

#[tokio::test]
async fn after_five_wrong_codes_tries_wait_and_nobody_else_is_locked_out() {
    let stack = stack(Limits::demonstration()).await;
    let mut browser = Browser::enter(&stack, CIP).await;
    let (secret, _) = enrolled(&stack, &mut browser).await;
    stack.later(20.minutes());
    let give = async |browser: &mut Browser, code: &str| {
        browser.post(&stack, "/connexion/second-facteur", &format!("code={code}")).await
    };
    for _ in 0..4 {
        assert_eq!(give(&mut browser, "000000").await.status, 422);
    }
    let fifth = give(&mut browser, "000000").await;
    assert_eq!((fifth.status.as_u16(), fifth.headers["retry-after"].to_str().expect("text")), (429, "31"));
    let right = code(&secret, &stack, 0);
    assert_eq!(give(&mut browser, &right).await.status, 429, "not even the right one, while it waits");
    // Another professional, without that session, neither waits nor can make her wait.
    let mut social = Browser::enter(&stack, REFERENT).await;
    enrolled(&stack, &mut social).await;
    stack.later(30.seconds());
    assert_eq!(give(&mut browser, "000000").await.headers["retry-after"], "61");
    stack.later(60.seconds());
    assert_eq!(give(&mut browser, &code(&secret, &stack, 0)).await.status, 303);
    assert!(browser.is_strong(&stack).await);
}

#[tokio::test]
async fn whoever_signed_in_long_ago_puts_no_second_factor() {
    let stack = stack(Limits::demonstration()).await;
    let mut browser = Browser::enter(&stack, CIP).await;
    stack.later(16.minutes());
    let page = browser.page(&stack, "/connexion/second-facteur").await;
    assert!(page.text.contains("M’identifier de nouveau"), "{}", page.text);
    let begin = browser.post(&stack, "/connexion/second-facteur/commencer", "").await;
    assert_eq!(begin.status, 303, "{}", begin.text);
    let token = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    assert_eq!(stack.visit(&token, "/connexion/second-facteur").await.status, 400, "a token has none");
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_it() {
    let stack = stack(Limits::demonstration()).await;
    let (mut here, there, mut third) = (
        Browser::enter(&stack, CIP).await,
        Browser::enter(&stack, CIP).await,
        Browser::enter(&stack, CIP).await,
    );
    let stranger = Browser::enter(&stack, REFERENT).await;
    stack.later(10.minutes());
    let page = here.page(&stack, "/sessions").await;
    assert_eq!(page.text.matches("<li class=\"maison\">").count(), 3, "{}", page.text);
    assert_eq!(page.text.matches("cette session").count(), 1);
    assert!(page.text.contains("il y a 10 minutes") && !page.text.contains(&there.cookie));
    let key = |browser: &Browser| browser.cookie.split('_').nth(2).expect("a key id").to_owned();
    let foreign = here.post(&stack, "/sessions/fermer", &format!("session={}", key(&stranger))).await;
    assert_eq!(foreign.status, 303);
    assert_eq!(stranger.page(&stack, "/sessions").await.status, 200, "nobody ends someone else’s");
    here.post(&stack, "/sessions/fermer", &format!("session={}", key(&there))).await;
    assert_eq!(there.page(&stack, "/sessions").await.status, 303);
    assert_eq!(third.page(&stack, "/sessions").await.status, 200);
    here.post(&stack, "/sessions/fermer-les-autres", "").await;
    assert_eq!(third.page(&stack, "/sessions").await.status, 303);
    assert_eq!(here.page(&stack, "/sessions").await.status, 200);
    let left = here.post(&stack, "/deconnexion", "").await;
    assert_eq!(left.headers["clear-site-data"], "\"cookies\", \"storage\"");
    third.cookie = "choisie-par-un-autre".into();
    third.post(&stack, "/connexion", &format!("poste={}", id(CIP))).await;
    assert_ne!(third.cookie, "choisie-par-un-autre", "a session is never one that someone else chose");
}

#[tokio::test]
async fn a_session_ends_when_it_rests_and_after_a_day_of_work() {
    let stack = stack(Limits::demonstration()).await;
    let resting = Browser::enter(&stack, CIP).await;
    stack.later(59.minutes());
    assert_eq!(resting.page(&stack, "/suivis").await.status, 200);
    stack.later(59.minutes());
    // A page that keeps itself up to date keeps no session alive.
    assert_eq!(resting.page(&stack, "/?fragment=1").await.status, 200);
    stack.later(1.minute());
    assert_eq!(resting.page(&stack, "/suivis").await.status, 303, "an hour without anyone");
    let working = Browser::enter(&stack, CIP).await;
    for _ in 0..23 {
        stack.later(31.minutes());
        assert_eq!(working.page(&stack, "/suivis").await.status, 200);
    }
    stack.later(7.minutes());
    assert_eq!(working.page(&stack, "/suivis").await.status, 303, "twelve hours");
    let swept = stack.runtime.tokens.sweep(stack.runtime.clock.now() + SignedDuration::from_hours(1)).await;
    assert!(swept.expect("swept") <= 2);
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let limits = Limits {
        anonymous_per_minute: 4,
        session_per_minute: 6,
        streams: 2,
        wrong_per_account: 3,
        ..Limits::demonstration()
    };
    let stack = stack(limits).await;
    for _ in 0..4 {
        assert_eq!(stack.get("jal_faux", "/api/v1/me").await.status, 401);
    }
    let refused = stack.get("jal_faux", "/api/v1/me").await;
    assert_eq!((refused.status.as_u16(), refused.json()["type"].as_str()), (429, Some("/problemes/debit")));
    let seconds: u64 = refused.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=16).contains(&seconds), "{seconds}");
    assert_eq!(stack.visit("", "/connexion").await.status, 429, "nor the page shown to anyone");
    assert_eq!(stack.visit("", "/livez").await.status, 200);
    // Whoever is known is counted apart.
    let browser = Browser::enter(&stack, CIP).await;
    for _ in 0..6 {
        assert_eq!(browser.page(&stack, "/suivis").await.status, 200);
    }
    let page = browser.page(&stack, "/suivis").await;
    assert_eq!(page.status, 429);
    assert!(page.text.contains("Trop de demandes") && page.text.contains("<h1>"), "{}", page.text);
    let token = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    assert_eq!(stack.get(&token, "/api/v1/me").await.status, 200);
    let mut open = Vec::new();
    for expected in [200, 200, 429] {
        let request = Request::get("/direct").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let stream = stack.router.clone().oneshot(request.body(Body::empty()).expect("a request"));
        let answer = stream.await.expect("an answer");
        assert_eq!(answer.status().as_u16(), expected);
        open.push(answer);
    }
    open.clear();
    let again = Request::get("/direct").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let again = stack.router.clone().oneshot(again.body(Body::empty()).expect("a request")).await;
    assert_eq!(again.expect("an answer").status(), 200, "a stream that ended makes room");
    // Trying posts that nobody holds.
    let mut guess = Browser { cookie: String::new() };
    for expected in [404, 404, 404, 429] {
        let form = format!("poste={}", id(77));
        assert_eq!(guess.post(&stack, "/connexion", &form).await.status.as_u16(), expected);
    }
    assert_eq!(guess.post(&stack, "/connexion", &format!("poste={}", id(CIP))).await.status, 303);
}

#[tokio::test]
async fn those_who_follow_nobody_are_told_what_they_may_do() {
    let stack = stack(Limits::demonstration()).await;
    let someone = |role| Actor { role, post_id: None, organisation_id: None, ..actor(Role::CIP, CIP, ACI) };
    let administrator = stack.token(&someone(Role::ADMINISTRATEUR)).await;
    let page = stack.visit(&administrator, "/").await;
    assert!(page.status == 200 && page.text.contains("href=\"/consultations\""), "{}", page.text);
    let partner = stack.token(&someone(Role::PARTENAIRE)).await;
    let page = stack.visit(&partner, "/").await;
    assert!(page.status == 200 && page.text.contains("GET /api/v1/events"), "{}", page.text);
}
