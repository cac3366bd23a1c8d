//! What a post that changes hands calls for: when someone else takes it up, its handover opens by itself, once.

use contracts::{Recorded, events};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::{clock::start_of_day, dates::parse, ids::derived};

use crate::domain::handover::{Event, commands::ProposeHandover};

/// The agenda of posts.
#[derive(Debug)]
pub struct Handing;

/// What is kept of one post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hands {
    post_id: Uuid,
    /// Who holds it, or held it last.
    holder: Option<Uuid>,
    /// For whom its handover was proposed before they came.
    expected: Option<Uuid>,
    /// Since when someone else holds it, and the position of that fact, as long as nothing was handed over.
    taken_up: Option<(Timestamp, i64)>,
}

/// The handover that opens by itself when the post is taken up at that position.
fn handover_of(post_id: Uuid, position: i64) -> Uuid {
    derived(&[b"handover", post_id.as_bytes(), &position.to_be_bytes()])
}

impl Agenda for Handing {
    type State = Hands;

    const NAME: &'static str = "handing_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        match fact.kind.name {
            "PostFilled" | "PostVacated" => Some(fact.stream_id),
            "HandoverProposed" => match fact.trace() {
                Ok(Event::HandoverProposed(proposed)) => proposed.post_id.parse().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    fn fold(state: &mut Hands, fact: &Recorded) -> Result<(), String> {
        let why = |error: contracts::DecodeError| error.to_string();
        if fact.kind.name == "HandoverProposed" {
            if let Event::HandoverProposed(proposed) = fact.trace().map_err(why)? {
                state.taken_up = None;
                state.expected = proposed.to_professional_id.parse().ok();
            }
            return Ok(());
        }
        state.post_id = fact.stream_id;
        match fact.trace().map_err(why)? {
            events::Post::PostFilled(filled) => {
                let next: Option<Uuid> = filled.professional_id.parse().ok();
                let changes = state.holder.is_some() && state.holder != next && state.expected != next;
                let since = parse(&filled.since).map(start_of_day);
                let at = since.map_or(fact.recorded_at, |since| since.max(fact.recorded_at));
                state.taken_up = changes.then_some((at, fact.position));
                (state.holder, state.expected) = (next.or(state.holder), None);
            }
            events::Post::PostVacated(vacated) => {
                state.holder = vacated.professional_id.parse().ok().or(state.holder);
                state.taken_up = None;
            }
            _ => {}
        }
        Ok(())
    }

    fn due(state: &Hands) -> Vec<Due> {
        let opens = |(at, position): (Timestamp, i64)| Due {
            target: handover_of(state.post_id, position),
            at,
            command: ProposeHandover::NAME,
            body: serde_json::json!(ProposeHandover {
                post_id: state.post_id,
                to_professional_id: None,
                proposed_on: None,
            }),
            cause: position,
        };
        state.taken_up.map(opens).into_iter().collect()
    }
}
