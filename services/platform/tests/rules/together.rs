//! What the members of a platform do together.

use contracts::{
    Facts, Word,
    common::v1::{OrganisationKind, Role},
};
use platform::domain::{action, gathering, meeting, partnership};
use service::{Command, Domain};
use testkit::scenario::{actor, day, id};

use super::support::{EMPLOYER, PLATFORM, given, nothing};

/// An organisation that is no member is refused.
fn refuses_outsiders<C, E>(facts: Vec<E>, command: &C)
where
    C: Command,
    C::Aggregate: Domain<Event = E>,
    E: Facts,
{
    given(facts).by(actor(Role::CIP, 9, 3)).when(command).refuses("plateforme.membre");
}

mod gatherings {
    use gathering::{commands::*, *};

    use super::*;

    fn plan() -> Plan {
        Plan {
            kind: Word(GatheringKind::JOB_DATING),
            title: "Salon du TAF".into(),
            planned_on: day("2026-12-10"),
            town: "Alès".into(),
            insee_code: "30007".into(),
            organisation_ids: vec![id(EMPLOYER)],
            capacity: 40,
        }
    }

    fn planned() -> Vec<Event> {
        let command = PlanGathering { platform_id: id(PLATFORM), plan: plan() };
        nothing::<Event>().when(&command).states(&["GatheringPlanned"])
    }

    fn hold(people: u32) -> HoldGathering {
        HoldGathering { held_on: Some(day("2026-11-20")), people, professionals: 4, employers: 3 }
    }

    #[test]
    fn a_gathering_is_planned_then_planned_otherwise() {
        let same = ReplanGathering { plan: plan() };
        given(planned()).when(&same).states(&[]);
        let moved = ReplanGathering { plan: Plan { planned_on: day("2026-12-17"), ..plan() } };
        let facts = given(planned()).when(&moved).states(&["GatheringPlanned"]);
        given(planned().into_iter().chain(facts)).when(&moved).states(&[]);
    }

    #[test]
    fn what_took_place_is_counted_and_no_longer_planned() {
        let facts = given(planned()).when(&hold(25)).states(&["GatheringHeld"]);
        let held = || planned().into_iter().chain(facts.clone());
        given(held()).when(&hold(25)).states(&[]);
        given(held()).when(&hold(26)).states(&["GatheringHeld"]);
        given(held()).when(&ReplanGathering { plan: plan() }).refuses("rencontre.tenue");
    }

    #[test]
    fn a_plan_is_read_strictly_and_is_a_member_s() {
        let asks = |plan: Plan| nothing::<Event>().when(&PlanGathering { platform_id: id(PLATFORM), plan });
        asks(Plan { title: "Salon, 05 36 49 01 01".into(), ..plan() }).refuses("texte.coordonnees");
        asks(Plan { insee_code: "Alès".into(), ..plan() }).refuses("code.commune");
        asks(Plan { organisation_ids: vec![id(99)], ..plan() }).refuses("plateforme.organisation-citee");
        let command = PlanGathering { platform_id: id(PLATFORM), plan: plan() };
        refuses_outsiders::<_, Event>(Vec::new(), &command);
        refuses_outsiders(planned(), &ReplanGathering { plan: plan() });
        refuses_outsiders(planned(), &hold(1));
    }
}

mod meetings {
    use meeting::{commands::*, *};

    use super::*;

    fn plan() -> Plan {
        Plan {
            kind: Word(MeetingKind::REUNION_MENSUELLE),
            scheduled_on: day("2026-11-18"),
            starts_at: "14:30".into(),
            town: "Alès".into(),
        }
    }

    fn scheduled() -> Vec<Event> {
        let command = ScheduleMeeting { platform_id: id(PLATFORM), plan: plan() };
        nothing::<Event>().when(&command).states(&["MeetingScheduled"])
    }

    fn hold() -> HoldMeeting {
        HoldMeeting { held_on: Some(day("2026-11-19")), organisation_ids: vec![id(1), id(2)] }
    }

    fn held() -> Vec<Event> {
        scheduled().into_iter().chain(given(scheduled()).when(&hold()).states(&["MeetingHeld"])).collect()
    }

    fn decide() -> TakeDecision {
        TakeDecision {
            kind: Word(DecisionKind::EMPLOYEURS),
            label: "Visiter deux entreprises du bassin.".into(),
            organisation_id: Some(id(2)),
            due_on: Some(day("2026-12-15")),
            decided_on: None,
        }
    }

    #[test]
    fn a_meeting_is_scheduled_moved_and_held() {
        given(scheduled()).when(&RescheduleMeeting { plan: plan() }).states(&[]);
        let moved = RescheduleMeeting { plan: Plan { scheduled_on: day("2026-11-25"), ..plan() } };
        given(scheduled()).when(&moved).states(&["MeetingScheduled"]);
        given(held()).when(&moved).refuses("reunion.tenue");
        given(held()).when(&hold()).states(&[]);
        given(held()).when(&HoldMeeting { organisation_ids: vec![id(1)], ..hold() }).states(&["MeetingHeld"]);
    }

    #[test]
    fn an_hour_is_read_strictly() {
        for starts_at in ["14h30", "25:00", "14:3", "midi"] {
            let plan = Plan { starts_at: starts_at.into(), ..plan() };
            let command = ScheduleMeeting { platform_id: id(PLATFORM), plan };
            nothing::<Event>().when(&command).refuses("reunion.heure");
        }
        let command =
            ScheduleMeeting { platform_id: id(PLATFORM), plan: Plan { starts_at: String::new(), ..plan() } };
        nothing::<Event>().when(&command).states(&["MeetingScheduled"]);
    }

    #[test]
    fn a_decision_is_of_the_day_of_the_meeting_and_may_be_due() {
        let facts = given(held()).when(&decide()).states(&["DecisionTaken"]);
        let Event::DecisionTaken(fact) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((fact.decided_on.as_str(), fact.due_on.as_str()), ("2026-11-19", "2026-12-15"));
        assert_eq!(decide().day_of(&facts[0]), Some(day("2026-11-19").0));
        let on = |on: &str| TakeDecision { decided_on: Some(day(on)), ..decide() };
        given(held()).when(&on("2026-11-18")).refuses("reunion.decision");
        given(scheduled()).on("2026-11-17").when(&decide()).refuses("reunion.decision");
        given(scheduled()).on("2026-11-18").when(&decide()).states(&["DecisionTaken"]);
        given(held())
            .when(&TakeDecision { due_on: Some(day("2026-11-18")), ..decide() })
            .refuses("reunion.decision");
        given(held()).when(&TakeDecision { label: " ".into(), ..decide() }).refuses("reunion.decision");
    }

    fn settle(facts: &[Event], on: &str) -> SettleDecision {
        let taken = facts.iter().find_map(|fact| match fact {
            Event::DecisionTaken(taken) => taken.decision_id.parse().ok(),
            _ => None,
        });
        SettleDecision {
            decision_id: taken.expect("a decision"),
            outcome: Word(DecisionOutcome::DONE),
            settled_on: Some(day(on)),
            note: "Deux visites faites.".into(),
        }
    }

    #[test]
    fn what_became_of_a_decision_is_said_and_corrected() {
        let mut facts = held();
        facts.extend(given(held()).when(&decide()).states(&["DecisionTaken"]));
        let done = settle(&facts, "2026-11-20");
        let said = given(facts.clone()).when(&done).states(&["DecisionSettled"]);
        let after: Vec<Event> = facts.iter().cloned().chain(said).collect();
        given(after.clone()).when(&done).states(&[]);
        let aside =
            SettleDecision { outcome: Word(DecisionOutcome::SET_ASIDE), ..settle(&facts, "2026-11-20") };
        given(after).when(&aside).states(&["DecisionSettled"]);
        given(facts.clone()).when(&settle(&facts, "2026-11-18")).refuses("reunion.suite");
        let unknown = SettleDecision { decision_id: id(99), ..settle(&facts, "2026-11-20") };
        given(facts.clone()).when(&unknown).refuses("reunion.suite");
        let named = SettleDecision { note: "Voir le 05 36 49 01 01".into(), ..settle(&facts, "2026-11-20") };
        given(facts.clone()).when(&named).refuses("texte.coordonnees");
        refuses_outsiders(facts.clone(), &settle(&facts, "2026-11-20"));
    }

    #[test]
    fn a_meeting_names_no_one_and_is_a_member_s() {
        let label = "Rappeler le 05 36 49 01 01".to_owned();
        given(held()).when(&TakeDecision { label, ..decide() }).refuses("texte.coordonnees");
        let unknown = TakeDecision { organisation_id: Some(id(99)), ..decide() };
        given(held()).when(&unknown).refuses("plateforme.organisation-citee");
        let unknown = HoldMeeting { organisation_ids: vec![id(99)], ..hold() };
        given(scheduled()).when(&unknown).refuses("plateforme.organisation-citee");
        let command = ScheduleMeeting { platform_id: id(PLATFORM), plan: plan() };
        refuses_outsiders::<_, Event>(Vec::new(), &command);
        refuses_outsiders(scheduled(), &RescheduleMeeting { plan: plan() });
        refuses_outsiders(scheduled(), &hold());
        refuses_outsiders(held(), &decide());
    }
}

mod actions {
    use action::{commands::*, *};

    use super::*;

    fn card() -> Card {
        Card {
            theme: "Partenariat".into(),
            title: "Structurer la coalition d’acteurs".into(),
            objectives: vec!["Partager une approche commune".into(), " ".into()],
            steps: vec![
                Step { label: "Rencontrer les partenaires".into(), due_on: Some(day("2026-12-15")) },
                Step { label: "Écrire une charte".into(), due_on: None },
            ],
            pilot_organisation_id: Some(id(1)),
            working_group: "Direction, CIP".into(),
            term: Word(ActionTerm::CT),
            due_on: Some(day("2027-01-01")),
            indicators: vec!["Charte signée".into()],
            resources: Vec::new(),
            watch_points: Vec::new(),
        }
    }

    fn plan() -> PlanAction {
        PlanAction { platform_id: id(PLATFORM), card: card(), planned_on: Some(day("2026-11-02")) }
    }

    fn planned() -> Vec<Event> {
        nothing::<Event>().when(&plan()).states(&["ActionPlanned"])
    }

    fn progress(step: u32, percent: u32) -> ProgressAction {
        ProgressAction { step, percent, note: String::new(), progressed_on: Some(day("2026-11-20")) }
    }

    fn complete() -> CompleteAction {
        CompleteAction { completed_on: Some(day("2026-11-21")), result: "Charte signée".into() }
    }

    #[test]
    fn an_action_advances_step_by_step_to_its_end_and_may_begin_again() {
        let Event::ActionPlanned(fact) = &planned()[0] else { panic!("not planned") };
        let kept = fact.card.as_option().expect("a card");
        assert_eq!((kept.objectives.len(), kept.steps.len()), (1, 2));
        for step in [0, 1, 2] {
            given(planned()).when(&progress(step, 100)).states(&["ActionProgressed"]);
        }
        let facts = given(planned()).when(&complete()).states(&["ActionCompleted"]);
        let done = || planned().into_iter().chain(facts.clone());
        given(done()).when(&complete()).states(&[]);
        given(done()).when(&progress(0, 10)).refuses("action.terminee");
        given(done()).when(&ReviseAction { card: card() }).states(&["ActionPlanned"]);
        given(planned()).when(&ReviseAction { card: card() }).states(&[]);
    }

    #[test]
    fn one_advances_within_the_action_and_after_it_was_planned() {
        given(planned()).when(&progress(3, 10)).refuses("action.avancement");
        given(planned()).when(&progress(1, 101)).refuses("action.avancement");
        let early = Some(day("2026-11-01"));
        given(planned())
            .when(&ProgressAction { progressed_on: early, ..progress(1, 10) })
            .refuses("action.dates");
        given(planned()).when(&CompleteAction { completed_on: early, ..complete() }).refuses("action.dates");
    }

    #[test]
    fn an_action_is_titled_names_no_one_and_is_a_member_s() {
        let asks = |card: Card| nothing::<Event>().when(&PlanAction { card, ..plan() });
        asks(Card { title: " ".into(), ..card() }).refuses("action.titre");
        asks(Card { watch_points: vec!["c.essai@exemple.example".into()], ..card() })
            .refuses("texte.coordonnees");
        asks(Card { pilot_organisation_id: Some(id(99)), ..card() }).refuses("plateforme.organisation-citee");
        let note = "voir avec c.essai@exemple.example".to_owned();
        given(planned())
            .when(&ProgressAction { note: note.clone(), ..progress(1, 10) })
            .refuses("texte.coordonnees");
        given(planned()).when(&CompleteAction { result: note, ..complete() }).refuses("texte.coordonnees");
        refuses_outsiders::<_, Event>(Vec::new(), &plan());
        refuses_outsiders(planned(), &ReviseAction { card: card() });
        refuses_outsiders(planned(), &progress(1, 10));
        refuses_outsiders(planned(), &complete());
    }
}

mod partnerships {
    use partnership::{commands::*, *};

    use super::*;

    fn card() -> Card {
        Card {
            actor: Word(OrganisationKind::PLIE),
            organisation_id: None,
            state: Word(PartnershipState::INFORMEL),
            how_it_works: "Service intégré dans les locaux".into(),
            difficulties: "Repose sur des relations entre personnes".into(),
            expectations: String::new(),
        }
    }

    fn record() -> RecordPartnership {
        RecordPartnership { platform_id: id(PLATFORM), card: card(), recorded_on: Some(day("2026-05-01")) }
    }

    fn recorded() -> Vec<Event> {
        nothing::<Event>().when(&record()).states(&["PartnershipRecorded"])
    }

    fn review(on: &str) -> ReviewPartnership {
        ReviewPartnership { card: card(), reviewed_on: Some(day(on)) }
    }

    #[test]
    fn a_partnership_is_described_and_looked_at_again() {
        let facts = given(recorded()).when(&review("2026-11-01")).states(&["PartnershipReviewed"]);
        given(recorded()).when(&review("2026-04-30")).refuses("partenariat.dates");
        let seen = recorded().into_iter().chain(facts);
        given(seen).when(&review("2026-10-31")).refuses("partenariat.dates");
    }

    #[test]
    fn a_partnership_says_something_names_no_one_and_is_a_member_s() {
        let asks = |card: Card| nothing::<Event>().when(&RecordPartnership { card, ..record() });
        let (how_it_works, difficulties) = (String::new(), " ".to_owned());
        asks(Card { how_it_works, difficulties, ..card() }).refuses("partenariat.contenu");
        asks(Card { difficulties: "05 36 49 01 01".into(), ..card() }).refuses("texte.coordonnees");
        asks(Card { organisation_id: Some(id(99)), ..card() }).refuses("plateforme.organisation-citee");
        refuses_outsiders::<_, Event>(Vec::new(), &record());
        refuses_outsiders(recorded(), &review("2026-11-01"));
    }
}
