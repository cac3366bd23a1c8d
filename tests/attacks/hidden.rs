//! What is hidden answers as what does not exist, on every route and for every id; and nothing is written.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::{
    ground::{Ground, Holder, Reply},
    routes::{self, Route},
    sample,
};

/// Which aggregate the ids of an address are of, by its first word.
const OF: &[(&str, &str)] = &[
    ("cases", "case"),
    ("dossiers", "case"),
    ("wishes", "wish"),
    ("activities", "activity"),
    ("appointments", "appointment"),
    ("reviews", "writing"),
    ("diagnostics", "diagnostic"),
    ("resources", "resource"),
    ("passes", "pass"),
    ("prescriptions", "prescription"),
    ("conventions", "convention"),
    ("employments", "employment"),
    ("matches", "match"),
];

/// What names nothing, and never will.
const MALFORMED: &[&str] =
    &["x", "0", "%00", "..%2F..", "%F0%9F%92%A5", "019763f8-cfe0-7800-8225", "'%20or%201=1--", "null"];

/// Those who have no part in any case: each is asked as if they had.
const STRANGERS: &[&str] = &[
    "REFERENT_SOCIAL",
    "CIP",
    "CONSEILLER",
    "EMPLOYEUR_SIAE",
    "ANIMATEUR_PLATEFORME",
    "PERSONNE",
    "PARTENAIRE",
];

/// One id of each aggregate about a person.
async fn ids(ground: &Ground) -> BTreeMap<&'static str, Uuid> {
    let mut ids = BTreeMap::new();
    for aggregate in contracts::all_aggregates() {
        let one = "select stream_id from journal.facts where case_id is not null
            and ((kind::int + 65536) % 65536) >> 8 = $1 order by position desc limit 1";
        let row = ground.database.query_opt(one, &[&i32::from(aggregate.code)]).await.expect("facts");
        ids.extend(row.map(|row| (aggregate.name, row.get::<_, Uuid>(0))));
    }
    ids
}

pub fn aggregate(route: &Route) -> Option<&'static str> {
    let first = route.path.trim_start_matches("/api/v1").split('/').nth(1)?;
    OF.iter().find(|(segment, _)| *segment == first && route.has_id()).map(|(_, name)| *name)
}

/// One id of each aggregate of that case.
pub async fn ids_of(ground: &Ground, case: Uuid) -> BTreeMap<&'static str, Uuid> {
    let mut ids = BTreeMap::new();
    let all =
        "select distinct ((kind::int + 65536) % 65536) >> 8, stream_id from journal.facts where case_id = $1";
    for row in ground.database.query(all, &[&case]).await.expect("facts") {
        let code: i32 = row.get(0);
        let aggregate = contracts::all_aggregates().iter().find(|one| i32::from(one.code) == code);
        ids.extend(aggregate.map(|one| (one.name, row.get::<_, Uuid>(1))));
    }
    ids
}

/// The same answer, whatever id it repeats.
fn plain(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let mut text = String::new();
    let mut token = String::new();
    for sign in reply.text.chars().chain([' ']) {
        if sign.is_ascii_hexdigit() || sign == '-' {
            token.push(sign);
        } else {
            text.push_str(if token.parse::<Uuid>().is_ok() { "ID" } else { &token });
            text.push(sign);
            token.clear();
        }
    }
    let headers =
        reply.headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    (reply.status, text, headers.cloned().collect())
}

/// Asks for what is hidden, for what is of another kind, for what does not exist.
pub async fn is_as_unknown(ground: &Ground, openapi: &Value) {
    let ids = ids(ground).await;
    assert!(OF.iter().all(|(_, name)| ids.contains_key(name)), "the world has one of each: {ids:?}");
    let mut strangers = Vec::new();
    for role in STRANGERS {
        let holder = Holder { role, post: Some(Uuid::now_v7()), organisation: Some(Uuid::now_v7()) };
        strangers.push(((*role).to_owned(), ground.token(holder, 600.0).await));
    }
    is_as_unknown_to(ground, openapi, &strangers, &ids).await;
}

/// Asks for what is hidden to these, by the id of one of each aggregate, and for what does not exist.
pub async fn is_as_unknown_to(
    ground: &Ground,
    openapi: &Value,
    readers: &[(String, String)],
    ids: &BTreeMap<&'static str, Uuid>,
) {
    let routes = routes::all(openapi);
    let about: Vec<(&Route, &str)> =
        routes.iter().filter_map(|route| Some((route, aggregate(route)?))).collect();
    assert!(about.len() > 70, "{} routes about a person", about.len());
    let before = ground.head().await;
    let mut wrong = Vec::new();
    for (role, token) in readers {
        for (route, name) in about.iter().filter(|(_, name)| ids.contains_key(name)) {
            let body = route.body.as_ref().map_or(Value::Null, |schema| sample::of(openapi, schema));
            let ask = async |id: &str| ground.ask(&route.method, &route.at(id), Some(token), &body).await;
            let unknown = ask(&Uuid::now_v7().to_string()).await;
            let hidden = ask(&ids[name].to_string()).await;
            if unknown.status < 400 {
                wrong.push(format!(
                    "{role} {} {}: {} for what does not exist",
                    route.method, route.path, unknown.status
                ));
            }
            if plain(&unknown) != plain(&hidden) {
                let (hidden, unknown) = (short(&hidden), short(&unknown));
                wrong.push(format!(
                    "{role} {} {}: hidden {hidden} / unknown {unknown}",
                    route.method, route.path
                ));
            }
        }
    }
    assert_eq!(ground.head().await, before, "something was written:\n{}", wrong.join("\n"));
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Asks, with a right to it, by ids that are of something else or of nothing.
pub async fn strange_ids_name_nothing(ground: &Ground, openapi: &Value) {
    let ids = ids(ground).await;
    let holder = Holder { role: "CIP", post: Some(Uuid::now_v7()), organisation: Some(Uuid::now_v7()) };
    let token = ground.token(holder, 600.0).await;
    let before = ground.head().await;
    let mut wrong = Vec::new();
    let routes = routes::all(openapi);
    let named = routes.iter().filter(|route| route.has_id() && route.path != "/statique/{file}");
    for (turn, route) in named.enumerate() {
        let body = route.body.as_ref().map_or(Value::Null, |schema| sample::of(openapi, schema));
        let others = ids.iter().filter(|(name, _)| aggregate(route) != Some(**name));
        // Each route is given a third of them, in turn.
        let others: Vec<String> = others.skip(turn % 3).step_by(3).map(|(_, id)| id.to_string()).collect();
        for id in others.iter().map(String::as_str).chain(MALFORMED.iter().copied()) {
            let reply = ground.ask(&route.method, &route.at(id), Some(&token), &body).await;
            if ![400, 403, 404, 422].contains(&reply.status) {
                wrong.push(format!("{} {} with {id}: {}", route.method, route.path, short(&reply)));
            }
        }
    }
    assert_eq!(ground.head().await, before, "something was written");
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
}

/// Who is in the circle of some cases asks for each of the others.
pub async fn the_next_case_is_closed(ground: &Ground, token: &str) {
    let me = ground.get(token, "/api/v1/me").await.json();
    let post: Uuid = me["post_id"].as_str().expect("a post").parse().expect("an id");
    let all = "select key, posts @> array[$1::uuid] from read.live_status";
    let rows = ground.database.query(all, &[&post]).await.expect("cases");
    let before = ground.head().await;
    let (mut open, mut closed) = (0, 0);
    for (turn, row) in rows.iter().enumerate() {
        if turn % 30 == 0 {
            ground.read_afresh().await;
        }
        let (case, inside): (Uuid, bool) = (row.get(0), row.get(1));
        let read = ground.get(token, &format!("/api/v1/cases/{case}")).await;
        let page = ground.get(token, &format!("/dossiers/{case}")).await;
        assert_eq!(read.status, page.status, "{case}: the page shows what the API does");
        if inside {
            assert_eq!(read.status, 200, "{case}: {}", short(&read));
            open += 1;
            continue;
        }
        closed += usize::from(read.status == 404);
        let text = serde_json::json!({"text": "Une note qui n’a rien à faire ici."});
        let written = ground.post(token, &format!("/api/v1/cases/{case}/notes"), &text).await;
        let expected = if read.status == 404 { 404 } else { 403 };
        assert_eq!(written.status, expected, "a note in {case}: {}", short(&written));
        let names = [&read.json()["identity"], &read.json()["contact"]].map(Value::to_string);
        assert!(names.iter().all(|name| !name.contains("jlx")), "{case}: {}", names.join(" "));
    }
    assert!(open > 0 && closed > 0, "{open} open, {closed} closed");
    assert_eq!(ground.head().await, before, "nothing was written");
}

fn short(reply: &Reply) -> String {
    let text: String = reply.text.chars().take(160).collect();
    format!("{} {text}", reply.status)
}
