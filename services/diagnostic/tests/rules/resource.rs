//! Local services mobilised, on an obstacle or without any diagnostic.

use contracts::{
    Recorded,
    common::v1::OrganisationKind,
    platform::v1::{ServiceDelisted, ServiceListed, ServiceUpdated},
};
use diagnostic::domain::resource::{Event as Fact, aggregate::State, commands::*};
use service::Command as _;
use testkit::scenario::organisation;
use vocabulary::clock::start_of_day;

use super::*;

fn mobilise(dimension: Option<Dimension>) -> MobiliseResource {
    MobiliseResource {
        obstacle: None,
        dimension: dimension.map(Word),
        service_id: String::new(),
        name: " Relais petite enfance ".into(),
        organisation_id: None,
        text: String::new(),
        avip_situations: Vec::new(),
        mobilised_on: Some(day("2026-03-10")),
    }
}

fn end() -> EndResource {
    EndResource {
        outcome: Word(ResourceOutcome::HELPED),
        ended_on: Some(day("2026-05-10")),
        comment: " une place trouvée ".into(),
    }
}

/// Obstacle 100 of diagnostic 60, where the facts of case 42 are these.
fn on_obstacle() -> MobiliseResource {
    let obstacle = ObstacleOf { diagnostic_id: id(60), obstacle_id: id(100) };
    MobiliseResource { obstacle: Some(obstacle), ..mobilise(None) }
}

fn diagnosed(case: u128, facts: Vec<Event>) -> impl FnOnce(&mut Known) {
    let recorded = |(fact, version): (Event, u32)| {
        let (kind, payload) = sealed(&fact).encode();
        Recorded {
            position: i64::from(version),
            stream_id: id(60),
            version,
            kind,
            event_id: id(5),
            case_id: Some(id(case)),
            occurred_on: day("2026-03-02").0,
            recorded_at: start_of_day(day("2026-03-02").0),
            command_id: id(6),
            metadata: Vec::new(),
            payload,
        }
    };
    let facts: Vec<Recorded> = facts.into_iter().zip(1..).map(recorded).collect();
    move |known| {
        known.streams.insert(id(60), facts);
    }
}

fn classes_of(fact: &Fact) -> BTreeSet<Class> {
    let (kind, bytes) = fact.encode();
    let split = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact");
    split.personal.into_iter().map(|(class, _)| class).collect()
}

fn mobilised(dimension: Dimension) -> Fact {
    Scenario::nothing().when(&mobilise(Some(dimension))).states(&["ResourceMobilised"]).remove(0)
}

#[test]
fn a_service_is_mobilised_without_any_diagnostic_in_the_class_of_its_dimension() {
    for (dimension, class) in [
        (Dimension::FORMATION, Class::Project),
        (Dimension::FAMILLE, Class::Social),
        (Dimension::MOBILITE, Class::Social),
        (Dimension::SANTE, Class::Health),
        (Dimension::ADDICTION, Class::Health),
        (Dimension::JUDICIAIRE, Class::Judicial),
    ] {
        let fact = mobilised(dimension);
        assert_eq!(classes_of(&fact), BTreeSet::from([class]), "{dimension:?}");
        let Fact::ResourceMobilised(told) = &fact else { panic!("{fact:?}") };
        assert_eq!((told.mobilised_on.as_str(), told.obstacle_id.as_str()), ("2026-03-10", ""));
        let ended = Scenario::given([fact]).when(&end()).states(&["ResourceEnded"]);
        assert_eq!(classes_of(&ended[0]), BTreeSet::from([class]), "{dimension:?}");
    }
    let fact = mobilised(Dimension::FAMILLE);
    let Fact::ResourceMobilised(told) = &fact else { panic!("{fact:?}") };
    assert_eq!(told.social.name, "Relais petite enfance");
}

#[test]
fn on_an_obstacle_it_has_the_readers_of_the_obstacle_completed_or_not() {
    let [_, completed] = completed();
    for (dimension, class) in [(Dimension::ADDICTION, Class::Health), (Dimension::FAMILLE, Class::Social)] {
        let named = Vec::from(named(dimension));
        let done = named.iter().cloned().chain([completed.clone()]).collect();
        for facts in [named, done] {
            let asked = |command: MobiliseResource| {
                Scenario::<Fact>::nothing().knowing(diagnosed(42, facts.clone())).when(&command)
            };
            let facts = asked(on_obstacle()).states(&["ResourceMobilised"]);
            assert_eq!(classes_of(&facts[0]), BTreeSet::from([class]), "{dimension:?}");
            let Fact::ResourceMobilised(told) = &facts[0] else { panic!("{facts:?}") };
            assert_eq!(told.obstacle_id, id(100).to_string());
            assert_eq!(told.diagnostic_id, id(60).to_string());
            let ended = Scenario::given(facts).when(&end()).states(&["ResourceEnded"]);
            let Fact::ResourceEnded(ended) = &ended[0] else { panic!("{ended:?}") };
            assert_eq!(ended.obstacle_id, id(100).to_string());
            let said = MobiliseResource { dimension: Some(Word(dimension)), ..on_obstacle() };
            asked(said).states(&["ResourceMobilised"]);
            let elsewhere =
                MobiliseResource { dimension: Some(Word(Dimension::JUDICIAIRE)), ..on_obstacle() };
            asked(elsewhere).refuses("solution.domaine");
        }
    }
    assert_eq!(on_obstacle().needs(&State::default()).streams, [id(60)]);
}

#[test]
fn the_obstacle_is_one_of_the_same_person() {
    let facts = || Vec::from(named(Dimension::FAMILLE));
    let asked = |tell: Box<dyn FnOnce(&mut Known)>| {
        Scenario::<Fact>::nothing().knowing(tell).when(&on_obstacle()).refuses("diagnostic.obstacle");
    };
    asked(Box::new(diagnosed(43, facts())));
    asked(Box::new(diagnosed(42, vec![started().into()])));
    asked(Box::new(|_| {}));
}

#[test]
fn without_an_obstacle_the_dimension_is_said() {
    Scenario::nothing().when(&mobilise(None)).refuses("solution.domaine");
}

#[test]
fn a_service_has_a_name_or_an_id_of_the_right_shape() {
    let with = |service_id: &str, name: &str| MobiliseResource {
        service_id: service_id.into(),
        name: name.into(),
        ..mobilise(Some(Dimension::MOBILITE))
    };
    for (service_id, name) in [("dora--x", ""), ("", "Garage solidaire"), ("mes-aides--a--b", "Un nom")] {
        let published = published(service_id, [ServiceListed::default().into()]);
        Scenario::nothing().knowing(published).when(&with(service_id, name)).states(&["ResourceMobilised"]);
    }
    Scenario::nothing().when(&with(" ", " ")).refuses("solution.service");
    for wrong in ["dora", "--x", "dora--", "dora-x", "dora-- x"] {
        Scenario::nothing().when(&with(wrong, "Un nom")).refuses("solution.identifiant");
    }
}

/// The directory published these of that service.
fn published<const N: usize>(
    service_id: &str,
    facts: [contracts::events::LocalService; N],
) -> impl FnOnce(&mut Known) {
    let stream = vocabulary::ids::derived(&[b"service", b"data-inclusion", service_id.as_bytes()]);
    let recorded = move |(fact, version): (contracts::events::LocalService, u32)| {
        let (kind, payload) = fact.encode();
        Recorded {
            position: i64::from(version),
            stream_id: stream,
            version,
            kind,
            event_id: id(5),
            case_id: None,
            occurred_on: day("2026-03-02").0,
            recorded_at: start_of_day(day("2026-03-02").0),
            command_id: id(6),
            metadata: Vec::new(),
            payload,
        }
    };
    let facts: Vec<Recorded> = facts.into_iter().zip(1..).map(recorded).collect();
    move |known| {
        known.streams.insert(stream, facts);
    }
}

#[test]
fn a_service_named_by_its_id_is_one_that_the_directory_published() {
    const ID: &str = "dora--garde-d-enfants-30";
    let asked = MobiliseResource { service_id: ID.into(), ..mobilise(Some(Dimension::FAMILLE)) };
    assert_eq!(
        asked.needs(&State::default()).streams,
        [vocabulary::ids::derived(&[b"service", b"data-inclusion", ID.as_bytes()])]
    );
    let listed = || ServiceListed { reference: ID.into(), ..Default::default() }.into();
    let given = |facts| Scenario::nothing().knowing(facts).when(&asked);
    let facts = given(published(ID, [listed()])).states(&["ResourceMobilised"]);
    let Fact::ResourceMobilised(told) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(told.social.service_id, ID);
    Scenario::nothing().when(&asked).refuses("solution.service-connu");
    // Gone since: it may still be told, with a word to check.
    let gone = published(ID, [listed(), ServiceDelisted::default().into()]);
    Scenario::nothing()
        .knowing(gone)
        .when(&asked)
        .states_with_warnings(&["ResourceMobilised"], &["solution.service-depublie"]);
    let back = published(ID, [listed(), ServiceDelisted::default().into(), ServiceUpdated::default().into()]);
    Scenario::nothing().knowing(back).when(&asked).states(&["ResourceMobilised"]);
    // What another tool says of it stands.
    Scenario::nothing().by(access::Actor::system("dora")).when(&asked).states(&["ResourceMobilised"]);
}

#[test]
fn the_organisation_that_offers_it_is_known_or_only_named() {
    let command = MobiliseResource { organisation_id: Some(id(9)), ..mobilise(Some(Dimension::ADDICTION)) };
    Scenario::nothing().when(&command).refuses("solution.organisation");
    let facts = Scenario::nothing()
        .knowing(|known| organisation(known, 9, contracts::common::v1::OrganisationKind::CSAPA))
        .when(&command)
        .states(&["ResourceMobilised"]);
    assert_eq!(classes_of(&facts[0]), BTreeSet::from([Class::Health]));
    let Fact::ResourceMobilised(told) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(told.health.organisation_id, id(9).to_string(), "who offers it says what it is about");
}

#[test]
fn a_service_is_not_mobilised_after_the_case_was_closed() {
    let closed_on = |on: &'static str| {
        move |known: &mut Known| {
            close_case(known);
            known.case.as_mut().expect("a case").closed_on = Some(day(on).0);
        }
    };
    let command = mobilise(Some(Dimension::FAMILLE));
    Scenario::nothing().knowing(closed_on("2026-03-09")).when(&command).refuses("solution.dossier-clos");
    Scenario::nothing().knowing(closed_on("2026-03-10")).when(&command).states(&["ResourceMobilised"]);
}

#[test]
fn a_service_ends_once_after_it_began_and_another_may_follow() {
    let given = || Scenario::given([mobilised(Dimension::FAMILLE)]);
    let facts = given().when(&end()).states(&["ResourceEnded"]);
    let Fact::ResourceEnded(told) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(told.outcome.as_known(), Some(ResourceOutcome::HELPED));
    assert_eq!(told.comment_social, "une place trouvée");
    let early = EndResource { ended_on: Some(day("2026-03-09")), ..end() };
    given().when(&early).refuses("solution.dates");
    Scenario::given([mobilised(Dimension::FAMILLE), facts[0].clone()]).when(&end()).states(&[]);
    Scenario::nothing().when(&mobilise(Some(Dimension::FAMILLE))).states(&["ResourceMobilised"]);
    assert_eq!(mobilise(None).occurred_on(), Some(day("2026-03-10").0));
    assert_eq!(end().occurred_on(), Some(day("2026-05-10").0));
}

#[test]
fn a_creche_avip_is_for_one_of_five_situations_which_have_the_readers_of_family_matters() {
    use contracts::common::v1::AvipSituation as Situation;
    let creche = |situations: &[Situation], dimension| MobiliseResource {
        organisation_id: Some(id(9)),
        avip_situations: situations.iter().map(|one| Word(*one)).collect(),
        ..mobilise(Some(dimension))
    };
    let asked = |command: &MobiliseResource| {
        Scenario::nothing()
            .knowing(|known| organisation(known, 9, OrganisationKind::CRECHE_AVIP))
            .when(command)
    };
    let two = [Situation::RSA, Situation::PARENT_ISOLE, Situation::RSA];
    let facts = asked(&creche(&two, Dimension::FAMILLE)).states(&["ResourceMobilised"]);
    assert_eq!(classes_of(&facts[0]), BTreeSet::from([Class::Social]));
    let Fact::ResourceMobilised(mobilised) = &facts[0] else { panic!("not mobilised") };
    assert_eq!(mobilised.social.avip_situations, [Situation::RSA, Situation::PARENT_ISOLE]);

    asked(&creche(&[], Dimension::FAMILLE))
        .states_with_warnings(&["ResourceMobilised"], &["solution.avip-situation"]);
    for dimension in [Dimension::SANTE, Dimension::FORMATION, Dimension::JUDICIAIRE] {
        asked(&creche(&two, dimension)).refuses("solution.avip-domaine");
    }
}
