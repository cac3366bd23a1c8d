//! Reading: what a person who asks may see, put together from the read models, and from the journal
//! for whatever is personal. Queries and pages both read here, so that neither shows more than the other.

pub mod board;
pub mod cards;
pub mod case;
pub mod identity;
pub mod timeline;

use access::{Actor, CaseView, Decision};
use contracts::Class;
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
}

impl Seen {
    /// Whether a class is open to the reader.
    pub fn opens(&self, class: Class) -> bool {
        self.classes.contains(&class)
    }
}

/// The case, for that reader.
///
/// # Errors
/// 403 when their role reads no case; 404 when there is none, or none for them.
pub async fn case(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<Seen, Problem> {
    may(actor)?;
    let unknown = || Problem::not_found("ce dossier");
    let standing = runtime.case_standing(case_id).await?.ok_or_else(unknown)?;
    let on_platform = runtime.is_on_platform(actor, standing.platform_id).await?;
    let view = standing.view(actor, on_platform);
    match access::decide(actor, READ, Some(&view)) {
        Decision::Allowed => {
            Ok(Seen { classes: access::classes(actor, &view), in_circle: view.in_circle, standing })
        }
        Decision::Denied(_) => Err(unknown()),
    }
}

/// Whether that reader sees the cases of a platform.
///
/// # Errors
/// 403 when their role reads no case; 404 when the platform is not theirs.
pub async fn platform(runtime: &Runtime, actor: &Actor, platform_id: Uuid) -> Result<(), Problem> {
    may(actor)?;
    let on_platform = runtime.is_on_platform(actor, Some(platform_id)).await?;
    let view = CaseView { in_circle: false, on_platform, structure_id: Uuid::nil() };
    match access::decide(actor, READ, Some(&view)) {
        Decision::Allowed => Ok(()),
        Decision::Denied(_) => Err(Problem::not_found("cette plateforme")),
    }
}

/// What reading a case is called in the policy.
const READ: &str = "case.read";

fn may(actor: &Actor) -> Result<(), Problem> {
    match access::decide(actor, READ, None) {
        Decision::Allowed => Ok(()),
        Decision::Denied(why) => Err(Problem::forbidden(why)),
    }
}
