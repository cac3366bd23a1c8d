//! Employers, and what they offer.

use contracts::{
    EnumValue,
    employment::v1::ContractKind,
    events,
    platform::v1::{ContactChannel, ContactOutcome, FrenchUse, OfferCard},
};
use jiff::civil::Date;
use matching::Offered;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{Thing, known};

/// Contacts that are kept in view; the others stay in the journal.
const CONTACTS: usize = 20;

/// An employer, as a platform knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Employer {
    /// The platform.
    pub platform_id: Uuid,
    /// The organisation.
    pub organisation_id: Uuid,
    /// Who speaks to it in the name of the platform.
    pub lead: Option<Lead>,
    /// The last contacts, the latest first.
    pub contacts: Vec<Contact>,
    /// How many there were in all.
    pub contact_count: u32,
    /// When to come back.
    pub next_contact_on: Option<Date>,
}

/// The post that speaks to an employer, for a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Lead {
    /// The post.
    pub post_id: Uuid,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Last day, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// A contact with an employer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Contact {
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Who called.
    pub post_id: Option<Uuid>,
    /// How.
    #[schema(value_type = String)]
    pub channel: EnumValue<ContactChannel>,
    /// What came of it.
    #[schema(value_type = String)]
    pub outcome: EnumValue<ContactOutcome>,
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EmployerOfferState)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Someone is sought.
    #[default]
    Open,
    /// All positions are taken.
    Filled,
    /// No longer offered.
    Withdrawn,
}

/// An offer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer, when Jalon knows it.
    pub employer_id: Option<Uuid>,
    /// Its name, when Jalon does not know it.
    pub employer_name: String,
    /// How the employer calls the job.
    pub label: String,
    /// The contract offered.
    pub contract: EnumValue<ContractKind>,
    /// Hours a week, in minutes.
    pub weekly_minutes: u32,
    /// Where.
    pub town: String,
    /// INSEE code of that commune; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub insee_code: String,
    /// ROME code of the job; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rome_code: String,
    /// NAF code of the sector; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sector: String,
    /// How much French it uses.
    pub french: EnumValue<FrenchUse>,
    /// How many are sought.
    pub positions: u32,
    /// When it was published.
    pub published_on: Option<Date>,
    /// Where it stands.
    pub state: OfferState,
    /// When it left.
    pub ended_on: Option<Date>,
}

impl Offer {
    /// Whether someone is sought.
    pub fn is_open(&self) -> bool {
        self.state == OfferState::Open
    }

    /// As it is compared with what people wish.
    pub fn compared(&self) -> Offered {
        Offered::of(&OfferCard {
            rome_code: self.rome_code.clone(),
            sector: self.sector.clone(),
            contract: self.contract,
            weekly_minutes: self.weekly_minutes,
            town: self.town.clone(),
            insee_code: self.insee_code.clone(),
            french: self.french,
            ..Default::default()
        })
    }
}

pub(super) fn employer(thing: &mut Thing, fact: events::Employer) {
    let one = known!(thing, Employer);
    if let events::Employer::EmployerLeadAssigned(assigned) = fact {
        whose(one, &assigned.platform_id, &assigned.organisation_id);
        one.lead = assigned.post_id.parse().ok().map(|post_id| Lead {
            post_id,
            from: parse(&assigned.from_day),
            until: parse(&assigned.until_day),
        });
    } else if let events::Employer::EmployerLeadReleased(released) = fact {
        whose(one, &released.platform_id, &released.organisation_id);
        one.lead = None;
    } else if let events::Employer::EmployerContacted(contacted) = fact {
        whose(one, &contacted.platform_id, &contacted.organisation_id);
        one.contacts.push(Contact {
            on: parse(&contacted.contacted_on),
            post_id: contacted.post_id.parse().ok(),
            channel: contacted.channel,
            outcome: contacted.outcome,
        });
        one.contacts.sort_by_key(|contact| std::cmp::Reverse(contact.on));
        one.contacts.truncate(CONTACTS);
        one.contact_count += 1;
        // One that is told late says nothing of what comes after a later one.
        if one.contacts.first().is_some_and(|latest| latest.on == parse(&contacted.contacted_on)) {
            one.next_contact_on = parse(&contacted.next_contact_on);
        }
    }
}

fn whose(one: &mut Employer, platform: &str, organisation: &str) {
    one.platform_id = platform.parse().unwrap_or(one.platform_id);
    one.organisation_id = organisation.parse().unwrap_or(one.organisation_id);
}

pub(super) fn offer(thing: &mut Thing, fact: events::Offer) {
    let one = known!(thing, Offer);
    if let events::Offer::OfferPublished(published) = fact {
        one.platform_id = published.platform_id.parse().unwrap_or_default();
        one.published_on = parse(&published.published_on);
        card(one, &published.employer_id, &published.card);
    } else if let events::Offer::OfferUpdated(updated) = fact {
        card(one, &updated.employer_id, &updated.card);
    } else if let events::Offer::OfferFilled(filled) = fact {
        (one.state, one.ended_on) = (OfferState::Filled, parse(&filled.filled_on));
    } else if let events::Offer::OfferWithdrawn(gone) = fact {
        (one.state, one.ended_on) = (OfferState::Withdrawn, parse(&gone.withdrawn_on));
    }
}

fn card(one: &mut Offer, employer: &str, card: &OfferCard) {
    one.employer_id = employer.parse().ok();
    one.employer_name = card.employer_name.clone();
    one.label = card.label.clone();
    one.contract = card.contract;
    one.weekly_minutes = card.weekly_minutes;
    one.town = card.town.clone();
    one.insee_code = card.insee_code.clone();
    one.rome_code = card.rome_code.clone();
    one.sector = card.sector.clone();
    one.french = card.french;
    one.positions = card.positions;
}
