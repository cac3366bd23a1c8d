//! By an invitation once, then by the provider alone; a wrong sign-in counts.

use crate::{
    browser::Browser,
    provider::Provider,
    world::{SECRET, world, world_of},
};

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
