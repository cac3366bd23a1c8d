//! What is sensitive asks for a second factor.

use serde_json::json;
use uuid::Uuid;

use crate::{
    browser::Browser,
    world::{World, world},
};

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
        let body =
            json!({"reason_code": "VITAL", "reason": "Malaise ce matin, le SAMU demande ses traitements."});
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
    assert!(log.contains("a second factor is in place") && log.contains("a second factor is shown"), "{log}");
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
