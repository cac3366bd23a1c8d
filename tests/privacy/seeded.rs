//! What must be found nowhere in clear: whatever the contracts do not declare `TRACE`, in what the story says and in
//! what the journal keeps of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use contracts::{Class, FactType, Recorded};
use deadpool_postgres::{Manager, Pool};
use sealing::{Keks, KeyRing, Sealer, SystemRandomness, wire};
use serde_json::Value;
use testkit::stack::{Demo, project};
use tokio_postgres::NoTls;
use uuid::Uuid;
use vocabulary::clock::{Clock as _, SystemClock};

/// How Immersion Facilitée calls what is personal in what it sends.
const NOTIFIED: [&str; 8] = [
    "firstName",
    "lastName",
    "email",
    "phone",
    "birthdate",
    "job",
    "immersionAddress",
    "immersionActivities",
];

/// What was said of people, and what was said in clear.
#[derive(Debug, Default)]
pub struct Seeded {
    /// Personal texts, none of which stands in clear in any fact.
    pub texts: BTreeSet<String>,
    /// Texts of a personal class that some other fact says in clear, as a trace, codes aside: nothing can be told of
    /// them.
    pub ambiguous: BTreeSet<String>,
    /// Texts of `TRACE` fields, the contracts' own words aside: they are in clear wherever facts are.
    pub clear: BTreeSet<String>,
    /// The kinds of facts that were told.
    pub kinds: BTreeSet<&'static str>,
}

/// Reads both, with the keys of that demonstration.
pub async fn seeded(demo: &Demo, story: &str) -> Seeded {
    let words = words();
    let (mut seeded, mut sealed) = (Seeded::default(), BTreeSet::new());
    for (kind, traces, parts) in opened(demo).await {
        seeded.kinds.insert(kind.name);
        seeded.clear.extend(texts_of(&meaning(kind, &traces)));
        sealed.extend(texts_of(&meaning(kind, &parts)));
    }
    let clear = crate::search::Searched::new(seeded.clear.iter().map(String::as_str));
    let is_personal = |text: &String| is_telling(text) && !words.contains(text);
    sealed.retain(is_personal);
    let in_clear: BTreeSet<String> = clear.found(&sealed).into_iter().cloned().collect();
    let (ambiguous, told): (BTreeSet<_>, BTreeSet<_>) =
        sealed.into_iter().partition(|text| in_clear.contains(text));
    seeded.ambiguous = ambiguous.into_iter().filter(|text| !is_code(text)).collect();
    seeded.texts = told;
    // Those whose keys are destroyed said something too. What the story names in the same way and a trace keeps was of
    // no person.
    seeded.clear.retain(|text| !words.contains(text));
    let mut of_story = of_story(story);
    of_story.retain(is_personal);
    let in_clear: BTreeSet<String> = clear.found(&of_story).into_iter().cloned().collect();
    seeded.texts.extend(of_story.into_iter().filter(|text| !in_clear.contains(text)));
    seeded
}

/// Ids are not personal; a day is looked for when it lies far before anything that is told, as births do.
fn is_telling(text: &str) -> bool {
    let is_day = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    let is_instant = text.parse::<jiff::Timestamp>().is_ok();
    let is_old = is_day && text < "2012";
    text.chars().filter(|letter| letter.is_alphanumeric()).count() > 1
        && text.parse::<Uuid>().is_err()
        && !is_instant
        && (is_old || !is_day)
}

/// Whether it is a code of a public list (a trade, a commune, the SIRET of a host, a service of a directory) or an
/// hour: one word with a digit. Offers, directories and meetings say the same ones of nobody.
fn is_code(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // A telephone number has ten.
    !text.contains([' ', '@']) && digits > 0 && digits != 10
}

/// The values of every enumeration: words of the contracts, not of people.
fn words() -> BTreeSet<String> {
    let (mut words, mut folders) = (BTreeSet::new(), vec![project().join("proto/jalon")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).expect("a contract");
            let values = text.lines().filter_map(|line| line.trim().split_once(" = ").map(|(name, _)| name));
            let is_word =
                |name: &&str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            words.extend(values.filter(is_word).map(str::to_owned));
        }
    }
    assert!(words.contains("CHRS") && words.len() > 300, "{} words", words.len());
    words
}

/// The names of the personal texts of the contracts, those inside their messages too: in a sample, a text says its
/// name.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (kind, bytes) in contracts::samples() {
        let kind = contracts::by_kind(kind).expect("a known kind");
        let split = wire::split(bytes, |number| kind.class_of(number)).expect("a sample");
        for (_, bytes) in split.personal {
            leaves(&meaning(kind, &bytes), "", &mut |name, text| {
                if name == text {
                    names.insert(name.to_owned());
                }
            });
        }
    }
    for known in ["family_name", "birth_date", "host_name", "work_conditions", "tutor_job", "language"] {
        assert!(names.contains(known), "{known} is not among the personal texts: {names:?}");
    }
    names
}

/// What the bodies of the story say under those names, of those who are erased since too.
fn of_story(story: &str) -> BTreeSet<String> {
    let folder = project().join("deploy/demonstration");
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).expect("a story")).expect("JSON")
    };
    let first = read(story);
    let others = first["with"].as_array().into_iter().flatten().filter_map(Value::as_str).map(read);
    let (names, mut texts) = (names(), BTreeSet::new());
    for story in others.chain([first.clone()]) {
        for step in story["steps"].as_array().expect("steps") {
            leaves(&step["body"], "", &mut |name, text| {
                if (names.contains(name) || NOTIFIED.contains(&name)) && !text.starts_with('@') {
                    texts.insert(text.to_owned());
                }
            });
        }
    }
    texts
}

fn texts_of(value: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    leaves(value, "", &mut |_, text| texts.push(text.to_owned()));
    texts
}

fn leaves(value: &Value, name: &str, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| leaves(value, name, each)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, name, each)),
        Value::String(text) => each(name, text.trim()),
        _ => {}
    }
}

fn meaning(kind: &FactType, bytes: &[u8]) -> Value {
    contracts::to_json(kind, bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// Every fact of the journal: the bytes of its traces, and those of its personal parts whose keys are not destroyed.
async fn opened(demo: &Demo) -> Vec<(&'static FactType, Vec<u8>, Vec<u8>)> {
    let environment = std::fs::read_to_string(demo.dir.join("environment")).expect("environment");
    let variables: BTreeMap<&str, &str> =
        environment.lines().filter_map(|line| line.split_once('=')).collect();
    let manager = Manager::new(variables["KEYS_DATABASE_URL"].parse().expect("a URL"), NoTls);
    let pool = Pool::builder(manager).max_size(2).build().expect("a pool");
    let keks = Keks::read(std::path::Path::new(variables["JALON_KEK_FILE"])).expect("the outside keys");
    let ring = KeyRing::new(pool, keks, Arc::new(SystemRandomness));
    let sealer = Sealer::new(ring, sealing::log_id(variables["JALON_ORIGIN"]), Arc::new(SystemRandomness));
    let facts = recorded(variables["DATABASE_URL"]).await;
    let items = facts.iter().map(|fact| (fact.place(sealer.log_id()), fact.payload.clone())).collect();
    let opened = sealer.open_many(items, |_| true).await.expect("the parts open");
    let split = |(fact, opened): (&Recorded, sealing::Opened)| {
        let split = wire::split(&opened.bytes, |number| fact.kind.class_of(number)).expect("a fact");
        let personal: Vec<(Class, Vec<u8>)> = split.personal;
        (fact.kind, split.clear, personal.into_iter().flat_map(|(_, bytes)| bytes).collect())
    };
    facts.iter().zip(opened).map(split).collect()
}

async fn recorded(database: &str) -> Vec<Recorded> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.expect("Postgres");
    tokio::spawn(connection);
    let select = "select position, stream_id, version, kind, event_id, case_id, command_id, metadata, payload
        from journal.facts order by position";
    let rows = client.query(select, &[]).await.expect("the facts");
    let today = SystemClock.now();
    let fact = |row: &tokio_postgres::Row| Recorded {
        position: row.get(0),
        stream_id: row.get(1),
        version: row.get::<_, i32>(2).cast_unsigned(),
        kind: contracts::by_code(row.get::<_, i16>(3).cast_unsigned()).expect("a known kind"),
        event_id: row.get(4),
        case_id: row.get(5),
        occurred_on: vocabulary::clock::day_in_paris(today),
        recorded_at: today,
        command_id: row.get(6),
        metadata: row.get(7),
        payload: row.get(8),
    };
    rows.iter().map(fact).collect()
}
