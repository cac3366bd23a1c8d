//! Two conventions, one immersion: one was typed here, another tool tells of the other. The tool's is the one
//! that counts; what was typed stays, with what differs noted beside.

use contracts::Class;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use crate::domain::{
    ConventionKind, ConventionRecognised, ConventionToldApart, DivergenceNoted, Event,
    aggregate::{Convention, Frame, State},
    rules::*,
};

/// The other convention, and what the rule must know of both.
struct Pair {
    own: State,
    own_host: String,
    other: State,
    other_host: String,
}

impl Pair {
    fn of(other_id: Uuid, context: &Context) -> Result<Self, Refusal> {
        let of_the_case = context.recorded(other_id).iter().all(|fact| fact.case_id == context.case_id);
        let (own, other) = (context.facts::<Event>(context.stream_id), context.facts::<Event>(other_id));
        let pair = Self {
            own_host: host_siret(&own),
            own: State::of(own),
            other_host: host_siret(&other),
            other: State::of(other),
        };
        if !of_the_case || pair.other.heard.is_none() {
            return Err(SAME_IMMERSION
                .refuse("Jalon n’a pas reçu cette convention d’un autre outil pour cette personne. Vérifiez laquelle est la même.")
                .at("/same_as_convention_id"));
        }
        if pair.own.heard.is_some() {
            return Err(SAME_IMMERSION.refuse(
                "Cette convention vient elle-même d’un autre outil. Partez de celle qui a été saisie dans Jalon.",
            ));
        }
        Ok(pair)
    }

    /// Two PMSMP that share a day.
    fn overlap(&self) -> bool {
        let pmsmp = [&self.own, &self.other].iter().all(|state| state.kind == ConventionKind::PMSMP);
        let frames = self.own.frame.zip(self.other.frame);
        pmsmp
            && frames
                .is_some_and(|(own, other)| own.starts_on <= other.ends_on && other.starts_on <= own.ends_on)
    }

    /// Whether the host is the same: by its SIRET, or as Jalon knows it. Nothing when that cannot be told.
    fn same_host(&self) -> Option<bool> {
        let sirets = !self.own_host.is_empty() && !self.other_host.is_empty();
        let by_siret = sirets.then(|| self.own_host == self.other_host);
        by_siret.or_else(|| Some(self.own.host_id? == self.other.host_id?))
    }

    /// The rules that name what the two say differently.
    fn differences(&self) -> Vec<&'static Rule> {
        let (own, other) = (&self.own, &self.other);
        let frames = own.frame.zip(other.frame);
        let dates =
            |(own, other): (Frame, Frame)| (own.starts_on, own.ends_on) != (other.starts_on, other.ends_on);
        let hours = |(own, other): (Frame, Frame)| {
            (own.presence_days, own.weekly_minutes) != (other.presence_days, other.weekly_minutes)
        };
        let prescriber = own.prescriber_id.zip(other.prescriber_id).is_some_and(|(own, other)| own != other);
        let review = own.review.zip(other.review);
        let all = [
            (frames.is_some_and(dates), &DATES_DIFFER),
            (frames.is_some_and(hours), &HOURS_DIFFER),
            (own.object != other.object, &OBJECT_DIFFERS),
            (prescriber, &PRESCRIBER_DIFFERS),
            (self.same_host() == Some(false), &HOST_DIFFERS),
            (review.is_some_and(|(own, other)| own.outcome != other.outcome), &REVIEW_DIFFERS),
        ];
        all.into_iter().filter(|(differs, _)| *differs).map(|(_, rule)| rule).collect()
    }

    fn stated(&self, other_id: Uuid) -> Vec<Event> {
        let recognised =
            ConventionRecognised { same_as_convention_id: other_id.to_string(), ..Default::default() };
        let about: Vec<String> = self.differences().iter().map(|rule| rule.id.to_owned()).collect();
        let noted = (!about.is_empty()).then(|| DivergenceNoted { about, ..Default::default() });
        std::iter::once(recognised.into()).chain(noted.map(Event::from)).collect()
    }
}

/// The SIRET of the host as it was last given, when its class is open.
fn host_siret(facts: &[Event]) -> String {
    let told = facts.iter().rev().find_map(|fact| match fact {
        Event::ConventionDrafted(drafted) => drafted.details.as_option(),
        Event::ConventionAmended(amended) => amended.details.as_option(),
        Event::ConventionCorrected(corrected) => corrected.details.as_option(),
        _ => None,
    });
    told.map(|details| details.host_siret.split_whitespace().collect()).unwrap_or_default()
}

/// Both with what the immersion is made of, where the host is named.
fn with_details(others: Vec<Uuid>) -> Needs {
    Needs { opened: Some((Class::Project, others)), ..Needs::default() }
}

/// Says that a convention typed here is one that another tool tells of: it counts once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecogniseConvention {
    /// The convention that the other tool tells of.
    pub same_as_convention_id: Uuid,
}

impl Command for RecogniseConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.recognise";
    const SUMMARY: &'static str = "Dire que deux conventions sont une seule immersion";

    fn needs(&self, _: &State) -> Needs {
        with_details(vec![self.same_as_convention_id])
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let other = self.same_as_convention_id;
        if state.same_as == Some(other) {
            return Ok(Vec::new());
        }
        let pair = Pair::of(other, context)?;
        if !pair.overlap() {
            return Err(SAME_IMMERSION
                .refuse("Ces deux conventions ne sont pas deux PMSMP aux mêmes jours. Corrigez les dates de celle saisie ici, ou laissez-les distinctes.")
                .at("/same_as_convention_id"));
        }
        Ok(pair.stated(other))
    }
}

/// Looks among the conventions that another tool tells of for the one that this one is: the same host, by its
/// SIRET, and a day in common. The clock asks it; refused when none of them is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookForSame {
    /// The conventions to look at.
    pub among: Vec<Uuid>,
}

impl Command for LookForSame {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.look-for-same";
    const SUMMARY: &'static str = "Reconnaître une immersion dite par un autre outil";

    fn needs(&self, _: &State) -> Needs {
        with_details(self.among.clone())
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.same_as.is_some() {
            return Ok(Vec::new());
        }
        for id in self.among.iter().filter(|id| !state.told_apart.contains(*id)) {
            if let Ok(pair) = Pair::of(*id, context)
                && pair.overlap()
                && pair.same_host() == Some(true)
            {
                return Ok(pair.stated(*id));
            }
        }
        Err(SAME_IMMERSION.refuse("Aucune de ces conventions n’a la même structure d’accueil. Un professionnel peut le dire s’il le sait."))
    }
}

/// Says that the two conventions are two immersions after all: each counts for itself again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellApart {}

impl Command for TellApart {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.tell-apart";
    const SUMMARY: &'static str = "Dire que deux conventions sont deux immersions";

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        let told = state.same_as.map(|other| ConventionToldApart {
            other_convention_id: other.to_string(),
            ..Default::default()
        });
        Ok(told.map(Event::from).into_iter().collect())
    }
}
