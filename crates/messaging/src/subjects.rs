//! Every subject, stream and consumer of the bus.
//!
//! ```text
//! subject                                        kept in      one message is
//! jalon.evt.<context>.<aggregate>.<id>.<fact>    JOURNAL      a fact; its sequence is its position
//! jalon.feed.<partner>.<context>.<fact>          FEED         a fact as one partner may see it
//! jalon.dlq.<context>.<consumer>                 DLQ          what a consumer could not handle
//! $JS.EVENT.ADVISORY.CONSUMER.{MAX_DELIVERIES,MSG_TERMINATED}.>   ADVISORIES   what NATS gave up
//! jalon.wake.journal                             nowhere      the journal's last position, decimal
//! jalon.wake.views                               nowhere      views and their last positions, a line each
//! ```
//!
//! Tokens are lower-case ASCII, digits and hyphens; ids are UUIDs; nothing personal is ever in a
//! subject. The id stands before the fact, so that one prefix selects an aggregate. Nobody
//! subscribes to `jalon.evt.>` outside JetStream: a publisher would no longer hear that no stream
//! answers.
//!
//! ```text
//! consumer                 stream     how
//! every reader of facts    JOURNAL    ordered, no ack, from its own position + 1
//! <service>-<purpose>      FEED, DLQ  durable pull, explicit ack, six deliveries at most
//! ```

use std::time::Duration;

use async_nats::jetstream::{
    consumer::{AckPolicy, DeliverPolicy, pull},
    stream::{Compression, Config, RetentionPolicy, StorageType},
};
use contracts::FactType;
use uuid::Uuid;

use crate::bus::StreamSettings;

/// The stream of all facts.
pub const JOURNAL: &str = "JOURNAL";
/// The stream of what partners receive.
pub const FEED: &str = "FEED";
/// The stream of what consumers could not handle.
pub const DLQ: &str = "DLQ";
/// The stream of what NATS says it gave up.
pub const ADVISORIES: &str = "ADVISORIES";

/// The journal has grown.
pub const WAKE_JOURNAL: &str = "jalon.wake.journal";

/// Views have moved.
pub const WAKE_VIEWS: &str = "jalon.wake.views";

/// More consumers than a stream ever has; without a limit of its own NATS stops at 1000.
const CONSUMERS: i32 = 5000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a fact is published.
pub fn fact(kind: &FactType, id: Uuid) -> String {
    let (before, after) = around_id(kind);
    format!("{before}{id}{after}")
}

/// The subject of a kind of fact, for names of spans and metrics.
pub fn template(kind: &FactType) -> String {
    let (before, after) = around_id(kind);
    format!("{before}{{id}}{after}")
}

/// What stands before and after the id in the subject of a kind of fact.
pub(crate) fn around_id(kind: &FactType) -> (String, String) {
    let aggregate = kind.aggregate();
    (format!("jalon.evt.{}.{}.", aggregate.context, aggregate.name), format!(".{}", kind.subject()))
}

/// Where a partner finds a kind of fact of a context.
pub fn feed(partner: &str, kind: &FactType) -> String {
    format!("jalon.feed.{}.{}.{}", token(partner), kind.aggregate().context, kind.subject())
}

/// Where what a consumer could not handle goes.
pub fn dlq(context: &str, consumer: &str) -> String {
    format!("jalon.dlq.{}.{}", token(context), token(consumer))
}

/// A name as one token of a subject.
fn token(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    name.chars().map(|letter| if allowed(letter) { letter.to_ascii_lowercase() } else { '-' }).collect()
}

/// The streams as they must be.
pub fn streams(settings: &StreamSettings) -> [Config; 4] {
    [
        journal_stream(settings),
        kept(FEED, &["jalon.feed.>"], 30 * DAY, settings),
        kept(DLQ, &["jalon.dlq.>"], 180 * DAY, settings),
        kept(
            ADVISORIES,
            &["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"],
            30 * DAY,
            settings,
        ),
    ]
}

/// The stream of all facts as it must be.
pub fn journal_stream(settings: &StreamSettings) -> Config {
    kept(JOURNAL, &["jalon.evt.>"], settings.journal_kept.unwrap_or_default(), settings)
}

/// A stream that keeps its messages for that long; zero is for ever. Whether they are synced to the
/// disk at once is a setting of the server.
fn kept(name: &str, subjects: &[&str], max_age: Duration, settings: &StreamSettings) -> Config {
    Config {
        name: name.into(),
        subjects: subjects.iter().map(|&subject| subject.into()).collect(),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        compression: Some(Compression::S2),
        num_replicas: settings.replicas,
        max_age,
        max_consumers: CONSUMERS,
        // Nothing relies on message ids being remembered.
        duplicate_window: Duration::from_secs(10),
        deny_delete: true,
        // A purge is how the broker forgets, and readers find purged facts in the journal.
        deny_purge: false,
        allow_direct: true,
        ..Config::default()
    }
}

/// How facts are read in order: no ack, the reader keeps its own position.
pub fn ordered_from(sequence: u64) -> pull::OrderedConfig {
    pull::OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: sequence.max(1) },
        ..pull::OrderedConfig::default()
    }
}

/// How work shared between processes, or sent to a partner, is handed out.
pub fn durable(name: &str, filters: Vec<String>, max_ack_pending: i64) -> pull::Config {
    pull::Config {
        durable_name: Some(name.into()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(30),
        backoff: [1, 5, 30, 120, 600].map(Duration::from_secs).into(),
        max_deliver: 6,
        max_ack_pending,
        filter_subjects: filters,
        ..pull::Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_a_subject_of_its_own_in_the_journal_stream() {
        let all = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
        let mut subjects: Vec<String> = all.map(|kind| fact(kind, Uuid::nil())).collect();
        let count = subjects.len();
        for subject in &subjects {
            assert_eq!(subject.split('.').count(), 6, "{subject}");
            let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            assert!(subject.chars().all(|letter| letters(letter) || ".-".contains(letter)), "{subject}");
        }
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), count);
    }

    #[test]
    fn a_name_stays_one_token() {
        assert_eq!(dlq("case", "*>"), "jalon.dlq.case.--");
    }
}
