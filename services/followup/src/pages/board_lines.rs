//! Facets on a board: as few words as tell how things stand.

use contracts::label_of;
use vocabulary::dates::days_between;

use super::lines::{Line, Mark, Told};
use crate::{
    facets::Short,
    french::{brief, capital, count, hours},
    views::status::{Diagnostic, Employment, Immersion, ImmersionState, PrescriptionState},
};

impl Told<'_> {
    /// A contract under way.
    pub fn employment_in_short(self, one: &Employment) -> Line {
        let contract = capital(label_of(one.contract));
        let text = match one.weekly_minutes {
            0 => contract,
            minutes => format!("{contract}, {}", hours(minutes)),
        };
        let detail = match (one.ends_on, one.started_on) {
            (Some(last), _) => format!("jusqu’au {}", brief(last, self.today)),
            (None, Some(first)) => format!("depuis le {}", brief(first, self.today)),
            (None, None) => String::new(),
        };
        Line::new(Mark::Now, text, detail)
    }

    /// An immersion under way or to come.
    pub fn immersion_in_short(self, one: &Immersion) -> Line {
        let day = |day| brief(day, self.today);
        let days = match (one.starts_on, one.ends_on) {
            (Some(_), Some(last)) if one.state == ImmersionState::Started => {
                format!("jusqu’au {}", day(last))
            }
            (Some(first), Some(last)) if (first.year(), first.month()) == (last.year(), last.month()) => {
                format!("du {} au {}", first.day(), day(last))
            }
            (Some(first), Some(last)) => format!("du {} au {}", day(first), day(last)),
            (Some(first), None) => format!("le {}", day(first)),
            _ => String::new(),
        };
        let signed = count(one.signed.len(), "signature", "signatures");
        let signed = format!("{signed} sur {}", one.signatories.len());
        let state = match one.state {
            ImmersionState::Started => "en cours",
            ImmersionState::Validated => "validée",
            ImmersionState::Drafted if one.signatories.is_empty() => "en préparation",
            ImmersionState::Drafted => &signed,
            _ => "signée par tous",
        };
        let mark = if one.state == ImmersionState::Started { Mark::Now } else { Mark::Plan };
        let parts: Vec<_> = [days.as_str(), state].into_iter().filter(|part| !part.is_empty()).collect();
        Line::new(mark, capital(label_of(one.kind)), parts.join(", "))
    }

    /// The diagnostic.
    pub fn diagnostic_in_short(self, one: &Diagnostic) -> Line {
        let day = |day| brief(day, self.today);
        match (one.completed_on, one.valid_until) {
            (None, _) => {
                let since = one.started_on.map(|first| format!("depuis le {}", day(first)));
                Line::new(Mark::Now, "En cours", since.unwrap_or_default())
            }
            (Some(_), Some(last)) if last < self.today => {
                Line::new(Mark::Over, "À reprendre", format!("depuis le {}", day(last)))
            }
            (Some(_), Some(last)) => Line::new(Mark::Done, "Valable", format!("jusqu’au {}", day(last))),
            (Some(done), None) => Line::new(Mark::Done, "Terminé", format!("le {}", day(done))),
        }
    }

    /// The first of the dates to come.
    pub fn next_in_short(self, short: &Short) -> Option<Line> {
        let next = short.next?;
        let days = days_between(self.today, next.on);
        let detail = match days {
            ..0 => format!("depuis {}", count(days.unsigned_abs() as usize, "jour", "jours")),
            0 => "aujourd’hui".to_owned(),
            1 => "demain".to_owned(),
            _ => brief(next.on, self.today),
        };
        Some(Line { detail, ..self.next(&next) })
    }

    /// The prescriptions of a board's line: those that await, then what came of the others.
    pub fn prescriptions(self, short: &Short) -> Vec<Line> {
        let mut lines = Vec::new();
        let awaiting = short.awaiting();
        if awaiting > 0 {
            let days = short.awaiting_since.map_or(0, |since| days_between(since, self.today));
            let detail = match days {
                ..=0 => "depuis aujourd’hui".to_owned(),
                days => format!("depuis {}", count(days.unsigned_abs() as usize, "jour", "jours")),
            };
            lines.push(Line::new(
                Mark::Wait,
                count(awaiting, "réponse attendue", "réponses attendues"),
                detail,
            ));
        }
        let words = [
            (PrescriptionState::Accepted, Mark::Done, "acceptée", "acceptées"),
            (PrescriptionState::Prepared, Mark::Plan, "à envoyer", "à envoyer"),
            (PrescriptionState::Unanswered, Mark::Over, "sans réponse", "sans réponse"),
        ];
        for (state, mark, one, many) in words {
            if let Some(number) = short.prescriptions.get(&state) {
                lines.push(Line::new(mark, count(*number, one, many), ""));
            }
        }
        lines
    }
}
