//! Who received data of a person is told when they are corrected, erased, limited or used again (RGPD, article 19):
//! the organisations that an agreement opened them to, in force or over; the posts of other organisations that are or
//! were in the circle, or opened the case in an emergency; the structures that hosted the person before. Every door
//! by which a professional reads is a fact: the register of readings shows nobody else.
//!
//! Who received what is known before anything is erased, by ids alone: who is told is settled when the cause is folded.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    EnumValue, Recorded, Word,
    case::v1::{AgreementGiven, PersonalClass, RecipientMatter, RectificationOutcome, SharingPurpose},
    common::v1::Role,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due, Restrictions};
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates::parse};

use crate::domain::case::{
    Event,
    commands::{Recipient, TellRecipients},
};

/// The agenda of those who received data.
#[derive(Debug)]
pub struct Recipients;

/// The personal classes of data, by their words.
type Classes = Vec<EnumValue<PersonalClass>>;

/// All of them.
const ALL: [PersonalClass; 6] = [
    PersonalClass::IDENTITY,
    PersonalClass::PROJECT,
    PersonalClass::SOCIAL,
    PersonalClass::HEALTH,
    PersonalClass::JUDICIAL,
    PersonalClass::NOTE,
];
/// What being in the circle opens outside the structure that hosts the person, by `view.circle`.
const OF_CIRCLE: &[PersonalClass] = &[PersonalClass::IDENTITY, PersonalClass::PROJECT];
/// What an emergency opens, by `view.emergency`.
const OF_EMERGENCY: &[PersonalClass] =
    &[PersonalClass::IDENTITY, PersonalClass::PROJECT, PersonalClass::SOCIAL, PersonalClass::HEALTH];
/// The roles that read something of the person in the circle.
const READ: [Role; 5] =
    [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER, Role::EMPLOYEUR_SIAE];

/// What is kept of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Received {
    case_id: Uuid,
    structure_id: Option<Uuid>,
    /// Who received what, the structure that hosts the person too.
    organisations: BTreeMap<Uuid, Doors>,
    /// What is asked to be put right and waits for its answer: of which class.
    asked: BTreeMap<Uuid, EnumValue<PersonalClass>>,
    restrictions: Restrictions,
    /// Who is still to be told, by the position of the cause.
    causes: BTreeMap<i64, Cause>,
}

/// By what an organisation received data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Doors {
    /// What agreements opened to it, by agreement, from which day.
    agreed: BTreeMap<Uuid, (Option<Date>, Classes)>,
    /// Its posts that read by themselves, in the circle or in an emergency.
    posts: BTreeSet<Uuid>,
    /// What these posts read.
    read: Classes,
    /// Whether it hosted the person, and read all that was there.
    hosted: bool,
}

/// What they are to be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Cause {
    id: Uuid,
    at: Timestamp,
    matter: Word<RecipientMatter>,
    classes: Vec<Word<PersonalClass>>,
    recipients: Vec<Recipient>,
}

impl Doors {
    fn reads(&mut self, post: &str, classes: &[PersonalClass]) {
        self.posts.extend(post.parse::<Uuid>());
        let new = classes.iter().map(|class| EnumValue::from(*class));
        let new: Classes = new.filter(|class| !self.read.contains(class)).collect();
        self.read.extend(new);
    }

    /// As who it is told of data of these classes; nothing when it received none of them.
    fn recipient(&self, organisation_id: Uuid, about: &[PersonalClass], on: Date) -> Option<Recipient> {
        let any = |classes: &Classes| classes.iter().any(|one| about.iter().any(|class| *one == *class));
        let mut begun = self.agreed.values().filter(|(from, _)| from.is_none_or(|from| from <= on));
        let whole = self.hosted || begun.any(|(_, classes)| any(classes));
        let post_ids = self.posts.iter().copied().collect();
        (whole || any(&self.read)).then_some(Recipient { organisation_id, whole, post_ids })
    }
}

impl Received {
    fn doors(&mut self, organisation_id: &str) -> Option<&mut Doors> {
        Some(self.organisations.entry(organisation_id.parse().ok()?).or_default())
    }

    fn agree(&mut self, given: AgreementGiven) {
        // Counting opens nobody’s data.
        let opens = given.purposes.iter().any(|purpose| *purpose != SharingPurpose::STATISTIQUES);
        let (Ok(id), true) = (given.agreement_id.parse(), opens) else { return };
        if let Some(doors) = self.doors(&given.organisation_id) {
            doors.agreed.insert(id, (parse(&given.from_day), given.classes));
        }
    }

    /// An agreement that was taken back before its first day opened nothing.
    fn take_back(&mut self, organisation_id: &str, agreement_id: &str, on: Option<Date>) {
        let Ok(id) = agreement_id.parse::<Uuid>() else { return };
        if let Some(doors) = self.doors(organisation_id) {
            doors.agreed.retain(|one, (from, _)| *one != id || on.is_none_or(|on| *from <= Some(on)));
        }
    }

    /// What became of the data by that fact, and of which classes.
    fn became(&mut self, event: &Event) -> Option<(RecipientMatter, Vec<PersonalClass>)> {
        let held = self.restrictions.hold();
        self.restrictions.apply(event);
        match (held, self.restrictions.hold()) {
            (false, true) => return Some((RecipientMatter::USE_LIMITED, ALL.to_vec())),
            (true, false) => return Some((RecipientMatter::USE_RESUMED, ALL.to_vec())),
            _ => {}
        }
        match event {
            Event::RectificationRequested(asked) => {
                self.asked.extend(asked.rectification_id.parse::<Uuid>().map(|id| (id, asked.of_class)));
                None
            }
            Event::RectificationSettled(settled) => {
                let class = self.asked.remove(&settled.rectification_id.parse().ok()?)?;
                let corrected = settled.outcome == RectificationOutcome::RECTIFIED;
                corrected.then_some((RecipientMatter::DATA_CORRECTED, vec![class.as_known()?]))
            }
            Event::PersonForgotten(gone) => {
                let classes = gone.classes.iter().filter_map(|class| class.as_known()).collect();
                Some((RecipientMatter::DATA_ERASED, classes))
            }
            _ => None,
        }
    }

    /// Who is to be told of it, the structure that hosts the person aside.
    fn call(&mut self, fact: &Recorded, matter: RecipientMatter, about: &[PersonalClass]) {
        let on = day_in_paris(fact.recorded_at).max(fact.occurred_on);
        let others = self.organisations.iter().filter(|(id, _)| Some(**id) != self.structure_id);
        let recipients: Vec<Recipient> =
            others.filter_map(|(id, doors)| doors.recipient(*id, about, on)).collect();
        if recipients.is_empty() {
            return;
        }
        let all = ALL.iter().all(|class| about.contains(class));
        let classes = if all { Vec::new() } else { about.iter().copied().map(Word).collect() };
        let cause =
            Cause { id: fact.event_id, at: fact.recorded_at, matter: Word(matter), classes, recipients };
        self.causes.insert(fact.position, cause);
    }

    fn told(&mut self, cause_id: &str, organisation_id: &str) {
        for cause in self.causes.values_mut().filter(|cause| cause_id.parse() == Ok(cause.id)) {
            cause.recipients.retain(|one| organisation_id.parse() != Ok(one.organisation_id));
        }
        self.causes.retain(|_, cause| !cause.recipients.is_empty());
    }
}

impl Agenda for Recipients {
    type State = Received;

    const NAME: &'static str = "recipients_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        const KINDS: [&str; 10] = [
            "CaseOpened",
            "CaseTransferred",
            "CircleMemberJoined",
            "EmergencyAccessOpened",
            "AgreementGiven",
            "AgreementWithdrawn",
            "RectificationRequested",
            "RectificationSettled",
            "PersonForgotten",
            "RecipientTold",
        ];
        let ours = KINDS.contains(&fact.kind.name) || Restrictions::KINDS.contains(&fact.kind.name);
        ours.then_some(fact.stream_id)
    }

    fn fold(state: &mut Received, fact: &Recorded) -> Result<(), String> {
        state.case_id = fact.stream_id;
        let event = fact.trace::<Event>().map_err(|error| error.to_string())?;
        if let Some((matter, about)) = state.became(&event) {
            state.call(fact, matter, &about);
        }
        match event {
            Event::CaseOpened(opened) => state.structure_id = opened.structure_id.parse().ok(),
            Event::CaseTransferred(moved) => {
                // Who hosted the person has read all that was there.
                let before = state.structure_id.map(|id| id.to_string()).unwrap_or_default();
                if let Some(doors) = state.doors(&before) {
                    doors.hosted = true;
                }
                state.structure_id = moved.structure_id.parse().ok();
            }
            Event::CircleMemberJoined(joined)
                if joined.role.as_known().is_some_and(|role| READ.contains(&role)) =>
            {
                if let Some(doors) = state.doors(&joined.organisation_id) {
                    doors.reads(&joined.post_id, OF_CIRCLE);
                }
            }
            Event::EmergencyAccessOpened(opened) => {
                if let Some(doors) = state.doors(&opened.organisation_id) {
                    doors.reads(&opened.post_id, OF_EMERGENCY);
                }
            }
            Event::AgreementGiven(given) => state.agree(given),
            Event::AgreementWithdrawn(gone) => {
                state.take_back(&gone.organisation_id, &gone.agreement_id, parse(&gone.withdrawn_on));
            }
            Event::RecipientTold(told) => state.told(&told.cause_id, &told.organisation_id),
            _ => {}
        }
        Ok(())
    }

    fn due(state: &Received) -> Vec<Due> {
        let due = |(position, cause): (&i64, &Cause)| Due {
            target: state.case_id,
            at: cause.at,
            command: TellRecipients::NAME,
            body: serde_json::json!(TellRecipients {
                matter: cause.matter,
                cause_id: cause.id,
                classes: cause.classes.clone(),
                recipients: cause.recipients.clone(),
            }),
            cause: *position,
        };
        state.causes.iter().map(due).collect()
    }
}
