//! Every route there is: those described, and the pages and doors that are not.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use testkit::stack::project;

/// A route, and what is described of its body.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// Its template.
    pub path: String,
    /// The schema of its body, when there is one.
    pub body: Option<Value>,
}

impl Route {
    /// Its address, with that text for each id.
    pub fn at(&self, id: &str) -> String {
        let tokens = self.path.split('/').map(|token| if token.starts_with('{') { id } else { token });
        tokens.collect::<Vec<_>>().join("/")
    }

    /// Whether it names something by an id.
    pub fn has_id(&self) -> bool {
        self.path.contains("id}")
    }
}

/// All of them.
pub fn all(openapi: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, item) in openapi["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let body = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            routes.push(Route { method, path: path.clone(), body: (!body.is_null()).then_some(body) });
        }
    }
    let described = routes.len();
    let known: BTreeSet<(String, String)> =
        routes.iter().map(|one| (one.method.to_string(), one.path.clone())).collect();
    let others = undescribed().into_iter().filter(|(method, path)| {
        !known.contains(&(method.to_string(), path.clone())) && !path.contains("{*")
    });
    routes.extend(others.map(|(method, path)| Route { method, path, body: None }));
    assert!(described > 140 && routes.len() > described + 25, "{described} and {} routes", routes.len());
    routes
}

/// The routes the code declares without describing them, as it writes them.
fn undescribed() -> Vec<(Method, String)> {
    let sources = files("rs");
    let mut found = Vec::new();
    for (folder, marks) in [
        (
            "services/",
            &[(".undescribed(Method::GET, ", Method::GET), (".undescribed(Method::POST, ", Method::POST)][..],
        ),
        ("crates/service/", &[(".route(", Method::GET)][..]),
    ] {
        for (_, text) in sources.iter().filter(|(path, _)| path.starts_with(folder)) {
            // However the line is broken.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
            for (mark, method) in marks {
                for after in text.split(mark).skip(1) {
                    let path = after.strip_prefix('"').and_then(|after| after.split('"').next());
                    found.extend(path.map(|path| (method.clone(), path.to_owned())));
                }
            }
        }
    }
    found
}

/// What the services and the libraries are made of, tests aside: the files of that extension, by their path.
pub fn files(extension: &str) -> BTreeMap<String, String> {
    let (mut found, mut folders) = (BTreeMap::new(), vec!["services".to_owned(), "crates".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(project().join(&folder)).expect("a folder").flatten() {
            let name = entry.file_name().into_string().expect("a name");
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(&format!(".{extension}")) {
                found.insert(path, std::fs::read_to_string(entry.path()).expect("a file"));
            }
        }
    }
    found
}
