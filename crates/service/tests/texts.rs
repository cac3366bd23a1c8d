//! The guard of free texts, on every text of the demonstration: nothing is taken for what it is not.

use std::path::Path;

use serde_json::Value;
use service::execute::found;

#[test]
fn no_text_of_the_demonstration_is_taken_for_a_private_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/demonstration");
    let (mut texts, mut taken) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).expect("the demonstration").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let story: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        for step in story["steps"].as_array().into_iter().flatten() {
            // What another tool says is not judged.
            if step["by"] == "immersion-facilitee" {
                continue;
            }
            texts += count(&step["body"]);
            let found = found(&step["body"]).into_iter();
            taken
                .extend(found.map(|(at, what)| format!("{} {} {at} {what:?}", path.display(), step["post"])));
        }
    }
    assert!(texts > 4_000, "{texts} texts were read");
    println!("{texts} texts were read, {} taken for private numbers", taken.len());
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        Value::String(_) => 1,
        _ => 0,
    }
}
