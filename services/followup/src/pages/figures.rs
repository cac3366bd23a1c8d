//! `/plateformes/{id}/indicateurs` and `/structures/{id}/rapport`: figures as text, to be read and printed.

use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use vocabulary::dates::in_french;

use super::{
    Visitor,
    followups::platform,
    layout::Layout,
    sheet::{Cell, Field, Row, Section, Sheet, Shortcut, Table, render},
};
use crate::{
    french::capital,
    indicators::{CountedBy, Figure, Indicator, Public, Publics},
    queries::figures::{period, usual_periods},
    query::{Params, wait},
    read::{
        counted,
        report::{self, FamilyLine},
    },
    views::{directory, milestones, timeline},
};

/// Parameters of these pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiguresParams {
    du: Option<Date>,
    au: Option<Date>,
    min_position: Option<i64>,
}

/// `GET /plateformes/{id}/indicateurs`.
pub async fn indicators(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<FiguresParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[milestones::NAME, directory::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let today = runtime.clock.today();
    let (from, to) = period(params.du, params.au, today)?;
    let (all, publics) = counted::indicators(&runtime, id, (from, to)).await?;
    // What holds of every part is said once, at the end.
    let parts: Vec<&[CountedBy]> = all.iter().map(|one| &*one.rules).chain([&*publics.rules]).collect();
    let common = common(&parts);
    let mut sections: Vec<Section> =
        all.iter().map(|one| section(one, &common)).chain([by_public(&publics, &common)]).collect();
    sections.push(Section::lines("Comment c’est compté", Vec::new(), "").note(counted_by(&common, &[])));
    let href = format!("/plateformes/{id}/indicateurs");
    let sheet = Sheet {
        title: "Indicateurs".to_owned(),
        subtitle: format!("{name} · {}. Aucun nombre de moins de 5 personnes n’est montré.", span(from, to)),
        shortcuts: shortcuts(&href, (from, to), today),
        fields: dates(from, to),
        sections,
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn span(from: Date, to: Date) -> String {
    format!("du {} au {}", in_french(from), in_french(to))
}

fn dates(from: Date, to: Date) -> Vec<Field> {
    vec![Field::date("du", "Du", from), Field::date("au", "Au", to)]
}

/// The periods that are asked for often.
fn shortcuts(href: &str, shown: (Date, Date), today: Date) -> Vec<Shortcut> {
    let one = |(text, from, to): (&'static str, Date, Date)| Shortcut {
        href: format!("{href}?du={from}&au={to}"),
        text,
        here: shown == (from, to),
    };
    usual_periods(today).into_iter().map(one).collect()
}

fn section(one: &Indicator, but: &[CountedBy]) -> Section {
    let row = |figure: &Figure| Row(vec![Cell::text(capital(&figure.label)), Cell::text(&figure.shown)]);
    let rows = one.figures.iter().map(row).collect();
    let table = Table { columns: vec!["Quoi", "Combien"], rows, figures: true };
    Section::table(one.title, table, "Rien à compter dans cette période.").note(counted_by(&one.rules, but))
}

/// The people followed, one line a public.
fn by_public(publics: &Publics, but: &[CountedBy]) -> Section {
    let row = |one: &Public| {
        let figures = one.figures.iter().map(|figure| Cell::text(&figure.shown));
        Row([Cell::text(capital(&one.label))].into_iter().chain(figures).collect())
    };
    let columns = vec!["Public", "Suivies", "En activité", "Envois", "En immersion", "En emploi"];
    let table = Table { columns, rows: publics.lines.iter().map(row).collect(), figures: true };
    Section::table(
        "Par public : qui héberge les personnes",
        table,
        "Personne n’est suivi dans cette période.",
    )
    .note(counted_by(&publics.rules, but))
}

/// The rules that all these parts are counted by.
fn common(parts: &[&[CountedBy]]) -> Vec<CountedBy> {
    let first = parts.first().copied().unwrap_or_default();
    let everywhere = |rule: &&CountedBy| parts.iter().all(|part| part.iter().any(|one| one.id == rule.id));
    first.iter().filter(everywhere).cloned().collect()
}

/// By which rules, told, and in which version of each, but those that are told elsewhere.
fn counted_by(rules: &[CountedBy], but: &[CountedBy]) -> String {
    let own = rules.iter().filter(|rule| but.iter().all(|other| other.id != rule.id));
    let told = own
        .map(|rule| format!("{} (version {} de cette règle)", rule.text.trim_end_matches('.'), rule.version));
    told.map(|rule| format!("{rule}.")).collect::<Vec<_>>().join(" ")
}

/// `GET /structures/{id}/rapport`.
pub async fn report(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<FiguresParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[milestones::NAME, timeline::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    let own = report::is_own(&runtime, &actor, id).await?;
    let today = runtime.clock.today();
    let (from, to) = period(params.du, params.au, today)?;
    let report = report::read(&runtime, id, (from, to), own).await?;
    let href = format!("/structures/{id}/rapport");
    let who =
        if own { "" } else { " Aucun nombre de moins de 5 personnes n’est montré hors de la structure." };
    let mut sections = vec![summary(&report.families, &report.people)];
    if own {
        sections.extend(report.families.iter().map(family));
    }
    if let Some(last) = sections.last_mut() {
        last.note = counted_by(&report.rules, &[]);
    }
    let sheet = Sheet {
        title: format!("Emploi et vie professionnelle, {}", report.structure.name),
        subtitle: format!("{}.{who}", capital(&span(from, to))),
        shortcuts: shortcuts(&href, (from, to), today),
        fields: dates(from, to),
        sections,
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

const COLUMNS: [&str; 3] = ["Quoi", "Actes", "Personnes"];

fn summary(families: &[FamilyLine], people: &Figure) -> Section {
    let row = |one: &FamilyLine| {
        Row(vec![
            Cell::text(one.family.code()).detail(one.text),
            Cell::text(&one.acts.shown),
            Cell::text(&one.people.shown),
        ])
    };
    let mut rows: Vec<Row> = families.iter().map(row).collect();
    rows.push(Row(vec![
        Cell::text("Ensemble").detail("chaque personne comptée une fois"),
        Cell::default(),
        Cell::text(&people.shown),
    ]));
    Section::table("Les quatre familles", Table { columns: COLUMNS.into(), rows, figures: true }, "")
}

fn family(one: &FamilyLine) -> Section {
    let row = |kind: &report::KindLine| {
        Row(vec![Cell::text(kind.label), Cell::text(&kind.acts.shown), Cell::text(&kind.people.shown)])
    };
    let rows = one.kinds.iter().map(row).collect();
    let table = Table { columns: COLUMNS.into(), rows, figures: true };
    Section::table(format!("{} : {}", one.family.code(), one.text), table, "Rien dans cette période.")
}
