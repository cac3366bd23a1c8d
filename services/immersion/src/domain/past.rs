//! The other conventions of a person, for the rules that look at several of them.

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The read model that keeps them: one document a case.
pub const CONVENTIONS_BY_CASE: &str = "conventions_by_case";

/// The PMSMP of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conventions {
    /// In the order they were drafted.
    pub items: Vec<Past>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Its id.
    pub id: Uuid,
    /// The host, when Jalon knows it.
    pub host_id: Option<Uuid>,
    /// Its object, by its number.
    pub object: i32,
    /// First day.
    pub starts_on: Date,
    /// Days of presence.
    pub presence_days: u32,
    /// The earlier convention it renews.
    pub renews: Option<Uuid>,
    /// Whether it was refused, cancelled or lapsed.
    pub closed: bool,
    /// The convention of another tool that it is: that one counts.
    #[serde(default)]
    pub same_as: Option<Uuid>,
}

impl Conventions {
    /// Whether another convention already renews that one.
    pub fn is_renewed(&self, id: Uuid) -> bool {
        self.living().any(|past| past.renews == Some(id))
    }

    /// Whether one more convention at its host goes beyond two conventions of different objects, or sixty
    /// days, within twelve months. A renewal counts with what it renews.
    pub fn too_much_at_host(&self, new: &Past) -> bool {
        let Some(host) = new.host_id else { return false };
        let near = |past: &&Past| {
            past.id != new.id
                && past.host_id == Some(host)
                && past.starts_on.saturating_add(12.months()) > new.starts_on
                && new.starts_on.saturating_add(12.months()) > past.starts_on
        };
        let all: Vec<&Past> = self.living().filter(near).chain([new]).collect();
        let days: u32 = all.iter().map(|past| past.presence_days).sum();
        let mut objects: Vec<i32> = Vec::new();
        let mut repeated = false;
        for past in &all {
            if past.renews.is_some_and(|renewed| all.iter().any(|other| other.id == renewed)) {
                continue;
            }
            repeated |= objects.contains(&past.object);
            objects.push(past.object);
        }
        days > 60 || objects.len() > 2 || repeated
    }

    fn living(&self) -> impl Iterator<Item = &Past> {
        self.items.iter().filter(|past| !past.closed && past.same_as.is_none())
    }
}
