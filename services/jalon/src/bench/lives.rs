//! Invented lives, told fact by fact without their rules: cases take turns, as life has it.

use contracts::{
    FactType, Facts as _, case::v1::*, common::v1::Role, diagnostic::v1::*, employment::v1::*, events,
    immersion::v1::*, platform::v1::*, prescription::v1::*,
};
use jiff::civil::Date;
use journal::{Append, Journal, NewFact};
use uuid::Uuid;
use vocabulary::{Clock as _, Ids as _, SystemClock, SystemIds};

use super::Error;

/// Facts of each case.
pub const FACTS: u32 = 20;

/// What is told of one case at one of its turns: which of its streams it is in, at which version, and what it says.
pub type Life = fn(&Case, u32) -> (usize, u32, (&'static FactType, Vec<u8>));

/// One case, and what is the same for all.
pub struct Case {
    streams: [Uuid; 8],
    structure: Uuid,
    platform: Uuid,
    post: Uuid,
    day: Date,
}

/// A contract whose hours change.
pub fn at_work(case: &Case, turn: u32) -> (usize, u32, (&'static FactType, Vec<u8>)) {
    let day = case.day.to_string();
    let event = if turn == 0 {
        EmploymentStarted { weekly_minutes: 1200, started_on: day, ..Default::default() }.into()
    } else {
        let weekly_minutes = 1200 + turn;
        events::Employment::from(HoursChanged { weekly_minutes, from_day: day, ..Default::default() })
    };
    (1, turn, event.encode())
}

/// A path through all contexts: a case, a wish, a diagnostic, a candidature, an immersion, a contract, an offer.
pub fn whole(case: &Case, turn: u32) -> (usize, u32, (&'static FactType, Vec<u8>)) {
    match turn {
        0..=2 => (0, turn, opened(case, turn)),
        3 => (1, 0, wished(case)),
        4..=5 => (2, turn - 4, diagnosed(case, turn - 4)),
        6..=9 => (3, turn - 6, sent(case, turn - 6)),
        10..=14 => (4, turn - 10, immersed(case, turn - 10)),
        15..=17 => (5, turn - 15, employed(case, turn - 15)),
        18 => (6, 0, offered(case)),
        _ => (7, 0, planned(case)),
    }
}

type Told = (&'static FactType, Vec<u8>);

fn opened(case: &Case, turn: u32) -> Told {
    let (structure_id, platform_id) = (case.structure.to_string(), case.platform.to_string());
    let event: events::Case = match turn {
        0 => {
            let opened_on = case.day.to_string();
            CaseOpened { structure_id, platform_id, opened_on, ..Default::default() }.into()
        }
        1 => {
            let (post_id, role) = (case.post.to_string(), Role::CIP.into());
            CircleMemberJoined { post_id, role, ..Default::default() }.into()
        }
        _ => AgreementGiven { organisation_id: structure_id, ..Default::default() }.into(),
    };
    event.encode()
}

fn wished(case: &Case) -> Told {
    let expressed = WishExpressed { expressed_on: case.day.to_string(), ..Default::default() };
    events::Wish::from(expressed).encode()
}

fn diagnosed(case: &Case, turn: u32) -> Told {
    let day = case.day.to_string();
    let event: events::Diagnostic = match turn {
        0 => DiagnosticStarted { started_on: day, ..Default::default() }.into(),
        _ => DiagnosticCompleted { completed_on: day, ..Default::default() }.into(),
    };
    event.encode()
}

fn sent(case: &Case, turn: u32) -> Told {
    let (day, addressee_id) = (case.day.to_string(), case.structure.to_string());
    let kind = PrescriptionKind::CANDIDATURE_IAE.into();
    let event: events::Prescription = match turn {
        0 => PrescriptionPrepared { kind, addressee_id, ..Default::default() }.into(),
        1 => {
            let answer_due_on = day.clone();
            PrescriptionSent { sent_on: day, answer_due_on, kind, addressee_id, ..Default::default() }.into()
        }
        2 => ReminderSent { reminded_on: day, addressee_id, ..Default::default() }.into(),
        _ => PrescriptionAccepted { accepted_on: day, kind, ..Default::default() }.into(),
    };
    event.encode()
}

fn immersed(case: &Case, turn: u32) -> Told {
    let day = case.day.to_string();
    let event: events::Convention = match turn {
        0 => {
            let (starts_on, ends_on) = (day.clone(), day);
            let terms = Terms { starts_on, ends_on, presence_days: 1, ..Default::default() };
            let host_id = case.structure.to_string();
            let kind = ConventionKind::PMSMP.into();
            ConventionDrafted { kind, host_id, terms: terms.into(), ..Default::default() }.into()
        }
        1 => ConventionFullySigned { signed_on: day, ..Default::default() }.into(),
        2 => ImmersionStarted { started_on: day.clone(), ends_on: day, ..Default::default() }.into(),
        3 => ImmersionEnded { ended_on: day, ..Default::default() }.into(),
        _ => ImmersionReviewed { reviewed_on: day, ..Default::default() }.into(),
    };
    event.encode()
}

fn employed(case: &Case, turn: u32) -> Told {
    let day = case.day.to_string();
    let event: events::Employment = match turn {
        0 => EmploymentStarted { weekly_minutes: 1200, started_on: day, ..Default::default() }.into(),
        1 => HoursChanged { weekly_minutes: 1500, from_day: day, ..Default::default() }.into(),
        _ => CheckInHeld { held_on: day, step: 7, ..Default::default() }.into(),
    };
    event.encode()
}

fn offered(case: &Case) -> Told {
    let proposed = MatchProposed { offer_id: case.platform.to_string(), ..Default::default() };
    events::Match::from(proposed).encode()
}

fn planned(case: &Case) -> Told {
    let scheduled = AppointmentScheduled { day: case.day.to_string(), ..Default::default() };
    events::Appointment::from(scheduled).encode()
}

/// Tells so many facts.
pub async fn tell(journal: &Journal, facts: u32, life: Life) -> Result<(), Error> {
    let now = SystemClock.now();
    let id = || SystemIds.next(now);
    let (structure, platform, post, day) = (id(), id(), id(), SystemClock.today());
    let case = |_| Case { streams: std::array::from_fn(|_| id()), structure, platform, post, day };
    let cases: Vec<Case> = (0..facts.div_ceil(FACTS)).map(case).collect();
    for turn in 0..FACTS {
        for chunk in cases.chunks(500) {
            let appends = chunk.iter().map(|case| {
                let (stream, expected, (kind, payload)) = life(case, turn);
                journal.append(Append {
                    stream_id: case.streams[stream],
                    expected,
                    command_id: id(),
                    fingerprint: vec![0; 16],
                    facts: vec![NewFact {
                        event_id: id(),
                        kind,
                        case_id: Some(case.streams[0]),
                        occurred_on: day,
                        recorded_at: now,
                        metadata: Vec::new(),
                        payload,
                    }],
                })
            });
            futures::future::try_join_all(appends).await?;
        }
    }
    Ok(())
}
