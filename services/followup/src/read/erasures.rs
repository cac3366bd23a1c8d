//! What is asked to be erased of a person, what must be kept, and when what is kept comes to its end.

use std::collections::BTreeMap;

use contracts::{Class, Facts as _, Recorded, events};
use jiff::civil::Date;
use serde::Serialize;
use service::{
    Problem, Reading, Runtime,
    forgettings::{Forgetting, Hold, Standing},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Seen, board, followups,
    recipients::{self, Told},
};
use crate::views::status::Status;

/// Everything of a case that is about erasing and keeping.
#[derive(Clone, Debug)]
pub struct Erasures {
    /// The requests, the last asked first.
    pub requests: Vec<(Uuid, Forgetting)>,
    /// The obligations to keep, the last placed first.
    pub holds: Vec<(Uuid, Hold)>,
    /// Until when data of a class are needed.
    pub needs: BTreeMap<String, Date>,
    /// What ends when: the French text of the rule, where it comes from, the first day after its term.
    pub terms: Vec<Term>,
    /// What was written about a request or a hold, as far as it is open to the reader.
    pub comments: BTreeMap<Uuid, Vec<String>>,
    /// Who had received data and was told of each erasure, by its request.
    pub told: BTreeMap<Uuid, Vec<Told>>,
    /// Whether the whole person was forgotten.
    pub forgotten: bool,
}

/// When what a rule keeps comes to its end.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RetentionTerm)]
pub struct Term {
    /// The rule.
    pub rule_id: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The first day on which it is to be erased, as things stand.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
}

/// Those of a case.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn read(runtime: &Runtime, reading: &Reading, seen: &Seen) -> Result<Erasures, Problem> {
    let kept = runtime.kept(seen.standing.case_id).await?;
    let terms = kept.terms().into_iter().map(|(rule, due_on)| Term {
        rule_id: &rule.id,
        text: &rule.text,
        source: &rule.source,
        due_on,
    });
    let terms = terms.collect();
    let forgotten = kept.forgettings.is_forgotten();
    let mut requests: Vec<_> = kept.forgettings.requests.into_iter().collect();
    let mut holds: Vec<_> = kept.forgettings.holds.into_iter().collect();
    let last = |id: &Uuid| std::cmp::Reverse(kept.positions.get(id).copied());
    requests.sort_by_key(|(id, one)| (!one.standing.is_open(), last(id)));
    holds.sort_by_key(|(id, _)| last(id));
    let comments = comments(runtime, reading, seen).await?;
    let told = recipients::by_request(runtime, seen.standing.case_id).await?;
    Ok(Erasures { requests, holds, needs: kept.forgettings.needs, terms, comments, told, forgotten })
}

/// What was written, by what it is about.
async fn comments(
    runtime: &Runtime,
    reading: &Reading,
    seen: &Seen,
) -> Result<BTreeMap<Uuid, Vec<String>>, Problem> {
    let facts = runtime.journal.stream(seen.standing.case_id, 1).await?;
    let ours = ["ForgettingRequested", "ForgettingDeclined", "LegalHoldPlaced"];
    let facts: Vec<Recorded> = facts.into_iter().filter(|fact| ours.contains(&fact.kind.name)).collect();
    let may = |class| class == Class::Social && seen.opens(class);
    let opened = runtime.open(reading, &facts, may).await?;
    let mut comments: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (fact, opened) in facts.iter().zip(opened) {
        let event =
            events::Case::decode(fact.kind, &opened.bytes).map_err(|error| Problem::internal(&error))?;
        let (about, comment) = match event {
            events::Case::ForgettingRequested(asked) => (asked.request_id, asked.comment),
            events::Case::ForgettingDeclined(declined) => (declined.request_id, declined.comment),
            events::Case::LegalHoldPlaced(placed) => (placed.hold_id, placed.comment),
            _ => continue,
        };
        if let (Ok(id), false) = (about.parse(), comment.is_empty()) {
            comments.entry(id).or_default().push(comment);
        }
    }
    Ok(comments)
}

/// A request of one’s own follow-ups.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The case.
    pub case_id: Uuid,
    /// How the person is called before the reader.
    pub called: String,
    /// What is asked, or proposed.
    pub request: Forgetting,
}

/// What is asked, or comes to its end, in the follow-ups of that reader’s post, open or closed: the soonest first.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn soon(runtime: &Runtime, reading: &Reading) -> Result<Vec<Ending>, Problem> {
    let mut cases = followups::cases(runtime, reading).await?;
    cases.retain(|(_, status)| open(status).next().is_some());
    let called = board::called(runtime, reading, &cases).await?;
    let mut endings = Vec::new();
    for ((case_id, status), called) in cases.iter().zip(called) {
        endings.extend(open(status).map(|request| Ending {
            case_id: *case_id,
            called: called.called.clone(),
            request: request.clone(),
        }));
    }
    endings.sort_by_key(|ending| ending.request.due_on);
    Ok(endings)
}

/// How many these are among these cases: nobody’s name is opened to be counted.
pub fn how_many(cases: &[(Uuid, Status)]) -> usize {
    cases.iter().map(|(_, status)| open(status).count()).sum()
}

/// What is asked, or proposed, in a case.
fn open(status: &Status) -> impl Iterator<Item = &Forgetting> {
    status.forgettings.requests.values().filter(|one| one.standing.is_open())
}

/// Where a request stands, and what happens next, in French.
pub fn standing(one: &Forgetting, today: Date) -> String {
    use vocabulary::dates::in_french;
    let on = |day: Option<Date>| day.map(|day| format!(" le {}", in_french(day))).unwrap_or_default();
    let left = one.needed.saturating_sub(u32::try_from(one.voices.len()).unwrap_or(u32::MAX));
    match one.standing {
        Standing::Asked if left > 1 => "attend l’accord de deux professionnels de la structure".to_owned(),
        Standing::Asked if one.asked_by.is_some() => {
            "attend l’accord d’un autre professionnel de la structure".to_owned()
        }
        Standing::Asked => "attend l’accord d’un professionnel de la structure".to_owned(),
        Standing::Approved if one.due_on.is_some_and(|due| due > today) => {
            format!("approuvé, sera fait{}", on(one.due_on))
        }
        Standing::Approved => "approuvé, se fait maintenant".to_owned(),
        Standing::Suspended => format!(
            "suspendu{} par une conservation légale : personne ne lit ces données, elles sont gardées",
            on(one.since)
        ),
        Standing::Begun => "en cours : ces données sont fermées à tous".to_owned(),
        Standing::Incomplete => format!(
            "fait{}, sauf à un endroit qui n’a pas pu être atteint ; un nouvel essai suit",
            on(one.since)
        ),
        Standing::Done => {
            let backups = one.backups_mute_on.map(|day| {
                format!(" ; les sauvegardes n’en disent plus rien au plus tard le {}", in_french(day))
            });
            format!("fait partout{}{}", on(one.since), backups.unwrap_or_default())
        }
        Standing::Declined => format!("écarté{}", on(one.since)),
        Standing::Withdrawn if one.is_retention() => {
            format!("n’est plus à faire, constaté{} : le terme a changé", on(one.since))
        }
        Standing::Withdrawn => format!("retiré{}", on(one.since)),
    }
}
