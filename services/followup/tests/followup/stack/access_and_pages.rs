//! Pages, signing in, and what surrounds every answer.

use contracts::common::v1::Role;

use super::{super::invented::*, *};

/// What every answer says.
const GUARDS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types jalon",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

fn form(path: &str, body: String) -> axum::http::request::Builder {
    let _ = body;
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn every_route_is_guarded_whatever_it_answers() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    for (method, path) in followup::api().routes {
        let path = path.replace("{id}", &id(CASE).to_string()).replace("{file}", "absent.css");
        let ends = !path.ends_with("direct") && !path.ends_with("events");
        for token in [Some(inside.as_str()), None] {
            if token.is_some() && !ends {
                continue;
            }
            for accept in ["text/html", "application/json"] {
                let mut request =
                    Request::builder().method(method.clone()).uri(&path).header("accept", accept);
                if let Some(token) = token {
                    request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
                }
                let answer = stack.send(request.body(Body::empty()).expect("a request")).await;
                for (name, value) in GUARDS {
                    assert_eq!(
                        answer.headers.get(*name).map(|v| v.as_bytes()),
                        Some(value.as_bytes()),
                        "{method} {path} {name}"
                    );
                }
                assert_eq!(answer.headers["cache-control"], "no-store", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn pages_hold_no_inline_script_or_style_and_errors_are_pages_too() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let pages = [
        ("/".to_owned(), 200),
        (format!("/plateformes/{}", id(TESA)), 200),
        (format!("/plateformes/{}?voir=emploi&etat=tous", id(TESA)), 200),
        (format!("/dossiers/{}", id(CASE)), 200),
        ("/connexion".to_owned(), 200),
        (format!("/dossiers/{}", id(77)), 404),
        ("/nulle-part".to_owned(), 404),
        ("/plateformes/1".to_owned(), 404),
        ("/?voir=ailleurs".to_owned(), 400),
        ("/?q=selam".to_owned(), 400),
    ];
    for (path, status) in pages {
        let page = stack.visit(&inside, &path).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(page.text.contains("<html lang=\"fr\">") && page.text.contains("<h1>"), "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:", "<script>", "http://", "https://"] {
            assert!(!page.text.contains(inline), "{path} holds {inline}");
        }
        assert!(!page.text.to_lowercase().contains("frein"), "{path}");
    }
    let api = stack.visit(&inside, "/api/v1/cases/1").await;
    assert_eq!(api.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_name_never_becomes_markup() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    opening(&mut story, CASE, "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>");
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    for path in ["/".to_owned(), format!("/dossiers/{}", id(CASE)), format!("/plateformes/{}", id(TESA))] {
        let page = stack.visit(&inside, &path).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{path}");
        assert!(page.text.contains("&#60;script&#62;alert(1)"), "{path}");
    }
}

#[tokio::test]
async fn outside_the_circle_a_page_shows_a_path_and_no_one() {
    let stack = Stack::told().await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    for path in [format!("/dossiers/{}", id(CASE)), format!("/plateformes/{}", id(TESA))] {
        let page = stack.visit(&beside, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Personne "));
        for personal in ["Tesfay", "Selam", "1991", "06 00", "pas de bus", "Remettre"] {
            assert!(!page.text.contains(personal), "{path} shows {personal}");
        }
    }
}

#[tokio::test]
async fn a_board_shows_a_hundred_people_then_the_others_and_counts_them_all() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..103 {
        opening(&mut story, 2_000 + number, "Ana", &format!("Essai{number}"));
    }
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let lines = |page: &str| page.matches("<tr role=\"row\" data-cle").count();
    let first = stack.visit(&inside, "/").await.text;
    assert_eq!(lines(&first), 100);
    assert!(first.contains("<span class=\"nombre\">103</span>"), "everyone is counted");
    assert!(first.contains("Essai102") && !first.contains(">Ana Essai1<"), "the latest news first");
    let next = first.split("href=\"").find(|there| there.starts_with("/?suite=")).expect("a second page");
    let next = next.split('"').next().expect("an address");
    let second = stack.visit(&inside, next).await.text;
    assert_eq!(lines(&second), 3);
    assert!(
        second.contains(">Ana Essai1<") && second.contains("Revenir aux dernières nouvelles"),
        "{second}"
    );
    assert!(!second.contains("class=\"nombre\""), "what is counted is said once");
    let sought = stack.submit(&inside, "/", "q=essai1").await.text;
    assert!(lines(&sought) == 14 && sought.contains(">Ana Essai1<"), "everyone is looked through: {sought}");
}

#[tokio::test]
async fn a_fragment_is_only_what_changes() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    for path in [format!("/dossiers/{}", id(CASE)), format!("/plateformes/{}", id(TESA)), "/".to_owned()] {
        let fragment = stack.visit(&inside, &format!("{path}?fragment=1")).await;
        assert_eq!(fragment.status, 200);
        assert!(fragment.text.trim_start().starts_with("<div id=\"vif\""), "{path}");
        assert!(!fragment.text.contains("<html"));
    }
}

#[tokio::test]
async fn someone_signs_in_comes_where_they_wanted_and_leaves() {
    let stack = Stack::told().await;
    let nobody = stack.visit("jal_faux", &format!("/dossiers/{}", id(CASE))).await;
    assert_eq!(nobody.status, 303);
    let there = nobody.headers["location"].to_str().expect("an address");
    assert_eq!(there, format!("/connexion?vers=/dossiers/{}", id(CASE)));
    let page = stack.visit("", there).await;
    assert!(page.text.contains("Bruno Castel") && page.text.contains("inventées"));

    let body = format!("poste={}&vers=/dossiers/{}", id(CIP), id(CASE));
    let request = form("/connexion", body.clone()).body(Body::from(body.clone())).expect("a request");
    let entered = stack.send(request).await;
    assert_eq!(
        (entered.status.as_u16(), &entered.headers["location"]),
        (303, &format!("/dossiers/{}", id(CASE)).parse().expect("a value"))
    );
    let cookie = entered.headers["set-cookie"].to_str().expect("a cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let secret = cookie.split(['=', ';']).nth(1).expect("a secret").to_owned();
    assert!(stack.visit(&secret, &format!("/dossiers/{}", id(CASE))).await.text.contains("Selam Tesfay"));

    let request = form("/deconnexion", String::new())
        .header(header::COOKIE, format!("jalon_session={secret}"))
        .body(Body::empty())
        .expect("a request");
    let left = stack.send(request).await;
    assert!(left.headers["set-cookie"].to_str().expect("a cookie").contains("Max-Age=0"));
    assert_eq!(stack.visit(&secret, "/").await.status, 303);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing_and_a_vacant_post_lets_nobody_in() {
    let stack = Stack::told().await;
    let body = || format!("poste={}", id(CIP));
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://ailleurs.example"),
    ] {
        let request = Request::post("/connexion")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "127.0.0.1")
            .header(name, value)
            .body(Body::from(body()))
            .expect("a request");
        assert_eq!(stack.send(request).await.status, 403, "{name}: {value}");
    }
    for wrong in [format!("poste={}", id(77)), format!("poste={}", id(ACI))] {
        let request = form("/connexion", wrong.clone()).body(Body::from(wrong)).expect("a request");
        assert_eq!(stack.send(request).await.status, 404);
    }
}

#[tokio::test]
async fn style_and_script_are_kept_for_ever_under_the_name_of_their_content() {
    let stack = Stack::start().await;
    let assets = &followup::pages::assets::ASSETS;
    for asset in [&assets.style, &assets.script, &assets.icon] {
        let file = stack.get("", &asset.href).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
        assert!(!file.text.is_empty());
    }
}
