//! The report of a structure: what was done for the people it hosted, by family of the tariff of CHRS.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use access::{Actor, CaseView};
use contracts::common::v1::Role;
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards, platforms_of},
    paths,
};
use crate::{
    families::Family,
    indicators::{CountedBy, Figure},
    rules,
};

/// The report.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Report {
    /// The structure.
    pub structure: Card,
    /// First day, included.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Last day, included.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// Whether the reader belongs to the structure: small numbers are shown there only.
    pub own: bool,
    /// The rules it was counted by.
    pub rules: Vec<CountedBy>,
    /// People for whom something was done.
    pub people: Figure,
    /// The families.
    pub families: Vec<FamilyLine>,
}

/// What was done in one family.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FamilyLine {
    /// The family.
    pub family: Family,
    /// Its name.
    pub text: &'static str,
    /// How many acts.
    pub acts: Figure,
    /// For how many people.
    pub people: Figure,
    /// The same, by kind of fact; for the structure itself only: what one kind leaves out of a family would
    /// tell of a few people.
    pub kinds: Vec<KindLine>,
}

/// What was done of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KindLine {
    /// The name of the kind of fact.
    pub kind: &'static str,
    /// In French.
    pub label: &'static str,
    /// How many acts.
    pub acts: Figure,
    /// For how many people.
    pub people: Figure,
}

/// Whether the reader belongs to that structure; else whether they may read its report without small
/// numbers, being an auditor or a member of a platform of which it is one.
///
/// # Errors
/// 403 when their role reads no case; 404 when there is no such structure, or none of theirs.
pub async fn is_own(runtime: &Runtime, actor: &Actor, structure: Uuid) -> Result<bool, Problem> {
    super::may(runtime, actor)?;
    let unknown = || Problem::not_found("cette structure");
    Cards::read(runtime, &[structure]).await?.organisation(structure).ok_or_else(unknown)?;
    if actor.organisation_id == Some(structure) {
        return Ok(true);
    }
    let shared = platforms_of(runtime, Some(structure)).await?;
    let member = |own: Uuid| shared.iter().any(|(_, one)| one.members.contains_key(&own));
    if actor.organisation_id.is_some_and(member) {
        return Ok(false);
    }
    // An auditor reads within their mission, and not the structure they are of.
    let now = runtime.clock.now();
    let organisation = runtime.asking(actor, now).await?;
    let view = CaseView { organisation, structure_id: structure, ..CaseView::stranger(now) };
    match actor.role == Role::AUDITEUR && runtime.policies.may(actor, super::READ, Some(&view)).is_ok() {
        true => Ok(false),
        false => Err(unknown()),
    }
}

/// What a system states by itself is nobody's act: the clock, an erasure, another tool.
const ACTS: &str = "
select kind, case_id, occurred_on, stream_id, count(*) from read.timeline
where case_id = any($1) and occurred_on between $2 and $3 and system is null
group by kind, case_id, occurred_on, stream_id";

#[derive(Default)]
struct Tally {
    acts: u64,
    people: BTreeSet<Uuid>,
}

impl Tally {
    fn add(&mut self, acts: u64, case: Uuid) {
        self.acts += acts;
        self.people.insert(case);
    }
}

/// The report of that structure, found to be the reader's to see.
///
/// # Errors
/// When the read models cannot be read.
pub async fn read(
    runtime: &Runtime,
    structure: Uuid,
    (from, to): (Date, Date),
    own: bool,
) -> Result<Report, Problem> {
    let cards = Cards::read(runtime, &[structure]).await?;
    let paths: HashMap<Uuid, _> = paths::of_structure(runtime, structure).await?.into_iter().collect();
    let ids: Vec<Uuid> = paths.keys().copied().collect();
    // Acts are counted, nobody is shown.
    let client = runtime.machinery.get().await?;
    let statement = client.prepare_cached(ACTS).await?;
    let mut kinds: BTreeMap<(Family, u16), Tally> = BTreeMap::new();
    for row in client.query(&statement, &[&ids, &from, &to]).await? {
        let (kind, case): (i16, Uuid) = (row.try_get(0)?, row.try_get(1)?);
        let (day, stream, acts): (Date, Uuid, i64) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let Some(path) = paths.get(&case).filter(|path| path.is_hosted_by(structure, day)) else { continue };
        let known = contracts::by_code(kind.cast_unsigned());
        if let Some(family) = known.and_then(|kind| Family::of(kind, path.rights.contains(&stream))) {
            kinds.entry((family, kind.cast_unsigned())).or_default().add(acts.unsigned_abs(), case);
        }
    }
    let everyone: BTreeSet<Uuid> = kinds.values().flat_map(|tally| &tally.people).copied().collect();
    let families = Family::ALL.map(|family| line(family, &kinds, everyone.len(), own));
    Ok(Report {
        structure: cards.card(structure),
        from,
        to,
        own,
        rules: vec![(&rules::FAMILIES).into(), (&rules::SMALL).into()],
        people: people("personnes", "Personnes accompagnées", (everyone.len(), None), own),
        families: families.into(),
    })
}

fn line(family: Family, all: &BTreeMap<(Family, u16), Tally>, everyone: usize, own: bool) -> FamilyLine {
    let mut whole = Tally::default();
    let mut kinds = Vec::new();
    for ((_, code), tally) in all.iter().filter(|((of, _), _)| *of == family) {
        let Some(kind) = contracts::by_code(*code) else { continue };
        whole.acts += tally.acts;
        whole.people.extend(&tally.people);
        if !own {
            continue;
        }
        let count = tally.people.len();
        kinds.push(KindLine {
            kind: kind.name,
            label: kind.label,
            acts: acts((kind.name, kind.label), tally.acts, (count, everyone), own),
            people: people(kind.name, kind.label, (count, Some(everyone)), own),
        });
    }
    let (key, count) = (family.code(), whole.people.len());
    FamilyLine {
        family,
        text: family.text(),
        acts: acts((key, family.text()), whole.acts, (count, everyone), own),
        people: people(key, family.text(), (count, Some(everyone)), own),
        kinds,
    }
}

fn people(key: &str, label: &str, (count, of): (usize, Option<usize>), own: bool) -> Figure {
    match of {
        _ if own => Figure::plain(key, label, count as u64),
        Some(everyone) => Figure::part(key, label, count, everyone),
        None => Figure::people(key, label, count),
    }
}

/// Acts are shown wherever the people they are about are.
fn acts((key, label): (&str, &str), acts: u64, (count, everyone): (usize, usize), own: bool) -> Figure {
    if own {
        return Figure::plain(key, label, acts);
    }
    let people = people(key, label, (count, Some(everyone)), own);
    if people.value.is_none() { people } else { Figure::about(key, label, (acts, ""), count) }
}
