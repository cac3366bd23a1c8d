//! What is open on a post: read from how each case stands whose circle it is in, and from what it promised
//! employers.

use jiff::{ToSpan as _, civil::Date};
use serde_json::Value;
use service::Context;
use situation::status::{Employment, Immersion, ImmersionState, MatchState, Status};
use uuid::Uuid;
use vocabulary::ids::derived;

use super::{HandoverItem, HandoverItemKind as Kind};
use crate::views::Promised;

/// The read model where each case stands.
pub use situation::live_status::NAME as LIVE_STATUS;

/// Months within which the person has their answer.
const ANSWER_MONTHS: i32 = 1;

/// A document that cannot be read still names someone who is followed: that is never left out.
fn read(document: Value) -> Status {
    serde_json::from_value(document).unwrap_or_else(|_| Status { open: true, ..Status::default() })
}

/// The list for one case, or for none.
struct List {
    handover_id: Uuid,
    case_id: Option<Uuid>,
    items: Vec<HandoverItem>,
}

impl List {
    fn add(&mut self, kind: Kind, about: Uuid, due_on: Option<Date>) {
        let number = (kind as i32).to_be_bytes();
        let case = self.case_id.unwrap_or_default();
        let id = derived(&[self.handover_id.as_bytes(), case.as_bytes(), &number, about.as_bytes()]);
        self.items.push(HandoverItem {
            item_id: id.to_string(),
            kind: kind.into(),
            case_id: self.case_id.map(|id| id.to_string()).unwrap_or_default(),
            about_id: about.to_string(),
            due_on: due_on.map(|day| day.to_string()).unwrap_or_default(),
            ..Default::default()
        });
    }

    fn case(&mut self, case_id: Uuid, case: &Status, post: Uuid, today: Date) {
        self.case_id = Some(case_id);
        if case.open {
            self.add(Kind::CASE, case_id, None);
        }
        for (id, sent) in case.prescriptions.iter().filter(|(_, one)| one.state.is_awaiting()) {
            self.add(Kind::AWAITED_ANSWER, *id, sent.answer_due_on);
        }
        for (id, one) in case.matches.iter().filter(|(_, one)| one.state == MatchState::PutForward) {
            self.add(Kind::AWAITED_ANSWER, *id, one.answer_due_on);
        }
        for (id, immersion) in case.immersions() {
            self.immersion(*id, immersion);
        }
        for (id, work) in &case.employments {
            self.work(*id, work, today);
        }
        for (id, activity) in case.activities.iter().filter(|(_, one)| one.is_under_way()) {
            self.add(Kind::NEXT_DATE, *id, activity.planned_until);
        }
        for (id, pass) in case.passes.iter().filter(|(_, one)| one.ends_on.is_some_and(|last| last >= today))
        {
            self.add(Kind::NEXT_DATE, *id, pass.ends_on);
        }
        self.shared(case_id, case, post);
    }

    /// What was agreed, asked, mobilised and planned with the person.
    fn shared(&mut self, case_id: Uuid, case: &Status, post: Uuid) {
        for (id, agreement) in &case.agreements {
            self.add(Kind::AGREEMENT, *id, agreement.until);
        }
        for (id, asked) in &case.rectifications {
            let answer_by = asked.requested_on.map(|day| day.saturating_add(ANSWER_MONTHS.months()));
            self.add(Kind::RECTIFICATION, *id, answer_by);
        }
        for (id, objection) in case.restrictions.0.iter().filter(|(_, one)| one.waits()) {
            let answer_by = objection.since.map(|day| day.saturating_add(ANSWER_MONTHS.months()));
            self.add(Kind::OBJECTION, *id, answer_by);
        }
        for (id, _) in case.resources.iter().filter(|(_, one)| one.ended_on.is_none()) {
            self.add(Kind::RESOURCE, *id, None);
        }
        // What is with another post of the circle stays with it.
        for (id, appointment) in &case.appointments {
            if appointment.post_id.is_none_or(|with| with == post) {
                self.add(Kind::APPOINTMENT, *id, appointment.day);
            }
        }
        if let Some(next_on) = case.review.as_ref().and_then(|review| review.next_on) {
            self.add(Kind::REVIEW, case_id, Some(next_on));
        }
    }

    /// Planned or under way, its next date; over without a word on how it went, its review.
    fn immersion(&mut self, id: Uuid, one: &Immersion) {
        if one.state.is_planned() {
            self.add(Kind::NEXT_DATE, id, one.starts_on);
        } else if one.state == ImmersionState::Started {
            self.add(Kind::NEXT_DATE, id, one.ends_on);
        } else if one.state.is_past() && one.reviewed_on.is_none() && one.outcome.to_i32() == 0 {
            self.add(Kind::REVIEW, id, one.ends_on);
        }
    }

    /// A contract under way: its end, and the check-in that is due or comes next. One that is over may be followed for
    /// a time.
    fn work(&mut self, id: Uuid, one: &Employment, today: Date) {
        if one.started_on.is_some() && one.ended_on.is_none() {
            self.add(Kind::NEXT_DATE, id, one.ends_on);
            let days: Vec<Date> = one.check_ins_to_hold().map(|(_, day)| day).collect();
            let due = days.iter().rfind(|day| **day <= today).or(days.first());
            if let Some(due) = due {
                self.add(Kind::CHECK_IN, id, Some(*due));
            }
        } else if one.followed_until.is_some_and(|until| until >= today) {
            self.add(Kind::CHECK_IN, id, one.followed_until);
        }
    }

    fn employers(&mut self, promised: &Promised, today: Date) {
        self.case_id = None;
        for (employer, until) in &promised.leads {
            if until.is_none_or(|last| last >= today) {
                self.add(Kind::EMPLOYER_LEAD, *employer, *until);
            }
        }
        for (employer, next) in &promised.contacts {
            self.add(Kind::EMPLOYER_CONTACT, *employer, Some(*next));
        }
    }
}

/// Everything that is open on that post: case by case, then employer by employer.
pub(super) fn items(post: Uuid, context: &Context) -> Vec<HandoverItem> {
    let mut list = List { handover_id: context.stream_id, case_id: None, items: Vec::new() };
    for (case_id, document) in context.documents::<Value>() {
        list.case(case_id, &read(document), post, context.today);
    }
    list.employers(&context.document().unwrap_or_default(), context.today);
    list.items
}
