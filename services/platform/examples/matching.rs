//! Brings 600 invented wishes together with 500 invented offers, and says how long it takes:
//! `cargo run -p platform --example matching`.

use std::time::Instant;

use contracts::{
    case::v1::{Wish, WishKind},
    common::v1::Job,
    platform::v1::{FrenchUse, OfferCard},
};
use platform::matching::{Offered, Wished, rank};

const PEOPLE: usize = 600;
const OFFERS: usize = 500;
/// Offers shown for each person.
const SHOWN: usize = 10;

const JOBS: [&str; 8] = ["K2204", "K2202", "G1602", "G1603", "A1203", "N4105", "N1103", "J1303"];
const SECTORS: [&str; 6] = ["81.21Z", "56.10A", "01.13Z", "49.41A", "87.90B", "52.10B"];
const COMMUNES: [&str; 8] = ["30007", "30132", "30189", "30010", "30243", "30334", "31555", "31149"];

fn wish(number: usize) -> Wish {
    Wish {
        kinds: vec![if number.is_multiple_of(5) { WishKind::IMMERSION } else { WishKind::EMPLOI }.into()],
        naf_codes: vec![SECTORS[number % SECTORS.len()].into()],
        jobs: [number, number / 3]
            .iter()
            .map(|n| Job { rome_code: JOBS[n % JOBS.len()].into(), ..Default::default() })
            .collect(),
        min_weekly_minutes: 10 * 60,
        max_weekly_minutes: 60 * (20 + u32::try_from(number % 16).unwrap_or(0)),
        distance_km: 10 + u32::try_from(number % 4).unwrap_or(0) * 10,
        commune_code: COMMUNES[number % COMMUNES.len()].into(),
        ..Default::default()
    }
}

fn offer(number: usize) -> OfferCard {
    OfferCard {
        rome_code: JOBS[number * 7 % JOBS.len()].into(),
        sector: SECTORS[number * 5 % SECTORS.len()].into(),
        weekly_minutes: 60 * (15 + u32::try_from(number % 21).unwrap_or(0)),
        insee_code: COMMUNES[number * 3 % COMMUNES.len()].into(),
        french: FrenchUse::FRANCAIS_ORAL.into(),
        ..Default::default()
    }
}

fn main() {
    let wishes: Vec<Wished> = (0..PEOPLE).map(|number| Wished::of(&wish(number), "Alès")).collect();
    let offers: Vec<Offered> = (0..OFFERS).map(|number| Offered::of(&offer(number))).collect();
    let mut times = Vec::new();
    let mut shown = 0;
    for _ in 0..5 {
        let begun = Instant::now();
        shown = wishes.iter().map(|wish| rank(wish, &offers, SHOWN).len()).sum();
        times.push(begun.elapsed());
    }
    times.sort();
    println!(
        "{PEOPLE} wishes × {OFFERS} offers, {shown} answers with their reasons: {:.1} ms (median of five; {})",
        times[2].as_secs_f64() * 1000.0,
        if cfg!(debug_assertions) { "without optimisation" } else { "optimised" }
    );
}
