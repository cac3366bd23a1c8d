//! Repeated, late, out of order, edited.

use serde_json::{Value, json};

use super::tool::*;

fn nothing() -> Vec<String> {
    Vec::new()
}

fn partially_signed() -> Value {
    at(
        signed(adult(), BENEFICIARY, "2026-09-02T08:00:00.000Z"),
        "2026-09-02T08:00:00.100Z",
        "PARTIALLY_SIGNED",
    )
}

fn in_review() -> Value {
    let body = signed(partially_signed(), HOST, "2026-09-03T08:00:00.000Z");
    at(signed(body, EMPLOYER, "2026-09-04T08:00:00.000Z"), "2026-09-04T08:00:00.100Z", "IN_REVIEW")
}

#[test]
fn the_same_content_again_states_nothing_even_with_other_reminders() {
    let mut heard = Heard::default();
    heard.hear(&partially_signed());
    assert_eq!(heard.hear(&partially_signed()), nothing());
    let reminded = json!({ "email": "2026-09-02T09:00:00.000Z", "sms": null });
    let path = "lastReminders/conventionSignatures/beneficiary";
    assert_eq!(heard.hear(&with(partially_signed(), path, reminded)), nothing());
    assert_eq!(
        heard.hear(&with(partially_signed(), "signatories/beneficiary/phone", "+33639980199")),
        nothing()
    );
    assert_eq!(heard.notifications(), (1, 0));
}

#[test]
fn an_older_content_is_kept_as_history_and_never_steps_back() {
    let mut heard = Heard::default();
    heard.hear(&in_review());
    let edited =
        at(with(adult(), "dateEnd", "2026-09-29T00:00:00.000Z"), "2026-09-05T08:00:00.000Z", "READY_TO_SIGN");
    assert_eq!(heard.hear(&edited), ["ConventionAmended 2026-09-05"]);
    assert!(heard.state().signatures.is_empty());

    assert_eq!(heard.hear(&in_review()), nothing(), "seen before the edit");
    assert_eq!(heard.hear(&partially_signed()), nothing(), "never seen, and older");
    assert_eq!(heard.notifications(), (3, 1));
    assert_eq!(heard.hear(&partially_signed()), nothing());
    assert_eq!(heard.notifications(), (3, 1), "history is kept once");
    assert!(heard.state().signatures.is_empty(), "signatures do not come back");
    assert!(!heard.state().fully_signed);
}

#[test]
fn in_whatever_order_three_steps_come_the_end_is_the_same() {
    let steps = [adult(), partially_signed(), in_review()];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut heard = Heard::default();
        for step in order {
            heard.hear(&steps[step]);
        }
        let state = heard.state();
        assert!(state.fully_signed && state.missing().is_empty(), "{order:?}");
        let signed = heard
            .facts
            .iter()
            .filter(|fact| matches!(fact, immersion::domain::Event::ConventionSigned(_)))
            .count();
        assert_eq!(signed, 3, "{order:?}");
    }
}

#[test]
fn an_edit_before_any_signature_is_an_amendment() {
    let mut heard = Heard::default();
    heard.hear(&adult());
    let edited = at(
        with(adult(), "immersionActivities", "Taille des oliviers."),
        "2026-09-02T08:00:00.000Z",
        "READY_TO_SIGN",
    );
    assert_eq!(heard.hear(&edited), ["ConventionAmended 2026-09-02"]);
    let other_dates = at(
        with(edited, "dateStart", "2026-09-15T00:00:00.000Z"),
        "2026-09-03T08:00:00.000Z",
        "READY_TO_SIGN",
    );
    assert_eq!(heard.hear(&other_dates), ["ConventionAmended 2026-09-03"]);
    assert_eq!(heard.state().frame.map(|frame| frame.starts_on.to_string()).as_deref(), Some("2026-09-15"));
}

#[test]
fn an_edit_of_what_is_not_kept_states_nothing() {
    let mut heard = Heard::default();
    heard.hear(&adult());
    let edited =
        at(with(adult(), "businessAdvantages", "Repas"), "2026-09-02T08:00:00.000Z", "READY_TO_SIGN");
    assert_eq!(heard.hear(&edited), nothing());
    assert_eq!(heard.notifications(), (2, 0), "but it is the newest known");
}

#[test]
fn an_edit_and_a_signature_in_one_step_void_the_other_signatures_first() {
    let mut heard = Heard::default();
    heard.hear(&partially_signed());
    let body = with(adult(), "immersionSkills", "Lire un plan de culture.");
    let body =
        at(signed(body, HOST, "2026-09-03T08:00:00.000Z"), "2026-09-03T08:00:00.100Z", "PARTIALLY_SIGNED");
    assert_eq!(
        heard.hear(&body),
        ["ConventionAmended 2026-09-03", "ConventionSigned STRUCTURE_ACCUEIL 2026-09-03"]
    );
    assert_eq!(heard.state().signatures.len(), 1);
}

#[test]
fn an_edit_missed_between_two_full_signatures_shows_by_the_instants() {
    let mut heard = Heard::default();
    heard.hear(&in_review());
    let body = signed(adult(), BENEFICIARY, "2026-09-06T08:00:00.000Z");
    let body = signed(signed(body, HOST, "2026-09-07T08:00:00.000Z"), EMPLOYER, "2026-09-08T08:00:00.000Z");
    let facts = heard.hear(&at(body, "2026-09-08T08:00:00.100Z", "IN_REVIEW"));
    assert_eq!(
        facts,
        [
            "ConventionAmended 2026-09-06",
            "ConventionSigned BENEFICIAIRE 2026-09-06",
            "ConventionSigned STRUCTURE_ACCUEIL 2026-09-07",
            "ConventionSigned EMPLOYEUR_ACTUEL 2026-09-08",
            "ConventionFullySigned 2026-09-08"
        ]
    );
}

#[test]
fn a_correction_that_leaves_the_signatures_is_no_amendment() {
    let mut heard = Heard::default();
    heard.hear(&in_review());
    let tutor = at(
        with(in_review(), "establishmentTutor/lastName", "Fontanel-Roche"),
        "2026-09-05T08:00:00.000Z",
        "IN_REVIEW",
    );
    assert_eq!(heard.hear(&tutor), ["ConventionCorrected 2026-09-05"]);
    assert!(heard.state().fully_signed);
    assert_eq!(heard.state().signatures.len(), 3);
}

#[test]
fn a_transfer_to_another_agency_changes_the_prescriber_and_keeps_the_signatures() {
    let mut heard = Heard::default();
    heard.hear(&in_review());
    let transferred = with(in_review(), "agencyId", "0d7f3c55-9d4c-4f7b-a7ae-0a5d0a4e6b21");
    let transferred = at(transferred, "2026-09-05T08:00:00.000Z", "IN_REVIEW");
    assert_eq!(heard.hear(&transferred), ["ConventionCorrected 2026-09-05"]);
    assert_eq!(heard.state().outside.1, "0d7f3c55-9d4c-4f7b-a7ae-0a5d0a4e6b21");
    assert_eq!(heard.state().outside.0, "f2b0f6f4-2a63-4b0a-9a63-6d2b0f6c1c55");
    assert!(heard.state().fully_signed);
}

#[test]
fn a_status_that_goes_back_without_an_edit_is_noted() {
    let mut heard = Heard::default();
    let rejected = at(in_review(), "2026-09-05T08:00:00.000Z", "REJECTED");
    heard.hear(&rejected);
    assert_eq!(
        heard.hear(&at(in_review(), "2026-09-06T08:00:00.000Z", "IN_REVIEW")),
        ["DivergenceNoted source.etat"]
    );
    let validated = with(in_review(), "dateValidation", "2026-09-07T08:00:00.000Z");
    let validated = at(validated, "2026-09-07T08:00:01.000Z", "ACCEPTED_BY_VALIDATOR");
    assert_eq!(heard.hear(&validated), ["ConventionValidated 2026-09-07"], "the tool's word stands");
}

#[test]
fn a_signature_typed_here_the_same_day_is_not_doubled() {
    let mut heard = Heard::default();
    heard.hear(&adult());
    let typed = immersion::domain::ConventionSigned {
        party: immersion::domain::Party::BENEFICIAIRE.into(),
        signed_on: "2026-09-02".into(),
        ..Default::default()
    };
    heard.facts.push(typed.into());
    assert_eq!(heard.hear(&partially_signed()), nothing());
    assert_eq!(heard.state().signatures.len(), 1);
}
