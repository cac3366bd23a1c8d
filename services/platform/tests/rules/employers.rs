//! One voice towards an employer, and what was said.

use contracts::{Word, common::v1::Role};
use platform::domain::employer::{commands::*, *};
use testkit::scenario::{actor, day, id};

use super::support::{EMPLOYER, OTHER_POST, OUTSIDE_POST, PLATFORM, given, nothing};

fn assign(post: Option<u128>, from: &str, until: &str) -> AssignLead {
    AssignLead {
        platform_id: id(PLATFORM),
        organisation_id: id(EMPLOYER),
        post_id: post.map(id),
        from_day: Some(day(from)),
        until_day: day(until),
    }
}

fn release(on: &str) -> ReleaseLead {
    ReleaseLead { platform_id: id(PLATFORM), organisation_id: id(EMPLOYER), released_on: Some(day(on)) }
}

fn contact(on: &str) -> ContactEmployer {
    ContactEmployer {
        platform_id: id(PLATFORM),
        organisation_id: id(EMPLOYER),
        contacted_on: Some(day(on)),
        channel: Word(ContactChannel::TELEPHONE),
        outcome: Word(ContactOutcome::A_RAPPELER),
        next_contact_on: None,
    }
}

fn led() -> Vec<Event> {
    nothing::<Event>().when(&assign(None, "2026-11-01", "2027-04-30")).states(&["EmployerLeadAssigned"])
}

#[test]
fn a_lead_is_a_post_for_six_months_at_most() {
    let Event::EmployerLeadAssigned(fact) = &led()[0] else { panic!("no lead") };
    assert_eq!((fact.post_id.clone(), fact.until_day.as_str()), (id(7).to_string(), "2027-04-30"));
    for (from, until) in [("2026-11-01", "2027-05-01"), ("2026-11-01", "2026-10-31")] {
        nothing::<Event>().when(&assign(None, from, until)).refuses("employeur.referent");
    }
    nothing::<Event>().when(&assign(None, "2026-11-01", "2026-11-01")).states(&["EmployerLeadAssigned"]);
}

#[test]
fn an_employer_hears_one_voice_at_a_time() {
    let other = Some(OTHER_POST);
    given(led()).when(&assign(other, "2027-04-30", "2027-06-30")).refuses("employeur.referent-unique");
    given(led()).when(&assign(other, "2026-10-01", "2026-11-01")).refuses("employeur.referent-unique");
    given(led()).when(&assign(other, "2027-05-01", "2027-06-30")).states(&["EmployerLeadAssigned"]);
    given(led()).when(&assign(None, "2026-11-01", "2027-04-30")).states(&[]);
    given(led()).when(&assign(None, "2026-11-23", "2027-05-22")).states(&["EmployerLeadAssigned"]);
}

#[test]
fn a_renewal_keeps_what_came_before_it() {
    let renewed = given(led()).when(&assign(None, "2026-12-01", "2027-05-31")).result.expect("renewed");
    let facts = || led().into_iter().chain(renewed.clone());
    given(facts()).when(&release("2026-11-20")).states(&["EmployerLeadReleased"]);
    given(facts())
        .when(&assign(Some(OTHER_POST), "2026-11-25", "2026-11-26"))
        .refuses("employeur.referent-unique");
}

#[test]
fn the_lead_is_a_post_of_a_member() {
    let by = |post| assign(Some(post), "2026-11-01", "2026-12-31");
    nothing::<Event>().when(&by(OTHER_POST)).states(&["EmployerLeadAssigned"]);
    nothing::<Event>().when(&by(OUTSIDE_POST)).refuses("employeur.poste");
    nothing::<Event>().when(&by(999)).refuses("employeur.poste");
    nothing::<Event>()
        .by(access::Actor::system("demo"))
        .when(&assign(None, "2026-11-01", "2026-12-31"))
        .refuses("employeur.poste");
}

#[test]
fn a_lead_that_is_released_leaves_the_way_free() {
    let facts = given(led()).when(&release("2026-11-20")).states(&["EmployerLeadReleased"]);
    let free = || led().into_iter().chain(facts.clone());
    given(free()).when(&release("2026-11-21")).states(&[]);
    given(free())
        .when(&assign(Some(OTHER_POST), "2026-11-20", "2026-12-31"))
        .states(&["EmployerLeadAssigned"]);
    nothing::<Event>().when(&release("2026-11-20")).states(&[]);
}

#[test]
fn a_contact_is_recorded_and_marked_when_another_leads() {
    let facts = given(led()).when(&contact("2026-11-20")).states(&["EmployerContacted"]);
    let Event::EmployerContacted(fact) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(fact.post_id, id(7).to_string());
    nothing::<Event>().when(&contact("2026-11-20")).states(&["EmployerContacted"]);
    given(led())
        .by(actor(Role::CONSEILLER, OTHER_POST, 2))
        .when(&contact("2026-11-20"))
        .states_with_warnings(&["EmployerContacted"], &["employeur.hors-referent"]);
}

#[test]
fn the_next_contact_comes_after_this_one() {
    let next = |on| ContactEmployer { next_contact_on: Some(day(on)), ..contact("2026-11-20") };
    nothing::<Event>().when(&next("2026-11-21")).states(&["EmployerContacted"]);
    nothing::<Event>().when(&next("2026-11-20")).refuses("employeur.dates");
}

#[test]
fn only_members_speak_for_the_platform_and_of_an_employer_that_is_known() {
    let outsider = || actor(Role::CIP, OUTSIDE_POST, 3);
    nothing::<Event>().by(outsider()).when(&contact("2026-11-20")).refuses("plateforme.membre");
    nothing::<Event>()
        .by(outsider())
        .when(&assign(None, "2026-11-01", "2026-12-31"))
        .refuses("plateforme.membre");
    given(led()).by(outsider()).when(&release("2026-11-20")).refuses("plateforme.membre");
    let elsewhere = ContactEmployer { platform_id: id(51), ..contact("2026-11-20") };
    nothing::<Event>().when(&elsewhere).refuses("plateforme.membre");
    let unknown = ContactEmployer { organisation_id: id(99), ..contact("2026-11-20") };
    nothing::<Event>().when(&unknown).refuses("plateforme.organisation-citee");
    let unknown = AssignLead { organisation_id: id(99), ..assign(None, "2026-11-01", "2026-12-31") };
    nothing::<Event>().when(&unknown).refuses("plateforme.organisation-citee");
}
