//! From facts to facets. A kind of fact that is not here changes nothing but the last fact.

use contracts::{Recorded, events};
use jiff::civil::Date;
use projections::Poison;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{
    super::status::{
        Diagnostic, Eligibility, Employment, Immersion, ImmersionState, LastFact, Member, Prescription,
        PrescriptionState, Status,
    },
    as_fact,
};

/// Folds one fact into the status.
pub(super) fn fold(status: &mut Status, fact: &Recorded) -> Result<(), Poison> {
    match fact.kind.aggregate().name {
        "case" => case(status, as_fact(fact)?, fact.position),
        "diagnostic" => diagnostic(status, as_fact(fact)?, fact),
        "prescription" => prescription(status, as_fact(fact)?, fact),
        "convention" => convention(status.immersions.entry(fact.stream_id).or_default(), as_fact(fact)?),
        "employment" => employment(status.employments.entry(fact.stream_id).or_default(), as_fact(fact)?),
        _ => {}
    }
    let occurred_on = Some(fact.occurred_on);
    status.last = LastFact { kind: fact.kind.code(), occurred_on, position: fact.position };
    Ok(())
}

fn id(text: &str) -> Option<Uuid> {
    text.parse().ok()
}

fn case(status: &mut Status, fact: events::Case, position: i64) {
    match fact {
        events::Case::CaseOpened(opened) => {
            status.open = true;
            status.opened_on = parse(&opened.opened_on);
            status.structure_id = id(&opened.structure_id).unwrap_or_default();
            status.device = opened.device;
            status.platform_id = id(&opened.platform_id);
            status.origin = opened.origin;
        }
        events::Case::IdentityRecorded(_) | events::Case::IdentityCorrected(_) => {
            status.identity_position = Some(position);
        }
        events::Case::CircleMemberJoined(joined) => {
            let member = Member {
                organisation_id: id(&joined.organisation_id),
                role: joined.role,
                since: parse(&joined.since),
            };
            status.circle.extend(id(&joined.post_id).map(|post| (post, member)));
        }
        events::Case::CircleMemberLeft(left) => {
            status.circle.retain(|post, _| id(&left.post_id) != Some(*post));
        }
        other => standing(status, other),
    }
}

fn standing(status: &mut Status, fact: events::Case) {
    match fact {
        events::Case::CaseClosed(closed) => {
            status.open = false;
            status.closed_on = parse(&closed.closed_on);
            status.closing = closed.reason;
        }
        events::Case::CaseReopened(_) => {
            status.open = true;
            status.closed_on = None;
            status.closing = Default::default();
        }
        _ => {}
    }
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

fn weigh(status: &mut Status, obstacle: &str, open: bool) {
    status.obstacles.extend(id(obstacle).map(|obstacle| (obstacle, open)));
}

fn prescription(status: &mut Status, fact: events::Prescription, recorded: &Recorded) {
    if let events::Prescription::EligibilityEstablished(established) = fact {
        status.eligibility = Some(Eligibility {
            ground: established.ground,
            established_on: parse(&established.established_on),
            valid_until: parse(&established.valid_until),
        });
        return;
    }
    let one = status.prescriptions.entry(recorded.stream_id).or_default();
    match fact {
        events::Prescription::PrescriptionPrepared(prepared) => {
            one.kind = prepared.kind;
            one.addressee_id = id(&prepared.addressee_id);
        }
        events::Prescription::PrescriptionSent(sent) => {
            *one = Prescription {
                kind: sent.kind,
                state: PrescriptionState::Sent,
                addressee_id: id(&sent.addressee_id),
                sent_on: parse(&sent.sent_on),
                answer_due_on: parse(&sent.answer_due_on),
                ..Prescription::default()
            };
        }
        events::Prescription::PrescriptionReceived(_) => one.state = PrescriptionState::Received,
        events::Prescription::PrescriptionAccepted(accepted) => {
            ended(one, PrescriptionState::Accepted, parse(&accepted.accepted_on));
            one.starts_on = parse(&accepted.starts_on);
        }
        events::Prescription::PrescriptionRefused(refused) => {
            ended(one, PrescriptionState::Refused, parse(&refused.refused_on));
            one.reason = refused.reason;
        }
        events::Prescription::PrescriptionUnanswered(_) => {
            ended(one, PrescriptionState::Unanswered, Some(recorded.occurred_on));
        }
        events::Prescription::PrescriptionWithdrawn(withdrawn) => {
            ended(one, PrescriptionState::Withdrawn, parse(&withdrawn.withdrawn_on));
        }
        events::Prescription::PrescriptionLapsed(_) => {
            ended(one, PrescriptionState::Lapsed, Some(recorded.occurred_on));
        }
        _ => {}
    }
}

fn ended(one: &mut Prescription, state: PrescriptionState, on: Option<Date>) {
    one.state = state;
    one.ended_on = on;
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
            one.outcome = reviewed.outcome;
            one.hired = reviewed.hired;
        }
        _ => {}
    }
}

/// What is said of the dates; what is not said stays as it was.
fn dates(one: &mut Immersion, starts_on: &str, ends_on: &str) {
    one.starts_on = parse(starts_on).or(one.starts_on);
    one.ends_on = parse(ends_on).or(one.ends_on);
}

fn employment(one: &mut Employment, fact: events::Employment) {
    match fact {
        events::Employment::EmploymentStarted(started) => {
            *one = Employment {
                contract: started.contract,
                programme: started.programme,
                employer_id: id(&started.employer_id),
                weekly_minutes: started.weekly_minutes,
                started_on: parse(&started.started_on),
                ends_on: parse(&started.ends_on),
                ..Employment::default()
            };
        }
        other => goes_on(one, other),
    }
}

fn goes_on(one: &mut Employment, fact: events::Employment) {
    match fact {
        events::Employment::HoursChanged(changed) => one.weekly_minutes = changed.weekly_minutes,
        events::Employment::EmploymentEnded(over) => {
            one.ended_on = parse(&over.ended_on);
            one.reason = over.reason;
        }
        _ => {}
    }
}
