//! Data that are limited (RGPD, articles 18 and 21): to those who knew of the person it is at once as if there were
//! nobody, on every route, in every list and on what is open; and it comes back when it is lifted, not before.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::until;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder},
    hidden,
    takeover::{Circle, OWN_CODE, form, sheet},
};

/// How soon what is open must know.
const SOON: Duration = Duration::from_secs(5);
/// What the person says of it.
const WHY: &str = "un-voisin-me-cherche-partout";

/// What a stream says, as it comes.
fn listen(ground: &Ground, token: &str, path: &str) -> Arc<Mutex<String>> {
    let heard = Arc::new(Mutex::new(String::new()));
    let (request, kept) = (ground.request(&Method::GET, path).bearer_auth(token), heard.clone());
    tokio::spawn(async move {
        let mut bytes = request.send().await.expect("an answer").bytes_stream();
        while let Some(Ok(part)) = bytes.next().await {
            kept.lock().expect("alone").push_str(&String::from_utf8_lossy(&part));
        }
        kept.lock().expect("alone").push_str("(fin)");
    });
    heard
}

fn said(heard: &Arc<Mutex<String>>) -> String {
    heard.lock().expect("alone").clone()
}

/// Each of these is answered so to all of them, within the time that open pages have.
async fn soon(circle: &Circle, readers: &[(String, String)], status: u16) {
    let (began, case) = (Instant::now(), circle.case);
    for (who, token) in readers {
        for path in [format!("/api/v1/cases/{case}"), format!("/dossiers/{case}")] {
            until(&format!("{who} {path}: {status}"), async || {
                circle.ground.get(token, &path).await.status == status
            })
            .await;
        }
        let list = "/api/v1/me/followups";
        until(&format!("{who} {list}: {status}"), async || {
            circle.ground.get(token, list).await.text.contains(&case.to_string()) == (status == 200)
        })
        .await;
    }
    assert!(began.elapsed() < SOON, "{status} after {:?}", began.elapsed());
}

/// Something of each kind, so that each kind of address may be asked.
async fn fill(circle: &Circle) {
    let (world, case) = (&circle.world, circle.case);
    world.send_candidature(case, world.aci[0]).await;
    let at = |end: &str| format!("/api/v1/cases/{case}/{end}");
    world.must(&at("diagnostics"), json!({"frame": "STRUCTURE"})).await;
    world.must(&at("notes"), json!({"text": "Appeler lundi."})).await;
    world.must(&at("wishes"), json!({"wish": {"kinds": ["EMPLOI"], "words": "Le bois."}})).await;
}

/// Who was in the circle, or of the structure that hosts.
fn colleagues(circle: &Circle) -> Vec<(String, String)> {
    let named = |who: &str, token: &String| (who.to_owned(), token.clone());
    vec![
        named("an adviser of the circle", &circle.adviser),
        named("a CIP of the structure that hosts", &circle.world.cip),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_limited_is_as_unknown_on_every_route_until_it_is_lifted() {
    let circle = Circle::start("attacks-limited").await;
    let (ground, world, case) = (&circle.ground, &circle.world, circle.case);
    fill(&circle).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let colleagues = colleagues(&circle);
    soon(&circle, &colleagues, 200).await;
    let stream = listen(ground, &circle.adviser, "/api/v1/events");
    let page = listen(ground, &circle.adviser, &format!("/dossiers/{case}/direct"));
    until("both are open", async || said(&stream).contains("jalon") && said(&page).contains("jalon")).await;

    // Only the référent social of the structure that hosts the person limits.
    let limit = json!({"ground": "ACCURACY_CONTESTED", "reason": "Les dates ne sont pas les siennes."});
    for token in [&circle.adviser, &world.cip] {
        circle.forbids(token, "/restrictions", limit.clone(), "guard.restriction").await;
    }
    let limited = circle.ask(&circle.referent, "/restrictions", limit).await;
    assert_eq!(limited.status, 200, "{}", limited.text);
    soon(&circle, &colleagues, 404).await;

    // On every route, by every id of the case; those who were asked something too.
    let mut readers = colleagues.clone();
    readers.push(("an employer who was asked".to_owned(), world.employer.clone()));
    let member =
        Holder { role: "CONSEILLER", post: Some(Uuid::now_v7()), organisation: Some(world.france_travail) };
    readers.push(("a member of the platform".to_owned(), ground.token(member, 600.0).await));
    let ids = hidden::ids_of(ground, case).await;
    for name in ["case", "prescription", "diagnostic", "writing", "wish"] {
        assert!(ids.contains_key(name), "{name} is there: {ids:?}");
    }
    hidden::is_as_unknown_to(ground, &openapi, &readers, &ids).await;
    for (who, token) in &readers {
        for path in ["/api/v1/me/requests".to_owned(), format!("/api/v1/platforms/{}/board", world.platform)]
        {
            let answer = ground.get(token, &path).await.text;
            assert!(ids.values().all(|id| !answer.contains(&id.to_string())), "{who} {path}: {answer}");
        }
        let sought = json!({"family_name": "Vautrin", "birth_date": "1990-01-15"});
        let found = ground.post(token, "/api/v1/search", &sought).await;
        assert!(!found.text.contains("Correspondance"), "{who}: {}", found.text);
    }
    // Nor in an emergency.
    let elsewhere = ground.get(&world.stranger, "/api/v1/me").await.json()["organisation"]["id"].clone();
    let elsewhere = elsewhere.as_str().and_then(|id| id.parse().ok());
    let worker = Holder { role: "REFERENT_SOCIAL", post: Some(Uuid::now_v7()), organisation: elsewhere };
    let worker = ground.token(worker, 600.0).await;
    let urgent = json!({"reason_code": "VITAL", "reason": "Un malaise dans la rue", "minutes": 60});
    assert_eq!(circle.ask(&worker, "/emergency-access", urgent).await.status, 404);

    // Made again while it is limited, the wall is the same.
    let wall = async || {
        let sql = "select r::text from read.readership r order by 1";
        let rows = ground.database.query(sql, &[]).await.expect("rows");
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>()
    };
    let before = wall().await;
    let (rebuilt, told) = circle.stack.jalon(&["rebuild", "readership"]).await;
    assert!(rebuilt, "{told}");
    until("it is served anew", async || wall().await == before).await;
    soon(&circle, &colleagues, 404).await;

    // Whoever answers for it reads, answers the person, and does nothing else.
    let note = json!({"text": "Vu ce matin."});
    circle.forbids(&circle.referent, "/notes", note, "guard.restricted-stating").await;
    assert_eq!(circle.ask(&circle.referent, "/pause", json!({})).await.status, 200);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!said(&stream).contains("CasePaused") && !said(&stream).contains("ProcessingRestricted"));
    assert!(said(&page).ends_with("(fin)") || !said(&page).contains("CasePaused"), "{}", said(&page));
    lifted(&circle, &colleagues).await;
    assert_eq!(circle.ask(&circle.referent, "/resume", json!({})).await.status, 200);
    until("what comes is heard again", async || said(&stream).contains("CaseResumed")).await;
    assert!(!said(&stream).contains("CasePaused"), "what came meanwhile is read, not heard");
    ground.kept_quiet(&["Vautrin", "malaise", "siennes"]);
}

/// Lifted with a second factor, once the person was told; and all is back.
async fn lifted(circle: &Circle, colleagues: &[(String, String)]) {
    let ground = &circle.ground;
    let path = format!("/api/v1/cases/{}/restrictions", circle.case);
    let id = ground.get(&circle.referent, &path).await.json()["items"][0]["id"].clone();
    let today = vocabulary::clock::day_in_paris(vocabulary::Clock::now(&vocabulary::SystemClock)).to_string();
    let end = |told: Value| json!({"restriction_id": id, "reason": "GROUND_OVER", "person_told_on": told});
    circle.refuses(&circle.referent, "/restrictions/lift", end(Value::Null), "limitation.prevenir").await;
    let weak =
        circle.stack.token("REFERENT_SOCIAL", Some(circle.referent_post), Some(circle.world.structure)).await;
    let forget =
        "update access.token set second_factor = false where digest = sha256(convert_to($1, 'UTF8'))";
    assert_eq!(ground.database.execute(forget, &[&weak]).await.expect("an update"), 1);
    let refused = circle.ask(&weak, "/restrictions/lift", end(json!(today))).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "second-facteur"), "{}", refused.text);
    let lifted = circle.ask(&circle.referent, "/restrictions/lift", end(json!(today))).await;
    assert_eq!(lifted.status, 200, "{}", lifted.text);
    soon(circle, colleagues, 200).await;
}

/// The session of the person, by their sheet and a code of their own.
async fn session(circle: &Circle) -> String {
    let opened = circle.ask(&circle.referent, "/own-access", json!({})).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let (address, code) = sheet(circle).await;
    let fields = [("secret", address.as_str()), ("code", code.as_str()), ("nouveau", OWN_CODE)];
    let entered = form(&circle.ground, "/mon-suivi/code", &fields).await;
    assert_eq!(entered.status, 303, "{}", entered.text);
    let cookie = entered.header("set-cookie").expect("a session");
    cookie.split(';').next().expect("a cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_objects_from_their_own_pages_and_is_answered() {
    let circle = Circle::start("attacks-objection").await;
    let ground = &circle.ground;
    let colleagues = colleagues(&circle);
    let cookie = session(&circle).await;
    let see =
        async |path: &str| ground.send(ground.request(&Method::GET, path).header("cookie", &cookie)).await;
    let page = see("/mon-suivi/opposition").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let hidden = |name: &str| {
        let from = format!("name=\"{name}\" value=\"");
        page.text.split(&from).nth(1).and_then(|rest| rest.split('"').next()).expect("a field").to_owned()
    };
    let object = async |token: &str| {
        let body = format!("cle={}&jeton={token}&text={WHY}", hidden("cle"));
        let request = ground.request(&Method::POST, "/mon-suivi/opposition").header("cookie", &cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        ground.send(request.header("sec-fetch-site", "same-origin")).await
    };
    // Without what their own page holds, nothing is said in their name.
    assert_eq!(object("autre").await.status, 403);
    soon(&circle, &colleagues, 200).await;
    let sent = object(&hidden("jeton")).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    soon(&circle, &colleagues, 404).await;
    until("the person reads where it stands", async || {
        see("/mon-suivi/opposition").await.text.contains("On vous répond avant le")
    })
    .await;
    until("the référent is called", async || {
        ground.get(&circle.referent, "/api/v1/me/followups").await.text.contains("objection_waits")
    })
    .await;
    let path = format!("/api/v1/cases/{}/restrictions", circle.case);
    let one = ground.get(&circle.referent, &path).await.json()["items"][0].clone();
    assert_eq!((&one["text"], &one["by_person"]), (&json!(WHY), &json!(true)), "{one}");

    // Not upheld: why, and the person was told before.
    let today = vocabulary::clock::day_in_paris(vocabulary::Clock::now(&vocabulary::SystemClock)).to_string();
    let settle = |more: Value| {
        let mut body = json!({"objection_id": one["id"], "outcome": "NOT_UPHELD"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let (referent, end) = (&circle.referent, "/objections/settle");
    circle.refuses(referent, end, settle(json!({"person_told_on": today})), "opposition.motifs").await;
    circle
        .refuses(referent, end, settle(json!({"answer": "Un juge le demande."})), "limitation.prevenir")
        .await;
    let answered = circle
        .ask(referent, end, settle(json!({"answer": "Un juge le demande.", "person_told_on": today})))
        .await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    soon(&circle, &colleagues, 200).await;
    until("the person reads why", async || {
        let page = see("/mon-suivi/opposition").await.text;
        page.contains("Un juge le demande.") && page.contains("www.cnil.fr") && page.contains("name=\"text\"")
    })
    .await;
    let copy: Value = see("/mon-suivi/tout.json").await.json();
    assert_eq!(copy["restrictions"][0]["outcome"], "NOT_UPHELD", "{}", copy["restrictions"]);
    ground.kept_quiet(&["Vautrin", WHY]);
}
