//! A story: dated commands, that pass through the same doors as real life.

use std::collections::HashMap;

use jiff::{Timestamp, civil::DateTime};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use vocabulary::{clock::paris, ids::derived};

/// A story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its name.
    pub name: String,
    /// The posts whose holders may sign in, by alias.
    pub sign_ins: Vec<String>,
    /// The platform it is about, by alias.
    pub platform: String,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// One command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When, by the clock of Paris.
    pub at: DateTime,
    /// Who: the alias of a post, `administrator`, or `immersion-facilitee`.
    pub by: String,
    /// Where it is posted; `@alias` stands for an id.
    pub post: String,
    /// The alias of what it begins.
    #[serde(default, rename = "as")]
    pub named: Option<String>,
    /// Its body; a text `@alias` stands for an id.
    pub body: Value,
}

impl Step {
    /// The instant.
    pub fn instant(&self) -> Timestamp {
        self.at.to_zoned(paris()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }
}

/// Reads a story.
///
/// # Errors
/// In French, when it is not one or is not in order.
pub fn parse(text: &str) -> Result<Story, String> {
    let story: Story =
        serde_json::from_str(text).map_err(|error| format!("l’histoire est illisible : {error}"))?;
    match story.steps.windows(2).position(|pair| pair[1].at < pair[0].at) {
        Some(index) => Err(format!("l’étape {} de l’histoire précède l’étape {}", index + 2, index + 1)),
        None => Ok(story),
    }
}

/// Puts ids in the place of aliases.
///
/// # Errors
/// Names the alias that no earlier step gave.
pub fn resolve(value: &Value, ids: &HashMap<String, Uuid>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) if text.starts_with('@') => Value::String(resolve_text(text, ids)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| resolve(item, ids)).collect::<Result<_, _>>()?)
        }
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, item)| Ok((key.clone(), resolve(item, ids)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Puts ids in the place of the aliases of a path.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_path(path: &str, ids: &HashMap<String, Uuid>) -> Result<String, String> {
    let tokens = path.split('/').map(|token| match token.strip_prefix('@') {
        Some(_) => resolve_text(token, ids),
        None => Ok(token.to_owned()),
    });
    Ok(tokens.collect::<Result<Vec<_>, _>>()?.join("/"))
}

fn resolve_text(text: &str, ids: &HashMap<String, Uuid>) -> Result<String, String> {
    let alias = text.trim_start_matches('@');
    if let Some(fresh) = alias.strip_prefix("new:") {
        return Ok(derived(&[b"demonstration", fresh.as_bytes()]).to_string());
    }
    ids.get(alias).map(Uuid::to_string).ok_or_else(|| format!("aucune étape n’a donné « {alias} »"))
}
