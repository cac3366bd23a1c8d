//! A match: the person answers first, then the employer. And who came to a gathering.

use contracts::Word;
use platform::domain::{
    attendance::{self, commands::AttendGathering},
    gathering,
    matches::{commands::*, *},
    offer,
    past::{Past, Proposal, ProposalStep},
};
use platform::reactions::{Awaited, EmployersAnswers};
use service::{Agenda as _, Due, Known};
use testkit::scenario::{Scenario, day, id};

use super::support::{EMPLOYER, PLATFORM, given, nothing, recorded, stream};

const OFFER: u128 = 60;
const GATHERING: u128 = 61;

fn offered(known: &mut Known) {
    let published = OfferPublished {
        platform_id: id(PLATFORM).to_string(),
        published_on: "2026-10-01".into(),
        ..Default::default()
    };
    stream::<offer::Event>(known, OFFER, [published]);
}

fn withdrawn(known: &mut Known) {
    let published = OfferPublished { platform_id: id(PLATFORM).to_string(), ..Default::default() };
    let withdrawn = OfferWithdrawn { withdrawn_on: "2026-11-10".into(), ..Default::default() };
    stream::<offer::Event>(known, OFFER, [offer::Event::from(published), withdrawn.into()]);
}

fn past(known: &mut Known, step: ProposalStep) {
    let proposal = Proposal { id: id(80), offer_id: id(OFFER), step, since: None };
    let past = Past { matches: vec![proposal], gatherings: vec![id(GATHERING)] };
    known.document = Some(serde_json::to_value(past).expect("JSON"));
}

fn propose(on: &str) -> ProposeMatch {
    ProposeMatch {
        offer_id: id(OFFER),
        wish_id: Some(id(90)),
        explanation: "Même métier, à 3 km.".into(),
        proposed_on: Some(day(on)),
    }
}

fn proposed() -> Vec<Event> {
    nothing::<Event>().knowing(offered).when(&propose("2026-11-02")).states(&["MatchProposed"])
}

fn accept() -> AcceptMatch {
    AcceptMatch { answered_on: Some(day("2026-11-05")) }
}

fn decline(on: &str) -> DeclineMatch {
    DeclineMatch { answered_on: Some(day(on)), reason: None, comment: String::new() }
}

fn put_forward() -> PutForward {
    PutForward {
        put_forward_on: Some(day("2026-11-06")),
        channel: Word(ContactChannel::TELEPHONE),
        comment: String::new(),
    }
}

fn answer(answer: EmployerAnswer) -> AnswerMatch {
    AnswerMatch { answered_on: Some(day("2026-11-09")), answer: Word(answer), comment: String::new() }
}

/// The proposal, then what these commands state, one after the other.
fn after(steps: &[&str]) -> Vec<Event> {
    let mut facts = proposed();
    for step in steps {
        let scenario = || Scenario::<Event>::given(facts.clone());
        let more = match *step {
            "accept" => scenario().when(&accept()).states(&["MatchAccepted"]),
            "decline" => scenario().when(&decline("2026-11-05")).states(&["MatchDeclined"]),
            "put forward" => scenario().when(&put_forward()).states(&["MatchPutForward"]),
            "answer" => scenario().when(&answer(EmployerAnswer::ENTRETIEN)).states(&["MatchAnswered"]),
            other => panic!("{other}"),
        };
        facts.extend(more);
    }
    facts
}

#[test]
fn an_offer_that_is_open_is_proposed() {
    let Event::MatchProposed(fact) = &proposed()[0] else { panic!("not proposed") };
    assert_eq!(fact.platform_id, id(PLATFORM).to_string());
    nothing::<Event>().when(&propose("2026-11-02")).refuses("rapprochement.offre");
    nothing::<Event>().knowing(withdrawn).when(&propose("2026-11-11")).refuses("rapprochement.offre");
    nothing::<Event>().knowing(withdrawn).when(&propose("2026-11-10")).states(&["MatchProposed"]);
}

#[test]
fn an_offer_awaits_its_answer_before_it_is_proposed_again() {
    use ProposalStep::{Accepted, Answered, Declined, Proposed, PutForward};
    for step in [Proposed, Accepted, PutForward] {
        let scenario = nothing::<Event>().knowing(offered).knowing(|known| past(known, step));
        scenario.when(&propose("2026-11-12")).refuses("rapprochement.deja");
    }
    for step in [Declined, Answered] {
        let scenario = nothing::<Event>().knowing(offered).knowing(|known| past(known, step));
        scenario.when(&propose("2026-11-12")).states(&["MatchProposed"]);
    }
}

fn closed(known: &mut Known) {
    let case = known.case.as_mut().expect("a case");
    (case.open, case.closed_on) = (false, Some(day("2026-11-10").0));
}

#[test]
fn nothing_begins_after_a_case_was_closed_but_the_past_is_still_told() {
    let scenario = || nothing::<Event>().knowing(offered).knowing(closed);
    scenario().when(&propose("2026-11-11")).refuses("rapprochement.dossier-clos");
    scenario().when(&propose("2026-11-10")).states(&["MatchProposed"]);
}

#[test]
fn the_person_answers_before_the_employer_hears_of_them() {
    Scenario::<Event>::given(proposed()).when(&put_forward()).refuses("rapprochement.accord");
    Scenario::<Event>::given(after(&["decline"])).when(&put_forward()).refuses("rapprochement.accord");
    let facts = after(&["accept", "decline"]);
    Scenario::<Event>::given(facts).when(&put_forward()).refuses("rapprochement.accord");
    Scenario::<Event>::given(after(&["accept"])).when(&put_forward()).states(&["MatchPutForward"]);
    Scenario::<Event>::given(after(&["accept", "put forward"])).when(&put_forward()).states(&[]);
}

#[test]
fn the_person_changes_their_mind_at_any_moment() {
    Scenario::<Event>::given(after(&["accept"])).when(&accept()).states(&[]);
    Scenario::<Event>::given(after(&["decline"])).when(&decline("2026-11-06")).states(&[]);
    Scenario::<Event>::given(after(&["decline"])).when(&accept()).states(&["MatchAccepted"]);
    for steps in [&["accept", "put forward"][..], &["accept", "put forward", "answer"]] {
        let scenario = Scenario::<Event>::given(after(steps));
        scenario.when(&decline("2026-11-12")).states(&["MatchDeclined"]);
    }
}

#[test]
fn the_employer_answers_once_they_were_told_and_may_answer_again() {
    use EmployerAnswer::{EMBAUCHE, ENTRETIEN};
    for steps in [&[][..], &["accept"], &["decline"]] {
        let scenario = Scenario::<Event>::given(after(steps));
        scenario.when(&answer(ENTRETIEN)).refuses("rapprochement.reponse");
    }
    let answered = || after(&["accept", "put forward", "answer"]);
    Scenario::<Event>::given(answered()).when(&answer(ENTRETIEN)).states(&[]);
    Scenario::<Event>::given(answered()).when(&answer(EMBAUCHE)).states(&["MatchAnswered"]);
}

#[test]
fn the_silence_of_an_employer_is_one_after_thirty_days_and_it_may_still_answer() {
    use EmployerAnswer::{EMBAUCHE, REPONSE_ABSENTE};
    let forward = after(&["accept", "put forward"]);
    let Some(Event::MatchPutForward(told)) = forward.last() else { panic!("not put forward") };
    assert_eq!(told.answer_due_on, "2026-12-06", "thirty days after 6 November");
    let silent = |on: &str| AnswerMatch { answered_on: Some(day(on)), ..answer(REPONSE_ABSENTE) };
    let scenario = || Scenario::<Event>::given(forward.clone()).on("2026-12-10");
    scenario().when(&silent("2026-12-06")).refuses("rapprochement.delai");
    let silence = scenario().when(&silent("2026-12-07")).states(&["MatchAnswered"]);
    let late = Scenario::<Event>::given([forward.clone(), silence].concat()).on("2026-12-20");
    late.when(&AnswerMatch { answered_on: Some(day("2026-12-20")), ..answer(EMBAUCHE) })
        .states(&["MatchAnswered"]);
}

/// What the agenda asks for after these facts of one match, the first at position 1.
fn due_after(facts: &[Event]) -> Vec<Due> {
    let mut state = Awaited::default();
    for fact in recorded::<Event>(70, facts.iter().cloned()) {
        assert_eq!(EmployersAnswers::key(&fact), Some(id(70)));
        EmployersAnswers::fold(&mut state, &fact).expect("it is understood");
    }
    EmployersAnswers::due(&state)
}

#[test]
fn the_clock_states_the_silence_of_an_employer_the_day_after_and_nothing_once_it_answered() {
    let dues = due_after(&after(&["accept", "put forward"]));
    assert_eq!(dues.len(), 1);
    assert_eq!((dues[0].target, dues[0].command, dues[0].cause), (id(70), "match.answer", 3));
    assert_eq!(dues[0].at, vocabulary::clock::start_of_day(day("2026-12-07").0));
    let command: AnswerMatch = serde_json::from_value(dues[0].body.clone()).expect("a command");
    let scenario = Scenario::<Event>::given(after(&["accept", "put forward"])).on("2026-12-07");
    let facts = scenario.when(&command).states(&["MatchAnswered"]);
    let Event::MatchAnswered(fact) = &facts[0] else { panic!("not answered") };
    assert_eq!(fact.answer, EmployerAnswer::REPONSE_ABSENTE);
    assert_eq!(due_after(&after(&["accept"])), []);
    assert_eq!(due_after(&after(&["accept", "put forward", "answer"])), []);
    let mut declined = after(&["accept", "put forward"]);
    declined.push(MatchDeclined::default().into());
    assert_eq!(due_after(&declined), [], "the person changed their mind");
    let before: Event = MatchPutForward { put_forward_on: "2026-11-06".into(), ..Default::default() }.into();
    assert_eq!(due_after(&[before])[0].at, dues[0].at, "a fact that does not say until when");
}

#[test]
fn days_come_in_their_order() {
    let early = Some(day("2026-11-01"));
    let scenario = || Scenario::<Event>::given(proposed());
    scenario().when(&AcceptMatch { answered_on: early }).refuses("rapprochement.dates");
    scenario().when(&decline("2026-11-01")).refuses("rapprochement.dates");
    let accepted = Scenario::<Event>::given(after(&["accept"]));
    accepted.when(&PutForward { put_forward_on: early, ..put_forward() }).refuses("rapprochement.dates");
    let forward = Scenario::<Event>::given(after(&["accept", "put forward"]));
    let late = AnswerMatch { answered_on: early, ..answer(EmployerAnswer::ENTRETIEN) };
    forward.when(&late).refuses("rapprochement.dates");
}

fn planned(known: &mut Known) {
    let planned = GatheringPlanned {
        platform_id: id(PLATFORM).to_string(),
        kind: GatheringKind::JOB_DATING.into(),
        planned_on: "2026-11-12".into(),
        ..Default::default()
    };
    stream::<gathering::Event>(known, GATHERING, [planned]);
}

fn attend(on: &str) -> AttendGathering {
    AttendGathering {
        gathering_id: id(GATHERING),
        attended_on: day(on),
        met_organisation_ids: vec![id(EMPLOYER), id(EMPLOYER)],
        comment: String::new(),
    }
}

#[test]
fn a_person_takes_part_in_a_gathering_once() {
    let scenario = || nothing::<attendance::Event>().knowing(planned);
    let facts = scenario().when(&attend("2026-11-12")).states(&["GatheringAttended"]);
    let attendance::Event::GatheringAttended(fact) = &facts[0];
    assert_eq!(fact.met_organisation_ids, [id(EMPLOYER).to_string()]);
    assert_eq!(fact.kind, GatheringKind::JOB_DATING);
    scenario()
        .knowing(|known| past(known, ProposalStep::Proposed))
        .when(&attend("2026-11-12"))
        .refuses("rencontre.deja-suivie");
}

#[test]
fn one_takes_part_in_what_took_place() {
    let scenario = || nothing::<attendance::Event>().knowing(planned);
    scenario().when(&attend("2026-11-11")).refuses("rencontre.participation");
    nothing::<attendance::Event>().when(&attend("2026-11-12")).refuses("rencontre.participation");
    scenario().knowing(closed).when(&attend("2026-11-12")).refuses("rapprochement.dossier-clos");
    let unknown = AttendGathering { met_organisation_ids: vec![id(99)], ..attend("2026-11-12") };
    scenario().when(&unknown).refuses("plateforme.organisation-citee");
}

#[test]
fn a_match_waits_for_no_diagnostic() {
    // Nothing of the diagnostic is even read: what is needed is the offer and what the case has with platforms.
    let needs = service::Command::needs(&propose("2026-11-02"), &Default::default());
    assert_eq!(needs.streams, [id(OFFER)]);
    assert!(given::<Event>(proposed()).when(&accept()).result.is_ok());
}
