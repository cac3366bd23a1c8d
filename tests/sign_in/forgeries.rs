//! What the provider did not say.

use serde_json::Value;

use crate::{
    browser::Browser,
    provider::Provider,
    world::{SECRET, world, world_of},
};

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
