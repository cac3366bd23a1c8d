//! What the rules are asked about: a platform of three members, an employer, a post.

use contracts::{
    Facts, Recorded,
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::{MemberJoined, PlatformOpened, PostOpened},
};
use service::Known;
use testkit::scenario::{Scenario, day, id, organisation};
use uuid::Uuid;

pub const PLATFORM: u128 = 50;
pub const EMPLOYER: u128 = 5;
pub const OTHER_POST: u128 = 71;
pub const OUTSIDE_POST: u128 = 72;

/// These facts as the journal has them.
pub fn recorded<E: Facts>(stream: u128, facts: impl IntoIterator<Item = impl Into<E>>) -> Vec<Recorded> {
    let record = |(event, version): (E, u32)| {
        let (kind, payload) = event.encode();
        Recorded {
            position: i64::from(version),
            stream_id: id(stream),
            version,
            kind,
            event_id: id(u128::from(version)),
            case_id: None,
            occurred_on: day("2026-10-01").0,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            command_id: Uuid::nil(),
            metadata: Default::default(),
            payload,
        }
    };
    facts.into_iter().map(Into::into).zip(1..).map(record).collect()
}

/// Makes these facts known.
pub fn stream<E: Facts>(known: &mut Known, number: u128, facts: impl IntoIterator<Item = impl Into<E>>) {
    known.streams.insert(id(number), recorded::<E>(number, facts));
}

fn world(known: &mut Known) {
    organisation(known, 1, OrganisationKind::ACI);
    organisation(known, 2, OrganisationKind::FT);
    organisation(known, EMPLOYER, OrganisationKind::ENTREPRISE);
    let opened =
        PlatformOpened { name: "TESA".into(), lead_organisation_id: id(1).to_string(), ..Default::default() };
    let joined =
        MemberJoined { organisation_id: id(2).to_string(), since: "2026-01-01".into(), ..Default::default() };
    stream::<events::Platform>(known, PLATFORM, [events::Platform::from(opened), joined.into()]);
    for (post, organisation) in [(OTHER_POST, 2), (OUTSIDE_POST, 3)] {
        let opened = PostOpened {
            organisation_id: id(organisation).to_string(),
            role: Role::CONSEILLER.into(),
            ..Default::default()
        };
        stream::<events::Post>(known, post, [opened]);
    }
}

/// The world, after these facts.
pub fn given<E: Facts>(facts: impl IntoIterator<Item = impl Into<E>>) -> Scenario<E> {
    Scenario::given(facts).knowing(world)
}

/// The world, before anything.
pub fn nothing<E: Facts>() -> Scenario<E> {
    Scenario::nothing().knowing(world)
}
