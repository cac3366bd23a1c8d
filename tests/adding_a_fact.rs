//! What a new fact costs: the one that `services/README.md` shows whole is counted, added to a copy of the house, built
//! and tried there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use testkit::stack::project;

/// The most lines a fact may take, blank ones included…
const LINES: usize = 40;
/// … and the most files.
const FILES: usize = 5;

/// Where a block of the README goes.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before the line that closes what this line opens: the next one that is as far to the left.
    Inside(&'static str, &'static str),
    /// Under this line.
    Under(&'static str, &'static str),
    /// Under the last line that begins so.
    Last(&'static str, &'static str),
    /// At the end of the file, after an empty line.
    End,
}

/// The blocks, in their order: the file, the place in it, with how it is indented there.
const BLOCKS: [(&str, Place); 7] = [
    ("proto/jalon/employment/v1/events.proto", Place::Inside("  oneof event {", "    ")),
    ("proto/jalon/employment/v1/events.proto", Place::End),
    ("services/employment/src/domain/aggregate.rs", Place::Inside("pub struct State {", "    ")),
    ("services/employment/src/domain/aggregate.rs", Place::Under("        match event {", "            ")),
    ("services/employment/src/domain/commands/course.rs", Place::End),
    ("services/employment/src/http.rs", Place::Last("        .command::<", "        ")),
    ("services/employment/tests/rules/staying.rs", Place::End),
];

/// The blocks of code under « A fact, whole », and the text around them.
fn example() -> (Vec<Vec<String>>, String) {
    let readme = fs::read_to_string(project().join("services/README.md")).expect("the README");
    let section = readme.split("\n## ").find(|section| section.starts_with("A fact, whole\n"));
    let (mut blocks, mut text, mut open) = (Vec::new(), String::new(), None);
    for line in section.expect("the section « A fact, whole »").lines() {
        match (&mut open, line.starts_with("```")) {
            (None, true) => open = Some(Vec::new()),
            (None, false) => text.push_str(line),
            (Some(_), true) => blocks.extend(open.take()),
            (Some(block), false) => block.push(line.to_owned()),
        }
    }
    (blocks, text)
}

/// That file with that block.
fn with_block(text: &str, place: Place, block: &[String]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let find =
        |start: &str| lines.iter().position(|line| line == start).unwrap_or_else(|| panic!("no « {start} »"));
    let (at, indent) = match place {
        Place::Inside(opening, indent) => {
            let start = find(opening);
            let margin = opening.len() - opening.trim_start().len();
            let closes = |line: &String| line.len() == margin + 1 && line.ends_with('}');
            let end = lines[start..].iter().position(closes).expect("what opens is closed");
            (start + end, indent)
        }
        Place::Under(line, indent) => (find(line) + 1, indent),
        Place::Last(beginning, indent) => {
            let last = lines.iter().rposition(|line| line.starts_with(beginning));
            (last.unwrap_or_else(|| panic!("nothing begins with « {beginning} »")) + 1, indent)
        }
        Place::End => {
            lines.push(String::new());
            (lines.len(), "")
        }
    };
    let indented =
        block.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
    lines.splice(at..at, indented.collect::<Vec<_>>());
    lines.join("\n") + "\n"
}

/// Each file of the example as it is, and with the example.
fn added() -> Vec<(&'static str, String, String)> {
    let (blocks, text) = example();
    assert_eq!(blocks.len(), BLOCKS.len(), "the blocks of the README");
    let mut files: Vec<(&str, String, String)> = Vec::new();
    for (block, (file, place)) in blocks.iter().zip(BLOCKS) {
        assert!(text.contains(file), "the README says that something goes in {file}");
        if !files.iter().any(|(known, ..)| *known == file) {
            let text =
                fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            files.push((file, text.clone(), text));
        }
        let (_, _, after) = files.iter_mut().find(|(known, ..)| *known == file).expect("it was read");
        *after = with_block(after, place, block);
    }
    files
}

fn lines(text: &str) -> usize {
    text.lines().count()
}

#[test]
fn the_fact_of_the_readme_takes_at_most_forty_lines_in_five_files_of_its_context() {
    let files = added();
    let costs: Vec<(&str, usize)> =
        files.iter().map(|(file, before, after)| (*file, lines(after) - lines(before))).collect();
    let total: usize = costs.iter().map(|(_, lines)| lines).sum();
    println!("{total} lines in {} files: {costs:#?}", costs.len());
    assert!(total <= LINES && costs.len() <= FILES, "{total} lines in {} files: {costs:#?}", costs.len());
    assert!(costs.iter().all(|(file, _)| file.contains("employment")), "nothing of another context");

    // It is no fact of the contracts already, and its number is free.
    let (blocks, _) = example();
    let member: Vec<&str> = blocks[0][0].trim_end_matches(';').split_whitespace().collect();
    let [kind, _, "=", number] = member[..] else { panic!("{member:?} is no line of a oneof") };
    let employment =
        contracts::all_aggregates().iter().find(|one| one.name == "employment").expect("it is known");
    assert!(employment.facts.iter().all(|fact| fact.name != kind), "{kind} exists: show another fact");
    assert!(
        employment.facts.iter().all(|fact| fact.number.to_string() != number),
        "{number} is taken: give the example another number"
    );
    // What the table of the first page says is what it costs.
    let page = fs::read_to_string(project().join("README.md")).expect("the README");
    let told = page.lines().filter(|line| {
        line.starts_with("| `proto/jalon/<context>") || line.starts_with("| `services/<context>")
    });
    let told: Vec<usize> = told.filter_map(|line| line.split(" | ").nth(1)?.parse().ok()).collect();
    assert_eq!(told, costs.iter().map(|(_, lines)| *lines).collect::<Vec<_>>(), "the table of README.md");
}

/// Copies a folder, what is built or downloaded aside.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != "node_modules" && name != "target" {
                copy(&path, &to.join(name));
            }
            continue;
        }
        // What did not change keeps its time: only what the example changes is built again.
        let (bytes, file) = (fs::read(&path).expect("a file"), to.join(name));
        if fs::read(&file).ok().as_ref() != Some(&bytes) {
            fs::write(file, bytes).expect("a copy");
        }
    }
}

/// Removes from the copy what the house no longer has.
fn prune(copy: &Path, from: &Path) {
    for entry in fs::read_dir(copy).expect("a folder").flatten() {
        let (path, twin) = (entry.path(), from.join(entry.file_name()));
        match (path.is_dir(), twin.exists()) {
            (true, true) => prune(&path, &twin),
            (true, false) => fs::remove_dir_all(&path).expect("removed"),
            (false, false) => fs::remove_file(&path).expect("removed"),
            (false, true) => {}
        }
    }
}

fn cargo(house: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(house)
        .env("CARGO_TARGET_DIR", project().join("target"))
        .output()
        .expect("cargo runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
#[ignore = "builds half of the house: make add-a-fact"]
fn the_fact_of_the_readme_is_added_built_and_tried() {
    let house = project().join("target/adding-a-fact");
    let changed: BTreeSet<PathBuf> = added().iter().map(|(file, ..)| house.join(file)).collect();
    for folder in ["proto", "crates", "services", "tests"] {
        copy(&project().join(folder), &house.join(folder));
        prune(&house.join(folder), &project().join(folder));
    }
    for file in ["Cargo.toml", "Cargo.lock", ".rustfmt.toml", ".clippy.toml"] {
        fs::copy(project().join(file), house.join(file)).expect("a copy");
    }
    for (file, _, after) in added() {
        fs::write(house.join(file), after).expect("a file of the example");
    }
    assert_eq!(changed.len(), FILES);
    let (formatted, said) = cargo(&house, &["fmt", "-p", "employment", "--check"]);
    assert!(formatted, "the example is written as rustfmt writes it:\n{said}");
    let (tried, said) = cargo(
        &house,
        &[
            "test",
            "--locked",
            "-p",
            "employment",
            "--test",
            "rules",
            "--",
            "a_trial_does_not_end_before_the_contract_begins",
        ],
    );
    assert!(tried && said.contains("1 passed"), "{said}");
}
