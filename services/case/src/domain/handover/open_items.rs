//! What is open on a post: read from how each case stands whose circle it is in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use service::Context;
use uuid::Uuid;
use vocabulary::ids::derived;

use super::{HandoverItem, HandoverItemKind as Kind};

/// The read model where each case stands.
pub const LIVE_STATUS: &str = "live_status";

/// What is read of a case; what its document does not say is not open.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Followed {
    open: bool,
    prescriptions: BTreeMap<Uuid, Facet>,
    immersions: BTreeMap<Uuid, Facet>,
    employments: BTreeMap<Uuid, Facet>,
    activities: BTreeMap<Uuid, Facet>,
    passes: BTreeMap<Uuid, Facet>,
    agreements: BTreeMap<Uuid, Facet>,
    appointments: BTreeMap<Uuid, Facet>,
    review: Option<Facet>,
}

impl Followed {
    /// A document that cannot be read still names someone who is followed: that is never left out.
    fn read(document: Value) -> Self {
        serde_json::from_value(document).unwrap_or(Self { open: true, ..Self::default() })
    }
}

/// What is read of any of its facets: each has some of these.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Facet {
    state: String,
    answer_due_on: Option<Date>,
    starts_on: Option<Date>,
    started_on: Option<Date>,
    ends_on: Option<Date>,
    planned_until: Option<Date>,
    ended_on: Option<Date>,
    outcome: Option<Value>,
    until: Option<Date>,
    day: Option<Date>,
    post_id: Option<Uuid>,
    next_on: Option<Date>,
    /// The convention of another tool that an immersion is: that one is handed over.
    same_as: Option<Uuid>,
}

/// The list for one case.
struct List {
    handover_id: Uuid,
    case_id: Uuid,
    items: Vec<HandoverItem>,
}

impl List {
    fn add(&mut self, kind: Kind, about: Uuid, due_on: Option<Date>) {
        let number = (kind as i32).to_be_bytes();
        let id = derived(&[self.handover_id.as_bytes(), self.case_id.as_bytes(), &number, about.as_bytes()]);
        self.items.push(HandoverItem {
            item_id: id.to_string(),
            kind: kind.into(),
            case_id: self.case_id.to_string(),
            about_id: about.to_string(),
            due_on: due_on.map(|day| day.to_string()).unwrap_or_default(),
            ..Default::default()
        });
    }

    fn case(&mut self, case: &Followed, post: Uuid, today: Date) {
        if case.open {
            self.add(Kind::CASE, self.case_id, None);
        }
        for (id, sent) in &case.prescriptions {
            if matches!(&*sent.state, "sent" | "received" | "under_review" | "on_hold") {
                self.add(Kind::AWAITED_ANSWER, *id, sent.answer_due_on);
            }
        }
        for (id, immersion) in case.immersions.iter().filter(|(_, one)| one.same_as.is_none()) {
            self.immersion(*id, immersion);
        }
        for (id, work) in case.employments.iter().chain(&case.activities) {
            if work.started_on.is_some() && work.ended_on.is_none() {
                self.add(Kind::NEXT_DATE, *id, work.ends_on.or(work.planned_until));
            }
        }
        for (id, pass) in &case.passes {
            if pass.ends_on.is_some_and(|last| last >= today) {
                self.add(Kind::NEXT_DATE, *id, pass.ends_on);
            }
        }
        for (id, agreement) in &case.agreements {
            self.add(Kind::AGREEMENT, *id, agreement.until);
        }
        // What is with another post of the circle stays with it.
        for (id, appointment) in &case.appointments {
            if appointment.post_id.is_none_or(|with| with == post) {
                self.add(Kind::APPOINTMENT, *id, appointment.day);
            }
        }
        if let Some(next_on) = case.review.as_ref().and_then(|review| review.next_on) {
            self.add(Kind::REVIEW, self.case_id, Some(next_on));
        }
    }

    /// Planned or under way, its next date; over without a word on how it went, its review.
    fn immersion(&mut self, id: Uuid, immersion: &Facet) {
        match &*immersion.state {
            "drafted" | "fully_signed" | "approved" | "validated" => {
                self.add(Kind::NEXT_DATE, id, immersion.starts_on);
            }
            "started" => self.add(Kind::NEXT_DATE, id, immersion.ends_on),
            "interrupted" | "ended" if immersion.outcome.is_none() => {
                self.add(Kind::REVIEW, id, immersion.ends_on);
            }
            _ => {}
        }
    }
}

/// Everything that is open on that post, case by case.
pub(super) fn items(post: Uuid, context: &Context) -> Vec<HandoverItem> {
    let mut list = List { handover_id: context.stream_id, case_id: Uuid::nil(), items: Vec::new() };
    for (case_id, document) in context.documents::<Value>() {
        list.case_id = case_id;
        list.case(&Followed::read(document), post, context.today);
    }
    list.items
}
