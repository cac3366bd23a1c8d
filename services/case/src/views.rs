//! `employers_of_post`: what each post promised employers, for whoever takes it over. Ids and days only.

use std::collections::BTreeMap;

use contracts::{Recorded, events};
use jiff::civil::Date;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

/// The read model.
#[derive(Debug)]
pub struct EmployersOfPost;

/// Its name.
pub const EMPLOYERS_OF_POST: &str = "employers_of_post";

/// What a post promised employers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promised {
    /// The employers to whom it speaks in the name of a platform, each until its last day, included.
    pub leads: BTreeMap<Uuid, Option<Date>>,
    /// The employers it is to call again, each on its day.
    pub contacts: BTreeMap<Uuid, Date>,
}

impl View for EmployersOfPost {
    type Body = Promised;

    const NAME: &'static str = EMPLOYERS_OF_POST;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;

    fn key(fact: &Recorded) -> Option<Uuid> {
        let post = match fact.trace().ok()? {
            events::Employer::EmployerLeadAssigned(assigned) => assigned.post_id,
            events::Employer::EmployerLeadReleased(released) => released.post_id,
            events::Employer::EmployerContacted(contacted) => contacted.post_id,
        };
        post.parse().ok()
    }

    fn fold(post: &mut Promised, fact: &Recorded) -> Result<(), Poison> {
        let id = |text: &str| text.parse::<Uuid>().map_err(|_| Poison::new("an id cannot be read"));
        match fact.trace()? {
            events::Employer::EmployerLeadAssigned(assigned) => {
                post.leads.insert(id(&assigned.organisation_id)?, parse(&assigned.until_day));
            }
            events::Employer::EmployerLeadReleased(released) => {
                post.leads.remove(&id(&released.organisation_id)?);
            }
            events::Employer::EmployerContacted(contacted) => {
                let employer = id(&contacted.organisation_id)?;
                match parse(&contacted.next_contact_on) {
                    Some(next) => post.contacts.insert(employer, next),
                    None => post.contacts.remove(&employer),
                };
            }
        }
        Ok(())
    }
}
