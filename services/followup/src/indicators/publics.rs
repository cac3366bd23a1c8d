//! The same people by public: the kind of structure that hosts them. No cell under five people, and none that is
//! told by taking the others from the whole.

use std::collections::BTreeMap;

use contracts::{EnumValue, buffa::Enumeration as _, common::v1::OrganisationKind, label_of};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Counted, CountedBy, Figure, SMALLEST};
use crate::{rules, views::milestones::Path};

/// People by public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Publics {
    /// The rules it was counted by.
    pub rules: Vec<CountedBy>,
    /// The publics, in the order of the kinds of structures; the small ones together, last.
    pub lines: Vec<Public>,
}

/// A public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Public {
    /// Code of the kind of structure; `AUTRES` for those that few people are in.
    pub key: String,
    /// In French.
    pub label: String,
    /// People followed, then those in each situation.
    pub figures: Vec<Figure>,
}

/// Whether a path is in a situation between two days.
type Holds = fn(&Path, Date, Date) -> bool;

/// The situations that are counted, each with its key and its name.
const SITUATIONS: [(&str, &str, Holds); 4] = [
    ("activite", "en activité", |path, from, to| {
        path.activities.values().any(|one| one.span.meets(from, to))
    }),
    ("envoi", "pour qui quelque chose a été envoyé", |path, from, to| {
        path.sendings.iter().any(|one| one.sent_on.is_some_and(|day| from <= day && day <= to))
    }),
    ("immersion", "en immersion", |path, from, to| {
        path.immersions().any(|(_, one)| one.span.meets(from, to))
    }),
    ("emploi", "en emploi", |path, from, to| path.employments.values().any(|one| one.span.meets(from, to))),
];

/// The key of publics that few people are in.
const OTHERS: &str = "AUTRES";

impl<'a> Counted<'a> {
    /// The people followed, by public.
    pub fn publics(&self) -> Publics {
        let groups = together(self.by_device());
        let sizes: Vec<usize> = groups.iter().map(|(_, paths)| paths.len()).collect();
        let mut columns = vec![shown(&sizes.iter().map(|size| (*size, *size)).collect::<Vec<_>>(), true)];
        let mut counts = vec![sizes.clone()];
        for (_, _, holds) in SITUATIONS {
            let count = |(_, paths): &(String, Vec<&Path>)| {
                paths.iter().filter(|path| holds(path, self.from, self.end())).count()
            };
            let parts: Vec<usize> = groups.iter().map(count).collect();
            let cells: Vec<_> = parts.iter().copied().zip(sizes.iter().copied()).collect();
            columns.push(shown(&cells, false));
            counts.push(parts);
        }
        let line = |(row, (device, _)): (usize, &(String, Vec<&Path>))| {
            let figure = |column: usize| {
                let (key, label) = match column.checked_sub(1) {
                    None => ("suivies", "personnes suivies"),
                    Some(place) => (SITUATIONS[place].0, SITUATIONS[place].1),
                };
                match (columns[column][row], column) {
                    (false, _) => Figure::hidden(key, label),
                    (true, 0) => Figure::people(key, label, sizes[row]),
                    (true, _) => Figure::part(key, label, counts[column][row], sizes[row]),
                }
            };
            let figures = (0..columns.len()).map(figure).collect();
            Public { label: called(device), key: device.clone(), figures }
        };
        let rules = vec![(&rules::PUBLICS).into(), (&rules::SMALL).into()];
        Publics { rules, lines: groups.iter().enumerate().map(line).collect() }
    }

    fn by_device(&self) -> BTreeMap<i32, Vec<&'a Path>> {
        let mut groups: BTreeMap<i32, Vec<&Path>> = BTreeMap::new();
        for path in self.followed() {
            let device = path.device(self.platform_id, self.from, self.to);
            let kind = OrganisationKind::from_proto_name(device).unwrap_or(OrganisationKind::AUTRE);
            groups.entry(kind.to_i32()).or_default().push(path);
        }
        groups
    }
}

/// The groups by their code, those of few people together; with the smallest of the others, as long as together they
/// still are few.
fn together(groups: BTreeMap<i32, Vec<&Path>>) -> Vec<(String, Vec<&Path>)> {
    let code = |kind: i32| OrganisationKind::from_i32(kind).unwrap_or(OrganisationKind::AUTRE).proto_name();
    let (mut large, small): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(_, paths)| paths.len() >= SMALLEST);
    let mut others: Vec<&Path> = small.into_iter().flat_map(|(_, paths)| paths).collect();
    while !others.is_empty() && others.len() < SMALLEST {
        let Some(place) = (0..large.len()).min_by_key(|place| large[*place].1.len()) else { break };
        others.extend(large.remove(place).1);
    }
    let mut named: Vec<_> = large.into_iter().map(|(kind, paths)| (code(kind).to_owned(), paths)).collect();
    if !others.is_empty() {
        named.push((OTHERS.to_owned(), others));
    }
    named
}

/// Which cells of a column may be shown: so many people of so many, in each public. A cell is not when it, or what it
/// leaves of its public, is small. Those that are not shown are so many together, on both sides, that taking the
/// others from the whole tells of no few people either; a whole column is of people themselves, without a rest.
fn shown(cells: &[(usize, usize)], whole: bool) -> Vec<bool> {
    let is_large = |part: usize, all: usize| part >= SMALLEST && (whole || all - part >= SMALLEST);
    let mut shown: Vec<bool> = cells.iter().map(|(part, all)| is_large(*part, *all)).collect();
    loop {
        let hidden = || cells.iter().zip(&shown).filter(|(_, shown)| !**shown).map(|(cell, _)| *cell);
        let (count, part, all) =
            hidden().fold((0, 0, 0), |(count, part, all), (one, of)| (count + 1, part + one, all + of));
        if count == 0 || is_large(part, all) {
            return shown;
        }
        // The smallest one that is still shown hides the others.
        let smallest = (0..cells.len()).filter(|place| shown[*place]).min_by_key(|place| cells[*place].0);
        match smallest {
            Some(place) => shown[place] = false,
            None => return shown,
        }
    }
}

fn called(device: &str) -> String {
    match OrganisationKind::from_proto_name(device) {
        Some(kind) => label_of(EnumValue::from(kind)).to_owned(),
        None => "Autres dispositifs".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_cell_takes_another_one_with_it() {
        // 3 of 20 would be told by taking the 12 from the 15 of the whole.
        assert_eq!(shown(&[(3, 20), (12, 20)], false), [false, false]);
        // Hidden together, 3 and 4 are seven: the third says nothing of either.
        assert_eq!(shown(&[(3, 20), (4, 20), (12, 20)], false), [false, false, true]);
        // What is left of a public is small: nearly all of them work.
        assert_eq!(shown(&[(19, 20), (12, 20), (6, 20)], false), [false, true, false]);
        assert_eq!(shown(&[(6, 20), (12, 20)], false), [true, true]);
        assert_eq!(shown(&[(7, 7), (12, 12)], true), [true, true]);
        assert_eq!(shown(&[], false), Vec::<bool>::new());
    }

    #[test]
    fn whatever_the_figures_nothing_small_is_told_by_subtraction() {
        let values = [0, 1, 4, 5, 9, 16, 20];
        for one in values {
            for two in values {
                for three in values {
                    let cells = [(one, 20), (two, 20), (three, 20)];
                    let seen = shown(&cells, false);
                    let hidden: Vec<_> = cells.iter().zip(&seen).filter(|(_, seen)| !**seen).collect();
                    let part: usize = hidden.iter().map(|((part, _), _)| part).sum();
                    let rest: usize = hidden.iter().map(|((part, all), _)| all - part).sum();
                    let told = hidden.len() < cells.len() && !hidden.is_empty();
                    assert!(!told || part >= SMALLEST && rest >= SMALLEST, "{cells:?} {seen:?}");
                }
            }
        }
    }
}
