//! What a rule may need beside its aggregate, read from the journal itself: never late.

use std::collections::HashMap;

use access::{Actor, Agreement, Asking, CaseView};
use contracts::{
    Class, Recorded,
    case::v1::{AgreementGiven, PersonalClass},
    common::v1::{OrganisationKind, Role},
    events,
};
use jiff::{Timestamp, civil::Date};
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
    /// The documents of a read model that concern a post.
    pub documents: Vec<(Uuid, Value)>,
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
    /// What the person agreed to share, as long as they have not taken it back.
    pub agreements: Vec<Agreement>,
    /// What was opened in an emergency.
    pub emergencies: Vec<EmergencyAccess>,
    /// The classes whose keys were destroyed.
    pub erased: Vec<Class>,
}

/// An access opened in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyAccess {
    /// Its id.
    pub id: Uuid,
    /// The post that opened it.
    pub post_id: Uuid,
    /// Until which instant.
    pub ends_at: Timestamp,
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
                    agreements: Vec::new(),
                    emergencies: Vec::new(),
                    erased: Vec::new(),
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
            events::Case::CaseTransferred(transferred) => {
                self.structure_id = transferred.structure_id.parse().unwrap_or(self.structure_id);
                self.platform_id = transferred.platform_id.parse().ok();
            }
            other => self.share(other),
        }
    }

    fn share(&mut self, event: &events::Case) {
        match event {
            events::Case::AgreementGiven(given) => self.agreements.extend(agreement(given)),
            events::Case::AgreementWithdrawn(withdrawn) => self.ends(&withdrawn.agreement_id),
            events::Case::AgreementExpired(expired) => self.ends(&expired.agreement_id),
            events::Case::EmergencyAccessOpened(opened) => {
                if let (Ok(id), Ok(post_id), Ok(ends_at)) =
                    (opened.access_id.parse(), opened.post_id.parse(), opened.ends_at.parse())
                {
                    self.emergencies.push(EmergencyAccess { id, post_id, ends_at });
                }
            }
            events::Case::PersonForgotten(forgotten) => {
                self.erased.extend(forgotten.classes.iter().filter_map(|class| class_of(class.as_known()?)));
            }
            _ => {}
        }
    }

    fn ends(&mut self, agreement_id: &str) {
        self.agreements.retain(|agreement| agreement_id.parse() != Ok(agreement.id));
    }

    /// Whether it was closed already on that day: something that happened before may still be told.
    pub fn is_closed_on(&self, day: Date) -> bool {
        !self.open && self.closed_on.is_none_or(|closed| day > closed)
    }

    /// What the access policies must know of it, for that actor of that organisation, at that instant.
    pub fn view(&self, actor: &Actor, organisation: Asking, on_platform: bool, now: Timestamp) -> CaseView {
        let post = |post: &Uuid| actor.post_id == Some(*post);
        let theirs = |agreement: &&Agreement| actor.organisation_id == Some(agreement.organisation_id);
        let emergencies = self.emergencies.iter().filter(|emergency| post(&emergency.post_id));
        CaseView {
            now,
            in_circle: self.circle.keys().any(post),
            structure_id: self.structure_id,
            on_platform,
            organisation,
            agreements: self.agreements.iter().filter(theirs).cloned().collect(),
            emergency_until: emergencies.map(|emergency| emergency.ends_at).max(),
            erased: self.erased.clone(),
        }
    }
}

fn agreement(given: &AgreementGiven) -> Option<Agreement> {
    Some(Agreement {
        id: given.agreement_id.parse().ok()?,
        organisation_id: given.organisation_id.parse().ok()?,
        classes: given.classes.iter().filter_map(|class| class_of(class.as_known()?)).collect(),
        purposes: given.purposes.iter().filter_map(|purpose| purpose.as_known()).collect(),
        from: vocabulary::dates::parse(&given.from_day)?,
        until: vocabulary::dates::parse(&given.until_day)?,
    })
}

/// The class of data that word of the contract means; none when it means none.
pub fn class_of(class: PersonalClass) -> Option<Class> {
    Some(match class {
        PersonalClass::PERSONAL_CLASS_UNSPECIFIED => return None,
        PersonalClass::IDENTITY => Class::Identity,
        PersonalClass::PROJECT => Class::Project,
        PersonalClass::SOCIAL => Class::Social,
        PersonalClass::HEALTH => Class::Health,
        PersonalClass::JUDICIAL => Class::Judicial,
        PersonalClass::NOTE => Class::Note,
    })
}

/// An organisation, as far as rules must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// Its SIRET, 14 digits; empty when unknown.
    pub siret: String,
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
                        siret: registered.siret,
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
                self.siret = updated.siret;
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

    /// The organisation of that actor, as the access policies must know it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn asking(&self, actor: &Actor) -> Result<Asking, journal::JournalError> {
        let Some(id) = actor.organisation_id.filter(|_| actor.system.is_none()) else {
            return Ok(Asking::default());
        };
        let organisation = Organisation::fold(&self.journal.stream(id, 1).await?);
        Ok(organisation.map(|one| Asking::of_kind(one.kind)).unwrap_or_default())
    }

    /// What links that actor to that case, at that instant; a case that does not exist takes the same work.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn view(
        &self,
        actor: &Actor,
        case: Option<&CaseStanding>,
        now: Timestamp,
    ) -> Result<CaseView, journal::JournalError> {
        let platform = case.map_or(Some(Uuid::nil()), |case| case.platform_id);
        let (asking, on_platform) =
            tokio::try_join!(self.asking(actor), self.is_on_platform(actor, platform))?;
        Ok(match case {
            Some(case) => case.view(actor, asking, on_platform, now),
            None => CaseView { organisation: asking, ..CaseView::stranger(now) },
        })
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
        let platform = known.case.as_ref().and_then(|case| case.platform_id).filter(|_| needs.platform);
        for id in needs.streams.iter().chain(&platform) {
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
        if let Some((view, post)) = needs.documents_of_post {
            known.documents = self.documents_of_post(view, post).await?;
        }
        Ok(known)
    }
}
