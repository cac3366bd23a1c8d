//! How long a session lasts, and for whom it is the provider's word.

use serde_json::json;
use testkit::stack::until;

use crate::{browser::Browser, world::world};

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

    let log = world.stack.log();
    assert!(log.contains("someone entered") && log.contains("someone left"), "{log}");

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
    assert!(world.stack.log().contains("someone did not enter"), "{}", world.stack.log());
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
