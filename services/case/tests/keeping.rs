//! What comes to the end of its time is proposed, taken back when the time moves, and erased on its day: ten years
//! of days, one by one, with a clock of its own.

use std::collections::BTreeMap;

use access::Actor;
use case::{
    domain::{
        appointment::AppointmentHeld,
        case::{aggregate, commands::*, *},
        writing::NoteWritten,
    },
    reactions::keeping::Keeping,
};
use contracts::{
    Facts, Recorded,
    case::v1::{WishExpressed, WishRevised},
    common::v1::Role,
    employment::v1::{ContractKind, EmploymentEnded, EmploymentStarted},
    events,
    immersion::v1::{
        ConventionCancelled, ConventionDrafted, ImmersionReviewed, ImmersionStarted, ReviewOutcome,
    },
    prescription::v1::{PassIaeReported, PrescriptionKind, PrescriptionPrepared, PrescriptionSent},
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use service::{
    Agenda as _, Command, Context, Domain as _, Due, Known,
    forgettings::Standing,
    retention::{self, Kept},
};
use testkit::scenario::{actor, day, id, open_case};
use uuid::Uuid;
use vocabulary::clock::start_of_day;

#[path = "rules/facts.rs"]
mod facts;
use facts::recorded;

/// A person, as the journal tells of them.
#[derive(Default)]
struct Person {
    kept: Kept,
    state: aggregate::State,
    position: i64,
    fresh: u128,
    forgotten: Vec<(Date, Vec<PersonalClass>)>,
}

impl Person {
    fn opened(on: Date) -> Self {
        let mut person = Self::default();
        let opened =
            CaseOpened { structure_id: id(1).to_string(), opened_on: on.to_string(), ..Default::default() };
        person.tell(on, &Event::from(opened));
        person
    }

    fn record<E: Facts>(&mut self, on: Date, stream: u128, fact: &E) -> Recorded {
        self.position += 1;
        let fact = recorded(self.position, stream, Some(42), fact);
        Recorded { occurred_on: on, recorded_at: start_of_day(on), ..fact }
    }

    /// A fact of the case.
    fn tell(&mut self, on: Date, event: &Event) {
        let fact = self.record(on, 42, event);
        assert_eq!(Keeping::key(&fact), Some(id(42)));
        Keeping::fold(&mut self.kept, &fact).expect("it is understood");
        let json = serde_json::to_value(&self.kept).expect("JSON");
        assert_eq!(serde_json::from_value::<Kept>(json).expect("the same"), self.kept, "kept as JSON");
        self.state = aggregate::Case::apply(std::mem::take(&mut self.state), event.clone());
    }

    /// A fact around the case, known on the day it happened.
    fn meet(&mut self, on: Date) {
        let held = contracts::events::Appointment::AppointmentHeld(AppointmentHeld::default());
        let fact = self.record(on, 50, &held);
        Keeping::fold(&mut self.kept, &fact).expect("it is understood");
    }

    /// A fact of the person, in that stream of theirs, known on the day it happened.
    fn lives<E: Facts>(&mut self, on: &str, stream: u128, event: impl Into<E>) {
        let fact = self.record(day(on).0, stream, &event.into());
        assert_eq!(Keeping::key(&fact), Some(id(42)), "{}", fact.kind.name);
        Keeping::fold(&mut self.kept, &fact).expect("it is understood");
        let json = serde_json::to_value(&self.kept).expect("JSON");
        assert_eq!(serde_json::from_value::<Kept>(json).expect("the same"), self.kept, "kept as JSON");
    }

    /// The first day on which what that rule ends is to be erased.
    fn ends(&self, rule: &str) -> Option<String> {
        let rule = retention::rule(rule).expect("a rule");
        self.kept.due_on(rule).map(|day| day.to_string())
    }

    fn write(&mut self, on: Date) {
        let note = contracts::events::Writing::NoteWritten(NoteWritten::default());
        let fact = self.record(on, 51, &note);
        Keeping::fold(&mut self.kept, &fact).expect("it is understood");
    }

    fn ask<C>(&mut self, on: Date, by: Actor, command: &C) -> usize
    where
        C: Command<Aggregate = aggregate::Case>,
    {
        self.fresh += 1;
        let known = Known { case: Some(open_case(42)), ..Known::default() };
        let noon = start_of_day(on) + 12.hours();
        let context = Context::new(noon, by, id(42), id(10_000 + self.fresh), known);
        let facts = command.decide(&self.state, &context).unwrap_or_else(|refusal| panic!("{on}: {refusal}"));
        for fact in &facts {
            if let Event::PersonForgotten(forgotten) = fact {
                let classes = forgotten.classes.iter().filter_map(|class| class.as_known()).collect();
                self.forgotten.push((on, classes));
            }
            self.tell(on, fact);
        }
        facts.len()
    }

    /// What is due by the first minute of that day is done.
    fn night(&mut self, on: Date) {
        let now: Timestamp = start_of_day(on);
        for turn in 0.. {
            assert!(turn < 20, "what is due is done, and not due any more: {:?}", Keeping::due(&self.kept));
            let Some(due) = Keeping::due(&self.kept).into_iter().find(|due| due.at <= now) else { return };
            self.do_it(on, &due);
        }
    }

    fn do_it(&mut self, on: Date, due: &Due) {
        let body = due.body.clone();
        let clock = Actor::system("clock");
        let stated = match due.command {
            "case.propose-forgetting" => {
                self.ask(on, clock, &serde_json::from_value::<ProposeForgetting>(body).expect("a body"))
            }
            "case.withdraw-forgetting" => {
                self.ask(on, clock, &serde_json::from_value::<WithdrawForgetting>(body).expect("a body"))
            }
            "case.begin-forgetting" => {
                self.ask(on, clock, &serde_json::from_value::<BeginForgetting>(body).expect("a body"))
            }
            "case.forget-person" => {
                let request: BeginForgetting = serde_json::from_value(body).expect("a body");
                let one = self.kept.forgettings.requests[&request.request_id].clone();
                let classes: Vec<String> =
                    one.classes.iter().map(|class| class.name().to_uppercase()).collect();
                let body = serde_json::json!({
                    "classes": classes, "reason": one.ground, "request_id": request.request_id,
                    "renewable": one.is_renewable(),
                });
                self.ask(on, clock, &serde_json::from_value::<ForgetPerson>(body).expect("a body"))
            }
            other => panic!("{other}"),
        };
        assert_eq!(stated, 1, "{due:?} changes something");
    }

    fn asked(&self) -> Option<Uuid> {
        let waits = self.kept.forgettings.requests.iter().find(|(_, one)| one.standing == Standing::Asked);
        waits.map(|(id, _)| *id)
    }

    /// As many colleagues agree as must.
    fn agree(&mut self, on: Date) {
        for post in 7..9 {
            let Some(request_id) = self.asked() else { return };
            self.ask(on, actor(Role::CIP, post, 1), &ApproveForgetting { request_id });
        }
    }

    fn standings(&self) -> Vec<Standing> {
        self.kept.forgettings.requests.values().map(|one| one.standing).collect()
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

fn whole() -> &'static retention::Retention {
    retention::rule("conservation.suivi").expect("a rule")
}

#[test]
fn the_rules_shipped_are_read_and_each_says_where_it_comes_from() {
    let rules = retention::rules();
    assert_eq!(rules.len(), 9);
    for rule in rules {
        assert!(rule.text.ends_with('.') && !rule.source.is_empty(), "{}", rule.id);
        assert!(rule.months > 0);
        assert_eq!(rule.is_of_cases(), !rule.classes().is_empty(), "{}: classes are known", rule.id);
    }
    assert_eq!(rules.iter().filter(|rule| rule.is_of_cases()).count(), 6);
    assert!(whole().is_whole());
}

#[test]
fn e80_the_last_day_kept_has_the_same_date_and_29_february_is_not_lost() {
    let due = |from: &str| whole().due_on(day(from).0).to_string();
    assert_eq!(due("2026-03-10"), "2028-03-11", "the 10th is the last day kept");
    assert_eq!(due("2024-02-29"), "2026-03-01", "the last day kept is the last of February");
    assert_eq!(due("2026-02-28"), "2028-02-29");
    assert_eq!(due("2026-12-31"), "2029-01-01");
    // The night when clocks change, the day begins an hour earlier or later, and begins.
    assert_eq!(start_of_day(day("2026-03-29").0).to_string(), "2026-03-28T23:00:00Z");
    assert_eq!(start_of_day(day("2026-10-26").0).to_string(), "2026-10-25T23:00:00Z");
}

#[test]
fn what_ended_by_a_day_is_all_that_is_due_that_day_or_before() {
    for rule in retention::rules() {
        for today in days(day("2027-12-25").0, day("2028-04-02").0) {
            let last = rule.ended_by(today);
            assert!(rule.due_on(last) <= today, "{} {today} {last}", rule.id);
            assert!(rule.due_on(last.tomorrow().unwrap()) > today, "{} {today} {last}", rule.id);
        }
    }
}

#[test]
fn what_ends_is_proposed_30_days_before_and_erased_on_its_day_once_two_agree() {
    let mut person = Person::opened(day("2026-03-10").0);
    for today in days(day("2026-03-11").0, day("2028-02-09").0) {
        person.night(today);
        assert_eq!(person.asked(), None, "{today}");
    }
    let proposed = day("2028-02-10").0;
    person.night(proposed);
    assert!(person.asked().is_some(), "30 days before 2028-03-11");
    person.agree(proposed);
    for today in days(day("2028-02-11").0, day("2028-03-10").0) {
        person.night(today);
        assert!(person.forgotten.is_empty(), "{today}");
    }
    person.night(day("2028-03-11").0);
    assert_eq!(person.forgotten.iter().map(|(on, _)| on.to_string()).collect::<Vec<_>>(), ["2028-03-11"]);
    assert!(Keeping::due(&person.kept).is_empty(), "nothing is due of who was forgotten");
}

#[test]
fn e80_a_contact_moves_the_term_forward_and_one_told_late_moves_it_too() {
    let mut person = Person::opened(day("2026-03-10").0);
    person.night(day("2028-02-10").0);
    person.agree(day("2028-02-10").0);
    assert_eq!(person.standings(), [Standing::Approved]);
    // The person comes back: what was approved is taken back by itself.
    person.meet(day("2028-02-20").0);
    person.night(day("2028-02-21").0);
    assert_eq!(person.standings(), [Standing::Withdrawn]);
    person.night(day("2028-03-11").0);
    assert!(person.forgotten.is_empty());
    assert_eq!(person.kept.due_on(whole()), Some(day("2030-02-21").0));
    // A meeting of the year before, told now, changes nothing; an earlier last contact does not move it back.
    person.meet(day("2027-05-01").0);
    assert_eq!(person.kept.due_on(whole()), Some(day("2030-02-21").0));
    person.night(day("2030-01-21").0);
    assert!(person.asked().is_none());
    person.night(day("2030-01-22").0);
    assert!(person.asked().is_some());
}

#[test]
fn what_a_path_of_iae_leaves_of_the_project_ends_two_years_after_it_when_the_person_is_still_followed() {
    const PATH: &str = "conservation.parcours-iae";
    let mut person = Person::opened(day("2026-01-05").0);
    person.lives::<events::Wish>("2026-01-06", 60, WishExpressed::default());
    person.meet(day("2029-06-01").0);
    assert_eq!(person.ends(PATH), None, "without any step towards IAE, the rule is about nothing");
    let sent = PrescriptionSent { kind: PrescriptionKind::CANDIDATURE_IAE.into(), ..Default::default() };
    person.lives::<events::Prescription>("2026-02-01", 61, PrescriptionPrepared::default());
    person.lives::<events::Prescription>("2026-02-02", 61, sent);
    assert_eq!(
        person.ends(PATH).as_deref(),
        Some("2028-02-02"),
        "no path followed: the last thing collected"
    );
    let started = EmploymentStarted { contract: ContractKind::CDDI.into(), ..Default::default() };
    person.lives::<events::Employment>("2026-03-01", 62, started);
    assert_eq!(person.ends(PATH), None, "the path goes on");
    let ended = EmploymentEnded { ended_on: "2026-08-31".into(), ..Default::default() };
    person.lives::<events::Employment>("2026-08-31", 62, ended);
    assert_eq!(person.ends(PATH).as_deref(), Some("2028-09-01"));
    let pass = PassIaeReported { ends_on: "2027-02-28".into(), ..Default::default() };
    person.lives::<events::Pass>("2026-09-01", 63, pass);
    assert_eq!(person.ends(PATH).as_deref(), Some("2029-03-01"), "the last day of the PASS is later");
    person.lives::<events::Wish>("2027-05-10", 60, WishRevised::default());
    assert_eq!(person.ends(PATH).as_deref(), Some("2029-05-11"), "something newer is read by the same key");
    // Proposed by itself 30 days before, erased once a professional agrees; the rest stays.
    let proposed = day("2029-04-11").0;
    person.night(day("2029-04-10").0);
    assert_eq!(person.asked(), None);
    person.night(proposed);
    person.agree(proposed);
    person.night(day("2029-05-11").0);
    assert_eq!(person.forgotten, [(day("2029-05-11").0, vec![PersonalClass::PROJECT])]);
    assert_eq!((person.ends(PATH), person.asked()), (None, None));
    // What is collected after that counts anew.
    person.lives::<events::Wish>("2029-05-20", 60, WishRevised::default());
    assert_eq!(person.ends(PATH).as_deref(), Some("2031-05-21"));
    // Seen no more since: it ends with all the rest, and is not proposed twice.
    person.lives::<events::Wish>("2029-06-02", 60, WishRevised::default());
    assert_eq!(person.ends(PATH), None);
    assert_eq!(person.kept.terms().first().map(|(rule, _)| &*rule.id), Some("conservation.suivi"));
}

#[test]
fn what_immersions_that_never_took_place_leave_ends_two_years_after_the_last_thing_collected() {
    const NONE: &str = "conservation.pmsmp-non-realisee";
    let mut person = Person::opened(day("2026-01-05").0);
    person.meet(day("2029-06-01").0);
    person.lives::<events::Convention>("2026-02-01", 60, ConventionDrafted::default());
    assert_eq!(person.ends(NONE), None, "it may still take place");
    person.lives::<events::Convention>("2026-02-10", 60, ConventionCancelled::default());
    let drafted_or_told = person.kept.path.end_of_unexecuted().expect("something was collected");
    assert_eq!(
        person.ends(NONE),
        Some(drafted_or_told.saturating_add(24.months()).tomorrow().unwrap().to_string())
    );
    person.lives::<events::Convention>("2026-03-01", 61, ImmersionStarted::default());
    assert_eq!(person.ends(NONE), None, "one took place");
    let absent = ImmersionReviewed { outcome: ReviewOutcome::DID_NOT_SHOW.into(), ..Default::default() };
    person.lives::<events::Convention>("2026-03-20", 61, absent);
    assert!(person.ends(NONE).is_some(), "it had not");
    person.lives::<events::Pass>("2026-04-01", 62, PassIaeReported::default());
    assert_eq!(person.ends(NONE), None, "the rule of the path says it then");
}

#[test]
fn a_need_that_is_said_anew_moves_the_term_back_or_forward() {
    let health = retention::rule("conservation.sante").expect("a rule");
    let need =
        |until: &str| StateNeed { class: contracts::Word(PersonalClass::HEALTH), needed_until: day(until) };
    let mut person = Person::opened(day("2026-03-10").0);
    assert_eq!(person.kept.due_on(health), None, "no need was said");
    let colleague = || actor(Role::CIP, 8, 1);
    person.ask(day("2026-03-10").0, colleague(), &need("2026-09-30"));
    assert_eq!(person.kept.due_on(health), Some(day("2027-03-31").0), "six months after the RQTH");
    person.night(day("2027-03-01").0);
    assert!(person.asked().is_some());
    person.ask(day("2027-03-02").0, colleague(), &need("2028-09-30"));
    person.night(day("2027-03-03").0);
    assert_eq!(person.standings(), [Standing::Withdrawn], "the RQTH was renewed");
    person.ask(day("2027-03-04").0, colleague(), &need("2026-12-31"));
    assert_eq!(person.kept.due_on(health), Some(day("2027-07-01").0));
    person.night(day("2027-06-01").0);
    person.agree(day("2027-06-02").0);
    person.meet(day("2027-06-20").0);
    person.night(day("2027-07-01").0);
    assert_eq!(person.forgotten, [(day("2027-07-01").0, vec![PersonalClass::HEALTH])]);
    assert_eq!(person.kept.due_on(health), None, "the need ended with what it kept");
}

#[test]
fn a_proposal_set_aside_is_not_made_again_for_six_months() {
    let mut person = Person::opened(day("2026-03-10").0);
    person.night(day("2028-02-10").0);
    let request_id = person.asked().expect("proposed");
    let decline = DeclineForgetting { request_id, comment: "un recours est en préparation".into() };
    person.ask(day("2028-02-15").0, actor(Role::CIP, 8, 1), &decline);
    for today in days(day("2028-02-16").0, day("2028-07-15").0) {
        person.night(today);
        assert!(person.asked().is_none(), "{today}");
    }
    person.night(day("2028-07-16").0);
    assert!(person.asked().is_some(), "30 days before 2028-08-15");
}

#[test]
fn a_legal_hold_puts_everything_off_until_it_ends_or_is_lifted() {
    let hold = |until: &str| PlaceLegalHold {
        ground: contracts::Word(HoldGround::LITIGATION),
        until_day: day(until),
        comment: String::new(),
    };
    let referent = || actor(Role::REFERENT_SOCIAL, 7, 1);
    let mut person = Person::opened(day("2026-03-10").0);
    person.night(day("2028-02-10").0);
    person.agree(day("2028-02-10").0);
    person.ask(day("2028-03-01").0, referent(), &hold("2028-09-30"));
    for today in days(day("2028-03-02").0, day("2028-09-30").0) {
        person.night(today);
    }
    assert!(person.forgotten.is_empty());
    person.night(day("2028-10-01").0);
    assert_eq!(person.forgotten.len(), 1, "the day after");

    let mut lifted = Person::opened(day("2026-03-10").0);
    lifted.ask(day("2028-02-01").0, referent(), &hold("2028-09-30"));
    lifted.night(day("2028-04-01").0);
    assert!(lifted.asked().is_none());
    let hold_id = *lifted.kept.forgettings.holds.keys().next().expect("a hold");
    lifted.ask(day("2028-04-02").0, referent(), &LiftLegalHold { hold_id });
    lifted.night(day("2028-04-03").0);
    assert!(lifted.asked().is_some());
}

/// The first day after two years to the day, counted without the library that Jalon counts with.
fn two_years_after(contact: Date) -> Date {
    let leap = |year: i16| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (year, month) = (contact.year() + 2, contact.month());
    let last = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let kept = contact.day().min(last[usize::try_from(month).expect("a month") - 1]);
    Date::new(year, month, kept).and_then(Date::tomorrow).expect("a day")
}

#[test]
fn ten_years_of_days_and_nothing_is_kept_a_day_too_long() {
    let (first, last) = (day("2026-01-01").0, day("2035-12-31").0);
    let mut dice = Dice(42);
    let (mut forgotten, mut ended, mut taken_back) = (0, 0, 0);
    for _ in 0..30 {
        let mut person = Person::opened(first);
        let mut contact = first;
        let mut agree_on: BTreeMap<Date, ()> = BTreeMap::new();
        let mut next = first.saturating_add(i64::try_from(1 + dice.roll(500)).unwrap().days());
        for today in days(first.tomorrow().unwrap(), last) {
            person.night(today);
            let gone = person.kept.forgettings.is_forgotten();
            assert_eq!(gone, person.forgotten.iter().any(|(_, classes)| classes.len() == 6));
            assert_eq!(gone, today >= two_years_after(contact), "{today}, last seen {contact}");
            for (rule, due) in person.kept.terms() {
                assert!(due > today, "{today}: {} was due on {due}", rule.id);
            }
            if gone {
                forgotten += 1;
                break;
            }
            if person.asked().is_some() && agree_on.is_empty() {
                let within = i64::try_from(dice.roll(29)).unwrap();
                agree_on.insert(today.saturating_add(within.days()), ());
            }
            if agree_on.keys().any(|on| *on <= today) {
                agree_on.clear();
                while person.asked().is_some() {
                    person.agree(today);
                }
            }
            if today == next {
                person.meet(today);
                contact = today;
                if dice.roll(2) == 0 {
                    person.write(today);
                }
                if dice.roll(4) == 0 {
                    let until = today.saturating_add(i64::try_from(dice.roll(400)).unwrap().days());
                    let class =
                        if dice.roll(2) == 0 { PersonalClass::HEALTH } else { PersonalClass::JUDICIAL };
                    let need = StateNeed { class: contracts::Word(class), needed_until: service::Day(until) };
                    person.ask(today, actor(Role::CIP, 8, 1), &need);
                }
                let gap = if dice.roll(12) == 0 { 700 + dice.roll(60) } else { 1 + dice.roll(120) };
                next = today.saturating_add(i64::try_from(gap).unwrap().days());
            }
        }
        ended += person.forgotten.iter().filter(|(_, classes)| classes.len() == 1).count();
        taken_back += person.standings().iter().filter(|one| **one == Standing::Withdrawn).count();
    }
    // The dice made all of it happen.
    assert!(forgotten >= 5 && ended >= 10 && taken_back >= 10, "{forgotten} {ended} {taken_back}");
    println!(
        "in ten years: {forgotten} people forgotten, {ended} classes ended, {taken_back} proposals taken back"
    );
}
