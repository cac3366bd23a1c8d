//! What administrators open to organisations and to auditors, and what animators keep.

use contracts::{
    Word,
    common::v1::{OrganisationKind, Role},
    platform::v1::{MemberJoined, PlatformOpened, PostFilled, PostOpened},
};
use platform::{
    domain::{
        organisation::{
            Event as OrganisationEvent, JudicialGround, OrganisationRegistered, SecrecyGround, commands::*,
            openings::*,
        },
        platform::{Event as PlatformEvent, commands::*},
        post::{Event as PostEvent, commands::*, missions::*},
    },
    views::Membership,
};
use service::Command as _;
use testkit::scenario::{Scenario, actor, day, id, organisation};

fn registered() -> OrganisationEvent {
    OrganisationRegistered {
        name: "Lieu à vivre".into(),
        kind: OrganisationKind::OACAS.into(),
        ..Default::default()
    }
    .into()
}

fn recognise(from: &str, until: Option<&str>) -> RecogniseSecrecy {
    RecogniseSecrecy {
        ground: Word(SecrecyGround::SERVICE_SOCIAL),
        reference: "Convention du 4 mai 2026".into(),
        from_day: day(from),
        until_day: until.map(day),
    }
}

fn grant(from: &str, until: Option<&str>) -> GrantJudicialAccess {
    GrantJudicialAccess {
        ground: Word(JudicialGround::AIDE_REINSERTION),
        reference: "Arrêté 2026-118".into(),
        from_day: day(from),
        until_day: until.map(day),
    }
}

/// The facts of an organisation after these commands, in order, and what the access policies know of it.
fn after(facts: &[OrganisationEvent]) -> service::Organisation {
    let recorded = super::support::recorded::<OrganisationEvent>(1, facts.to_vec());
    service::Organisation::fold(&recorded).expect("registered")
}

#[test]
fn secrecy_is_recognised_by_an_act_with_its_ground_and_its_days() {
    let given = || Scenario::given([registered()]);
    let facts = given().when(&recognise("2026-05-04", Some("2027-05-03"))).states(&["SecrecyRecognised"]);
    let OrganisationEvent::SecrecyRecognised(said) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(said.ground, SecrecyGround::SERVICE_SOCIAL);
    assert_eq!((&*said.reference, &*said.until_day), ("Convention du 4 mai 2026", "2027-05-03"));
    let again = || Scenario::given([registered(), facts[0].clone()]);
    again().when(&recognise("2026-05-04", Some("2027-05-03"))).states(&[]);
    again().when(&recognise("2027-05-04", None)).states(&["SecrecyRecognised"]);
    let known = after(&[registered(), facts[0].clone()]);
    for (when, shares) in
        [("2026-05-03", false), ("2026-05-04", true), ("2027-05-03", true), ("2027-05-04", false)]
    {
        assert_eq!(known.asking(day(when).0).shares_secrecy, shares, "{when}");
    }
    assert!(!known.asking(day("2026-06-01").0).judicial);
}

#[test]
fn what_is_opened_is_opened_by_an_act_and_ends_after_it_began() {
    let given = || Scenario::given([registered()]);
    for blank in ["", "  "] {
        given()
            .when(&RecogniseSecrecy { reference: blank.into(), ..recognise("2026-05-04", None) })
            .refuses("habilitation.acte");
        given()
            .when(&GrantJudicialAccess { reference: blank.into(), ..grant("2026-05-04", None) })
            .refuses("habilitation.acte");
    }
    given().when(&recognise("2026-05-04", Some("2026-05-03"))).refuses("habilitation.dates");
    given().when(&grant("2026-05-04", Some("2026-05-03"))).refuses("habilitation.dates");
    let reachable =
        RecogniseSecrecy { reference: "voir 06 12 34 56 78".into(), ..recognise("2026-05-04", None) };
    given().when(&reachable).refuses("texte.coordonnees");
}

#[test]
fn secrecy_ends_whatever_the_kind_says_and_may_be_recognised_again() {
    let house = || -> OrganisationEvent {
        OrganisationRegistered {
            name: "Foyer".into(),
            kind: OrganisationKind::CHRS.into(),
            ..Default::default()
        }
        .into()
    };
    let end = |on: &str| EndSecrecy { ended_on: Some(day(on)) };
    let facts = Scenario::given([house()]).when(&end("2026-06-30")).states(&["SecrecyEnded"]);
    let ended = || vec![house(), facts[0].clone()];
    Scenario::given(ended()).when(&end("2026-06-30")).states(&[]);
    Scenario::given(ended()).when(&end("2026-08-31")).states(&[]);
    Scenario::given(ended()).when(&end("2026-05-31")).states(&["SecrecyEnded"]);
    let again = Scenario::given(ended()).when(&recognise("2026-09-01", None)).states(&["SecrecyRecognised"]);
    let known = after(&[house(), facts[0].clone(), again[0].clone()]);
    for (when, shares) in
        [("2026-06-30", true), ("2026-07-01", false), ("2026-08-31", false), ("2026-09-01", true)]
    {
        assert_eq!(known.asking(day(when).0).shares_secrecy, shares, "{when}");
    }
    Scenario::given([house(), facts[0].clone(), again[0].clone()])
        .when(&EndSecrecy { ended_on: None })
        .states(&["SecrecyEnded"]);
}

#[test]
fn judicial_access_is_granted_and_ends() {
    let facts =
        Scenario::given([registered()]).when(&grant("2026-05-04", None)).states(&["JudicialAccessGranted"]);
    let granted = || Scenario::given([registered(), facts[0].clone()]);
    granted().when(&grant("2026-05-04", None)).states(&[]);
    Scenario::given([registered()]).when(&EndJudicialAccess { ended_on: None }).states(&[]);
    let ended = granted()
        .when(&EndJudicialAccess { ended_on: Some(day("2026-06-30")) })
        .states(&["JudicialAccessEnded"]);
    let known = after(&[registered(), facts[0].clone(), ended[0].clone()]);
    for (when, may) in
        [("2026-05-03", false), ("2026-05-04", true), ("2026-06-30", true), ("2026-07-01", false)]
    {
        assert_eq!(known.asking(day(when).0).judicial, may, "{when}");
    }
    Scenario::given([registered(), facts[0].clone(), ended[0].clone()])
        .when(&EndJudicialAccess { ended_on: None })
        .states(&[]);
}

fn post(role: Role) -> PostEvent {
    PostOpened {
        organisation_id: id(1).to_string(),
        role: role.into(),
        title: "Poste".into(),
        ..Default::default()
    }
    .into()
}

fn mission(from: &str, until: &str) -> OpenMission {
    OpenMission { reference: "Lettre de mission 12".into(), from_day: day(from), until_day: day(until) }
}

#[test]
fn an_auditor_is_sent_by_an_act_for_twelve_months_at_most() {
    let given = || Scenario::given([post(Role::AUDITEUR)]);
    let facts = given().when(&mission("2026-11-02", "2026-11-30")).states(&["MissionOpened"]);
    let PostEvent::MissionOpened(said) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*said.mission_id, &*said.reference), (&*id(100).to_string(), "Lettre de mission 12"));
    Scenario::given([post(Role::AUDITEUR), facts[0].clone()])
        .when(&mission("2026-11-02", "2026-11-30"))
        .states(&[]);
    given().when(&mission("2026-11-02", "2027-11-01")).states(&["MissionOpened"]);
    given().when(&mission("2026-11-02", "2027-11-02")).refuses("mission.bornes");
    given().when(&mission("2026-11-02", "2026-11-01")).refuses("mission.bornes");
    given()
        .when(&OpenMission { reference: " ".into(), ..mission("2026-11-02", "2026-11-30") })
        .refuses("mission.bornes");
    Scenario::given([post(Role::CIP)]).when(&mission("2026-11-02", "2026-11-30")).refuses("mission.poste");
}

#[test]
fn a_mission_ends_before_its_last_day() {
    let opened = Scenario::given([post(Role::AUDITEUR)])
        .when(&mission("2026-11-02", "2026-11-30"))
        .states(&["MissionOpened"]);
    let given = || Scenario::given([post(Role::AUDITEUR), opened[0].clone()]);
    let end = |on: &str| EndMission { mission_id: id(100), ended_on: Some(day(on)) };
    given().when(&end("2026-11-20")).states(&["MissionEnded"]);
    given().when(&end("2026-11-30")).states(&[]);
    given().when(&EndMission { mission_id: id(7), ended_on: None }).refuses("mission.inconnue");
}

/// That animator's organisation is 1; these organisations are members of these platforms.
fn animated<E: contracts::Facts>(facts: Vec<E>, members: &[(u128, &[u128])]) -> Scenario<E> {
    let members: Vec<_> = members
        .iter()
        .map(|(organisation, platforms)| {
            let platforms = platforms.iter().map(|number| id(*number)).collect();
            (id(*organisation), serde_json::to_value(Membership { platforms }).expect("JSON"))
        })
        .collect();
    Scenario::given(facts).by(actor(Role::ANIMATEUR_PLATEFORME, 8, 1)).knowing(|known| {
        known.documents = members;
        organisation(known, 99, OrganisationKind::EI);
        organisation(known, 3, OrganisationKind::FT);
    })
}

#[test]
fn an_animator_keeps_the_organisations_of_their_platforms_and_no_other() {
    let rename =
        UpdateOrganisation { name: Some("Autre nom".into()), siret: None, town: None, external_ids: None };
    // The organisation that a scenario is about is number 99.
    let ours: &[(u128, &[u128])] = &[(1, &[50, 51]), (99, &[50])];
    animated(vec![registered()], ours).when(&rename).states(&["OrganisationUpdated"]);
    for (theirs, why) in [
        (&[(1, &[50][..]), (99, &[60][..])][..], "of another platform"),
        (&[(1, &[50]), (99, &[50, 60])], "brought into theirs, but of another too"),
        (&[(1, &[50])], "of none"),
        (&[(99, &[50])], "and they of none"),
        (&[], "and nothing is known"),
    ] {
        let asked = || animated(vec![registered()], theirs);
        assert!(!why.is_empty());
        asked().when(&rename).refuses("organisation.hors-plateforme");
        let mandate = GrantMandate {
            by_organisation_id: id(3),
            from_day: day("2026-01-01"),
            until_day: day("2026-12-31"),
            by_convention: String::new(),
        };
        asked().when(&mandate).refuses("organisation.hors-plateforme");
        asked()
            .when(&EndMandate { mandate_id: id(5), ended_on: None })
            .refuses("organisation.hors-plateforme");
        let open = OpenPost { organisation_id: id(99), role: Word(Role::CIP), title: "CIP".into() };
        animated(Vec::<PostEvent>::new(), theirs).when(&open).refuses("organisation.hors-plateforme");
        let of_that = || PostOpened { organisation_id: id(99).to_string(), ..Default::default() }.into();
        let fill =
            FillPost { professional_name: "Camille Sorgues".into(), professional_id: None, since: None };
        animated(vec![of_that()], theirs).when(&fill).refuses("organisation.hors-plateforme");
        let held: Vec<PostEvent> = vec![
            of_that(),
            PostFilled {
                professional_id: id(4).to_string(),
                since: "2026-01-01".into(),
                ..Default::default()
            }
            .into(),
        ];
        animated(held, theirs).when(&VacatePost { until: None }).refuses("organisation.hors-plateforme");
    }
    // Their own, whatever it is a member of; administrators and systems, all.
    let own = OpenPost { organisation_id: id(1), role: Word(Role::CIP), title: "CIP".into() };
    animated(Vec::<PostEvent>::new(), &[])
        .knowing(|known| organisation(known, 1, OrganisationKind::ML))
        .when(&own)
        .states(&["PostOpened"]);
    for who in [actor(Role::ADMINISTRATEUR, 9, 1), access::Actor::system("data-inclusion")] {
        animated(vec![registered()], &[]).by(who).when(&rename).states(&["OrganisationUpdated"]);
    }
}

#[test]
fn an_animator_keeps_the_members_and_the_choices_of_their_own_platforms() {
    use contracts::prescription::v1::PrescriptionKind;
    let platform = |lead: u128| -> Vec<PlatformEvent> {
        vec![
            PlatformOpened { lead_organisation_id: id(lead).to_string(), ..Default::default() }.into(),
            MemberJoined {
                organisation_id: id(2).to_string(),
                since: "2026-01-01".into(),
                ..Default::default()
            }
            .into(),
        ]
    };
    let join = JoinPlatform { organisation_id: id(3), since: None };
    let leave = LeavePlatform { organisation_id: id(2), until: None };
    let delay = ChooseAnswerDelay { prescription_kind: Word(PrescriptionKind::CANDIDATURE_IAE), days: 45 };
    let (own, other) = (|| animated(platform(1), &[]), || animated(platform(7), &[]));
    own().when(&join).states(&["MemberJoined"]);
    own().when(&leave).states(&["MemberLeft"]);
    own().when(&delay).states(&["AnswerDelayChosen"]);
    other().when(&join).refuses("plateforme.autre");
    other().when(&leave).refuses("plateforme.autre");
    other().when(&delay).refuses("plateforme.autre");
    let administrator = || other().by(actor(Role::ADMINISTRATEUR, 9, 1));
    administrator().when(&leave).states(&["MemberLeft"]);
}

/// A post of that role in organisation 99, held or not.
fn post_of(role: Role, held: bool) -> Vec<PostEvent> {
    let opened: PostEvent =
        PostOpened { organisation_id: id(99).to_string(), role: role.into(), ..Default::default() }.into();
    let filled =
        PostFilled { professional_id: id(4).to_string(), since: "2026-01-01".into(), ..Default::default() };
    [opened].into_iter().chain(held.then(|| filled.into())).collect()
}

fn fill(professional: Option<u128>) -> FillPost {
    FillPost {
        professional_name: "Camille Sorgues".into(),
        professional_id: professional.map(id),
        since: None,
    }
}

const AROUND: [Role; 4] = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER];

#[test]
fn posts_around_persons_where_secrecy_is_shared_are_kept_there_or_by_an_administrator_and_never_by_an_animator()
 {
    let ours: &[(u128, &[u128])] = &[(1, &[50]), (99, &[50])];
    let asked = |facts: Vec<PostEvent>, kind: OrganisationKind| {
        animated(facts, ours).knowing(move |known| organisation(known, 99, kind))
    };
    let open = |role| OpenPost { organisation_id: id(99), role: Word(role), title: "Poste".into() };
    let vacate = VacatePost { until: None };
    for role in AROUND {
        let chrs = |held: bool| asked(post_of(role, held), OrganisationKind::CHRS);
        let nothing = || asked(Vec::new(), OrganisationKind::CHRS);
        nothing().when(&open(role)).refuses("poste.secret");
        chrs(false).when(&fill(None)).refuses("poste.secret");
        chrs(true).when(&vacate).refuses("poste.secret");
        asked(post_of(role, false), OrganisationKind::ML).when(&fill(None)).states(&["PostFilled"]);
        let there = || actor(Role::REFERENT_SOCIAL, 8, 99);
        for who in [there(), actor(Role::ADMINISTRATEUR, 9, 1)] {
            nothing().by(who.clone()).when(&open(role)).states(&["PostOpened"]);
            chrs(false).by(who.clone()).when(&fill(None)).states(&["PostFilled"]);
            chrs(true).by(who).when(&vacate).states(&["PostVacated"]);
        }
        let elsewhere = actor(Role::REFERENT_SOCIAL, 8, 1);
        chrs(false).by(elsewhere.clone()).when(&fill(None)).refuses("organisation.hors-plateforme");
        nothing().by(elsewhere).when(&open(role)).refuses("organisation.hors-plateforme");
    }
    // The rest of a structure is its platform's, and no référent social's.
    let others = |role| asked(post_of(role, false), OrganisationKind::CHRS);
    others(Role::ANIMATEUR_PLATEFORME).when(&fill(None)).states(&["PostFilled"]);
    let there = actor(Role::REFERENT_SOCIAL, 8, 99);
    others(Role::ANIMATEUR_PLATEFORME).by(there).when(&fill(None)).refuses("poste.secret");
}

#[test]
fn nobody_names_themselves_to_a_post() {
    // The professional of a scenario's post 8 is number 1000008.
    let own = fill(Some(1_000_008));
    for (role, kind) in [
        (Role::ANIMATEUR_PLATEFORME, OrganisationKind::EI),
        (Role::ADMINISTRATEUR, OrganisationKind::CHRS),
        (Role::REFERENT_SOCIAL, OrganisationKind::CHRS),
    ] {
        animated(post_of(Role::CIP, false), &[(1, &[50]), (99, &[50])])
            .by(actor(role, 8, 99))
            .knowing(|known| organisation(known, 99, kind))
            .when(&own)
            .refuses("poste.soi-meme");
    }
    animated(post_of(Role::CIP, false), &[(1, &[50]), (99, &[50])])
        .by(actor(Role::ADMINISTRATEUR, 8, 99))
        .when(&fill(Some(55)))
        .states(&["PostFilled"]);
}

#[test]
fn whoever_oversees_is_named_by_an_administrator_too() {
    for role in [Role::ADMINISTRATEUR, Role::AUDITEUR, Role::DPO] {
        let asked = || animated(post_of(role, false), &[(1, &[50]), (99, &[50])]);
        asked().when(&fill(None)).refuses("poste.habilitation");
        asked().by(actor(Role::ADMINISTRATEUR, 9, 1)).when(&fill(None)).states(&["PostFilled"]);
    }
}

#[test]
fn where_people_are_hosted_is_registered_by_an_administrator() {
    let register = |kind| RegisterOrganisation {
        name: "Les Tilleuls".into(),
        kind: Word(kind),
        siret: String::new(),
        town: String::new(),
        external_ids: Vec::new(),
    };
    for kind in [OrganisationKind::CHRS, OrganisationKind::OACAS, OrganisationKind::ACCUEIL_DE_JOUR] {
        let asked = || animated(Vec::<OrganisationEvent>::new(), &[]);
        asked().when(&register(kind)).refuses("organisation.accueil");
        let administrator = asked().by(actor(Role::ADMINISTRATEUR, 9, 1));
        administrator.when(&register(kind)).states(&["OrganisationRegistered"]);
        let directory = asked().by(access::Actor::system("data-inclusion"));
        directory.when(&register(kind)).states(&["OrganisationRegistered"]);
    }
    animated(Vec::<OrganisationEvent>::new(), &[])
        .when(&register(OrganisationKind::ENTREPRISE))
        .states(&["OrganisationRegistered"]);
}

#[test]
fn a_siret_is_one_organisation_s_and_an_administrator_changes_it() {
    let siret = "73282932000074";
    let change = UpdateOrganisation { name: None, siret: Some(siret.into()), town: None, external_ids: None };
    assert_eq!(
        change.needs(&Default::default()).with_member,
        Some(("platform_references", "siret", siret.to_owned()))
    );
    let ours: &[(u128, &[u128])] = &[(1, &[50]), (99, &[50])];
    animated(vec![registered()], ours).when(&change).refuses("organisation.siret-administrateur");
    let asked = |holders: Vec<u128>| {
        animated(vec![registered()], ours)
            .by(actor(Role::ADMINISTRATEUR, 9, 1))
            .knowing(move |known| known.with_member = holders.into_iter().map(id).collect())
    };
    asked(vec![]).when(&change).states(&["OrganisationUpdated"]);
    asked(vec![99]).when(&change).states(&["OrganisationUpdated"]);
    asked(vec![3]).when(&change).refuses("organisation.siret-unique");
    let directory = asked(vec![3]).by(access::Actor::system("data-inclusion"));
    directory.when(&change).states_with_warnings(&["OrganisationUpdated"], &["organisation.siret-en-double"]);
    let register = RegisterOrganisation {
        name: "Autre".into(),
        kind: Word(OrganisationKind::EI),
        siret: format!(" {siret} "),
        town: String::new(),
        external_ids: Vec::new(),
    };
    animated(Vec::<OrganisationEvent>::new(), ours)
        .knowing(|known| known.with_member = vec![id(3)])
        .when(&register)
        .refuses("organisation.siret-unique");
}
