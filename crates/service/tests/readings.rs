//! Nothing personal is opened without saying who reads: the places that open in nobody’s name are these, and none
//! opens beside `Runtime::open`.

use std::{fs, path::Path};

/// Where parts of Jalon open what they show to nobody, and why.
const BY_SYSTEM: &[(&str, &str)] = &[
    ("crates/service/src/known.rs", "rules"),
    ("crates/service/src/search/keeper.rs", "search"),
    ("services/followup/src/pages/sign_in.rs", "sign-in"),
    ("services/followup/src/read/agenda/offers.rs", "offers and wishes compared"),
    ("services/immersion/src/inbound/http.rs", "conventions attached"),
    ("services/immersion/src/inbound/index.rs", "conventions recognised"),
    ("services/immersion/src/inbound/receive.rs", "conventions attached"),
    ("services/jalon/src/forget.rs", "forgetting checked"),
    ("services/notice/src/mailer/addressee.rs", "letters"),
    ("services/platform/src/queries/matches.rs", "offers and wishes compared"),
];

/// Where every row about people is seen, over the second wall, and what for: nobody is shown any of them.
const MACHINERY: &[(&str, &str)] = &[
    ("crates/service/src/agenda/clock.rs", "what is due"),
    ("crates/service/src/known/of_case.rs", "what rules need"),
    ("crates/service/src/runtime.rs", "what rules need"),
    ("crates/service/src/search/keeper.rs", "people found again"),
    ("services/audit/src/guard.rs", "whose access is suspended"),
    ("services/followup/src/read/emergencies.rs", "emergencies that are counted"),
    ("services/followup/src/read/paths.rs", "paths that are counted"),
    ("services/followup/src/read/protection.rs", "erasures that are counted"),
    ("services/followup/src/read/report.rs", "acts that are counted"),
    ("services/immersion/src/inbound/index.rs", "conventions recognised"),
    ("services/jalon/src/bench/pages.rs", "the physical limit of a measure"),
    ("services/jalon/src/bench/project.rs", "the physical limit of a measure"),
    ("services/jalon/src/demo/time.rs", "what is due, in the demonstration"),
    ("services/jalon/src/pooler.rs", "what a session keeps of its options"),
    ("services/jalon/src/retention.rs", "what comes to the end of its time"),
    ("services/jalon/src/rights.rs", "who that login is"),
    ("services/jalon/src/runtime.rs", "the pool itself"),
    ("services/jalon/src/status.rs", "letters that wait, counted"),
    ("services/notice/src/counts.rs", "requests that an organisation has not answered, counted for it"),
    ("services/notice/src/mailer/notices.rs", "letters that wait"),
];

/// Every source that is not a test: its path in the project, and its text on one line.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut folders, mut found) = (vec![root.join("crates"), root.join("services")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if !["tests", "examples", "benches", "target"].contains(&name) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                let shown = path.strip_prefix(&root).expect("inside").display().to_string();
                found.push((shown, text.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    assert!(found.len() > 200, "the sources are found");
    found
}

#[test]
fn the_places_that_open_in_nobodys_name_are_known() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        for after in text.split("Reading::by_system(").skip(1) {
            let why = after.trim_start().trim_start_matches('"').split('"').next().unwrap_or_default();
            found.push((path.clone(), why.to_owned()));
        }
    }
    found.sort();
    found.dedup();
    let known: Vec<(String, String)> =
        BY_SYSTEM.iter().map(|(path, why)| ((*path).to_owned(), (*why).to_owned())).collect();
    assert_eq!(
        found, known,
        "a place that opens in nobody’s name shows nothing to anybody: look, then list it"
    );
}

#[test]
fn the_places_that_see_over_the_second_wall_are_known() {
    let sees = [".machinery.get()", "runtime::machinery(", "projections::MACHINERY", "jalon.reader"];
    let own = ["crates/projections/", "crates/testkit/", "crates/service/src/reader.rs"];
    let mut found: Vec<String> = sources()
        .into_iter()
        .filter(|(path, _)| !own.iter().any(|own| path.starts_with(own)))
        .filter(|(_, text)| sees.iter().any(|sees| text.replace(" .", ".").contains(sees)))
        .map(|(path, _)| path)
        .collect();
    found.sort();
    let known: Vec<&str> = MACHINERY.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, known, "a place that sees every row shows nobody any: look, then list it");
}

#[test]
fn nothing_is_opened_beside_the_runtime() {
    let opens = ["sealer.open_each(", "sealer.open_many(", "sealing::open("];
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.starts_with("crates/sealing/")) {
        let text = text.replace(" .", ".");
        let opened = opens.iter().find(|opens| text.contains(**opens));
        assert!(
            opened.is_none() || path == "crates/service/src/runtime.rs",
            "{path}: {}",
            opened.unwrap_or(&"")
        );
    }
}
