//! Each status of the tool, the jumps between them, and what they prove.

use immersion::domain::{aggregate::Stage, *};

use super::tool::*;

fn all_signed(body: serde_json::Value) -> serde_json::Value {
    let body = signed(body, BENEFICIARY, "2026-09-02T22:30:00.000Z");
    let body = signed(body, HOST, "2026-09-03T10:00:00.000Z");
    signed(body, EMPLOYER, "2026-09-04T10:00:00.000Z")
}

fn in_review() -> serde_json::Value {
    at(all_signed(adult()), "2026-09-04T10:00:00.100Z", "IN_REVIEW")
}

fn validated() -> serde_json::Value {
    let body = at(in_review(), "2026-09-08T08:00:00.000Z", "ACCEPTED_BY_VALIDATOR");
    with(body, "dateValidation", "2026-09-08T07:59:59.900Z")
}

const SIGNED: [&str; 4] = [
    "ConventionSigned BENEFICIAIRE 2026-09-03",
    "ConventionSigned STRUCTURE_ACCUEIL 2026-09-03",
    "ConventionSigned EMPLOYEUR_ACTUEL 2026-09-04",
    "ConventionFullySigned 2026-09-04",
];

#[test]
fn a_convention_told_step_by_step_gives_each_fact_on_its_own_day_in_paris() {
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&adult()), ["ConventionDrafted 2026-09-01"]);
    // 22:30 in UTC is the day after in Paris.
    let one = at(
        signed(adult(), BENEFICIARY, "2026-09-02T22:30:00.000Z"),
        "2026-09-02T22:30:00.100Z",
        "PARTIALLY_SIGNED",
    );
    assert_eq!(heard.hear(&one), SIGNED[..1]);
    assert_eq!(heard.hear(&in_review()), SIGNED[1..]);
    let approved = at(in_review(), "2026-09-07T09:00:00.000Z", "ACCEPTED_BY_COUNSELLOR");
    assert_eq!(
        heard.hear(&with(approved, "dateApproval", "2026-09-07T08:59:00.000Z")),
        ["ConventionApproved 2026-09-07"]
    );
    assert_eq!(heard.state().stage, Stage::Approved);
    assert_eq!(heard.hear(&validated()), ["ConventionValidated 2026-09-08"]);
    let cancelled = at(validated(), "2026-09-10T15:00:00.000Z", "CANCELLED");
    assert_eq!(
        heard.hear(&with(cancelled, "statusJustification", "Chantier reporté.")),
        ["ConventionCancelled 2026-09-10"]
    );
    assert_eq!(heard.notifications(), (6, 0));
    assert!(heard.state().divergences.is_empty());
}

#[test]
fn a_jump_proves_every_signature_the_full_signature_the_approval_and_the_validation() {
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&adult()), ["ConventionDrafted 2026-09-01"]);
    let jump = with(validated(), "dateApproval", "2026-09-07T08:59:00.000Z");
    let mut expected = SIGNED.to_vec();
    expected.extend(["ConventionApproved 2026-09-07", "ConventionValidated 2026-09-08"]);
    assert_eq!(heard.hear(&jump), expected);
    assert_eq!(heard.state().stage, Stage::Validated);
}

#[test]
fn a_convention_first_seen_cancelled_was_signed_and_validated_before() {
    let mut heard = Heard::default();
    let cancelled = at(validated(), "2026-09-10T15:00:00.000Z", "CANCELLED");
    let mut expected = vec!["ConventionDrafted 2026-09-01"];
    expected.extend(SIGNED);
    expected.extend(["ConventionValidated 2026-09-08", "ConventionCancelled 2026-09-10"]);
    assert_eq!(heard.hear(&cancelled), expected);
    assert_eq!(heard.state().stage, Stage::Cancelled);
}

#[test]
fn a_convention_in_review_whose_signature_has_no_instant_is_fully_signed_all_the_same() {
    let mut heard = Heard::default();
    let body = with(in_review(), "signatories/beneficiaryCurrentEmployer/signedAt", serde_json::Value::Null);
    let facts = heard.hear(&body);
    assert_eq!(facts.last().map(String::as_str), Some("ConventionFullySigned 2026-09-03"));
}

#[test]
fn refused_or_dropped_it_keeps_the_signatures_it_shows_and_claims_no_other() {
    for (status, fact) in
        [("REJECTED", "ConventionRejected 2026-09-09"), ("DEPRECATED", "ConventionLapsed 2026-09-09")]
    {
        let mut heard = Heard::default();
        let body = signed(adult(), BENEFICIARY, "2026-09-02T08:00:00.000Z");
        let body = with(at(body, "2026-09-09T08:00:00.000Z", status), "statusJustification", "Sans suite.");
        assert_eq!(
            heard.hear(&body),
            ["ConventionDrafted 2026-09-01", "ConventionSigned BENEFICIAIRE 2026-09-02", fact]
        );
        assert!(!heard.state().fully_signed);
        assert!(heard.state().stage.is_closed());
    }
}

#[test]
fn an_approval_without_its_instant_is_dated_by_the_change() {
    let mut heard = Heard::default();
    heard.hear(&in_review());
    let approved = at(in_review(), "2026-09-07T09:00:00.000Z", "ACCEPTED_BY_COUNSELLOR");
    assert_eq!(heard.hear(&approved), ["ConventionApproved 2026-09-07"]);
}

#[test]
fn an_unknown_status_states_nothing_and_is_reported() {
    let (cleaned, _, odd) = cleaned(&with(adult(), "status", "WAITING_FOR_A_MIRACLE")).expect("tolerated");
    assert!(matches!(cleaned, immersion::inbound::border::Cleaned::Nothing(_)));
    assert_eq!(odd, ["status"]);
}

#[test]
fn the_review_is_one_fact_and_the_answer_of_the_person_another() {
    let mut heard = Heard::default();
    let facts = heard.hear(&minor());
    assert_eq!(facts[facts.len() - 2..], ["ImmersionReviewed 2026-07-06", "ImmersionReviewed 2026-07-08"]);
    let review = heard.state().review.expect("a review");
    assert_eq!((review.outcome, review.hired), (ReviewOutcome::COMPLETED, Hired::NOT_HIRED));
    assert_eq!(heard.hear(&minor()), Vec::<String>::new());
}

#[test]
fn every_outcome_of_a_review_has_its_word() {
    for (status, outcome) in [
        ("COMPLETED", ReviewOutcome::COMPLETED),
        ("FINISHED", ReviewOutcome::COMPLETED),
        ("PARTIALLY_COMPLETED", ReviewOutcome::PARTIALLY_COMPLETED),
        ("ABANDONED", ReviewOutcome::PARTIALLY_COMPLETED),
        ("DID_NOT_SHOW", ReviewOutcome::DID_NOT_SHOW),
    ] {
        let old = serde_json::json!({ "status": status, "createdAt": "2026-07-06T14:00:00.000Z" });
        let mut heard = Heard::default();
        heard.hear(&with(minor(), "assessment", old));
        let review = heard.state().review.expect("a review");
        assert_eq!((review.outcome, review.hired), (outcome, Hired::default()), "{status}");
    }
}

#[test]
fn a_job_is_told_without_its_contract_and_never_replaces_the_contract_typed_here() {
    let mut heard = Heard::default();
    let without = with(minor(), "assessment", serde_json::Value::Null);
    heard.hear(&without);
    let typed = ImmersionReviewed {
        outcome: ReviewOutcome::COMPLETED.into(),
        hired: Hired::HIRED_CDI.into(),
        reviewed_on: "2026-07-05".into(),
        ..Default::default()
    };
    heard.facts.push(typed.into());
    let job = with(minor(), "assessment/endedWithAJob", true);
    assert_eq!(heard.hear(&job), ["ImmersionReviewed 2026-07-08"], "only the answer is new");
    assert_eq!(heard.state().review.map(|review| review.hired), Some(Hired::HIRED_CDI));
    let fresh = &mut Heard::default();
    fresh.hear(&job);
    assert_eq!(fresh.state().review.map(|review| review.hired), Some(Hired::HIRED_CONTRACT_UNKNOWN));
}

#[test]
fn a_review_that_contradicts_the_one_typed_here_stands_and_the_divergence_is_noted() {
    let mut heard = Heard::default();
    heard.hear(&with(minor(), "assessment", serde_json::Value::Null));
    let typed = ImmersionReviewed { outcome: ReviewOutcome::DID_NOT_SHOW.into(), ..Default::default() };
    heard.facts.push(typed.into());
    assert_eq!(
        heard.hear(&minor()),
        ["ImmersionReviewed 2026-07-06", "ImmersionReviewed 2026-07-08", "DivergenceNoted source.bilan"]
    );
}

#[test]
fn a_review_that_disappears_is_noted_and_the_recorded_one_stays() {
    let mut heard = Heard::default();
    heard.hear(&with(minor(), "assessment", serde_json::Value::Null));
    heard.hear(&minor());
    let removed = with(minor(), "assessment", serde_json::Value::Null);
    assert_eq!(heard.hear(&removed), ["DivergenceNoted source.bilan-retire"]);
    assert!(heard.state().review.is_some());
    assert_eq!(heard.hear(&removed), Vec::<String>::new());
}

#[test]
fn a_renewal_is_drafted_the_day_it_is_heard_of_and_linked_to_the_first() {
    let first = State::of([ConventionDrafted {
        object: ImmersionObject::DECOUVRIR_METIER.into(),
        terms: Terms { starts_on: "2026-08-17".into(), ends_on: "2026-08-28".into(), ..Default::default() }
            .into(),
        ..Default::default()
    }
    .into()]);
    let renewed =
        serde_json::json!({ "from": "5b7e9d3a-52f4-4f69-8f6a-0e0f8f1f7a11", "justification": "Suite." });
    let renewal = with(adult(), "renewed", renewed);
    let mut heard = Heard { earlier: Some(first.clone()), ..Heard::default() };
    assert_eq!(heard.hear(&renewal), ["ConventionDrafted", "ConventionRenewed"]);
    assert_eq!(heard.state().renews, told(&renewal).renews);

    let other = State { object: ImmersionObject::INITIER_RECRUTEMENT, ..first.clone() };
    let mut heard = Heard { earlier: Some(other), ..Heard::default() };
    assert_eq!(heard.hear(&renewal)[2..], ["DivergenceNoted pmsmp.renouvellement"]);
    let twice = State { renews: Some(uuid::Uuid::nil()), ..first };
    let mut heard = Heard { earlier: Some(twice), ..Heard::default() };
    assert_eq!(heard.hear(&renewal)[2..], ["DivergenceNoted pmsmp.renouvellement"]);
}

use immersion::domain::aggregate::State;

#[test]
fn what_departs_from_our_rules_is_recorded_and_noted_by_its_rule_once() {
    let mut heard = Heard::default();
    // A difference of 30 days passes there.
    let body =
        with(with(adult(), "dateStart", "2027-01-31T00:00:00.000Z"), "dateEnd", "2027-03-02T00:00:00.000Z");
    assert_eq!(heard.hear(&body), ["ConventionDrafted 2026-09-01", "DivergenceNoted pmsmp.duree"]);
    let signed =
        at(signed(body, HOST, "2026-09-02T08:00:00.000Z"), "2026-09-02T08:00:01.000Z", "PARTIALLY_SIGNED");
    assert_eq!(heard.hear(&signed), ["ConventionSigned STRUCTURE_ACCUEIL 2026-09-02"], "noted once");

    let noted = |body: &serde_json::Value| {
        let mut heard = Heard::default();
        heard.hear(body);
        heard.state().divergences.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(noted(&with(adult(), "schedule/workedDays", 31)), ["pmsmp.jours"]);
    let long = serde_json::json!([{ "start": "06:00", "end": "22:00" }]);
    let mut week = adult();
    for day in 0..4 {
        week["payload"]["convention"]["schedule"]["complexSchedule"][day]["timePeriods"] = long.clone();
    }
    assert_eq!(noted(&week), ["pmsmp.heures"]);
    assert_eq!(noted(&with(adult(), "agencyRefersTo", serde_json::Value::Null)), ["pmsmp.prescripteur"]);
    let representative = "signatories/beneficiaryRepresentative";
    assert_eq!(noted(&with(minor(), representative, serde_json::Value::Null)), ["pmsmp.signataires"]);
    assert_eq!(noted(&with(minor(), "signatories/beneficiary/birthdate", "2010-07-01")), ["pmsmp.age"]);
    assert_eq!(noted(&minor()), Vec::<String>::new());
}

#[test]
fn a_person_who_differs_is_noted_by_the_names_of_fields() {
    let mut heard = Heard::default();
    let told = immersion::inbound::apply::ApplyNotification {
        identity_differs: vec!["source.naissance".into()],
        ..told(&adult())
    };
    assert_eq!(heard.hear_told(&told), ["ConventionDrafted 2026-09-01", "DivergenceNoted source.naissance"]);
}
