//! Files of offers, as spreadsheets and France Travail write them.

use contracts::platform::v1::{FrenchUse, OfferSource};
use platform::import::{
    Report,
    offers::{Read, read},
};
use uuid::Uuid;

fn offers(bytes: &[u8]) -> (OfferSource, Vec<Read>, Report) {
    let mut report = Report::default();
    let (source, records) = read(bytes, Uuid::from_u128(50), &mut report).expect("a file of offers");
    (source, records, report)
}

#[test]
fn ten_thousand_lines_are_read_but_the_bad_one_which_is_told_by_its_number() {
    let mut table = "\u{feff}Référence;Intitulé;ROME;Heures;Ville;Code Insee\r\n".to_owned();
    for number in 2..=10_001 {
        let hours = if number == 5_000 { "beaucoup" } else { "24,5" };
        table.push_str(&format!("R{number};Agent d’entretien;K2204;{hours};Alès;30007\r\n"));
    }
    let (source, records, _) = offers(table.as_bytes());
    assert_eq!((source, records.len()), (OfferSource::CSV, 10_000));
    let bad: Vec<&Read> = records.iter().filter(|(_, read)| read.is_err()).collect();
    assert_eq!(bad.len(), 1);
    let (at, Err(why)) = bad[0] else { panic!("{bad:?}") };
    assert_eq!(at, "Ligne 5000");
    assert!(why.ends_with('.') && !why.contains("beaucoup"), "{why}");
    let Ok(offer) = &records[0].1 else { panic!("{records:?}") };
    assert_eq!((offer.card.weekly_minutes, offer.card.town.as_str()), (24 * 60 + 30, "Alès"));
}

#[test]
fn a_table_of_windows_with_commas_and_words_in_french_is_read() {
    let text = "reference,intitule,contrat,francais,debut,postes,remarque\nA1,Aide de cuisine,CDDI,parler couramment,01/12/2026,2,x\nA2,Plonge,contrat bizarre,,,,\nA3,Plonge,,,32/12/2026,,\nA4,Plonge,,,,beaucoup,\n,Plonge,,,,,\nA5,trop,,\n";
    let windows: Vec<u8> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect();
    let (_, records, report) = offers(&windows);
    let Ok(offer) = &records[0].1 else { panic!("{records:?}") };
    assert_eq!(offer.card.french.map(|word| word.0), Some(FrenchUse::FRANCAIS_ORAL));
    assert_eq!(offer.card.starts_on.map(|day| day.to_string()).as_deref(), Some("2026-12-01"));
    assert_eq!(offer.card.positions, 2);
    let refused: Vec<&str> =
        records.iter().filter(|(_, read)| read.is_err()).map(|(at, _)| at.as_str()).collect();
    assert_eq!(refused, ["Ligne 3", "Ligne 4", "Ligne 5", "Ligne 6", "Ligne 7"]);
    assert!(report.remarks.keys().any(|remark| remark.ends_with("remarque")), "{report}");
}

#[test]
fn a_reference_given_twice_is_imported_once_as_last_written() {
    let (_, records, report) = offers("reference;intitule\nA1;Plonge\nA2;Vente\nA1;Service\n".as_bytes());
    let labels: Vec<String> =
        records.into_iter().map(|(_, read)| read.expect("an offer").card.label).collect();
    assert_eq!(labels, ["Vente", "Service"]);
    assert_eq!(report.remarks.values().sum::<usize>(), 1);
}

#[test]
fn a_file_that_is_no_table_of_offers_is_refused_with_what_it_lacks() {
    let mut report = Report::default();
    let refuse = |bytes: &[u8], report: &mut Report| read(bytes, Uuid::nil(), report).expect_err("refused");
    assert!(refuse(b"intitule;ville\nPlonge;Nimes\n", &mut report).contains("reference"));
    assert!(refuse(b"", &mut report).contains("reference"));
    assert!(refuse(b"{\"total\": 3}", &mut report).contains("France Travail"));
}

#[test]
fn the_offers_of_france_travail_are_read_without_their_contacts() {
    let (source, records, report) = offers(include_bytes!("fixtures/france-travail.json"));
    assert_eq!((source, records.len()), (OfferSource::FRANCE_TRAVAIL, 4));
    let Ok(offer) = &records[0].1 else { panic!("{records:?}") };
    assert_eq!(offer.reference, "190ZZZA");
    let card = offer.card.read().expect("a card");
    assert_eq!(
        (card.town.as_str(), card.insee_code.as_str(), card.sector.as_str()),
        ("ALES", "30007", "81.21Z")
    );
    assert_eq!((card.weekly_minutes, card.positions), (24 * 60 + 30, 2));
    assert_eq!(offer.published_on.map(|day| day.to_string()).as_deref(), Some("2026-11-12"));
    assert!(!format!("{:?}", offer.card).contains("contact@"), "contacts are not read");
    let Ok(second) = &records[1].1 else { panic!("{records:?}") };
    assert_eq!(second.card.french.map(|word| word.0), Some(FrenchUse::FRANCAIS_ORAL));
    assert_eq!(second.card.rome_code, "");
    assert!(records[2].1.is_err() && records[3].1.is_err());
    assert!(report.remarks.keys().any(|remark| remark.ends_with("romeCode")), "{report}");
}
