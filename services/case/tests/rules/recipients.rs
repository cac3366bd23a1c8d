//! Given these facts of a case, those who received data are told of what became of them.

use access::Actor;
use case::{
    domain::case::{commands::*, *},
    reactions::recipients::{Received, Recipients},
};
use contracts::{Recorded, Word, common::v1::Role};
use service::{Agenda as _, Due};
use testkit::scenario::{Scenario, id};

use crate::facts::recorded;

/// The structure that hosts the person; the others are numbers of their own.
const HOST: u128 = 1;

/// An organisation, whether it is told as a whole, its posts.
type Who = (u128, bool, Vec<u128>);

/// A case whose facts are told one after the other, each on a day of its own.
struct Told {
    state: Received,
    facts: Vec<Event>,
    position: i64,
}

impl Told {
    fn opened() -> Self {
        let mut told = Self { state: Received::default(), facts: Vec::new(), position: 0 };
        told.say(CaseOpened { structure_id: id(HOST).to_string(), ..Default::default() });
        told
    }

    /// States that fact; its position. Its id is that number after 1000.
    fn say(&mut self, event: impl Into<Event>) -> i64 {
        let event = event.into();
        self.position += 1;
        let fact = recorded(self.position, 42, Some(42), &event);
        let fact = Recorded { event_id: cause(self.position), ..fact };
        assert_eq!(Recipients::key(&fact), Some(id(42)), "{}", fact.kind.name);
        Recipients::fold(&mut self.state, &fact).expect("it is understood");
        // What is kept is kept as JSON, and holds nothing but ids, days and words.
        let kept = serde_json::to_value(&self.state).expect("JSON");
        assert!(!kept.to_string().contains("Awa"), "{kept}");
        assert_eq!(serde_json::from_value::<Received>(kept).expect("the same"), self.state);
        self.facts.push(event);
        self.position
    }

    fn agrees(&mut self, agreement: u128, organisation: u128, classes: &[PersonalClass]) -> &mut Self {
        self.agrees_from(agreement, organisation, classes, "2026-01-01")
    }

    fn agrees_from(
        &mut self,
        agreement: u128,
        organisation: u128,
        classes: &[PersonalClass],
        from: &str,
    ) -> &mut Self {
        self.say(AgreementGiven {
            agreement_id: id(agreement).to_string(),
            organisation_id: id(organisation).to_string(),
            classes: classes.iter().map(|class| (*class).into()).collect(),
            purposes: vec![SharingPurpose::ACCOMPAGNEMENT.into()],
            from_day: from.into(),
            until_day: "2026-12-31".into(),
            witness: "Awa Diop".into(),
            ..Default::default()
        });
        self
    }

    fn joins(&mut self, post: u128, organisation: u128, role: Role) -> &mut Self {
        self.say(CircleMemberJoined {
            post_id: id(post).to_string(),
            organisation_id: id(organisation).to_string(),
            role: role.into(),
            ..Default::default()
        });
        self
    }

    /// Something of that class is asked to be put right, and answered.
    fn settles(&mut self, class: PersonalClass, outcome: RectificationOutcome) -> i64 {
        let rectification_id = id(700).to_string();
        self.say(RectificationRequested {
            rectification_id: rectification_id.clone(),
            of_class: class.into(),
            text_identity: "Awa et non Ava".into(),
            ..Default::default()
        });
        self.say(RectificationSettled { rectification_id, outcome: outcome.into(), ..Default::default() })
    }

    fn forgets(&mut self, classes: &[PersonalClass]) -> i64 {
        self.say(PersonForgotten {
            classes: classes.iter().map(|class| (*class).into()).collect(),
            ..Default::default()
        })
    }

    /// Who is to be told of what.
    fn due(&self) -> Vec<(RecipientMatter, Vec<Who>)> {
        let told = |due: &Due| {
            assert_eq!((due.target, due.command), (id(42), "case.tell-recipients"));
            let body = body(due);
            assert_eq!(body.cause_id, cause(due.cause));
            let recipient = |one: &Recipient| {
                let posts = one.post_ids.iter().map(|post| post.as_u128()).collect();
                (one.organisation_id.as_u128(), one.whole, posts)
            };
            (body.matter.0, body.recipients.iter().map(recipient).collect())
        };
        Recipients::due(&self.state).iter().map(told).collect()
    }

    /// The clock does what is due; how many facts follow.
    fn night(&mut self) -> usize {
        let mut stated = Vec::new();
        for due in Recipients::due(&self.state) {
            let asked = Scenario::given(self.facts.clone()).by(Actor::system("clock")).when(&body(&due));
            stated.extend(asked.result.expect("it is accepted"));
        }
        stated.iter().for_each(|fact| {
            self.say(fact.clone());
        });
        stated.len()
    }
}

fn body(due: &Due) -> TellRecipients {
    serde_json::from_value(due.body.clone()).expect("its command")
}

fn cause(position: i64) -> uuid::Uuid {
    id(1000 + u128::from(position.unsigned_abs()))
}

use PersonalClass as C;
use RecipientMatter as M;

const WHOLE: [PersonalClass; 6] = [C::IDENTITY, C::PROJECT, C::SOCIAL, C::HEALTH, C::JUDICIAL, C::NOTE];

#[test]
fn a_correction_is_told_to_those_whose_agreement_opened_its_class_and_to_no_other() {
    let mut told = Told::opened();
    told.agrees(10, 2, &[C::IDENTITY, C::SOCIAL]).agrees(11, 3, &[C::PROJECT]).agrees(12, HOST, &WHOLE);
    told.settles(C::SOCIAL, RectificationOutcome::RECTIFIED);
    assert_eq!(told.due(), [(M::DATA_CORRECTED, vec![(2, true, vec![])])]);
    let classes: Vec<_> = body(&Recipients::due(&told.state)[0]).classes.iter().map(|one| one.0).collect();
    assert_eq!(classes, [C::SOCIAL]);
}

#[test]
fn what_was_not_put_right_is_told_to_nobody() {
    let mut told = Told::opened();
    told.agrees(10, 2, &WHOLE);
    told.settles(C::IDENTITY, RectificationOutcome::NOT_RECTIFIED);
    assert_eq!(told.due(), []);
}

#[test]
fn an_agreement_that_is_over_made_a_recipient_and_one_that_never_began_did_not() {
    let mut told = Told::opened();
    told.agrees(10, 2, &[C::IDENTITY]).agrees_from(11, 3, &[C::IDENTITY], "2026-02-01");
    for (agreement, organisation, on) in [(10, 2, "2026-01-03"), (11, 3, "2026-01-04")] {
        told.say(AgreementWithdrawn {
            agreement_id: id(agreement).to_string(),
            organisation_id: id(organisation).to_string(),
            withdrawn_on: on.into(),
            ..Default::default()
        });
    }
    // One to come, one that only counts: nothing was read yet.
    told.agrees_from(12, 4, &[C::IDENTITY], "2026-03-01");
    told.say(AgreementGiven {
        agreement_id: id(13).to_string(),
        organisation_id: id(5).to_string(),
        classes: vec![C::IDENTITY.into()],
        purposes: vec![SharingPurpose::STATISTIQUES.into()],
        from_day: "2026-01-01".into(),
        ..Default::default()
    });
    told.settles(C::IDENTITY, RectificationOutcome::RECTIFIED);
    assert_eq!(told.due(), [(M::DATA_CORRECTED, vec![(2, true, vec![])])]);
}

#[test]
fn posts_of_other_organisations_are_told_of_what_their_place_opens_also_once_they_left() {
    let mut told = Told::opened();
    told.joins(20, HOST, Role::REFERENT_SOCIAL).joins(21, 2, Role::CIP).joins(22, 2, Role::CONSEILLER).joins(
        23,
        3,
        Role::ANIMATEUR_PLATEFORME,
    );
    told.say(EmergencyAccessOpened {
        post_id: id(24).to_string(),
        organisation_id: id(4).to_string(),
        ..Default::default()
    });
    told.settles(C::PROJECT, RectificationOutcome::RECTIFIED);
    assert_eq!(told.due(), [(M::DATA_CORRECTED, vec![(2, false, vec![21, 22]), (4, false, vec![24])])]);
    assert_eq!(told.night(), 2);
    told.settles(C::HEALTH, RectificationOutcome::RECTIFIED);
    assert_eq!(told.due(), [(M::DATA_CORRECTED, vec![(4, false, vec![24])])]);
}

#[test]
fn the_structure_that_hosted_the_person_before_received_all_of_it() {
    let mut told = Told::opened();
    told.joins(20, HOST, Role::REFERENT_SOCIAL).agrees(10, 2, &[C::HEALTH]);
    told.say(CaseTransferred { structure_id: id(2).to_string(), ..Default::default() });
    told.forgets(&[C::HEALTH]);
    assert_eq!(told.due(), [(M::DATA_ERASED, vec![(HOST, true, vec![20])])]);
}

#[test]
fn an_erasure_is_told_to_those_who_were_known_before_once_whatever_is_repeated() {
    let mut told = Told::opened();
    told.agrees(10, 2, &[C::IDENTITY]).agrees(11, 3, &[C::HEALTH]);
    told.forgets(&[C::HEALTH]);
    let again = Recipients::due(&told.state);
    assert_eq!(told.due(), [(M::DATA_ERASED, vec![(3, true, vec![])])]);
    assert_eq!(told.night(), 1);
    assert_eq!((told.due(), told.night()), (vec![], 0));
    // Killed after the fact and before it was known to be stated: done again, it states nothing.
    Scenario::given(told.facts.clone()).by(Actor::system("clock")).when(&body(&again[0])).states(&[]);
    told.forgets(&WHOLE);
    assert_eq!(told.due(), [(M::DATA_ERASED, vec![(2, true, vec![]), (3, true, vec![])])]);
    let whole = body(&Recipients::due(&told.state)[0]);
    assert!(whole.classes.is_empty(), "none is named when it is all of them");
    assert_eq!(told.night(), 2);
}

#[test]
fn a_limitation_is_told_when_it_begins_and_when_nothing_limits_any_more() {
    let mut told = Told::opened();
    told.agrees(10, 2, &[C::PROJECT]);
    let restriction = |number: u128| ProcessingRestricted {
        restriction_id: id(number).to_string(),
        reason: "Awa le demande".into(),
        ..Default::default()
    };
    let lifted =
        |number: u128| RestrictionLifted { restriction_id: id(number).to_string(), ..Default::default() };
    let all = |matter| vec![(matter, vec![(2, true, vec![])])];
    told.say(restriction(30));
    assert_eq!((told.due(), told.night()), (all(M::USE_LIMITED), 1));
    told.say(ObjectionRaised { objection_id: id(31).to_string(), ..Default::default() });
    told.say(lifted(30));
    assert_eq!(told.due(), [], "the objection still limits");
    let settled = |outcome: ObjectionOutcome| ObjectionSettled {
        objection_id: id(31).to_string(),
        outcome: outcome.into(),
        ..Default::default()
    };
    told.say(settled(ObjectionOutcome::UPHELD));
    assert_eq!(told.due(), [], "upheld, it limits until something is done");
    told.say(lifted(31));
    assert_eq!((told.due(), told.night()), (all(M::USE_RESUMED), 1));
    told.say(ObjectionRaised { objection_id: id(31).to_string(), ..Default::default() });
    told.say(settled(ObjectionOutcome::NOT_UPHELD));
    let matters: Vec<_> = told.due().into_iter().map(|(matter, _)| matter).collect();
    assert_eq!(matters, [M::USE_LIMITED, M::USE_RESUMED]);
}

#[test]
fn nobody_is_told_of_what_nobody_received() {
    let mut told = Told::opened();
    told.joins(20, HOST, Role::REFERENT_SOCIAL);
    told.settles(C::IDENTITY, RectificationOutcome::RECTIFIED);
    told.forgets(&WHOLE);
    assert_eq!(told.due(), []);
}

#[test]
fn nobody_says_by_hand_that_an_organisation_was_told() {
    let tell = TellRecipients {
        matter: Word(M::DATA_CORRECTED),
        cause_id: id(9),
        classes: vec![Word(C::IDENTITY)],
        recipients: vec![Recipient { organisation_id: id(2), whole: true, post_ids: vec![id(20)] }],
    };
    Scenario::nothing().when(&tell).refuses("destinataire.automatique");
    let facts = Scenario::nothing().by(Actor::system("clock")).when(&tell).states(&["RecipientTold"]);
    let Event::RecipientTold(told) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(
        (told.organisation_id.clone(), told.whole, &*told.told_on),
        (id(2).to_string(), true, "2026-11-23")
    );
    assert_eq!(told.post_ids, [id(20).to_string()]);
}
