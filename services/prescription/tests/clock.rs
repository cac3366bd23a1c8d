//! What is due is done, once, whatever else is refused, in conflict, or dies: on a private Postgres.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use contracts::{case::v1::CaseOpened, events};
use futures::FutureExt as _;
use prescription::{
    domain::{Event, PrescriptionKind, PrescriptionPrepared, PrescriptionSent, commands::NoAnswer},
    reactions::AwaitedAnswers,
};
use service::{
    BoxError, Command as _, Outcome, Problem, Request, Runtime, Target,
    agenda::{AgendaHandle, agenda, clock},
    execute,
};
use testkit::{ground::Ground, scenario::id};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const NOW: &str = "2026-05-04T09:00:00Z";

/// The service on its ground, and an open case.
async fn ground() -> (Ground, Uuid) {
    let ground = Ground::of(prescription::service(), NOW).await;
    let case = Uuid::now_v7();
    let opened = CaseOpened { structure_id: id(1).to_string(), ..Default::default() };
    ground.append::<events::Case>(case, Some(case), None, vec![opened.into()]).await;
    (ground, case)
}

/// Sent that day to an organisation that has no post in Jalon, and awaited until that other day.
async fn sent(ground: &Ground, case: Uuid, on: &str, due: &str) -> Uuid {
    let prescription = Uuid::now_v7();
    let kind = PrescriptionKind::FORMATION.into();
    let prepared = PrescriptionPrepared { kind, addressee_id: id(2).to_string(), ..Default::default() };
    let sent = PrescriptionSent {
        kind,
        sent_on: on.into(),
        answer_due_on: due.into(),
        addressee_id: id(2).to_string(),
        ..Default::default()
    };
    let facts: Vec<Event> = vec![prepared.into(), sent.into()];
    ground.append(prescription, Some(case), None, facts).await;
    prescription
}

/// One whose silence is due since that morning, and nothing else.
async fn silent(ground: &Ground, case: Uuid) -> Uuid {
    sent(ground, case, "2026-04-29", "2026-05-03").await
}

async fn round(ground: &Ground, agendas: &[AgendaHandle]) -> Result<usize, BoxError> {
    ground.up_to_date().await;
    clock::round(agendas, &ground.runtime).await
}

/// How many times that prescription was said to be without answer.
async fn silences(ground: &Ground, prescription: Uuid) -> usize {
    let facts = ground.runtime.journal.stream(prescription, 1).await.expect("read");
    facts.iter().filter(|fact| fact.kind.name == "PrescriptionUnanswered").count()
}

async fn refusals(ground: &Ground) -> Vec<String> {
    let client = ground.runtime.pool.get().await.expect("a connection");
    let rows = client.query("select rule from service.due_refused", &[]).await.expect("read");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_keeps_nothing_else_from_being_done() {
    let (ground, case) = ground().await;
    for _ in 0..201 {
        // Its reminder is due since 30 April, and there is nobody to remind.
        sent(&ground, case, "2026-04-20", "2026-06-19").await;
    }
    let last = silent(&ground, case).await;
    let agendas = prescription::service().agendas;
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 200, "as many as are taken at once");
    assert_eq!(silences(&ground, last).await, 0, "its turn has not come");
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 2, "the 201st, and the one behind it");
    assert_eq!(silences(&ground, last).await, 1);
    assert_eq!(refusals(&ground).await, vec!["prescription.relance-recue"; 201]);
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 0, "nothing is asked for again");
}

async fn state(runtime: Arc<Runtime>, target: Uuid, request: Request) -> Result<Outcome, Problem> {
    execute(&runtime, Target::Existing(target), NoAnswer {}, request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_no_refusal_and_is_tried_again() {
    static LEFT: AtomicU32 = AtomicU32::new(3);
    let (ground, case) = ground().await;
    let prescription = silent(&ground, case).await;
    let in_conflict = agenda::<AwaitedAnswers>().does(NoAnswer::NAME, |runtime, target, _, request| {
        async move {
            let faster = LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match faster {
                Ok(_) => Err(journal::JournalError::Conflict { actual: 3 }.into()),
                Err(_) => state(runtime, target, request).await,
            }
        }
        .boxed()
    });
    let agendas = [in_conflict];
    for _ in 0..3 {
        round(&ground, &agendas).await.expect_err("somebody was faster");
        assert_eq!(silences(&ground, prescription).await, 0);
        assert_eq!(refusals(&ground).await, Vec::<String>::new(), "nothing is remembered of it");
    }
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 1);
    assert_eq!(silences(&ground, prescription).await, 1);
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_do_each_thing_once() {
    let (ground, case) = ground().await;
    let mut prescriptions = Vec::new();
    for _ in 0..60 {
        prescriptions.push(silent(&ground, case).await);
    }
    ground.up_to_date().await;
    let cancel = CancellationToken::new();
    let worker = || {
        let agendas = prescription::service().agendas;
        tokio::spawn(clock::work(agendas, ground.runtime.clone(), cancel.clone()))
    };
    let (one, other) = (worker(), worker());
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    for prescription in &prescriptions {
        while silences(&ground, *prescription).await == 0 {
            assert!(tokio::time::Instant::now() < end, "not everything was done");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // Both look once more before they stop.
    tokio::time::sleep(Duration::from_millis(200)).await;
    cancel.cancel();
    one.await.expect("it stops");
    other.await.expect("it stops");
    for prescription in prescriptions {
        assert_eq!(silences(&ground, prescription).await, 1);
    }
    assert_eq!(refusals(&ground).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_command_and_before_the_agenda_saw_it_a_worker_does_it_once() {
    static DONE: AtomicU32 = AtomicU32::new(0);
    let (ground, case) = ground().await;
    let prescription = silent(&ground, case).await;
    ground.up_to_date().await;
    // The agenda sees nothing for a while: whoever looks finds the same due again.
    let held = ground.runtime.pool.get().await.expect("a connection");
    held.batch_execute("select pg_advisory_lock(42)").await.expect("held");
    let ground = Arc::new(ground);
    let (owner, blind) = (
        ground.clone(),
        "begin; lock table read.awaited_answers_agenda_due in exclusive mode; select pg_advisory_lock(42); commit",
    );
    let blind = tokio::spawn(async move { owner.as_owner(blind).await });
    let locked = "select from pg_locks where locktype = 'advisory' and not granted";
    while held.query(locked, &[]).await.expect("read").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let dying = agenda::<AwaitedAnswers>().does(NoAnswer::NAME, |runtime, target, _, request| {
        async move {
            let outcome = state(runtime, target, request).await;
            DONE.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
            outcome
        }
        .boxed()
    });
    let runtime = ground.runtime.clone();
    let worker = tokio::spawn(async move { clock::round(&[dying], &runtime).await.map_err(|_| ()) });
    while DONE.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    worker.abort();
    assert!(worker.await.is_err_and(|why| why.is_cancelled()));
    assert_eq!(silences(&ground, prescription).await, 1);
    let agendas = prescription::service().agendas;
    let again = clock::round(&agendas, &ground.runtime).await.expect("a round");
    assert_eq!(again, 1, "it is found due, and was done");
    assert_eq!(silences(&ground, prescription).await, 1, "once");
    held.batch_execute("select pg_advisory_unlock(42)").await.expect("let go");
    blind.await.expect("it sees again");
    assert_eq!(round(&ground, &agendas).await.expect("a round"), 0);
    assert_eq!(silences(&ground, prescription).await, 1);
    assert_eq!(refusals(&ground).await, Vec::<String>::new());
}
