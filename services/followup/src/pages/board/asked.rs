//! What a board is asked: by an address, which is about nobody; or by a form that searches a text. That text may be
//! somebody’s name: it stands in no address, where a history, a proxy or a log would keep it.

use axum::http::HeaderMap;
use serde::Deserialize;
use service::{Problem, api::Fields};

use super::{
    super::{encoded, from_our_pages, sheet::with},
    choices::{Chosen, Seeing},
};

/// Characters of the text that is searched, at most; the field of the page says so too.
const MOST: usize = 200;

/// Parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardParams {
    fragment: Option<u8>,
    min_position: Option<i64>,
    suite: Option<String>,
    #[serde(default)]
    etat: Chosen,
    #[serde(default)]
    voir: Seeing,
}

/// Parameters of the address that the form is sent to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchParams {
    fragment: Option<u8>,
    min_position: Option<i64>,
}

/// What the form holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default)]
    q: String,
    #[serde(default)]
    etat: Chosen,
    #[serde(default)]
    voir: Seeing,
    suite: Option<String>,
}

/// What is asked.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Whether a page that is open asks for what changes of it.
    pub fragment: bool,
    /// The position that must be shown.
    pub min_position: Option<i64>,
    /// The cursor of a later page.
    pub suite: Option<String>,
    /// Which cases.
    pub etat: Chosen,
    /// What is looked at.
    pub voir: Seeing,
    /// What is searched; empty when nothing is.
    pub q: String,
    /// Whether a form was sent.
    sent: bool,
}

impl From<BoardParams> for Wanted {
    fn from(params: BoardParams) -> Self {
        let BoardParams { fragment, min_position, suite, etat, voir } = params;
        Self { fragment: fragment.is_some(), min_position, suite, etat, voir, ..Self::default() }
    }
}

impl Wanted {
    /// What a form asks.
    ///
    /// # Errors
    /// When it comes from elsewhere, or cannot be read.
    pub fn sent(params: &SearchParams, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        if !from_our_pages(headers) {
            return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
        }
        let form = serde_json::from_value(Fields::read(headers, body)?.json());
        let Form { q, etat, voir, suite } = form.map_err(|_| {
            Problem::bad_request("Ce formulaire n’est pas lisible. Revenez à la page, puis recommencez.")
        })?;
        let q = q.trim().to_owned();
        if q.chars().count() > MOST {
            return Err(Problem::bad_request(
                "Ce que vous cherchez tient en 200 caractères au plus. Raccourcissez-le.",
            ));
        }
        let (fragment, min_position) = (params.fragment.is_some(), params.min_position);
        Ok(Self { fragment, min_position, suite, etat, voir, q, sent: true })
    }

    /// Where the page is when a form searches nothing: at its address, as any page.
    pub fn elsewhere(&self, href: &str) -> Option<String> {
        (self.sent && self.q.is_empty()).then(|| self.address(href, self.voir))
    }

    /// Where that way to look at the board is, without what is searched.
    pub fn address(&self, href: &str, seeing: Seeing) -> String {
        let mut address = href.to_owned();
        if seeing != Seeing::Everyone {
            address = with(&address, &format!("voir={}", seeing.word()));
        }
        if self.etat != Chosen::Open {
            address = with(&address, &format!("etat={}", self.etat.word()));
        }
        address
    }

    /// The form that asks for the same page; nothing when its address does.
    pub fn form(&self) -> String {
        if self.q.is_empty() {
            return String::new();
        }
        let suite = self.suite.as_ref().map(|suite| format!("&suite={}", encoded(suite)));
        let (q, etat, voir) = (encoded(&self.q), self.etat.word(), self.voir.word());
        format!("q={q}&etat={etat}&voir={voir}{}", suite.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(body: &str) -> Result<Wanted, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        let params = SearchParams { fragment: None, min_position: Some(7) };
        Wanted::sent(&params, &headers, body.as_bytes())
    }

    #[test]
    fn what_a_form_searches_is_in_its_form_and_in_no_address() {
        let wanted = sent("q=+Tesfay+%26+fils+&etat=tous&voir=emploi&suite=abc").unwrap();
        assert_eq!((wanted.q.as_str(), wanted.min_position), ("Tesfay & fils", Some(7)));
        assert_eq!(wanted.form(), "q=Tesfay%20%26%20fils&etat=tous&voir=emploi&suite=abc");
        let again = sent(&wanted.form()).unwrap();
        assert_eq!(again.form(), wanted.form(), "sent again, it asks for the same");
        for (seeing, _, _) in Seeing::ALL {
            assert!(!wanted.address("/", seeing).to_lowercase().contains("tesfay"));
        }
        assert_eq!(wanted.address("/", Seeing::Quiet), "/?voir=calme&etat=tous");
        assert_eq!(wanted.elsewhere("/"), None);
    }

    #[test]
    fn a_form_that_searches_nothing_is_a_page_at_its_address() {
        for body in ["", "q=", "q=++", "voir=tous&etat=ouverts"] {
            let wanted = sent(body).unwrap();
            assert_eq!((wanted.elsewhere("/").as_deref(), wanted.form().as_str()), (Some("/"), ""), "{body}");
        }
        let address = sent("q=&voir=emploi&etat=clos&suite=abc").unwrap().elsewhere("/plateformes/1");
        assert_eq!(address.as_deref(), Some("/plateformes/1?voir=emploi&etat=clos"));
        assert_eq!(Wanted::from(BoardParams::default()).elsewhere("/"), None);
    }

    #[test]
    fn a_form_that_is_not_ours_is_refused() {
        for body in ["q=a&nom=b", "voir=ailleurs", &format!("q={}", "é".repeat(201))] {
            assert_eq!(sent(body).unwrap_err().status, 400, "{body}");
        }
        assert_eq!(sent(&format!("q={}", "%C3%A9".repeat(200))).unwrap().q.chars().count(), 200);
    }
}
