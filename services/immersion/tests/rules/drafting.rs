//! Writing a convention.

use access::Actor;
use contracts::{Facts as _, Word, common::v1::OrganisationKind};
use immersion::domain::{aggregate::Convention, commands::*, *};
use service::{Domain as _, known::Mandate};
use testkit::scenario::{day, id, organisation};

use super::support::*;

#[test]
fn a_pmsmp_needs_no_diagnostic_and_no_obstacle_out_of_the_way() {
    // Three obstacles are open and no diagnostic was ever made: a convention is not told of either, and
    // has no way to ask.
    let needs = service::Command::needs(&pmsmp(), &aggregate::State::default());
    assert!(needs.streams.is_empty());
    assert_eq!(needs.case_document, Some(past::CONVENTIONS_BY_CASE));
    let facts = drafting().when(&pmsmp()).states(&["ConventionDrafted"]);
    assert_eq!(signatories(&facts), [Party::BENEFICIAIRE, Party::STRUCTURE_ACCUEIL]);
}

#[test]
fn a_pmsmp_has_exactly_one_object() {
    let none = DraftConvention { object: Objects::default(), ..pmsmp() };
    drafting().when(&none).refuses("pmsmp.objet");
    let two = vec![Word(ImmersionObject::DECOUVRIR_METIER), Word(ImmersionObject::INITIER_RECRUTEMENT)];
    drafting().when(&DraftConvention { object: Objects(two), ..pmsmp() }).refuses("pmsmp.objet");
}

#[test]
fn an_object_is_read_from_a_code_or_from_a_list_and_an_unknown_code_is_refused_with_the_list_of_codes() {
    let read = |json: &str| serde_json::from_str::<Objects>(json);
    assert_eq!(read("\"CONFIRMER_PROJET\"").map(|o| o.0.len()).unwrap_or_default(), 1);
    assert_eq!(read("[\"CONFIRMER_PROJET\",\"DECOUVRIR_METIER\"]").map(|o| o.0.len()).unwrap_or_default(), 2);
    assert_eq!(read("null").map(|o| o.0.len()).unwrap_or(9), 0);
    let error = read("\"VISITER\"").expect_err("unknown").to_string();
    assert!(error.contains("DECOUVRIR_METIER, CONFIRMER_PROJET, INITIER_RECRUTEMENT"), "{error}");
    assert_eq!(
        serde_json::to_string(&Objects::from(ImmersionObject::CONFIRMER_PROJET)).unwrap(),
        "\"CONFIRMER_PROJET\""
    );
}

#[test]
fn a_pmsmp_ends_at_most_on_the_eve_of_the_same_date_next_month() {
    for (starts, last, too_late) in [
        ("2027-03-01", "2027-03-31", "2027-04-01"),
        ("2027-01-15", "2027-02-14", "2027-02-15"),
        ("2027-01-31", "2027-02-28", "2027-03-01"),
    ] {
        let long = DraftConvention { terms: terms(starts, last), ..pmsmp() };
        drafting().when(&long).states(&["ConventionDrafted"]);
        let longer = DraftConvention { terms: terms(starts, too_late), ..pmsmp() };
        drafting().when(&longer).refuses("pmsmp.duree");
    }
}

#[test]
fn dates_follow_each_other_and_presence_fits_between_them() {
    let with = |terms: commands::Terms| DraftConvention { terms, ..pmsmp() };
    let month = || terms("2026-12-01", "2026-12-31");
    drafting().when(&with(terms("2026-12-14", "2026-12-01"))).refuses("convention.dates");
    for days in [0, 32] {
        drafting()
            .when(&with(commands::Terms { presence_days: days, ..month() }))
            .refuses("convention.dates");
    }
    drafting().when(&with(commands::Terms { presence_days: 30, ..month() })).states(&["ConventionDrafted"]);
    drafting().when(&with(commands::Terms { presence_days: 31, ..month() })).refuses("pmsmp.jours");
}

#[test]
fn a_week_holds_48_hours_at_most_and_more_than_35_is_noticed() {
    let with = |weekly_minutes| DraftConvention {
        terms: commands::Terms { weekly_minutes, ..terms("2026-12-01", "2026-12-14") },
        ..pmsmp()
    };
    drafting().when(&with(35 * 60)).states(&["ConventionDrafted"]);
    drafting().when(&with(35 * 60 + 1)).states_with_warnings(&["ConventionDrafted"], &["pmsmp.heures-35"]);
    drafting().when(&with(48 * 60)).states_with_warnings(&["ConventionDrafted"], &["pmsmp.heures-35"]);
    drafting().when(&with(48 * 60 + 1)).refuses("pmsmp.heures");
}

#[test]
fn the_person_is_16_on_the_first_day() {
    born("2010-12-02").when(&pmsmp()).refuses("pmsmp.age");
    born("2010-12-01").when(&pmsmp()).states(&["ConventionDrafted"]);
}

#[test]
fn the_legal_representative_signs_when_the_person_is_a_minor_on_the_first_day() {
    let minor = born("2008-12-02").when(&pmsmp()).states(&["ConventionDrafted"]);
    assert!(signatories(&minor).contains(&Party::REPRESENTANT_LEGAL));
    let adult = born("2008-12-01").when(&pmsmp()).states(&["ConventionDrafted"]);
    assert!(!signatories(&adult).contains(&Party::REPRESENTANT_LEGAL));
}

#[test]
fn an_unknown_birth_date_is_noticed_and_refuses_nothing() {
    drafting()
        .knowing(|known| known.birth_date = None)
        .when(&pmsmp())
        .states_with_warnings(&["ConventionDrafted"], &["pmsmp.age-inconnu"]);
}

#[test]
fn the_current_employer_and_the_accompanying_structure_sign_too() {
    let command =
        DraftConvention { has_current_employer: true, accompanying_structure_id: Some(id(1)), ..pmsmp() };
    let facts = drafting().when(&command).states(&["ConventionDrafted"]);
    assert_eq!(
        signatories(&facts),
        [
            Party::BENEFICIAIRE,
            Party::STRUCTURE_ACCUEIL,
            Party::EMPLOYEUR_ACTUEL,
            Party::STRUCTURE_ACCOMPAGNANTE
        ]
    );
    let same = DraftConvention { accompanying_structure_id: Some(id(2)), ..pmsmp() };
    let facts = drafting().when(&same).states(&["ConventionDrafted"]);
    assert!(!signatories(&facts).contains(&Party::STRUCTURE_ACCOMPAGNANTE));
}

#[test]
fn organisations_named_are_known() {
    drafting()
        .when(&DraftConvention { host_id: Some(id(404)), ..pmsmp() })
        .refuses("convention.organisation");
    drafting()
        .when(&DraftConvention { accompanying_structure_id: Some(id(404)), ..pmsmp() })
        .refuses("convention.organisation");
}

#[test]
fn a_prescriber_is_of_a_kind_that_prescribes() {
    use OrganisationKind as Kind;
    let prescribed_by = |kind| {
        let command = DraftConvention { prescriber_id: Some(id(3)), ..pmsmp() };
        drafting().knowing(|known| organisation(known, 3, kind)).when(&command)
    };
    for kind in [
        Kind::FT,
        Kind::ML,
        Kind::CAP_EMPLOI,
        Kind::ACI,
        Kind::AI,
        Kind::EI,
        Kind::DEPT,
        Kind::PREPA_APPRENTISSAGE,
    ] {
        prescribed_by(kind).states(&["ConventionDrafted"]);
    }
    for kind in [Kind::ETTI, Kind::CHRS, Kind::PLIE, Kind::ENTREPRISE, Kind::EITI] {
        prescribed_by(kind).refuses("pmsmp.prescripteur");
    }
}

#[test]
fn any_other_prescriber_needs_a_mandate_valid_that_day() {
    let mandated = |from: &str, until: &str| {
        let mandate = Mandate { id: id(8), by: id(2), from: day(from).0, until: day(until).0 };
        let command = DraftConvention { prescriber_id: Some(id(1)), ..pmsmp() };
        drafting()
            .knowing(|known| {
                if let Some(structure) = known.organisations.get_mut(&id(1)) {
                    structure.mandates.push(mandate);
                }
            })
            .when(&command)
    };
    mandated("2026-01-01", "2026-11-23").states(&["ConventionDrafted"]);
    mandated("2026-01-01", "2026-11-22").refuses("pmsmp.prescripteur");
    mandated("2026-11-24", "2027-11-23").refuses("pmsmp.prescripteur");
}

#[test]
fn a_prescriber_is_named_and_known() {
    drafting().by(Actor::system("test")).when(&pmsmp()).refuses("pmsmp.prescripteur");
    drafting()
        .when(&DraftConvention { prescriber_id: Some(id(404)), ..pmsmp() })
        .refuses("pmsmp.prescripteur");
}

#[test]
fn a_convention_folds_from_its_traces_alone() {
    let facts = drafting()
        .when(&DraftConvention {
            details: Some(commands::Details { host_name: "Garrigue".into(), ..Default::default() }),
            ..pmsmp()
        })
        .states(&["ConventionDrafted"]);
    let traces = recorded(EARLIER, 42, facts).into_iter().map(|fact| {
        let clear = sealing::wire::split(&fact.payload, |number| fact.kind.class_of(number)).expect("a fact");
        Event::decode(fact.kind, &clear.clear).expect("its traces")
    });
    let state = traces.fold(aggregate::State::default(), Convention::apply);
    assert_eq!(state.host_id, Some(id(HOST)));
    assert_eq!(state.prescriber_id, Some(id(2)));
    assert_eq!(state.signatories.len(), 2);
}

#[test]
fn in_a_closed_case_only_what_was_before_the_closing_is_written() {
    let closed_on = |closed: &'static str, terms| {
        let close = move |known: &mut service::Known| {
            if let Some(case) = known.case.as_mut() {
                (case.open, case.closed_on) = (false, Some(day(closed).0));
            }
        };
        drafting().knowing(close).when(&DraftConvention { terms, ..pmsmp() })
    };
    closed_on("2026-11-20", terms("2026-12-01", "2026-12-14")).refuses("convention.dossier-clos");
    closed_on("2026-11-20", terms("2026-11-21", "2026-12-04")).refuses("convention.dossier-clos");
    closed_on("2026-11-20", terms("2026-11-09", "2026-11-20")).states(&["ConventionDrafted"]);
}
