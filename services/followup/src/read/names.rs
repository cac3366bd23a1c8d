//! To whom the names of a list are open: the circle, and those whom an agreement opens them to. Lists come from the
//! read model, which may be a moment late; whatever the journal has said since then is looked at.

use std::collections::{BTreeMap, HashMap};

use access::{Actor, Agreement, CaseView};
use contracts::Class;
use jiff::Timestamp;
use service::{CaseStanding, Problem, Runtime};
use uuid::Uuid;

use super::board::in_circle;
use crate::views::status::{self, Status};

/// Facts that the read model may have been behind when the list was read; beyond, each case is asked of the journal.
const BEHIND: i64 = 1_000;

/// What one list may show.
pub(super) struct Names<'a> {
    actor: &'a Actor,
    now: Timestamp,
    /// Those whose circle or agreements may have changed since the read model, as they stand.
    moved: HashMap<Uuid, Option<CaseStanding>>,
    /// One answer for all those of the circle in one structure: a policy is not asked six hundred times the same.
    around: HashMap<(Uuid, Class), bool>,
}

impl<'a> Names<'a> {
    /// What must be known of these cases.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) async fn of(
        runtime: &Runtime,
        actor: &'a Actor,
        cases: &[(Uuid, Status)],
    ) -> Result<Self, Problem> {
        let (now, moved, around) = (runtime.clock.now(), HashMap::new(), HashMap::new());
        let mut names = Self { actor, now, moved, around };
        let may_be = |(id, status): &(Uuid, Status)| {
            (in_circle(actor, status) || given_to(actor, &status.agreements).next().is_some()).then_some(*id)
        };
        let shown: Vec<Uuid> = cases.iter().filter_map(may_be).collect();
        if shown.is_empty() {
            return Ok(names);
        }
        let read_at = cases.iter().map(|(_, status)| status.read_at).min().unwrap_or_default();
        let since = runtime.journal.after(read_at, BEHIND).await?;
        let all = since.len() as i64 >= BEHIND;
        let told = |id: &Uuid| {
            since.iter().any(|fact| fact.case_id == Some(*id) && fact.kind.aggregate().name == "case")
        };
        for id in shown.iter().copied().filter(|id| all || told(id)) {
            names.moved.insert(id, runtime.case_standing(id).await?);
        }
        Ok(names)
    }

    /// Whether the name of that person is open to whoever reads.
    pub(super) fn are_open(&mut self, runtime: &Runtime, id: Uuid, status: &Status) -> bool {
        self.is_open(runtime, (id, status), Class::Identity)
    }

    /// Whether what that person wishes is open to whoever reads.
    pub(super) fn wishes_are_open(&mut self, runtime: &Runtime, id: Uuid, status: &Status) -> bool {
        self.is_open(runtime, (id, status), Class::Project)
    }

    /// Which of these classes are open to whoever reads.
    pub(super) fn open_of(
        &mut self,
        runtime: &Runtime,
        id: Uuid,
        status: &Status,
        classes: &[Class],
    ) -> Vec<Class> {
        let mut open = classes.to_vec();
        open.retain(|class| self.is_open(runtime, (id, status), *class));
        open
    }

    fn is_open(&mut self, runtime: &Runtime, (id, status): (Uuid, &Status), class: Class) -> bool {
        let (actor, now) = (self.actor, self.now);
        let ask = |view: &CaseView| runtime.policies.view(actor, view, class, None).is_ok();
        if let Some(standing) = self.moved.get(&id) {
            let view = |case: &CaseStanding| case.view(actor, Default::default(), false, now);
            return standing.as_ref().map(view).is_some_and(|view| ask(&view));
        }
        let (around, structure_id) = (in_circle(actor, status), status.structure_id);
        let agreements: Vec<Agreement> = given_to(actor, &status.agreements).collect();
        let restricted = status.restrictions.hold();
        let view =
            CaseView { in_circle: around, structure_id, agreements, restricted, ..CaseView::stranger(now) };
        match view.agreements.is_empty() && !restricted {
            true if !around => false,
            true => *self.around.entry((structure_id, class)).or_insert_with(|| ask(&view)),
            false => ask(&view),
        }
    }
}

/// The agreements of a case given to the organisation of that actor.
pub(crate) fn given_to<'a>(
    actor: &Actor,
    agreements: &'a BTreeMap<Uuid, status::Agreement>,
) -> impl Iterator<Item = Agreement> + use<'a> {
    let own = actor.organisation_id;
    let theirs = agreements.iter().filter(move |(_, one)| own.is_some() && one.organisation_id == own);
    theirs.filter_map(|(id, one)| {
        Some(Agreement {
            id: *id,
            organisation_id: one.organisation_id?,
            classes: one.classes.iter().filter_map(|class| service::class_of(class.as_known()?)).collect(),
            purposes: one.purposes.iter().filter_map(|purpose| purpose.as_known()).collect(),
            from: one.from?,
            until: one.until?,
        })
    })
}
