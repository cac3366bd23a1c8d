//! No address holds what may be somebody’s name: histories, proxies and logs keep addresses. Neither a field of a form
//! that is sent by its address, nor a parameter that a route reads, nor one that is described. What is searched is sent
//! in a body.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use testkit::stack::Stack;
use tests::World;

use crate::{
    ground::{Ground, Reply},
    routes::files,
};

/// Parameters that are numbers, ids, days, or words of a closed list.
const TYPED: &[&str] = &[
    "addressee",
    "after",
    "au",
    "depuis",
    "dimension",
    "du",
    "employer",
    "etat",
    "fichier",
    "fragment",
    "from",
    "kind",
    "known_at",
    "led",
    "limit",
    "min_position",
    "nouveau",
    "order",
    "organisation",
    "overdue",
    "platform",
    "show",
    "state",
    "structure",
    "to",
    "until",
    "voir",
];

/// Parameters that are texts, and why none of them is anybody’s name.
const TEXTS: &[(&str, &str)] = &[
    ("commune", "a code of INSEE, or 400"),
    ("cursor", "positions, days and ids, written by the server"),
    ("invitation", "a secret that is good once"),
    ("ordre", "a word of a list, or 400"),
    ("quoi", "a code of the contracts, or 400"),
    ("qui", "the id of an organisation, or 400"),
    ("retard", "a word of a list, or 400"),
    ("rome", "a code of the ROME, or 400"),
    ("suite", "a cursor; on the page of the second factor, the path one came from"),
    ("theme", "a code of data·inclusion, or 400"),
    ("vers", "the path one came from"),
];

/// The places that read an address otherwise than by `Params`.
const OTHERWISE: &[(&str, &str)] = &[
    ("crates/service/src/query.rs", "it is `Params`"),
    ("crates/service/src/api/knock.rs", "whether a page keeps itself up to date"),
    (
        "services/followup/src/pages/sign_in/provider.rs",
        "what an OpenID Connect provider sends back: a code, a state",
    ),
];

fn is_known(name: &str) -> bool {
    TYPED.contains(&name) || TEXTS.iter().any(|(text, _)| *text == name)
}

/// What stands after each of these marks, up to that sign.
fn after<'t>(text: &'t str, mark: &'t str, end: char) -> impl Iterator<Item = &'t str> {
    text.split(mark).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// The parameters that routes read: of each structure of that name, its members and their types.
fn parameters(sources: &BTreeMap<String, String>) -> BTreeMap<String, Vec<(String, String)>> {
    let asked: BTreeSet<&str> = sources
        .values()
        .flat_map(|text| after(text, "Params<", '>'))
        .filter(|name| name.len() > 1 && name.chars().all(char::is_alphanumeric))
        .collect();
    let mut found = BTreeMap::new();
    for name in asked {
        let mark = format!("struct {name} {{\n");
        let bodies = sources.values().flat_map(|text| after(text, &mark, '}'));
        let members: Vec<(String, String)> = bodies
            .flat_map(str::lines)
            .map(|line| line.trim().trim_start_matches("pub(crate) ").trim_start_matches("pub "))
            .filter(|line| !line.starts_with(['/', '#']))
            .filter_map(|line| line.trim_end_matches(',').split_once(": "))
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .collect();
        assert!(!members.is_empty(), "{name} was not found");
        found.insert(name.to_owned(), members);
    }
    found
}

#[test]
fn no_route_reads_a_name_from_its_address() {
    let sources = files("rs");
    let all = parameters(&sources);
    assert!(all.len() > 30, "{} structures of parameters", all.len());
    for (structure, members) in &all {
        for (name, kind) in members {
            assert!(
                is_known(name),
                "{structure} reads « {name} » from an address: is it never anybody’s name?"
            );
            let text = kind.contains("String");
            let why = TEXTS.iter().any(|(text, _)| text == name);
            assert!(!text || why, "« {name} » of {structure} may be any text: say what it is, and check it");
        }
    }
    for (path, text) in &sources {
        let reads = ["Query<", "Query(", "RawQuery", "uri.query()", "uri().query()"];
        let reads = reads.iter().any(|mark| text.contains(mark));
        let known = OTHERWISE.iter().any(|(known, _)| path == known);
        assert!(!reads || known, "{path} reads an address by itself");
    }
    let read: BTreeSet<&str> = all.values().flatten().map(|(name, _)| name.as_str()).collect();
    let idle: Vec<_> = TYPED
        .iter()
        .chain(TEXTS.iter().map(|(name, _)| name))
        .filter(|name| !read.contains(**name))
        .collect();
    assert!(idle.is_empty(), "nobody reads {idle:?} any more");
}

#[test]
fn no_form_sends_a_text_by_its_address() {
    let (templates, sources) = (files("html"), files("rs"));
    let (mut by_address, mut by_body) = (0, 0);
    for (path, text) in &templates {
        for form in after(text, "<form", '\0') {
            let form = form.split("</form>").next().unwrap_or_default();
            let (tag, fields) = form.split_once('>').expect("a tag ends");
            match after(tag, "method=\"", '"').next() {
                Some("post") => by_body += 1,
                Some("get") => {
                    by_address += 1;
                    only_what_is_closed(path, fields, &sources);
                }
                method => panic!("{path}: a form says how it is sent, and not {method:?}"),
            }
        }
        // Addresses that a page writes, and where a form is sent.
        for address in
            ["href=\"", "action=\"", "data-direct=\""].iter().flat_map(|mark| after(text, mark, '"'))
        {
            let Some((_, asked)) = address.split_once('?') else { continue };
            let names = asked.split(['&', '?']).filter_map(|pair| pair.split('=').next());
            names.for_each(|name| assert!(is_known(name), "{path}: « {name} » in {address}"));
        }
    }
    assert!(by_address >= 2 && by_body > 25, "{by_address} and {by_body} forms were found");
}

/// The fields of a form that is sent by its address: none is typed but a day.
fn only_what_is_closed(path: &str, fields: &str, sources: &BTreeMap<String, String>) {
    assert!(!fields.contains("<textarea"), "{path}: a text is sent by an address");
    for input in after(fields, "<input", '>') {
        let kind = after(input, "type=\"", '"').next().unwrap_or("text");
        assert!(["date", "hidden", "checkbox", "radio"].contains(&kind), "{path}: « {kind} » by an address");
    }
    for name in after(fields, " name=\"", '"') {
        if name != "{{ field.name }}" {
            assert!(is_known(name), "{path}: « {name} » is sent by an address");
            continue;
        }
        let given = sources.values().flat_map(|text| {
            ["Field::date(\"", "Field::choice(\"", "Field::date(\n", "Field::choice(\n"]
                .into_iter()
                .flat_map(|mark| after(text, mark, ','))
        });
        let given: BTreeSet<&str> = given.map(|name| name.trim().trim_matches('"')).collect();
        assert!(given.len() > 3, "{given:?}");
        given.iter().for_each(|name| assert!(is_known(name), "{path}: « {name} » is sent by an address"));
    }
}

#[test]
fn no_script_writes_a_text_in_an_address_or_keeps_one() {
    let scripts = files("js");
    assert!(!scripts.is_empty());
    for (path, text) in scripts {
        let names: Vec<&str> = after(&text, "searchParams.set(\"", '"').collect();
        assert!(names.iter().all(|name| is_known(name)), "{path}: {names:?}");
        for kept in
            ["localStorage", "sessionStorage", "indexedDB", "pushState", "replaceState", "document.cookie"]
        {
            assert!(!text.contains(kept), "{path} keeps something: {kept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_is_searched_in_a_body_and_no_address_takes_their_name() {
    let stack = Stack::start("attacks-addresses").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    let openapi = ground.get(&world.cip, "/api/v1/openapi.json").await.json();
    let mut described = 0;
    for (path, item) in openapi["paths"].as_object().expect("paths") {
        for operation in item.as_object().expect("operations").values() {
            let all = operation["parameters"].as_array().cloned().unwrap_or_default();
            for one in all.iter().filter(|one| one["in"] == "query") {
                let name = one["name"].as_str().expect("a name");
                assert!(is_known(name), "{path}: « {name} » is described in an address");
                described += 1;
            }
        }
    }
    assert!(described > 60, "{described} parameters");

    let name = "Peyrebrune";
    let case = world.open_case(name, "Ana", "1990-01-15").await;
    let boards = ["/".to_owned(), format!("/plateformes/{}", world.platform)];
    for board in &boards {
        for asked in
            [format!("q={name}"), format!("nom={name}"), format!("suite={name}"), format!("voir={name}")]
        {
            let refused = page(&ground, &world.cip, &Method::GET, &format!("{board}?{asked}"), None).await;
            assert_eq!(refused.status, 400, "{board}?{asked}");
        }
        let found = page(&ground, &world.cip, &Method::POST, board, Some(&format!("q={name}"))).await;
        assert_eq!(found.status, 200, "{}", found.text);
        assert!(
            found.text.contains(&format!("/dossiers/{case}")) && found.text.contains(name),
            "{}",
            found.text
        );
        for attribute in ["href=\"", "action=\"", "data-direct=\"", "id=\"", "title=\"", "src=\""] {
            let holds: Vec<&str> =
                after(&found.text, attribute, '"').filter(|value| value.contains(name)).collect();
            assert!(holds.is_empty(), "{board}: {attribute} holds a name: {holds:?}");
        }
        let title = found.text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert!(title.is_some_and(|title| !title.contains(name)), "{title:?}");
    }
    // Where a form leads is written in no address either.
    let nothing = page(&ground, &world.cip, &Method::POST, "/", Some("q=&voir=emploi")).await;
    assert_eq!((nothing.status, nothing.header("location").as_deref()), (303, Some("/?voir=emploi")));
    ground.kept_quiet(&[name]);
}

async fn page(ground: &Ground, token: &str, method: &Method, path: &str, form: Option<&str>) -> Reply {
    let request = ground.request(method, path).bearer_auth(token).header("accept", "text/html");
    ground
        .send(match form {
            Some(form) => {
                let kind = ("content-type", "application/x-www-form-urlencoded");
                request.header(kind.0, kind.1).body(form.to_owned())
            }
            None => request,
        })
        .await
}
