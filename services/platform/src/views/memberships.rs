//! `platform_memberships`: of which platforms each organisation is a member today, for the rules that ask who keeps
//! its card.

use std::collections::BTreeSet;

use contracts::{Recorded, events};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The read model.
#[derive(Debug)]
pub struct Memberships;

/// Its name.
pub const MEMBERSHIPS: &str = "platform_memberships";

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Membership {
    /// The platforms it is a member of.
    pub platforms: BTreeSet<Uuid>,
}

impl View for Memberships {
    type Body = Membership;

    const NAME: &'static str = MEMBERSHIPS;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;

    fn key(fact: &Recorded) -> Option<Uuid> {
        let organisation = match fact.trace().ok()? {
            events::Platform::PlatformOpened(opened) => opened.lead_organisation_id,
            events::Platform::MemberJoined(joined) => joined.organisation_id,
            events::Platform::MemberLeft(left) => left.organisation_id,
            events::Platform::AnswerDelayChosen(_) => return None,
        };
        organisation.parse().ok()
    }

    fn fold(body: &mut Membership, fact: &Recorded) -> Result<(), Poison> {
        match fact.trace()? {
            events::Platform::MemberLeft(_) => body.platforms.remove(&fact.stream_id),
            _ => body.platforms.insert(fact.stream_id),
        };
        Ok(())
    }
}
