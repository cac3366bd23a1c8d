//! Servers, connections and writers that die under load: what was acknowledged is there, whole and in
//! order, nothing is there that was not asked for, and the same commands sent again change nothing.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream};
use journal::{Append, Appended, Journal, JournalError, QueueSettings, Settings};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    task::JoinHandle,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{
    proxy::Proxy,
    support::{Database, LIMIT, assert_sound, below, command, connect, durable, open, until_some},
};

/// Where the process of writers writes; without it there is nothing to write.
const WRITES_TO: &str = "JOURNAL_TEST_WRITES_TO";
/// What its lines begin with.
const MARK: &str = "writers: ";
/// Commands a stream gets.
const LENGTH: usize = 12;

/// The command of that number on that stream, known in advance: whoever comes after a crash makes it again.
fn planned(stream: Uuid, number: usize) -> Append {
    let count = |number| 1 + number as u32 % 3;
    let id = |name: String| Uuid::new_v5(&stream, name.as_bytes());
    let mut request = command(stream, (0..number).map(count).sum(), count(number));
    request.command_id = id(format!("{number}"));
    request.fingerprint = request.command_id.as_bytes().to_vec();
    for (fact, step) in request.facts.iter_mut().zip(1..) {
        fact.event_id = id(format!("{number}/{step}"));
        fact.payload = fact.event_id.as_bytes().repeat(4);
    }
    request
}

/// What a writer knows of one stream: its first commands were acknowledged, one more may have been sent.
struct Written {
    stream: Uuid,
    acknowledged: Vec<Appended>,
    /// Whether the journal did not answer in time to the last command.
    abandoned: bool,
}

/// Writes the commands of one stream, until told to stop or left without an answer.
async fn write(journal: &Journal, stop: &AtomicBool, mut tell: impl FnMut(usize, Appended)) -> Written {
    let mut written = Written { stream: Uuid::now_v7(), acknowledged: Vec::new(), abandoned: false };
    while written.acknowledged.len() < LENGTH && !stop.load(Ordering::Relaxed) {
        let number = written.acknowledged.len();
        match journal.append(planned(written.stream, number)).await {
            Ok(appended) => {
                tell(number, appended);
                written.acknowledged.push(appended);
            }
            Err(JournalError::Unavailable(_)) => {
                written.abandoned = true;
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    written
}

/// Writers at work.
struct Load {
    writers: Vec<JoinHandle<Vec<Written>>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
}

impl Load {
    fn start(journal: &Journal, writers: usize) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let write_on = || {
            let (journal, stop, acknowledged) = (journal.clone(), stop.clone(), acknowledged.clone());
            async move {
                let mut all = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let tell = |_, _| {
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    };
                    all.push(write(&journal, &stop, tell).await);
                }
                all
            }
        };
        let writers = (0..writers).map(|_| tokio::spawn(write_on())).collect();
        Self { writers, stop, acknowledged }
    }

    /// Waits until some more was acknowledged, and a moment of no particular length.
    async fn progress(&self) {
        let before = self.acknowledged.load(Ordering::Relaxed);
        let more = async || {
            assert!(
                !self.writers.iter().any(JoinHandle::is_finished),
                "a writer was told something it cannot be"
            );
            (self.acknowledged.load(Ordering::Relaxed) > before + 40).then_some(())
        };
        until_some("some progress", more).await;
        sleep(Duration::from_micros(below(30_000).into())).await;
    }

    async fn stop(self) -> Vec<Written> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for writer in self.writers {
            all.extend(timeout(LIMIT, writer).await.unwrap().unwrap());
        }
        all
    }
}

/// A journal that waits for the server as long as it takes, and one that soon gives up.
fn patient_and_impatient(url: &str) -> [Journal; 2] {
    let queue = QueueSettings { patience: Duration::from_millis(50), ..QueueSettings::default() };
    [open(url), Journal::open(Settings::from_url(url).unwrap(), queue)]
}

/// Runs both kinds of writers while something breaks several times, and checks what is left. Returns what
/// was written.
async fn break_under_load(url: &str, times: usize, mut break_it: impl AsyncFnMut()) -> Vec<Written> {
    let [patient, impatient] = patient_and_impatient(url).map(|journal| Load::start(&journal, 8));
    for _ in 0..times {
        tokio::join!(patient.progress(), impatient.progress());
        break_it().await;
    }
    tokio::join!(patient.progress(), impatient.progress());
    let (mut written, impatient) = tokio::join!(patient.stop(), impatient.stop());
    assert!(written.iter().all(|written| !written.abandoned), "who is patient is answered in the end");
    written.extend(impatient);
    written
}

/// Waits until those who wrote have gone, to their last connection: one that looks idle may have an append
/// left to read.
async fn until_gone(url: &str) {
    let others = "select from pg_stat_activity where datname = current_database()
                  and backend_type = 'client backend' and pid <> pg_backend_pid()";
    let client = connect(url).await;
    until_some("the end of the writers", async || {
        client.query(others, &[]).await.unwrap().is_empty().then_some(())
    })
    .await;
}

/// Compares a stream with its plan: whole commands, in order, at least those that were acknowledged and at
/// most one more. Returns how many facts it has.
async fn assert_planned(journal: &Journal, written: &Written) -> usize {
    let facts = journal.stream(written.stream, 1).await.unwrap();
    let (mut rest, mut number) = (facts.as_slice(), 0);
    while !rest.is_empty() {
        let plan = planned(written.stream, number);
        assert!(rest.len() >= plan.facts.len(), "half a command");
        let (own, after) = rest.split_at(plan.facts.len());
        for ((fact, given), step) in own.iter().zip(&plan.facts).zip(0..) {
            assert_eq!((fact.event_id, fact.command_id), (given.event_id, plan.command_id));
            assert_eq!(fact.payload, given.payload);
            assert_eq!(fact.position, own[0].position + step, "the facts of a command follow one another");
            assert_eq!(i64::from(fact.version), i64::from(plan.expected) + 1 + step);
        }
        if let Some(told) = written.acknowledged.get(number) {
            let last = own.last().unwrap();
            assert_eq!((told.first_position, told.last_position()), (own[0].position, last.position));
            assert_eq!((told.stream_id, told.version), (written.stream, last.version));
        }
        (rest, number) = (after, number + 1);
    }
    assert!(number >= written.acknowledged.len(), "acknowledged, and not stored");
    assert!(number <= written.acknowledged.len() + 1, "stored, and never sent");
    facts.len()
}

/// Checks that the journal holds what it acknowledged and nothing that was not sent; then sends it all again.
async fn assert_kept(url: &str, written: &[Written]) {
    until_gone(url).await;
    let journal = &open(url);
    let head = assert_sound(journal).await.head;
    let facts = stream::iter(written).then(|written| assert_planned(journal, written));
    assert_eq!(facts.collect::<Vec<_>>().await.iter().sum::<usize>(), usize::try_from(head).unwrap());
    let again = stream::iter(written).for_each_concurrent(24, async |written| {
        for (number, told) in written.acknowledged.iter().enumerate() {
            let answer = journal.append(planned(written.stream, number)).await.unwrap();
            assert_eq!(answer, Appended { repeated: true, ..*told });
        }
    });
    again.await;
    assert_eq!(journal.head().await.unwrap(), head, "the same commands change nothing");
    // Those whose outcome nobody knows: they are there once, whether they were before or not.
    let unknown = stream::iter(written).for_each_concurrent(24, async |written| {
        let last = || planned(written.stream, written.acknowledged.len());
        let first = journal.append(last()).await.unwrap();
        let second = journal.append(last()).await.unwrap();
        assert_eq!(second, Appended { repeated: true, ..first });
    });
    unknown.await;
    assert_sound(journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_server_that_is_killed() {
    let (mut server, url) = durable().await;
    let written = break_under_load(&url, 4, async || server.restart().await.unwrap()).await;
    assert_kept(&url, &written).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_backends_that_are_killed() {
    let (_server, url) = durable().await;
    let at_work =
        "select pid from pg_stat_activity where datname = current_database() and query like '%append%'
                   and pid <> pg_backend_pid() order by random() limit 1";
    let written = break_under_load(&url, 4, async || {
        // The others end with it, and this connection too.
        let client = connect(&url).await;
        let pid: i32 = client.query_one(at_work, &[]).await.unwrap().get(0);
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status().await;
        assert!(killed.unwrap().success());
        until_some("the end of the others", async || client.is_closed().then_some(())).await;
        until_some("the server", async || Settings::from_url(&url).unwrap().connect().await.ok()).await;
    });
    let written = written.await;
    assert_kept(&url, &written).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_connections_that_are_cut() {
    let database = Database::new().await;
    let proxy = Proxy::start(database.port()).await;
    let url = database.url_at(proxy.port());
    let written = break_under_load(&url, 25, async || {
        // Half of the time answers are held back first: what they tell is done, and nobody hears of it.
        proxy.cut(Duration::from_millis(u64::from(below(2)) * 20)).await;
    });
    let written = written.await;
    let unheard = written.iter().flat_map(|written| &written.acknowledged).filter(|told| told.repeated);
    assert!(unheard.count() > 0, "answers were lost on their way, and asked for again");
    assert_kept(&database.url(), &written).await;
}

/// Writes until it is killed, when the test below asks for it; says what was acknowledged as it goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_writers() {
    let Some(url) = std::env::var_os(WRITES_TO) else { return };
    let (journal, never) = (open(url.to_str().unwrap()), AtomicBool::new(false));
    let writers = stream::iter(0..).for_each_concurrent(12, async |_: u32| {
        write(&journal, &never, |number, told| {
            let Appended { stream_id, version, first_position, count, repeated } = told;
            println!("{MARK}{stream_id} {number} {version} {first_position} {count} {repeated}");
        })
        .await;
    });
    writers.await;
}

/// Adds a line of the process of writers to what it has written.
fn note(line: &str, written: &mut Vec<Written>) {
    // A line that was cut with its process says nothing; neither does what the test runner says.
    let Some((_, told)) = line.split_once(MARK) else { return };
    let words: Vec<&str> = told.split(' ').collect();
    let [stream, number, version, first_position, count, repeated] = words[..] else { return };
    let Ok(repeated) = repeated.parse() else { return };
    let stream: Uuid = stream.parse().unwrap();
    let appended = Appended {
        stream_id: stream,
        version: version.parse().unwrap(),
        first_position: first_position.parse().unwrap(),
        count: count.parse().unwrap(),
        repeated,
    };
    if number == "0" {
        written.push(Written { stream, acknowledged: Vec::new(), abandoned: false });
    }
    let written = written.iter_mut().find(|written| written.stream == stream).unwrap();
    assert_eq!(written.acknowledged.len().to_string(), number);
    written.acknowledged.push(appended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_writers_that_are_killed() {
    let database = Database::new().await;
    let mut written = Vec::new();
    for _ in 0..4 {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process
            .args(["--exact", "crash::a_process_of_writers", "--nocapture"])
            .env(WRITES_TO, database.url());
        let process =
            process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = process.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let enough = 100 + below(400);
        for _ in 0..enough {
            let line = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap();
            note(&line.expect("it writes until it is killed"), &mut written);
        }
        process.start_kill().unwrap();
        process.wait().await.unwrap();
        while let Some(line) = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap() {
            note(&line, &mut written);
        }
        // Streams that had only been begun, and of which nothing was heard.
        let known: Vec<Uuid> = written.iter().map(|written| written.stream).collect();
        until_gone(&database.url()).await;
        let unheard = "select id from journal.streams where id <> all ($1)";
        for row in database.client().await.query(unheard, &[&known]).await.unwrap() {
            written.push(Written { stream: row.get(0), acknowledged: Vec::new(), abandoned: true });
        }
    }
    assert!(written.iter().map(|written| written.acknowledged.len()).sum::<usize>() >= 4 * 90);
    assert_kept(&database.url(), &written).await;
}
