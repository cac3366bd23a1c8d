//! What the time of retention and the requests to erase call for: proposing what comes to its term, taking back
//! what is no longer due, carrying out what was approved.

use contracts::Recorded;
use jiff::civil::Date;
use service::{
    Agenda, Command as _, Day, Due,
    forgettings::{Forgetting, Standing},
    retention::{self, Kept, Retention},
};
use uuid::Uuid;
use vocabulary::{clock::start_of_day, dates::days_after};

use crate::domain::case::commands::{
    BeginForgetting, CompleteForgetting, ForgetPerson, ProposeForgetting, WithdrawForgetting,
};

/// The agenda of what is kept and erased.
#[derive(Debug)]
pub struct Keeping;

impl Agenda for Keeping {
    type State = Kept;

    const NAME: &'static str = "keeping_agenda";
    const VERSION: u32 = 2;

    fn key(fact: &Recorded) -> Option<Uuid> {
        Kept::concerns(fact).then(|| fact.case_id.unwrap_or(fact.stream_id))
    }

    fn fold(state: &mut Kept, fact: &Recorded) -> Result<(), String> {
        state.apply(fact)
    }

    fn due(state: &Kept) -> Vec<Due> {
        let mut dues = proposals(state);
        for (id, one) in &state.forgettings.requests {
            dues.extend(no_longer_due(state, *id, one));
            dues.extend(to_carry_out(state, *id, one));
        }
        dues
    }
}

/// What a hold puts off to the day after its last one.
fn after_hold(kept: &Kept, day: Date) -> Date {
    kept.held_until().map_or(day, |until| day.max(days_after(until, 1)))
}

fn proposals(kept: &Kept) -> Vec<Due> {
    let open = |rule: &&Retention| {
        let mut open = kept.forgettings.requests.values().filter(|one| one.standing.is_open());
        !open.any(|one| one.rule_id == rule.id)
    };
    let propose = |rule: &Retention| {
        let due_on = kept.due_on(rule)?;
        Some(Due {
            target: kept.case_id,
            at: start_of_day(after_hold(kept, retention::proposed_from(due_on))),
            command: ProposeForgetting::NAME,
            body: serde_json::json!(ProposeForgetting { rule_id: rule.id.clone(), due_on: Day(due_on) }),
            cause: kept.position,
        })
    };
    retention::rules().iter().filter(open).filter_map(propose).collect()
}

/// A proposal whose term moved is taken back.
fn no_longer_due(kept: &Kept, id: Uuid, one: &Forgetting) -> Option<Due> {
    let rule = retention::rule(&one.rule_id)?;
    if !one.standing.is_revocable() || kept.due_on(rule) == one.due_on {
        return None;
    }
    Some(Due {
        target: kept.case_id,
        at: kept.at,
        command: WithdrawForgetting::NAME,
        body: serde_json::json!(WithdrawForgetting { request_id: id }),
        cause: kept.position,
    })
}

/// What was approved is carried out from its day on; what was begun is ended.
fn to_carry_out(kept: &Kept, id: Uuid, one: &Forgetting) -> Option<Due> {
    let at = match one.standing {
        Standing::Approved | Standing::Suspended => {
            let day = after_hold(kept, one.due_on.max(one.since)?);
            start_of_day(day)
        }
        Standing::Begun | Standing::Incomplete => kept.at,
        _ => return None,
    };
    let command = match one.standing {
        Standing::Begun => ForgetPerson::NAME,
        Standing::Incomplete => CompleteForgetting::NAME,
        _ => BeginForgetting::NAME,
    };
    let about = [Some(id), one.held_by].into_iter().flatten();
    Some(Due {
        target: kept.case_id,
        at,
        command,
        body: serde_json::json!({ "request_id": id }),
        cause: about.filter_map(|id| kept.positions.get(&id).copied()).max()?,
    })
}
