//! One immersion, typed here and told by another tool: it counts once, and what differs is noted.

use std::collections::HashMap;

use contracts::immersion::v1;
use immersion::domain::{commands::*, *};
use testkit::scenario::{Decided, Scenario, id};
use uuid::Uuid;

use super::support::*;

const SIRET: &str = "00070211800019";

fn drafted(starts_on: &str, ends_on: &str, siret: &str, host: Option<u128>) -> ConventionDrafted {
    ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        object: ImmersionObject::DECOUVRIR_METIER.into(),
        terms: v1::Terms {
            starts_on: starts_on.into(),
            ends_on: ends_on.into(),
            presence_days: 10,
            weekly_minutes: 2100,
            ..Default::default()
        }
        .into(),
        host_id: host.map(|host| id(host).to_string()).unwrap_or_default(),
        details: v1::Details { host_siret: siret.into(), ..Default::default() }.into(),
        ..Default::default()
    }
}

fn typed() -> ConventionDrafted {
    drafted("2026-11-02", "2026-11-13", SIRET, None)
}

fn told(drafted: ConventionDrafted) -> Vec<Event> {
    let notified = NotificationReceived { digest: "d".into(), ..Default::default() };
    vec![drafted.into(), notified.into()]
}

/// What was typed, then these facts of it; another tool tells of the other one.
fn given(typed: ConventionDrafted, then: Vec<Event>, other: Vec<Event>, case: u128) -> Scenario<Event> {
    let own: Vec<Event> = std::iter::once(typed.into()).chain(then).collect();
    Scenario::given(own.clone()).knowing(|known| {
        let streams = [(id(99), recorded(99, 42, own)), (id(EARLIER), recorded(EARLIER, case, other))];
        known.streams = HashMap::from(streams);
    })
}

fn look(typed: ConventionDrafted, other: ConventionDrafted) -> Decided<Event> {
    given(typed, Vec::new(), told(other), 42).when(&LookForSame { among: vec![id(EARLIER)] })
}

fn recognise() -> RecogniseConvention {
    RecogniseConvention { same_as_convention_id: id(EARLIER) }
}

fn about(facts: &[Event]) -> Vec<&str> {
    let Some(Event::DivergenceNoted(noted)) = facts.get(1) else { panic!("no divergence") };
    noted.about.iter().map(String::as_str).collect()
}

#[test]
fn the_same_host_and_a_day_in_common_are_one_immersion() {
    let facts = look(typed(), typed()).states(&["ConventionRecognised"]);
    let Event::ConventionRecognised(same) = &facts[0] else { panic!("not recognised") };
    assert_eq!(same.same_as_convention_id.parse(), Ok::<Uuid, _>(id(EARLIER)));
    // A single day is enough, and the SIRET may be written with spaces.
    let last_day = drafted("2026-11-13", "2026-11-20", "000 702 118 00019", None);
    look(typed(), last_day).states(&["ConventionRecognised", "DivergenceNoted"]);
    // Without a SIRET, Jalon's own knowledge of the host.
    let by_id = |host| drafted("2026-11-02", "2026-11-13", "", Some(host));
    look(by_id(HOST), by_id(HOST)).states(&["ConventionRecognised"]);
    look(by_id(HOST), by_id(6)).refuses("immersion.meme");
}

#[test]
fn what_differs_is_noted_by_the_names_of_rules_never_by_values() {
    let mut other = drafted("2026-11-03", "2026-11-17", SIRET, None);
    other.object = ImmersionObject::CONFIRMER_PROJET.into();
    other.terms.get_or_insert_default().weekly_minutes = 1800;
    let facts = look(typed(), other).states(&["ConventionRecognised", "DivergenceNoted"]);
    assert_eq!(about(&facts), ["source.dates", "source.heures", "source.objet"]);
}

#[test]
fn nothing_is_recognised_alone_on_another_day_or_at_another_host() {
    look(typed(), drafted("2026-11-14", "2026-11-27", SIRET, None)).refuses("immersion.meme");
    look(typed(), drafted("2026-11-02", "2026-11-13", "00070452800017", None)).refuses("immersion.meme");
    look(typed(), drafted("2026-11-02", "2026-11-13", "", None)).refuses("immersion.meme");
    let own = ConventionDrafted { kind: ConventionKind::STAGE_STRUCTURE.into(), ..typed() };
    look(own, typed()).refuses("immersion.meme");
    // Another person's, or typed here too: never.
    let ask = LookForSame { among: vec![id(EARLIER)] };
    given(typed(), Vec::new(), told(typed()), 43).when(&ask).refuses("immersion.meme");
    given(typed(), Vec::new(), vec![typed().into()], 42).when(&ask).refuses("immersion.meme");
}

#[test]
fn a_professional_may_say_it_where_the_host_cannot_be_told() {
    let nameless = || drafted("2026-11-02", "2026-11-13", "", None);
    given(nameless(), Vec::new(), told(typed()), 42).when(&recognise()).states(&["ConventionRecognised"]);
    let elsewhere = drafted("2026-11-02", "2026-11-13", "00070452800017", None);
    let facts = given(typed(), Vec::new(), told(elsewhere), 42)
        .when(&recognise())
        .states(&["ConventionRecognised", "DivergenceNoted"]);
    assert_eq!(about(&facts), ["source.accueil"]);
    let later = drafted("2026-12-01", "2026-12-14", SIRET, None);
    given(typed(), Vec::new(), told(later), 42).when(&recognise()).refuses("immersion.meme");
    given(typed(), Vec::new(), told(typed()), 43).when(&recognise()).refuses("immersion.meme");
    let received = NotificationReceived { digest: "d".into(), ..Default::default() };
    given(typed(), vec![received.into()], told(typed()), 42).when(&recognise()).refuses("immersion.meme");
}

#[test]
fn told_apart_they_are_two_again_and_jalon_does_not_join_them_by_itself() {
    let same =
        || ConventionRecognised { same_as_convention_id: id(EARLIER).to_string(), ..Default::default() };
    let once = || given(typed(), vec![same().into()], told(typed()), 42);
    once().when(&recognise()).states(&[]);
    once().when(&LookForSame { among: vec![id(EARLIER)] }).states(&[]);
    let facts = once().when(&TellApart {}).states(&["ConventionToldApart"]);
    given(typed(), Vec::new(), told(typed()), 42).when(&TellApart {}).states(&[]);

    let apart = || given(typed(), vec![same().into(), facts[0].clone()], told(typed()), 42);
    apart().when(&LookForSame { among: vec![id(EARLIER)] }).refuses("immersion.meme");
    apart().when(&recognise()).states(&["ConventionRecognised"]);
}

#[test]
fn what_is_told_of_it_meanwhile_is_kept_with_a_warning() {
    let same = ConventionRecognised { same_as_convention_id: id(EARLIER).to_string(), ..Default::default() };
    let signatories = vec![Party::BENEFICIAIRE.into(), Party::STRUCTURE_ACCUEIL.into()];
    let drafted = ConventionDrafted { signatories, ..typed() };
    let sign = SignConvention { party: contracts::Word(Party::BENEFICIAIRE), signed_on: None };
    given(drafted, vec![same.into()], told(typed()), 42)
        .when(&sign)
        .states_with_warnings(&["ConventionSigned"], &["immersion.suivie-ailleurs"]);
}
