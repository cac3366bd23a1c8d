//! A question as the policies understand it: the shape of `jalon.cedarschema`.

use cedar_policy::{Context, RestrictedExpression as Value};
use contracts::{Class, buffa::Enumeration as _, case::v1::SharingPurpose, common::v1::OrganisationKind};
use jiff::civil::Date;
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use crate::{Actor, Agreement, CaseView, Period, Statement};

/// Of what is read, nothing is stated.
pub(super) static NOTHING: Statement = Statement { another: false, classes: Vec::new() };

/// What links whoever asks to what is asked.
#[derive(PartialEq)]
pub(super) struct Question<'a> {
    actor: &'a Actor,
    case: &'a CaseView,
    name: &'a str,
    today: Date,
    agreement: Option<Agreed>,
    erased: bool,
    authored: bool,
    statement: &'a Statement,
}

/// The question whether whoever it is may do what bears that name.
pub(super) fn of_name(actor: &Actor, name: &str) -> Result<Context, String> {
    let pairs = [("name", text(name)), ("secondFactor", Value::new_bool(actor.second_factor))];
    context(pairs.into_iter())
}

impl<'a> Question<'a> {
    /// About the case itself, and what would be stated in it.
    pub(super) fn of_case(
        actor: &'a Actor,
        case: &'a CaseView,
        name: &'a str,
        statement: &'a Statement,
    ) -> Self {
        let closed = |class: &&Class| [Class::Health, Class::Judicial].contains(class);
        let opens = |agreement: &Agreement| {
            statement.classes.iter().filter(closed).all(|class| agreement.classes.contains(class))
        };
        Self { statement, ..Self::new(actor, case, name, opens) }
    }

    /// About a class of its data, or what was written in it from that post.
    pub(super) fn of_class(actor: &'a Actor, case: &'a CaseView, class: Class, author: Option<Uuid>) -> Self {
        Self {
            erased: case.erased.contains(&class),
            authored: author.is_some() && author == actor.post_id,
            ..Self::new(actor, case, "", |agreement| agreement.classes.contains(&class))
        }
    }

    fn new(actor: &'a Actor, case: &'a CaseView, name: &'a str, opens: impl Fn(&Agreement) -> bool) -> Self {
        let today = day_in_paris(case.now);
        let theirs = |agreement: &&Agreement| {
            actor.organisation_id == Some(agreement.organisation_id) && opens(agreement)
        };
        let agreement = Agreed::among(case.agreements.iter().filter(theirs), today);
        Self { actor, case, name, today, agreement, erased: false, authored: false, statement: &NOTHING }
    }

    pub(super) fn context(&self) -> Result<Context, String> {
        let Self { actor, case, today, .. } = *self;
        let organisation = match case.organisation.kind {
            OrganisationKind::ORGANISATION_KIND_UNSPECIFIED => "",
            kind => kind.proto_name(),
        };
        let hosts = actor.organisation_id == Some(case.structure_id);
        let pairs = [
            ("name", text(self.name)),
            ("secondFactor", Value::new_bool(actor.second_factor)),
            ("purpose", text(actor.reads_for().map_or("", |purpose| purpose.proto_name()))),
            ("organisation", text(organisation)),
            ("sharesSecrecy", Value::new_bool(case.organisation.shares_secrecy)),
            ("judicial", Value::new_bool(case.organisation.judicial)),
            ("inCircle", Value::new_bool(case.in_circle)),
            ("hosts", Value::new_bool(hosts)),
            ("onPlatform", Value::new_bool(case.on_platform)),
            ("own", Value::new_bool(case.own)),
            ("restricted", Value::new_bool(case.restricted)),
            ("today", Value::new_long(days(today))),
            ("now", Value::new_long(case.now.as_second())),
            ("erased", Value::new_bool(self.erased)),
            ("authored", Value::new_bool(self.authored)),
            ("another", Value::new_bool(self.statement.another)),
            ("states", Value::new_set(self.statement.classes.iter().map(|class| text(class.name())))),
        ];
        let emergency =
            case.emergency_until.map(|until| ("emergencyUntil", Value::new_long(until.as_second())));
        let agreement = match &self.agreement {
            Some(agreement) => Some(("agreement", agreement.value()?)),
            None => None,
        };
        let mission = match case.organisation.mission {
            Some(mission) => Some(("mission", period(mission)?)),
            None => None,
        };
        context(pairs.into_iter().chain(emergency).chain(agreement).chain(mission))
    }
}

/// What the person agreed to, for what is asked.
#[derive(Clone, PartialEq)]
struct Agreed {
    from: Date,
    until: Date,
    purposes: Vec<SharingPurpose>,
}

impl Agreed {
    /// Several agreements, as one: those that hold that day, for all their purposes; when none does, the last
    /// one, for the policies to say that it does not hold.
    fn among<'a>(agreements: impl Iterator<Item = &'a Agreement>, day: Date) -> Option<Self> {
        let (mut held, mut last) = (None::<Self>, None::<&Agreement>);
        for agreement in agreements {
            if last.is_none_or(|last| last.until < agreement.until) {
                last = Some(agreement);
            }
            if !agreement.holds_on(day) {
                continue;
            }
            match held.as_mut() {
                Some(held) => held.purposes.extend(agreement.purposes.iter().copied()),
                None => held = Some(Self::of(agreement)),
            }
        }
        held.or_else(|| last.map(Self::of))
    }

    fn of(agreement: &Agreement) -> Self {
        Self { from: agreement.from, until: agreement.until, purposes: agreement.purposes.clone() }
    }

    fn value(&self) -> Result<Value, String> {
        let purposes = self.purposes.iter().map(|purpose| text(purpose.proto_name()));
        let fields = [
            ("from".to_owned(), Value::new_long(days(self.from))),
            ("until".to_owned(), Value::new_long(days(self.until))),
            ("purposes".to_owned(), Value::new_set(purposes)),
        ];
        Value::new_record(fields).map_err(|error| error.to_string())
    }
}

fn period(period: Period) -> Result<Value, String> {
    let fields = [("from", period.from), ("until", period.until)];
    let fields = fields.map(|(name, day)| (name.to_owned(), Value::new_long(days(day))));
    Value::new_record(fields).map_err(|error| error.to_string())
}

fn context(pairs: impl Iterator<Item = (&'static str, Value)>) -> Result<Context, String> {
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
    Context::from_pairs(pairs).map_err(|error| error.to_string())
}

fn text(text: &str) -> Value {
    Value::new_string(text.to_owned())
}

/// Days since 1970-01-01.
fn days(day: Date) -> i64 {
    day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}
