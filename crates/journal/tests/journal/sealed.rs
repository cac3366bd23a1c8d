//! What the journal stores of a person is sealed, and stays so for ever once they are forgotten.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use contracts::{
    Class, Facts as _, Recorded,
    case::v1::{CaseClosed, CaseOpened, IdentityCorrected, IdentityRecorded},
    common::v1::Metadata,
    events::Case,
};
use deadpool_postgres::{Manager, Pool};
use eventually::store::{EventStore as _, Expected, Select};
use eventually::versioning::Versioned as _;
use futures::TryStreamExt as _;
use journal::{Journal, JournalError, JournalStore, Stamp};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use tokio_postgres::NoTls;
use uuid::Uuid;
use vocabulary::SystemIds;

use crate::support::{Database, assert_sound, versions};

/// In everything that is personal here, and in nothing else.
const NAME: &str = "Zkrwënholmqxj";
/// In what anyone may see: what is looked for is found when it is there.
const TRACE: &str = "structure-vqzpwjyd";

/// A journal, and the keys of who is in it.
struct Place {
    journals: Database,
    _keys: Database,
    journal: Journal,
    sealer: Arc<Sealer>,
}

impl Place {
    async fn new() -> Self {
        let (journals, keys) = (Database::new().await, Database::bare().await);
        sealing::keys::migrate(&mut keys.client().await).await.unwrap();
        let pool =
            Pool::builder(Manager::new(keys.url().parse().unwrap(), NoTls)).max_size(4).build().unwrap();
        let ring = KeyRing::new(pool, Kek::from_bytes([7; 32]), Arc::new(SystemRandomness));
        let sealer = Arc::new(Sealer::new(ring, sealing::log_id("test"), Arc::new(SystemRandomness)));
        let journal = journals.journal();
        Self { journals, _keys: keys, journal, sealer }
    }

    /// A store for a new command about that person.
    fn store(&self, case_id: Uuid) -> JournalStore<Case> {
        let stamp = Stamp {
            command_id: Uuid::now_v7(),
            fingerprint: b"body".to_vec(),
            case_id: Some(case_id),
            occurred_on: jiff::civil::date(2026, 3, 13),
            recorded_at: "2026-03-14T09:26:53.589793Z".parse().unwrap(),
            metadata: Metadata::default(),
        };
        JournalStore::new(self.journal.clone(), self.sealer.clone(), Arc::new(SystemIds), stamp)
    }

    async fn tell(&self, case_id: Uuid, expected: u32, facts: &[Case]) -> Result<u32, JournalError> {
        self.store(case_id).append(case_id, Expected::Exact(expected), facts.to_vec()).await
    }

    /// A fact as someone sees it who may see these classes, and the classes that were forgotten.
    async fn seen(&self, fact: &Recorded, classes: &[Class]) -> (Case, Vec<Class>) {
        let place = (fact.place(self.sealer.log_id()), fact.payload.clone());
        let mut opened = self.sealer.open_many(vec![place], |class| classes.contains(&class)).await.unwrap();
        let opened = opened.remove(0);
        (Case::decode(fact.kind, &opened.bytes).unwrap(), opened.forgotten)
    }
}

fn opened() -> Case {
    CaseOpened { structure_id: TRACE.into(), opened_on: "2026-03-13".into(), ..Default::default() }.into()
}

fn identity() -> Case {
    IdentityRecorded {
        family_name: NAME.into(),
        given_name: format!("{NAME}-Léa"),
        birth_date: "1990-07-14".into(),
        email: format!("{NAME}@example.org"),
        ..Default::default()
    }
    .into()
}

fn closed(comment: &str) -> Case {
    CaseClosed { closed_on: "2026-03-13".into(), comment: comment.into(), ..Default::default() }.into()
}

/// What of these bytes is in the files under that folder.
fn found_in(dir: &Path, looked_for: &[&'static str]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(found_in(&entry.path(), looked_for));
        } else if let Ok(content) = std::fs::read(entry.path()) {
            let begins: Vec<u8> = looked_for.iter().map(|text| text.as_bytes()[0]).collect();
            let places = content.iter().enumerate().filter(|(_, byte)| begins.contains(byte));
            for rest in places.map(|(index, _)| &content[index..]) {
                found.extend(looked_for.iter().filter(|text| rest.starts_with(text.as_bytes())));
            }
        }
    }
    found
}

#[tokio::test]
async fn what_is_stored_holds_no_byte_of_a_name_and_opens_to_who_may_see_it() {
    let place = Place::new().await;
    let (person, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(place.tell(person, 0, &[opened(), identity()]).await.unwrap(), 2);
    assert_eq!(place.tell(person, 2, &[closed(NAME)]).await.unwrap(), 3);
    assert_eq!(place.tell(other, 0, &[opened(), identity()]).await.unwrap(), 2);

    // To whom no key is given, traces are all there is, through the traits as well.
    let read = place.store(person);
    let facts: Vec<_> = read.stream(person, Select::All).await.unwrap().try_collect().await.unwrap();
    let facts: Vec<(u32, Case)> = facts.into_iter().map(|fact| (fact.version(), fact.take())).collect();
    let nobody: Case = IdentityRecorded::default().into();
    // What was sealed is kept as a field that the contract does not know.
    let traces: Vec<Case> =
        facts.iter().map(|(_, fact)| Case::decode(fact.encode().0, &clear(fact)).unwrap()).collect();
    assert_eq!(traces, [opened(), nobody.clone(), closed("")]);

    let facts = place.journal.stream(person, 1).await.unwrap();
    assert_eq!(versions(&facts), [1, 2, 3]);
    let [identity_fact, closing] = [&facts[1], &facts[2]];
    assert_eq!(place.seen(identity_fact, &[Class::Identity]).await, (identity(), vec![]));
    assert_eq!(place.seen(identity_fact, &[Class::Social, Class::Health]).await, (nobody, vec![]));
    assert_eq!(place.seen(closing, &[Class::Social]).await, (closed(NAME), vec![]));
    assert_eq!(place.seen(closing, &[Class::Identity]).await, (closed(""), vec![]));
    // A part is bound to its fact: beside another one, or about another person, it does not open.
    let stranger = place.journal.stream(other, 1).await.unwrap();
    for elsewhere in [closing, &stranger[1]] {
        let moved = (elsewhere.place(place.sealer.log_id()), identity_fact.payload.clone());
        assert!(place.sealer.open_many(vec![moved], |_| true).await.is_err());
    }

    // Neither in tables, nor in files, logs or what was written ahead; keys and journal alike.
    place.journals.client().await.batch_execute("checkpoint").await.unwrap();
    let looked_for = [TRACE, NAME, &NAME[..6], &NAME[6..], "@example.org", "1990-07-14"];
    assert_eq!(
        found_in(place.journals.dir(), &looked_for),
        BTreeSet::from([TRACE]),
        "only what may be there"
    );
    assert_sound(&place.journal).await;
}

/// The bytes of a fact without its sealed parts.
fn clear(fact: &Case) -> Vec<u8> {
    Sealer::open_none(&fact.encode().1).unwrap()
}

#[tokio::test]
async fn nothing_personal_is_recorded_about_who_was_forgotten() {
    let place = Place::new().await;
    let (person, other) = (Uuid::now_v7(), Uuid::now_v7());
    for person in [person, other] {
        place.tell(person, 0, &[opened(), identity()]).await.unwrap();
    }
    place.sealer.ring().forget(person, &[Class::Identity]).await.unwrap();
    let corrected: Case = IdentityCorrected { family_name: NAME.into(), ..Default::default() }.into();
    // Nothing of a command that says something personal, the rest of it included.
    for facts in [vec![corrected.clone()], vec![closed(""), corrected.clone()], vec![identity(), closed("")]]
    {
        let refused = place.tell(person, 2, &facts).await;
        assert!(matches!(refused, Err(JournalError::Forgotten)), "{refused:?}");
    }
    assert_eq!(place.journal.head().await.unwrap(), 4);
    // Traces go on, other classes and other persons too.
    assert_eq!(place.tell(person, 2, &[closed("")]).await.unwrap(), 3);
    assert_eq!(place.tell(person, 3, &[closed(NAME)]).await.unwrap(), 4);
    assert_eq!(place.tell(other, 2, &[corrected]).await.unwrap(), 3);

    let facts = place.journal.stream(person, 1).await.unwrap();
    assert_eq!(versions(&facts), [1, 2, 3, 4]);
    let nobody: Case = IdentityRecorded::default().into();
    assert_eq!(place.seen(&facts[0], &Class::PERSONAL).await, (opened(), vec![]));
    assert_eq!(place.seen(&facts[1], &Class::PERSONAL).await, (nobody, vec![Class::Identity]));
    assert_eq!(place.seen(&facts[3], &Class::PERSONAL).await, (closed(NAME), vec![]));
    let theirs = place.journal.stream(other, 1).await.unwrap();
    assert_eq!(place.seen(&theirs[1], &Class::PERSONAL).await, (identity(), vec![]));

    place.sealer.ring().forget(person, &Class::PERSONAL).await.unwrap();
    let refused = place.tell(person, 4, &[closed(NAME)]).await;
    assert!(matches!(refused, Err(JournalError::Forgotten)), "{refused:?}");
    assert_eq!(place.seen(&facts[3], &Class::PERSONAL).await, (closed(""), vec![Class::Social]));
    assert_eq!(place.tell(person, 4, &[closed("")]).await.unwrap(), 5);
    assert_sound(&place.journal).await;
}

#[tokio::test]
async fn keys_asked_for_while_a_command_is_decided_open_nothing_that_was_forgotten_meanwhile() {
    let place = Place::new().await;
    let person = Uuid::now_v7();
    place.tell(person, 0, &[opened(), identity()]).await.unwrap();
    let ahead = |expected, fact: Case| {
        let mut store = place.store(person);
        store.ask_for_keys(person, Class::PERSONAL.into());
        async move { store.append(person, Expected::Exact(expected), vec![fact]).await }
    };
    assert_eq!(ahead(2, identity()).await.unwrap(), 3);
    // Of a class that has no key yet, one is made as ever.
    assert_eq!(ahead(3, closed(NAME)).await.unwrap(), 4);

    // A command that had its keys before the person was forgotten, and another that asks for them after.
    let mut begun = place.store(person);
    begun.ask_for_keys(person, Class::PERSONAL.into());
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    place.sealer.ring().forget(person, &[Class::Identity]).await.unwrap();
    let stated = begun.append(person, Expected::Exact(4), vec![identity()]).await;
    let refused = ahead(4 + u32::from(stated.is_ok()), identity()).await;
    assert!(matches!(refused, Err(JournalError::Forgotten)), "{refused:?}");

    let facts = place.journal.stream(person, 1).await.unwrap();
    assert_eq!(facts.len(), 5, "the keys were there before they were destroyed: {stated:?}");
    let nobody: Case = IdentityRecorded::default().into();
    for fact in [&facts[1], &facts[2], &facts[4]] {
        assert_eq!(place.seen(fact, &Class::PERSONAL).await, (nobody.clone(), vec![Class::Identity]));
    }
    assert_eq!(place.seen(&facts[3], &Class::PERSONAL).await, (closed(NAME), vec![]));
    assert_sound(&place.journal).await;
}
