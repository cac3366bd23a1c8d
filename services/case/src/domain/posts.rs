//! A post, as far as this context must know it: it is another context that states its facts.

use contracts::{common::v1::Role, events};
use uuid::Uuid;

/// A post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// The organisation it is in.
    pub organisation_id: Option<Uuid>,
    /// What it does around persons.
    pub role: Role,
    /// Who holds it today.
    pub holder: Option<Uuid>,
    /// Who held it last, and left.
    pub predecessor: Option<Uuid>,
}

impl Post {
    /// Folds the facts of a post; nothing when there is none.
    pub fn fold(facts: Vec<events::Post>) -> Option<Self> {
        let mut post: Option<Self> = None;
        for fact in facts {
            match fact {
                events::Post::PostOpened(opened) => {
                    post = Some(Self {
                        organisation_id: opened.organisation_id.parse().ok(),
                        role: opened.role.as_known().unwrap_or_default(),
                        ..Self::default()
                    });
                }
                events::Post::PostFilled(filled) => {
                    if let Some(post) = post.as_mut() {
                        post.holder = filled.professional_id.parse().ok();
                    }
                }
                events::Post::PostVacated(vacated) => {
                    if let Some(post) = post.as_mut() {
                        post.predecessor = vacated.professional_id.parse().ok().or(post.holder);
                        post.holder = None;
                    }
                }
                // What an auditor is sent to look at is no concern of a circle.
                _ => {}
            }
        }
        post
    }
}
