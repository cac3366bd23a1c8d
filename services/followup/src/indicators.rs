//! Indicators: pure functions over the paths of a platform. Counted again whenever they are asked for, by
//! rules whose id and version they say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::common::v1::OrganisationKind;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Rule,
    dates::{days_after, days_between},
};

use crate::{
    rules,
    views::{
        directory::Post,
        milestones::{Path, Sending, Worked},
    },
};

mod counts;
mod figures;
mod publics;

pub use figures::{Figure, HIDDEN, SMALLEST};
pub use publics::{Public, Publics};

/// A rule that something was counted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountedBy {
    /// Its id.
    pub id: &'static str,
    /// Its version.
    pub version: u32,
    /// What it says.
    pub text: &'static str,
}

impl From<&'static Rule> for CountedBy {
    fn from(rule: &'static Rule) -> Self {
        Self { id: rule.id, version: rule.version, text: rule.text }
    }
}

/// Figures that go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Indicator {
    /// Its id.
    pub id: &'static str,
    /// Its title, in French.
    pub title: &'static str,
    /// The rules it was counted by.
    pub rules: Vec<CountedBy>,
    /// Its figures.
    pub figures: Vec<Figure>,
}

impl Indicator {
    fn new(id: &'static str, title: &'static str, rule: &'static Rule, figures: Vec<Figure>) -> Self {
        Self { id, title, rules: vec![rule.into(), (&rules::SMALL).into()], figures }
    }
}

/// What is counted, and when.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// The platform.
    pub platform_id: Uuid,
    /// The paths that were shared on it, at some time.
    pub paths: &'a [(Uuid, Path)],
    /// The kinds of the organisations that answer.
    pub kinds: &'a HashMap<Uuid, OrganisationKind>,
    /// The posts of its members.
    pub posts: &'a [Post],
    /// First day, included.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// The day it is counted.
    pub today: Date,
}

impl<'a> Counted<'a> {
    /// All indicators.
    pub fn indicators(&self) -> Vec<Indicator> {
        let followed = self.followed();
        vec![
            Indicator::new("suivi", "Personnes suivies", &rules::FOLLOWED, self.facets(&followed)),
            Indicator::new("delais", "Délais", &rules::DELAYS, self.delays(&followed)),
            Indicator::new("reponses", "Réponses, par type d’organisation", &rules::ANSWERS, self.answers()),
            Indicator::new("immersions", "Immersions", &rules::IMMERSIONS, self.immersions(&followed)),
            Indicator::new("maintien", "Maintien dans l’emploi", &rules::KEPT, self.kept(&followed)),
            Indicator::new("activites", "Activités", &rules::ACTIVITIES, self.activities(&followed)),
            Indicator::new("postes", "Postes des membres", &rules::TURNOVER, self.turnover()),
        ]
    }

    /// The paths of the people followed on the platform in the period.
    fn followed(&self) -> Vec<&'a Path> {
        let here = self.paths.iter().map(|(_, path)| path);
        here.filter(|path| path.is_followed(self.platform_id, self.from, self.to)).collect()
    }

    /// Whether that day is in the period, and not to come.
    fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to && day <= self.today
    }

    /// Whether that day is in the period, when it is known.
    fn held(&self, day: Option<Date>) -> bool {
        day.is_some_and(|day| self.holds(day))
    }

    /// Until when something can have taken place.
    fn end(&self) -> Date {
        self.to.min(self.today)
    }

    fn facets(&self, followed: &[&Path]) -> Vec<Figure> {
        let (from, to, end) = (self.from, self.to, self.end());
        let whole = followed.len();
        let part = |key: &str, label: &str, holds: &dyn Fn(&Path) -> bool| {
            Figure::part(key, label, followed.iter().filter(|path| holds(path)).count(), whole)
        };
        let awaiting = |one: &Sending| {
            one.sent_on.is_some_and(|sent| sent <= end) && one.ended_on.is_none_or(|ended| ended > end)
        };
        vec![
            Figure::people("suivies", "Personnes suivies dans la période", whole),
            part("nouvelles", "dont le dossier a été ouvert dans la période", &|path| {
                self.held(path.open.first().and_then(|span| span.from))
            }),
            part("envie", "ayant exprimé une envie", &|path| path.wishes.iter().any(|day| self.holds(*day))),
            part("activite", "en activité", &|path| {
                path.activities.values().any(|one| one.span.meets(from, to))
            }),
            part("envoi", "pour qui quelque chose a été envoyé", &|path| {
                path.sendings.iter().any(|one| self.held(one.sent_on))
            }),
            part("attente", "qui attendaient une réponse à la fin", &|path| {
                path.sendings.iter().any(awaiting)
            }),
            part("immersion", "en immersion", &|path| {
                path.immersions().any(|(_, one)| one.span.meets(from, to))
            }),
            part("emploi", "en emploi", &|path| {
                path.employments.values().any(|one| one.span.meets(from, to))
            }),
            part("cloture", "dont le dossier a été clos dans la période", &|path| {
                path.open.iter().any(|span| self.held(span.until))
            }),
        ]
    }

    fn delays(&self, followed: &[&Path]) -> Vec<Figure> {
        let first = |path: &&Path| {
            let wish = path.wishes.iter().min()?;
            let first = path.first_at_work(*wish)?;
            self.holds(first).then(|| days_between(*wish, first))
        };
        let to_work: Vec<i32> = followed.iter().filter_map(first).collect();
        let mut to_answer = Vec::new();
        let mut people = 0;
        for path in followed {
            let answered = path.sendings.iter().filter(|one| one.is_answered() && self.held(one.ended_on));
            let days = answered.filter_map(|one| Some(days_between(one.sent_on?, one.ended_on?)));
            let before = to_answer.len();
            to_answer.extend(days);
            people += usize::from(to_answer.len() > before);
        }
        let wished = to_work.len();
        vec![
            Figure::median("envie-travail", "De l’envie à la première situation de travail", to_work, wished),
            Figure::median("envoi-reponse", "De l’envoi à la réponse", to_answer, people),
        ]
    }

    fn answers(&self) -> Vec<Figure> {
        let mut kinds: BTreeMap<i32, (OrganisationKind, counts::Answers)> = BTreeMap::new();
        for (case, path) in self.paths {
            for one in path.sendings.iter().filter(|one| self.held(one.sent_on)) {
                let kind = one.addressee_id.and_then(|id| self.kinds.get(&id)).copied();
                let kind = kind.unwrap_or(OrganisationKind::AUTRE);
                let entry = kinds.entry(kind as i32).or_insert_with(|| (kind, counts::Answers::default()));
                entry.1.add(*case, one, self.today);
            }
        }
        // Kinds to which little was sent are counted together: that one of them was would tell of someone.
        let (large, small): (Vec<_>, Vec<_>) =
            kinds.into_values().partition(|(_, answers)| answers.people() >= SMALLEST);
        let named = large.into_iter().flat_map(|(kind, answers)| answers.figures(kind));
        let mut figures: Vec<Figure> = named.collect();
        if !small.is_empty() {
            let together = small.into_iter().fold(counts::Answers::default(), |all, (_, one)| all.with(one));
            figures.extend(together.named("AUTRES", "Autres organisations"));
        }
        figures
    }

    fn immersions(&self, followed: &[&Path]) -> Vec<Figure> {
        let ended = |path: &&Path| {
            let one = path.immersions().filter(|(_, one)| self.held(one.span.until));
            one.map(|(id, one)| (*id, one.clone())).collect::<Vec<_>>()
        };
        let by_person: Vec<_> = followed.iter().map(|path| (*path, ended(path))).collect();
        let count = |holds: &dyn Fn(&Path, Uuid, &crate::views::milestones::Immersed) -> bool| {
            let each = by_person
                .iter()
                .map(|(path, all)| all.iter().filter(|(id, one)| holds(path, *id, one)).count());
            let each: Vec<usize> = each.filter(|count| *count > 0).collect();
            (each.iter().sum::<usize>(), each.len())
        };
        let (all, people) = count(&|_, _, _| true);
        let (reviewed, of_reviewed) = count(&|_, _, one| one.reviewed_on.is_some());
        let (hired, of_hired) = count(&|path, id, one| counts::hired_after(path, id, one));
        vec![
            Figure::about("terminees", "Immersions terminées", (all as u64, ""), people),
            Figure::share("bilan", "avec un bilan", (reviewed, all), (of_reviewed, people)),
            Figure::share("embauche", "suivies d’une embauche", (hired, all), (of_hired, people)),
        ]
    }

    fn kept(&self, followed: &[&Path]) -> Vec<Figure> {
        let first = |path: &&Path| -> Option<Date> {
            let starts = path.employments.values().filter_map(|one: &Worked| one.span.from);
            starts.filter(|day| self.holds(*day)).min()
        };
        let began: Vec<(&Path, Date)> =
            followed.iter().filter_map(|path| Some((*path, first(path)?))).collect();
        let mut figures =
            vec![Figure::people("commences", "Personnes ayant commencé un contrat", began.len())];
        for days in [30, 90, 180, 365] {
            let then = |start: &Date| days_after(*start, days);
            let reached: Vec<_> = began.iter().filter(|(_, start)| then(start) <= self.today).collect();
            let works = |path: &Path, day: Date| path.employments.values().any(|one| one.span.holds(day));
            let kept = reached.iter().filter(|(path, start)| works(path, then(start))).count();
            let (key, label) = (format!("a-{days}-jours"), format!("en emploi {days} jours après"));
            figures.push(Figure::part(key, label, kept, reached.len()));
        }
        figures
    }

    fn activities(&self, followed: &[&Path]) -> Vec<Figure> {
        let mut kinds: BTreeMap<&str, (BTreeSet<usize>, u64)> = BTreeMap::new();
        for (person, path) in followed.iter().enumerate() {
            for one in path.activities.values().filter(|one| one.span.meets(self.from, self.end())) {
                let entry = kinds.entry(&one.kind).or_default();
                entry.0.insert(person);
                let came = one.minutes.iter().filter(|(day, _)| self.holds(**day));
                entry.1 += came.map(|(_, minutes)| u64::from(*minutes)).sum::<u64>();
            }
        }
        // Kinds that few people take part in are counted together.
        let (large, small): (Vec<_>, Vec<_>) =
            kinds.into_iter().partition(|(_, (people, _))| people.len() >= SMALLEST);
        let named = large.into_iter().map(|(kind, counted)| (kind, counts::activity_text(kind), counted));
        let others = small.into_iter().map(|(_, counted)| counted).reduce(|mut all, one| {
            all.0.extend(one.0);
            (all.0, all.1 + one.1)
        });
        let others = others.map(|counted| ("AUTRES", "Autres activités".to_owned(), counted));
        let each = named.chain(others).flat_map(|(key, label, (people, minutes))| {
            let hours = (minutes + 30) / 60;
            let presence = format!("{label} : heures de présence");
            [
                Figure::people(key, label, people.len()),
                Figure::about(format!("{key}-heures"), presence, (hours, "h"), people.len()),
            ]
        });
        each.collect()
    }

    fn turnover(&self) -> Vec<Figure> {
        let moved =
            |post: &&Post| post.filled.iter().skip(1).chain(&post.vacated).any(|day| self.holds(*day));
        let all = self.posts.len();
        vec![
            Figure::people("postes", "Postes", all),
            Figure::part("changes", "ayant changé de mains", self.posts.iter().filter(moved).count(), all),
        ]
    }
}
