//! Every text of every command of a whole world carries a program; every page shows it as words. In the same world,
//! what is hidden is as what does not exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
};

use serde_json::{Value, json};
use testkit::stack::{Demo, folder, node, project};
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    ground::Ground,
    hidden, html,
    routes::{self, Route},
};

/// What is written after each text: it leaves an attribute, an element and a string of a script.
const PAYLOAD: &str = " jlx\"'><img src=x onerror=window.jlx=1><script>window.jlx=1</script>&lt;b&gt;jly";

/// Members whose texts are codes or names of things elsewhere: they mean something to the machine.
const CODES: &[&str] = &[
    "rome_code",
    "commune_code",
    "siret",
    "naf_codes",
    "external_ids",
    "directory",
    "service_id",
    "reference",
    "themes",
    "fees",
    "reception_modes",
    "referrers",
    "number",
    "hour",
    "starts_at",
    "phone",
    "email",
];

/// Whether that text is free: neither an id, nor a day, nor a word of the contracts.
fn is_free(name: &str, text: &str) -> bool {
    let word = text.chars().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_');
    let day = text.len() >= 10
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && text.as_bytes()[4] == b'-';
    !CODES.contains(&name) && !word && !day && !text.starts_with('@') && text.parse::<Uuid>().is_err()
}

fn poison(value: &mut Value, name: &str, touched: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(name, value)| poison(value, name, touched)),
        Value::Array(items) => items.iter_mut().for_each(|value| poison(value, name, touched)),
        Value::String(text) if is_free(name, text) => {
            touched.entry(name.to_owned()).or_default().insert(text.clone());
            text.push_str(PAYLOAD);
        }
        _ => {}
    }
}

/// What another tool says of those whom we named otherwise is said in the same words.
fn follow(value: &mut Value, known: &BTreeSet<String>) {
    match value {
        Value::Object(object) => object.values_mut().for_each(|value| follow(value, known)),
        Value::Array(items) => items.iter_mut().for_each(|value| follow(value, known)),
        Value::String(text) if known.contains(text) => text.push_str(PAYLOAD),
        _ => {}
    }
}

/// The demonstration with that payload in every text, in one file; and which members it is in.
fn story(dir: &Path) -> BTreeSet<String> {
    let read = |file: &str| -> Value {
        let path = project().join("deploy/demonstration").join(file);
        serde_json::from_str(&std::fs::read_to_string(path).expect("a story")).expect("JSON")
    };
    let mut story = read("tesa.json");
    let with: Vec<Value> = story["with"].as_array().expect("stories told with it").clone();
    let mut steps = story["steps"].as_array().expect("steps").clone();
    for file in &with {
        let other = read(file.as_str().expect("a file"));
        steps.extend(other["steps"].as_array().expect("steps").iter().cloned());
    }
    steps.sort_by_key(|step| step["at"].as_str().unwrap_or_default().to_owned());
    let mut touched = BTreeMap::new();
    for step in steps.iter_mut().filter(|step| step["by"] != "immersion-facilitee") {
        poison(&mut step["body"], "", &mut touched);
    }
    let names = ["family_name", "given_name"].iter().filter_map(|name| touched.get(*name));
    let names: BTreeSet<String> = names.flatten().cloned().collect();
    for step in steps.iter_mut().filter(|step| step["by"] == "immersion-facilitee") {
        follow(&mut step["body"], &names);
    }
    story["steps"] = Value::Array(steps);
    story.as_object_mut().expect("an object").remove("with");
    std::fs::write(dir.join("story.json"), story.to_string()).expect("a file");
    touched.into_keys().collect()
}

/// The addresses of every page, for what the story tells of.
async fn pages(ground: &Ground, openapi: &Value) -> Vec<String> {
    let ids = async |sql: &str| -> Vec<Uuid> {
        ground.database.query(sql, &[]).await.expect("ids").iter().map(|row| row.get(0)).collect()
    };
    let of_kind = "select distinct stream_id from journal.facts where ((kind::int + 65536) % 65536) >> 8 = ";
    let code = |name: &str| {
        contracts::all_aggregates().iter().find(|one| one.name == name).expect("an aggregate").code
    };
    let mut pages = Vec::new();
    for route in routes::all(openapi) {
        let Route { method, path, .. } = &route;
        let read = method.as_str() == "GET" && !path.ends_with("direct") && !path.starts_with("/statique");
        if !read || ["/readyz", "/api/v1/events"].contains(&path.as_str()) || path.contains("connexion/") {
            continue;
        }
        let first = path.trim_start_matches("/api/v1").split('/').nth(1).unwrap_or_default();
        let named = match first {
            "dossiers" | "cases" => {
                ids("select distinct case_id from journal.facts where case_id is not null").await
            }
            "plateformes" | "platforms" => ids(&format!("{of_kind}{}", code("platform"))).await,
            "structures" => ids(&format!("{of_kind}{} limit 3", code("organisation"))).await,
            "postes" | "posts" => ids(&format!("{of_kind}{} limit 12", code("post"))).await,
            "offers" => ids(&format!("{of_kind}{} limit 5", code("offer"))).await,
            _ => Vec::new(),
        };
        match route.has_id() {
            true => pages.extend(named.iter().map(|id| route.at(&id.to_string()))),
            false => pages.push(path.clone()),
        }
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn words_stay_words_and_what_is_hidden_is_as_what_does_not_exist() {
    let dir = folder("attacks-words");
    let members = story(&dir);
    assert!(members.len() > 40 && members.contains("family_name") && members.contains("text"), "{members:?}");
    let file = dir.join("story.json");
    let demo = Demo::tell(dir, file.to_str().expect("a path"), false, &[]).await;
    let ground = Ground::of_demo(&demo).await;
    let readers: Vec<String> = ["REFERENT_EMPLOI", "REFERENT_SOCIAL", "ANIMATEUR_PLATEFORME"]
        .iter()
        .map(|role| demo.token(role))
        .collect();
    let openapi = ground.get(&readers[0], "/api/v1/openapi.json").await.json();
    hidden::is_as_unknown(&ground, &openapi).await;
    hidden::strange_ids_name_nothing(&ground, &openapi).await;
    hidden::the_next_case_is_closed(&ground, &readers[0]).await;
    shown_as_words(&ground, &openapi, &readers).await;
    in_a_browser(&demo).await;
    ground.kept_quiet(&["jlx", "N’Guessan", "Peyrebrune"]);
    demo.stop().await;
}

async fn shown_as_words(ground: &Ground, openapi: &Value, readers: &[String]) {
    let pages = pages(ground, openapi).await;
    let (mut shown, mut wrong) = (0, Vec::new());
    for (turn, page) in pages.iter().enumerate() {
        if turn % 30 == 0 {
            ground.read_afresh().await;
        }
        for reader in readers {
            let request =
                ground.request(&reqwest::Method::GET, page).header("accept", "text/html,application/json");
            let reply = ground.send(request.bearer_auth(reader)).await;
            let kind = reply.header("content-type").unwrap_or_default();
            let found = if kind.starts_with("text/html") {
                html::wrong(&reply.text)
            } else {
                let other = !kind.contains("json") && !kind.starts_with("text/plain");
                if other { vec![format!("of the kind « {kind} »")] } else { Vec::new() }
            };
            shown += usize::from(kind.starts_with("text/html") && reply.text.contains("jlx"));
            wrong.extend(found.into_iter().map(|what| format!("{page}: {what}")));
            // One reader is enough for what is shown to them.
            if reply.status == 200 && page != "/" {
                break;
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} things are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    assert!(shown > 60, "{shown} of {} pages show what was written", pages.len());
}

/// The same in Chromium: nothing runs, nothing is asked of another address.
async fn in_a_browser(demo: &Demo) {
    let output = Command::new(node())
        .arg(project().join("tests/browser/words.mjs"))
        .arg(json!({"run": demo.dir.join("run.json"), "case": demo.id("case-amina")}).to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("Node is there: « make setup-tests » installs it");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
