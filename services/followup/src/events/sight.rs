//! Whose facts a listener may see, known once and forgotten as soon as a fact may change it.

use std::sync::Arc;

use access::{Actor, CaseView};
use contracts::{Recorded, common::v1::Role};
use service::{Problem, Runtime};
use uuid::Uuid;

use super::{ByCase, Organisations, action, reaches};
use crate::{read::cards::of_kind, veil::is_telling, views::directory::Entry};

/// What one listener sees.
#[derive(Debug)]
pub(super) struct Sight {
    actor: Actor,
    cases: ByCase<bool>,
    platforms: ByCase<bool>,
    telling: Option<Organisations>,
}

const CASES: &str = "
select key, platform_id, structure_id, $2::uuid is not null and posts @> array[$2::uuid]
from read.live_status where key = any($1)";

/// The cases of a circle and of platforms.
const OWN: &str = "
select key from read.live_status where posts @> array[$1::uuid]
union
select key from read.live_status where platform_id = any($2)";

/// The first facts of these cases: each case's facts lie together, in order.
const POSITIONS: &str = "
select fact.position from unnest($1::uuid[]) one (case_id)
cross join lateral (
    select position from read.timeline
    where case_id = one.case_id and position > $2 and position <= $3 order by position limit $4
) fact
order by 1 limit $4";

impl Sight {
    pub(super) fn new(actor: Actor) -> Self {
        Self { actor, cases: ByCase::new(), platforms: ByCase::new(), telling: None }
    }

    pub(super) fn is_partner(&self) -> bool {
        self.actor.role == Role::PARTENAIRE
    }

    /// The organisations that a partner is not told of.
    pub(super) fn telling(&self) -> &Organisations {
        static NONE: std::sync::LazyLock<Organisations> = std::sync::LazyLock::new(Organisations::new);
        self.telling.as_ref().unwrap_or(&NONE)
    }

    /// Learns what must be known of these facts.
    pub(super) async fn refresh(
        &mut self,
        runtime: &Runtime,
        facts: &[Arc<Recorded>],
    ) -> Result<(), Problem> {
        for fact in facts {
            match (fact.kind.aggregate().context, fact.case_id) {
                ("platform", _) => {
                    self.cases.clear();
                    self.platforms.clear();
                    self.telling = None;
                }
                ("case", Some(case)) => {
                    self.cases.remove(&case);
                }
                _ => {}
            }
        }
        let mut unknown: Vec<Uuid> = facts.iter().filter_map(|fact| fact.case_id).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|case| !self.cases.contains_key(case));
        if self.is_partner() && self.telling.is_none() {
            self.telling = Some(telling(runtime).await?);
        }
        if unknown.is_empty() { Ok(()) } else { self.learn(runtime, &unknown).await }
    }

    async fn learn(&mut self, runtime: &Runtime, cases: &[Uuid]) -> Result<(), Problem> {
        let client = runtime.pool.get().await?;
        let statement = client.prepare_cached(CASES).await?;
        let rows = client.query(&statement, &[&cases, &self.actor.post_id]).await?;
        drop(client);
        for row in rows {
            let (case, platform): (Uuid, Option<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
            let on_platform = match platform {
                Some(platform) => self.is_on(runtime, platform).await?,
                None => false,
            };
            let view = CaseView {
                structure_id: row.try_get(2)?,
                in_circle: row.try_get(3)?,
                on_platform,
                ..CaseView::stranger(runtime.clock.now())
            };
            let seen = runtime.policies.may(&self.actor, action(&self.actor), Some(&view));
            self.cases.insert(case, seen.is_ok());
        }
        // A case that is not in the read model is nobody's to see; it will be asked again.
        Ok(())
    }

    async fn is_on(&mut self, runtime: &Runtime, platform: Uuid) -> Result<bool, Problem> {
        if let Some(known) = self.platforms.get(&platform) {
            return Ok(*known);
        }
        let is_on = runtime.is_on_platform(&self.actor, Some(platform)).await?;
        self.platforms.insert(platform, is_on);
        Ok(is_on)
    }

    /// Whether the listener may see that fact.
    pub(super) fn sees(&self, fact: &Recorded) -> bool {
        let Some(case) = fact.case_id else { return false };
        reaches(fact.kind.audience, self.actor.role) && self.cases.get(&case).copied().unwrap_or(false)
    }

    /// Positions of the next facts of the cases the listener may see; nothing when they may see all.
    pub(super) async fn positions(
        &mut self,
        runtime: &Runtime,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<Option<Vec<i64>>, Problem> {
        if self.actor.role == Role::AUDITEUR {
            return Ok(None);
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let platforms = crate::read::cards::platforms_of(runtime, self.actor.organisation_id).await?;
        let platforms: Vec<Uuid> = platforms.into_iter().map(|(id, _)| id).collect();
        let client = runtime.pool.get().await?;
        let statement = client.prepare_cached(OWN).await?;
        let rows = client.query(&statement, &[&self.actor.post_id, &platforms]).await?;
        let cases: Vec<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let statement = client.prepare_cached(POSITIONS).await?;
        let rows = client.query(&statement, &[&cases, &after, &until, &limit]).await?;
        Ok(Some(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?))
    }
}

/// The organisations whose kind tells something about who goes there.
async fn telling(runtime: &Runtime) -> Result<Organisations, Problem> {
    let all = of_kind(runtime, "organisation", Uuid::nil(), usize::MAX).await?;
    let telling = all.into_iter().filter(|(_, entry)| match entry {
        Entry::Organisation(organisation) => is_telling(organisation.kind),
        _ => false,
    });
    Ok(telling.map(|(id, _)| id).collect())
}
