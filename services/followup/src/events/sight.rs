//! Whose facts a listener may see, known once and forgotten as soon as a fact, or the day, may change it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use access::{Actor, Asking, CaseView};
use contracts::{Class, Recorded, common::v1::Role};
use jiff::{Timestamp, civil::Date};
use service::{Problem, Restrictions, Runtime};
use tokio_postgres::types::Json;
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use super::{ByCase, action, reaches};
use crate::{
    read::names::given_to,
    veil::{Telling, may_be_told, telling},
    views::status::Agreement,
};

/// What one listener sees.
#[derive(Debug)]
pub(super) struct Sight {
    actor: Actor,
    /// The day all this holds: agreements and missions begin and end at midnight.
    day: Option<Date>,
    organisation: Option<Asking>,
    /// Of each case that is theirs, what is open of the classes that a kind may betray.
    cases: ByCase<Option<Vec<Class>>>,
    platforms: ByCase<bool>,
    telling: Option<Telling>,
}

const CASES: &str = "
select key, platform_id, structure_id, $2::uuid is not null and posts @> array[$2::uuid], body -> 'agreements', body -> 'restrictions'
from read.live_status where key = any($1)";

/// The cases of a circle and of platforms, and those that an agreement opens to an organisation. What is no longer
/// theirs is sifted out again, fact by fact.
const OWN: &str = "
select case_id from read.readership where reader_id = $1 and via = 'circle'
union
select key from read.live_status where platform_id = any($2)
union
select case_id from read.readership where reader_id = $3 and via = 'agreement'";

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
        let (cases, platforms) = (ByCase::new(), ByCase::new());
        Self { actor, day: None, organisation: None, cases, platforms, telling: None }
    }

    /// The trace of a fact as the listener may see it: what their own organisation said, as it said it.
    pub(super) fn veil<'a>(&self, fact: &Recorded, clear: &'a [u8]) -> Cow<'a, [u8]> {
        let said_by = || fact.metadata().ok()?.actor.organisation_id.parse::<Uuid>().ok();
        if self.actor.role != Role::PARTENAIRE
            && self.actor.organisation_id.is_some()
            && said_by() == self.actor.organisation_id
        {
            return Cow::Borrowed(clear);
        }
        let open = fact.case_id.and_then(|case| self.cases.get(&case)?.as_deref()).unwrap_or_default();
        let told = |class| may_be_told(self.actor.role, |class| open.contains(&class), class);
        let hidden = |id| {
            let class = self.telling.as_ref().and_then(|telling| telling.get(&id));
            class.is_some_and(|class| !told(*class))
        };
        contracts::veil(fact.kind, clear, told, hidden)
    }

    /// Learns what must be known of these facts.
    pub(super) async fn refresh(
        &mut self,
        runtime: &Runtime,
        facts: &[Arc<Recorded>],
    ) -> Result<(), Problem> {
        let now = runtime.clock.now();
        self.forget(facts, day_in_paris(now));
        let mut unknown: Vec<Uuid> = facts.iter().filter_map(|fact| fact.case_id).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|case| !self.cases.contains_key(case));
        if self.telling.is_none() && !facts.is_empty() {
            self.telling = Some(telling(runtime).await?);
        }
        if unknown.is_empty() { Ok(()) } else { self.learn(runtime, &unknown, now).await }
    }

    /// Forgets what these facts, or another day, may have changed.
    fn forget(&mut self, facts: &[Arc<Recorded>], today: Date) {
        let mut changed = self.day.replace(today) != Some(today);
        for fact in facts {
            match (fact.kind.aggregate().context, fact.case_id) {
                ("platform", _) => changed = true,
                ("case", Some(case)) => {
                    self.cases.remove(&case);
                }
                _ => {}
            }
        }
        if changed {
            self.cases.clear();
            self.platforms.clear();
            (self.organisation, self.telling) = (None, None);
        }
    }

    async fn learn(&mut self, runtime: &Runtime, cases: &[Uuid], now: Timestamp) -> Result<(), Problem> {
        let organisation = match self.organisation {
            Some(known) => known,
            None => *self.organisation.insert(runtime.asking(&self.actor, now).await?),
        };
        let client = runtime.reader(&self.actor).await?;
        let statement = client.prepare_cached(CASES).await?;
        let rows = client.query(&statement, &[&cases, &self.actor.post_id]).await?;
        drop(client);
        for row in rows {
            let (case, platform): (Uuid, Option<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
            let on_platform = match platform {
                Some(platform) => self.is_on(runtime, platform).await?,
                None => false,
            };
            let agreements: Option<Json<BTreeMap<Uuid, Agreement>>> = row.try_get(4)?;
            let agreements = agreements.map(|all| all.0).unwrap_or_default();
            let restrictions: Option<Json<Restrictions>> = row.try_get(5)?;
            let view = CaseView {
                restricted: restrictions.is_some_and(|all| all.0.hold()),
                structure_id: row.try_get(2)?,
                in_circle: row.try_get(3)?,
                on_platform,
                organisation,
                agreements: given_to(&self.actor, &agreements).collect(),
                ..CaseView::stranger(now)
            };
            let seen = runtime.policies.may(&self.actor, action(&self.actor), Some(&view));
            let open = |class: &Class| runtime.policies.view(&self.actor, &view, *class, None).is_ok();
            let told = || [Class::Health, Class::Judicial].into_iter().filter(open).collect();
            self.cases.insert(case, seen.is_ok().then(told));
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
        reaches(fact.kind.audience, self.actor.role) && self.cases.get(&case).is_some_and(Option::is_some)
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
        let client = runtime.reader(&self.actor).await?;
        let statement = client.prepare_cached(OWN).await?;
        let rows =
            client.query(&statement, &[&self.actor.post_id, &platforms, &self.actor.organisation_id]).await?;
        let cases: Vec<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let statement = client.prepare_cached(POSITIONS).await?;
        let rows = client.query(&statement, &[&cases, &after, &until, &limit]).await?;
        Ok(Some(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?))
    }
}
