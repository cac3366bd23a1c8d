//! Sheets: pages made of tables and lines, all drawn alike.

use askama::Template;
use axum::response::Response;
use service::Problem;

use super::{html, layout::Layout, lines::Line};
use crate::french::typeset;

/// A page.
#[derive(Debug, Default)]
pub struct Sheet {
    /// The way back: where, and what is said.
    pub back: Option<(String, &'static str)>,
    /// Its title.
    pub title: String,
    /// What stands under it.
    pub subtitle: String,
    /// Where it is.
    pub href: String,
    /// What can be done from here: where, and what is said.
    pub action: Option<(String, &'static str)>,
    /// What is sent with it.
    pub hidden: Vec<(&'static str, String)>,
    /// Ways to look at it.
    pub tiles: Vec<Tile>,
    /// Short ways to what is chosen often.
    pub shortcuts: Vec<Shortcut>,
    /// What can be chosen.
    pub fields: Vec<Field>,
    /// Its parts.
    pub sections: Vec<Section>,
    /// The address of the next page.
    pub next: Option<String>,
}

/// A way to look at a page.
#[derive(Debug)]
pub struct Tile {
    /// Where.
    pub href: String,
    /// Its name.
    pub text: &'static str,
    /// How many.
    pub count: usize,
    /// Whether it is chosen.
    pub here: bool,
}

/// A short way to what is chosen often.
#[derive(Debug)]
pub struct Shortcut {
    /// Where.
    pub href: String,
    /// Its name.
    pub text: &'static str,
    /// Whether it is what is shown.
    pub here: bool,
}

/// Something that can be chosen.
#[derive(Debug)]
pub struct Field {
    /// Its name in the address.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its value, when it is a date.
    pub date: Option<String>,
    /// What can be chosen: word, text, whether it is.
    pub options: Vec<(String, String, bool)>,
}

impl Field {
    /// A date.
    pub fn date(name: &'static str, label: &'static str, date: jiff::civil::Date) -> Self {
        Self { name, label, date: Some(date.to_string()), options: Vec::new() }
    }

    /// One of some options: word, text, whether it is chosen.
    pub fn choice(name: &'static str, label: &'static str, options: Vec<(String, String, bool)>) -> Self {
        Self { name, label, date: None, options }
    }
}

/// A part of a page.
#[derive(Debug, Default)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// What stands under it.
    pub intro: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its table.
    pub table: Table,
    /// What can be ticked, and sent.
    pub form: Option<Boxes>,
    /// What is said when there is neither.
    pub empty: &'static str,
    /// What is said below.
    pub note: String,
    /// Where more of it is: the address, and what is said.
    pub link: Option<(String, &'static str)>,
}

impl Section {
    /// A part with a table.
    pub fn table(title: impl AsRef<str>, table: Table, empty: &'static str) -> Self {
        Self { title: typeset(title.as_ref()), table, empty, ..Self::default() }
    }

    /// A part with lines.
    pub fn lines(title: impl AsRef<str>, lines: Vec<Line>, empty: &'static str) -> Self {
        Self { title: typeset(title.as_ref()), lines, empty, ..Self::default() }
    }

    /// With a sentence under its title.
    #[must_use]
    pub fn intro(mut self, intro: impl AsRef<str>) -> Self {
        self.intro = typeset(intro.as_ref());
        self
    }

    /// With things to tick.
    #[must_use]
    pub fn form(mut self, form: Option<Boxes>) -> Self {
        self.form = form.filter(|form| !form.boxes.is_empty());
        self
    }

    /// With a way to more of it.
    #[must_use]
    pub fn link(mut self, href: String, text: &'static str) -> Self {
        self.link = Some((href, text));
        self
    }

    /// With a sentence below.
    #[must_use]
    pub fn note(mut self, note: impl AsRef<str>) -> Self {
        self.note = typeset(note.as_ref());
        self
    }
}

/// Things to tick, then to send.
#[derive(Debug)]
pub struct Boxes {
    /// Where it is sent.
    pub action: String,
    /// A key: the same page sent twice is applied once.
    pub key: uuid::Uuid,
    /// The name of what is ticked.
    pub name: &'static str,
    /// What is sent, and what is read.
    pub boxes: Vec<(String, String)>,
    /// What is said to send it.
    pub button: &'static str,
}

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    /// The names of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether it holds figures: drawn narrower, aligned on the right.
    pub figures: bool,
}

/// A row: its first cell says whose it is.
#[derive(Debug)]
pub struct Row(pub Vec<Cell>);

/// A cell.
#[derive(Debug, Default)]
pub struct Cell {
    /// Where its text leads.
    pub href: Option<String>,
    /// Its text.
    pub text: String,
    /// What stands under it.
    pub detail: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Cell {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { text: typeset(text.as_ref()), ..Self::default() }
    }

    /// A text that leads somewhere.
    pub fn link(href: String, text: impl AsRef<str>) -> Self {
        Self { href: Some(href), ..Self::text(text) }
    }

    /// Lines.
    pub fn lines(lines: Vec<Line>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// With something under it.
    #[must_use]
    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        self.detail = typeset(detail.as_ref());
        self
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.lines.is_empty() && self.detail.is_empty()
    }
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage<'a> {
    layout: &'a Layout,
    sheet: &'a Sheet,
}

/// The page.
///
/// # Errors
/// When it cannot be written.
pub fn render(layout: &Layout, sheet: &Sheet) -> Result<Response, Problem> {
    html(SheetPage { layout, sheet }.render())
}

/// The address of this page with a parameter more.
pub fn with(href: &str, pair: &str) -> String {
    format!("{href}{}{pair}", if href.contains('?') { '&' } else { '?' })
}
