//! How a rule speaks: it refuses, or it warns, in French, and says where it comes from.

use std::borrow::Cow;

/// Whether a rule refuses or only warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The command is refused, nothing is written.
    Strict,
    /// The fact is recorded with a warning that the circle sees.
    Soft,
}

/// A rule of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, e.g. `pmsmp.duree`: named in problems and warnings.
    pub id: &'static str,
    /// What it says, in French.
    pub text: &'static str,
    /// The article or the practice it comes from.
    pub source: &'static str,
    /// Whether it refuses or warns.
    pub strictness: Strictness,
    /// Its version: a number that changes is a new version, and what counts by it says which one it used.
    pub version: u32,
}

impl Rule {
    /// A rule that refuses.
    pub const fn strict(id: &'static str, text: &'static str, source: &'static str) -> Self {
        Self { id, text, source, strictness: Strictness::Strict, version: 1 }
    }

    /// A rule that warns.
    pub const fn soft(id: &'static str, text: &'static str, source: &'static str) -> Self {
        Self { id, text, source, strictness: Strictness::Soft, version: 1 }
    }

    /// The same rule at a later version.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Refuses in the name of this rule.
    pub fn refuse(&self, detail: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal { rule: self.id, detail: detail.into(), pointer: None }
    }

    /// Warns in the name of this rule.
    pub const fn warn(&self) -> Warning {
        Warning { rule: self.id }
    }
}

/// A command was refused. The detail is a French sentence that names no person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {detail}")]
pub struct Refusal {
    /// The rule's id.
    pub rule: &'static str,
    /// What is wrong and what to do, in French.
    pub detail: Cow<'static, str>,
    /// The member of the body it is about, e.g. `/terms/ends_on`.
    pub pointer: Option<&'static str>,
}

impl Refusal {
    /// Says which member of the body is concerned.
    #[must_use]
    pub const fn at(mut self, pointer: &'static str) -> Self {
        self.pointer = Some(pointer);
        self
    }
}

/// A fact departs from a soft rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The rule's id.
    pub rule: &'static str,
}
