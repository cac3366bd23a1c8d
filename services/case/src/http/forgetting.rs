//! Asking for an erasure, agreeing to it, keeping for a time. What carries it out has no route.

use axum::http::Method;
use service::{
    Api,
    api::form,
    retention::{self, RetentionRules},
};

use crate::domain::case::commands::{
    ApproveForgetting, DeclineForgetting, LiftLegalHold, PlaceLegalHold, RequestForgetting, StateNeed,
    WithdrawForgetting,
};

/// The page of what is erased and kept.
const PAGE: &str = "/dossiers/{id}/effacement";

/// These routes, and the same commands from the forms of the page.
pub(super) fn routes(api: Api) -> Api {
    api.query::<RetentionRules, _, _>(
        "retention.read",
        "Combien de temps ce qui est conservé l’est, et d’où vient la règle",
        "/api/v1/retention",
        retention::list,
    )
    .command::<RequestForgetting>("/api/v1/cases/{id}/forgetting")
    .command::<ApproveForgetting>("/api/v1/cases/{id}/forgetting/approve")
    .command::<DeclineForgetting>("/api/v1/cases/{id}/forgetting/decline")
    .command::<WithdrawForgetting>("/api/v1/cases/{id}/forgetting/withdraw")
    .command::<PlaceLegalHold>("/api/v1/cases/{id}/legal-holds")
    .command::<LiftLegalHold>("/api/v1/cases/{id}/legal-holds/lift")
    .command::<StateNeed>("/api/v1/cases/{id}/needs")
    .undescribed(Method::POST, "/dossiers/{id}/effacement/demander", form::<RequestForgetting>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/approuver", form::<ApproveForgetting>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/ecarter", form::<DeclineForgetting>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/retirer", form::<WithdrawForgetting>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/conserver", form::<PlaceLegalHold>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/lever", form::<LiftLegalHold>(PAGE))
    .undescribed(Method::POST, "/dossiers/{id}/effacement/besoin", form::<StateNeed>(PAGE))
}
