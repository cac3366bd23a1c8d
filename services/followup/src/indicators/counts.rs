//! What is counted of sendings and immersions.

use std::collections::BTreeSet;

use contracts::{EnumValue, case::v1::ActivityKind, common::v1::OrganisationKind, label_of, values_of};
use jiff::civil::Date;
use uuid::Uuid;
use vocabulary::dates::days_after;

use super::Figure;
use crate::{
    french::capital,
    views::milestones::{Immersed, Outcome, Path, Sending},
};

/// Days after an immersion in which a contract with its host follows from it.
const HIRE_DAYS: i32 = 90;

/// What became of sendings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// Those that could have been answered.
    pub sent: usize,
    /// Those that were.
    pub answered: usize,
    /// Those that were, with a yes.
    pub accepted: usize,
    people: [BTreeSet<Uuid>; 3],
}

impl Answers {
    /// Counts one, when it could have been answered by that day.
    pub fn add(&mut self, case: Uuid, one: &Sending, today: Date) {
        if !one.is_counted(today) {
            return;
        }
        self.sent += 1;
        self.people[0].insert(case);
        if one.is_answered() {
            self.answered += 1;
            self.people[1].insert(case);
        }
        if one.outcome == Some(Outcome::Accepted) {
            self.accepted += 1;
            self.people[2].insert(case);
        }
    }

    /// About how many people they are.
    pub fn people(&self) -> usize {
        self.people[0].len()
    }

    /// These and others.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.sent += other.sent;
        self.answered += other.answered;
        self.accepted += other.accepted;
        for (people, others) in self.people.iter_mut().zip(other.people) {
            people.extend(others);
        }
        self
    }

    /// As figures of a kind of organisation.
    pub fn figures(&self, kind: OrganisationKind) -> [Figure; 3] {
        self.named(contracts::buffa::Enumeration::proto_name(&kind), label_of(EnumValue::from(kind)))
    }

    /// As figures of that name.
    pub fn named(&self, key: &str, name: &str) -> [Figure; 3] {
        let [sent, answered, accepted] = self.people.each_ref().map(BTreeSet::len);
        [
            Figure::about(key, format!("{name} : envois"), (self.sent as u64, ""), sent),
            Figure::share(
                format!("{key}-reponse"),
                format!("{name} : réponses"),
                (self.answered, self.sent),
                (answered, sent),
            ),
            Figure::share(
                format!("{key}-accord"),
                format!("{name} : accords"),
                (self.accepted, self.answered),
                (accepted, answered),
            ),
        ]
    }
}

/// Whether a hire followed an immersion: its review says so, or a contract came from it or began with its
/// host soon after.
pub(super) fn hired_after(path: &Path, id: Uuid, one: &Immersed) -> bool {
    let Some(ended) = one.span.until else { return one.hired };
    let soon = ended..=days_after(ended, HIRE_DAYS);
    let twin = |from: Uuid| path.immersions.get(&from).is_some_and(|typed| typed.same_as == Some(id));
    let follows = path.employments.values().any(|work| {
        let with_host = work.employer_id.is_some() && work.employer_id == one.host_id;
        let from = work.came_from.is_some_and(|from| from == id || twin(from));
        from || with_host && work.span.from.is_some_and(|day| soon.contains(&day))
    });
    let typed = path.immersions.values().any(|typed| typed.same_as == Some(id) && typed.hired);
    one.hired || typed || follows
}

/// The French text of the code of a kind of activity.
pub(super) fn activity_text(code: &str) -> String {
    let known = values_of::<ActivityKind>().find(|(known, _)| *known == code);
    capital(known.map_or("Autre activité", |(_, text)| text))
}
