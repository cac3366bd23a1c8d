//! Two at the same time, and clocks that do not agree: what the path of every command promises, on a real journal.

use std::sync::{
    Barrier,
    atomic::{AtomicU32, Ordering},
};

use access::Actor;
use contracts::{
    case::v1::CaseClosed,
    common::v1::Role,
    events,
    platform::v1::{GatheringPlanned, OfferPublished, OrganisationUpdated},
};
use jiff::civil::Date;
use platform::domain::organisation::{
    Event,
    aggregate::{Organisation, State},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{Command, Context, Day, Request, Target, execute};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Refusal;

use crate::{
    POST,
    world::{PLATFORM, STRUCTURE, World},
};

/// Names the organisation anew. The first two that decide have both read the same version.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Racing {
    name: String,
}

static BOTH_HAVE_READ: Barrier = Barrier::new(2);
static DECIDED: AtomicU32 = AtomicU32::new(0);

impl Command for Racing {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.update-organisation";
    const SUMMARY: &'static str = "Renommer une organisation";

    fn decide(&self, _: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        if DECIDED.fetch_add(1, Ordering::SeqCst) < 2 {
            // What waits behind on this thread goes on elsewhere.
            tokio::task::block_in_place(|| BOTH_HAVE_READ.wait());
        }
        Ok(vec![OrganisationUpdated { name: self.name.clone(), ..Default::default() }.into()])
    }
}

fn request(now: &str) -> Request {
    Request::keyed(Actor::system("test"), &Uuid::now_v7().to_string(), now.parse().expect("an instant"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_commands_that_race_on_one_aggregate_one_is_retried_and_nobody_notices() {
    let world = World::new().await;
    let rename = |name: &str| {
        let (runtime, command) = (world.runtime.clone(), Racing { name: name.into() });
        tokio::spawn(async move {
            execute(&runtime, Target::Existing(STRUCTURE), command, request("2026-11-23T09:00:00Z")).await
        })
    };
    let (one, other) = (rename("La première"), rename("La seconde"));
    let (one, other) = (one.await.expect("it ran"), other.await.expect("it ran"));
    let (one, other) = (one.expect("accepted"), other.expect("accepted"));
    let mut versions = [one.version, other.version];
    versions.sort_unstable();
    assert_eq!(versions, [2, 3], "each stated its fact, one after the other");
    assert!(!one.repeated && !other.repeated);
    assert_eq!(DECIDED.load(Ordering::SeqCst), 3, "one of them decided again, on what the other had stated");
    let facts = world.runtime.journal.stream(STRUCTURE, 1).await.expect("facts");
    assert_eq!(facts.len(), 3, "{facts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_propose_the_same_offer_at_once_one_succeeds() {
    let world = World::new().await;
    let (case_id, offer) = (world.case(POST).await, Uuid::now_v7());
    let published = OfferPublished { platform_id: PLATFORM.to_string(), ..Default::default() };
    world.append::<events::Offer>(offer, None, vec![published.into()]).await;
    let token = world.token(Role::CIP, POST).await;
    let path = format!("/api/v1/cases/{case_id}/matches");
    let body = json!({"offer_id": offer});
    let asked = (0..8).map(|_| world.post(&token, &path, body.clone()));
    let answers = futures::future::join_all(asked).await;
    let proposed = answers.iter().filter(|answer| answer.status == 201).count();
    let already = answers.iter().filter(|answer| answer.body["rule"] == "rapprochement.deja").count();
    let all: Vec<_> = answers.iter().map(|answer| (answer.status, &answer.body)).collect();
    assert_eq!((proposed, already), (1, 7), "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_tell_the_same_participation_at_once_one_succeeds() {
    let world = World::new().await;
    let (case_id, gathering) = (world.case(POST).await, planned(&world, "2026-11-20").await);
    let token = world.token(Role::CIP, POST).await;
    let path = format!("/api/v1/cases/{case_id}/gatherings");
    let body = json!({"gathering_id": gathering, "attended_on": "2026-11-20"});
    let asked = (0..8).map(|_| world.post(&token, &path, body.clone()));
    let answers = futures::future::join_all(asked).await;
    let told = answers.iter().filter(|answer| answer.status == 201).count();
    let already = answers.iter().filter(|answer| answer.body["rule"] == "rencontre.deja-suivie").count();
    let all: Vec<_> = answers.iter().map(|answer| (answer.status, &answer.body)).collect();
    assert_eq!((told, already), (1, 7), "{all:?}");
}

/// A gathering planned on that day.
async fn planned(world: &World, on: &str) -> Uuid {
    let gathering = Uuid::now_v7();
    let planned =
        GatheringPlanned { platform_id: PLATFORM.to_string(), planned_on: on.into(), ..Default::default() };
    world.append::<events::Gathering>(gathering, None, vec![planned.into()]).await;
    gathering
}

#[tokio::test]
async fn what_is_told_of_a_closed_case_or_from_before_it_is_kept_with_a_mark() {
    let world = World::new().await;
    let token = world.token(Role::CIP, POST).await;
    let (case_id, later, earlier) =
        (world.case(POST).await, planned(&world, "2026-10-01").await, planned(&world, "2025-12-31").await);
    let path = format!("/api/v1/cases/{case_id}/gatherings");
    let told = async |gathering: Uuid, on: &str| {
        let answer = world.post(&token, &path, json!({"gathering_id": gathering, "attended_on": on})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let warnings = answer.body["warnings"].as_array().expect("warnings").clone();
        warnings.iter().filter_map(|warning| warning.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    // The case was opened on 1 January 2026.
    assert_eq!(told(earlier, "2025-12-31").await, ["dossier.avant-ouverture@1"]);
    let closed = CaseClosed { closed_on: "2026-11-02".into(), ..Default::default() };
    world.append::<events::Case>(case_id, Some(case_id), vec![closed.into()]).await;
    assert_eq!(told(later, "2026-10-01").await, ["dossier.clos-tardif@1"]);
    // The mark stays with the fact, for the circle to see.
    let last = world.head().await;
    let facts = world.runtime.journal.at(&[last]).await.expect("facts");
    assert_eq!(facts[0].metadata().expect("metadata").warnings, ["dossier.clos-tardif@1"]);
}

/// Says something of an organisation, on a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Dated {
    day: Day,
}

impl Command for Dated {
    type Aggregate = Organisation;
    const NAME: &'static str = "platform.update-organisation";
    const SUMMARY: &'static str = "Renommer une organisation";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.day.0);

    fn decide(&self, _: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        Ok(vec![OrganisationUpdated { name: "La Clède".into(), ..Default::default() }.into()])
    }
}

#[tokio::test]
async fn a_clock_two_hours_off_changes_nothing_to_the_day_it_is_in_paris() {
    let world = World::new().await;
    let tell = async |now: &str, day: &str| {
        let command = Dated { day: testkit::scenario::day(day) };
        let told = execute(&world.runtime, Target::Existing(STRUCTURE), command, request(now)).await;
        told.map_err(|problem| problem.rule.unwrap_or_default().to_string())
    };
    for (now, day, accepted) in [
        // 23:30 in Paris: whoever is two hours ahead is in tomorrow already.
        ("2026-11-23T22:30:00Z", "2026-11-24", false),
        ("2026-11-23T22:30:00Z", "2026-11-23", true),
        // 00:30 in Paris: whoever is two hours behind still is in yesterday.
        ("2026-11-23T23:30:00Z", "2026-11-24", true),
        ("2026-11-23T23:30:00Z", "2026-11-23", true),
        // In summer midnight comes an hour sooner; the nights when the hour changes too.
        ("2026-07-14T21:59:00Z", "2026-07-15", false),
        ("2026-07-14T22:00:00Z", "2026-07-15", true),
        ("2026-03-28T22:59:00Z", "2026-03-29", false),
        ("2026-03-28T23:00:00Z", "2026-03-29", true),
        ("2026-10-25T22:59:00Z", "2026-10-26", false),
        ("2026-10-25T23:00:00Z", "2026-10-26", true),
        ("2028-02-28T23:00:00Z", "2028-02-29", true),
    ] {
        match tell(now, day).await {
            Ok(done) => {
                assert!(accepted, "{day} is to come at {now}");
                let facts = world.runtime.journal.at(&[done.position]).await.expect("facts");
                // Both times are kept: the day that was said, and the instant by our own clock.
                assert_eq!(facts[0].occurred_on.to_string(), day);
                assert_eq!(facts[0].recorded_at, now.parse().expect("an instant"));
            }
            Err(rule) => assert!(!accepted && rule == "date.a-venir", "{day} at {now}: {rule}"),
        }
    }
}
