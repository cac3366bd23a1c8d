//! What is around the path, in French: activities, rights, agreements, offers.

use contracts::{label_of, platform::v1::EmployerAnswer};
use jiff::civil::Date;

use super::lines::{Line, Mark, Told};
use crate::{
    french::{capital, hours, list, short},
    views::status::{Activity, Agreement, Match, MatchState, Pass, Resource},
};

impl Told<'_> {
    fn until(self, day: Option<Date>) -> String {
        day.map(|day| format!("jusqu’au {}", short(day, self.today))).unwrap_or_default()
    }

    fn from(self, day: Option<Date>) -> String {
        day.map(|day| format!("depuis le {}", short(day, self.today))).unwrap_or_default()
    }

    /// An activity.
    pub fn activity(self, one: &Activity) -> Line {
        let with = one.organisation_id.and_then(|id| self.names.get(&id));
        let with = with.map(|with| format!(" avec {with}")).unwrap_or_default();
        let week = if one.weekly_minutes > 0 {
            format!(", {} par semaine", hours(one.weekly_minutes))
        } else {
            String::new()
        };
        let text = format!("{}{with}{week}", capital(label_of(one.kind)));
        match one.ended_on {
            Some(day) => Line::new(Mark::Done, text, format!("jusqu’au {}", short(day, self.today))),
            None => {
                let parts = [self.from(one.started_on), self.until(one.planned_until)];
                Line::new(Mark::Now, text, parts.join(" ").trim())
            }
        }
    }

    /// A PASS IAE.
    pub fn pass(self, one: &Pass) -> Line {
        let last = self.until(one.ends_on);
        if one.is_suspended(self.today) {
            return Line::new(
                Mark::Wait,
                "PASS IAE suspendu",
                format!("{} ; {last}", self.until(one.suspended_until)),
            );
        }
        if one.is_current(self.today) {
            return Line::new(Mark::Now, "PASS IAE", last);
        }
        Line::new(Mark::Over, "PASS IAE", last)
    }

    /// A local service.
    pub fn resource(self, one: &Resource) -> Line {
        match one.ended_on {
            Some(day) => {
                let how = label_of(one.outcome);
                Line::new(
                    Mark::Done,
                    "Solution mobilisée",
                    format!("{how}, terminée le {}", short(day, self.today)),
                )
            }
            None => Line::new(Mark::Now, "Solution mobilisée", self.from(one.mobilised_on)),
        }
    }

    /// An offer.
    pub fn offer(self, one: &Match) -> Line {
        let mut since = one.since.map(|day| format!("le {}", short(day, self.today))).unwrap_or_default();
        let due = one.answer_due_on.filter(|_| one.state == MatchState::PutForward);
        let late = due.is_some_and(|day| day < self.today);
        if let Some(day) = due {
            let word = if late { "depuis le" } else { "jusqu’au" };
            since = format!("{since}, réponse attendue {word} {}", short(day, self.today));
        }
        let (mark, text) = match one.state {
            MatchState::Proposed => (Mark::Wait, "Offre proposée, la personne répond d’abord".to_owned()),
            MatchState::Accepted => (Mark::Plan, "Offre que la personne veut, à présenter".to_owned()),
            MatchState::Declined => (Mark::Over, "Offre que la personne ne souhaite pas".to_owned()),
            MatchState::PutForward => {
                (if late { Mark::Late } else { Mark::Wait }, "Personne présentée à l’employeur".to_owned())
            }
            MatchState::Answered => {
                let silent = one.answer == EmployerAnswer::REPONSE_ABSENTE;
                let mark = if silent { Mark::Over } else { Mark::Done };
                (mark, format!("Réponse de l’employeur : {}", label_of(one.answer)))
            }
        };
        Line::new(mark, text, since)
    }

    /// An agreement to share.
    pub fn agreement(self, one: &Agreement) -> Line {
        let to = one.organisation_id.and_then(|id| self.names.get(&id));
        let to = to.map_or("Une organisation", String::as_str);
        let past = one.until.is_some_and(|day| day < self.today);
        let mark = if past { Mark::Over } else { Mark::Done };
        Line::new(mark, capital(to), format!("{} ; {}", list(&one.classes), self.until(one.until)))
    }
}
