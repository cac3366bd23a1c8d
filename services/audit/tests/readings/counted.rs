//! The guard counts as one would by hand, over a long story that dice tell.

use std::collections::BTreeSet;

use access::readings::Stopped;
use jiff::{SignedDuration, Timestamp};
use vocabulary::Clock as _;

use super::{ground, opens, reader, sql};

/// What the guard counts, counted plainly: who was opened when.
#[derive(Default)]
struct Plainly {
    opened: Vec<(Timestamp, u128)>,
    since: Option<Timestamp>,
}

impl Plainly {
    /// Different people within that time, this one included.
    fn people(&self, now: Timestamp, within: SignedDuration, case: u128) -> usize {
        let counts = |at: Timestamp| at > now - within && self.since.is_none_or(|since| at > since);
        let seen = self.opened.iter().filter(|(at, _)| counts(*at)).map(|(_, case)| *case);
        seen.chain([case]).collect::<BTreeSet<_>>().len()
    }
}

#[tokio::test]
async fn the_guard_counts_people_as_one_would_by_hand_and_keeps_one_row_a_person() {
    let ground = ground().await;
    let (mut plainly, mut dice, mut stopped) = (Plainly::default(), 42_u64, 0);
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for _ in 0..700 {
        // Minutes pass, or hours; now and then a clock is put back.
        let by = match roll(40) {
            0 => SignedDuration::from_hours(9),
            1 => SignedDuration::from_secs(-90),
            _ => SignedDuration::from_secs(i64::try_from(roll(120)).expect("few")),
        };
        ground.clock.set(ground.clock.now() + by);
        let (now, case) = (ground.clock.now(), u128::from(roll(170)));
        let hour = plainly.people(now, SignedDuration::from_hours(1), case) > 40;
        let day = plainly.people(now, SignedDuration::from_hours(24), case) > 120;
        let expected = (hour || day).then_some(Stopped::Volume);
        assert_eq!(opens(&ground.runtime, &reader(), case).await, expected, "{now} {case}");
        if expected.is_none() {
            plainly.opened.push((now, case));
            continue;
        }
        stopped += 1;
        sql(
            &ground,
            &format!("update access.suspension set restored_at = '{now}' where restored_at is null"),
        )
        .await;
        plainly.since = plainly.since.max(Some(now));
    }
    let people = plainly.opened.iter().map(|(_, case)| *case).collect::<BTreeSet<_>>().len();
    assert!(stopped >= 3 && plainly.opened.len() > 2 * people, "the dice made it happen: {stopped}");
    sql(&ground, &format!("do $$ begin assert (select count(*) from access.seen) = {people}; end $$")).await;
}
