//! Given these facts, when this is asked, then these facts or that refusal.

#[path = "rules/employers.rs"]
mod employers;
#[path = "rules/matches.rs"]
mod matches;
#[path = "rules/offers.rs"]
mod offers;
#[path = "rules/openings.rs"]
mod openings;
#[path = "rules/services.rs"]
mod services;
#[path = "rules/support.rs"]
mod support;
#[path = "rules/together.rs"]
mod together;

use contracts::{
    Word,
    common::v1::{OrganisationKind, Role},
};
use platform::domain::{organisation, platform as plateforme, post};
use testkit::scenario::{Scenario, actor, day, id, organisation as known_organisation};

mod organisations {
    use organisation::{commands::*, *};

    use super::*;

    /// The SIRET of a head office, and of one establishment of La Poste.
    const SIRETS: [&str; 2] = ["73282932000074", "35600000049837"];

    fn registered() -> OrganisationRegistered {
        OrganisationRegistered {
            name: "La Ressourcerie".into(),
            kind: OrganisationKind::ACI.into(),
            siret: SIRETS[0].into(),
            town: "Alès".into(),
            external_ids: vec!["agence:12".into()],
            ..Default::default()
        }
    }

    fn register() -> RegisterOrganisation {
        RegisterOrganisation {
            name: " La Ressourcerie ".into(),
            kind: Word(OrganisationKind::ACI),
            siret: SIRETS[0].into(),
            town: "Alès".into(),
            external_ids: vec!["agence:12".into()],
        }
    }

    fn update() -> UpdateOrganisation {
        UpdateOrganisation { name: None, siret: None, town: None, external_ids: None }
    }

    fn granted() -> MandateGranted {
        MandateGranted {
            mandate_id: id(100).to_string(),
            by_organisation_id: id(3).to_string(),
            from_day: "2026-01-01".into(),
            until_day: "2026-12-31".into(),
            by_convention: "Convention de prescription 2026".into(),
            ..Default::default()
        }
    }

    fn grant() -> GrantMandate {
        GrantMandate {
            by_organisation_id: id(3),
            from_day: day("2026-01-01"),
            until_day: day("2026-12-31"),
            by_convention: " Convention de prescription 2026 ".into(),
        }
    }

    fn mandated() -> [Event; 2] {
        [registered().into(), granted().into()]
    }

    #[test]
    fn an_organisation_is_registered_with_its_card() {
        let facts = Scenario::nothing().when(&register()).states(&["OrganisationRegistered"]);
        assert_eq!(facts, [Event::from(registered())]);
        for siret in ["", " ", SIRETS[1], "732 829 320 00074"] {
            let command = RegisterOrganisation { siret: siret.into(), ..register() };
            Scenario::nothing().when(&command).states(&["OrganisationRegistered"]);
        }
    }

    #[test]
    fn an_organisation_has_a_name() {
        let command = RegisterOrganisation { name: " ".into(), ..register() };
        Scenario::nothing().when(&command).refuses("organisation.nom");
        let command = UpdateOrganisation { name: Some(String::new()), ..update() };
        Scenario::given([registered()]).when(&command).refuses("organisation.nom");
    }

    #[test]
    fn a_siret_that_is_none_is_refused() {
        for siret in ["73282932000075", "7328293200007", "inconnu", "35600000049838"] {
            let command = RegisterOrganisation { siret: siret.into(), ..register() };
            Scenario::nothing().when(&command).refuses("organisation.siret");
            let command = UpdateOrganisation { siret: Some(siret.into()), ..update() };
            Scenario::given([registered()])
                .by(actor(Role::ADMINISTRATEUR, 9, 1))
                .when(&command)
                .refuses("organisation.siret");
        }
    }

    #[test]
    fn what_a_directory_publishes_is_kept_and_marked() {
        let command = RegisterOrganisation { siret: "73282932000075".into(), ..register() };
        let directory = || Scenario::nothing().by(access::Actor::system("data-inclusion"));
        directory()
            .when(&command)
            .states_with_warnings(&["OrganisationRegistered"], &["organisation.siret-douteux"]);
        let command = RegisterOrganisation { siret: "inconnu".into(), ..register() };
        directory().when(&command).refuses("organisation.siret");
    }

    #[test]
    fn an_update_states_the_whole_card_and_what_is_absent_stays() {
        let command =
            UpdateOrganisation { town: Some("Anduze".into()), siret: Some(String::new()), ..update() };
        let facts = Scenario::given([registered()])
            .by(actor(Role::ADMINISTRATEUR, 9, 1))
            .when(&command)
            .states(&["OrganisationUpdated"]);
        let Event::OrganisationUpdated(fact) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(
            (fact.name.as_str(), fact.siret.as_str(), fact.town.as_str()),
            ("La Ressourcerie", "", "Anduze")
        );
        assert_eq!(fact.external_ids, ["agence:12"]);
        let again = Event::from(fact.clone());
        Scenario::given([Event::from(registered()), again]).when(&command).states(&[]);
        Scenario::given([registered()]).when(&update()).states(&[]);
    }

    #[test]
    fn whoever_may_prescribe_a_pmsmp_lets_another_do_it() {
        use OrganisationKind::{ACI, AI, CAP_EMPLOI, DEPT, EI, FT, ML, PREPA_APPRENTISSAGE};
        for kind in [FT, ML, CAP_EMPLOI, ACI, AI, EI, DEPT, PREPA_APPRENTISSAGE] {
            let facts = Scenario::given([registered()])
                .knowing(|known| known_organisation(known, 3, kind))
                .when(&grant())
                .states(&["MandateGranted"]);
            assert_eq!(facts, [Event::from(granted())], "{kind:?}");
        }
    }

    #[test]
    fn whoever_may_not_prescribe_grants_nothing() {
        use OrganisationKind::{CHRS, ENTREPRISE, ETTI, GEIQ, PLIE};
        for kind in [CHRS, PLIE, ETTI, GEIQ, ENTREPRISE] {
            Scenario::given([registered()])
                .knowing(|known| known_organisation(known, 3, kind))
                .when(&grant())
                .refuses("mandat.prescripteur");
        }
        Scenario::given([registered()]).when(&grant()).refuses("mandat.prescripteur");
        Scenario::given([registered()])
            .knowing(|known| known_organisation(known, 99, OrganisationKind::ACI))
            .when(&GrantMandate { by_organisation_id: id(99), ..grant() })
            .refuses("mandat.prescripteur");
    }

    #[test]
    fn a_mandate_does_not_end_before_it_begins_but_may_begin_later_and_last_one_day() {
        let ask = |from: &str, until: &str| {
            let command = GrantMandate { from_day: day(from), until_day: day(until), ..grant() };
            Scenario::given([registered()])
                .knowing(|known| known_organisation(known, 3, OrganisationKind::FT))
                .when(&command)
        };
        ask("2026-12-02", "2026-12-01").refuses("mandat.dates");
        ask("2026-12-02", "2026-12-02").states(&["MandateGranted"]);
        assert!(service::Command::may_be_planned(&grant()));
    }

    #[test]
    fn the_same_mandate_granted_twice_is_already_so() {
        let asked = |command: &GrantMandate| {
            Scenario::given(mandated())
                .knowing(|known| known_organisation(known, 3, OrganisationKind::FT))
                .when(command)
        };
        asked(&grant()).states(&[]);
        asked(&GrantMandate { until_day: day("2027-12-31"), ..grant() }).states(&["MandateGranted"]);
    }

    #[test]
    fn a_mandate_ends_once_and_only_if_it_was_granted() {
        let end = |day_: &str| EndMandate { mandate_id: id(100), ended_on: Some(day(day_)) };
        let facts = Scenario::given(mandated()).when(&end("2026-06-30")).states(&["MandateEnded"]);
        let ended = mandated().into_iter().chain(facts);
        Scenario::given(ended).when(&end("2026-07-31")).states(&[]);
        Scenario::given(mandated()).when(&end("2026-12-31")).states(&[]);
        Scenario::given([registered()]).when(&end("2026-06-30")).refuses("mandat.inconnu");
    }

    #[test]
    fn a_mandate_that_ended_is_granted_again() {
        let ended = MandateEnded {
            mandate_id: id(100).to_string(),
            ended_on: "2026-06-30".into(),
            ..Default::default()
        };
        Scenario::given(mandated().into_iter().chain([ended.into()]))
            .knowing(|known| known_organisation(known, 3, OrganisationKind::FT))
            .when(&grant())
            .states(&["MandateGranted"]);
    }
}

mod posts {
    use post::{commands::*, *};

    use super::*;

    fn opened() -> PostOpened {
        PostOpened {
            organisation_id: id(1).to_string(),
            role: Role::CIP.into(),
            title: "CIP de l’ACI".into(),
            ..Default::default()
        }
    }

    fn open(role: Role) -> OpenPost {
        OpenPost { organisation_id: id(1), role: Word(role), title: "CIP de l’ACI".into() }
    }

    fn filled() -> PostFilled {
        PostFilled {
            professional_id: id(100).to_string(),
            since: "2026-03-01".into(),
            professional_name: "Camille Essai".into(),
            ..Default::default()
        }
    }

    fn fill(since: &str) -> FillPost {
        FillPost {
            professional_name: " Camille Essai ".into(),
            professional_id: None,
            since: Some(day(since)),
        }
    }

    fn held() -> [Event; 2] {
        [opened().into(), filled().into()]
    }

    fn vacate(until: &str) -> VacatePost {
        VacatePost { until: Some(day(until)) }
    }

    fn left() -> impl Iterator<Item = Event> {
        let vacated = PostVacated {
            professional_id: id(100).to_string(),
            until: "2026-09-01".into(),
            ..Default::default()
        };
        held().into_iter().chain([vacated.into()])
    }

    fn administered() -> Scenario<Event> {
        Scenario::nothing()
            .by(actor(Role::ADMINISTRATEUR, 9, 1))
            .knowing(|known| known_organisation(known, 1, OrganisationKind::ACI))
    }

    #[test]
    fn a_post_is_opened_in_an_organisation_that_is_known() {
        let facts = administered().when(&open(Role::CIP)).states(&["PostOpened"]);
        assert_eq!(facts, [Event::from(opened())]);
        Scenario::nothing().when(&open(Role::CIP)).refuses("poste.organisation");
    }

    #[test]
    fn a_post_has_a_title_and_its_holder_a_name() {
        let untitled = OpenPost { title: " ".into(), ..open(Role::CIP) };
        administered().when(&untitled).refuses("poste.nom");
        let nameless = FillPost { professional_name: " ".into(), ..fill("2026-03-01") };
        Scenario::given([opened()]).when(&nameless).refuses("poste.nom");
    }

    #[test]
    fn a_post_is_a_professional_s() {
        for role in [Role::PERSONNE, Role::PARTENAIRE] {
            administered().when(&open(role)).refuses("poste.role");
        }
    }

    #[test]
    fn whoever_oversees_is_appointed_by_an_administrator() {
        for role in [Role::ADMINISTRATEUR, Role::AUDITEUR] {
            administered().when(&open(role)).states(&["PostOpened"]);
            administered().by(access::Actor::system("demo")).when(&open(role)).states(&["PostOpened"]);
            let animator = actor(Role::ANIMATEUR_PLATEFORME, 8, 1);
            administered().by(animator).when(&open(role)).refuses("poste.habilitation");
        }
        administered()
            .by(actor(Role::ANIMATEUR_PLATEFORME, 8, 1))
            .when(&open(Role::REFERENT_SOCIAL))
            .states(&["PostOpened"]);
    }

    #[test]
    fn a_vacant_post_is_filled_by_someone_new_or_already_known() {
        let facts = Scenario::given([opened()]).when(&fill("2026-03-01")).states(&["PostFilled"]);
        assert_eq!(facts, [Event::from(filled())]);
        let known = FillPost { professional_id: Some(id(55)), ..fill("2026-03-01") };
        let facts = Scenario::given([opened()]).when(&known).states(&["PostFilled"]);
        let Event::PostFilled(fact) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(fact.professional_id, id(55).to_string());
    }

    #[test]
    fn a_post_that_is_held_is_vacated_before_someone_else_takes_it() {
        Scenario::given(held()).when(&fill("2026-10-01")).refuses("poste.occupe");
        let other = FillPost { professional_id: Some(id(55)), ..fill("2026-10-01") };
        Scenario::given(held()).when(&other).refuses("poste.occupe");
        let same = FillPost { professional_id: Some(id(100)), ..fill("2026-10-01") };
        Scenario::given(held()).when(&same).states(&[]);
        Scenario::given(left()).when(&other).states(&["PostFilled"]);
        Scenario::given(left()).when(&same).states(&["PostFilled"]);
    }

    #[test]
    fn a_post_is_left_after_it_was_taken_and_taken_after_it_was_left() {
        let facts = Scenario::given(held()).when(&vacate("2026-09-01")).states(&["PostVacated"]);
        assert_eq!(held().into_iter().chain(facts).collect::<Vec<_>>(), left().collect::<Vec<_>>());
        Scenario::given(held()).when(&vacate("2026-02-28")).refuses("poste.dates");
        Scenario::given(left()).when(&fill("2026-08-31")).refuses("poste.dates");
        Scenario::given(left()).when(&fill("2026-09-01")).states(&["PostFilled"]);
    }

    #[test]
    fn leaving_a_vacant_post_is_already_so() {
        Scenario::given([opened()]).when(&vacate("2026-09-01")).states(&[]);
        Scenario::given(left()).when(&vacate("2026-10-01")).states(&[]);
    }
}

mod platforms {
    use plateforme::{commands::*, *};

    use super::*;

    fn opened() -> PlatformOpened {
        PlatformOpened {
            name: "TESA".into(),
            territory: "Alès".into(),
            lead_organisation_id: id(1).to_string(),
            ..Default::default()
        }
    }

    fn open() -> OpenPlatform {
        OpenPlatform { name: " TESA ".into(), territory: "Alès".into(), lead_organisation_id: id(1) }
    }

    fn join(organisation: u128) -> JoinPlatform {
        JoinPlatform { organisation_id: id(organisation), since: Some(day("2026-02-01")) }
    }

    fn leave(organisation: u128, until: &str) -> LeavePlatform {
        LeavePlatform { organisation_id: id(organisation), until: Some(day(until)) }
    }

    fn with_member() -> [Event; 2] {
        let joined = MemberJoined {
            organisation_id: id(2).to_string(),
            since: "2026-02-01".into(),
            ..Default::default()
        };
        [opened().into(), joined.into()]
    }

    #[test]
    fn a_platform_is_opened_by_the_organisation_that_leads_it() {
        let scenario =
            || Scenario::nothing().knowing(|known| known_organisation(known, 1, OrganisationKind::CHRS));
        let facts = scenario().when(&open()).states(&["PlatformOpened"]);
        assert_eq!(facts, [Event::from(opened())]);
        scenario().when(&OpenPlatform { name: " ".into(), ..open() }).refuses("plateforme.nom");
        Scenario::nothing().when(&open()).refuses("plateforme.organisation");
    }

    #[test]
    fn organisations_that_are_known_join_once() {
        let knowing = |facts: Vec<Event>, number| {
            Scenario::given(facts)
                .knowing(move |known| known_organisation(known, number, OrganisationKind::EI))
        };
        let facts = knowing(vec![opened().into()], 2).when(&join(2)).states(&["MemberJoined"]);
        assert_eq!(facts, [with_member()[1].clone()]);
        knowing(with_member().into(), 2).when(&join(2)).states(&[]);
        knowing(vec![opened().into()], 1).when(&join(1)).states(&[]);
        Scenario::given([opened()]).when(&join(2)).refuses("plateforme.organisation");
    }

    #[test]
    fn a_member_leaves_after_it_joined_and_may_come_back() {
        let facts = Scenario::given(with_member()).when(&leave(2, "2026-06-30")).states(&["MemberLeft"]);
        let gone = || with_member().into_iter().chain(facts.clone());
        Scenario::given(gone()).when(&leave(2, "2026-07-31")).states(&[]);
        Scenario::given(gone())
            .knowing(|known| known_organisation(known, 2, OrganisationKind::EI))
            .when(&join(2))
            .states(&["MemberJoined"]);
        Scenario::given(with_member()).when(&leave(2, "2026-01-31")).refuses("plateforme.dates");
        Scenario::given([opened()]).when(&leave(1, "2026-06-30")).states(&["MemberLeft"]);
    }

    #[test]
    fn a_platform_chooses_how_long_it_awaits_an_answer() {
        use contracts::prescription::v1::PrescriptionKind;
        let choose =
            |days| ChooseAnswerDelay { prescription_kind: Word(PrescriptionKind::CANDIDATURE_IAE), days };
        let facts = Scenario::given([opened()]).when(&choose(45)).states(&["AnswerDelayChosen"]);
        let chosen = || [Event::from(opened())].into_iter().chain(facts.clone());
        Scenario::given(chosen()).when(&choose(45)).states(&[]);
        for days in [7, 365] {
            Scenario::given(chosen()).when(&choose(days)).states(&["AnswerDelayChosen"]);
        }
        for days in [0, 6, 366] {
            Scenario::given([opened()]).when(&choose(days)).refuses("plateforme.delai-reponse");
        }
    }
}
