//! Offers and wishes brought together. Pure: what is compared is passed in, nothing is read or kept.
//!
//! Each criterion says how an offer stands to a wish: it fits, it is close, it differs, or nobody knows.
//! What nobody said excludes nothing and costs nothing. French is never counted: an offer that uses it says
//! which support to foresee. An offer is left out only when all that is known of it differs.

pub mod communes;
mod explanation;
mod rome;

use contracts::{
    FactType, Facts as _,
    case::v1::{Wish, WishKind},
    employment::v1::ContractKind,
    events,
    platform::v1::{FrenchUse, OfferCard},
};
use serde::Serialize;
use utoipa::ToSchema;

use communes::Place;

pub use explanation::Reason;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The kind of activity and the contract.
    Kind,
    /// The job, by its ROME code.
    Job,
    /// The sector, by its NAF code.
    Sector,
    /// The hours of a week.
    Hours,
    /// The distance between communes.
    Distance,
    /// French: the support to foresee, never counted.
    French,
}

/// How an offer stands to a wish on one criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is what is wished.
    Fits,
    /// It is near it.
    Close,
    /// It is something else.
    Differs,
    /// The wish or the offer does not say.
    Unknown,
}

/// The criteria that count, and how much. Their order is that of the answers.
const WEIGHTS: [(Criterion, u32); 5] = [
    (Criterion::Job, 40),
    (Criterion::Sector, 20),
    (Criterion::Distance, 20),
    (Criterion::Hours, 15),
    (Criterion::Kind, 5),
];

/// Hours a week that still are near what is wished: five hours, in minutes.
const NEAR_MINUTES: u32 = 5 * 60;
/// When no distance is said: near, then reachable, in kilometres.
const USUAL_KM: [f64; 2] = [15.0, 30.0];

/// An offer, ready to be compared.
#[derive(Clone, Debug)]
pub struct Offered {
    jobs: Option<rome::Code>,
    sector: String,
    section: Option<char>,
    weekly_minutes: u32,
    place: Option<Place>,
    town: String,
    contract: ContractKind,
    french: FrenchUse,
}

impl Offered {
    /// From what an offer says.
    pub fn of(card: &OfferCard) -> Self {
        let commune = communes::by_code(&card.insee_code);
        let town = if card.town.is_empty() { commune.map_or("", |one| one.name) } else { &card.town };
        Self {
            jobs: rome::Code::read(&card.rome_code),
            section: rome::section_of(&card.sector),
            sector: card.sector.clone(),
            weekly_minutes: card.weekly_minutes,
            place: commune.or_else(|| communes::by_name(&card.town)).and_then(|commune| commune.place),
            town: town.to_owned(),
            contract: card.contract.as_known().unwrap_or_default(),
            french: card.french.as_known().unwrap_or_default(),
        }
    }
}

/// A wish, ready to be compared.
#[derive(Clone, Debug)]
pub struct Wished {
    kinds: Vec<WishKind>,
    jobs: Vec<rome::Code>,
    sectors: Vec<(String, Option<char>)>,
    minutes: (u32, u32),
    distance_km: u32,
    place: Option<Place>,
    from_structure: bool,
}

impl Wished {
    /// From what a person wishes. `home` is the town of the structure that hosts them, for a wish that says
    /// no commune.
    pub fn of(wish: &Wish, home: &str) -> Self {
        let own = communes::by_code(&wish.commune_code);
        let hosted = || if wish.commune_code.is_empty() { communes::by_name(home) } else { None };
        let place = own.or_else(hosted).and_then(|commune| commune.place);
        Self {
            kinds: wish.kinds.iter().filter_map(contracts::EnumValue::as_known).collect(),
            jobs: wish.jobs.iter().filter_map(|job| rome::Code::read(&job.rome_code)).collect(),
            sectors: wish.naf_codes.iter().map(|code| (code.clone(), rome::section_of(code))).collect(),
            minutes: (wish.min_weekly_minutes, wish.max_weekly_minutes),
            distance_km: wish.distance_km,
            place,
            from_structure: own.is_none() && place.is_some(),
        }
    }

    /// Whether the person does not wish to work for now: nothing is proposed.
    pub fn is_quiet(&self) -> bool {
        self.kinds.contains(&WishKind::PAS_POUR_L_INSTANT)
    }
}

/// What a fact says that a person wishes, its parts opened; nothing when the wish is set aside.
pub fn said(kind: &'static FactType, bytes: &[u8]) -> Option<Wish> {
    match events::Wish::decode(kind, bytes).ok()? {
        events::Wish::WishExpressed(expressed) => {
            Some(expressed.wish.as_option().cloned().unwrap_or_default())
        }
        events::Wish::WishRevised(revised) => Some(revised.wish.as_option().cloned().unwrap_or_default()),
        events::Wish::WishSetAside(_) => None,
    }
}

/// An offer that answers a wish, with why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Scored {
    /// Its place in the list that was compared.
    #[serde(skip)]
    pub index: usize,
    /// 0 to 100: what fits, among all that counts.
    pub score: u32,
    /// Why, criterion by criterion, in French.
    pub reasons: Vec<Reason>,
}

/// How an offer stands to a wish, and its score; nothing when all that is known differs.
fn compare(wish: &Wished, offer: &Offered) -> Option<(u32, u32)> {
    let (mut points, mut known, mut linked, mut said) = (0, 0, false, false);
    for (criterion, weight) in WEIGHTS {
        let verdict = verdict(criterion, wish, offer);
        points += match verdict {
            Verdict::Fits => weight * 100,
            Verdict::Close | Verdict::Unknown => weight * 50,
            Verdict::Differs => 0,
        };
        said |= verdict != Verdict::Unknown;
        linked |= matches!(verdict, Verdict::Fits | Verdict::Close);
        known += if verdict == Verdict::Unknown { 0 } else { weight };
    }
    (linked || !said).then_some((points / 100, known))
}

/// The offers that answer a wish, best first, at most so many; each with its reasons. Of two equal scores,
/// the one of which more is known comes first.
pub fn rank(wish: &Wished, offers: &[Offered], limit: usize) -> Vec<Scored> {
    if wish.is_quiet() {
        return Vec::new();
    }
    best(offers.iter().map(|offer| (wish, offer)), limit)
}

/// The wishes that an offer answers, best first, at most so many; those who do not wish to work for now are
/// left in peace.
pub fn rank_wishes(offer: &Offered, wishes: &[Wished], limit: usize) -> Vec<Scored> {
    best(wishes.iter().map(|wish| (wish, offer)), limit)
}

fn best<'a>(pairs: impl Iterator<Item = (&'a Wished, &'a Offered)> + Clone, limit: usize) -> Vec<Scored> {
    let mut scores: Vec<(u32, u32, usize)> = pairs
        .clone()
        .enumerate()
        .filter(|(_, (wish, _))| !wish.is_quiet())
        .filter_map(|(index, (wish, offer))| compare(wish, offer).map(|(score, known)| (score, known, index)))
        .collect();
    let order = |one: &(u32, u32, usize), other: &(u32, u32, usize)| {
        (other.0, other.1, one.2).cmp(&(one.0, one.1, other.2))
    };
    if scores.len() > limit && limit > 0 {
        scores.select_nth_unstable_by(limit - 1, order);
    }
    scores.truncate(limit);
    scores.sort_unstable_by(order);
    let pairs: Vec<_> = pairs.collect();
    let scored = |(score, _, index): (u32, u32, usize)| {
        let (wish, offer) = pairs[index];
        Scored { index, score, reasons: explanation::reasons(wish, offer) }
    };
    scores.into_iter().map(scored).collect()
}

fn verdict(criterion: Criterion, wish: &Wished, offer: &Offered) -> Verdict {
    match criterion {
        Criterion::Kind => kind(wish, offer),
        Criterion::Job => match offer.jobs {
            Some(job) => best_of(wish.jobs.iter().map(|wished| wished.compare(job))),
            None => Verdict::Unknown,
        },
        Criterion::Sector if offer.sector.is_empty() => Verdict::Unknown,
        Criterion::Sector => best_of(wish.sectors.iter().map(|(code, section)| {
            match (rome::shares_division(code, &offer.sector), *section == offer.section) {
                (true, _) => Verdict::Fits,
                (false, true) if code.len() == 1 => Verdict::Fits,
                (false, true) => Verdict::Close,
                (false, false) => Verdict::Differs,
            }
        })),
        Criterion::Hours => hours(wish, offer),
        Criterion::Distance => match distance_km(wish, offer) {
            Some(km) => distance(km, wish.distance_km),
            None => Verdict::Unknown,
        },
        Criterion::French => Verdict::Unknown,
    }
}

/// The best of several; unknown when there is none.
fn best_of(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.fold(Verdict::Unknown, |best, verdict| match (best, verdict) {
        (Verdict::Fits, _) | (_, Verdict::Fits) => Verdict::Fits,
        (Verdict::Close, _) | (_, Verdict::Close) => Verdict::Close,
        _ => Verdict::Differs,
    })
}

fn kind(wish: &Wished, offer: &Offered) -> Verdict {
    use ContractKind::{APPRENTISSAGE, CONTRACT_KIND_UNSPECIFIED, PROFESSIONNALISATION};
    let wishes = |kind| wish.kinds.contains(&kind);
    let learning = matches!(offer.contract, APPRENTISSAGE | PROFESSIONNALISATION);
    if wish.kinds.is_empty() {
        return Verdict::Unknown;
    }
    match offer.contract {
        _ if wishes(WishKind::EMPLOI) && !learning => Verdict::Fits,
        _ if wishes(WishKind::ALTERNANCE) && learning => Verdict::Fits,
        CONTRACT_KIND_UNSPECIFIED if wishes(WishKind::ALTERNANCE) => Verdict::Unknown,
        // Working, trying a job and learning one lead to one another.
        _ if [
            WishKind::EMPLOI,
            WishKind::ALTERNANCE,
            WishKind::IMMERSION,
            WishKind::DECOUVRIR_DES_METIERS,
            WishKind::REPRENDRE_UN_RYTHME,
        ]
        .into_iter()
        .any(wishes) =>
        {
            Verdict::Close
        }
        _ => Verdict::Differs,
    }
}

fn hours(wish: &Wished, offer: &Offered) -> Verdict {
    let (least, most) = wish.minutes;
    let minutes = offer.weekly_minutes;
    if minutes == 0 || (least, most) == (0, 0) {
        return Verdict::Unknown;
    }
    let most = if most == 0 { u32::MAX } else { most };
    let inside = |near: u32| least.saturating_sub(near) <= minutes && minutes <= most.saturating_add(near);
    match (inside(0), inside(NEAR_MINUTES)) {
        (true, _) => Verdict::Fits,
        (false, true) => Verdict::Close,
        (false, false) => Verdict::Differs,
    }
}

fn distance_km(wish: &Wished, offer: &Offered) -> Option<f64> {
    Some(wish.place?.km_to(&offer.place?))
}

fn distance(km: f64, most_km: u32) -> Verdict {
    let [fits, close] = if most_km == 0 { USUAL_KM } else { [f64::from(most_km), f64::from(most_km) * 1.5] };
    match km {
        km if km <= fits => Verdict::Fits,
        km if km <= close => Verdict::Close,
        _ => Verdict::Differs,
    }
}
