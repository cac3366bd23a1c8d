//! The level of assurance that the provider gives: asked for, and believed for what it says.

use crate::{
    browser::Browser,
    provider::Provider,
    world::{World, world, world_of},
};

async fn levels_required(name: &str, provider: Provider, port: u16, here: String, levels: &str) -> World {
    world_of(name, port, here, provider, &[("JALON_OIDC_ACR", levels.to_owned())]).await
}

/// What was asked of the provider for whoever goes there by that address.
async fn asked(world: &World, way: &str) -> serde_json::Value {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let answer = client.expect("a client").get(way).send().await.expect("an answer");
    let there = answer.headers()["location"].to_str().expect("text");
    assert!(there.starts_with(&world.provider.issuer), "{there}");
    let url = reqwest::Url::parse(there).expect("an address");
    assert!(url.query_pairs().all(|(name, _)| name != "acr_values"), "ProConnect refuses it: {there}");
    let claims = url.query_pairs().find(|(name, _)| name == "claims").expect("claims").1.into_owned();
    serde_json::from_str::<serde_json::Value>(&claims).expect("JSON")["id_token"].take()
}

#[tokio::test]
async fn a_level_that_two_factors_reach_is_a_second_factor_and_is_asked_for_where_one_is_needed() {
    let world = world("sign-in-levels", true).await;
    let (issuer, here) = (&world.provider.issuer, &world.here);
    let second = format!("{here}/connexion/second-facteur?suite=/");
    let usual = asked(&world, &world.way_in("")).await;
    assert_eq!(usual, serde_json::json!({"amr": null, "auth_time": null, "acr": null}));
    let two = format!("{here}/connexion/aller?nouveau=2&vers=/");
    let by_two = asked(&world, &two).await;
    let wanted = serde_json::json!({"essential": true, "values": ["eidas1-mfa", "eidas2", "eidas3"]});
    assert_eq!(by_two["acr"], wanted, "those that the provider has, and that two factors reach");

    // The level says so, although the ways it names do not.
    let mut noe = Browser::new();
    let invitation = world.invitation().await;
    let arrived = noe.identify(&world.way_in(&invitation), issuer, "noe").await;
    assert!(arrived.text.contains("Vous êtes connecté"), "{}", arrived.text);
    assert!(noe.go(&second).await.text.contains("C’est bien vous"));

    // One factor, then two where they are asked for.
    let mut ivo = Browser::new();
    let invitation = world.invitation().await;
    let arrived = ivo.identify(&world.way_in(&invitation), issuer, "ivo").await;
    assert!(arrived.text.contains("Vous êtes connecté"), "{}", arrived.text);
    let page = ivo.go(&second).await.text;
    assert!(page.contains("nouveau=2") && !page.contains("C’est bien vous"), "{page}");
    let back = ivo.identify(&two, issuer, "ivo").await;
    assert!(back.text.contains("Vous êtes connecté"), "{}", back.text);
    let page = ivo.go(&second).await.text;
    assert!(page.contains("C’est bien vous"), "{page}");

    // Whoever cannot is not let out of the provider’s hands with less.
    let mut lou = Browser::new();
    let invitation = world.invitation().await;
    lou.identify(&world.way_in(&invitation), issuer, "lou").await;
    let still = lou.identify(&two, issuer, "lou").await;
    assert!(still.url.starts_with(issuer), "{}", still.url);
    let page = lou.go(&second).await.text;
    assert!(page.contains("Mettre mon second facteur"), "{page}");
}

#[tokio::test]
async fn who_shows_another_level_than_those_required_does_not_enter() {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&here, true).await;
    let world = levels_required("sign-in-level", provider, port, here, "eidas2, eidas3").await;
    let issuer = &world.provider.issuer;
    let usual = asked(&world, &world.way_in("")).await;
    assert_eq!(usual["acr"], serde_json::json!({"essential": true, "values": ["eidas2", "eidas3"]}));
    let invitation = world.invitation().await;
    let below = Browser::new().identify(&world.way_in(&invitation), issuer, "ivo").await;
    assert!(below.url.starts_with(issuer), "the provider itself lets nobody go with less: {}", below.url);
    let noe = Browser::new().identify(&world.way_in(&invitation), issuer, "noe").await;
    assert!(noe.text.contains("Vous êtes connecté"), "{}", noe.text);
}

#[tokio::test]
async fn a_level_is_checked_whatever_was_asked_of_the_provider() {
    let port = local_servers::free_port().expect("a port");
    let here = format!("http://127.0.0.1:{port}");
    let provider = Provider::false_one(&here).await;
    let world = levels_required("sign-in-level-forged", provider, port, here, "eidas2,eidas3").await;
    let issuer = &world.provider.issuer;
    // It says none, a lower one, two in one: although the ways it names are two factors.
    for way in ["right", "low-level", "two-levels"] {
        let mut browser = Browser::new();
        let refused = browser.identify(&world.way_in(""), issuer, way).await;
        assert_eq!(refused.status, 403, "{way}: {}", refused.text);
        assert!(refused.text.contains("mettez-y un second facteur"), "{way}: {}", refused.text);
        assert!(browser.cookie("jalon_session").is_none(), "{way}");
    }
    // Believed, it says who comes: a stranger.
    let high = Browser::new().identify(&world.way_in(""), issuer, "high-level").await;
    assert!(high.text.contains("ne vous connaît pas encore"), "{}", high.text);
}
