//! Offers proposed to a person, and gatherings they took part in.

use contracts::{
    events::{Attendance, Match},
    label_of,
};

use super::{Names, date, finished, name, on, quoted};

pub(super) fn offer(fact: Match) -> String {
    if let Match::MatchProposed(one) = fact {
        finished(&format!("proposée{}{}", on(&one.proposed_on), quoted(&one.explanation)))
    } else if let Match::MatchAccepted(one) = fact {
        finished(&format!("la personne veut être présentée{}", on(&one.answered_on)))
    } else if let Match::MatchDeclined(one) = fact {
        let why = label_of(one.reason);
        let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
        finished(&format!(
            "la personne ne le souhaite pas{}{why}{}",
            on(&one.answered_on),
            quoted(&one.comment)
        ))
    } else if let Match::MatchPutForward(one) = fact {
        let how = label_of(one.channel);
        let how = if how.is_empty() { String::new() } else { format!(", par {how}") };
        let due = date(&one.answer_due_on).map(|day| format!(" ; réponse attendue jusqu’au {day}"));
        finished(&format!(
            "présentée à l’employeur{}{how}{}{}",
            on(&one.put_forward_on),
            quoted(&one.comment),
            due.unwrap_or_default()
        ))
    } else if let Match::MatchAnswered(one) = fact {
        finished(&format!("{}{}{}", label_of(one.answer), on(&one.answered_on), quoted(&one.comment)))
    } else {
        String::new()
    }
}

pub(super) fn attendance(fact: Attendance, names: &Names) -> String {
    let Attendance::GatheringAttended(one) = fact;
    let met: Vec<&str> = one.met_organisation_ids.iter().filter_map(|id| name(id, names)).collect();
    let met = if met.is_empty() { String::new() } else { format!(", rencontre avec {}", met.join(", ")) };
    finished(&format!("{}{}{met}{}", label_of(one.kind), on(&one.attended_on), quoted(&one.comment)))
}
