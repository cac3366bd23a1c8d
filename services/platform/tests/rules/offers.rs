//! Offers, typed or taken from elsewhere.

use contracts::{Word, common::v1::Role};
use platform::domain::offer::{card::Card, commands::*, *};
use testkit::scenario::{actor, day, id};

use super::support::{EMPLOYER, PLATFORM, given, nothing};

fn card() -> Card {
    Card {
        rome_code: "K2204".into(),
        sector: "81.21Z".into(),
        weekly_minutes: 20 * 60,
        town: "Alès".into(),
        insee_code: "30007".into(),
        positions: 2,
        french: Some(Word(FrenchUse::FRANCAIS_CONSIGNES)),
        ..Card::of("Agent d’entretien")
    }
}

fn publish() -> PublishOffer {
    PublishOffer {
        platform_id: id(PLATFORM),
        employer_id: Some(id(EMPLOYER)),
        card: card(),
        published_on: Some(day("2026-11-02")),
    }
}

fn import() -> ImportOffer {
    ImportOffer {
        platform_id: id(PLATFORM),
        source: Word(OfferSource::FRANCE_TRAVAIL),
        reference: "190ABCD".into(),
        card: card(),
        published_on: None,
    }
}

fn published() -> Vec<Event> {
    nothing::<Event>().when(&publish()).states(&["OfferPublished"])
}

fn fill(on: &str, by_platform: u32) -> FillOffer {
    FillOffer { filled_on: Some(day(on)), by_platform }
}

fn withdraw(on: &str) -> WithdrawOffer {
    WithdrawOffer { withdrawn_on: Some(day(on)), reason: Word(WithdrawalReason::PERIMEE) }
}

fn refuses_card(change: impl Fn(&mut Card), rule: &str) {
    let mut changed = card();
    change(&mut changed);
    nothing::<Event>().when(&PublishOffer { card: changed.clone(), ..publish() }).refuses(rule);
    nothing::<Event>().when(&ImportOffer { card: changed.clone(), ..import() }).refuses(rule);
    let employer_id = Some(id(EMPLOYER));
    given(published()).when(&UpdateOffer { employer_id, card: changed }).refuses(rule);
}

#[test]
fn an_offer_is_published_with_what_it_says() {
    let Event::OfferPublished(fact) = &published()[0] else { panic!("not published") };
    let card = fact.card.as_option().expect("a card");
    assert_eq!((card.label.as_str(), card.positions), ("Agent d’entretien", 2));
    assert_eq!(fact.source, OfferSource::SAISIE);
    let bare = PublishOffer { employer_id: None, card: Card::of("Plonge"), ..publish() };
    nothing::<Event>().when(&bare).states(&["OfferPublished"]);
}

#[test]
fn what_an_offer_says_is_read_strictly() {
    refuses_card(|card| card.label = " ".into(), "offre.libelle");
    refuses_card(|card| card.weekly_minutes = 48 * 60 + 1, "offre.heures");
    refuses_card(|card| card.positions = 0, "offre.postes");
    refuses_card(|card| card.rome_code = "ménage".into(), "code.rome");
    refuses_card(|card| card.sector = "812Z".into(), "code.naf");
    refuses_card(|card| card.insee_code = "Alès".into(), "code.commune");
    refuses_card(|card| card.link = "javascript:alert(1)".into(), "lien.adresse");
    refuses_card(|card| card.label = "Plonge, appeler le 05 36 49 01 01".into(), "texte.coordonnees");
    refuses_card(|card| card.employer_name = "rh@exemple.example".into(), "texte.coordonnees");
}

#[test]
fn only_members_publish_change_and_close() {
    let outsider = || actor(Role::CIP, 9, 3);
    nothing::<Event>().by(outsider()).when(&publish()).refuses("plateforme.membre");
    nothing::<Event>().by(outsider()).when(&import()).refuses("plateforme.membre");
    let update = UpdateOffer { employer_id: None, card: card() };
    given(published()).by(outsider()).when(&update).refuses("plateforme.membre");
    given(published()).by(outsider()).when(&fill("2026-11-20", 0)).refuses("plateforme.membre");
    given(published()).by(outsider()).when(&withdraw("2026-11-20")).refuses("plateforme.membre");
    let unknown = PublishOffer { employer_id: Some(id(99)), ..publish() };
    nothing::<Event>().when(&unknown).refuses("plateforme.organisation-citee");
    let unknown = UpdateOffer { employer_id: Some(id(99)), card: card() };
    given(published()).when(&unknown).refuses("plateforme.organisation-citee");
}

#[test]
fn an_offer_that_changes_says_all_of_it() {
    let same = UpdateOffer { employer_id: Some(id(EMPLOYER)), card: card() };
    given(published()).when(&same).states(&[]);
    let fewer = UpdateOffer { card: Card { positions: 1, ..card() }, ..same };
    let facts = given(published()).when(&fewer).states(&["OfferUpdated"]);
    given(published().into_iter().chain(facts)).when(&fewer).states(&[]);
}

#[test]
fn an_offer_is_closed_once_after_it_was_published_and_changes_no_more() {
    for (closing, kind) in [
        (given(published()).when(&fill("2026-11-20", 2)), "OfferFilled"),
        (given(published()).when(&withdraw("2026-11-20")), "OfferWithdrawn"),
    ] {
        let facts = closing.states(&[kind]);
        let closed = || published().into_iter().chain(facts.clone());
        given(closed()).when(&fill("2026-11-21", 0)).states(&[]);
        given(closed()).when(&withdraw("2026-11-21")).states(&[]);
        given(closed()).when(&UpdateOffer { employer_id: None, card: card() }).refuses("offre.ouverte");
    }
    given(published()).when(&fill("2026-11-01", 0)).refuses("offre.dates");
    given(published()).when(&withdraw("2026-11-01")).refuses("offre.dates");
    given(published()).when(&fill("2026-11-20", 3)).refuses("offre.postes");
}

#[test]
fn what_is_imported_twice_is_already_so() {
    let system = || access::Actor::system("france-travail");
    let facts = nothing::<Event>().by(system()).when(&import()).states(&["OfferPublished"]);
    given(facts.clone()).by(system()).when(&import()).states(&[]);
    let changed = ImportOffer { card: Card { positions: 5, ..card() }, ..import() };
    given(facts.clone()).by(system()).when(&changed).states(&["OfferUpdated"]);
    let closed = given(facts.clone()).when(&fill("2026-11-23", 1)).states(&["OfferFilled"]);
    given(facts.into_iter().chain(closed)).by(system()).when(&changed).states(&[]);
    nothing::<Event>().when(&ImportOffer { reference: " ".into(), ..import() }).refuses("offre.reference");
}

#[test]
fn the_same_reference_is_the_same_offer_and_another_source_is_not() {
    let again = ImportOffer { reference: " 190ABCD ".into(), card: Card::of("Autre"), ..import() };
    assert_eq!(import().stream_id(), again.stream_id());
    let csv = ImportOffer { source: Word(OfferSource::CSV), ..import() };
    assert_ne!(import().stream_id(), csv.stream_id());
}
