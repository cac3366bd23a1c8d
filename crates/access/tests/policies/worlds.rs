//! Invented worlds: someone who asks, a case, what links them. Drawn from a seed, so that a disagreement can be
//! looked at again.

use access::{Actor, Agreement, Asking, CaseView, Period, Statement};
use contracts::{
    Class,
    buffa::Enumeration as _,
    case::v1::SharingPurpose,
    common::v1::{OrganisationKind, Role},
};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use uuid::Uuid;

/// Numbers that look drawn by lot: SplitMix64.
pub struct Lot(pub u64);

impl Lot {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("a place")]
    }

    pub fn some<T: Copy>(&mut self, of: &[T], percent: u64) -> Vec<T> {
        of.iter().copied().filter(|_| self.chance(percent)).collect()
    }
}

/// What is asked, by whom, of what.
#[derive(Debug)]
pub struct World {
    pub actor: Actor,
    pub name: String,
    pub case: CaseView,
    /// From which post what is asked for was written.
    pub author: Option<Uuid>,
    /// What would be stated.
    pub statement: Statement,
}

pub fn id(number: u64) -> Uuid {
    Uuid::from_u128(number.into())
}

/// Names of commands and queries, and what looks like them.
const NAMES: &[&str] = &[
    "case.read",
    "case.open",
    "case.join-circle",
    "case.leave-circle",
    "case.transfer",
    "case.pause",
    "case.resume",
    "case.close",
    "case.reopen",
    "case.open-own-access",
    "case.restrict",
    "case.lift-restriction",
    "case.object",
    "case.settle-objection",
    "case.settle-rectification",
    "case.record-identity",
    "case.withdraw-agreement",
    "case.give-agreement",
    "case.open-emergency-access",
    "case.review-emergency-access",
    "administration.read-protection",
    "administration.suspend-access",
    "case.forget-person",
    "diagnostic.complete",
    "prescription.send",
    "prescription.receive",
    "prescription.review",
    "prescription.hold",
    "prescription.accept",
    "prescription.refuse",
    "prescription.start",
    "prescription.complete",
    "prescription.withdraw",
    "prescription.establish-eligibility",
    "immersion.sign",
    "immersion.review",
    "immersion.draft",
    "employment.start",
    "employment.end",
    "employment.report-difficulty",
    "diagnostic.name-obstacle",
    "handover.propose",
    "employer.contact",
    "offer.publish",
    "match.propose",
    "gathering.plan",
    "meeting.hold",
    "action.plan",
    "partnership.record",
    "service.read",
    "platform.open",
    "platform.open-post",
    "platform.fill-post",
    "platform.vacate-post",
    "platform.fill-posts",
    "platform.read",
    "directory.import",
    "events.read",
    "home.read",
    "notice.read",
    "notice.choose-mailbox",
    "own.read",
    "own.export.read",
    "own.request-rectification",
    "own.enter",
    "own.object",
    "own.look",
    "case.request-rectification",
    "audit.replay",
    "audit.read",
    "administration.rotate",
    "inbound.les-emplois",
    "",
    "case",
    "cases.read",
    "unknown.read",
    "Case.read",
    " case.read",
    "case.read ",
    "*",
    "case.*",
];

pub fn actor(lot: &mut Lot) -> Actor {
    let within = |lot: &mut Lot| lot.chance(90).then(|| id(1 + lot.below(3)));
    let role = *lot.one(Role::values());
    // Those who accompany are most of those who ask.
    let accompany = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER];
    Actor {
        role: if lot.chance(40) { *lot.one(&accompany) } else { role },
        professional_id: within(lot),
        post_id: within(lot),
        organisation_id: within(lot),
        second_factor: lot.chance(70),
        system: lot.chance(4).then_some("clock"),
        purpose: lot.chance(40).then(|| *lot.one(SharingPurpose::values())),
        own: None,
    }
}

fn agreement(lot: &mut Lot, now: Timestamp) -> Agreement {
    let today = vocabulary::clock::day_in_paris(now);
    // On its first and last day, the days around them, and far from both.
    let day =
        |lot: &mut Lot, near: i64| today.saturating_add((near + [-1, 0, 1][lot.below(3) as usize]).days());
    let (from, until) = match lot.below(4) {
        0 => (day(lot, -300), day(lot, 0)),
        1 => (day(lot, 0), day(lot, 300)),
        2 => (day(lot, -400), day(lot, -30)),
        _ => (day(lot, -100), day(lot, 100)),
    };
    Agreement {
        id: id(lot.number()),
        organisation_id: id(1 + lot.below(3)),
        classes: lot.some(&Class::PERSONAL, 50),
        purposes: lot.some(SharingPurpose::values(), 30),
        from,
        until,
    }
}

/// Days around that instant: within, over since yesterday, or to come.
fn mission(lot: &mut Lot, now: Timestamp) -> Period {
    let today = vocabulary::clock::day_in_paris(now);
    let (from, until) = *lot.one(&[(-100, 100), (0, 0), (-30, 0), (0, 30), (-30, -1), (1, 30)]);
    let day = |near: i64| today.saturating_add(near.days());
    Period { from: day(from), until: day(until) }
}

pub fn case(lot: &mut Lot) -> CaseView {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let now = start + SignedDuration::from_secs(i64::try_from(lot.below(730 * 86_400)).expect("seconds"));
    let agreements = (0..lot.below(4)).map(|_| agreement(lot, now)).collect();
    let emergency = [None, None, Some(-3600), Some(-1), Some(0), Some(1), Some(3600)];
    CaseView {
        now,
        in_circle: lot.chance(50),
        structure_id: id(1 + lot.below(3)),
        on_platform: lot.chance(40),
        organisation: Asking {
            kind: *lot.one(OrganisationKind::values()),
            shares_secrecy: lot.chance(70),
            judicial: lot.chance(70),
            mission: lot.chance(60).then(|| mission(lot, now)),
        },
        agreements,
        emergency_until: lot.one(&emergency).map(|seconds| now + SignedDuration::from_secs(seconds)),
        erased: if lot.chance(15) { lot.some(&Class::PERSONAL, 40) } else { Vec::new() },
        own: lot.chance(30),
        restricted: lot.chance(20),
    }
}

pub fn world(lot: &mut Lot) -> World {
    let actor = actor(lot);
    let author = match lot.below(3) {
        0 => None,
        1 => actor.post_id,
        _ => Some(id(1 + lot.below(3))),
    };
    let classes = if lot.chance(40) { lot.some(&Class::PERSONAL, 30) } else { Vec::new() };
    let statement = Statement { another: lot.chance(50), classes };
    World { name: (*lot.one(NAMES)).to_owned(), case: case(lot), author, statement, actor }
}
