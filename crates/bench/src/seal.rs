//! What sealing adds: the same fact with its words sealed, beside the same without any, as a command appends them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use contracts::{Class, case::v1::NoteWritten, events::Writing};
use eventually::store::{EventStore as _, Expected};
use journal::{Journal, JournalStore};
use sealing::Sealer;
use uuid::Uuid;
use vocabulary::SystemIds;

use crate::{
    AppendOptions, Error, Row, report, setup,
    timing::{self, Worker},
};

/// People whom the notes are about: the key of one is asked for again after all the others’.
const PEOPLE: usize = 1_000;

/// Some two hundred letters.
const WORDS: &str = "Vue ce matin, elle va mieux. Nous avons repris ensemble la liste des démarches : la carte de \
                     séjour est prolongée, la domiciliation aussi. Elle aimerait revoir le chantier avant la fin du mois.";

/// Writes notes, each about the next of the people.
#[derive(Clone)]
struct Author {
    journal: Journal,
    sealer: Arc<Sealer>,
    people: Arc<[Uuid]>,
    next: Arc<AtomicUsize>,
    words: &'static str,
}

impl Worker for Author {
    async fn step(&mut self) -> Result<(), Error> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        write(self, self.people[next % PEOPLE]).await
    }
}

async fn write(author: &Author, person: Uuid) -> Result<(), Error> {
    let note = NoteWritten {
        author_post_id: person.to_string(),
        written_on: setup::day().to_string(),
        text: author.words.to_owned(),
        ..NoteWritten::default()
    };
    let (journal, sealer) = (author.journal.clone(), author.sealer.clone());
    let mut store = JournalStore::<Writing>::new(journal, sealer, Arc::new(SystemIds), setup::stamp(person));
    let stream_id = setup::id();
    if !author.words.is_empty() {
        // As for a command that is known to state something personal: beside one reading, here that of the version.
        store.ask_for_keys(stream_id, [Class::Note].into());
    }
    let appended = store.append(stream_id, Expected::Any, vec![note.into()]).await;
    appended.map(drop).map_err(|error| Error::Command(error.to_string()))
}

/// Measures notes for each number of writers: without words, with, without. Tells each row as soon as it is known: its
/// limit is the same without words.
///
/// # Errors
/// When the database or the journal refuses.
pub async fn seal(options: &AppendOptions, tell: impl Fn(&str)) -> Result<Vec<Row>, Error> {
    let journal = setup::journal(&options.database_url).await?;
    let sealer = setup::sealer(&options.keys_url).await?;
    let people = (0..PEOPLE).map(|_| setup::id()).collect();
    let bare = Author { journal, sealer, people, next: Arc::default(), words: "" };
    let sealed = Author { words: WORDS, ..bare.clone() };
    for person in &*bare.people {
        // Everyone has a key from their first note on.
        write(&sealed, *person).await?;
    }
    let mut rows = Vec::new();
    for &writers in &options.writers {
        let authors = |author: &Author| (0..writers).map(|_| author.clone()).collect();
        let before = timing::run(authors(&bare), options.seconds).await?;
        let timing = timing::run(authors(&sealed), options.seconds).await?;
        let after = timing::run(authors(&bare), options.seconds).await?;
        rows.push(Row::new("sealed", writers, &timing).beside(before.per_second, after.per_second));
        tell(&report::last(&rows, options.json));
    }
    Ok(rows)
}
