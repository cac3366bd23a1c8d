//! Given these facts, when this is asked, then these facts or that refusal.

use std::collections::{BTreeSet, HashMap};

use contracts::{Class, Facts as _, Word};
use diagnostic::domain::{aggregate::Diagnostic, commands::*, *};
use sealing::{ClassKey, KeyId, Place, SystemRandomness};
use service::{Domain as _, Known};
use testkit::scenario::{Scenario, day, id};

#[path = "rules/resource.rs"]
mod resource;

fn started() -> DiagnosticStarted {
    DiagnosticStarted { started_on: "2026-03-02".into(), ..Default::default() }
}

fn completed() -> [Event; 2] {
    [started().into(), DiagnosticCompleted { completed_on: "2026-03-10".into(), ..Default::default() }.into()]
}

/// An obstacle of that dimension, named by the command itself.
fn named(dimension: Dimension) -> [Event; 2] {
    let name = NameObstacle { dimension: Word(dimension), text: "quelques mots".into(), obstacle_id: None };
    let facts = Scenario::given([started()]).when(&name).states(&["ObstacleNamed"]);
    [started().into(), facts[0].clone()]
}

fn eased() -> Event {
    ObstacleEased { obstacle_id: id(100).to_string(), ..Default::default() }.into()
}

fn start() -> StartDiagnostic {
    StartDiagnostic { frame: Word(DiagnosticFrame::GUIDE_IAE), started_on: None }
}

fn ease() -> EaseObstacle {
    EaseObstacle { obstacle_id: id(100), how: " un vélo ".into() }
}

fn skill(rome_code: &str) -> IdentifySkill {
    IdentifySkill {
        label: "réparer un vélo".into(),
        rome_code: rome_code.into(),
        origin: Word(SkillOrigin::LIFE_ON_SITE),
    }
}

fn complete(on: Option<&str>) -> CompleteDiagnostic {
    CompleteDiagnostic {
        author: Word(AuthorKind::STRUCTURE_ACCOMPAGNANTE),
        completed_on: on.map(day),
        conclusion: String::new(),
    }
}

fn assess(dimension: Dimension, text: &str) -> AssessSocialSituation {
    AssessSocialSituation { dimension: Word(dimension), text: text.into(), decisions: Vec::new() }
}

fn close_case(known: &mut Known) {
    known.case.as_mut().expect("a case").open = false;
}

/// The classes a fact has something in, by its bytes.
fn classes(fact: &Event) -> BTreeSet<Class> {
    let (kind, bytes) = fact.encode();
    let split = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact");
    split.personal.into_iter().map(|(class, _)| class).collect()
}

/// The fact as the journal gives it back: its personal parts sealed.
fn sealed(fact: &Event) -> Event {
    let (kind, bytes) = fact.encode();
    let place = Place {
        log_id: [1; 8],
        subject: id(42),
        revision: 1,
        event_id: id(5),
        type_code: kind.code(),
        schema_version: kind.schema_version(),
    };
    let keys: HashMap<_, _> = Class::PERSONAL
        .into_iter()
        .map(|class| (class, (KeyId(id(u128::from(class.code()))), ClassKey::from_bytes([class.code(); 32]))))
        .collect();
    let class_of = |number| kind.class_of(number);
    let payload = sealing::seal(&place, &bytes, class_of, &keys, &SystemRandomness).expect("sealed");
    Event::decode(kind, &payload).expect("a fact")
}

#[test]
fn a_diagnostic_starts_today_or_on_the_day_that_is_said() {
    let facts = Scenario::nothing().on("2026-03-02").when(&start()).states(&["DiagnosticStarted"]);
    let Event::DiagnosticStarted(today) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(today.started_on, "2026-03-02");
    let earlier = StartDiagnostic { started_on: Some(day("2026-02-27")), ..start() };
    let facts = Scenario::nothing().on("2026-03-02").when(&earlier).states(&["DiagnosticStarted"]);
    let Event::DiagnosticStarted(earlier) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(earlier.started_on, "2026-02-27");
}

#[test]
fn a_diagnostic_does_not_start_in_a_closed_case() {
    Scenario::nothing().knowing(close_case).when(&start()).refuses("diagnostic.dossier-clos");
    let closed_on = |on: &'static str| {
        move |known: &mut Known| {
            close_case(known);
            known.case.as_mut().expect("a case").closed_on = Some(day(on).0);
        }
    };
    let told_late = StartDiagnostic { started_on: Some(day("2026-03-02")), ..start() };
    Scenario::nothing().knowing(closed_on("2026-03-02")).when(&told_late).states(&["DiagnosticStarted"]);
    Scenario::nothing().knowing(closed_on("2026-03-01")).when(&told_late).refuses("diagnostic.dossier-clos");
}

#[test]
fn a_situation_is_told_in_words() {
    let professional = |text: &str| AssessProfessionalSituation { text: text.into(), last_experience: None };
    let told = professional("Deux saisons dans les vignes.");
    Scenario::given([started()]).when(&told).states(&["ProfessionalSituationAssessed"]);
    Scenario::given([started()]).when(&professional("  ")).refuses("diagnostic.texte");
    let silent = assess(Dimension::LANGUE, "");
    Scenario::given([started()]).when(&silent).refuses("diagnostic.texte");
}

#[test]
fn a_social_situation_is_kept_in_the_class_of_its_dimension() {
    for (dimension, class) in [
        (Dimension::SANTE, Class::Health),
        (Dimension::ADDICTION, Class::Health),
        (Dimension::JUDICIAIRE, Class::Judicial),
        (Dimension::MOBILITE, Class::Social),
        (Dimension::LOGEMENT, Class::Social),
        (Dimension::FORMATION, Class::Social),
        (Dimension::AGE, Class::Social),
    ] {
        let assess = assess(dimension, "quelques mots");
        let facts = Scenario::given([started()]).when(&assess).states(&["SocialSituationAssessed"]);
        assert_eq!(classes(&facts[0]), BTreeSet::from([class]), "{dimension:?}");
    }
}

#[test]
fn a_decision_about_a_disability_is_told_with_health_and_kept_in_its_class() {
    let decided = |dimension| AssessSocialSituation {
        decisions: vec![KnownDecision {
            kind: Word(DisabilityDecisionKind::RQTH),
            until_day: Some(day("2030-06-30")),
        }],
        ..assess(dimension, "Elle l’a reçue cet été.")
    };
    let facts =
        Scenario::given([started()]).when(&decided(Dimension::SANTE)).states(&["SocialSituationAssessed"]);
    assert_eq!(classes(&facts[0]), BTreeSet::from([Class::Health]));
    let Event::SocialSituationAssessed(assessed) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(assessed.decisions[0].until_day, "2030-06-30");
    let Event::SocialSituationAssessed(hidden) = sealed(&facts[0]) else { panic!("another fact") };
    assert!(hidden.decisions.is_empty(), "nothing of it is a trace");
    for other in [Dimension::ADMINISTRATIF, Dimension::ADDICTION, Dimension::FORMATION] {
        Scenario::given([started()]).when(&decided(other)).refuses("diagnostic.handicap");
    }
}

#[test]
fn an_obstacle_is_kept_in_the_class_of_its_dimension_and_so_is_what_eased_it() {
    for (dimension, class) in [
        (Dimension::FORMATION, Class::Project),
        (Dimension::AGE, Class::Project),
        (Dimension::SANTE, Class::Health),
        (Dimension::ADDICTION, Class::Health),
        (Dimension::JUDICIAIRE, Class::Judicial),
        (Dimension::FAMILLE, Class::Social),
        (Dimension::NUMERIQUE, Class::Social),
    ] {
        let before = named(dimension);
        assert_eq!(classes(&before[1]), BTreeSet::from([class]), "{dimension:?}");
        let from_journal = before.each_ref().map(sealed);
        assert_eq!(
            from_journal.into_iter().fold(Default::default(), Diagnostic::apply).obstacles[&id(100)].class,
            class,
            "{dimension:?}"
        );
        for past in [before.to_vec(), before.iter().map(sealed).collect()] {
            let facts = Scenario::given(past).when(&ease()).states(&["ObstacleEased"]);
            assert_eq!(classes(&facts[0]), BTreeSet::from([class]), "{dimension:?}");
        }
    }
}

#[test]
fn an_obstacle_that_says_nothing_of_its_class_is_kept_as_closed_as_health() {
    let bare = ObstacleNamed { obstacle_id: id(100).to_string(), ..Default::default() };
    let facts = Scenario::<Event>::given([Event::from(started()), bare.into()])
        .when(&ease())
        .states(&["ObstacleEased"]);
    assert_eq!(classes(&facts[0]), BTreeSet::from([Class::Health]));
}

#[test]
fn an_obstacle_is_named_without_a_word_more_than_its_dimension() {
    let name = NameObstacle { dimension: Word(Dimension::MOBILITE), text: String::new(), obstacle_id: None };
    Scenario::given([started()]).when(&name).states(&["ObstacleNamed"]);
}

#[test]
fn an_obstacle_may_be_given_its_id_so_as_to_be_spoken_of_later_and_has_it_once() {
    let name =
        NameObstacle { dimension: Word(Dimension::MOBILITE), text: String::new(), obstacle_id: Some(id(77)) };
    let facts = Scenario::given([started()]).when(&name).states(&["ObstacleNamed"]);
    let Event::ObstacleNamed(named) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(named.obstacle_id, id(77).to_string());
    Scenario::given([Event::from(started()), facts[0].clone()]).when(&name).states(&[]);
}

#[test]
fn an_obstacle_is_eased_comes_back_and_is_eased_again() {
    let back = ReturnObstacle { obstacle_id: id(100) };
    let named = || Vec::from(named(Dimension::MOBILITE));
    Scenario::given(named()).when(&ease()).states(&["ObstacleEased"]);
    Scenario::given(named()).when(&back).states(&[]);
    let eased_once = || named().into_iter().chain([eased()]);
    Scenario::given(eased_once()).when(&ease()).states(&[]);
    Scenario::given(eased_once()).when(&back).states(&["ObstacleReturned"]);
    let returned = ObstacleReturned { obstacle_id: id(100).to_string(), ..Default::default() };
    Scenario::given(eased_once().chain([returned.into()])).when(&ease()).states(&["ObstacleEased"]);
}

#[test]
fn an_obstacle_of_another_diagnostic_is_not_eased_here() {
    Scenario::given([started()]).when(&ease()).refuses("diagnostic.obstacle");
    let back = ReturnObstacle { obstacle_id: id(100) };
    Scenario::given([started()]).when(&back).refuses("diagnostic.obstacle");
}

#[test]
fn a_skill_has_a_name_and_a_code_of_the_right_shape_or_none() {
    for code in ["", "1204", "110405", "N4101", "A1202"] {
        Scenario::given([started()]).when(&skill(code)).states(&["SkillIdentified"]);
    }
    for code in ["12", "1104051", "O1202", "N410", "N41011", "n4101", "N41é", "vélo"] {
        Scenario::given([started()]).when(&skill(code)).refuses("diagnostic.rome");
    }
    let nameless = IdentifySkill { label: " ".into(), ..skill("") };
    Scenario::given([started()]).when(&nameless).refuses("diagnostic.texte");
}

#[test]
fn a_diagnostic_is_completed_with_nothing_else_in_it_and_holds_six_months() {
    let facts = Scenario::given([started()])
        .on("2026-03-20")
        .when(&complete(Some("2026-03-10")))
        .states(&["DiagnosticCompleted"]);
    let Event::DiagnosticCompleted(done) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((done.completed_on.as_str(), done.valid_until.as_str()), ("2026-03-10", "2026-09-09"));
    Scenario::given([started()]).on("2026-03-02").when(&complete(None)).states(&["DiagnosticCompleted"]);
    Scenario::given(completed()).when(&complete(None)).states(&[]);
}

#[test]
fn a_diagnostic_is_not_completed_before_it_started() {
    let early = complete(Some("2026-03-01"));
    Scenario::given([started()]).when(&early).refuses("diagnostic.dates");
}

#[test]
fn a_diagnostic_is_completed_while_obstacles_are_open() {
    let open = named(Dimension::MOBILITE);
    Scenario::given(open).when(&complete(None)).states(&["DiagnosticCompleted"]);
}

#[test]
fn what_was_concluded_stays_and_another_diagnostic_may_start() {
    let professional = AssessProfessionalSituation { text: "Un mot.".into(), last_experience: None };
    let social = assess(Dimension::LANGUE, "Un mot.");
    let obstacle =
        NameObstacle { dimension: Word(Dimension::LANGUE), text: String::new(), obstacle_id: None };
    Scenario::given(completed()).when(&professional).refuses("diagnostic.termine");
    Scenario::given(completed()).when(&social).refuses("diagnostic.termine");
    Scenario::given(completed()).when(&obstacle).refuses("diagnostic.termine");
    Scenario::given(completed()).when(&skill("")).refuses("diagnostic.termine");
    Scenario::nothing().when(&start()).states(&["DiagnosticStarted"]);
}

fn revise(on: &str) -> ReviseDiagnostic {
    ReviseDiagnostic {
        change: " Permis obtenu ".into(),
        conclusion: " Livraison possible ".into(),
        revised_on: Some(day(on)),
    }
}

#[test]
fn a_conclusion_is_said_anew_and_each_time_has_its_version() {
    let first = Scenario::given(completed()).when(&revise("2026-04-01")).states(&["DiagnosticRevised"]);
    let Event::DiagnosticRevised(told) = &first[0] else { panic!("{first:?}") };
    assert_eq!((told.version, told.revised_on.as_str()), (2, "2026-04-01"));
    assert_eq!((told.change.as_str(), told.conclusion.as_str()), ("Permis obtenu", "Livraison possible"));
    assert_eq!(classes(&first[0]), BTreeSet::from([Class::Project]));
    let again = completed().into_iter().chain(first);
    let second = Scenario::given(again).when(&revise("2026-05-01")).states(&["DiagnosticRevised"]);
    let Event::DiagnosticRevised(told) = &second[0] else { panic!("{second:?}") };
    assert_eq!(told.version, 3);
}

#[test]
fn only_what_was_concluded_is_revised_with_words_and_after_it() {
    Scenario::given([started()]).when(&revise("2026-04-01")).refuses("diagnostic.revision");
    let silent = ReviseDiagnostic { change: " ".into(), ..revise("2026-04-01") };
    Scenario::given(completed()).when(&silent).refuses("diagnostic.texte");
    Scenario::given(completed()).when(&revise("2026-03-09")).refuses("diagnostic.dates");
    Scenario::given(completed()).when(&revise("2026-03-10")).states(&["DiagnosticRevised"]);
}

#[test]
fn a_revision_after_the_term_is_a_warning_and_no_more() {
    let done = DiagnosticCompleted {
        completed_on: "2026-03-10".into(),
        valid_until: "2026-09-09".into(),
        ..Default::default()
    };
    let given = || Scenario::given([Event::from(started()), done.clone().into()]);
    given().when(&revise("2026-09-09")).states(&["DiagnosticRevised"]);
    given()
        .when(&revise("2026-09-10"))
        .states_with_warnings(&["DiagnosticRevised"], &["diagnostic.revision-tardive"]);
}

#[test]
fn obstacles_still_ease_and_come_back_after_the_diagnostic_is_completed() {
    let done = || {
        let [started, obstacle] = named(Dimension::FINANCES);
        let [_, completed] = completed();
        vec![started, obstacle, completed]
    };
    Scenario::given(done()).when(&ease()).states(&["ObstacleEased"]);
    let eased_since = done().into_iter().chain([eased()]);
    let back = ReturnObstacle { obstacle_id: id(100) };
    Scenario::given(eased_since).when(&back).states(&["ObstacleReturned"]);
}

#[test]
fn the_facts_happen_on_the_day_that_is_said() {
    use service::Command as _;
    let start = StartDiagnostic { started_on: Some(day("2026-03-02")), ..start() };
    assert_eq!(start.occurred_on(), Some(day("2026-03-02").0));
    assert_eq!(complete(Some("2026-03-10")).occurred_on(), Some(day("2026-03-10").0));
    assert_eq!(complete(None).occurred_on(), None);
}

#[test]
fn the_commands_have_the_routes_and_the_bodies_that_were_promised() {
    let paths: Vec<_> = diagnostic::api().routes.into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), 11);
    assert!(paths.contains(&"/api/v1/cases/{case_id}/diagnostics".to_owned()));
    let body = r#"{ "dimension": "MOBILITE" }"#;
    serde_json::from_str::<NameObstacle>(body).expect("the text may be absent");
    let unknown = r#"{ "dimension": "MOBILITE", "severity": 3 }"#;
    serde_json::from_str::<NameObstacle>(unknown).expect_err("nothing is passed over");
}

#[test]
fn every_rule_has_an_id_of_its_own_and_speaks_in_sentences() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.text.ends_with('.') && !rule.source.is_empty()));
}
