//! One line per route.

mod requests;

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
        agenda, agreements, answers, assets, board, case, consultations, direct, emergencies, employers,
        erasure, figures, followups, lookup, meetings, own, own_access, plan, protection, purpose,
        rectifications, restrictions, sign_in,
    },
    queries::{self, BoardPage, MeAnswer, OrganisationsPage, PlatformsPage, TimelinePage},
    read::{
        agenda::Agenda, case::CaseAnswer, export::Export, followups::Seen, meetings::MeetingLine,
        protection::Protection, readings::Volumes, report::Report,
    },
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
    let mut api = requests::routes(boards(person(parameters(shared(looked(counted(waiting(api))))))))
        .undescribed(Method::GET, "/suivis", get(followups::page))
        .undescribed(Method::GET, "/suivis/a-effacer", get(erasure::soon))
        .undescribed(Method::GET, "/dossiers/{id}/effacement", get(erasure::page))
        .undescribed(Method::GET, "/recherche", get(lookup::page))
        .undescribed(Method::POST, "/recherche", post(lookup::look))
        .undescribed(Method::POST, "/suivis/vu", post(followups::look))
        .undescribed(Method::GET, "/plateformes/{id}/reponses", get(answers::page))
        .undescribed(Method::GET, "/plateformes/{id}/employeurs", get(employers::page))
        .undescribed(Method::GET, "/plateformes/{id}/ordre-du-jour", get(agenda::page))
        .undescribed(Method::GET, "/plateformes/{id}/reunions", get(meetings::page))
        .undescribed(Method::GET, "/plateformes/{id}/reunions/{meeting_id}", get(meetings::one))
        .undescribed(Method::GET, "/plateformes/{id}/plan-d-action", get(plan::actions))
        .undescribed(Method::GET, "/plateformes/{id}/partenariats", get(plan::partnerships))
        .undescribed(Method::GET, "/plateformes/{id}/indicateurs", get(figures::indicators))
        .undescribed(Method::GET, "/structures/{id}/rapport", get(figures::report))
        .undescribed(Method::GET, "/dossiers/{id}", get(case::case))
        .undescribed(Method::GET, "/dossiers/{id}/direct", get(direct::case))
        .undescribed(Method::GET, "/dossiers/{id}/consultations", get(consultations::of_case))
        .undescribed(Method::GET, "/dossiers/{id}/urgences", get(emergencies::page))
        .undescribed(Method::GET, "/consultations", get(consultations::volumes))
        .undescribed(Method::GET, "/protection-des-donnees", get(protection::page))
        .undescribed(Method::GET, "/connexion", get(sign_in::page))
        .undescribed(Method::POST, "/connexion", post(sign_in::enter))
        .undescribed(Method::GET, "/connexion/aller", get(sign_in::provider::depart))
        .undescribed(Method::GET, "/connexion/retour", get(sign_in::provider::arrive))
        .undescribed(Method::GET, "/connexion/postes", get(sign_in::posts::page))
        .undescribed(Method::POST, "/connexion/postes", post(sign_in::posts::choose))
        .undescribed(Method::GET, "/connexion/second-facteur", get(sign_in::second_factor::page))
        .undescribed(Method::POST, "/connexion/second-facteur", post(sign_in::second_factor::give))
        .undescribed(Method::POST, "/connexion/second-facteur/commencer", post(sign_in::second_factor::begin))
        .undescribed(
            Method::POST,
            "/connexion/second-facteur/confirmer",
            post(sign_in::second_factor::confirm),
        )
        .undescribed(Method::GET, "/sessions", get(sign_in::sessions::page))
        .undescribed(Method::POST, "/sessions/fermer", post(sign_in::sessions::end))
        .undescribed(Method::POST, "/sessions/fermer-les-autres", post(sign_in::sessions::end_others))
        .undescribed(Method::POST, "/deconnexion", post(sign_in::leave))
        .undescribed(Method::POST, "/finalite", post(purpose::choose))
        .undescribed(Method::GET, "/statique/{file}", get(assets::file));
    // An address nobody answers is a page too, for a browser.
    let router = api.router.route("/{*nowhere}", any(async || Problem::not_found("cette adresse")));
    api.router = router
        .layer(Extension(Arc::new(Tail::default())))
        .layer(Extension(Arc::new(sign_in::Door::default())));
    api
}

/// The boards: what is searched there is sent in a body.
fn boards(api: Api) -> Api {
    api.undescribed(Method::GET, "/", get(board::home))
        .undescribed(Method::POST, "/", post(board::search))
        .undescribed(Method::GET, "/direct", get(direct::own))
        .undescribed(Method::GET, "/plateformes/{id}", get(board::platform))
        .undescribed(Method::POST, "/plateformes/{id}", post(board::search_platform))
        .undescribed(Method::GET, "/plateformes/{id}/direct", get(direct::platform))
}

/// What waits, and with whom.
fn waiting(api: Api) -> Api {
    use queries::followups::{self, FollowupsPage, OpenItemsPage};
    use queries::platform::{self, AnswersPage, EmployersPage, MeetingsPage, PartnershipsPage, PlanPage};
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
        .query::<MeetingsPage, _, _>(
            "platform.meetings",
            "Les réunions d’une plateforme, leurs décisions et ce qu’elles sont devenues",
            MEETINGS,
            platform::meetings,
        )
        .query::<MeetingLine, _, _>(
            "platform.meeting",
            "Une réunion : qui était là, ce qui a été décidé",
            MEETING,
            platform::meeting,
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

/// What a person shares, what they ask to have put right, and a copy of everything.
fn shared(api: Api) -> Api {
    use queries::sharing::{self, RectificationsAnswer, RestrictionsAnswer, SharingAnswer};
    api.query::<SharingAnswer, _, _>(
        "case.sharing",
        "Les accords d’un dossier, et qui peut lire quoi aujourd’hui",
        SHARING,
        sharing::sharing,
    )
    .query::<RectificationsAnswer, _, _>(
        "case.rectifications",
        "Les rectifications demandées, et leurs réponses",
        RECTIFICATIONS,
        sharing::rectifications,
    )
    .query::<RestrictionsAnswer, _, _>(
        "case.restrictions",
        "Les limitations et les oppositions, et leurs réponses",
        RESTRICTIONS,
        sharing::restrictions,
    )
    .query::<Export, _, _>(
        "case.export",
        "Tout ce qui est gardé sur une personne, pour elle",
        EXPORT,
        own::everything::json,
    )
    .undescribed(Method::GET, "/dossiers/{id}/accords", get(agreements::page))
    .undescribed(Method::GET, "/dossiers/{id}/accords/vierge", get(agreements::printed::blank))
    .undescribed(
        Method::GET,
        "/dossiers/{id}/accords/{agreement_id}/imprimer",
        get(agreements::printed::recorded),
    )
    .undescribed(Method::GET, "/dossiers/{id}/corrections", get(rectifications::page))
    .undescribed(Method::GET, "/dossiers/{id}/limitation", get(restrictions::page))
    .undescribed(Method::GET, "/dossiers/{id}/suivi-personnel", get(own_access::page))
    .undescribed(Method::POST, "/dossiers/{id}/suivi-personnel/remettre", post(own_access::hand_over))
    .undescribed(Method::GET, "/dossiers/{id}/export", get(own::everything::of_case))
}

/// The pages of the person themselves.
fn person(api: Api) -> Api {
    api.undescribed(Method::GET, "/mon-suivi", get(own::page))
        .undescribed(Method::GET, "/mon-suivi/{secret}", get(own::door::page))
        .undescribed(Method::POST, "/mon-suivi/entrer", post(own::door::enter))
        .undescribed(Method::POST, "/mon-suivi/sortir", post(own::door::leave))
        .undescribed(Method::GET, "/mon-suivi/corriger", get(own::correct::page))
        .undescribed(Method::GET, "/mon-suivi/opposition", get(own::object::page))
        .undescribed(Method::GET, "/mon-suivi/tout", get(own::everything::page))
        .undescribed(Method::GET, "/mon-suivi/tout.json", get(own::everything::own_json))
}

/// Who looked.
fn looked(api: Api) -> Api {
    use queries::readings::{self, ConsultationsPage};
    api.query::<ConsultationsPage, _, _>(
        "case.consultations",
        "Qui a consulté un dossier",
        READINGS,
        readings::of_case,
    )
    .query::<Volumes, _, _>(
        "administration.consultations",
        "Qui lit combien, et dont l’accès est suspendu",
        VOLUMES,
        readings::volumes,
    )
    .query::<Protection, _, _>(
        "administration.protection",
        "Les accès en urgence, les effacements et ce qui est gardé trop longtemps, sans personne",
        PROTECTION,
        readings::protection,
    )
}

const CASE: &str = "/api/v1/cases/{id}";
const SHARING: &str = "/api/v1/cases/{id}/sharing";
const RECTIFICATIONS: &str = "/api/v1/cases/{id}/rectifications";
const RESTRICTIONS: &str = "/api/v1/cases/{id}/restrictions";
const EXPORT: &str = "/api/v1/cases/{id}/export";
const READINGS: &str = "/api/v1/cases/{id}/readings";
const VOLUMES: &str = "/api/v1/administration/readings";
const PROTECTION: &str = "/api/v1/administration/protection";
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
const MEETINGS: &str = "/api/v1/platforms/{id}/meetings";
const MEETING: &str = "/api/v1/platforms/{id}/meetings/{meeting_id}";
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
    ("from", "Premier jour, compris, le premier d’un mois ; douze mois avant le dernier sinon."),
    ("to", "Dernier jour, compris, le dernier d’un mois ; la fin de ce mois-ci sinon."),
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
        (READINGS, LIST),
        (SHARING, &[MIN_POSITION]),
        (RECTIFICATIONS, &[MIN_POSITION]),
        (RESTRICTIONS, &[MIN_POSITION]),
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
                (
                    "kind",
                    "waiting, awaited_answer, appointment, next_date, agreement, resource, employer ou case.",
                ),
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
        (MEETINGS, LIST),
        (MEETING, &[MIN_POSITION]),
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
