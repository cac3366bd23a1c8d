//! What agreements call for: the day after its last one, an agreement that was not taken back has
//! expired.

pub mod handing;
pub mod keeping;
pub mod recipients;

use std::collections::BTreeMap;

use contracts::Recorded;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Day, Due};
use uuid::Uuid;
use vocabulary::{
    clock::start_of_day,
    dates::{days_after, parse},
};

use crate::domain::case::{Event, commands::ExpireAgreement};

/// The agenda of the agreements of a person.
#[derive(Debug)]
pub struct Agreements;

/// What holds in one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// The case.
    pub case_id: Uuid,
    /// The agreements that were neither withdrawn nor said to have expired, by id.
    pub agreements: BTreeMap<Uuid, Until>,
}

/// Until when an agreement holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// Its last day, included.
    pub last_day: Date,
    /// Position of the fact that gave it.
    pub position: i64,
}

impl Agenda for Agreements {
    type State = Holding;

    const NAME: &'static str = "agreements_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "AgreementGiven" | "AgreementWithdrawn" | "AgreementExpired")
            .then_some(fact.stream_id)
    }

    fn fold(state: &mut Holding, fact: &Recorded) -> Result<(), String> {
        state.case_id = fact.stream_id;
        let id = |text: &str| text.parse::<Uuid>().map_err(|_| "agreement_id is not an id");
        match fact.trace::<Event>().map_err(|error| error.to_string())? {
            Event::AgreementGiven(given) => {
                let last_day = parse(&given.until_day).ok_or("until_day is not a day")?;
                let until = Until { last_day, position: fact.position };
                state.agreements.insert(id(&given.agreement_id)?, until);
            }
            Event::AgreementWithdrawn(withdrawn) => {
                state.agreements.remove(&id(&withdrawn.agreement_id)?);
            }
            Event::AgreementExpired(expired) => {
                state.agreements.remove(&id(&expired.agreement_id)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn due(state: &Holding) -> Vec<Due> {
        let due = |(id, until): (&Uuid, &Until)| {
            let expired_on = days_after(until.last_day, 1);
            Due {
                target: state.case_id,
                at: start_of_day(expired_on),
                command: ExpireAgreement::NAME,
                body: serde_json::json!(ExpireAgreement { agreement_id: *id, expired_on: Day(expired_on) }),
                cause: until.position,
            }
        };
        state.agreements.iter().map(due).collect()
    }
}
