//! Reading: what a person who asks may see, put together from the read models, and from the journal
//! for whatever is personal. Queries and pages both read here, so that neither shows more than the other.

pub mod agenda;
pub mod answers;
pub mod board;
pub mod cards;
pub mod case;
pub mod counted;
pub mod followups;
pub mod identity;
pub mod open_items;
pub mod paths;
pub mod report;
pub mod timeline;
pub mod together;

use access::{Actor, CaseView};
use contracts::{Class, Recorded};
use sealing::Opened;
use service::{CaseStanding, Problem, Runtime};
use uuid::Uuid;

/// A case, and what its reader may see of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As it stands in the journal: whoever has just left the circle has left it.
    pub standing: CaseStanding,
    /// The personal classes that are open to the reader.
    pub classes: Vec<Class>,
    /// Whether the reader is in the circle.
    pub in_circle: bool,
    /// The post whose notes are open to the reader: their own.
    pub notes_of: Option<Uuid>,
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

/// The case, for that reader.
///
/// # Errors
/// 403 when their role reads no case; 404 when there is none, or none for them.
pub async fn case(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<Seen, Problem> {
    may(runtime, actor)?;
    let unknown = || Problem::not_found("ce dossier");
    let standing = runtime.case_standing(case_id).await?;
    // What does not exist and what is hidden take the same work and have the same answer.
    let view = runtime.view(actor, standing.as_ref(), runtime.clock.now()).await?;
    let decision = runtime.policies.decide(actor, READ, Some(&view));
    let standing = standing.filter(|_| decision.is_ok()).ok_or_else(unknown)?;
    let notes = runtime.policies.view(actor, &view, Class::Note, actor.post_id);
    Ok(Seen {
        classes: runtime.policies.classes(actor, &view),
        in_circle: view.in_circle,
        notes_of: actor.post_id.filter(|_| notes.is_ok()),
        standing,
    })
}

/// Whether that reader sees the cases of a platform.
///
/// # Errors
/// 403 when their role reads no case; 404 when the platform is not theirs.
pub async fn platform(runtime: &Runtime, actor: &Actor, platform_id: Uuid) -> Result<(), Problem> {
    may(runtime, actor)?;
    let on_platform = runtime.is_on_platform(actor, Some(platform_id)).await?;
    let view = CaseView { on_platform, ..CaseView::stranger(runtime.clock.now()) };
    let decision = runtime.policies.decide(actor, READ, Some(&view));
    decision.map(drop).map_err(|_| Problem::not_found("cette plateforme"))
}

/// What reading a case is called in the policy.
const READ: &str = "case.read";

fn may(runtime: &Runtime, actor: &Actor) -> Result<(), Problem> {
    Ok(runtime.policies.decide(actor, READ, None).map(drop)?)
}
