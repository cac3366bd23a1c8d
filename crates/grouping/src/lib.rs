//! What many ask at once, asked together: whatever waits is taken as one group and answered by one query, so that the
//! more there is to ask, the less each question costs. No timer: with little to do everyone is served alone, at once,
//! and under load groups grow by themselves.

use std::future::Future;

use tokio::sync::{mpsc, oneshot};

/// How much is asked together.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Questions in one group.
    pub group: usize,
    /// Questions that may wait; beyond, callers wait their turn to enter.
    pub waiting: usize,
}

/// Where to ask. Questions that arrive while a group is being answered make the next one.
#[derive(Debug)]
pub struct Groups<Q, A>(mpsc::Sender<Asked<Q, A>>);

#[derive(Debug)]
struct Asked<Q, A> {
    question: Q,
    answer: oneshot::Sender<A>,
}

impl<Q: Send + 'static, A: Send + 'static> Groups<Q, A> {
    /// Has each group answered by `answer`, in a task that ends with the last of those who may ask: one answer a
    /// question, in their order.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn start<F, Answers>(limits: Limits, answer: F) -> Self
    where
        F: Fn(Vec<Q>) -> Answers + Send + 'static,
        Answers: Future<Output = Vec<A>> + Send + 'static,
    {
        let (questions, waiting) = mpsc::channel(limits.waiting);
        tokio::spawn(run(limits.group, answer, waiting));
        Self(questions)
    }

    /// The answer to that question, asked after the call began; none when nobody answers any more.
    pub async fn ask(&self, question: Q) -> Option<A> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Asked { question, answer }).await.ok()?;
        answered.await.ok()
    }
}

async fn run<Q, A, F, Answers>(most: usize, answer: F, mut waiting: mpsc::Receiver<Asked<Q, A>>)
where
    F: Fn(Vec<Q>) -> Answers,
    Answers: Future<Output = Vec<A>>,
{
    let (mut group, mut busy) = (Vec::with_capacity(most), false);
    while waiting.recv_many(&mut group, most).await > 0 {
        if busy && group.len() < most {
            // Those who were just answered may ask again at once: they are let in first.
            tokio::task::yield_now().await;
            while let Some(asked) = (group.len() < most).then(|| waiting.try_recv().ok()).flatten() {
                group.push(asked);
            }
        }
        busy = group.len() > 1;
        // Whoever asked may have gone: there is nobody to tell, before or after.
        group.retain(|asked| !asked.answer.is_closed());
        if group.is_empty() {
            continue;
        }
        let (questions, askers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|asked| (asked.question, asked.answer)).unzip();
        for (asker, answer) in askers.into_iter().zip(answer(questions).await) {
            let _ = asker.send(answer);
        }
    }
}
