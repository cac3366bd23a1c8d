//! Working notes, read by their author's post alone, and summaries, read by those who may.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{State, Writing},
    *,
};

/// A writing says something.
pub const WRITTEN: Rule = Rule::strict("ecrit.texte", "Une note ou une synthèse comprend un texte.", "usage");
/// A note is read by the post that wrote it.
pub const AUTHOR: Rule = Rule::strict(
    "ecrit.auteur",
    "Une note ou une synthèse est écrite depuis un poste : la note n’est lue que par lui.",
    "usage",
);

/// The author's post and the text, when there are.
fn said(text: &str, context: &Context) -> Result<(String, String), Refusal> {
    let Some(post) = context.actor.post_id else {
        return Err(
            AUTHOR.refuse("Aucun poste n’est l’auteur de ce texte. Connectez-vous depuis votre poste.")
        );
    };
    match text.trim() {
        "" => Err(WRITTEN.refuse("Le texte est vide. Écrivez quelques mots.").at("/text")),
        text => Ok((post.to_string(), text.to_owned())),
    }
}

/// Writes a working note, for oneself and for whoever holds the post next.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteNote {
    /// The note.
    pub text: String,
    /// Of which day; today when absent.
    #[serde(default)]
    pub written_on: Option<Day>,
}

impl Command for WriteNote {
    type Aggregate = Writing;
    const NAME: &'static str = "case.write-note";
    const SUMMARY: &'static str = "Écrire une note de travail";
    const DAY: fn(&Self) -> Option<Date> = |command| command.written_on.map(|day| day.0);

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (author_post_id, text) = said(&self.text, context)?;
        let written_on = self.written_on.map_or(context.today, |day| day.0).to_string();
        Ok(vec![NoteWritten { author_post_id, written_on, text, ..Default::default() }.into()])
    }
}

/// Sums up the situation for those who may read it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteSummary {
    /// The summary.
    pub text: String,
    /// Of which day; today when absent.
    #[serde(default)]
    pub written_on: Option<Day>,
}

impl Command for WriteSummary {
    type Aggregate = Writing;
    const NAME: &'static str = "case.write-summary";
    const SUMMARY: &'static str = "Écrire une synthèse";
    const DAY: fn(&Self) -> Option<Date> = |command| command.written_on.map(|day| day.0);

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (author_post_id, text) = said(&self.text, context)?;
        let written_on = self.written_on.map_or(context.today, |day| day.0).to_string();
        Ok(vec![SummaryWritten { author_post_id, written_on, text, ..Default::default() }.into()])
    }
}
