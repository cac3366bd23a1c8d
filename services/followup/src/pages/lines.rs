//! Facets in French: a mark, a text and a detail for each thing that stands or stood.

use contracts::label_of;
use jiff::civil::Date;
use vocabulary::dates::days_between;

use crate::{
    facets::{NextDate, What},
    french::{Names, capital, count, divergence, hours, short, typeset},
    views::status::{
        Diagnostic, Eligibility, Employment, Immersion, ImmersionState, Prescription, PrescriptionState,
    },
};

/// The shape that says how something stands, beside the words that say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is done, or the answer is yes.
    Done,
    /// Something is awaited.
    Wait,
    /// Something was awaited before today.
    Late,
    /// It is to come.
    Plan,
    /// It is under way.
    Now,
    /// It is over without having come to that.
    Over,
}

impl Mark {
    /// The id of its shape, also its style.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "fait",
            Self::Wait => "attente",
            Self::Late => "echu",
            Self::Plan => "prevu",
            Self::Now => "encours",
            Self::Over => "passe",
        }
    }
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its shape.
    pub mark: Mark,
    /// What it is.
    pub text: String,
    /// How it stands.
    pub detail: String,
}

impl Line {
    /// A line, typeset.
    pub fn new(mark: Mark, text: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self { mark, text: typeset(text.as_ref()), detail: typeset(detail.as_ref()) }
    }
}

/// On which day dates are told, and how organisations are called.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Today.
    pub today: Date,
    /// The names.
    pub names: &'a Names,
}

impl Told<'_> {
    fn day(self, day: Date) -> String {
        short(day, self.today)
    }

    /// ` le 3 mars`, or nothing.
    fn on(self, day: Option<Date>) -> String {
        day.map(|day| format!(" le {}", self.day(day))).unwrap_or_default()
    }

    /// `du 3 mars au 14 mars`, as far as it is known.
    fn period(self, first: Option<Date>, last: Option<Date>) -> String {
        match (first, last) {
            (Some(first), Some(last)) if first == last => format!("le {}", self.day(first)),
            (Some(first), Some(last)) => format!("du {} au {}", self.day(first), self.day(last)),
            (Some(first), None) => format!("depuis le {}", self.day(first)),
            (None, Some(last)) => format!("jusqu’au {}", self.day(last)),
            (None, None) => String::new(),
        }
    }

    fn with(self, what: &str, link: &str, whom: Option<uuid::Uuid>) -> String {
        match whom.and_then(|id| self.names.get(&id)) {
            Some(name) => format!("{}{link}{name}", capital(what)),
            None => capital(what),
        }
    }

    /// A diagnostic.
    pub fn diagnostic(self, one: &Diagnostic) -> Line {
        let frame = label_of(one.frame);
        let text = if frame.is_empty() { "Diagnostic".to_owned() } else { capital(frame) };
        match (one.completed_on, one.valid_until) {
            (None, _) => Line::new(Mark::Now, text, format!("en cours{}", since(self, one.started_on))),
            (Some(_), Some(until)) if until < self.today => Line::new(
                Mark::Over,
                text,
                format!("à reprendre ensemble, valable jusqu’au {}", self.day(until)),
            ),
            (Some(done), until) => {
                let until = until.map(|day| format!(", valable jusqu’au {}", self.day(day)));
                let until = until.unwrap_or_default();
                Line::new(Mark::Done, text, format!("terminé le {}{until}", self.day(done)))
            }
        }
    }

    /// The eligibility to the IAE.
    pub fn eligibility(self, one: &Eligibility) -> Line {
        let past = one.valid_until.is_some_and(|day| day < self.today);
        let detail = one.valid_until.map(|day| {
            let verb = if past { "était valable" } else { "valable" };
            format!("{verb} jusqu’au {}", self.day(day))
        });
        let mark = if past { Mark::Over } else { Mark::Done };
        Line::new(mark, "Éligibilité IAE", detail.unwrap_or_default())
    }

    /// A prescription.
    pub fn prescription(self, one: &Prescription) -> Line {
        let text = self.with(label_of(one.kind), " auprès de ", one.addressee_id);
        let ended = self.on(one.ended_on);
        let (mark, detail) = match one.state {
            PrescriptionState::Prepared => (Mark::Plan, "préparée, à envoyer".to_owned()),
            PrescriptionState::Reopened => (Mark::Plan, "reprise, à envoyer de nouveau".to_owned()),
            state if state.is_awaiting() => {
                let late = one.answer_due_on.is_some_and(|day| day < self.today);
                (if late { Mark::Late } else { Mark::Wait }, self.awaiting(one))
            }
            PrescriptionState::Accepted => {
                let first = one.starts_on.map(|day| format!(", premier jour le {}", self.day(day)));
                (Mark::Done, format!("acceptée{ended}{}", first.unwrap_or_default()))
            }
            PrescriptionState::Refused => {
                let why = Some(label_of(one.reason)).filter(|why| !why.is_empty());
                let why = why.map(|why| format!(" : {why}")).unwrap_or_default();
                (Mark::Over, format!("réponse négative{ended}{why}"))
            }
            PrescriptionState::Unanswered => {
                (Mark::Over, format!("sans réponse, envoyée{}", self.on(one.sent_on)))
            }
            PrescriptionState::Withdrawn => (Mark::Over, format!("retirée{ended}")),
            PrescriptionState::Started => (Mark::Now, format!("commencée{}", self.on(one.started_on))),
            PrescriptionState::Completed => {
                let how = Some(label_of(one.completion)).filter(|how| !how.is_empty());
                let how = how.map(|how| format!(" : {how}")).unwrap_or_default();
                (Mark::Done, format!("arrivée à sa fin{ended}{how}"))
            }
            _ => (Mark::Over, "sans objet, une autre démarche a abouti".to_owned()),
        };
        Line::new(mark, text, detail)
    }

    fn awaiting(self, one: &Prescription) -> String {
        let state = match one.state {
            PrescriptionState::Received => " et bien reçue".to_owned(),
            PrescriptionState::UnderReview => ", à l’étude".to_owned(),
            PrescriptionState::OnHold => {
                let until = one.held_until.map(|day| format!(" jusqu’au {}", self.day(day)));
                format!(", mise en attente{}", until.unwrap_or_default())
            }
            _ => String::new(),
        };
        let reminders = match one.reminders {
            0 => String::new(),
            many => format!(", {}", count(many as usize, "relance", "relances")),
        };
        let due = one.answer_due_on.map(|day| {
            let word = if day < self.today { "depuis le" } else { "jusqu’au" };
            format!(", réponse attendue {word} {}", self.day(day))
        });
        format!("envoyée{}{state}{}{reminders}", self.on(one.sent_on), due.unwrap_or_default())
    }

    /// An immersion.
    pub fn immersion(self, one: &Immersion) -> Line {
        let text = self.with(label_of(one.kind), " chez ", one.host_id);
        let period = self.period(one.starts_on, one.ends_on);
        let (mark, state) = immersion_state(one);
        let twice = if one.same_as.is_some() { "la même que celle d’un autre outil" } else { "" };
        let differs = differing(&one.divergences);
        let detail = [period, state, label_of(one.hired).to_owned(), twice.to_owned(), differs];
        let detail: Vec<_> = detail.into_iter().filter(|part| !part.is_empty()).collect();
        Line::new(mark, text, detail.join(", "))
    }

    /// A contract.
    pub fn employment(self, one: &Employment) -> Line {
        let mut text = self.with(label_of(one.contract), " chez ", one.employer_id);
        if one.weekly_minutes > 0 {
            text = format!("{text}, {} par semaine", hours(one.weekly_minutes));
        }
        if one.ended_on.is_some() {
            let why = Some(label_of(one.reason)).filter(|why| !why.is_empty());
            let why = why.map(|why| format!(" : {why}")).unwrap_or_default();
            return Line::new(
                Mark::Over,
                text,
                format!("{}{why}", self.period(one.started_on, one.ended_on)),
            );
        }
        let until = one.ends_on.map(|day| format!(", jusqu’au {}", self.day(day))).unwrap_or_default();
        let rest = one.suspended_since.map(|day| format!(", travail suspendu depuis le {}", self.day(day)));
        let held = match one.check_ins.len() {
            0 => String::new(),
            many => format!(", {}", count(many, "point tenu", "points tenus")),
        };
        let detail =
            format!("{}{until}{}{held}", self.period(one.started_on, None), rest.unwrap_or_default());
        Line::new(Mark::Now, text, detail)
    }

    /// A date to come.
    pub fn next(self, one: &NextDate) -> Line {
        let days = days_between(self.today, one.on);
        let when = match days {
            0 => "aujourd’hui".to_owned(),
            1 => "demain".to_owned(),
            2..=14 => format!("dans {days} jours"),
            ..0 => format!("depuis {}", count(days.unsigned_abs() as usize, "jour", "jours")),
            _ => String::new(),
        };
        let mark = match one.what {
            _ if one.passed => Mark::Late,
            What::AnswerDue => Mark::Wait,
            _ => Mark::Plan,
        };
        let text = capital(one.what.text());
        let day = self.day(one.on);
        Line::new(mark, text, if when.is_empty() { day } else { format!("{day}, {when}") })
    }
}

fn since(told: Told<'_>, day: Option<Date>) -> String {
    day.map(|day| format!(" depuis le {}", told.day(day))).unwrap_or_default()
}

/// What another tool says otherwise, in a few words.
fn differing(divergences: &[String]) -> String {
    let words: Vec<_> = divergences.iter().filter_map(|what| divergence(what)).collect();
    if words.is_empty() { String::new() } else { format!("autre outil : {} à vérifier", words.join(", ")) }
}

fn immersion_state(one: &Immersion) -> (Mark, String) {
    let words = |mark, text: &str| (mark, text.to_owned());
    match one.state {
        ImmersionState::Drafted if !one.signatories.is_empty() => {
            let signed = count(one.signed.len(), "signature", "signatures");
            (Mark::Plan, format!("en préparation, {signed} sur {}", one.signatories.len()))
        }
        ImmersionState::Drafted => words(Mark::Plan, "en préparation"),
        ImmersionState::FullySigned => words(Mark::Plan, "signée par tous"),
        ImmersionState::Approved => words(Mark::Plan, "relue favorablement"),
        ImmersionState::Validated => words(Mark::Plan, "validée"),
        ImmersionState::Rejected => words(Mark::Over, "réponse négative du prescripteur"),
        ImmersionState::Cancelled => words(Mark::Over, "annulée"),
        ImmersionState::Lapsed => words(Mark::Over, "restée sans suite"),
        ImmersionState::Started => words(Mark::Now, "en cours"),
        ImmersionState::Interrupted => words(Mark::Over, "arrêtée avant son terme"),
        ImmersionState::Ended => {
            let outcome = label_of(one.outcome);
            words(Mark::Done, if outcome.is_empty() { "faite" } else { outcome })
        }
    }
}
