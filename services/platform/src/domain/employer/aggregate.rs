//! What the rules of an employer must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Employer;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Who leads, led and will lead.
    pub leads: Vec<Lead>,
}

/// One post that speaks to the employer, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The post.
    pub post: Uuid,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
}

impl State {
    /// Who leads on that day.
    pub fn lead_on(&self, day: Date) -> Option<&Lead> {
        self.leads.iter().rev().find(|lead| lead.from <= day && day <= lead.until)
    }

    /// That post leads no longer from that day on.
    fn end(&mut self, post: Uuid, from: Date) {
        let eve = dates::days_after(from, -1);
        for lead in self.leads.iter_mut().filter(|lead| lead.post == post) {
            lead.until = lead.until.min(eve);
        }
        self.leads.retain(|lead| lead.from <= lead.until);
    }
}

impl Domain for Employer {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cet employeur";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::EmployerLeadAssigned(assigned) => {
                let days = dates::parse(&assigned.from_day).zip(dates::parse(&assigned.until_day));
                if let (Ok(post), Some((from, until))) = (assigned.post_id.parse(), days) {
                    state.end(post, from);
                    state.leads.push(Lead { post, from, until });
                }
            }
            Event::EmployerLeadReleased(released) => {
                let post = released.post_id.parse();
                let day = dates::parse(&released.released_on);
                if let (Ok(post), Some(day)) = (post, day) {
                    state.end(post, day);
                }
            }
            Event::EmployerContacted(_) => {}
        }
        state
    }
}
