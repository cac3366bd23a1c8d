//! What a rule may need beside its aggregate, read from the journal itself: never late.

use std::collections::HashMap;

use access::{Actor, CaseView};
use contracts::{
    Recorded,
    common::v1::{OrganisationKind, Role},
    events,
};
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use crate::{BoxError, command::Needs, runtime::Runtime};

/// Everything read for one rule.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The person's case.
    pub case: Option<CaseStanding>,
    /// Organisations, by id.
    pub organisations: HashMap<Uuid, Organisation>,
    /// The facts of other streams.
    pub streams: HashMap<Uuid, Vec<Recorded>>,
    /// The person's birth date.
    pub birth_date: Option<Date>,
    /// A document of a read model.
    pub document: Option<Value>,
}

/// A case, as far as other contexts must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStanding {
    /// Its id.
    pub case_id: Uuid,
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// The platform that shares it.
    pub platform_id: Option<Uuid>,
    /// Whether it is open.
    pub open: bool,
    /// The day it was opened, for the first time.
    pub opened_on: Option<Date>,
    /// The day it was closed, when it is.
    pub closed_on: Option<Date>,
    /// The posts around the person, with their role.
    pub circle: HashMap<Uuid, Role>,
    /// Position of the fact that last gave the identity.
    pub identity_position: Option<i64>,
}

impl CaseStanding {
    /// Folds the facts of a case; nothing when there is none.
    pub fn fold(facts: &[Recorded]) -> Option<Self> {
        let mut standing: Option<Self> = None;
        for fact in facts {
            let Ok(event) = fact.trace::<events::Case>() else { continue };
            if let events::Case::CaseOpened(opened) = &event {
                standing = Some(Self {
                    case_id: fact.stream_id,
                    structure_id: opened.structure_id.parse().unwrap_or_default(),
                    platform_id: opened.platform_id.parse().ok(),
                    open: true,
                    opened_on: vocabulary::dates::parse(&opened.opened_on),
                    closed_on: None,
                    circle: HashMap::new(),
                    identity_position: None,
                });
            }
            if let Some(case) = standing.as_mut() {
                case.apply(&event, fact.position);
            }
        }
        standing
    }

    fn apply(&mut self, event: &events::Case, position: i64) {
        match event {
            events::Case::CircleMemberJoined(joined) => {
                if let Ok(post) = joined.post_id.parse() {
                    self.circle.insert(post, joined.role.as_known().unwrap_or_default());
                }
            }
            events::Case::CircleMemberLeft(left) => {
                if let Ok(post) = left.post_id.parse::<Uuid>() {
                    self.circle.remove(&post);
                }
            }
            events::Case::IdentityRecorded(_) | events::Case::IdentityCorrected(_) => {
                self.identity_position = Some(position);
            }
            events::Case::CaseClosed(closed) => {
                self.open = false;
                self.closed_on = vocabulary::dates::parse(&closed.closed_on);
            }
            events::Case::CaseReopened(_) => {
                self.open = true;
                self.closed_on = None;
            }
            _ => {}
        }
    }

    /// Whether it was closed already on that day: something that happened before may still be told.
    pub fn is_closed_on(&self, day: Date) -> bool {
        !self.open && self.closed_on.is_none_or(|closed| day > closed)
    }

    /// What the access policy must know of it, for that actor.
    pub fn view(&self, actor: &Actor, on_platform: bool) -> CaseView {
        CaseView {
            in_circle: actor.post_id.is_some_and(|post| self.circle.contains_key(&post)),
            structure_id: self.structure_id,
            on_platform,
        }
    }
}

/// An organisation, as far as rules must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// The mandates it holds to prescribe PMSMP for another: first and last day, included.
    pub mandates: Vec<Mandate>,
}

/// A mandate to prescribe in the name of another organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Its id.
    pub id: Uuid,
    /// Who granted it.
    pub by: Uuid,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
}

impl Organisation {
    /// Folds the facts of an organisation; nothing when there is none.
    pub fn fold(facts: &[Recorded]) -> Option<Self> {
        let mut organisation: Option<Self> = None;
        for fact in facts {
            match fact.trace::<events::Organisation>() {
                Ok(events::Organisation::OrganisationRegistered(registered)) => {
                    organisation = Some(Self {
                        kind: registered.kind.as_known().unwrap_or_default(),
                        name: registered.name,
                        mandates: Vec::new(),
                    });
                }
                Ok(event) => {
                    if let Some(organisation) = organisation.as_mut() {
                        organisation.apply(event);
                    }
                }
                Err(_) => {}
            }
        }
        organisation
    }

    fn apply(&mut self, event: events::Organisation) {
        match event {
            events::Organisation::OrganisationUpdated(updated) if !updated.name.is_empty() => {
                self.name = updated.name;
            }
            events::Organisation::MandateGranted(granted) => {
                if let (Ok(id), Ok(by), Some(from), Some(until)) = (
                    granted.mandate_id.parse(),
                    granted.by_organisation_id.parse(),
                    vocabulary::dates::parse(&granted.from_day),
                    vocabulary::dates::parse(&granted.until_day),
                ) {
                    self.mandates.push(Mandate { id, by, from, until });
                }
            }
            events::Organisation::MandateEnded(ended) => {
                let last = vocabulary::dates::parse(&ended.ended_on);
                for mandate in &mut self.mandates {
                    if ended.mandate_id.parse() == Ok(mandate.id) {
                        mandate.until = last.unwrap_or(mandate.until).min(mandate.until);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a mandate is valid that day.
    pub fn is_mandated_on(&self, day: Date) -> bool {
        self.mandates.iter().any(|mandate| mandate.from <= day && day <= mandate.until)
    }
}

impl Runtime {
    /// The case, as it stands.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn case_standing(&self, case_id: Uuid) -> Result<Option<CaseStanding>, journal::JournalError> {
        Ok(CaseStanding::fold(&self.journal.stream(case_id, 1).await?))
    }

    /// The person's birth date, as last recorded; nothing when unknown or forgotten.
    ///
    /// # Errors
    /// When the journal or the keys cannot be read.
    pub async fn birth_date(&self, case: &CaseStanding) -> Result<Option<Date>, BoxError> {
        let Some(position) = case.identity_position else { return Ok(None) };
        let facts = self.journal.at(&[position]).await?;
        let opened = self.open(&facts, |class| class == contracts::Class::Identity).await?;
        let Some((fact, opened)) = facts.first().zip(opened.first()) else { return Ok(None) };
        let text = match contracts::Facts::decode(fact.kind, &opened.bytes)? {
            events::Case::IdentityRecorded(identity) => identity.birth_date,
            events::Case::IdentityCorrected(identity) => identity.birth_date,
            _ => String::new(),
        };
        Ok(vocabulary::dates::parse(&text))
    }

    /// Reads what a rule needs.
    ///
    /// # Errors
    /// When the journal, the keys or a read model cannot be read.
    pub async fn gather(&self, case: Option<CaseStanding>, needs: &Needs) -> Result<Known, BoxError> {
        let mut known = Known { case, ..Known::default() };
        for id in &needs.organisations {
            if let Some(organisation) = Organisation::fold(&self.journal.stream(*id, 1).await?) {
                known.organisations.insert(*id, organisation);
            }
        }
        for id in &needs.streams {
            known.streams.insert(*id, self.journal.stream(*id, 1).await?);
        }
        if let Some(case) = known.case.as_ref().filter(|_| needs.birth_date) {
            known.birth_date = self.birth_date(case).await?;
        }
        if let Some((view, key)) = needs.document {
            known.document = self.document(view, key).await?;
        }
        if let (Some(view), Some(case)) = (needs.case_document, &known.case) {
            known.document = self.document(view, case.case_id).await?;
        }
        Ok(known)
    }
}
