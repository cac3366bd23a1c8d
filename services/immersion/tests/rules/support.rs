//! What the rules are asked about.

use std::collections::HashMap;

use contracts::{
    Facts as _, Recorded, Word,
    common::v1::{OrganisationKind, Role},
};
use immersion::domain::{commands::*, *};
use service::Known;
use testkit::scenario::{Scenario, actor, day, id, organisation};
use uuid::Uuid;

pub const HOST: u128 = 5;
pub const EARLIER: u128 = 77;

pub fn terms(starts_on: &str, ends_on: &str) -> commands::Terms {
    commands::Terms {
        starts_on: day(starts_on),
        ends_on: day(ends_on),
        presence_days: 10,
        weekly_minutes: 35 * 60,
    }
}

pub fn pmsmp() -> DraftConvention {
    DraftConvention {
        kind: Word(ConventionKind::PMSMP),
        object: ImmersionObject::DECOUVRIR_METIER.into(),
        terms: terms("2026-12-01", "2026-12-14"),
        host_id: Some(id(HOST)),
        prescriber_id: None,
        accompanying_structure_id: None,
        has_current_employer: false,
        renews_convention_id: None,
        renewal_justification: String::new(),
        details: None,
    }
}

/// France Travail writes, about someone born in 1990; the host is known.
pub fn drafting() -> Scenario<Event> {
    Scenario::nothing().by(actor(Role::CONSEILLER, 7, 2)).knowing(|known| {
        organisation(known, 1, OrganisationKind::CHRS);
        organisation(known, 2, OrganisationKind::FT);
        organisation(known, HOST, OrganisationKind::ENTREPRISE);
        known.birth_date = Some(day("1990-06-15").0);
    })
}

pub fn born(on: &'static str) -> Scenario<Event> {
    drafting().knowing(|known| known.birth_date = Some(day(on).0))
}

pub fn signatories(facts: &[Event]) -> Vec<Party> {
    let Some(Event::ConventionDrafted(drafted)) = facts.first() else { panic!("no draft") };
    drafted.signatories.iter().filter_map(contracts::EnumValue::as_known).collect()
}

pub fn recorded(stream: u128, case: u128, facts: Vec<Event>) -> Vec<Recorded> {
    let record = |(event, version): (Event, u32)| {
        let (kind, payload) = event.encode();
        Recorded {
            position: i64::from(version),
            stream_id: id(stream),
            version,
            kind,
            event_id: id(u128::from(version)),
            case_id: Some(id(case)),
            occurred_on: day("2026-10-01").0,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            command_id: Uuid::nil(),
            metadata: Vec::new(),
            payload,
        }
    };
    facts.into_iter().zip(1..).map(record).collect()
}

pub fn earlier(kind: ConventionKind, object: ImmersionObject) -> Event {
    ConventionDrafted {
        kind: kind.into(),
        object: object.into(),
        terms: contracts::immersion::v1::Terms {
            starts_on: "2026-11-01".into(),
            ends_on: "2026-11-30".into(),
            presence_days: 10,
            ..Default::default()
        }
        .into(),
        host_id: id(HOST).to_string(),
        ..Default::default()
    }
    .into()
}

pub fn renewal_of(facts: Vec<Event>) -> (Scenario<Event>, DraftConvention) {
    let command = DraftConvention { renews_convention_id: Some(id(EARLIER)), ..pmsmp() };
    let tell = |known: &mut Known| {
        known.streams = HashMap::from([(id(EARLIER), recorded(EARLIER, 42, facts))]);
    };
    (drafting().knowing(tell), command)
}
