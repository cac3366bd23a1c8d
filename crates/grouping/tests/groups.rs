//! Everyone has their own answer, and what waits is asked together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use grouping::{Groups, Limits};
use tokio::{
    sync::{Mutex, Notify},
    task::JoinSet,
};

const LIMITS: Limits = Limits { group: 8, waiting: 64 };

/// Answers twice the question once let through, and keeps how many were asked together.
fn doubles(gate: Arc<Notify>, sizes: Arc<Mutex<Vec<usize>>>) -> Groups<u32, u32> {
    Groups::start(LIMITS, move |questions: Vec<u32>| {
        let (gate, sizes) = (gate.clone(), sizes.clone());
        async move {
            sizes.lock().await.push(questions.len());
            gate.notified().await;
            questions.into_iter().map(|question| question * 2).collect()
        }
    })
}

async fn settled() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_waits_is_asked_together_within_the_limit_and_everyone_has_their_own_answer() {
    let (gate, sizes) = (Arc::new(Notify::new()), Arc::default());
    let groups = Arc::new(doubles(gate.clone(), Arc::clone(&sizes)));
    let mut asking = JoinSet::new();
    let first = groups.clone();
    asking.spawn(async move { (100, first.ask(100).await) });
    settled().await;
    for question in 0..20 {
        let groups = groups.clone();
        asking.spawn(async move { (question, groups.ask(question).await) });
    }
    settled().await;
    while !asking.is_empty() {
        gate.notify_one();
        settled().await;
        while let Some(asked) = asking.try_join_next() {
            let (question, answer) = asked.unwrap();
            assert_eq!(answer, Some(question * 2));
        }
    }
    assert_eq!(*sizes.lock().await, [1, 8, 8, 4]);
}

#[tokio::test]
async fn who_has_gone_is_not_asked_for_and_disturbs_nobody() {
    let (gate, sizes) = (Arc::new(Notify::new()), Arc::default());
    let groups = Arc::new(doubles(gate.clone(), Arc::clone(&sizes)));
    let ask = |question| {
        let groups = groups.clone();
        tokio::spawn(async move { groups.ask(question).await })
    };
    let first = ask(1);
    settled().await;
    let (gone, second) = (ask(2), ask(3));
    settled().await;
    gone.abort();
    settled().await;
    for _ in 0..2 {
        gate.notify_one();
        settled().await;
    }
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Some(2), Some(6)));
    assert_eq!(*sizes.lock().await, [1, 1]);
}

#[tokio::test]
async fn a_question_without_an_answer_is_not_left_waiting() {
    let silent = Groups::start(LIMITS, |_: Vec<u32>| async { Vec::<u32>::new() });
    let asked = tokio::time::timeout(Duration::from_secs(10), silent.ask(1)).await;
    assert_eq!(asked, Ok(None));
}

#[tokio::test]
async fn a_group_that_panics_leaves_nobody_waiting() {
    static FIRST: AtomicBool = AtomicBool::new(true);
    let groups = Groups::start(LIMITS, |questions: Vec<u32>| async move {
        assert!(!FIRST.swap(false, Ordering::Relaxed), "as a defect would");
        questions
    });
    for _ in 0..2 {
        let asked = tokio::time::timeout(Duration::from_secs(10), groups.ask(1)).await;
        assert_eq!(asked, Ok(None));
    }
}
