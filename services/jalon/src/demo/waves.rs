//! Which steps of a story may be told at once: those of one day that have nothing to do with each other.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::script::Step;

/// How many steps, at most.
const AT_ONCE: usize = 8;

/// Where cases are opened.
const CASES: &str = "/api/v1/cases";

/// What each step of a story has to do with: the aliases it names, the people behind them.
#[derive(Debug)]
pub struct Ties(Vec<BTreeSet<String>>);

impl Ties {
    /// Those of these steps, in their order.
    pub fn of(steps: &[Step]) -> Self {
        let mut people: HashMap<String, BTreeSet<String>> = HashMap::new();
        let ties = steps.iter().map(|step| {
            let begun = begun(step);
            let mut ties = named(step);
            ties.extend(begun.iter().cloned());
            if step.post == CASES {
                people.extend(begun.iter().map(|case| (case.clone(), BTreeSet::from([case.clone()]))));
            }
            let about: BTreeSet<String> =
                ties.iter().filter_map(|alias| people.get(alias)).flatten().cloned().collect();
            for alias in begun {
                people.entry(alias).or_default().extend(about.iter().cloned());
            }
            ties.extend(about);
            ties
        });
        Self(ties.collect())
    }

    /// How many of these steps can be told at once, from that one on: at least one, nobody who acts in a later one
    /// being touched by an earlier one. Who holds a post decides who acts from it, and a partner speaks of people by their
    /// names: those are told alone.
    pub fn together(&self, steps: &[Step], from: usize) -> usize {
        let mut touched: BTreeSet<&String> = BTreeSet::new();
        let day = |step: &Step| step.at.date();
        let wave = steps.iter().zip(&self.0).skip(from).take(AT_ONCE);
        let apart = wave.enumerate().position(|(index, (step, ties))| {
            let follows = index > 0
                && (is_alone(step)
                    || is_alone(&steps[from])
                    || day(step) != day(&steps[from])
                    || touched.contains(&step.by)
                    || ties.iter().any(|tie| touched.contains(tie)));
            touched.extend(ties);
            follows
        });
        apart.unwrap_or(AT_ONCE.min(steps.len() - from))
    }
}

fn is_alone(step: &Step) -> bool {
    step.post.ends_with("/fill") || step.post.ends_with("/vacate") || step.by == "immersion-facilitee"
}

/// The aliases that a step gives.
fn begun(step: &Step) -> Vec<String> {
    step.named.iter().chain(step.takes.keys()).map(|alias| list_of(alias)).collect()
}

/// The aliases that a step goes by. What is posted to no one in particular is told in its order.
fn named(step: &Step) -> BTreeSet<String> {
    let mut named: BTreeSet<String> =
        step.post.split('/').filter_map(|token| token.strip_prefix('@')).map(list_of).collect();
    if named.is_empty() {
        named.insert(step.post.clone());
    }
    named.extend(step.each.as_deref().map(list_of));
    in_body(&step.body, &mut named);
    named
}

fn in_body(body: &Value, named: &mut BTreeSet<String>) {
    match body {
        Value::String(text) => named.extend(text.strip_prefix('@').map(list_of)),
        Value::Array(items) => items.iter().for_each(|item| in_body(item, named)),
        Value::Object(members) => members.values().for_each(|member| in_body(member, named)),
        _ => {}
    }
}

/// One of a list, `alias/0`, is as the list.
fn list_of(alias: &str) -> String {
    alias.split('/').next().unwrap_or_default().to_owned()
}
