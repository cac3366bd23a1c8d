//! One case: its live status, with the names it needs.

use std::collections::{BTreeMap, HashMap};

use access::Actor;
use contracts::{
    Class, EnumValue,
    case::v1::{CaseOrigin, ClosingReason, SupportFrame},
    common::v1::Role,
};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use tokio_postgres::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Seen,
    board::Last,
    cards::{Card, Cards},
    identity::{self, Identity, Someone, pseudonym},
};
use crate::{
    facets::{NextDate, next_dates},
    prompts::{Prompt, prompts},
    query::not_yet,
    veil,
    views::live_status,
    views::status::{
        Activity, Agreement, Appointment, Diagnostic, Eligibility, Employment, Immersion, Match, Member,
        Obstacles, Pass, Pause, Prescription, Resource, Review, Status,
    },
};

/// A case and everything its page shows beside the timeline.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: Uuid,
    /// How things stand.
    pub status: Status,
    /// What its reader may see.
    pub seen: Seen,
    /// Who the person is, for those who may know.
    pub identity: Option<Identity>,
    /// Whether the person was forgotten.
    pub forgotten: bool,
    /// The organisations and posts it names.
    pub cards: Cards,
    /// The professionals around the person, as they are today.
    pub circle: Vec<CircleMember>,
    /// The day it is looked at.
    pub today: Date,
    /// The position up to which that is told.
    reached: i64,
}

/// A professional around the person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CircleMember {
    /// The post.
    pub post_id: Uuid,
    /// How its organisation calls it.
    pub title: String,
    /// What it does around the person.
    #[schema(value_type = String)]
    pub role: EnumValue<Role>,
    /// Its organisation.
    pub organisation: Option<Card>,
    /// Who holds it today.
    pub holder: Option<String>,
    /// Since when it is in the circle.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The frame of support in which it accompanies the person, when it is in one.
    #[schema(value_type = String)]
    pub frame: EnumValue<SupportFrame>,
}

/// The live status of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseAnswer {
    /// The case.
    pub id: Uuid,
    /// Its version: `If-Match` of the commands on the case itself. Each item below has its own.
    pub version: u32,
    /// The person’s name for those of their circle, a pseudonym for the others.
    pub called: String,
    /// Who the person is, for those who may know.
    pub identity: Option<Identity>,
    /// Whether the person’s data were erased.
    pub forgotten: bool,
    /// The personal classes of data that are open to the reader.
    pub sees: Vec<&'static str>,
    /// Whether the case is open.
    pub open: bool,
    /// Since when it is followed, for the first time.
    #[schema(value_type = Option<String>, format = Date)]
    pub opened_on: Option<Date>,
    /// Since when it is closed, when it is.
    #[schema(value_type = Option<String>, format = Date)]
    pub closed_on: Option<Date>,
    /// Why it was closed.
    #[schema(value_type = String)]
    pub closing: EnumValue<ClosingReason>,
    /// How the person came.
    #[schema(value_type = String)]
    pub origin: EnumValue<CaseOrigin>,
    /// The structure that hosts the person.
    pub structure: Card,
    /// The plateforme emploi that shares the case.
    pub platform_id: Option<Uuid>,
    /// The professionals around the person.
    pub circle: Vec<CircleMember>,
    /// The diagnostics.
    pub diagnostics: Vec<OneDiagnostic>,
    /// Obstacles, counted.
    pub obstacles: Obstacles,
    /// Everything sent that awaits or awaited an answer.
    pub prescriptions: Vec<OnePrescription>,
    /// The eligibility to the insertion par l’activité économique.
    pub eligibility: Option<Eligibility>,
    /// The conventions, and the immersions they allow.
    pub immersions: Vec<OneImmersion>,
    /// The contracts.
    pub employments: Vec<OneEmployment>,
    /// Whether the person wishes for something, as far as it was said.
    pub wishes: bool,
    /// The person does not wish to work for now: prompts that push towards work stay silent.
    pub not_for_now: bool,
    /// The rest the follow-up takes, when it does.
    pub pause: Option<Pause>,
    /// When the case came from another structure, the last time.
    #[schema(value_type = Option<String>, format = Date)]
    pub transferred_on: Option<Date>,
    /// What the person takes or took part in.
    pub activities: Vec<OneActivity>,
    /// Hours a week foreseen of the activities under way, in minutes.
    pub activity_weekly_minutes: u32,
    /// The appointments of which nobody said what became of them.
    pub appointments: Vec<OneAppointment>,
    /// The agreements to share that are neither withdrawn nor over.
    pub agreements: Vec<OneAgreement>,
    /// The last review.
    pub review: Option<Review>,
    /// The PASS IAE.
    pub passes: Vec<OnePass>,
    /// The local services mobilised.
    pub resources: Vec<OneResource>,
    /// The offers proposed.
    pub matches: Vec<OneMatch>,
    /// How many gatherings the person took part in.
    pub gatherings: u32,
    /// The last day the person was seen or heard, as far as facts tell it.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_contact: Option<Date>,
    /// What calls for someone today, longest first.
    pub prompts: Vec<Prompt>,
    /// The dates that come, soonest first.
    pub next_dates: Vec<NextDate>,
    /// The last fact.
    pub last: Last,
    /// The organisations named above.
    pub organisations: Vec<Card>,
    /// Position of the last fact.
    pub position: i64,
}

macro_rules! one {
    ($(#[$doc:meta] $name:ident: $of:ty;)*) => {$(
        #[$doc]
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $name {
            /// Its id.
            pub id: Uuid,
            /// Its version, or that of the case it is a part of: `If-Match` of the commands on it.
            pub version: u32,
            /// How it stands.
            #[serde(flatten)]
            pub standing: $of,
        }

        impl $name {
            fn list(all: &BTreeMap<Uuid, $of>, version: impl Fn(&Uuid) -> u32) -> Vec<Self> {
                let one = |(id, standing): (&Uuid, &$of)| Self {
                    id: *id,
                    version: version(id),
                    standing: standing.clone(),
                };
                all.iter().map(one).collect()
            }
        }
    )*};
}

one! {
    /// A diagnostic and its id.
    OneDiagnostic: Diagnostic;
    /// A prescription and its id.
    OnePrescription: Prescription;
    /// An immersion and its id.
    OneImmersion: Immersion;
    /// A contract and its id.
    OneEmployment: Employment;
    /// An activity and its id.
    OneActivity: Activity;
    /// An appointment and its id.
    OneAppointment: Appointment;
    /// An agreement and its id.
    OneAgreement: Agreement;
    /// A PASS IAE and its id.
    OnePass: Pass;
    /// A local service and the id of its mobilisation.
    OneResource: Resource;
    /// A match and its id.
    OneMatch: Match;
}

/// The case, as that reader may see it.
///
/// # Errors
/// 404 when it is not for them, 503 when it is so new that it cannot be read yet.
pub async fn read(runtime: &Runtime, reading: &Reading, case_id: Uuid) -> Result<Case, Problem> {
    let seen = super::case(runtime, reading, case_id).await?;
    let reached = *runtime.positions.watch(live_status::NAME).borrow();
    let status = status(runtime, reading, &seen).await?.ok_or_else(not_yet)?;
    let posts = status.circle.keys().copied();
    let ids: Vec<Uuid> = status.organisations().into_iter().chain(posts).chain(status.platform_id).collect();
    let cards = Cards::read(runtime, &ids).await?;
    // The standing of the journal is never late: a corrected name is shown at once.
    let person = seen.standing.identity_position.filter(|_| seen.opens(Class::Identity));
    let holders = status.circle.keys().filter_map(|post| cards.post(*post)?.holder_position);
    let positions: Vec<i64> = holders.chain(person).collect();
    let people = identity::open(runtime, reading, &positions).await?;
    let person = person.and_then(|position| people.get(&position));
    let identity = match person {
        Some(Someone::Person(identity)) => Some(identity.clone()),
        _ => None,
    };
    let circle = status.circle.iter().map(|(post, member)| {
        let holder = cards.post(*post).and_then(|post| people.get(&post.holder_position?));
        circle_member(*post, member, &cards, holder)
    });
    Ok(Case {
        id: case_id,
        circle: circle.collect(),
        forgotten: person == Some(&Someone::Forgotten) || seen.standing.erased.contains(&Class::Identity),
        identity,
        seen,
        cards,
        today: runtime.clock.today(),
        reached: reached.max(status.last.position),
        status,
    })
}

fn circle_member(post_id: Uuid, member: &Member, cards: &Cards, holder: Option<&Someone>) -> CircleMember {
    let post = cards.post(post_id);
    let title = post.map(|post| post.title.clone()).filter(|title| !title.is_empty());
    CircleMember {
        post_id,
        title: title.unwrap_or_else(|| contracts::label_of(member.role).to_owned()),
        role: member.role,
        organisation: member.organisation_id.map(|id| cards.card(id)),
        holder: match holder {
            Some(Someone::Professional(name)) => Some(name.clone()),
            _ => None,
        },
        since: member.since,
        frame: member.frame,
    }
}

/// The stored document of a case, without what betrays something closed to that reader; nothing when there is none
/// yet.
///
/// # Errors
/// When the read model cannot be read.
pub async fn status(runtime: &Runtime, actor: &Actor, seen: &Seen) -> Result<Option<Status>, Problem> {
    let client = runtime.reader(actor).await?;
    let statement = client.prepare_cached("select body from read.live_status where key = $1").await?;
    let Some(row) = client.query_opt(&statement, &[&seen.standing.case_id]).await? else { return Ok(None) };
    drop(client);
    let mut status = row.try_get::<_, Json<Status>>(0)?.0;
    let parties: Vec<Uuid> = veil::parties(&status).collect();
    let telling = veil::telling_of(runtime, &parties).await?;
    veil::veil(&mut status, actor, |class| seen.opens(class), &telling);
    Ok(Some(status))
}

impl Case {
    /// How the person is called before this reader.
    pub fn called(&self) -> String {
        self.identity.as_ref().map_or_else(|| pseudonym(self.id), Identity::full_name)
    }

    /// The versions of what it shows, as they are told here: what comes meanwhile makes them stale.
    ///
    /// # Errors
    /// When the journal cannot be read.
    async fn versions(&self, runtime: &Runtime) -> Result<HashMap<Uuid, u32>, Problem> {
        let Status { diagnostics, prescriptions, immersions, employments, activities, .. } = &self.status;
        let Status { appointments, agreements, passes, resources, matches, .. } = &self.status;
        let work =
            prescriptions.keys().chain(immersions.keys()).chain(employments.keys()).chain(passes.keys());
        let around =
            activities.keys().chain(appointments.keys()).chain(agreements.keys()).chain(matches.keys());
        let all = work.chain(around).chain(diagnostics.keys()).chain(resources.keys()).chain([&self.id]);
        let ids: Vec<Uuid> = all.copied().collect();
        Ok(runtime.journal.versions(&ids, self.reached).await?)
    }

    /// As a query answers it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn answer(self, runtime: &Runtime) -> Result<CaseAnswer, Problem> {
        let versions = self.versions(runtime).await?;
        let status = &self.status;
        let own = versions.get(&self.id).copied().unwrap_or_default();
        let version = |id: &Uuid| versions.get(id).copied().unwrap_or(own);
        Ok(CaseAnswer {
            id: self.id,
            version: own,
            called: self.called(),
            forgotten: self.forgotten,
            sees: self.seen.classes.iter().map(|class| class.name()).collect(),
            open: status.open,
            opened_on: status.opened_on,
            closed_on: status.closed_on,
            closing: status.closing,
            origin: status.origin,
            structure: self.cards.card(status.structure_id),
            platform_id: status.platform_id,
            diagnostics: OneDiagnostic::list(&status.diagnostics, version),
            obstacles: status.obstacles(),
            prescriptions: OnePrescription::list(&status.prescriptions, version),
            eligibility: status.eligibility.clone(),
            immersions: OneImmersion::list(&status.immersions, version),
            employments: OneEmployment::list(&status.employments, version),
            wishes: !status.wishes.is_empty(),
            not_for_now: status.is_not_for_now(),
            pause: status.pause.filter(|pause| pause.holds(self.today)),
            transferred_on: status.transferred_on,
            activities: OneActivity::list(&status.activities, version),
            activity_weekly_minutes: status.activity_weekly_minutes(),
            appointments: OneAppointment::list(&status.appointments, version),
            agreements: OneAgreement::list(&status.agreements, version),
            review: status.review.clone(),
            passes: OnePass::list(&status.passes, version),
            resources: OneResource::list(&status.resources, version),
            matches: OneMatch::list(&status.matches, version),
            gatherings: status.gatherings,
            last_contact: status.last_contact,
            prompts: prompts(status, self.today),
            next_dates: next_dates(status, self.today),
            last: status.last.into(),
            organisations: status.organisations().into_iter().map(|id| self.cards.card(id)).collect(),
            position: status.last.position,
            circle: self.circle,
            identity: self.identity,
        })
    }
}
