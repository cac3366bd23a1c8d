//! A body that the description of the API accepts: what is required, and nothing else.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A value of that schema.
pub fn of(openapi: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return of(
            openapi,
            openapi.pointer(name.trim_start_matches('#')).expect("a schema that is described"),
        );
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|word| schema[word].as_array()) {
        let choice = choices.iter().find(|choice| choice["type"] != "null").expect("a choice");
        return of(openapi, choice);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let members = parts.iter().filter_map(|part| of(openapi, part).as_object().cloned());
        return Value::Object(members.flatten().collect());
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str().unwrap_or_default() {
        "object" => object(openapi, schema),
        "array" => json!([of(openapi, &schema["items"])]),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        _ => match schema["format"].as_str() {
            Some("uuid") => json!(Uuid::now_v7()),
            Some("date") => json!("2026-03-02"),
            _ => json!("texte"),
        },
    }
}

fn object(openapi: &Value, schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let members = required.map(|name| (name.to_owned(), of(openapi, &schema["properties"][name])));
    Value::Object(members.collect::<Map<_, _>>())
}
