//! What a rule may need beside its aggregate, read from the journal itself: never late.

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use access::{Actor, Agreement, Asking, CaseView};
use contracts::{
    Class, Recorded,
    case::v1::{AgreementGiven, PersonalClass},
    common::v1::Role,
    events,
};
use jiff::{Timestamp, civil::Date};
use journal::Unmoved;
use serde_json::Value;
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use crate::{BoxError, Reading, command::Needs, forgettings::Forgettings, readership, runtime::Runtime};

/// Rules compare; nothing that they compare is stated, said or shown.
static RULE: LazyLock<Reading> = LazyLock::new(|| Reading::by_system("rules"));

mod of_case;
mod organisation;
mod own;
mod restrictions;

pub use of_case::{OfCase, employer};
pub use organisation::{Mandate, Organisation, employs, hosts};
pub use own::OwnAccess;
pub use restrictions::{Restriction, Restrictions};

use organisation::missions;

/// How long a read model may take to have seen every fact, for the rules that need it so.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything read for one rule.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The person's case.
    pub case: Option<CaseStanding>,
    /// Organisations, by id.
    pub organisations: HashMap<Uuid, Organisation>,
    /// The facts of other aggregates of the person, that were wanted.
    pub of_case: Vec<Recorded>,
    /// The facts of other streams.
    pub streams: HashMap<Uuid, Vec<Recorded>>,
    /// The person's birth date.
    pub birth_date: Option<Date>,
    /// Whether someone else of the identity asked about seems to be followed already.
    pub twin: bool,
    /// The keys of the documents that have a member that was asked about.
    pub with_member: Vec<Uuid>,
    /// A document of a read model.
    pub document: Option<Value>,
    /// The documents of a read model that concern a post, or those of some keys.
    pub documents: Vec<(Uuid, Value)>,
    /// Up to where everything about the case was read, for what must be decided on nothing less.
    pub unmoved: Option<Unmoved>,
}

/// A case, as far as other contexts must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The accesses of the person themselves that were not closed.
    pub own_accesses: Vec<OwnAccess>,
    /// What is asked to be erased, and what must be kept.
    pub forgettings: Forgettings,
    /// What keeps its data from being used.
    pub restrictions: Restrictions,
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
                    ..Self::default()
                });
            }
            if let Some(case) = standing.as_mut() {
                case.apply(&event, fact.position);
            }
        }
        standing
    }

    fn apply(&mut self, event: &events::Case, position: i64) {
        self.forgettings.apply(event);
        self.restrictions.apply(event);
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
            // What only came to its end may be recorded anew, and read.
            events::Case::PersonForgotten(forgotten) if !forgotten.renewable => {
                self.erased.extend(forgotten.classes.iter().filter_map(|class| class_of(class.as_known()?)));
            }
            other => self.opens_to_person(other),
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
            own: self.is_own_of(actor, now),
            restricted: self.restrictions.hold(),
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

impl Runtime {
    /// The case, as it stands.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn case_standing(&self, case_id: Uuid) -> Result<Option<CaseStanding>, journal::JournalError> {
        Ok(CaseStanding::fold(&self.journal.stream(case_id, 1).await?))
    }

    /// The organisation of that actor, as the access policies must know it at that instant; for an auditor, the
    /// mission of their post too.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn asking(&self, actor: &Actor, now: Timestamp) -> Result<Asking, journal::JournalError> {
        let Some(id) = actor.organisation_id.filter(|_| actor.system.is_none()) else {
            return Ok(Asking::default());
        };
        let today = day_in_paris(now);
        let organisation = Organisation::fold(&self.journal.stream(id, 1).await?);
        let mut asking = organisation.map(|one| one.asking(today)).unwrap_or_default();
        if let Some(post) = actor.post_id.filter(|_| actor.role == Role::AUDITEUR) {
            asking.mission = missions(&self.journal.stream(post, 1).await?, today);
        }
        Ok(asking)
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
        // A case that no platform shares takes the work of one that does.
        let platform = case.and_then(|case| case.platform_id).or(Some(Uuid::nil()));
        let (asking, on_platform) =
            tokio::try_join!(self.asking(actor, now), self.is_on_platform(actor, platform))?;
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
        let opened = self.open(&RULE, &facts, |class| class == contracts::Class::Identity).await?;
        let Some((fact, opened)) = facts.first().zip(opened.first()) else { return Ok(None) };
        let text = match contracts::Facts::decode(fact.kind, &opened.bytes)? {
            events::Case::IdentityRecorded(identity) => identity.birth_date,
            events::Case::IdentityCorrected(identity) => identity.birth_date,
            _ => String::new(),
        };
        Ok(vocabulary::dates::parse(&text))
    }

    /// The facts of a stream with their parts of that class opened; what is sealed or forgotten stays closed.
    async fn opened_stream(&self, id: Uuid, class: Class) -> Result<Vec<Recorded>, BoxError> {
        let facts = self.journal.stream(id, 1).await?;
        let opened = self.open(&RULE, &facts, |one| one == class).await?;
        let with = |(fact, opened): (Recorded, sealing::Opened)| Recorded { payload: opened.bytes, ..fact };
        Ok(facts.into_iter().zip(opened).map(with).collect())
    }

    /// Waits until these read models have seen every fact recorded until now; returns the position of the last.
    async fn wait_for(&self, views: &[&'static str]) -> Result<i64, BoxError> {
        let (head, end) = (self.journal.head().await?, tokio::time::Instant::now() + PATIENCE);
        for view in views {
            self.positions.wait(view, head, end).await?;
        }
        Ok(head)
    }

    /// Reads what a rule needs.
    ///
    /// # Errors
    /// When the journal, the keys or a read model cannot be read.
    pub async fn gather(&self, case: Option<CaseStanding>, needs: &Needs) -> Result<Known, BoxError> {
        let mut known = Known { case, ..Known::default() };
        if let Some(case_id) = known.case.as_ref().map(|case| case.case_id).filter(|_| needs.fresh) {
            let timeline = needs.of_case.as_ref().map(|_| of_case::TIMELINE);
            let views: Vec<_> = timeline.into_iter().chain(needs.case_document).collect();
            let since = self.wait_for(&views).await?;
            known.unmoved = Some(Unmoved { case_id, since });
        }
        for id in &needs.organisations {
            if let Some(organisation) = Organisation::fold(&self.journal.stream(*id, 1).await?) {
                known.organisations.insert(*id, organisation);
            }
        }
        let platform = known.case.as_ref().and_then(|case| case.platform_id).filter(|_| needs.platform);
        for id in needs.streams.iter().chain(&platform) {
            known.streams.insert(*id, self.journal.stream(*id, 1).await?);
        }
        if let Some((class, ids)) = &needs.opened {
            for id in ids {
                known.streams.insert(*id, self.opened_stream(*id, *class).await?);
            }
        }
        if let Some((case, wanted)) = known.case.as_ref().zip(needs.of_case.as_ref()) {
            known.of_case = self.facts_of_case(case.case_id, wanted).await?;
            let named: Vec<Uuid> =
                known.of_case.iter().filter_map(|fact| wanted.organisation(fact)).collect();
            for id in named {
                if let Some(organisation) = Organisation::fold(&self.journal.stream(id, 1).await?) {
                    known.organisations.insert(id, organisation);
                }
            }
        }
        if let Some(case) = known.case.as_ref().filter(|_| needs.birth_date) {
            known.birth_date = self.birth_date(case).await?;
        }
        if let Some((view, post)) = needs.documents_of_post {
            // What hangs on a post is handed over once: nothing of it may be missing.
            let other = needs.document.map_or(view, |(view, _)| view);
            self.wait_for(&[view, readership::NAME, other]).await?;
            known.documents = self.documents_of_post(view, post).await?;
        }
        if let Some((view, key)) = needs.document {
            known.document = self.document(view, key).await?;
        }
        if let (Some(view), Some(case)) = (needs.case_document, &known.case) {
            known.document = self.document(view, case.case_id).await?;
        }
        if let Some((view, keys)) = needs.documents.as_ref().map(|(view, keys)| (*view, keys)) {
            known.documents = self.documents(view, keys).await?;
        }
        if let Some((view, member, text)) = &needs.with_member {
            known.with_member = self.with_member(view, member, text).await?;
        }
        Ok(known)
    }
}
