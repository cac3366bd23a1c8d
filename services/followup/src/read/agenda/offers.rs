//! The offers that are open, each with the people whose wishes it answers. What a person wishes is opened at that
//! moment for those to whom it is open, compared, and never kept nor shown.

use contracts::Class;
use jiff::civil::Date;
use matching::{Criterion, Offered, Reason, Scored, Verdict, Wished, rank_wishes};
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    board::{self, Called},
    cards::Cards,
    names::Names,
    together,
};
use crate::views::{
    status::{MatchState, Status},
    together::{Offer, Thing},
};

/// People named beside an offer.
const PEOPLE: usize = 3;
/// Wishes looked at for an offer: a person may have several, and some were proposed it already.
const RANKED: usize = 40;
/// What an offer must answer of a wish to be said to suit: half of what counts.
const ENOUGH: u32 = 50;

/// An offer that is open.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfferLine {
    /// Its id.
    pub id: Uuid,
    /// How the employer calls the job.
    pub label: String,
    /// The employer.
    pub employer: String,
    /// Where.
    pub town: String,
    /// How many are sought.
    pub positions: u32,
    /// When it was published.
    #[schema(value_type = Option<String>, format = Date)]
    pub published_on: Option<Date>,
    /// To how many people it was proposed.
    pub proposed: usize,
    /// How many of them want it, or were put forward.
    pub wanted: usize,
    /// Those it suits best to whom it was not proposed yet, among the people whose wishes are open to the reader.
    pub suited: Vec<Suited>,
    /// Whether it suits others too.
    pub more: bool,
}

/// Someone whom an offer suits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suited {
    /// The person.
    #[serde(flatten)]
    pub called: Called,
    /// 0 to 100: what fits, among all that counts.
    pub score: u32,
    /// Why, criterion by criterion.
    pub reasons: Vec<Reason>,
}

/// A person's wish, compared: the place of the case in the list, and the wish.
type Compared = (Vec<usize>, Vec<Wished>);

/// The open offers of a platform, those that people want first; at most so many.
pub(super) async fn open(
    runtime: &Runtime,
    reading: &Reading,
    platform: Uuid,
    (cases, limit): (&[(Uuid, Status)], usize),
) -> Result<Vec<OfferLine>, Problem> {
    let all = together::of_kind(runtime, reading, (platform, "offer"), None, usize::MAX).await?;
    let open: Vec<(Uuid, Offer)> = all
        .into_iter()
        .filter_map(|(id, thing)| match thing {
            Thing::Offer(one) if one.is_open() => Some((id, one)),
            _ => None,
        })
        .collect();
    let ids = open.iter().filter_map(|(_, one)| one.employer_id);
    let ids: Vec<Uuid> = ids.chain(cases.iter().map(|(_, status)| status.structure_id)).collect();
    let cards = Cards::read(runtime, &ids).await?;
    let mut lines: Vec<(OfferLine, Offered)> =
        open.into_iter().map(|(id, one)| (line(id, &one, cases, &cards), one.compared())).collect();
    lines.sort_by_key(|(line, _)| std::cmp::Reverse((line.wanted, line.proposed, line.published_on)));
    lines.truncate(limit);
    if !lines.is_empty() {
        let compared = wishes(runtime, reading, cases, &cards).await?;
        suit(runtime, reading, cases, (&compared, &mut lines)).await?;
    }
    Ok(lines.into_iter().map(|(line, _)| line).collect())
}

fn line(id: Uuid, one: &Offer, cases: &[(Uuid, Status)], cards: &Cards) -> OfferLine {
    let matches = cases.iter().flat_map(|(_, status)| status.matches.values());
    let proposed = matches.filter(|found| found.offer_id == Some(id));
    let wanted = proposed.clone().filter(|found| {
        matches!(found.state, MatchState::Accepted | MatchState::PutForward | MatchState::Answered)
    });
    OfferLine {
        id,
        employer: one.employer_id.map_or_else(|| one.employer_name.clone(), |id| cards.card(id).name),
        label: one.label.clone(),
        town: one.town.clone(),
        positions: one.positions,
        published_on: one.published_on,
        wanted: wanted.count(),
        proposed: proposed.count(),
        suited: Vec::new(),
        more: false,
    }
}

/// What people wish, for those to whom it is open and who wish to work now: one query for the facts, one for the
/// keys.
async fn wishes(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[(Uuid, Status)],
    cards: &Cards,
) -> Result<Compared, Problem> {
    let today = runtime.clock.today();
    let mut names = Names::of(runtime, reading, cases).await?;
    let mut wanted = Vec::new();
    for (index, (id, status)) in cases.iter().enumerate() {
        let quiet = status.wishes.is_empty() || status.is_not_for_now() || status.is_paused(today);
        if !quiet && names.wishes_are_open(runtime, *id, status) {
            wanted.extend(status.wishes.values().map(|wish| (wish.position, index)));
        }
    }
    wanted.sort_unstable();
    let positions: Vec<i64> = wanted.iter().map(|(position, _)| *position).collect();
    if positions.is_empty() {
        return Ok(Compared::default());
    }
    let facts = runtime.journal.at(&positions).await?;
    // Those whom an offer suits are noted as listed, further on; what they wish is shown to nobody.
    let compared = Reading::by_system("offers and wishes compared");
    let opened = runtime.open(&compared, &facts, |class| class == Class::Project).await?;
    let mut found = Compared::default();
    for (fact, opened) in facts.iter().zip(opened) {
        let Ok(at) = wanted.binary_search_by_key(&fact.position, |(position, _)| *position) else { continue };
        let wish = matching::said(fact.kind, &opened.bytes);
        if let Some(wish) = wish.filter(|_| !opened.forgotten.contains(&Class::Project)) {
            let index = wanted[at].1;
            let home = cards.organisation(cases[index].1.structure_id).map_or("", |one| one.town.as_str());
            found.0.push(index);
            found.1.push(Wished::of(&wish, home));
        }
    }
    Ok(found)
}

/// Whether the job or its sector is what is wished, or near it; for who named neither, whether both the place and
/// the hours are: to be near is not enough.
fn suits(scored: &Scored) -> bool {
    let verdict = |criterion: Criterion| {
        let reason = scored.reasons.iter().find(|reason| reason.criterion == criterion);
        reason.map_or(Verdict::Unknown, |reason| reason.verdict)
    };
    let work = [verdict(Criterion::Job), verdict(Criterion::Sector)];
    let named = work.iter().any(|one| matches!(one, Verdict::Fits | Verdict::Close));
    let practical = [verdict(Criterion::Distance), verdict(Criterion::Hours)];
    let silent = work == [Verdict::Unknown; 2] && practical == [Verdict::Fits; 2];
    scored.score >= ENOUGH && (named || silent)
}

/// Says whom each offer suits, once a person: the best of their wishes comes first.
async fn suit(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[(Uuid, Status)],
    ((owners, wishes), lines): (&Compared, &mut [(OfferLine, Offered)]),
) -> Result<(), Problem> {
    let mut chosen: Vec<(usize, usize, u32, Vec<Reason>)> = Vec::new();
    for (at, (line, offer)) in lines.iter_mut().enumerate() {
        let mut seen = vec![false; cases.len()];
        let ranked = rank_wishes(offer, wishes, RANKED).into_iter().filter(suits);
        let mut found = 0;
        for scored in ranked {
            let index = owners[scored.index];
            let proposed = cases[index].1.matches.values().any(|one| one.offer_id == Some(line.id));
            if std::mem::replace(&mut seen[index], true) || proposed {
                continue;
            }
            found += 1;
            if found > PEOPLE {
                line.more = true;
                break;
            }
            chosen.push((at, index, scored.score, scored.reasons));
        }
    }
    let people: Vec<(Uuid, Status)> = chosen.iter().map(|(_, index, ..)| cases[*index].clone()).collect();
    let called = board::called(runtime, reading, &people).await?;
    for ((at, _, score, reasons), called) in chosen.into_iter().zip(called) {
        reading.listed(called.id);
        lines[at].0.suited.push(Suited { called, score, reasons });
    }
    Ok(())
}
