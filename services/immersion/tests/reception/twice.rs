//! An immersion that was typed in Jalon and that the tool tells of too, in both orders.

use immersion::{domain::commands::LookForSame, reactions::SameImmersions};
use jiff::civil::date;
use service::agenda::{agenda, clock};
use uuid::Uuid;

use super::{tool::*, world::*};

/// What is due is done, until nothing is.
async fn settle(world: &World) -> usize {
    let agendas = [agenda::<SameImmersions>().runs::<LookForSame>()];
    let mut done = 0;
    loop {
        let head = world.runtime.journal.head().await.expect("read");
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        for view in ["same_immersions", "conventions_by_case"] {
            world.runtime.positions.wait(view, head, end).await.expect("caught up");
        }
        match clock::round(&agendas, &world.runtime).await.expect("a round") {
            0 => return done,
            more => done += more,
        }
    }
}

/// How many of the person's immersions count.
async fn counted(world: &World, case: Uuid) -> usize {
    let document =
        world.runtime.document("conventions_by_case", case).await.expect("read").expect("a document");
    let items = document["items"].as_array().expect("conventions").clone();
    items.iter().filter(|one| one["same_as"].is_null()).count()
}

#[tokio::test]
async fn typed_first_then_told_it_counts_once_with_what_differs_noted() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let typed = world.typed(case, HOST_SIRET, ("2026-09-15", "2026-09-25")).await;
    assert_eq!((settle(&world).await, counted(&world, case).await), (0, 1));

    assert_eq!(world.notify(&adult()).await.status, 200);
    settle(&world).await;
    let state = world.typed_state(typed).await;
    let told = world.convention(&adult()).await[0].stream_id;
    assert_eq!(state.same_as, Some(told));
    assert!(state.divergences.contains("source.dates"), "{:?}", state.divergences);
    assert_eq!(state.frame.expect("dates").starts_on, date(2026, 9, 15), "what was typed stays");
    assert_eq!(world.state(&adult()).await.frame.expect("dates").starts_on, date(2026, 9, 14));
    assert_eq!(counted(&world, case).await, 1);

    // Told again, nothing more is said.
    let head = world.runtime.journal.head().await.expect("read");
    assert_eq!(world.notify(&adult()).await.status, 200);
    settle(&world).await;
    assert_eq!(world.runtime.journal.head().await.expect("read"), head);
}

#[tokio::test]
async fn told_first_then_typed_it_counts_once_too() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    assert_eq!(world.notify(&adult()).await.status, 200);
    assert_eq!(settle(&world).await, 0);
    let typed = world.typed(case, HOST_SIRET, ("2026-09-14", "2026-09-25")).await;
    settle(&world).await;
    let state = world.typed_state(typed).await;
    assert_eq!(state.same_as, Some(world.convention(&adult()).await[0].stream_id));
    assert_eq!(counted(&world, case).await, 1);
}

#[tokio::test]
async fn another_host_is_another_immersion_until_its_siret_is_put_right() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    world.notify(&adult()).await;
    let typed = world.typed(case, AGENCY_SIRET, ("2026-09-14", "2026-09-25")).await;
    settle(&world).await;
    assert_eq!(settle(&world).await, 0, "what was refused is not asked again");
    assert_eq!((world.typed_state(typed).await.same_as, counted(&world, case).await), (None, 2));

    world.amend_host(typed, case, HOST_SIRET).await;
    settle(&world).await;
    assert!(world.typed_state(typed).await.same_as.is_some());
    assert_eq!(counted(&world, case).await, 1);
}

#[tokio::test]
async fn once_the_person_is_forgotten_nobody_guesses() {
    let world = World::new().await;
    let case = world.case("N'Guessan-Roux", "Ilyès", "1994-03-08", Uuid::now_v7()).await;
    let typed = world.typed(case, HOST_SIRET, ("2026-09-14", "2026-09-25")).await;
    world.notify(&adult()).await;
    world.runtime.sealer.ring().forget(case, &contracts::Class::PERSONAL).await.expect("forgotten");
    settle(&world).await;
    assert_eq!(world.typed_state(typed).await.same_as, None);
}
