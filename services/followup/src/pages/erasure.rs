//! `/dossiers/{id}/effacement`: what is erased of a person and what must be kept: asking, agreeing, setting aside.
//! `/suivis/a-effacer`: what comes to its end in one's own follow-ups.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    case::v1::{ForgettingReason, HoldGround, PersonalClass},
    common::v1::Role,
    values_of,
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
    forgettings::{Forgetting, Hold, Standing, Voice},
};
use uuid::Uuid;
use vocabulary::dates::{in_french, valid_for_months};

use super::{
    Visitor, html,
    layout::Layout,
    may_state,
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, typeset},
    query::{Params, wait},
    read::{
        self,
        cards::Cards,
        erasures::{self, Ending, Erasures, standing},
        readings::class_text,
        recipients,
    },
    views::NAMES,
};

/// Parameters of the pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "erasure.html")]
struct ErasurePage<'a> {
    layout: &'a Layout,
    view: &'a ErasureView,
}

/// What the page shows.
#[derive(Debug)]
pub struct ErasureView {
    /// The address of the case.
    pub case_href: String,
    /// How the person is called.
    pub called: String,
    /// Whether the whole person was forgotten.
    pub forgotten: bool,
    /// The requests that may still lead to something.
    pub open: Vec<Told>,
    /// The others.
    pub past: Vec<Told>,
    /// The obligations to keep.
    pub holds: Vec<Held>,
    /// What is needed until when.
    pub needs: Vec<String>,
    /// What ends when.
    pub terms: Vec<Ends>,
    /// Whether who visits may ask, keep and lift.
    pub may_ask: bool,
    /// Whether who visits may say until when data are needed.
    pub may_need: bool,
    /// A key for each form.
    pub keys: [Uuid; 3],
    /// The classes that can be erased alone.
    pub classes: Vec<(&'static str, String)>,
    /// Why it may be asked.
    pub grounds: Vec<(&'static str, String)>,
    /// Why it may have to be kept.
    pub hold_grounds: Vec<(&'static str, String)>,
    /// Today, and the last day a hold may have.
    pub today: Date,
    /// See `today`.
    pub last: Date,
}

/// A request, in French.
#[derive(Debug)]
pub struct Told {
    /// Its id.
    pub id: Uuid,
    /// What would be erased.
    pub what: String,
    /// Why, since when, by whom.
    pub why: String,
    /// Where it stands.
    pub standing: String,
    /// Who agreed.
    pub voices: String,
    /// Who had received these data and was told, once they are erased.
    pub recipients: String,
    /// What was written.
    pub comments: Vec<String>,
    /// Whether who visits may agree, or not.
    pub may_judge: bool,
    /// Whether who visits may take it back.
    pub may_withdraw: bool,
    /// Keys for the forms.
    pub keys: [Uuid; 3],
}

/// An obligation to keep, in French.
#[derive(Debug)]
pub struct Held {
    /// Its id.
    pub id: Uuid,
    /// Why.
    pub why: String,
    /// From when to when.
    pub period: String,
    /// What was written.
    pub comments: Vec<String>,
    /// Whether who visits may lift it.
    pub may_lift: bool,
    /// A key for the form.
    pub key: Uuid,
}

/// What ends when.
#[derive(Debug)]
pub struct Ends {
    /// What the rule says.
    pub text: String,
    /// When.
    pub on: String,
    /// Where the rule comes from.
    pub source: String,
}

/// Who visits, as far as it matters here.
struct Visiting {
    voice: Voice,
    may_judge: bool,
    may_ask: bool,
}

/// `GET /dossiers/{id}/effacement`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<ErasureParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let all = erasures::read(&runtime, &reading, &case.seen).await?;
    let case_standing = &case.seen.standing;
    let hosts = reading.organisation_id == Some(case_standing.structure_id) && reading.post_id.is_some();
    let may_judge = hosts && may_state(&runtime, &reading, case_standing, "case.approve-forgetting").await?;
    let me = Visiting {
        voice: Voice { post_id: reading.post_id, professional_id: reading.professional_id },
        may_judge,
        may_ask: may_judge && reading.role == Role::REFERENT_SOCIAL,
    };
    let posts = all.requests.iter().flat_map(|(_, one)| one.voices.iter().filter_map(|voice| voice.post_id));
    let cards = Cards::read(&runtime, &posts.collect::<Vec<_>>()).await?;
    let key = || runtime.ids.next(runtime.clock.now());
    let told = |(id, one): &(Uuid, Forgetting)| {
        told((*id, one), &all, &cards, &me, case.today, [key(), key(), key()])
    };
    let (open, past): (Vec<_>, Vec<_>) = all.requests.iter().partition(|(_, one)| one.standing.is_open());
    let view = ErasureView {
        case_href: format!("/dossiers/{}", case.id),
        called: case.called(),
        forgotten: all.forgotten,
        open: open.into_iter().map(told).collect(),
        past: past.into_iter().map(told).collect(),
        holds: all.holds.iter().map(|(id, hold)| held(*id, hold, &all, &me, case.today, key())).collect(),
        needs: all.needs.iter().map(|(class, until)| need(class, *until)).collect(),
        terms: all.terms.iter().map(ends).collect(),
        may_ask: me.may_ask && !all.forgotten,
        may_need: me.may_judge && !all.forgotten,
        keys: [key(), key(), key()],
        classes: words::<PersonalClass>(""),
        grounds: words::<ForgettingReason>("RETENTION_OVER"),
        hold_grounds: words::<HoldGround>(""),
        today: case.today,
        last: valid_for_months(case.today, 12),
    };
    let layout = Layout::of(&runtime, &reading, &view.case_href).await?;
    html(ErasurePage { layout: &layout, view: &view }.render())
}

/// The words that can be chosen, but these.
fn words<E: contracts::WordEnum>(but: &str) -> Vec<(&'static str, String)> {
    let all = values_of::<E>().filter(|(word, text)| !text.is_empty() && *word != but);
    all.map(|(word, text)| (word, capital(text))).collect()
}

/// The French text of a word, by its code.
fn text_of<E: contracts::WordEnum>(code: &str) -> &'static str {
    values_of::<E>().find(|(word, _)| *word == code).map_or("", |(_, text)| text)
}

/// What is erased, in French.
fn what(one: &Forgetting) -> String {
    if one.is_whole() {
        return "Tout ce qui est personnel dans ce dossier".to_owned();
    }
    let names = one.classes.iter().map(|class| class_text(class.name()));
    capital(&names.collect::<Vec<_>>().join(", "))
}

fn told(
    (id, one): (Uuid, &Forgetting),
    all: &Erasures,
    cards: &Cards,
    me: &Visiting,
    today: Date,
    keys: [Uuid; 3],
) -> Told {
    let called = |voice: &Voice| {
        voice.post_id.and_then(|id| cards.post_called(id)).unwrap_or_else(|| "un professionnel".to_owned())
    };
    let ground = text_of::<ForgettingReason>(&one.ground);
    let on = one.asked_on.map(|day| format!("le {}", in_french(day))).unwrap_or_default();
    let by = match &one.asked_by {
        Some(voice) => format!("demandé {on} par {}", called(voice)),
        None => format!("proposé {on} par Jalon"),
    };
    let rule = all.terms.iter().find(|term| term.rule_id == one.rule_id).map(|term| term.text);
    let others = one.voices.iter().filter(|voice| !one.asked_by.is_some_and(|by| by.is(voice)));
    let voices: Vec<String> = others.map(called).collect();
    let waits = one.standing.is_revocable();
    Told {
        id,
        what: what(one),
        why: typeset(&format!("{}, {by}. {}", capital(ground), rule.unwrap_or_default())),
        standing: typeset(&capital(&standing(one, today))),
        voices: typeset(&voices.join(" et ")),
        recipients: recipients(one, all.told.get(&id).map_or(&[], Vec::as_slice), me.may_judge),
        comments: all.comments.get(&id).cloned().unwrap_or_default(),
        may_judge: waits
            && me.may_judge
            && one.standing == Standing::Asked
            && !one.voices.iter().any(|voice| voice.is(&me.voice)),
        may_withdraw: waits && me.may_ask && !one.is_retention(),
        keys,
    }
}

/// How many organisations were told; to the structure, whom it tells by itself.
fn recipients(one: &Forgetting, told: &[recipients::Told], hosts: bool) -> String {
    if !matches!(one.standing, Standing::Incomplete | Standing::Done) {
        return String::new();
    }
    let (reached, others): (Vec<_>, Vec<_>) = told.iter().partition(|one| one.reached);
    let mut text = match reached.len() {
        0 => "Aucune organisation à prévenir dans Jalon.".to_owned(),
        1 => "1 organisation qui avait reçu ces données a été prévenue.".to_owned(),
        several => format!("{several} organisations qui avaient reçu ces données ont été prévenues."),
    };
    if hosts && !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|one| one.organisation.name.as_str()).collect();
        text.push_str(&format!(
            " À prévenir par vos soins, faute de poste dans Jalon : {}.",
            names.join(", ")
        ));
    }
    typeset(&text)
}

fn held(id: Uuid, hold: &Hold, all: &Erasures, me: &Visiting, today: Date, key: Uuid) -> Held {
    let from = hold.placed_on.map(|day| format!("Depuis le {}", in_french(day))).unwrap_or_default();
    let until = hold.until.map(|day| format!("jusqu’au {}", in_french(day))).unwrap_or_default();
    let holds = hold.holds_on(today);
    let period = match (hold.lifted, holds) {
        (true, _) => format!("{from}, levée"),
        (false, true) => format!("{from}, {until}"),
        (false, false) => format!("{from}, {until} ; elle ne tient plus"),
    };
    Held {
        id,
        why: capital(text_of::<HoldGround>(&hold.ground)),
        period: typeset(&period),
        comments: all.comments.get(&id).cloned().unwrap_or_default(),
        may_lift: holds && me.may_ask,
        key,
    }
}

fn need(class: &str, until: Date) -> String {
    typeset(&format!("{} : jusqu’au {}", capital(class_text(class)), in_french(until)))
}

fn ends(term: &erasures::Term) -> Ends {
    Ends {
        text: typeset(term.text),
        on: format!("À effacer à partir du {}", in_french(term.due_on)),
        source: typeset(term.source),
    }
}

/// `GET /suivis/a-effacer`.
pub async fn soon(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Params(params): Params<ErasureParams>,
) -> Result<Response, Problem> {
    runtime.policies.decide(&reading, "case.read", None)?;
    wait(&runtime, NAMES, params.min_position).await?;
    let today = runtime.clock.today();
    let row = |one: &Ending| {
        let request = &one.request;
        let when = request.due_on.map(|day| format!("le {}", in_french(day))).unwrap_or_default();
        Row(vec![
            Cell::link(format!("/dossiers/{}/effacement", one.case_id), &one.called),
            Cell::text(what(request)).detail(text_of::<ForgettingReason>(&request.ground)),
            Cell::text(when),
            Cell::text(capital(&standing(request, today))),
        ])
    };
    let endings = erasures::soon(&runtime, &reading).await?;
    let table = Table {
        columns: vec!["Personne", "Quoi", "Quand", "Où cela en est"],
        rows: endings.iter().map(row).collect(),
        figures: false,
    };
    let sheet = Sheet {
        title: "À effacer bientôt".into(),
        subtitle: typeset(
            "Ce qui arrive au terme de sa conservation est proposé ici 30 jours avant ; rien n’est effacé sans votre accord, et un nouveau contact avec la personne repousse le terme.",
        ),
        href: "/suivis/a-effacer".into(),
        sections: vec![Section::table(
            "Dans vos suivis",
            table,
            "Rien n’arrive à son terme dans les 30 jours, et personne n’a demandé d’effacement.",
        )],
        ..Sheet::default()
    };
    let layout = Layout::of(&runtime, &reading, "/suivis/a-effacer").await?;
    render(&layout, &sheet)
}
