//! `/dossiers/{id}/suivi-personnel`: the sheet that lets the person see their own path. It is handed over in person;
//! its code is told aloud.

use access::OwnCase;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::Response,
};
use contracts::{case::v1::OwnAccessEnd, values_of};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    OwnAccess, Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::{
    clock::{day_in_paris, start_of_day},
    dates::{days_after, in_french},
};

use super::{Visitor, from_our_pages, html, layout::Layout, may_state, qr::Qr};
use crate::{
    french::{capital, count, typeset},
    query::{Params, wait},
    read::{self, case::Case},
    views::NAMES,
};

/// What opening it is called in the policy.
const OPEN: &str = "case.open-own-access";
/// And closing it.
const CLOSE: &str = "case.close-own-access";

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAccessParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "own_access.html")]
struct OwnAccessPage<'a> {
    layout: &'a Layout,
    view: &'a OwnAccessView,
}

/// What the page shows.
#[derive(Debug)]
struct OwnAccessView {
    case_href: String,
    called: String,
    /// The access that is open.
    open: Option<Open>,
    may: bool,
    /// Whether who visits may close it: anyone around the person.
    may_close: bool,
    key: Uuid,
    today: Date,
    last: Date,
    reasons: Vec<(&'static str, String)>,
}

/// An access that is open.
#[derive(Debug)]
struct Open {
    id: Uuid,
    until: String,
    /// Whether its sheet is still to be printed, by whoever opened it.
    to_print: bool,
    /// How it was used.
    used: String,
}

#[derive(Template)]
#[template(path = "own_sheet.html")]
struct SheetPage<'a> {
    layout: &'a Layout,
    sheet: &'a Sheet,
}

/// What is handed over, shown once.
struct Sheet {
    back: String,
    address: String,
    qr: Option<Qr>,
    code: String,
    until: String,
    structure: String,
}

/// `GET /dossiers/{id}/suivi-personnel`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<OwnAccessParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let may = may_state(&runtime, &reading, &case.seen.standing, OPEN).await?;
    let may_close = may_state(&runtime, &reading, &case.seen.standing, CLOSE).await?;
    let open = match case.seen.standing.own_access(case.today) {
        Some(access) => Some(open(&runtime, &reading, access).await?),
        None => None,
    };
    let view = OwnAccessView {
        case_href: format!("/dossiers/{}", case.id),
        called: case.called(),
        open,
        may,
        may_close,
        key: runtime.ids.next(runtime.clock.now()),
        today: case.today,
        last: days_after(case.today, 89),
        reasons: values_of::<OwnAccessEnd>()
            .filter(|(word, text)| !text.is_empty() && *word != "SHEET_REPLACED")
            .map(|(word, text)| (word, capital(text)))
            .collect(),
    };
    let layout = Layout::of(&runtime, &reading, &view.case_href).await?;
    html(OwnAccessPage { layout: &layout, view: &view }.render())
}

async fn open(runtime: &Runtime, reading: &Reading, access: &OwnAccess) -> Result<Open, Problem> {
    let used = runtime.tokens.own_use(access.id).await?;
    let text = match &used {
        None => "La feuille n’a pas encore été imprimée.".to_owned(),
        Some(one) if one.ended_by_codes => {
            "Trop de codes faux ont été essayés : cette feuille n’ouvre plus rien. Remettez-en une autre."
                .to_owned()
        }
        Some(one) => {
            let printed = in_french(day_in_paris(one.issued_at));
            let times = usize::try_from(one.entered).unwrap_or_default();
            let last = one.entered_at.map(|at| format!(", la dernière le {}", in_french(day_in_paris(at))));
            let times = count(times, "entrée", "entrées");
            format!("Feuille imprimée le {printed} ; {times}{}.", last.unwrap_or_default())
        }
    };
    Ok(Open {
        id: access.id,
        until: in_french(access.until),
        to_print: used.is_none() && access.by_post.is_some() && access.by_post == reading.post_id,
        used: typeset(&text),
    })
}

/// `POST /dossiers/{id}/suivi-personnel/remettre`: the sheet, once only, to whoever opened the access.
pub async fn hand_over(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    runtime.policies.decide(&reading, OPEN, None)?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let refused = || Problem::forbidden("la feuille est imprimée par le poste qui a ouvert l’accès");
    if !may_state(&runtime, &reading, &case.seen.standing, OPEN).await? {
        return Err(refused());
    }
    let access = case.seen.standing.own_access(case.today).ok_or_else(refused)?;
    if access.by_post.is_none() || access.by_post != reading.post_id {
        return Err(refused());
    }
    let own = OwnCase { case_id: case.id, access_id: access.id };
    let until = start_of_day(days_after(access.until, 1));
    let handed = runtime.tokens.hand_over(own, runtime.clock.now(), until).await?;
    let handed = handed.ok_or_else(|| {
        Problem::new(
            axum::http::StatusCode::CONFLICT,
            "/problemes/deja-remis",
            "Feuille déjà imprimée",
            "Cette feuille a déjà été imprimée, et Jalon n’en garde pas copie. Ouvrez un nouvel accès pour en imprimer une autre.",
        )
    })?;
    let address = format!("{}/mon-suivi/{}", origin(&runtime, &headers), handed.secret);
    let sheet = sheet(&case, access, &address, &handed.code);
    let layout = Layout::of(&runtime, &reading, &sheet.back).await?;
    html(SheetPage { layout: &layout, sheet: &sheet }.render())
}

fn sheet(case: &Case, access: &OwnAccess, address: &str, code: &str) -> Sheet {
    Sheet {
        back: format!("/dossiers/{}/suivi-personnel", case.id),
        qr: Qr::of(address),
        address: address.to_owned(),
        // In two groups: easier to say, and to hear.
        code: format!("{} {}", &code[..3], &code[3..]),
        until: in_french(access.until),
        structure: case.cards.card(case.status.structure_id).name,
    }
}

/// Where this Jalon is, for whoever types the address.
fn origin(runtime: &Runtime, headers: &HeaderMap) -> String {
    let declared = runtime.config.mail.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    declared.unwrap_or_else(|| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}")
    })
}
