//! Offers and wishes brought together: why, in which order, and whom nothing excludes.

use contracts::{
    case::v1::{Wish, WishKind},
    common::v1::Job,
    employment::v1::ContractKind,
    platform::v1::{FrenchUse, OfferCard},
};
use matching::{Criterion, Offered, Scored, Verdict, Wished, rank, rank_wishes};
use proptest::prelude::*;

fn wish() -> Wish {
    Wish {
        kinds: vec![WishKind::EMPLOI.into()],
        naf_codes: vec!["81".into()],
        jobs: vec![Job { rome_code: "K2204".into(), ..Default::default() }],
        min_weekly_minutes: 15 * 60,
        max_weekly_minutes: 24 * 60,
        distance_km: 10,
        commune_code: "30007".into(),
        ..Default::default()
    }
}

fn offer() -> OfferCard {
    OfferCard {
        label: "Agent d’entretien".into(),
        rome_code: "K2204".into(),
        sector: "81.21Z".into(),
        contract: ContractKind::CDDI.into(),
        weekly_minutes: 20 * 60,
        insee_code: "30243".into(),
        town: "Saint-Christol-lez-Alès".into(),
        french: FrenchUse::FRANCAIS_ORAL.into(),
        ..Default::default()
    }
}

fn one(wish: &Wish, offer: &OfferCard) -> Option<Scored> {
    rank(&Wished::of(wish, ""), &[Offered::of(offer)], 10).pop()
}

#[track_caller]
fn verdict(wish: &Wish, offer: &OfferCard, criterion: Criterion) -> (Verdict, String) {
    let scored = one(wish, offer).expect("it is listed");
    let reason = scored.reasons.into_iter().find(|reason| reason.criterion == criterion).expect("a reason");
    (reason.verdict, reason.text)
}

fn changed(change: impl FnOnce(&mut OfferCard)) -> OfferCard {
    let mut offer = offer();
    change(&mut offer);
    offer
}

#[test]
fn an_offer_that_is_all_that_is_wished_has_the_whole_score_and_says_why() {
    let scored = one(&wish(), &offer()).expect("it is listed");
    assert_eq!(scored.score, 100);
    let texts: Vec<&str> = scored.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "C’est le métier souhaité.",
            "C’est le secteur souhaité.",
            "À 5 km à vol d’oiseau (Saint-Christol-lez-Alès), dans les 10 km souhaités.",
            "20 h par semaine, comme souhaité.",
            "Contrat : CDDI ; répond à ce que la personne souhaite faire.",
            "Le travail demande de parler couramment : un appui se prévoit, si besoin.",
        ]
    );
}

#[test]
fn jobs_are_the_same_of_the_same_domain_or_others() {
    let job =
        |code: &str| verdict(&wish(), &changed(|offer| offer.rome_code = code.into()), Criterion::Job).0;
    assert_eq!(job("K2204"), Verdict::Fits);
    assert_eq!(job("K2202"), Verdict::Close);
    assert_eq!(job("K1304"), Verdict::Differs);
    assert_eq!(job(""), Verdict::Unknown);
}

#[test]
fn sectors_are_compared_by_division_then_by_section() {
    let sector = |wished: &str, offered: &str| {
        let wish = Wish { naf_codes: vec![wished.into()], ..wish() };
        verdict(&wish, &changed(|offer| offer.sector = offered.into()), Criterion::Sector).0
    };
    assert_eq!(sector("81.21Z", "81.30Z"), Verdict::Fits);
    assert_eq!(sector("N", "81.21Z"), Verdict::Fits);
    assert_eq!(sector("78", "81.21Z"), Verdict::Close);
    assert_eq!(sector("01", "81.21Z"), Verdict::Differs);
    assert_eq!(sector("81", ""), Verdict::Unknown);
}

#[test]
fn hours_have_two_sides_and_a_margin() {
    let hours =
        |hours: u32| verdict(&wish(), &changed(|offer| offer.weekly_minutes = hours * 60), Criterion::Hours);
    for (asked, expected) in [
        (15, Verdict::Fits),
        (24, Verdict::Fits),
        (10, Verdict::Close),
        (29, Verdict::Close),
        (9, Verdict::Differs),
        (35, Verdict::Differs),
        (0, Verdict::Unknown),
    ] {
        assert_eq!(hours(asked).0, expected, "{asked} h");
    }
    assert_eq!(hours(35).1, "35 h par semaine, plus que souhaité : une montée progressive se négocie.");
    assert_eq!(hours(9).1, "9 h par semaine, moins que souhaité.");
}

#[test]
fn distance_is_told_or_said_to_be_unknown() {
    let at = |code: &str, town: &str| {
        let change = |offer: &mut OfferCard| {
            offer.insee_code = code.into();
            offer.town = town.into();
        };
        verdict(&wish(), &changed(change), Criterion::Distance)
    };
    assert_eq!(at("30132", "").0, Verdict::Close);
    assert_eq!(at("30189", "").0, Verdict::Differs);
    assert_eq!(at("", "Saint-Privat-des-Vieux").0, Verdict::Fits);
    let (unknown, text) = at("30001", "Aigaliers");
    assert_eq!(unknown, Verdict::Unknown);
    assert!(text.starts_with("La distance n’est pas connue"), "{text}");
    let nowhere = Wish { commune_code: String::new(), ..wish() };
    assert_eq!(verdict(&nowhere, &offer(), Criterion::Distance).0, Verdict::Unknown);
    let scored = rank(&Wished::of(&nowhere, "Alès"), &[Offered::of(&offer())], 1).remove(0);
    assert!(scored.reasons[2].text.contains("depuis la structure"), "{}", scored.reasons[2].text);
}

#[test]
fn what_is_not_said_excludes_nothing() {
    let silent = Wish { kinds: vec![WishKind::EMPLOI.into()], ..Wish::default() };
    assert!(one(&silent, &offer()).is_some());
    assert!(one(&Wish::default(), &offer()).is_some());
    assert!(one(&wish(), &OfferCard { label: "Plonge".into(), ..Default::default() }).is_some());
    // Each member taken away, the offer stays.
    for change in [
        |wish: &mut Wish| wish.kinds.clear(),
        |wish: &mut Wish| wish.naf_codes.clear(),
        |wish: &mut Wish| wish.jobs.clear(),
        |wish: &mut Wish| (wish.min_weekly_minutes, wish.max_weekly_minutes) = (0, 0),
        |wish: &mut Wish| wish.distance_km = 0,
        |wish: &mut Wish| wish.commune_code.clear(),
    ] {
        let mut less = wish();
        change(&mut less);
        assert!(one(&less, &offer()).is_some_and(|scored| scored.score >= 75));
    }
}

#[test]
fn french_says_which_support_to_foresee_and_changes_no_score() {
    let learns =
        Wish { kinds: vec![WishKind::EMPLOI.into(), WishKind::APPRENDRE_LE_FRANCAIS.into()], ..wish() };
    for french in [
        FrenchUse::FRENCH_USE_UNSPECIFIED,
        FrenchUse::FRANCAIS_PEU_UTILE,
        FrenchUse::FRANCAIS_CONSIGNES,
        FrenchUse::FRANCAIS_ORAL,
        FrenchUse::FRANCAIS_ECRIT,
    ] {
        let offer = changed(|offer| offer.french = french.into());
        for wish in [&wish(), &learns] {
            assert_eq!(one(wish, &offer).map(|scored| scored.score), Some(100), "{french:?}");
        }
    }
    let (_, text) = verdict(&learns, &offer(), Criterion::French);
    assert!(text.contains("prévoir un appui"), "{text}");
}

#[test]
fn an_offer_of_which_all_that_is_known_differs_is_left_out() {
    let far = changed(|offer| {
        offer.rome_code = "M1805".into();
        offer.sector = "62.01Z".into();
        offer.weekly_minutes = 39 * 60;
        offer.insee_code = "31555".into();
    });
    let other = Wish { kinds: vec![WishKind::ETRE_BENEVOLE.into()], ..wish() };
    assert!(one(&other, &far).is_none());
    let near = OfferCard { insee_code: "30007".into(), ..far };
    assert!(one(&other, &near).is_some());
}

#[test]
fn who_does_not_wish_to_work_for_now_is_left_in_peace() {
    let quiet = Wish { kinds: vec![WishKind::PAS_POUR_L_INSTANT.into()], ..wish() };
    assert!(one(&quiet, &offer()).is_none());
    let wishes = [Wished::of(&quiet, ""), Wished::of(&wish(), "")];
    let found = rank_wishes(&Offered::of(&offer()), &wishes, 10);
    assert_eq!(found.iter().map(|scored| scored.index).collect::<Vec<_>>(), [1]);
}

#[test]
fn the_best_come_first_and_of_two_equals_the_one_of_which_more_is_known() {
    let offers = [
        Offered::of(&changed(|offer| offer.rome_code = "K2202".into())),
        Offered::of(&OfferCard::default()),
        Offered::of(&offer()),
    ];
    let order = |limit| -> Vec<usize> {
        rank(&Wished::of(&wish(), ""), &offers, limit).iter().map(|scored| scored.index).collect()
    };
    assert_eq!(order(10), [2, 0, 1]);
    assert_eq!(order(1), [2]);
    assert_eq!(order(0), Vec::<usize>::new());
}

proptest! {
    #[test]
    fn a_score_is_between_0_and_100_and_a_limit_only_cuts(hours in 0u32..48, km in 0u32..60, limit in 1usize..6) {
        let offers: Vec<Offered> = (0..6u32)
            .map(|n| Offered::of(&changed(|offer| offer.weekly_minutes = (hours + n) % 48 * 60)))
            .collect();
        let wished = Wished::of(&Wish { distance_km: km, ..wish() }, "");
        let all = rank(&wished, &offers, 6);
        prop_assert!(all.iter().all(|scored| scored.score <= 100));
        let some = rank(&wished, &offers, limit);
        let indexes = |list: &[Scored]| list.iter().map(|scored| scored.index).collect::<Vec<_>>();
        prop_assert_eq!(indexes(&some), indexes(&all)[..limit.min(all.len())].to_vec());
    }
}
