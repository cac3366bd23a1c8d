//! Who knocks: a bearer token or the cookie of a session, and not too often. Nothing is remembered of it: a stream that
//! asks again hears that a session has ended.

use std::net::{IpAddr, SocketAddr};

use access::Holder;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};

use super::{
    Shared,
    caller::{cookie, header_text},
    recorded,
};
use crate::{Config, Problem, Rates};

/// The cookie of a session.
const SESSION_COOKIE: &str = "jalon_session";

/// Where a connection comes from: put there by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Where a request comes from, as far as how often one may ask is concerned: an IPv4 address, the half of an IPv6
/// address that one subscriber has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub String);

impl FromRequestParts<Shared> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, &runtime.config))
    }
}

impl Address {
    fn of(parts: &Parts, config: &Config) -> Self {
        // The last word is the one that the proxy itself wrote: what comes before is whoever calls saying so.
        let told = config.client_address_header.as_deref().and_then(|name| {
            let mut values = parts.headers.get_all(name).iter();
            values.next_back()?.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
        });
        let peer = || parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        Self(told.or_else(peer).map_or_else(|| "nowhere".to_owned(), subscriber))
    }
}

fn subscriber(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [one, two, three, four, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}:{four:x}::/64")
        }
    }
}

/// Whoever asks for a page that is shown to anyone: not too often.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl FromRequestParts<Shared> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Problem> {
        rates(parts)
            .map_or(Ok(Self), |rates| rates.anonymous(&Address::of(parts, &runtime.config).0).map(|()| Self))
    }
}

/// Whoever holds a valid secret, and what is known of it.
#[derive(Clone, Debug)]
pub struct Knocked(pub Holder);

impl FromRequestParts<Shared> for Knocked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Problem> {
        knock(parts, runtime).await.map(Self)
    }
}

/// The holder of the secret that the request shows.
///
/// # Errors
/// 401 when it shows none that is valid, 403 when it is not for that or comes from a page of someone else, 429 when too
/// many came.
pub(super) async fn knock(parts: &mut Parts, runtime: &Shared) -> Result<Holder, Problem> {
    let refused = match shown(parts, &runtime.config)? {
        Some(token) => {
            // Real time, whatever the demonstration says: a secret expires by the clock on the wall.
            let now = runtime.clock.now();
            match runtime.tokens.authenticate(token, now, is_seen(parts)).await? {
                Some(holder) => return admit(parts, holder),
                None => Problem::unauthenticated(),
            }
        }
        None => Problem::unauthenticated(),
    };
    let Anyone = Anyone::from_request_parts(parts, runtime).await?;
    Err(refused)
}

fn admit(parts: &Parts, holder: Holder) -> Result<Holder, Problem> {
    if let Some(rates) = rates(parts) {
        rates.known(&holder)?;
    }
    if recorded::name(parts).is_some_and(|name| !holder.is_for(name)) {
        return Err(out_of_scope());
    }
    Ok(holder)
}

fn rates(parts: &Parts) -> Option<Rates> {
    parts.extensions.get::<Rates>().cloned()
}

/// What the request shows. A bearer that is wrong is not made good by a cookie that is right.
fn shown<'p>(parts: &'p Parts, config: &Config) -> Result<Option<&'p str>, Problem> {
    let bearer = header_text(&parts.headers, header::AUTHORIZATION.as_str());
    if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        return Ok(Some(token));
    }
    let Some(session) = session(config, &parts.headers) else { return Ok(None) };
    same_origin(&parts.method, &parts.headers)?;
    Ok(Some(session))
}

/// Whether someone is there. An open page that keeps itself up to date keeps no session alive.
fn is_seen(parts: &Parts) -> bool {
    let by_itself = parts.uri.path().ends_with("/direct")
        || parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("fragment=")));
    !by_itself
}

/// A cookie alone changes nothing unless the browser says the request comes from our own pages.
fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    match header_text(headers, "sec-fetch-site") {
        Some("same-origin") => Ok(()),
        _ => Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon")),
    }
}

/// The name of the cookie of a session.
pub fn session_cookie(config: &Config) -> String {
    config.cookie_name(SESSION_COOKIE)
}

/// The secret of the session cookie.
pub fn session<'h>(config: &Config, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie(headers, &session_cookie(config))
}

fn out_of_scope() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "/problemes/portee",
        "Hors de la portée du jeton",
        "Ce jeton n’a pas été donné pour cela. Demandez à la personne qui administre Jalon un jeton dont la portée comprend cette opération (son operationId dans la description de l’API).",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)], peer: Option<&str>, uri: &str) -> Parts {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        if let Some(peer) = peer {
            parts.extensions.insert(Peer(peer.parse().unwrap()));
        }
        parts
    }

    #[test]
    fn what_a_caller_says_of_its_address_is_believed_from_the_proxy_only() {
        let said = [("x-forwarded-for", "198.51.100.1, 203.0.113.9")];
        let direct = Config::demonstration();
        let behind =
            Config { client_address_header: Some("x-forwarded-for".into()), ..Config::demonstration() };
        let address = |config: &Config, headers: &[(&str, &str)], peer| {
            Address::of(&parts(headers, peer, "/"), config).0
        };
        assert_eq!(address(&direct, &said, Some("192.0.2.4:1234")), "192.0.2.4");
        assert_eq!(address(&behind, &said, Some("192.0.2.4:1234")), "203.0.113.9");
        assert_eq!(address(&behind, &[("x-forwarded-for", "x")], Some("192.0.2.4:1234")), "192.0.2.4");
        assert_eq!(address(&behind, &[], None), "nowhere");
        let one = address(&direct, &[], Some("[2001:db8:1:2:3:4:5:6]:1"));
        assert_eq!(one, address(&direct, &[], Some("[2001:db8:1:2:ffff::1]:1")));
        assert_eq!(address(&direct, &[], Some("[::ffff:192.0.2.4]:1")), "192.0.2.4");
    }

    #[test]
    fn over_tls_a_session_is_a_cookie_that_only_this_host_can_have_set() {
        let mut tls = Config::demonstration();
        tls.mail.public_url = Some("https://jalon.exemple.fr".into());
        let headers =
            parts(&[("cookie", "a=b; jalon_session=one; __Host-jalon_session=two")], None, "/").headers;
        assert_eq!(session(&tls, &headers), Some("two"));
        assert_eq!(session(&Config::demonstration(), &headers), Some("one"));
        let only = parts(&[("cookie", "jalon_session=one")], None, "/").headers;
        assert_eq!(session(&tls, &only), None, "one that a neighbour set");
    }

    #[test]
    fn nobody_is_entered_without_a_password_where_others_are_served() {
        let open = Config::demonstration();
        assert!(open.enters_without_password());
        let tls = service_mail("https://jalon.exemple.fr");
        let served = Config { listen: "0.0.0.0:8080".parse().unwrap(), ..Config::demonstration() };
        let real = Config { demonstration: false, ..Config::demonstration() };
        let provider = crate::config::Oidc {
            issuer: "https://fournisseur.exemple.fr".into(),
            client_id: "jalon".into(),
            client_secret: "secret".into(),
            levels: Vec::new(),
        };
        let provided = Config { oidc: Some(provider), ..Config::demonstration() };
        for config in [tls, served, real, provided] {
            assert!(!config.enters_without_password(), "{config:?}");
        }
    }

    fn service_mail(url: &str) -> Config {
        let mut config = Config::demonstration();
        config.mail.public_url = Some(url.into());
        config
    }

    #[test]
    fn a_page_that_keeps_itself_up_to_date_is_nobody() {
        for alone in ["/direct", "/dossiers/1/direct?depuis=3", "/?fragment=1", "/suivis?a=b&fragment=1"] {
            assert!(!is_seen(&parts(&[], None, alone)), "{alone}");
        }
        for someone in ["/", "/dossiers/1", "/?q=fragment", "/api/v1/me"] {
            assert!(is_seen(&parts(&[], None, someone)), "{someone}");
        }
    }
}
