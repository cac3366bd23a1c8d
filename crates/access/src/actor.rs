//! Who states or asks something: a professional in a post, or a system.

use contracts::common::v1::{Actor as Stated, Role};
use uuid::Uuid;

/// Someone who was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What they do, and so what they may do.
    pub role: Role,
    /// The professional.
    pub professional_id: Option<Uuid>,
    /// The post they hold: rights and promises hang on it.
    pub post_id: Option<Uuid>,
    /// The organisation of that post.
    pub organisation_id: Option<Uuid>,
    /// Whether they showed a second factor when they signed in: what is sensitive asks for it.
    pub second_factor: bool,
    /// The system, when it is not a person: `clock`, `immersion-facilitee`…
    pub system: Option<&'static str>,
}

impl Actor {
    /// A part of Jalon, or a tool whose word stands.
    pub const fn system(name: &'static str) -> Self {
        Self {
            role: Role::ROLE_UNSPECIFIED,
            professional_id: None,
            post_id: None,
            organisation_id: None,
            second_factor: false,
            system: Some(name),
        }
    }

    /// What tells this actor from any other: idempotency keys are theirs alone.
    pub fn key(&self) -> String {
        match (self.system, self.post_id, self.professional_id) {
            (Some(system), _, _) => format!("system:{system}"),
            (None, Some(post), _) => format!("post:{post}"),
            (None, None, professional) => {
                format!("{:?}:{}", self.role, professional.map(|id| id.to_string()).unwrap_or_default())
            }
        }
    }

    /// As it is kept beside the facts.
    pub fn stated(&self) -> Stated {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        Stated {
            post_id: text(self.post_id),
            professional_id: text(self.professional_id),
            organisation_id: text(self.organisation_id),
            system: self.system.unwrap_or_default().to_owned(),
            ..Stated::default()
        }
    }
}
