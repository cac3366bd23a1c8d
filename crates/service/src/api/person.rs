//! The person themselves, come by the access they were handed: an extractor of its own, so that no route of the
//! professionals ever takes them for one.

use access::{Actor, OwnCase, STAY};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Shared, caller, recorded::reading_of};
use crate::{Config, Problem, Reading};

/// The cookie of the person’s session.
const OWN_COOKIE: &str = "jalon_suivi";

/// The secret of the person’s session.
pub fn own_session<'h>(config: &Config, headers: &'h HeaderMap) -> Option<&'h str> {
    caller::cookie(headers, &config.cookie_name(OWN_COOKIE))
}

/// The person’s session, in a cookie that is kept for so many seconds.
fn own_cookie(config: &Config, session: &str, age: u64) -> String {
    let (name, secure) = (config.cookie_name(OWN_COOKIE), config.secure());
    format!("{name}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}")
}

/// The person, who showed the address they were handed and the code they were told, a short while ago.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their reading of what is theirs.
    pub reading: Reading,
    own: OwnCase,
    token: String,
}

impl Person {
    /// The field of their forms that holds [`Person::token`].
    pub const TOKEN: &'static str = "jeton";

    /// Their case.
    pub const fn case_id(&self) -> Uuid {
        self.own.case_id
    }

    /// What their forms hold: old telephones do not say where a form comes from.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether a form is one of their own.
    ///
    /// # Errors
    /// 403 when it is not.
    pub fn check(&self, token: Option<&str>) -> Result<(), Problem> {
        if token == Some(&self.token) {
            return Ok(());
        }
        Err(Problem::forbidden("cette demande ne vient pas de votre suivi"))
    }
}

/// What wrong codes are counted under: the sheet, whether there is such a sheet or not.
pub fn sheet(secret: &str) -> String {
    format!("mon-suivi:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(secret)))
}

/// The person goes on to their path, with the cookie of that session.
pub fn let_person_in(config: &Config, session: &str) -> Response {
    to_their_path(&own_cookie(config, session, STAY.as_secs().unsigned_abs()))
}

/// The person leaves: nothing of it stays in the browser.
pub fn let_person_out(config: &Config) -> Response {
    let mut response = to_their_path(&own_cookie(config, "", 0));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}

fn to_their_path(cookie: &str) -> Response {
    let mut response = Redirect::to("/mon-suivi").into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// 401: how the person comes in.
pub fn not_come_in() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "/problemes/identification",
        "Votre suivi est fermé",
        "Pour l’ouvrir, il faut l’adresse écrite sur votre feuille et le code qu’on vous a dit. Si vous ne les avez plus, demandez une autre feuille à la personne qui vous accompagne.",
    )
}

impl FromRequestParts<Shared> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Problem> {
        let session = own_session(&runtime.config, &parts.headers).ok_or_else(not_come_in)?;
        // Real time, whatever the demonstration says, as for every session.
        let own = runtime.tokens.own_session(session, runtime.clock.now()).await?.ok_or_else(not_come_in)?;
        let digest = Sha256::new().chain_update(b"form\0").chain_update(session).finalize();
        let reading = reading_of(parts, runtime, Actor::person(own));
        Ok(Self { reading, own, token: URL_SAFE_NO_PAD.encode(digest) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_the_person_has_a_cookie_that_only_this_host_can_have_set() {
        let mut tls = Config::demonstration();
        tls.mail.public_url = Some("https://jalon.exemple.fr".into());
        let given = |response: &Response| response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        let entered = given(&let_person_in(&tls, "secret"));
        assert_eq!(
            entered,
            "__Host-jalon_suivi=secret; HttpOnly; SameSite=Strict; Path=/; Max-Age=1800; Secure"
        );
        let left = given(&let_person_out(&tls));
        assert_eq!(left, "__Host-jalon_suivi=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0; Secure");
        let headers = |cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            headers
        };
        assert_eq!(own_session(&tls, &headers("a=b; __Host-jalon_suivi=secret")), Some("secret"));
        let neighbour = headers("jalon_suivi=secret");
        assert_eq!(own_session(&tls, &neighbour), None, "one that a neighbour set");
        assert_eq!(own_session(&Config::demonstration(), &neighbour), Some("secret"));
    }
}
