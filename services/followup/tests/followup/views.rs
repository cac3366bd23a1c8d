//! Given these facts, the documents.

use contracts::{
    case::v1::*, common::v1::Role, diagnostic::v1::*, employment::v1::*, events, immersion::v1::*,
    prescription::v1::*,
};
use followup::views::{
    directory::{Directory, Entry},
    live_status::LiveStatus,
    status::{ImmersionState, Obstacles, PrescriptionState, Status},
    timeline::{Row, Timeline},
};
use projections::Projection as _;

use super::invented::*;

/// The status that the facts fold into.
fn folded(story: &Story) -> Status {
    let shown = story.facts.iter().filter(|fact| LiveStatus.key(fact).is_some());
    shown.fold(Status::default(), |mut status, fact| {
        LiveStatus.fold(&mut status, fact).expect("every fact folds");
        status
    })
}

fn opened() -> Story {
    let mut story = Story::default();
    opening(&mut story, CASE, "Ana", "Essai");
    story
}

#[test]
fn a_whole_path_folds_into_facets_that_hold_at_the_same_time() {
    let mut story = Story::default();
    path(&mut story);
    let status = folded(&story);
    assert!(status.open);
    assert_eq!(status.opened_on, Some(day("2025-09-08")));
    assert_eq!((status.structure_id, status.platform_id), (id(CHRS), Some(id(TESA))));
    assert_eq!(status.circle.keys().copied().collect::<Vec<_>>(), [id(REFERENT), id(CIP)]);
    assert_eq!(status.identity_position, Some(3));
    assert_eq!(status.obstacles(), Obstacles { open: 1, eased: 1 });
    assert_eq!(status.diagnostic().and_then(|one| one.valid_until), Some(day("2027-04-07")));
    let states: Vec<_> = status.prescriptions.values().map(|one| one.state).collect();
    let expected = [
        PrescriptionState::Unanswered,
        PrescriptionState::Refused,
        PrescriptionState::Accepted,
        PrescriptionState::Sent,
    ];
    assert_eq!(states, expected);
    assert_eq!(status.prescriptions[&id(303)].answer_due_on, Some(day("2026-11-25")));
    let immersion = &status.immersions[&id(400)];
    assert_eq!((immersion.state, immersion.ends_on), (ImmersionState::Ended, Some(day("2026-03-13"))));
    assert_eq!(immersion.outcome, ReviewOutcome::COMPLETED);
    let employment = &status.employments[&id(500)];
    assert_eq!((employment.weekly_minutes, employment.ended_on), (26 * 60, None));
    assert_eq!(status.last.position, story.facts.len() as i64);
    assert_eq!(status.last.occurred_on, Some(day("2026-09-01")));
}

#[test]
fn a_document_comes_back_as_it_was_saved() {
    let mut story = Story::default();
    path(&mut story);
    let status = folded(&story);
    let saved = serde_json::to_string(&status).expect("it is JSON");
    assert_eq!(serde_json::from_str::<Status>(&saved).expect("it is read"), status);
    for personal in ["Tesfay", "Selam", "1991", "06 00", "bus", "ponctuelle", "collecte"] {
        assert!(!saved.contains(personal), "{personal} is personal");
    }
}

#[test]
fn a_case_that_closes_and_reopens_keeps_everything() {
    let mut story = opened();
    let closed = CaseClosed {
        closed_on: "2026-01-10".into(),
        reason: ClosingReason::NO_CONTACT.into(),
        ..Default::default()
    };
    story.tell(CASE, "2026-01-10", events::Case::from(closed));
    let status = folded(&story);
    assert_eq!((status.open, status.closed_on), (false, Some(day("2026-01-10"))));
    assert_eq!(status.closing, ClosingReason::NO_CONTACT);
    story.tell(CASE, "2026-02-01", events::Case::from(CaseReopened::default()));
    let status = folded(&story);
    assert_eq!((status.open, status.closed_on), (true, None));
    assert_eq!(status.opened_on, Some(day("2025-09-08")));
}

#[test]
fn who_leaves_the_circle_is_no_longer_in_it_and_a_correction_moves_the_identity() {
    let mut story = opened();
    let left = CircleMemberLeft { post_id: id(REFERENT).to_string(), ..Default::default() };
    story.tell(CASE, "2026-01-10", events::Case::from(left));
    story.tell(CASE, "2026-01-10", events::Case::from(IdentityCorrected::default()));
    let status = folded(&story);
    assert!(status.circle.is_empty());
    assert_eq!(status.identity_position, Some(5));
}

#[test]
fn an_obstacle_that_comes_back_weighs_again() {
    let mut story = opened();
    let obstacle = |number: u128| id(number).to_string();
    let named = |number| ObstacleNamed { obstacle_id: obstacle(number), ..Default::default() };
    story.tell(200, "2026-01-10", events::Diagnostic::from(named(1)));
    story.tell(200, "2026-01-10", events::Diagnostic::from(named(2)));
    let eased = ObstacleEased { obstacle_id: obstacle(1), ..Default::default() };
    story.tell(200, "2026-01-11", events::Diagnostic::from(eased));
    assert_eq!(folded(&story).obstacles(), Obstacles { open: 1, eased: 1 });
    let returned = ObstacleReturned { obstacle_id: obstacle(1), ..Default::default() };
    story.tell(200, "2026-01-12", events::Diagnostic::from(returned));
    assert_eq!(folded(&story).obstacles(), Obstacles { open: 2, eased: 0 });
}

#[test]
fn a_prescription_is_where_its_last_answer_left_it() {
    let outcomes: [(events::Prescription, PrescriptionState); 5] = [
        (PrescriptionReceived::default().into(), PrescriptionState::Received),
        (PrescriptionAccepted::default().into(), PrescriptionState::Accepted),
        (PrescriptionWithdrawn::default().into(), PrescriptionState::Withdrawn),
        (PrescriptionLapsed::default().into(), PrescriptionState::Lapsed),
        (PrescriptionUnanswered::default().into(), PrescriptionState::Unanswered),
    ];
    for (outcome, state) in outcomes {
        let mut story = opened();
        sent(&mut story, 300, PrescriptionKind::VAE, FT, ("2026-01-10", "2026-02-09"));
        story.tell(300, "2026-01-20", outcome);
        let one = &folded(&story).prescriptions[&id(300)];
        assert_eq!((one.state, one.sent_on), (state, Some(day("2026-01-10"))));
        assert_eq!(one.kind, PrescriptionKind::VAE);
        assert_eq!(one.addressee_id, Some(id(FT)));
    }
}

#[test]
fn an_amendment_voids_signatures_and_a_correction_keeps_them() {
    let terms = |first: &str, last: &str| Terms {
        starts_on: first.into(),
        ends_on: last.into(),
        ..Default::default()
    };
    let mut story = opened();
    let drafted = ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        terms: terms("2026-03-02", "2026-03-13").into(),
        signatories: vec![Party::BENEFICIAIRE.into(), Party::STRUCTURE_ACCUEIL.into()],
        ..Default::default()
    };
    story.tell(400, "2026-02-20", events::Convention::from(drafted));
    let signed = ConventionSigned { party: Party::BENEFICIAIRE.into(), ..Default::default() };
    story.tell(400, "2026-02-21", events::Convention::from(signed));
    let corrected = ConventionCorrected { terms: terms("", "2026-03-12").into(), ..Default::default() };
    story.tell(400, "2026-02-22", events::Convention::from(corrected));
    let one = folded(&story).immersions[&id(400)].clone();
    assert_eq!((one.signed.len(), one.signatories.len()), (1, 2));
    assert_eq!((one.starts_on, one.ends_on), (Some(day("2026-03-02")), Some(day("2026-03-12"))));
    let amended = ConventionAmended {
        terms: terms("2026-03-09", "2026-03-20").into(),
        signatories: vec![Party::BENEFICIAIRE.into()],
        ..Default::default()
    };
    story.tell(400, "2026-02-23", events::Convention::from(amended));
    let one = folded(&story).immersions[&id(400)].clone();
    assert_eq!((one.state, one.signed.len(), one.signatories.len()), (ImmersionState::Drafted, 0, 1));
    assert_eq!(one.starts_on, Some(day("2026-03-09")));
}

#[test]
fn an_immersion_that_stops_early_ends_that_day_and_a_contract_says_why_it_is_over() {
    let mut story = opened();
    let started = ImmersionStarted {
        started_on: "2026-03-02".into(),
        ends_on: "2026-03-13".into(),
        ..Default::default()
    };
    story.tell(400, "2026-03-02", events::Convention::from(started));
    let stopped = ImmersionInterrupted { interrupted_on: "2026-03-05".into(), ..Default::default() };
    story.tell(400, "2026-03-05", events::Convention::from(stopped));
    story.tell(500, "2026-04-01", events::Employment::from(EmploymentStarted::default()));
    let over = EmploymentEnded {
        ended_on: "2026-06-30".into(),
        reason: EndReason::NEW_JOB.into(),
        ..Default::default()
    };
    story.tell(500, "2026-06-30", events::Employment::from(over));
    let status = folded(&story);
    let immersion = &status.immersions[&id(400)];
    assert_eq!((immersion.state, immersion.ends_on), (ImmersionState::Interrupted, Some(day("2026-03-05"))));
    let employment = &status.employments[&id(500)];
    assert_eq!(
        (employment.ended_on, employment.reason),
        (Some(day("2026-06-30")), EndReason::NEW_JOB.into())
    );
}

#[test]
fn what_stays_inside_jalon_is_no_news_and_what_is_about_nobody_has_no_key() {
    let mut story = opened();
    story.tell(400, "2026-03-02", events::Convention::from(NotificationReceived::default()));
    let inside = story.facts.last().expect("a fact");
    assert_eq!((LiveStatus.key(inside), Timeline.key(inside)), (None, None));
    assert_eq!(LiveStatus.key(&story.facts[0]), Some(id(CASE)));
    let mut about_nobody = Story::default();
    directory(&mut about_nobody);
    assert!(about_nobody.facts.iter().all(|fact| Timeline.key(fact).is_none()));
    assert!(about_nobody.facts.iter().all(|fact| Directory.key(fact).is_some()));
    assert_eq!(Directory.key(&story.facts[0]), None);
}

#[test]
fn a_row_of_the_timeline_has_both_times_and_says_when_it_was_known_late() {
    let mut story = opened();
    story.by = Some(actor(Role::CIP, CIP, ACI));
    story.source = Some("immersion-facilitee");
    story.warnings = vec!["pmsmp.heures".into(), "pmsmp.hote".into()];
    story.tell_later(CASE, "2026-01-01", "2026-01-08", events::Case::from(CaseClosed::default()));
    story.source = Some("jalon");
    story.by = Some(access::Actor::system("clock"));
    story.tell_later(CASE, "2026-01-01", "2026-01-09", events::Case::from(CaseReopened::default()));
    let mut rows: Vec<Row> = Vec::new();
    for fact in &story.facts {
        Timeline.fold(&mut rows, fact).expect("every fact folds");
    }
    let [.., first, last] = rows.as_slice() else { panic!("two rows at least") };
    assert_eq!((first.late, last.late), (false, true));
    assert_eq!((first.post_id, first.organisation_id), (Some(id(CIP)), Some(id(ACI))));
    assert_eq!(first.warnings, ["pmsmp.heures", "pmsmp.hote"]);
    assert_eq!((first.source.as_deref(), last.source.as_deref()), (Some("immersion-facilitee"), None));
    assert_eq!((last.system.as_deref(), last.post_id), (Some("clock"), None));
    assert_eq!((last.position, last.version), (5, 5));
}

#[test]
fn the_directory_knows_organisations_posts_and_platforms_without_any_name_of_a_person() {
    let mut story = Story::default();
    directory(&mut story);
    let entry = |number: u128| {
        let facts = story.facts.iter().filter(|fact| fact.stream_id == id(number));
        facts.fold(Entry::Unknown, |mut entry, fact| {
            Directory.fold(&mut entry, fact).expect("every fact folds");
            entry
        })
    };
    let Entry::Organisation(organisation) = entry(ACI) else { panic!("an organisation") };
    assert_eq!((organisation.name.as_str(), organisation.town.as_str()), ("La Ressourcerie", "Alès"));
    let Entry::Post(post) = entry(CIP) else { panic!("a post") };
    assert_eq!((post.organisation_id, post.professional_id), (Some(id(ACI)), Some(id(CIP + 500))));
    assert!(post.holder_position.is_some());
    assert!(!serde_json::to_string(&entry(CIP)).expect("JSON").contains("Castel"));
    let Entry::Platform(platform) = entry(TESA) else { panic!("a platform") };
    assert_eq!(platform.members.len(), 3);
}

#[test]
fn a_post_left_vacant_and_a_member_that_leaves_are_seen() {
    use contracts::platform::v1::*;
    let mut story = Story::default();
    directory(&mut story);
    story.tell(CIP, "2026-01-01", events::Post::from(PostVacated::default()));
    let left = MemberLeft { organisation_id: id(FT).to_string(), ..Default::default() };
    story.tell(TESA, "2026-01-01", events::Platform::from(left));
    let updated = OrganisationUpdated { town: "Anduze".into(), ..Default::default() };
    story.tell(ACI, "2026-01-01", events::Organisation::from(updated));
    let entry = |number: u128| {
        let facts = story.facts.iter().filter(|fact| fact.stream_id == id(number));
        facts.fold(Entry::Unknown, |mut entry, fact| {
            Directory.fold(&mut entry, fact).expect("every fact folds");
            entry
        })
    };
    let Entry::Post(post) = entry(CIP) else { panic!("a post") };
    assert_eq!((post.professional_id, post.holder_position), (None, None));
    let Entry::Platform(platform) = entry(TESA) else { panic!("a platform") };
    assert!(!platform.members.contains_key(&id(FT)));
    let Entry::Organisation(organisation) = entry(ACI) else { panic!("an organisation") };
    assert_eq!((organisation.name.as_str(), organisation.town.as_str()), ("La Ressourcerie", "Anduze"));
}
