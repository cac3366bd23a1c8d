//! The journal against a model of it: whatever is asked, in whatever order, both say the same.

use std::collections::HashMap;

use journal::{Append, Appended, Journal, JournalError};
use proptest::{collection, prelude::*, sample::Index, test_runner::TestRunner};
use uuid::Uuid;

use crate::support::{Database, assert_sound, command, positions, versions};

/// What may be asked; streams and commands are named by numbers.
#[derive(Clone, Debug)]
enum Ask {
    Append {
        stream: Index,
        facts: u32,
        expected: Expected,
        command: Command,
    },
    Archive {
        stream: Index,
    },
    Load {
        stream: Index,
        from: u32,
    },
    /// Several commands at once, on streams that are all different.
    Together {
        facts: Vec<u32>,
    },
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    Right,
    Begins,
    Wrong(u32),
}

#[derive(Clone, Debug)]
enum Command {
    New,
    Again(Index),
    OtherBody(Index),
}

fn asks() -> impl Strategy<Value = Vec<(bool, Ask)>> {
    let index = any::<Index>;
    let expected = prop_oneof![
        6 => Just(Expected::Right),
        1 => Just(Expected::Begins),
        2 => (0..9_u32).prop_map(Expected::Wrong),
    ];
    let command = prop_oneof![
        6 => Just(Command::New),
        2 => index().prop_map(Command::Again),
        1 => index().prop_map(Command::OtherBody),
    ];
    let append = (index(), prop_oneof![3 => Just(1_u32), 2 => 2..5_u32], expected, command)
        .prop_map(|(stream, facts, expected, command)| Ask::Append { stream, facts, expected, command });
    let ask = prop_oneof![
        12 => append,
        1 => index().prop_map(|stream| Ask::Archive { stream }),
        3 => (index(), 0..6_u32).prop_map(|(stream, from)| Ask::Load { stream, from }),
        1 => collection::vec(1..4_u32, 1..6).prop_map(|facts| Ask::Together { facts }),
    ];
    // Through one process or the other.
    collection::vec((any::<bool>(), ask), 1..40)
}

/// What the journal should be.
struct Model {
    streams: Vec<Uuid>,
    /// The facts of each stream: their positions, and their ids.
    facts: HashMap<Uuid, Vec<(i64, Uuid)>>,
    archived: Vec<Uuid>,
    commands: Vec<(Append, Appended)>,
    head: i64,
}

impl Model {
    fn new(head: i64) -> Self {
        let streams = (0..4).map(|_| Uuid::now_v7()).collect();
        Self { streams, facts: HashMap::new(), archived: Vec::new(), commands: Vec::new(), head }
    }

    fn version(&self, stream: Uuid) -> u32 {
        self.facts.get(&stream).map_or(0, |facts| facts.len().try_into().unwrap())
    }

    /// The request that is meant.
    fn request(&self, stream: Uuid, facts: u32, expected: Expected, meant: &Command) -> Append {
        let expected = match expected {
            Expected::Right => self.version(stream),
            Expected::Begins => 0,
            Expected::Wrong(version) => version,
        };
        let mut request = command(stream, expected, facts);
        let (Command::Again(index) | Command::OtherBody(index)) = meant else { return request };
        if self.commands.is_empty() {
            return request;
        }
        let (known, _) = index.get(&self.commands);
        request.command_id = known.command_id;
        if matches!(meant, Command::OtherBody(_)) {
            request.fingerprint.push(b'!');
        }
        request
    }

    /// What the answer should be; what should be done is done.
    fn append(&mut self, request: &Append) -> Result<Appended, String> {
        let known = self.commands.iter().find(|(known, _)| known.command_id == request.command_id);
        if let Some((known, done)) = known {
            let same = known.fingerprint == request.fingerprint;
            return if same { Ok(Appended { repeated: true, ..*done }) } else { Err("reused".into()) };
        }
        if self.archived.contains(&request.stream_id) {
            return Err("archived".into());
        }
        let actual = self.version(request.stream_id);
        if actual != request.expected {
            return Err(format!("at {actual}"));
        }
        let count = request.facts.len().try_into().unwrap();
        let done = Appended {
            stream_id: request.stream_id,
            version: actual + count,
            first_position: self.head + 1,
            count,
            repeated: false,
        };
        let stream = self.facts.entry(request.stream_id).or_default();
        for fact in &request.facts {
            self.head += 1;
            stream.push((self.head, fact.event_id));
        }
        self.commands.push((request.clone(), done));
        Ok(done)
    }

    /// Asks both, and compares what they say.
    async fn ask(&mut self, journal: &Journal, ask: &Ask) {
        match ask {
            Ask::Append { stream, facts, expected, command } => {
                let stream = *stream.get(&self.streams);
                let request = self.request(stream, *facts, *expected, command);
                let answer = journal.append(request.clone()).await.map_err(told);
                assert_eq!(answer, self.append(&request), "{request:?}");
                let known = journal.command(request.command_id).await.unwrap();
                let expected = self.commands.iter().find(|(known, _)| known.command_id == request.command_id);
                let expected = expected
                    .map(|(known, done)| (known.fingerprint.clone(), Appended { repeated: true, ..*done }));
                assert_eq!(known, expected);
            }
            Ask::Archive { stream } => {
                let stream = *stream.get(&self.streams);
                let exists = self.version(stream) > 0;
                assert_eq!(journal.archive(stream).await.unwrap(), exists);
                if exists {
                    self.archived.push(stream);
                }
            }
            Ask::Load { stream, from } => self.compare(journal, *stream.get(&self.streams), *from).await,
            Ask::Together { facts } => {
                let requests = facts.iter().map(|facts| command(Uuid::now_v7(), 0, *facts));
                let requests: Vec<Append> = requests.collect();
                let answers = requests.iter().map(|request| journal.append(request.clone()));
                let answers = futures::future::join_all(answers).await;
                let mut done: Vec<(Appended, Append)> =
                    answers.into_iter().map(Result::unwrap).zip(requests).collect();
                // In which order they came is not for the model to say.
                done.sort_by_key(|(done, _)| done.first_position);
                for (done, request) in done {
                    assert_eq!(Ok(done), self.append(&request));
                    self.streams.push(request.stream_id);
                }
            }
        }
        assert_eq!(journal.head().await.unwrap(), self.head);
    }

    async fn compare(&self, journal: &Journal, stream: Uuid, from: u32) {
        let facts = journal.stream(stream, from).await.unwrap();
        let expected = self.facts.get(&stream).into_iter().flatten().zip(1..);
        let expected = expected.filter(|(_, version)| *version >= from);
        let expected: Vec<_> = expected.map(|((position, id), version)| (*position, *id, version)).collect();
        let found: Vec<_> = facts.iter().map(|fact| (fact.position, fact.event_id, fact.version)).collect();
        assert_eq!(found, expected);
    }
}

/// The refusal, as the model says it.
fn told(error: JournalError) -> String {
    match error {
        JournalError::CommandReused => "reused".into(),
        JournalError::Archived => "archived".into(),
        JournalError::Conflict { actual } => format!("at {actual}"),
        other => panic!("{other}"),
    }
}

#[test]
fn the_journal_does_what_its_model_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let database = runtime.block_on(Database::new());
    let journals = runtime.block_on(async { [database.journal(), database.journal()] });
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&asks(), |asks| {
        runtime.block_on(async {
            let before = journals[0].head().await.unwrap();
            let mut model = Model::new(before);
            for (other, ask) in &asks {
                model.ask(&journals[usize::from(*other)], ask).await;
            }
            for stream in &model.streams {
                model.compare(&journals[0], *stream, 1).await;
            }
            let all = journals[1].after(before, 1000).await.unwrap();
            assert_eq!(positions(&all), (before + 1..=model.head).collect::<Vec<_>>());
            assert_eq!(versions(&all).len(), model.facts.values().map(Vec::len).sum::<usize>());
        });
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(assert_sound(&journals[0]));
    drop(journals);
    drop(database);
}
