//! The PASS IAE of each case, for the rule that looks at several of them; the posts by which each organisation
//! answers, for whoever reminds it.

use std::collections::BTreeSet;

use contracts::{Recorded, events};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use situation::received::ANSWERING;
use uuid::Uuid;

use crate::domain::pass::others::{PASSES_BY_CASE, Passes};

/// The read model.
#[derive(Debug)]
pub struct PassesByCase;

impl View for PassesByCase {
    type Body = Passes;

    const NAME: &'static str = PASSES_BY_CASE;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Hidden;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "pass")
    }

    fn fold(body: &mut Passes, fact: &Recorded) -> Result<(), Poison> {
        body.apply(fact.stream_id, &fact.trace()?);
        Ok(())
    }
}

/// The read model of the posts that answer for their organisation.
#[derive(Debug)]
pub struct AnsweringPosts;

/// Its name.
pub const ANSWERING_POSTS: &str = "answering_posts";

/// The posts of one organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answering {
    /// Those that answer what it is sent.
    pub posts: BTreeSet<Uuid>,
}

impl View for AnsweringPosts {
    type Body = Answering;

    const NAME: &'static str = ANSWERING_POSTS;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;

    fn key(fact: &Recorded) -> Option<Uuid> {
        match fact.trace().ok()? {
            events::Post::PostOpened(opened) => opened.organisation_id.parse().ok(),
            _ => None,
        }
    }

    fn fold(body: &mut Answering, fact: &Recorded) -> Result<(), Poison> {
        if let events::Post::PostOpened(opened) = fact.trace()?
            && opened.role.as_known().is_some_and(|role| ANSWERING.contains(&role))
        {
            body.posts.insert(fact.stream_id);
        }
        Ok(())
    }
}
