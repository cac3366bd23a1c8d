//! From facts to facets. A kind of fact that is not here changes nothing but the last fact.

use contracts::{Facts, Recorded, events};
use projections::Poison;
use service::forgettings::CONTACTS;
use uuid::Uuid;
use vocabulary::dates::parse;

use crate::status::{Diagnostic, Immersion, ImmersionState, LastFact, Resource, Status};

mod around;
mod sent;
mod work;

pub(crate) use sent::sending;

/// Folds one fact into the status.
pub(super) fn fold(status: &mut Status, fact: &Recorded) -> Result<(), Poison> {
    let stream = fact.stream_id;
    match fact.kind.aggregate().name {
        "case" => {
            let event = as_fact(fact)?;
            status.forgettings.apply(&event);
            status.restrictions.apply(&event);
            around::case(status, event, fact.position);
        }
        "wish" => around::wish(status, as_fact(fact)?, stream, fact.position),
        "activity" => around::activity(status.activities.entry(stream).or_default(), as_fact(fact)?),
        "appointment" => around::appointment(status, as_fact(fact)?, stream),
        "writing" => around::writing(status, as_fact(fact)?),
        "diagnostic" => diagnostic(status, as_fact(fact)?, fact),
        "resource" => resource(status.resources.entry(stream).or_default(), as_fact(fact)?),
        "prescription" => sent::prescription(status, as_fact(fact)?, fact),
        "pass" => sent::pass(status.passes.entry(stream).or_default(), as_fact(fact)?),
        "convention" => {
            let event = as_fact(fact)?;
            work::validation(&mut status.validations, stream, &event);
            convention(status.immersions.entry(stream).or_default(), event);
        }
        "employment" => work::employment(status.employments.entry(stream).or_default(), as_fact(fact)?),
        "match" => work::offer(status.matches.entry(stream).or_default(), as_fact(fact)?),
        "attendance" => status.gatherings += 1,
        _ => {}
    }
    let occurred_on = Some(fact.occurred_on);
    if CONTACTS.contains(&fact.kind.name) {
        status.last_contact = status.last_contact.max(occurred_on);
    }
    status.last = LastFact { kind: fact.kind.code(), occurred_on, position: fact.position };
    Ok(())
}

/// The fact, when it is one of that aggregate.
fn as_fact<E: Facts>(fact: &Recorded) -> Result<E, Poison> {
    Ok(fact.trace()?)
}

fn id(text: &str) -> Option<Uuid> {
    text.parse().ok()
}

fn diagnostic(status: &mut Status, fact: events::Diagnostic, recorded: &Recorded) {
    match fact {
        events::Diagnostic::DiagnosticStarted(started) => {
            let diagnostic = Diagnostic {
                frame: started.frame,
                started_on: parse(&started.started_on),
                ..Diagnostic::default()
            };
            status.diagnostics.insert(recorded.stream_id, diagnostic);
        }
        events::Diagnostic::DiagnosticCompleted(completed) => {
            let diagnostic = status.diagnostics.entry(recorded.stream_id).or_default();
            diagnostic.completed_on = parse(&completed.completed_on);
            diagnostic.valid_until = parse(&completed.valid_until);
            diagnostic.author = completed.author;
        }
        events::Diagnostic::ObstacleNamed(named) => weigh(status, &named.obstacle_id, true),
        events::Diagnostic::ObstacleEased(eased) => weigh(status, &eased.obstacle_id, false),
        events::Diagnostic::ObstacleReturned(returned) => weigh(status, &returned.obstacle_id, true),
        _ => {}
    }
}

fn resource(one: &mut Resource, fact: events::Resource) {
    if let events::Resource::ResourceMobilised(mobilised) = fact {
        one.mobilised_on = parse(&mobilised.mobilised_on);
        one.obstacle_id = id(&mobilised.obstacle_id);
    } else if let events::Resource::ResourceEnded(over) = fact {
        one.ended_on = parse(&over.ended_on);
        one.outcome = over.outcome;
    }
}

fn weigh(status: &mut Status, obstacle: &str, open: bool) {
    status.obstacles.extend(id(obstacle).map(|obstacle| (obstacle, open)));
}

fn convention(one: &mut Immersion, fact: events::Convention) {
    match fact {
        events::Convention::ConventionDrafted(drafted) => {
            one.kind = drafted.kind;
            one.object = drafted.object;
            one.host_id = id(&drafted.host_id);
            one.signatories = drafted.signatories;
            dates(one, &drafted.terms.starts_on, &drafted.terms.ends_on);
        }
        events::Convention::ConventionAmended(amended) => {
            one.object = amended.object;
            one.signatories = amended.signatories;
            one.signed.clear();
            one.state = ImmersionState::Drafted;
            dates(one, &amended.terms.starts_on, &amended.terms.ends_on);
        }
        events::Convention::ConventionSigned(signed) => one.signed.push(signed.party),
        events::Convention::ConventionFullySigned(signed) => {
            one.state = ImmersionState::FullySigned;
            one.kind = signed.kind;
            dates(one, &signed.terms.starts_on, &signed.terms.ends_on);
        }
        events::Convention::ConventionApproved(_) => one.state = ImmersionState::Approved,
        events::Convention::ConventionValidated(_) => one.state = ImmersionState::Validated,
        events::Convention::ConventionRejected(_) => one.state = ImmersionState::Rejected,
        events::Convention::ConventionCancelled(_) => one.state = ImmersionState::Cancelled,
        events::Convention::ConventionLapsed(_) => one.state = ImmersionState::Lapsed,
        events::Convention::ImmersionStarted(started) => {
            one.state = ImmersionState::Started;
            dates(one, &started.started_on, &started.ends_on);
        }
        events::Convention::ImmersionInterrupted(interrupted) => {
            one.state = ImmersionState::Interrupted;
            one.ends_on = parse(&interrupted.interrupted_on).or(one.ends_on);
        }
        events::Convention::ImmersionEnded(over) => {
            one.state = ImmersionState::Ended;
            one.ends_on = parse(&over.ended_on).or(one.ends_on);
        }
        events::Convention::ConventionCorrected(corrected) => {
            if corrected.object.to_i32() != 0 {
                one.object = corrected.object;
            }
            if !corrected.signatories.is_empty() {
                one.signatories = corrected.signatories;
            }
            dates(one, &corrected.terms.starts_on, &corrected.terms.ends_on);
        }
        events::Convention::ImmersionReviewed(reviewed) => {
            one.reviewed_on = parse(&reviewed.reviewed_on);
            one.outcome = reviewed.outcome;
            one.hired = reviewed.hired;
        }
        events::Convention::ImmersionReviewCorrected(corrected) => {
            one.outcome = corrected.outcome;
            one.hired = corrected.hired;
        }
        other => twice(one, other),
    }
}

/// What another tool says of the same immersion.
fn twice(one: &mut Immersion, fact: events::Convention) {
    match fact {
        events::Convention::ConventionRecognised(same) => one.same_as = id(&same.same_as_convention_id),
        events::Convention::ConventionToldApart(_) => {
            one.same_as = None;
            one.divergences.clear();
        }
        events::Convention::DivergenceNoted(noted) => {
            let new = noted.about.into_iter().filter(|what| !one.divergences.contains(what));
            let new: Vec<String> = new.collect();
            one.divergences.extend(new);
        }
        _ => {}
    }
}

/// What is said of the dates; what is not said stays as it was.
fn dates(one: &mut Immersion, starts_on: &str, ends_on: &str) {
    one.starts_on = parse(starts_on).or(one.starts_on);
    one.ends_on = parse(ends_on).or(one.ends_on);
}
