//! What is read for: each reading has a purpose, of a closed list.

use access::Actor;
use axum::http::{HeaderMap, StatusCode};
use contracts::{buffa::Enumeration as _, case::v1::SharingPurpose, common::v1::Role, values_of};

use super::caller::{cookie, header_text};
use crate::{Config, Problem};

/// The header that says it.
pub const PURPOSE_HEADER: &str = "jalon-purpose";
/// The cookie that says it for the pages: what was chosen lasts as long as the browser stays open.
const PURPOSE_COOKIE: &str = "jalon_finalite";

/// The cookie by which the pages read for that purpose from now on.
pub fn purpose_chosen(config: &Config, purpose: SharingPurpose) -> String {
    let (name, word) = (config.cookie_name(PURPOSE_COOKIE), purpose.proto_name());
    format!("{name}={word}; HttpOnly; SameSite=Strict; Path=/{}", config.secure())
}

/// The purpose of that word.
pub fn purpose(word: &str) -> Option<SharingPurpose> {
    SharingPurpose::from_proto_name(word)
        .filter(|purpose| *purpose != SharingPurpose::SHARING_PURPOSE_UNSPECIFIED)
}

/// What the request says it reads for. A cookie that says nothing known is as none: pages offer the choice again.
///
/// # Errors
/// 400 when the header is there and says no purpose of the list, or several.
pub(super) fn declared(
    config: &Config,
    headers: &HeaderMap,
    by_session: bool,
) -> Result<Option<SharingPurpose>, Problem> {
    if headers.contains_key(PURPOSE_HEADER) {
        let once = headers.get_all(PURPOSE_HEADER).iter().count() == 1;
        let said =
            header_text(headers, PURPOSE_HEADER).filter(|_| once).and_then(|word| purpose(word.trim()));
        return said
            .map(Some)
            .ok_or_else(|| unclear("L’en-tête Jalon-Purpose ne dit aucune finalité connue"));
    }
    if !by_session {
        return Ok(None);
    }
    Ok(cookie(headers, &config.cookie_name(PURPOSE_COOKIE)).and_then(purpose))
}

/// Partner systems say each time what they read for.
///
/// # Errors
/// 400 when one did not.
pub fn require_purpose(actor: &Actor) -> Result<(), Problem> {
    if actor.role == Role::PARTENAIRE && actor.reads_for().is_none() {
        return Err(unclear(
            "Un système partenaire dit pour quelle finalité il lit, dans l’en-tête Jalon-Purpose",
        ));
    }
    Ok(())
}

fn unclear(what: &str) -> Problem {
    let words: Vec<&str> = values_of::<SharingPurpose>().map(|(word, _)| word).collect();
    let detail = format!("{what}. Donnez l’une de celles-ci, une seule fois : {}.", words.join(", "));
    Problem::new(StatusCode::BAD_REQUEST, "/problemes/finalite", "Finalité à préciser", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: axum::http::HeaderName = name.parse().unwrap();
            headers.append(name, axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn a_purpose_is_one_of_the_list_said_once() {
        let said = |pairs: &[(&str, &str)]| declared(&Config::demonstration(), &headers(pairs), false);
        assert_eq!(said(&[]).unwrap(), None);
        assert_eq!(said(&[("jalon-purpose", "CANDIDATURE")]).unwrap(), Some(SharingPurpose::CANDIDATURE));
        for wrong in [
            "",
            "CONTROLE",
            "candidature",
            "SHARING_PURPOSE_UNSPECIFIED",
            "é",
            "1",
            "CANDIDATURE,STATISTIQUES",
        ] {
            let problem = said(&[("jalon-purpose", wrong)]).unwrap_err();
            assert_eq!((problem.status.as_u16(), &*problem.kind), (400, "/problemes/finalite"), "{wrong}");
            assert!(problem.detail.contains("ACCOMPAGNEMENT") && !problem.detail.contains("UNSPECIFIED"));
        }
        said(&[("jalon-purpose", "CANDIDATURE"), ("jalon-purpose", "STATISTIQUES")]).unwrap_err();
    }

    #[test]
    fn the_cookie_speaks_for_a_session_and_the_header_before_it() {
        let said = |pairs: &[(&str, &str)], by_session| {
            declared(&Config::demonstration(), &headers(pairs), by_session).unwrap()
        };
        let cookie = ("cookie", "a=b; jalon_finalite=SUIVI_EMPLOI");
        assert_eq!(said(&[cookie], true), Some(SharingPurpose::SUIVI_EMPLOI));
        assert_eq!(said(&[cookie], false), None, "a token has no cookie");
        let both = [cookie, ("jalon-purpose", "STATISTIQUES")];
        assert_eq!(said(&both, true), Some(SharingPurpose::STATISTIQUES));
        assert_eq!(said(&[("cookie", "jalon_finalite=CONTROLE")], true), None);
    }

    #[test]
    fn over_tls_the_purpose_is_a_cookie_that_only_this_host_can_have_set() {
        let mut tls = Config::demonstration();
        tls.mail.public_url = Some("https://jalon.exemple.fr".into());
        let chosen = purpose_chosen(&tls, SharingPurpose::CANDIDATURE);
        assert_eq!(chosen, "__Host-jalon_finalite=CANDIDATURE; HttpOnly; SameSite=Strict; Path=/; Secure");
        let sent = |cookie: &str| declared(&tls, &headers(&[("cookie", cookie)]), true).unwrap();
        assert_eq!(sent(chosen.split(';').next().unwrap()), Some(SharingPurpose::CANDIDATURE));
        assert_eq!(sent("jalon_finalite=CANDIDATURE"), None, "one that a neighbour set");
    }

    #[test]
    fn a_partner_says_what_it_reads_for() {
        let silent = Actor { role: Role::PARTENAIRE, system: None, ..Actor::system("") };
        assert_eq!(require_purpose(&silent).unwrap_err().status, 400);
        let said = Actor { purpose: Some(SharingPurpose::SUIVI_EMPLOI), ..silent.clone() };
        assert!(require_purpose(&said).is_ok());
        assert!(
            require_purpose(&Actor { role: Role::AUDITEUR, ..silent }).is_ok(),
            "auditors read by mission"
        );
    }
}
