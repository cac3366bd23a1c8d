//! A story: dated commands, that pass through the same doors as real life.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::DateTime};
use serde::{Deserialize, Serialize};
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
    #[serde(default)]
    pub sign_ins: Vec<String>,
    /// The platform shown first, by alias.
    #[serde(default)]
    pub platform: String,
    /// Stories told at the same time: names of files beside this one.
    #[serde(default)]
    pub with: Vec<String>,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// One command.
#[derive(Debug, Serialize, Deserialize)]
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
    /// Aliases for ids that the last fact it states holds, each with where: `agreement_id`. Those of a list,
    /// `items/*/item_id`, are `alias/0`, `alias/1`…
    #[serde(default)]
    pub takes: BTreeMap<String, String>,
    /// The alias of a list: the step is done once for each of its ids, `@each` in its body.
    #[serde(default)]
    pub each: Option<String>,
    /// Its body; a text `@alias` stands for an id.
    pub body: Value,
}

impl Story {
    /// What its first steps say, in short.
    pub fn said(&self, steps: usize) -> Uuid {
        let said = self.steps.iter().take(steps).map(|step| serde_json::to_vec(step).unwrap_or_default());
        let said: Vec<Vec<u8>> = said.collect();
        derived(&said.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

impl Step {
    /// The instant.
    pub fn instant(&self) -> Timestamp {
        self.at.to_zoned(paris()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    /// The ids it is done for, one after the other; once and for none as a rule.
    pub fn rounds(&self, ids: &HashMap<String, Uuid>) -> Vec<Option<Uuid>> {
        let Some(alias) = &self.each else { return vec![None] };
        (0..).map_while(|n| ids.get(&format!("{alias}/{n}")).map(|id| Some(*id))).collect()
    }

    /// The aliases it takes from what a fact says.
    pub fn taken(&self, fact: &Value) -> Vec<(String, Uuid)> {
        let id = |value: &Value| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
        let taken = self.takes.iter().flat_map(|(alias, place)| match place.split_once("/*/") {
            None => fact.get(place).and_then(id).map(|id| (alias.clone(), id)).into_iter().collect(),
            Some((list, member)) => {
                let items = fact.get(list).and_then(Value::as_array).into_iter().flatten();
                let ids = items.filter_map(|item| item.get(member).and_then(id));
                ids.enumerate().map(|(n, id)| (format!("{alias}/{n}"), id)).collect::<Vec<_>>()
            }
        });
        taken.collect()
    }
}

/// Reads a story and those told with it, which `beside` finds by the names of their files. Their steps
/// are merged by time; those who sign in come one story after the other.
///
/// # Errors
/// In French, when one is missing, is not one or is not in order.
pub fn parse(text: &str, beside: impl Fn(&str) -> Result<String, String>) -> Result<Story, String> {
    let mut story = alone(text)?;
    for file in &story.with {
        let other = alone(&beside(file)?).map_err(|error| format!("{file} : {error}"))?;
        if !other.with.is_empty() {
            return Err(format!("{file} : une histoire racontée avec une autre n’en appelle pas elle-même"));
        }
        story.sign_ins.extend(other.sign_ins);
        story.steps.extend(other.steps);
    }
    // What has the same minute keeps the order of the files.
    story.steps.sort_by_key(|step| step.at);
    Ok(story)
}

fn alone(text: &str) -> Result<Story, String> {
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
