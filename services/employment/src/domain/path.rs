//! The path that a person’s contracts make, one after the other, as far as Jalon knows them.

use std::collections::BTreeMap;

use contracts::common::v1::OrganisationKind;
use jiff::civil::Date;
use service::{Context, Domain as _};
use uuid::Uuid;
use vocabulary::dates::{days_after, days_between};

use super::{
    ContractKind, Event, Programme,
    aggregate::{Employment, State},
};

/// A contract’s days, the last one included.
pub(super) type Days = (Date, Date);

/// The person’s contracts but that one, as they stand.
fn others(context: &Context) -> Vec<State> {
    let mut contracts: BTreeMap<Uuid, State> = BTreeMap::new();
    for (stream, fact) in context.of_case::<Event>() {
        let state = contracts.remove(&stream).unwrap_or_default();
        contracts.insert(stream, Employment::apply(state, fact));
    }
    contracts.remove(&context.stream_id);
    contracts.into_values().collect()
}

/// The days of a contract until that one, both included; none when it begins later.
fn until(state: &State, last: Date) -> Option<Days> {
    let first = state.started_on?;
    let end = state.ended_on.or(state.ends_on).unwrap_or(last).min(last);
    (first <= end).then_some((first, end))
}

/// The days of the CDDI in it: a contract that became one without term counts until then.
fn as_cddi(state: &State, last: Date) -> Option<Days> {
    let (first, end) = until(state, last)?;
    let end = state.converted_on.map_or(end, |day| end.min(days_after(day, -1)));
    (state.began_as == ContractKind::CDDI && first <= end).then_some((first, end))
}

/// Whether it is one of the insertion par l’activité économique.
fn in_siae(state: &State, context: &Context) -> bool {
    use OrganisationKind::{ACI, AI, EI, EITI, ETTI};
    let employer = state.employer_id.and_then(|id| context.organisation(id)).map(|employer| employer.kind);
    matches!(employer, Some(ACI | AI | EI | EITI | ETTI))
        || state.began_as == ContractKind::CDDI
        || matches!(state.programme, Programme::IAE | Programme::PHC | Programme::CVG)
}

/// The days that these cover, each counted once.
fn covered(mut all: Vec<Days>) -> i32 {
    all.sort_unstable();
    let (mut days, mut reached) = (0, None::<Date>);
    for (first, last) in all {
        let first = reached.map_or(first, |reached| first.max(days_after(reached, 1)));
        if first <= last {
            days += days_between(first, last) + 1;
            reached = Some(last);
        }
    }
    days
}

/// The days in CDDI of all the person’s contracts with this one, which has these days.
pub(super) fn days_in_cddi(own: Days, context: &Context) -> i32 {
    let others = others(context);
    let earlier = others.iter().filter_map(|state| as_cddi(state, own.1));
    covered(earlier.chain([own]).collect())
}

/// The days in SIAE before that one; `own`, what the contract that is asked about was until then.
pub(super) fn days_in_siae(first: Date, own: Option<&State>, context: &Context) -> i32 {
    let eve = days_after(first, -1);
    let others = others(context);
    let all = others.iter().chain(own).filter(|state| in_siae(state, context));
    covered(all.filter_map(|state| until(state, eve)).collect())
}
