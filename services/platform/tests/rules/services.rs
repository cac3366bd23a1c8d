//! The services of the territory.

use platform::domain::local_service::{commands::*, *};
use testkit::scenario::{Scenario, day};

fn card() -> Card {
    Card {
        name: "Location solidaire de scooter".into(),
        themes: vec!["mobilite--acceder-a-un-vehicule".into()],
        insee_code: "30007".into(),
        ..Card::default()
    }
}

fn list(updated_on: &str, card: Card) -> ListService {
    ListService {
        directory: "data-inclusion".into(),
        reference: "dora--1".into(),
        updated_on: day(updated_on),
        card,
    }
}

fn listed() -> Vec<Event> {
    Scenario::nothing().when(&list("2026-04-14", card())).states(&["ServiceListed"])
}

#[test]
fn a_service_follows_its_directory_and_an_older_version_says_nothing() {
    Scenario::given(listed()).when(&list("2026-04-14", card())).states(&[]);
    let renamed = Card { name: "Location de scooter".into(), ..card() };
    Scenario::given(listed()).when(&list("2026-04-14", renamed.clone())).states(&["ServiceUpdated"]);
    Scenario::given(listed()).when(&list("2026-04-13", renamed.clone())).states(&[]);
    let facts =
        Scenario::given(listed()).when(&list("2026-05-01", renamed.clone())).states(&["ServiceUpdated"]);
    Scenario::given(listed().into_iter().chain(facts)).when(&list("2026-05-01", renamed)).states(&[]);
}

#[test]
fn what_is_no_longer_published_may_come_back() {
    let delist = DelistService { delisted_on: Some(day("2026-06-01")) };
    let facts = Scenario::given(listed()).when(&delist).states(&["ServiceDelisted"]);
    let gone = || listed().into_iter().chain(facts.clone());
    Scenario::given(gone()).when(&delist).states(&[]);
    Scenario::given(gone()).when(&list("2026-04-14", card())).states(&["ServiceListed"]);
}

#[test]
fn a_service_is_named_placed_and_linked_strictly() {
    let asks = |card: Card| Scenario::<Event>::nothing().when(&list("2026-04-14", card));
    asks(Card { name: " ".into(), ..card() }).refuses("service.nom");
    asks(Card { insee_code: "Alès".into(), ..card() }).refuses("code.commune");
    asks(Card { link: "javascript:alert(1)".into(), ..card() }).refuses("lien.adresse");
    for (directory, reference) in [("", "dora--1"), ("data-inclusion", "")] {
        let command = ListService {
            directory: directory.into(),
            reference: reference.into(),
            ..list("2026-04-14", card())
        };
        Scenario::<Event>::nothing().when(&command).refuses("service.nom");
    }
}
