//! Reading: what a person who asks may see, put together from the read models, and from the journal
//! for whatever is personal. Queries and pages both read here, so that neither shows more than the other.

pub mod agenda;
pub mod answers;
pub mod board;
pub mod cards;
pub mod case;
pub mod copies;
pub mod counted;
pub mod emergencies;
pub mod erasures;
pub mod export;
pub mod followups;
pub mod identity;
pub mod meetings;
pub(crate) mod names;
pub mod open_items;
pub mod paths;
pub mod protection;
pub mod readings;
pub mod recipients;
pub mod rectifications;
pub mod report;
pub mod requests;
pub mod restrictions;
pub mod sharing;
pub mod timeline;
pub mod together;

use access::{Actor, CaseView};
use contracts::{Class, Recorded, case::v1::SharingPurpose};
use jiff::Timestamp;
use sealing::Opened;
use service::{CaseStanding, Problem, Reading, Runtime};
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

/// A case, and what its reader may see of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As it stands in the journal: whoever has just left the circle has left it.
    pub standing: CaseStanding,
    /// The personal classes that are open to the reader.
    pub classes: Vec<Class>,
    /// Whether a second factor, shown anew, would open more of them.
    pub second_factor_opens_more: bool,
    /// Whether the reader is in the circle.
    pub in_circle: bool,
    /// The post whose notes are open to the reader: their own.
    pub notes_of: Option<Uuid>,
    /// What else the person agreed that the reader's organisation reads for.
    pub agreed_for: Vec<SharingPurpose>,
    /// Until when it is open by an emergency only, when it is.
    pub emergency_until: Option<Timestamp>,
}

impl Seen {
    /// Whether a class is open to the reader.
    pub fn opens(&self, class: Class) -> bool {
        self.classes.contains(&class)
    }

    /// Whether what is of that class in that fact is open to the reader.
    pub fn opens_in(&self, fact: &Recorded, class: Class) -> bool {
        let author = || fact.metadata().ok()?.actor.post_id.parse().ok();
        self.opens(class) || class == Class::Note && self.notes_of.is_some() && self.notes_of == author()
    }

    /// What was erased is said to be so, not only closed.
    pub fn mark_erased(&self, opened: &mut Opened) {
        let erased = |class: &mut Class| self.standing.erased.contains(class);
        opened.forgotten.extend(opened.closed.extract_if(.., erased));
    }
}

/// The case, for that reader: it is noted that they looked at it, whatever of it is open to them.
///
/// # Errors
/// 403 when their role reads no case; 404 when there is none, or none for them.
pub async fn case(runtime: &Runtime, reading: &Reading, case_id: Uuid) -> Result<Seen, Problem> {
    let seen = look(runtime, reading, case_id).await?;
    reading.saw(case_id, &[Class::Trace]);
    if seen.emergency_until.is_some() {
        reading.in_emergency();
    }
    Ok(seen)
}

/// Whether that actor may look at the case, where nothing of it is shown.
///
/// # Errors
/// As [`case`].
pub async fn sees(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<Seen, Problem> {
    look(runtime, actor, case_id).await
}

/// What of the case is open to that actor.
async fn look(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<Seen, Problem> {
    may(runtime, actor)?;
    let unknown = || Problem::not_found("ce dossier");
    let standing = runtime.case_standing(case_id).await?;
    // What does not exist and what is hidden take the same work and have the same answer.
    let view = runtime.view(actor, standing.as_ref(), runtime.clock.now()).await?;
    let decision = runtime.policies.decide(actor, reads(actor), Some(&view));
    // What one opened in an emergency is still there: only the second factor has grown old.
    if standing.is_some() && decision.as_ref().is_err_and(|denied| denied.second_factor) {
        return Err(Problem::second_factor());
    }
    let standing = standing.filter(|_| decision.is_ok()).ok_or_else(unknown)?;
    let notes = runtime.policies.view(actor, &view, Class::Note, actor.post_id);
    let classes = runtime.policies.classes(actor, &view);
    let strong = Actor { second_factor: true, ..actor.clone() };
    let more = !actor.second_factor && runtime.policies.classes(&strong, &view).len() > classes.len();
    let urgent = view.emergency_until.filter(|until| !view.in_circle && view.now < *until);
    Ok(Seen {
        emergency_until: urgent,
        classes,
        second_factor_opens_more: more,
        in_circle: view.in_circle,
        notes_of: actor.post_id.filter(|_| notes.is_ok()),
        agreed_for: agreed_for(actor, &view),
        standing,
    })
}

/// What the person agreed that the organisation of that actor reads for today, beside what they read for now.
fn agreed_for(actor: &Actor, view: &CaseView) -> Vec<SharingPurpose> {
    let today = day_in_paris(view.now);
    let held = view.agreements.iter().filter(|agreement| agreement.holds_on(today));
    let mut purposes: Vec<SharingPurpose> = Vec::new();
    for purpose in held.flat_map(|agreement| &agreement.purposes) {
        let other = actor.reads_for() != Some(*purpose) && *purpose != SharingPurpose::STATISTIQUES;
        if other && !purposes.contains(purpose) {
            purposes.push(*purpose);
        }
    }
    purposes
}

/// Whether that reader sees the cases of a platform.
///
/// # Errors
/// 403 when their role reads no case; 404 when the platform is not theirs.
pub async fn platform(runtime: &Runtime, actor: &Actor, platform_id: Uuid) -> Result<(), Problem> {
    may(runtime, actor)?;
    let now = runtime.clock.now();
    let (organisation, on_platform) =
        tokio::try_join!(runtime.asking(actor, now), runtime.is_on_platform(actor, Some(platform_id)))?;
    let view = CaseView { on_platform, organisation, ..CaseView::stranger(now) };
    let decision = runtime.policies.decide(actor, READ, Some(&view));
    decision.map(drop).map_err(|_| Problem::not_found("cette plateforme"))
}

/// What reading a case is called in the policy.
const READ: &str = "case.read";

/// The same, for the person themselves.
const READ_OWN: &str = "own.read";

fn reads(actor: &Actor) -> &'static str {
    if actor.own.is_some() { READ_OWN } else { READ }
}

fn may(runtime: &Runtime, actor: &Actor) -> Result<(), Problem> {
    Ok(runtime.policies.decide(actor, reads(actor), None).map(drop)?)
}
