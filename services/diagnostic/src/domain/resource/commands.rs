//! What can be asked of a local service mobilised, each intent with its rule right below.

use contracts::{
    Class, Word,
    common::v1::{AvipSituation, OrganisationKind},
    events,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Domain as _, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        Dimension, LocalService, ResourceEnded, ResourceMobilised, ResourceOutcome,
        aggregate::Diagnostic,
        commands::{class_of_dimension, known},
    },
    Event,
    aggregate::{Resource, State},
};

/// A closed case must be reopened first.
pub const CASE_OPEN: Rule =
    Rule::strict("solution.dossier-clos", "Une solution se mobilise dans un dossier ouvert.", "usage");
/// A service can be found again.
pub const SERVICE_NAMED: Rule = Rule::strict(
    "solution.service",
    "Une solution est un service de data·inclusion, ou un service que l’on nomme.",
    "usage",
);
/// How data·inclusion names a service.
pub const SERVICE_ID: Rule = Rule::strict(
    "solution.identifiant",
    "Un identifiant data·inclusion s’écrit avec le nom de la source, deux tirets et l’identifiant dans cette source.",
    "schéma data·inclusion",
);
/// A service of a directory is one that it published.
pub const SERVICE_KNOWN: Rule = Rule::strict(
    "solution.service-connu",
    "Un service désigné par son identifiant data·inclusion est dans le répertoire importé ; les autres sont seulement nommés.",
    "usage",
);
/// It may have gone since.
pub const SERVICE_GONE: Rule = Rule::soft(
    "solution.service-depublie",
    "Ce service n’est plus publié par son répertoire : vérifiez avec lui qu’il reçoit encore.",
    "usage",
);
/// Who offers it is known, or only named.
pub const SERVICE_ORGANISATION: Rule = Rule::strict(
    "solution.organisation",
    "L’organisation qui propose la solution est inscrite dans Jalon, ou seulement nommée.",
    "usage",
);
/// What is done about an obstacle has the readers of the obstacle.
pub const SAME_READERS: Rule = Rule::strict(
    "solution.domaine",
    "Une solution porte sur le domaine de son obstacle ; sans obstacle, son domaine est dit.",
    "secret professionnel, CASF L. 345-1",
);
/// Whom a crèche AVIP is for.
pub const AVIP_SITUATION: Rule = Rule::soft(
    "solution.avip-situation",
    "Une crèche AVIP accueille l’enfant d’un parent en recherche active d’emploi, dans l’une des cinq situations de sa charte : vérifiez avec la personne laquelle est la sienne.",
    "charte nationale des crèches AVIP",
);
/// Of what these situations are said.
pub const AVIP_ONLY: Rule = Rule::strict(
    "solution.avip-domaine",
    "Les situations qui ouvrent une crèche AVIP se disent d’une solution sur la famille et la garde d’enfants, ou d’un domaine qui a les mêmes lecteurs.",
    "secret professionnel, CASF L. 345-1",
);
/// The end comes after the beginning.
pub const DATES: Rule =
    Rule::strict("solution.dates", "Une solution se termine après avoir été mobilisée.", "usage");

/// The directory whose ids name services.
const DIRECTORY: &str = "data-inclusion";

/// Mobilises a local service for the person, on an obstacle or not; kept in the class of the obstacle, or of
/// its own dimension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MobiliseResource {
    /// The obstacle it is meant for, when there is one.
    #[serde(default)]
    pub obstacle: Option<ObstacleOf>,
    /// What it is about; may be absent when there is an obstacle.
    #[serde(default)]
    pub dimension: Option<Word<Dimension>>,
    /// Id of the service in data·inclusion, when it is there.
    #[serde(default)]
    pub service_id: String,
    /// Its name, when it is not, or to read it more easily.
    #[serde(default)]
    pub name: String,
    /// The organisation that offers it, when it is known to Jalon.
    #[serde(default)]
    pub organisation_id: Option<Uuid>,
    /// What it is asked for.
    #[serde(default)]
    pub text: String,
    /// For a crèche AVIP, the situations the person is in.
    #[serde(default)]
    pub avip_situations: Vec<Word<AvipSituation>>,
    /// Since when; today when absent.
    #[serde(default)]
    pub mobilised_on: Option<Day>,
}

/// An obstacle, and where it was named.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObstacleOf {
    /// The diagnostic.
    pub diagnostic_id: Uuid,
    /// The obstacle.
    pub obstacle_id: Uuid,
}

impl MobiliseResource {
    fn check_service(&self, context: &Context) -> Result<(), Refusal> {
        if self.service_id.trim().is_empty() && self.name.trim().is_empty() {
            return Err(SERVICE_NAMED
                .refuse("Le service manque. Choisissez-le dans le répertoire, ou donnez son nom.")
                .at("/service_id"));
        }
        let id = self.service_id.trim();
        let well_formed =
            id.split_once("--").is_some_and(|(source, own)| !source.is_empty() && !own.is_empty());
        if !id.is_empty() && (!well_formed || id.contains(char::is_whitespace)) {
            return Err(SERVICE_ID
                .refuse("Cet identifiant n’a pas la forme d’un identifiant data·inclusion. Corrigez-le, ou donnez seulement le nom du service.")
                .at("/service_id"));
        }
        let published = self.stream_of_service().map(|stream| context.facts::<events::LocalService>(stream));
        match published.as_ref().map(|facts| facts.last()) {
            // What another tool says of it stands.
            Some(None) if context.actor.system.is_none() => {
                return Err(SERVICE_KNOWN
                    .refuse("Le répertoire importé ne contient pas ce service. Choisissez-le dans la liste des services, ou donnez seulement son nom.")
                    .at("/service_id"));
            }
            Some(Some(events::LocalService::ServiceDelisted(_))) => context.warn(&SERVICE_GONE),
            _ => {}
        }
        if self.organisation_id.is_some_and(|id| context.organisation(id).is_none()) {
            return Err(SERVICE_ORGANISATION
                .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la, ou donnez seulement son nom.")
                .at("/organisation_id"));
        }
        Ok(())
    }

    /// Where the facts of the service are, when it is named by its id: a service is found by its directory and its id
    /// there.
    fn stream_of_service(&self) -> Option<Uuid> {
        let id = self.service_id.trim();
        let stream = || vocabulary::ids::derived(&[b"service", DIRECTORY.as_bytes(), id.as_bytes()]);
        (!id.is_empty()).then(stream)
    }

    /// The class of what is said: that of the obstacle, or of the dimension.
    fn class(&self, context: &Context) -> Result<Class, Refusal> {
        let own = self.dimension.map(|dimension| class_of_dimension(dimension.0));
        let of_obstacle = self.obstacle.map(|obstacle| obstacle.class(context)).transpose()?;
        match (of_obstacle, own) {
            (Some(class), None) | (None, Some(class)) => Ok(class),
            (Some(class), Some(own)) if class == own => Ok(class),
            (Some(_), Some(_)) => Err(SAME_READERS
                .refuse("Ce domaine et celui de l’obstacle n’ont pas les mêmes lecteurs. Ne dites pas de domaine, ou mobilisez la solution sans obstacle.")
                .at("/dimension")),
            (None, None) => Err(SAME_READERS
                .refuse("Le domaine manque. Indiquez-le, ou indiquez l’obstacle que la solution doit lever.")
                .at("/dimension")),
        }
    }
}

impl MobiliseResource {
    /// The situations the person is in, each once; kept where family matters are.
    fn avip_situations(&self, class: Class, context: &Context) -> Result<Vec<AvipSituation>, Refusal> {
        if !self.avip_situations.is_empty() && class != Class::Social {
            return Err(AVIP_ONLY
                .refuse("Ces situations ne se disent pas dans ce domaine. Retirez-les, ou mobilisez la solution sur la famille et la garde d’enfants.")
                .at("/avip_situations"));
        }
        let offered_by = self.organisation_id.and_then(|id| context.organisation(id));
        let creche = offered_by.is_some_and(|one| one.kind == OrganisationKind::CRECHE_AVIP);
        if creche && self.avip_situations.is_empty() {
            context.warn(&AVIP_SITUATION);
        }
        let mut situations: Vec<AvipSituation> = self.avip_situations.iter().map(|one| one.0).collect();
        situations.sort_by_key(|one| *one as i32);
        situations.dedup();
        Ok(situations)
    }
}

impl ObstacleOf {
    /// The class of the obstacle, in a diagnostic of the same person.
    fn class(self, context: &Context) -> Result<Class, Refusal> {
        let same_person =
            context.recorded(self.diagnostic_id).iter().any(|fact| fact.case_id == context.case_id);
        let facts =
            if same_person { context.facts::<events::Diagnostic>(self.diagnostic_id) } else { Vec::new() };
        let diagnostic = facts.into_iter().fold(Default::default(), Diagnostic::apply);
        known(&diagnostic, self.obstacle_id).map(|obstacle| obstacle.class)
    }
}

impl Command for MobiliseResource {
    type Aggregate = Resource;
    const NAME: &'static str = "diagnostic.mobilise-resource";
    const SUMMARY: &'static str = "Mobiliser une solution du territoire";
    const DAY: fn(&Self) -> Option<Date> = |command| command.mobilised_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.organisation_id.into_iter().collect(),
            streams: (self.obstacle.map(|obstacle| obstacle.diagnostic_id).into_iter())
                .chain(self.stream_of_service())
                .collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let mobilised_on = self.mobilised_on.map_or(context.today, |day| day.0);
        if context.case().is_some_and(|case| case.is_closed_on(mobilised_on)) {
            return Err(CASE_OPEN
                .refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."));
        }
        self.check_service(context)?;
        let class = self.class(context)?;
        let service = LocalService {
            dimension: self.dimension.map(Into::into).unwrap_or_default(),
            service_id: self.service_id.trim().to_owned(),
            name: self.name.trim().to_owned(),
            organisation_id: self.organisation_id.map(|id| id.to_string()).unwrap_or_default(),
            text: self.text.trim().to_owned(),
            avip_situations: self.avip_situations(class, context)?.into_iter().map(Into::into).collect(),
            ..Default::default()
        };
        let mut mobilised = ResourceMobilised {
            mobilised_on: mobilised_on.to_string(),
            obstacle_id: self.obstacle.map(|one| one.obstacle_id.to_string()).unwrap_or_default(),
            diagnostic_id: self.obstacle.map(|one| one.diagnostic_id.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        match class {
            Class::Project => mobilised.project = service.into(),
            Class::Social => mobilised.social = service.into(),
            Class::Judicial => mobilised.judicial = service.into(),
            _ => mobilised.health = service.into(),
        }
        Ok(vec![mobilised.into()])
    }
}

/// Says that the service does not intervene any more; another may be mobilised, or the same one again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndResource {
    /// What came of it.
    pub outcome: Word<ResourceOutcome>,
    /// Last day; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
    /// A few words; kept in the class of the service.
    #[serde(default)]
    pub comment: String,
}

impl Command for EndResource {
    type Aggregate = Resource;
    const NAME: &'static str = "diagnostic.end-resource";
    const SUMMARY: &'static str = "Dire qu’une solution est terminée";
    const DAY: fn(&Self) -> Option<Date> = |command| command.ended_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.ended {
            return Ok(Vec::new());
        }
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        if state.mobilised_on.is_some_and(|first| ended_on < first) {
            return Err(DATES
                .refuse("Cette date précède le jour où la solution a été mobilisée. Corrigez-la.")
                .at("/ended_on"));
        }
        let comment = self.comment.trim().to_owned();
        let mut ended = ResourceEnded {
            ended_on: ended_on.to_string(),
            outcome: self.outcome.into(),
            obstacle_id: state.obstacle_id.clone(),
            ..Default::default()
        };
        match state.class {
            Some(Class::Project) => ended.comment_project = comment,
            Some(Class::Social) => ended.comment_social = comment,
            Some(Class::Judicial) => ended.comment_judicial = comment,
            _ => ended.comment_health = comment,
        }
        Ok(vec![ended.into()])
    }
}
