//! What is read of this context: offers, gatherings, local services, matches.

mod lists;
mod matches;
mod services;

use access::Actor;
use service::{Api, Problem, Runtime};
use tokio_postgres::types::Json;
use uuid::Uuid;

use lists::{GatheringsPage, OffersPage};
use matches::{CaseMatches, OfferMatches};
use services::ServicesPage;

const OFFERS: &str = "/api/v1/offers";
const OFFER_MATCHES: &str = "/api/v1/offers/{id}/matches";
const CASE_MATCHES: &str = "/api/v1/cases/{case_id}/matches";
const GATHERINGS: &str = "/api/v1/gatherings";
const SERVICES: &str = "/api/v1/services";

const MIN_POSITION: (&str, &str) = (
    "min_position",
    "Attend, deux secondes au plus, que la réponse montre tous les faits jusqu’à cette position.",
);
const LIMIT: (&str, &str) = ("limit", "Nombre d’éléments, de 1 à 200 ; 50 sinon.");
const CURSOR: (&str, &str) = ("cursor", "La valeur de « next » de la page précédente.");
const PLATFORM: (&str, &str) = ("platform", "Une seule plateforme.");

/// The queries.
pub fn api() -> Api {
    Api::default()
        .query::<OffersPage, _, _>("offer.read", "Les offres", OFFERS, lists::offers)
        .parameters(
            OFFERS,
            &[
                LIMIT,
                CURSOR,
                MIN_POSITION,
                PLATFORM,
                ("state", "open (les offres ouvertes, sinon), filled, withdrawn ou all."),
                ("employer", "Un seul employeur."),
                ("rome", "Un code ROME, ou son début : K2204, K22, K."),
            ],
        )
        .query::<OfferMatches, _, _>(
            "offer.matches.read",
            "Les personnes de vos cercles que cette offre peut intéresser",
            OFFER_MATCHES,
            matches::of_offer,
        )
        .parameters(OFFER_MATCHES, &[LIMIT, MIN_POSITION])
        .query::<CaseMatches, _, _>(
            "match.read",
            "Les offres qui répondent aux envies de cette personne",
            CASE_MATCHES,
            matches::of_case,
        )
        .parameters(CASE_MATCHES, &[LIMIT, MIN_POSITION])
        .query::<GatheringsPage, _, _>("gathering.read", "Les rencontres", GATHERINGS, lists::gatherings)
        .parameters(
            GATHERINGS,
            &[
                LIMIT,
                CURSOR,
                MIN_POSITION,
                PLATFORM,
                ("from", "À partir de ce jour (AAAA-MM-JJ)."),
                ("until", "Jusqu’à ce jour compris (AAAA-MM-JJ)."),
            ],
        )
        .query::<ServicesPage, _, _>("service.read", "Les services du territoire", SERVICES, services::list)
        .parameters(
            SERVICES,
            &[
                LIMIT,
                CURSOR,
                MIN_POSITION,
                ("theme", "Une thématique de data·inclusion."),
                ("dimension", "Une dimension du diagnostic, pour toutes ses thématiques : MOBILITE…"),
                ("commune", "Le code Insee d’où vient la personne : les services qui l’accueillent, avec leur distance."),
            ],
        )
}

/// Whether that actor may read that.
///
/// # Errors
/// 403 when they may not.
fn may(runtime: &Runtime, actor: &Actor, action: &str) -> Result<(), Problem> {
    Ok(runtime.policies.decide(actor, action, None).map(drop)?)
}

/// The documents of these rows: key, then body.
fn documents<T: serde::de::DeserializeOwned>(
    rows: &[tokio_postgres::Row],
) -> Result<Vec<(Uuid, T)>, Problem> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<T>>(1)?.0))).collect()
}
