//! An organisation, and what was opened to it; an auditor's missions.

use access::{Asking, Period};
use contracts::{
    Recorded,
    common::v1::OrganisationKind::{
        self, ACCUEIL_DE_JOUR, ACI, AI, CADA, CHRS, CHU, CPH, EA, EATT, EI, EITI, ENTREPRISE, ESAT, ETTI,
        GEIQ, HU, HUDA, OACAS, OIL, PENSION,
    },
    events,
};
use jiff::civil::Date;
use uuid::Uuid;
use vocabulary::dates;

/// An organisation, as far as rules must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organisation {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// Its SIRET, 14 digits; empty when unknown.
    pub siret: String,
    /// The mandates it holds to prescribe PMSMP for another: first and last day, included.
    pub mandates: Vec<Mandate>,
    /// When those who work there were, are or will be held to professional secrecy, as an administrator said.
    pub secrecy: Vec<Period>,
    /// Last day on which its kind alone told that they are, when an administrator said that they no longer are.
    pub secrecy_by_kind_until: Option<Date>,
    /// When it may know constraints that come from justice.
    pub judicial: Vec<Period>,
}

/// The kinds of structures that host or receive people (AHI).
const HOSTING: [OrganisationKind; 10] =
    [CHRS, CHU, HU, CPH, CADA, HUDA, PENSION, OIL, ACCUEIL_DE_JOUR, OACAS];
/// The kinds of employers, those of insertion first.
const EMPLOYING: [OrganisationKind; 10] = [ACI, AI, EI, EITI, ETTI, GEIQ, EA, EATT, ESAT, ENTREPRISE];

/// Whether organisations of that kind host or receive people.
pub fn hosts(kind: OrganisationKind) -> bool {
    HOSTING.contains(&kind)
}

/// Whether organisations of that kind employ people.
pub fn employs(kind: OrganisationKind) -> bool {
    EMPLOYING.contains(&kind)
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
                        ..Self::default()
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
                    dates::parse(&granted.from_day),
                    dates::parse(&granted.until_day),
                ) {
                    self.mandates.push(Mandate { id, by, from, until });
                }
            }
            events::Organisation::MandateEnded(ended) => {
                let last = dates::parse(&ended.ended_on);
                for mandate in &mut self.mandates {
                    if ended.mandate_id.parse() == Ok(mandate.id) {
                        mandate.until = last.unwrap_or(mandate.until).min(mandate.until);
                    }
                }
            }
            other => self.open(other),
        }
    }

    /// What an administrator opens to it or closes.
    fn open(&mut self, event: events::Organisation) {
        match event {
            events::Organisation::SecrecyRecognised(said) => {
                self.secrecy.extend(period(&said.from_day, &said.until_day));
            }
            events::Organisation::SecrecyEnded(said) => {
                let last = dates::parse(&said.ended_on);
                end(&mut self.secrecy, last);
                self.secrecy_by_kind_until = self.secrecy_by_kind_until.into_iter().chain(last).min();
            }
            events::Organisation::JudicialAccessGranted(said) => {
                self.judicial.extend(period(&said.from_day, &said.until_day));
            }
            events::Organisation::JudicialAccessEnded(said) => {
                end(&mut self.judicial, dates::parse(&said.ended_on));
            }
            _ => {}
        }
    }

    /// What the access policies must know of it, that day: what its kind tells, and what was said since.
    pub fn asking(&self, day: Date) -> Asking {
        let said = |periods: &[Period]| periods.iter().any(|period| period.holds_on(day));
        let by_kind = Asking::of_kind(self.kind);
        let still = self.secrecy_by_kind_until.is_none_or(|last| day <= last);
        Asking {
            shares_secrecy: by_kind.shares_secrecy && still || said(&self.secrecy),
            judicial: said(&self.judicial),
            ..by_kind
        }
    }

    /// Whether a mandate is valid that day.
    pub fn is_mandated_on(&self, day: Date) -> bool {
        self.mandates.iter().any(|mandate| mandate.from <= day && day <= mandate.until)
    }
}

/// From one day to another; for good when no last day is given.
fn period(from: &str, until: &str) -> Option<Period> {
    Some(Period { from: dates::parse(from)?, until: dates::parse(until).unwrap_or(Date::MAX) })
}

/// Nothing of these lasts beyond that day.
fn end(periods: &mut Vec<Period>, last: Option<Date>) {
    let Some(last) = last else { return };
    periods.retain(|period| period.from <= last);
    for period in periods {
        period.until = period.until.min(last);
    }
}

/// The mission of that post that runs on that day; else the last one it was given, for the policies to say that it
/// does not.
pub(super) fn missions(facts: &[Recorded], day: Date) -> Option<Period> {
    let mut missions: Vec<(String, Period)> = Vec::new();
    for fact in facts {
        match fact.trace() {
            Ok(events::Post::MissionOpened(opened)) => {
                missions.extend(
                    period(&opened.from_day, &opened.until_day).map(|period| (opened.mission_id, period)),
                );
            }
            Ok(events::Post::MissionEnded(ended)) => {
                let last = dates::parse(&ended.ended_on);
                for (_, period) in missions.iter_mut().filter(|(id, _)| *id == ended.mission_id) {
                    period.until = last.unwrap_or(period.until).min(period.until);
                }
            }
            _ => {}
        }
    }
    let running = missions.iter().find(|(_, period)| period.holds_on(day));
    running.or(missions.last()).map(|(_, period)| *period)
}
