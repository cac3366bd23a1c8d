//! The house keeps its shape: who may depend on whom, what each service is made of, how long a file may
//! be, which word is never used, and what is declared about every fact and every rule.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use contracts::Class;

/// The crates: each may use those before it, never those after it.
const ORDER: &[&str] = &[
    "vocabulary",
    "grouping",
    "sealing",
    "contracts",
    "matching",
    "access",
    "sign-in",
    "telemetry",
    "journal",
    "messaging",
    "projections",
    "service",
    "situation",
    "local-servers",
    "bench",
    "testkit",
];
/// What only tests, measures and the demonstration use.
const NOT_IN_PRODUCTION: &[&str] = &["local-servers", "bench", "testkit"];
/// The command that puts all services together.
const COMMAND: &str = "jalon";
/// The longest a file may be.
const LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the workspace").to_owned()
}

fn workspace() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps().other_options(["--offline".to_owned()]);
    command.exec().expect("cargo describes the workspace")
}

/// The packages of that folder of the workspace.
fn packages<'a>(workspace: &'a Metadata, folder: &str) -> Vec<&'a Package> {
    let folder = root().join(folder);
    workspace
        .packages
        .iter()
        .filter(|package| package.manifest_path.as_std_path().starts_with(&folder))
        .collect()
}

/// The packages of the workspace it depends on, dev-dependencies aside unless they are asked for.
fn uses(package: &Package, in_tests_too: bool) -> Vec<&str> {
    let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    ours.filter(|dependency| in_tests_too || dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
        .collect()
}

/// Every file of the project with one of these extensions, what is built or downloaded aside.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder is read") {
            let path = entry.expect("an entry is read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_symlink() || name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_crate_uses_only_the_crates_before_it() {
    let workspace = workspace();
    let crates = packages(&workspace, "crates");
    let names: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ORDER.iter().copied().collect(), "every crate has its place in the order");
    let place = |name: &str| ORDER.iter().position(|crate_| *crate_ == name);
    let mut faults = Vec::new();
    for package in crates {
        for used in uses(package, false) {
            if place(used).is_none() || place(used) >= place(&package.name) {
                faults.push(format!("{} uses {used}", package.name));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn services_never_import_one_another_not_even_in_their_tests() {
    let workspace = workspace();
    let services = packages(&workspace, "services");
    let names: Vec<&str> = services.iter().map(|package| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for package in services.iter().filter(|package| package.name.as_str() != COMMAND) {
        let wrong = uses(package, true).into_iter().filter(|used| names.contains(used));
        faults.extend(wrong.map(|used| format!("{} uses {used}", package.name)));
    }
    assert_none(&faults);
}

#[test]
fn what_is_for_tests_stays_out_of_services() {
    let workspace = workspace();
    let mut faults = Vec::new();
    for package in packages(&workspace, "services").iter().filter(|package| package.name.as_str() != COMMAND)
    {
        let wrong = uses(package, false).into_iter().filter(|used| NOT_IN_PRODUCTION.contains(used));
        faults.extend(wrong.map(|used| format!("{} uses {used}", package.name)));
    }
    assert_none(&faults);
}

#[test]
fn every_context_has_its_service_with_the_same_rooms() {
    let contexts: BTreeSet<&str> =
        contracts::all_aggregates().iter().map(|aggregate| aggregate.context).collect();
    let rooms = ["src/lib.rs", "src/domain.rs", "src/http.rs", "tests/rules.rs"];
    let mut faults = Vec::new();
    for context in contexts {
        let service = root().join("services").join(context);
        faults.extend(
            rooms
                .iter()
                .map(|room| service.join(room))
                .filter(|room| !room.exists())
                .map(|room| shown(&room)),
        );
        let domain = service.join("src/domain");
        let here: Vec<PathBuf> =
            files(&["rs"]).into_iter().filter(|file| file.starts_with(&domain)).collect();
        let count = |name: &str| here.iter().filter(|file| file.ends_with(name)).count();
        let aggregates = contracts::all_aggregates().iter().filter(|a| a.context == context).count();
        for room in ["aggregate.rs", "commands.rs"] {
            if count(room) != aggregates {
                faults.push(format!("{context} has {aggregates} aggregates and {} {room}", count(room)));
            }
        }
    }
    assert_none(&faults);
}

/// Whether only tests read it.
fn in_tests(path: &Path) -> bool {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

#[test]
fn no_file_outside_tests_is_longer_than_400_lines() {
    let mut faults = Vec::new();
    for path in files(&["rs", "proto", "sql", "html", "css", "js", "sh"]) {
        let lines = read(&path).lines().count();
        if lines > LINES && !in_tests(&path) {
            faults.push(format!("{} has {lines} lines", shown(&path)));
        }
    }
    assert_none(&faults);
}

#[test]
fn an_obstacle_is_never_called_otherwise() {
    let word = ["fre", "in"].concat();
    let words = [word.clone(), word + "s"];
    let mut faults = Vec::new();
    for path in
        files(&["rs", "proto", "sql", "html", "json", "css", "js"]).into_iter().filter(|path| !in_tests(path))
    {
        for (number, line) in read(&path).lines().enumerate() {
            let line = line.to_lowercase();
            let mut tokens = line.split(|letter: char| !letter.is_alphanumeric());
            if tokens.any(|token| words.iter().any(|word| word == token)) {
                faults.push(format!("{}:{}", shown(&path), number + 1));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_field_of_every_fact_has_a_class_of_data() {
    let mut codes = BTreeSet::new();
    for fact in contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts) {
        assert!(codes.insert(fact.code()), "{} has the number of another fact", fact.kind);
        for field in fact.fields {
            let class = if field.class == 0 { Some(Class::Trace) } else { Class::from_code(field.class) };
            assert!(class.is_some(), "{}.{} has no class", fact.kind, field.name);
        }
    }
}

#[test]
fn every_rule_has_an_id_of_its_own_and_is_listed() {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for service in fs::read_dir(root().join("services")).expect("the services are read") {
        let folder = service.expect("a service is read").path().join("src");
        let sources = files(&["rs"]).into_iter().filter(|file| file.starts_with(&folder));
        let code: String = sources.map(|file| read(&file)).collect();
        let listed: Vec<&str> = code
            .split("const RULES: &[&Rule] = &[")
            .skip(1)
            .filter_map(|after| after.split("];").next())
            .flat_map(|list| list.split(','))
            .filter_map(|entry| entry.trim().trim_start_matches('&').rsplit("::").next())
            .collect();
        for declared in code.split("pub const ").skip(1).filter(|after| names_a_rule(after)) {
            let name = declared.split(':').next().unwrap_or_default();
            let id = declared.split('"').nth(1).unwrap_or_default().to_owned();
            let place = format!("{} in {}", name, shown(&folder));
            if !listed.contains(&name) {
                faults.push(format!("{place} is not in RULES"));
            }
            if let Some(other) = ids.insert(id.clone(), place.clone()) {
                faults.push(format!("{place} has the id {id} of {other}"));
            }
        }
    }
    assert!(ids.len() > 20, "the rules are found: {ids:?}");
    assert_none(&faults);
}

/// Whether what follows `pub const` is `NAME: Rule = …`.
fn names_a_rule(after: &str) -> bool {
    after.split_once(':').is_some_and(|(_, kind)| kind.trim_start().starts_with("Rule ="))
}

#[test]
fn the_page_of_the_verification_standard_names_tests_that_exist() {
    let page = read(&root().join("tests/asvs.md"));
    let mut faults = Vec::new();
    let mut named = 0;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let quoted: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        for (place, file) in quoted.iter().enumerate().filter(|(_, file)| file.ends_with(".rs")) {
            let test = quoted.get(place + 1).filter(|test| test.starts_with(char::is_lowercase));
            let Some(test) = test.filter(|test| !test.contains(['/', '.'])) else {
                faults.push(format!("{file} is named without any test of it"));
                continue;
            };
            named += 1;
            let path = root().join(file);
            if !path.exists() || !read(&path).contains(&format!("fn {test}(")) {
                faults.push(format!("{file} has no test {test}"));
            }
        }
    }
    assert!(named > 60, "{named} tests are named");
    assert_none(&faults);
}
