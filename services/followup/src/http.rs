//! One line per route.

use std::sync::Arc;

use axum::{
    Extension,
    http::Method,
    routing::{any, get, post},
};
use service::{Api, Problem};

use crate::{
    events,
    live::Tail,
    pages::{
        agenda, answers, assets, board, case, direct, employers, errors::dress, figures, followups, plan,
        sign_in,
    },
    queries::{self, BoardPage, MeAnswer, OrganisationsPage, PlatformsPage, TimelinePage},
    read::{agenda::Agenda, case::CaseAnswer, followups::Seen, report::Report},
};

/// The routes of this service.
pub fn api() -> Api {
    let api = Api::default()
        .query::<CaseAnswer, _, _>("case.read", "L’état d’un dossier", CASE, queries::case)
        .query::<TimelinePage, _, _>("timeline.read", "Les faits d’un dossier", TIMELINE, queries::timeline)
        .query::<BoardPage, _, _>("board.read", "Le tableau d’une plateforme", BOARD, queries::board)
        .query::<OrganisationsPage, _, _>(
            "organisations.read",
            "Les organisations",
            ORGANISATIONS,
            queries::organisations,
        )
        .query::<PlatformsPage, _, _>(
            "platforms.read",
            "Les plateformes emploi",
            PLATFORMS,
            queries::platforms,
        )
        .query::<MeAnswer, _, _>("me.read", "Qui je suis", ME, queries::me)
        .query::<events::Item, _, _>("events.read", "Les faits, au fil de l’eau", EVENTS, events::events);
    let mut api = parameters(counted(waiting(api)))
        .undescribed(Method::GET, "/suivis", get(followups::page))
        .undescribed(Method::POST, "/suivis/vu", post(followups::look))
        .undescribed(Method::GET, "/postes/{id}/passation", get(followups::handover))
        .undescribed(Method::GET, "/plateformes/{id}/reponses", get(answers::page))
        .undescribed(Method::GET, "/plateformes/{id}/employeurs", get(employers::page))
        .undescribed(Method::GET, "/plateformes/{id}/ordre-du-jour", get(agenda::page))
        .undescribed(Method::GET, "/plateformes/{id}/plan-d-action", get(plan::actions))
        .undescribed(Method::GET, "/plateformes/{id}/partenariats", get(plan::partnerships))
        .undescribed(Method::GET, "/plateformes/{id}/indicateurs", get(figures::indicators))
        .undescribed(Method::GET, "/structures/{id}/rapport", get(figures::report))
        .undescribed(Method::GET, "/", get(board::home))
        .undescribed(Method::GET, "/direct", get(direct::own))
        .undescribed(Method::GET, "/plateformes/{id}", get(board::platform))
        .undescribed(Method::GET, "/plateformes/{id}/direct", get(direct::platform))
        .undescribed(Method::GET, "/dossiers/{id}", get(case::case))
        .undescribed(Method::GET, "/dossiers/{id}/direct", get(direct::case))
        .undescribed(Method::GET, "/connexion", get(sign_in::page))
        .undescribed(Method::POST, "/connexion", post(sign_in::enter))
        .undescribed(Method::GET, "/connexion/aller", get(sign_in::provider::depart))
        .undescribed(Method::GET, "/connexion/retour", get(sign_in::provider::arrive))
        .undescribed(Method::GET, "/connexion/postes", get(sign_in::posts::page))
        .undescribed(Method::POST, "/connexion/postes", post(sign_in::posts::choose))
        .undescribed(Method::POST, "/deconnexion", post(sign_in::leave))
        .undescribed(Method::GET, "/statique/{file}", get(assets::file));
    // An address nobody answers is a page too, for a browser.
    let router = api.router.route("/{*nowhere}", any(async || Problem::not_found("cette adresse")));
    api.router = dress(router)
        .layer(Extension(Arc::new(Tail::default())))
        .layer(Extension(Arc::new(sign_in::Door::default())));
    api
}

/// What waits, and with whom.
fn waiting(api: Api) -> Api {
    use queries::followups::{self, FollowupsPage, OpenItemsPage};
    use queries::platform::{self, AnswersPage, EmployersPage, PartnershipsPage, PlanPage};
    api.query::<FollowupsPage, _, _>("followups.read", "Mes suivis", FOLLOWUPS, followups::mine)
        .route::<Seen, _, _>(
            (Method::POST, "followups.look"),
            "Dire jusqu’où l’on a lu ses suivis",
            SEEN,
            followups::look,
        )
        .query::<OpenItemsPage, _, _>(
            "post.open-items",
            "Ce qui tient à un poste, et sa passation",
            OPEN_ITEMS,
            followups::open_items,
        )
        .query::<AnswersPage, _, _>(
            "platform.awaited-answers",
            "Les réponses attendues",
            ANSWERS,
            platform::awaited_answers,
        )
        .query::<EmployersPage, _, _>(
            "platform.employers",
            "Les employeurs d’une plateforme",
            EMPLOYERS,
            platform::employers,
        )
        .query::<Agenda, _, _>(
            "platform.agenda",
            "L’ordre du jour de la prochaine réunion",
            AGENDA,
            platform::agenda,
        )
        .query::<PlanPage, _, _>("platform.action-plan", "Le plan d’action", PLAN, platform::action_plan)
        .query::<PartnershipsPage, _, _>(
            "platform.partnerships",
            "Les partenariats",
            PARTNERSHIPS,
            platform::partnerships,
        )
}

/// What is counted.
fn counted(api: Api) -> Api {
    use queries::figures::{self, IndicatorsAnswer};
    api.query::<IndicatorsAnswer, _, _>(
        "platform.indicators",
        "Les indicateurs d’une plateforme, aucun sous 5 personnes",
        INDICATORS,
        figures::indicators,
    )
    .query::<Report, _, _>(
        "structure.report",
        "Le rapport d’une structure, par famille F2.A1 à F2.A4",
        REPORT,
        figures::report,
    )
}

const CASE: &str = "/api/v1/cases/{id}";
const TIMELINE: &str = "/api/v1/cases/{id}/timeline";
const BOARD: &str = "/api/v1/platforms/{id}/board";
const ORGANISATIONS: &str = "/api/v1/organisations";
const PLATFORMS: &str = "/api/v1/platforms";
const ME: &str = "/api/v1/me";
const EVENTS: &str = "/api/v1/events";
const FOLLOWUPS: &str = "/api/v1/me/followups";
const SEEN: &str = "/api/v1/me/followups/seen";
const OPEN_ITEMS: &str = "/api/v1/posts/{id}/open-items";
const ANSWERS: &str = "/api/v1/platforms/{id}/awaited-answers";
const EMPLOYERS: &str = "/api/v1/platforms/{id}/employers";
const AGENDA: &str = "/api/v1/platforms/{id}/agenda";
const PLAN: &str = "/api/v1/platforms/{id}/action-plan";
const PARTNERSHIPS: &str = "/api/v1/platforms/{id}/partnerships";
const INDICATORS: &str = "/api/v1/platforms/{id}/indicators";
const REPORT: &str = "/api/v1/structures/{id}/report";

const MIN_POSITION: (&str, &str) = (
    "min_position",
    "Attend, deux secondes au plus, que la réponse montre tous les faits jusqu’à cette position.",
);
const LIMIT: (&str, &str) = ("limit", "Nombre d’éléments, de 1 à 200 ; 50 sinon.");
const CURSOR: (&str, &str) = ("cursor", "La valeur de « next » de la page précédente.");
const PERIOD: &[(&str, &str)] = &[
    ("from", "Premier jour, compris ; douze mois avant le dernier sinon."),
    ("to", "Dernier jour, compris ; aujourd’hui sinon."),
    MIN_POSITION,
];
const LIST: &[(&str, &str)] = &[LIMIT, CURSOR, MIN_POSITION];

/// Describes the parameters of the addresses.
fn parameters(mut api: Api) -> Api {
    let state = ("state", "open (les dossiers ouverts, sinon), closed ou all.");
    let structure = ("structure", "Les dossiers de cette seule structure.");
    let after = ("after", "Les faits après cette position ; l’en-tête Last-Event-ID l’emporte.");
    let known: &[(&str, &[(&str, &str)])] = &[
        (CASE, &[MIN_POSITION]),
        (TIMELINE, LIST),
        (BOARD, &[LIMIT, CURSOR, MIN_POSITION, state, structure]),
        (ORGANISATIONS, LIST),
        (PLATFORMS, LIST),
        (ME, &[MIN_POSITION]),
        (EVENTS, &[after]),
        (
            FOLLOWUPS,
            &[
                ("limit", "Nombre d’éléments, de 1 à 100 ; 50 sinon."),
                CURSOR,
                MIN_POSITION,
                ("show", "all (tout, sinon), news (ce qui a changé) ou waiting (ce qui attend)."),
            ],
        ),
        (
            OPEN_ITEMS,
            &[
                LIMIT,
                CURSOR,
                MIN_POSITION,
                ("kind", "waiting, awaited_answer, appointment, next_date, agreement ou case."),
            ],
        ),
        (
            ANSWERS,
            &[
                LIMIT,
                CURSOR,
                MIN_POSITION,
                ("kind", "Un type de prescription, par son code."),
                ("addressee", "L’organisation qui doit répondre."),
                ("overdue", "true : celles qui tardent ; false : les autres."),
                ("order", "age (les plus anciennes d’abord, sinon) ou addressee."),
            ],
        ),
        (
            EMPLOYERS,
            &[LIMIT, CURSOR, MIN_POSITION, ("led", "true : ceux qui ont un référent ; false : les autres.")],
        ),
        (AGENDA, &[LIMIT, MIN_POSITION]),
        (PLAN, &[LIMIT, CURSOR, MIN_POSITION, ("state", "all (tout, sinon), open ou completed.")]),
        (PARTNERSHIPS, LIST),
        (INDICATORS, PERIOD),
        (REPORT, PERIOD),
    ];
    for (path, parameters) in known {
        api = api.parameters(path, parameters);
    }
    api
}
