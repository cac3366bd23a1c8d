//! What can be asked about an employer, each intent with its rule right below.

use contracts::{Word, events};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates};

use super::{
    aggregate::{Employer, Lead, State},
    *,
};
use crate::domain::platform::members;

/// How long one post leads.
pub const LEAD: Rule = Rule::strict(
    "employeur.referent",
    "Le référent d’un employeur est désigné pour six mois au plus ; il peut l’être de nouveau.",
    "Plan d’accompagnement FAS, plateforme emploi : une seule voix vers les employeurs",
);
/// One voice.
pub const ONE_LEAD: Rule = Rule::strict(
    "employeur.referent-unique",
    "Un employeur a un seul référent à la fois sur une plateforme.",
    "Plan d’accompagnement FAS, plateforme emploi : une seule voix vers les employeurs",
);
/// The lead is a post of a member.
pub const LEAD_POST: Rule = Rule::strict(
    "employeur.poste",
    "Le référent d’un employeur est un poste d’une organisation membre de la plateforme.",
    "usage",
);
/// Someone else already speaks to this employer.
pub const BESIDE_LEAD: Rule = Rule::soft(
    "employeur.hors-referent",
    "Quand un employeur a un référent, c’est lui qui le contacte, ou avec son accord.",
    "Plan d’accompagnement FAS, plateforme emploi : une seule voix vers les employeurs",
);
/// One comes back later.
pub const NEXT_CONTACT: Rule =
    Rule::strict("employeur.dates", "Le prochain contact vient après celui qui est enregistré.", "usage");

/// Says which post speaks to an employer in the name of the platform, for a time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignLead {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer.
    pub organisation_id: Uuid,
    /// The post that leads; the one of whoever asks when absent.
    #[serde(default)]
    pub post_id: Option<Uuid>,
    /// First day, which may be to come; today when absent.
    #[serde(default)]
    pub from_day: Option<Day>,
    /// Last day, included: six months at most.
    pub until_day: Day,
}

impl Command for AssignLead {
    type Aggregate = Employer;
    const NAME: &'static str = "employer.assign-lead";
    const SUMMARY: &'static str = "Désigner le référent d’un employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.from_day.map(|day| day.0);

    fn may_be_planned(&self) -> bool {
        true
    }

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: vec![self.organisation_id],
            streams: std::iter::once(self.platform_id).chain(self.post_id).collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let organisation_id = members::known(Some(self.organisation_id), "/organisation_id", context)?;
        let post = self.post(context)?;
        let from = self.from_day.map_or(context.today, |day| day.0);
        let lead = Lead { post, from, until: self.until_day.0 };
        check_term(&lead)?;
        let other = |held: &&Lead| held.post != post && held.from <= lead.until && lead.from <= held.until;
        if let Some(held) = state.leads.iter().find(other) {
            return Err(ONE_LEAD
                .refuse(format!(
                    "Cet employeur a déjà un référent jusqu’au {}. Attendez ce jour, ou libérez-le d’abord.",
                    dates::in_french(held.until)
                ))
                .at("/from_day"));
        }
        if state.leads.contains(&lead) {
            return Ok(Vec::new());
        }
        let assigned = EmployerLeadAssigned {
            platform_id: self.platform_id.to_string(),
            organisation_id,
            post_id: post.to_string(),
            from_day: from.to_string(),
            until_day: lead.until.to_string(),
            ..Default::default()
        };
        Ok(vec![assigned.into()])
    }
}

impl AssignLead {
    /// The post, which a member's organisation opened.
    fn post(&self, context: &Context) -> Result<Uuid, Refusal> {
        let refuse = |detail: &'static str| Err(LEAD_POST.refuse(detail).at("/post_id"));
        let Some(post) = self.post_id else {
            return context
                .actor
                .post_id
                .map_or_else(|| refuse("Le poste qui sera référent manque. Donnez-le."), Ok);
        };
        let opened = context.facts::<events::Post>(post).into_iter().find_map(|fact| match fact {
            events::Post::PostOpened(opened) => Some(opened.organisation_id.parse::<Uuid>()),
            _ => None,
        });
        match opened {
            Some(Ok(own)) if members::standing(self.platform_id, context).members.contains_key(&own) => {
                Ok(post)
            }
            Some(_) => refuse(
                "Ce poste n’est pas celui d’une organisation membre de la plateforme. Choisissez-en un autre.",
            ),
            None => refuse("Jalon ne connaît pas ce poste. Ouvrez-le d’abord."),
        }
    }
}

fn check_term(lead: &Lead) -> Result<(), Refusal> {
    let refuse = |detail: String| Err(LEAD.refuse(detail).at("/until_day"));
    let last = dates::valid_for_months(lead.from, 6);
    if lead.until < lead.from {
        return refuse("Le dernier jour précède le premier. Corrigez l’une des deux dates.".to_owned());
    }
    if lead.until > last {
        return refuse(format!(
            "Le référent est désigné pour plus de six mois. Choisissez le {} au plus tard ; il pourra être renouvelé.",
            dates::in_french(last)
        ));
    }
    Ok(())
}

/// Says that nobody leads any more: the way is free for another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseLead {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer.
    pub organisation_id: Uuid,
    /// From which day; today when absent.
    #[serde(default)]
    pub released_on: Option<Day>,
}

impl Command for ReleaseLead {
    type Aggregate = Employer;
    const NAME: &'static str = "employer.release-lead";
    const SUMMARY: &'static str = "Libérer le référent d’un employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.released_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: vec![self.platform_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let day = self.released_on.map_or(context.today, |day| day.0);
        let Some(lead) = state.lead_on(day) else { return Ok(Vec::new()) };
        let released = EmployerLeadReleased {
            platform_id: self.platform_id.to_string(),
            organisation_id: self.organisation_id.to_string(),
            post_id: lead.post.to_string(),
            released_on: day.to_string(),
            ..Default::default()
        };
        Ok(vec![released.into()])
    }
}

/// Says that an employer was contacted, and what came of it. About no one in particular.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactEmployer {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer.
    pub organisation_id: Uuid,
    /// When; today when absent.
    #[serde(default)]
    pub contacted_on: Option<Day>,
    /// How.
    pub channel: Word<ContactChannel>,
    /// What came of it.
    pub outcome: Word<ContactOutcome>,
    /// When to come back.
    #[serde(default)]
    pub next_contact_on: Option<Day>,
}

impl Command for ContactEmployer {
    type Aggregate = Employer;
    const NAME: &'static str = "employer.contact";
    const SUMMARY: &'static str = "Enregistrer un contact avec un employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.contacted_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: vec![self.organisation_id],
            streams: vec![self.platform_id],
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let organisation_id = members::known(Some(self.organisation_id), "/organisation_id", context)?;
        let day = self.contacted_on.map_or(context.today, |day| day.0);
        if self.next_contact_on.is_some_and(|next| next.0 <= day) {
            return Err(NEXT_CONTACT
                .refuse("Le prochain contact ne vient pas après celui-ci. Corrigez la date, ou retirez-la.")
                .at("/next_contact_on"));
        }
        let own = context.actor.post_id;
        if state.lead_on(day).is_some_and(|lead| Some(lead.post) != own) {
            context.warn(&BESIDE_LEAD);
        }
        let contacted = EmployerContacted {
            platform_id: self.platform_id.to_string(),
            organisation_id,
            post_id: own.map(|id| id.to_string()).unwrap_or_default(),
            contacted_on: day.to_string(),
            channel: self.channel.into(),
            outcome: self.outcome.into(),
            next_contact_on: self.next_contact_on.map(Into::into).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![contacted.into()])
    }
}
