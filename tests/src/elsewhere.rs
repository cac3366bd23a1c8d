//! Kinds of facts the demonstration does not tell.

/// Each with the test that tells it, or why no story can.
const ELSEWHERE: &[(&str, &str)] = &[
    ("ForgettingSuspended", "a legal hold that comes within seconds: told by the rules of `case`"),
    ("ForgettingCompleted", "needs a store out of reach: played in the journeys of forgetting"),
    ("NoticeSent", "needs an SMTP relay: the tests of `notice` have one"),
    ("NoticeFailed", "needs an SMTP relay that refuses"),
    ("NoticeWithheld", "needs an SMTP relay"),
    ("DigestSent", "needs an SMTP relay"),
    ("OwnAccessEntered", "the person, by the sheet they were handed: tests/attacks/takeover.rs"),
    ("AccessRecorded", "a batch of readings, after an hour or a thousand of them: tests/readings.rs"),
    ("AccessSuspended", "whoever opens too many people: tests/readings.rs"),
    ("AccessRestored", "by an administrator: tests/readings.rs"),
];

/// Whether no story has to tell that kind of fact.
pub fn is_told_elsewhere(kind: &str) -> bool {
    ELSEWHERE.iter().any(|(known, _)| *known == kind)
}

/// The kinds that are excused.
pub fn told_elsewhere() -> impl Iterator<Item = &'static str> {
    ELSEWHERE.iter().map(|(kind, _)| *kind)
}
