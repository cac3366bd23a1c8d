//! The journal behind the traits of `eventually` does what its store in memory does; and what only a
//! journal does.

use std::sync::Arc;

use contracts::{
    EnumValue, Facts as _,
    case::v1::CaseOpened,
    common::v1::Metadata,
    employment::v1::{ContractKind, EmploymentStarted, HoursChanged},
    events::{Case, Employment},
};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{AppendError as _, EventStore, Expected, Persisted, Select};
use eventually::versioning::Versioned as _;
use futures::TryStreamExt as _;
use journal::{Journal, JournalError, JournalStore, PAGE, Stamp};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use tokio_postgres::NoTls;
use uuid::Uuid;
use vocabulary::SystemIds;

use crate::support::{Database, assert_sound, beginning, fact};

fn started() -> Employment {
    let contract = EnumValue::from(ContractKind::CDDI);
    EmploymentStarted { contract, weekly_minutes: 26 * 60, ..Default::default() }.into()
}

fn hours(weekly_minutes: u32) -> Employment {
    HoursChanged { weekly_minutes, ..Default::default() }.into()
}

/// A stamp for a new command.
fn stamp() -> Stamp {
    Stamp {
        command_id: Uuid::now_v7(),
        fingerprint: b"body".to_vec(),
        case_id: None,
        occurred_on: jiff::civil::date(2026, 3, 13),
        recorded_at: "2026-03-14T09:26:53.589793Z".parse().unwrap(),
        metadata: Metadata::default(),
    }
}

/// A store for a new command. Its keys are never asked for: these facts have nothing personal.
fn store<E: contracts::Facts>(journal: &Journal) -> JournalStore<E> {
    let nowhere = Manager::new("postgres://jalon@127.0.0.1:1/nowhere".parse().unwrap(), NoTls);
    let ring = KeyRing::new(
        Pool::builder(nowhere).build().unwrap(),
        Kek::from_bytes([7; 32]),
        Arc::new(SystemRandomness),
    );
    let sealer = Arc::new(Sealer::new(ring, sealing::log_id("test"), Arc::new(SystemRandomness)));
    JournalStore::new(journal.clone(), sealer, Arc::new(SystemIds), stamp())
}

/// What a stream holds: version and fact.
async fn stream<S>(store: &S, id: Uuid, select: Select) -> Vec<(u32, Employment)>
where
    S: EventStore<SourceId = Uuid, Event = Employment>,
{
    let facts: Vec<Persisted<Uuid, Employment>> =
        store.stream(id, select).await.unwrap().try_collect().await.unwrap();
    assert!(facts.iter().all(|fact| *fact.source_id() == id));
    assert!(facts.is_sorted_by(|before, after| before.sequence_number() < after.sequence_number()));
    facts.into_iter().map(|fact| (fact.version(), fact.take())).collect()
}

/// What all streams hold, in order.
async fn all<S>(store: &S, select: Select) -> Vec<Persisted<Uuid, Employment>>
where
    S: EventStore<SourceId = Uuid, Event = Employment>,
{
    store.stream_all(select).await.unwrap().try_collect().await.unwrap()
}

/// What every store promises; `store` gives one for a new command, on the same empty place.
async fn conforms<S>(store: impl Fn() -> S)
where
    S: EventStore<SourceId = Uuid, Event = Employment>,
{
    let (first, second, nobody) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(stream(&store(), first, Select::All).await, []);
    assert_eq!(all(&store(), Select::All).await, []);

    assert_eq!(store().append(first, Expected::Exact(0), vec![started(), hours(1)]).await.unwrap(), 2);
    assert_eq!(store().append(second, Expected::Any, vec![started()]).await.unwrap(), 1);
    assert_eq!(store().append(first, Expected::Exact(2), vec![hours(2)]).await.unwrap(), 3);
    assert_eq!(store().append(first, Expected::Any, vec![hours(3), hours(4)]).await.unwrap(), 5);
    assert_eq!(store().append(second, Expected::Exact(1), vec![hours(5)]).await.unwrap(), 2);

    for (id, wrong) in [(first, 0), (first, 4), (first, 6), (second, 0), (second, 3), (nobody, 1)] {
        let refused = store().append(id, Expected::Exact(wrong), vec![hours(9), hours(9)]).await;
        assert!(refused.unwrap_err().is_conflict_error(), "{wrong}");
    }

    let whole = [(1, started()), (2, hours(1)), (3, hours(2)), (4, hours(3)), (5, hours(4))];
    assert_eq!(stream(&store(), first, Select::All).await, whole);
    for from in [0, 1, 3, 5, 6, 100, u32::MAX] {
        let expected: Vec<_> = whole.iter().filter(|(version, _)| *version >= from).cloned().collect();
        assert_eq!(stream(&store(), first, Select::From(from)).await, expected, "from {from}");
    }
    assert_eq!(stream(&store(), second, Select::All).await, [(1, started()), (2, hours(5))]);
    assert_eq!(stream(&store(), nobody, Select::All).await, []);

    let seen = all(&store(), Select::All).await;
    let order = [(first, 1), (first, 2), (second, 1), (first, 3), (first, 4), (first, 5), (second, 2)];
    let found: Vec<_> = seen.iter().map(|fact| (*fact.source_id(), fact.version())).collect();
    assert_eq!(found, order);
    let begin = seen[0].sequence_number();
    let numbers = seen.iter().map(Persisted::sequence_number);
    assert!(numbers.eq(begin..begin + 7), "without a gap");
    for (index, from) in seen.iter().enumerate() {
        assert_eq!(all(&store(), Select::From(from.sequence_number())).await, seen[index..]);
    }
    assert_eq!(all(&store(), Select::From(begin + 7)).await, []);
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    let store = eventually::inmemory::EventStore::<Uuid, Employment>::default();
    conforms(|| store.clone()).await;
}

#[tokio::test]
async fn the_journal_conforms() {
    let database = Database::new().await;
    let journal = database.journal();
    conforms(|| store(&journal)).await;
    assert_eq!(assert_sound(&journal).await.facts, 7);
    // The store of a command says what its append did, and the same command is applied once.
    let (mut first, id) = (store(&journal), Uuid::now_v7());
    let mut again = first.clone();
    assert_eq!(first.append(id, Expected::Exact(0), vec![started()]).await.unwrap(), 1);
    assert_eq!(again.append(id, Expected::Exact(0), vec![started()]).await.unwrap(), 1);
    let done = first.appended().unwrap();
    assert_eq!((done.first_position, done.repeated), (8, true));
    assert_eq!(journal.head().await.unwrap(), 8);
}

#[tokio::test]
async fn nothing_is_ever_removed_from_the_journal() {
    let database = Database::new().await;
    let journal = database.journal();
    let id = Uuid::now_v7();
    store(&journal).append(id, Expected::Any, vec![started(), hours(1)]).await.unwrap();
    for _ in 0..2 {
        let refused = store::<Employment>(&journal).remove(id).await;
        assert!(matches!(refused, Err(JournalError::NeverDeleted)), "{refused:?}");
    }
    assert_eq!(stream(&store(&journal), id, Select::All).await, [(1, started()), (2, hours(1))]);
    assert_eq!(assert_sound(&journal).await.facts, 2);
}

#[tokio::test]
async fn facts_of_other_aggregates_are_passed_over() {
    let database = Database::new().await;
    let journal = database.journal();
    let opened: Case = CaseOpened { opened_on: "2026-03-13".into(), ..Default::default() }.into();
    let mut cases = 0;
    // More than some pages, of which some hold no fact of employment at all.
    for round in 0..4_u32 {
        let mut others = beginning(0);
        let (kind, payload) = opened.encode();
        others.facts = (0..PAGE * 5 / 4).map(|_| fact(kind, &payload)).collect();
        cases += others.facts.len();
        journal.append(others).await.unwrap();
        let id = Uuid::now_v7();
        store(&journal).append(id, Expected::Any, vec![started(), hours(round)]).await.unwrap();
    }
    let seen = all(&store(&journal), Select::All).await;
    assert_eq!(seen.len(), 8);
    let facts: Vec<Employment> = seen.iter().map(|fact| (**fact).clone()).collect();
    assert_eq!(facts, (0..4).flat_map(|round| [started(), hours(round)]).collect::<Vec<_>>());
    let numbers: Vec<u32> = seen.iter().map(Persisted::sequence_number).collect();
    assert!(numbers.is_sorted_by(|before, after| before < after));
    let facts: Vec<Persisted<Uuid, Case>> =
        store::<Case>(&journal).stream_all(Select::All).await.unwrap().try_collect().await.unwrap();
    assert_eq!(facts.len(), cases);
    // A stream of another aggregate is none of this one.
    let case = *facts[0].source_id();
    let employments = store::<Employment>(&journal);
    let read = employments.stream(case, Select::All).await.unwrap().try_collect::<Vec<_>>().await;
    assert!(matches!(read, Err(JournalError::Corrupt { position: 1, .. })));
}

#[tokio::test]
async fn a_position_beyond_what_a_sequence_number_holds_is_an_error_of_its_own() {
    let database = Database::new().await;
    let client = database.client().await;
    let last = i64::from(u32::MAX);
    let far = format!(
        "update journal.layout set facts = {}; update journal.head set position = {}; select journal.prepare()",
        10 * last,
        last - 1
    );
    client.batch_execute(&far).await.unwrap();
    let journal = database.journal();
    let id = Uuid::now_v7();
    store(&journal).append(id, Expected::Exact(0), vec![started()]).await.unwrap();
    let facts: Vec<_> = store(&journal).stream(id, Select::All).await.unwrap().try_collect().await.unwrap();
    let facts: Vec<Persisted<Uuid, Employment>> = facts;
    assert_eq!(facts[0].sequence_number(), u32::MAX);
    // The journal itself goes on.
    assert_eq!(store(&journal).append(id, Expected::Exact(1), vec![hours(1)]).await.unwrap(), 2);
    assert_eq!(journal.after(last, 10).await.unwrap()[0].position, last + 1);
    let read = store::<Employment>(&journal);
    let one = read.stream(id, Select::All).await.unwrap().try_collect::<Vec<_>>().await;
    let all = read.stream_all(Select::From(u32::MAX)).await.unwrap().try_collect::<Vec<_>>().await;
    for beyond in [one, all] {
        assert!(matches!(&beyond, Err(JournalError::OutOfRange(position)) if *position == last + 1));
    }
}
