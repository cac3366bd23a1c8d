//! `readership`: who is around each person, as far as Postgres must know it to hide the rest: the second wall.
//! What each of them may see of the person is decided by the access policies, which know more and are never late.
//! Of data that are limited only those who answer for them are around: the others are set apart until it is lifted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use contracts::{Recorded, case::v1::ObjectionOutcome, common::v1::Role, events};
use jiff::{Timestamp, ToSpan as _};
use projections::{AnyProjection, Parameter, Poison, Projection, Table, Transaction, erased};
use tokio_postgres::{Error, types::Type};
use uuid::Uuid;
use vocabulary::{clock::start_of_day, dates};

mod columns;

use columns::Columns;

/// The read model, and the table of who is around whom.
pub const NAME: &str = "readership";
/// Who would be around someone whose data are limited: shown to nobody.
const APART: &str = "readership_apart";
/// The cases whose data are limited, by their ids and nothing else: what is no case’s leaves them out.
const LIMITED: &str = "limited_cases";
/// The organisations of each platform.
const PLATFORMS: &str = "platform_members";

/// The functions of the wall (`crates/projections/migrations`) read these tables, by these columns.
const DDL: &str = "
create table readership (
    case_id   uuid not null,
    reader_id uuid not null,
    via       text not null,
    ground_id uuid not null,
    since     timestamptz,
    until     timestamptz,
    answers   uuid,
    primary key (case_id, reader_id, via, ground_id)
);
create index on readership (reader_id, case_id);
create table readership_apart (like readership including all);
create table limited_cases (
    case_id        uuid not null,
    restriction_id uuid not null,
    primary key (case_id, restriction_id)
);
create table platform_members (
    platform_id     uuid not null,
    organisation_id uuid not null,
    primary key (organisation_id, platform_id)
);
create index on platform_members (platform_id);
";

const SAVE: &str = "
insert into readership
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::uuid[])";

const SAVE_APART: &str = "
insert into readership_apart
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::uuid[])";

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Readership;

/// The same, as a service lists its own.
pub fn model() -> Arc<dyn AnyProjection> {
    erased(Readership)
}

/// By what someone is around a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Via {
    Circle,
    Host,
    Platform,
    Agreement,
    Emergency,
    Own,
}

impl Via {
    const ALL: [Self; 6] =
        [Self::Circle, Self::Host, Self::Platform, Self::Agreement, Self::Emergency, Self::Own];

    fn word(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Host => "host",
            Self::Platform => "platform",
            Self::Agreement => "agreement",
            Self::Emergency => "emergency",
            Self::Own => "own",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.word() == word)
    }
}

/// Someone around a person: a post, an organisation, a platform, or the person by their own access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Around {
    reader_id: Uuid,
    via: Via,
    /// The agreement or the access; nil for the others.
    ground_id: Uuid,
    /// First instant.
    since: Option<Timestamp>,
    /// The instant from which it is over.
    until: Option<Timestamp>,
    /// The organisation in whose name they answer for data that are limited, when it hosts the person.
    answers: Option<Uuid>,
}

/// Who is around a person, or the members of a platform.
#[derive(Debug, Default)]
pub struct State {
    around: BTreeSet<Around>,
    /// The restrictions and the objections that hold.
    limited: BTreeSet<Uuid>,
    members: BTreeSet<Uuid>,
}

impl State {
    fn comes(&mut self, reader: &str, via: Via) {
        self.opens(reader, via, None, (None, None));
    }

    /// As [`State::comes`], by an agreement or an access, for a time. What cannot be read opens nothing.
    fn opens(
        &mut self,
        reader: &str,
        via: Via,
        ground: Option<Uuid>,
        (since, until): (Option<Timestamp>, Option<Timestamp>),
    ) {
        if let Ok(reader_id) = reader.parse() {
            self.around.insert(Around {
                reader_id,
                via,
                ground_id: ground.unwrap_or_default(),
                since,
                until,
                answers: None,
            });
        }
    }

    /// As [`State::opens`], for those who answer for data that are limited when that organisation hosts the person.
    fn answers(&mut self, reader: &str, via: Via, organisation: &str) {
        let (reader, organisation): (Option<Uuid>, Option<Uuid>) =
            (reader.parse().ok(), organisation.parse().ok());
        let theirs = |one: &Around| one.via == via && Some(one.reader_id) == reader;
        let found: Vec<Around> = self.around.extract_if(.., theirs).collect();
        self.around.extend(found.into_iter().map(|one| Around { answers: organisation, ..one }));
    }

    /// Whether that one is around: of data that are limited, the person themselves, and those of the structure that
    /// hosts them who answer for it.
    fn is_around(&self, one: &Around) -> bool {
        let hosts = |answers: Uuid| {
            self.around.iter().any(|other| other.via == Via::Host && other.reader_id == answers)
        };
        self.limited.is_empty() || one.via == Via::Own || one.answers.is_some_and(hosts)
    }

    /// As [`State::opens`], from the first day to the last one, included.
    fn opens_for_days(&mut self, reader: &str, via: Via, ground: &str, (first, last): (&str, &str)) {
        let (Some(first), Some(last)) = (dates::parse(first), dates::parse(last)) else { return };
        let span = (Some(start_of_day(first)), Some(start_of_day(last.saturating_add(1.day()))));
        if let Ok(ground) = ground.parse() {
            self.opens(reader, via, Some(ground), span);
        }
    }

    fn ends(&mut self, via: Via, ground: &str) {
        let ground: Option<Uuid> = ground.parse().ok();
        self.around.retain(|one| one.via != via || Some(one.ground_id) != ground);
    }

    /// The structure that hosts the person, and the platform that shares the case.
    fn settles(&mut self, structure: &str, platform: &str) {
        self.around.retain(|one| !matches!(one.via, Via::Host | Via::Platform));
        self.comes(structure, Via::Host);
        self.comes(platform, Via::Platform);
    }

    fn case(&mut self, event: &events::Case) {
        match event {
            events::Case::CaseOpened(opened) => self.settles(&opened.structure_id, &opened.platform_id),
            events::Case::CaseTransferred(moved) => self.settles(&moved.structure_id, &moved.platform_id),
            events::Case::CircleMemberJoined(joined) => {
                self.comes(&joined.post_id, Via::Circle);
                let referent = joined.role == Role::REFERENT_SOCIAL;
                self.answers(
                    &joined.post_id,
                    Via::Circle,
                    if referent { &joined.organisation_id } else { "" },
                );
            }
            events::Case::CircleMemberLeft(left) => {
                let post: Option<Uuid> = left.post_id.parse().ok();
                self.around.retain(|one| one.via != Via::Circle || Some(one.reader_id) != post);
            }
            events::Case::AgreementGiven(given) => {
                let days = (&*given.from_day, &*given.until_day);
                self.opens_for_days(&given.organisation_id, Via::Agreement, &given.agreement_id, days);
            }
            events::Case::AgreementWithdrawn(withdrawn) => self.ends(Via::Agreement, &withdrawn.agreement_id),
            events::Case::AgreementExpired(expired) => self.ends(Via::Agreement, &expired.agreement_id),
            events::Case::EmergencyAccessOpened(opened) => {
                if let (Ok(access), Ok(until)) = (opened.access_id.parse(), opened.ends_at.parse()) {
                    self.opens(&opened.post_id, Via::Emergency, Some(access), (None, Some(until)));
                    self.answers(&opened.post_id, Via::Emergency, &opened.organisation_id);
                }
            }
            events::Case::OwnAccessOpened(opened) => {
                let days = (&*opened.opened_on, &*opened.until_day);
                self.opens_for_days(&opened.access_id, Via::Own, &opened.access_id, days);
            }
            events::Case::OwnAccessClosed(closed) => self.ends(Via::Own, &closed.access_id),
            other => self.limits(other),
        }
    }

    /// As [`Restrictions`](crate::Restrictions) does, which decides: those that hold.
    fn limits(&mut self, event: &events::Case) {
        match event {
            events::Case::ProcessingRestricted(one) => {
                self.limited.extend(one.restriction_id.parse::<Uuid>())
            }
            events::Case::ObjectionRaised(one) => self.limited.extend(one.objection_id.parse::<Uuid>()),
            events::Case::RestrictionLifted(one) => self.frees(&one.restriction_id),
            events::Case::ObjectionSettled(one) if one.outcome == ObjectionOutcome::NOT_UPHELD => {
                self.frees(&one.objection_id);
            }
            _ => {}
        }
    }

    fn frees(&mut self, restriction: &str) {
        let gone: Option<Uuid> = restriction.parse().ok();
        self.limited.retain(|one| Some(*one) != gone);
    }

    fn platform(&mut self, event: &events::Platform) {
        match event {
            events::Platform::PlatformOpened(opened) => {
                self.members.extend(opened.lead_organisation_id.parse::<Uuid>());
            }
            events::Platform::MemberJoined(joined) => {
                self.members.extend(joined.organisation_id.parse::<Uuid>());
            }
            events::Platform::MemberLeft(left) => {
                let gone: Option<Uuid> = left.organisation_id.parse().ok();
                self.members.retain(|one| Some(*one) != gone);
            }
            events::Platform::AnswerDelayChosen(_) => {}
        }
    }
}

/// The kinds of fact that change who is around a person.
const KINDS: &[&str] = &[
    "CaseOpened",
    "CaseTransferred",
    "CircleMemberJoined",
    "CircleMemberLeft",
    "AgreementGiven",
    "AgreementWithdrawn",
    "AgreementExpired",
    "EmergencyAccessOpened",
    "OwnAccessOpened",
    "OwnAccessClosed",
    "ProcessingRestricted",
    "RestrictionLifted",
    "ObjectionRaised",
    "ObjectionSettled",
];

impl Projection for Readership {
    type State = State;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        const {
            &[
                Table::of(NAME, "reader_id"),
                Table::hidden(APART),
                Table::open(LIMITED),
                Table::open(PLATFORMS),
            ]
        }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        let concerns = match fact.kind.aggregate().name {
            "case" => KINDS.contains(&fact.kind.name),
            "platform" => true,
            _ => false,
        };
        concerns.then_some(fact.stream_id)
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, State>, Error> {
        const AROUND: &str = "select case_id, reader_id, via, ground_id, since, until, answers from readership \
                              where case_id = any($1) union all \
                              select case_id, reader_id, via, ground_id, since, until, answers \
                              from readership_apart where case_id = any($1)";
        const LIMITED: &str = "select case_id, restriction_id from limited_cases where case_id = any($1)";
        const MEMBERS: &str =
            "select platform_id, organisation_id from platform_members where platform_id = any($1)";
        let mut states: HashMap<Uuid, State> = HashMap::new();
        for row in tx.query_typed(AROUND, &[(&keys, Type::UUID_ARRAY)]).await? {
            let Some(via) = Via::of_word(row.try_get(2)?) else { continue };
            let (since, until) = (row.try_get(4)?, row.try_get(5)?);
            let (reader_id, ground_id, answers) = (row.try_get(1)?, row.try_get(3)?, row.try_get(6)?);
            let one = Around { reader_id, via, ground_id, since, until, answers };
            states.entry(row.try_get(0)?).or_default().around.insert(one);
        }
        for row in tx.query_typed(LIMITED, &[(&keys, Type::UUID_ARRAY)]).await? {
            states.entry(row.try_get(0)?).or_default().limited.insert(row.try_get(1)?);
        }
        for row in tx.query_typed(MEMBERS, &[(&keys, Type::UUID_ARRAY)]).await? {
            states.entry(row.try_get(0)?).or_default().members.insert(row.try_get(1)?);
        }
        Ok(states)
    }

    fn fresh(&self, _key: Uuid) -> State {
        State::default()
    }

    fn fold(&self, state: &mut State, fact: &Recorded) -> Result<(), Poison> {
        match fact.kind.aggregate().name {
            "platform" => state.platform(&fact.trace()?),
            _ => state.case(&fact.trace()?),
        }
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, State)>) -> Result<(), Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let all =
            states.iter().flat_map(|(key, state)| state.around.iter().map(move |one| (*key, state, *one)));
        let (around, apart): (Vec<_>, Vec<_>) = all.partition(|(_, state, one)| state.is_around(one));
        let columns =
            |rows: Vec<(Uuid, &State, Around)>| Columns::of(rows.into_iter().map(|(key, _, one)| (key, one)));
        let (around, apart) = (columns(around), columns(apart));
        let pairs = |of: fn(&State) -> &BTreeSet<Uuid>| -> (Vec<Uuid>, Vec<Uuid>) {
            states.iter().flat_map(|(key, state)| of(state).iter().map(|one| (*key, *one))).unzip()
        };
        let (limited, members) = (pairs(|state| &state.limited), pairs(|state| &state.members));
        let of: [Parameter<'_>; 1] = [(&keys, Type::UUID_ARRAY)];
        tx.together_last([
            ("delete from readership where case_id = any($1)", &of),
            ("delete from readership_apart where case_id = any($1)", &of),
            ("delete from limited_cases where case_id = any($1)", &of),
            ("delete from platform_members where platform_id = any($1)", &of),
            (SAVE, &around.parameters()),
            (SAVE_APART, &apart.parameters()),
            (
                "insert into limited_cases select * from unnest($1::uuid[], $2::uuid[])",
                &[(&limited.0, Type::UUID_ARRAY), (&limited.1, Type::UUID_ARRAY)],
            ),
            (
                "insert into platform_members select * from unnest($1::uuid[], $2::uuid[])",
                &[(&members.0, Type::UUID_ARRAY), (&members.1, Type::UUID_ARRAY)],
            ),
        ])
        .await
        .map(drop)
    }
}
