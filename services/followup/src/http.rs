//! One line per route.

use std::sync::Arc;

use axum::{
    Extension,
    http::Method,
    routing::{any, get, post},
};
use service::{Api, Problem};
use utoipa::openapi::{
    RefOr, Required,
    path::{ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
};

use crate::{
    events,
    live::Tail,
    pages::{assets, board, case, direct, errors::dress, sign_in},
    queries::{self, BoardPage, MeAnswer, OrganisationsPage, PlatformsPage, TimelinePage},
    read::case::CaseAnswer,
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
    let mut api = parameters(api)
        .undescribed(Method::GET, "/", get(board::home))
        .undescribed(Method::GET, "/direct", get(direct::own))
        .undescribed(Method::GET, "/plateformes/{id}", get(board::platform))
        .undescribed(Method::GET, "/plateformes/{id}/direct", get(direct::platform))
        .undescribed(Method::GET, "/dossiers/{id}", get(case::case))
        .undescribed(Method::GET, "/dossiers/{id}/direct", get(direct::case))
        .undescribed(Method::GET, "/connexion", get(sign_in::page))
        .undescribed(Method::POST, "/connexion", post(sign_in::enter))
        .undescribed(Method::POST, "/deconnexion", post(sign_in::leave))
        .undescribed(Method::GET, "/statique/{file}", get(assets::file));
    // An address nobody answers is a page too, for a browser.
    let router = api.router.route("/{*nowhere}", any(async || Problem::not_found("cette adresse")));
    api.router = dress(router).layer(Extension(Arc::new(Tail::default())));
    api
}

const CASE: &str = "/api/v1/cases/{id}";
const TIMELINE: &str = "/api/v1/cases/{id}/timeline";
const BOARD: &str = "/api/v1/platforms/{id}/board";
const ORGANISATIONS: &str = "/api/v1/organisations";
const PLATFORMS: &str = "/api/v1/platforms";
const ME: &str = "/api/v1/me";
const EVENTS: &str = "/api/v1/events";

const MIN_POSITION: (&str, &str) = (
    "min_position",
    "Attend, deux secondes au plus, que la réponse montre tous les faits jusqu’à cette position.",
);
const LIMIT: (&str, &str) = ("limit", "Nombre d’éléments, de 1 à 200 ; 50 sinon.");
const CURSOR: (&str, &str) = ("cursor", "La valeur de « next » de la page précédente.");
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
    ];
    for (path, parameters) in known {
        let item = api.doc.paths.paths.get_mut(*path);
        let Some(operation) = item.and_then(|item| item.get.as_mut()) else { continue };
        let described = parameters.iter().map(|(name, text)| {
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(*text))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build()
        });
        operation.parameters.get_or_insert_default().extend(described.map(RefOr::T));
    }
    api
}
