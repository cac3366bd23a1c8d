//! Who states or asks something: a professional in a post, or a system.

use contracts::{
    case::v1::SharingPurpose,
    common::v1::{Actor as Stated, Role},
};
use uuid::Uuid;

/// Who stated a fact, beside it, when the person did by their own access.
pub const PERSON: &str = "person";

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
    /// What they said they read for; nothing when they did not say.
    pub purpose: Option<SharingPurpose>,
    /// What they come by, when it is the person themselves; nothing for everyone else.
    pub own: Option<OwnCase>,
}

/// The person's own access to their case, handed to them in person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCase {
    /// Their case.
    pub case_id: Uuid,
    /// The access: it opens nothing once it is closed or over.
    pub access_id: Uuid,
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
            purpose: None,
            own: None,
        }
    }

    /// The person, who showed both the address they were handed and the code they were told.
    pub fn person(own: OwnCase) -> Self {
        Self { role: Role::PERSONNE, second_factor: true, system: None, own: Some(own), ..Self::system("") }
    }

    /// What they read for: what they said, or what their role is there for. An agreement opens nothing for anything
    /// else. Partner systems say it each time; auditors read within their mission, persons what is their own.
    pub fn reads_for(&self) -> Option<SharingPurpose> {
        let usual = || match self.role {
            Role::REFERENT_SOCIAL | Role::CIP | Role::REFERENT_EMPLOI | Role::CONSEILLER => {
                Some(SharingPurpose::ACCOMPAGNEMENT)
            }
            Role::EMPLOYEUR_SIAE | Role::ANIMATEUR_PLATEFORME => Some(SharingPurpose::CANDIDATURE),
            _ => None,
        };
        self.purpose.or_else(usual).filter(|purpose| *purpose != SharingPurpose::SHARING_PURPOSE_UNSPECIFIED)
    }

    /// What tells this actor from any other: idempotency keys are theirs alone.
    pub fn key(&self) -> String {
        if let Some(own) = self.own {
            return format!("person:{}", own.case_id);
        }
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
            // The person states in nobody else's name.
            system: self.system.or(self.own.map(|_| PERSON)).unwrap_or_default().to_owned(),
            ..Stated::default()
        }
    }
}
