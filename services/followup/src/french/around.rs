//! What surrounds the path: wishes, activities, appointments, writings, agreements.

use contracts::{
    case::v1::{self as case_facts, Presence},
    events::{Activity, Appointment, Case, Wish, Writing},
    label_of,
};

use super::{
    Names, capital, count, date, erasures, finished, hours, label, list, name, on, quoted, told, until,
};

/// The standing of the case, and who may read it.
pub(super) fn standing(fact: Case, names: &Names) -> String {
    match fact {
        Case::CasePaused(paused) => finished(&format!(
            "en pause{}{}{}",
            on(&paused.paused_on),
            until(&paused.until),
            quoted(&paused.reason)
        )),
        Case::CaseResumed(resumed) => {
            finished(&format!("l’accompagnement reprend{}", on(&resumed.resumed_on)))
        }
        Case::CaseTransferred(moved) => {
            let to = name(&moved.structure_id, names).unwrap_or("une autre structure");
            finished(&format!("vers {to}{} ; tout ce qui précède reste visible", on(&moved.transferred_on)))
        }
        Case::EmergencyAccessOpened(opened) => {
            let by = name(&opened.post_id, names).map(|by| format!("par {by}")).unwrap_or_default();
            finished(&format!("{by}{}", quoted(&opened.reason)))
        }
        Case::EmergencyAccessReviewed(reviewed) => finished(&format!(
            "{}{}{}",
            label_of(reviewed.finding),
            on(&reviewed.reviewed_on),
            quoted(&reviewed.comment)
        )),
        Case::PersonForgotten(forgotten) => {
            let why = format!("{}{}", label_of(forgotten.reason), on(&forgotten.forgotten_on));
            let said = [why, list(&forgotten.classes)].join(" : ");
            finished(said.trim_matches([' ', ':']))
        }
        other => agreement(other, names),
    }
}

fn agreement(fact: Case, names: &Names) -> String {
    let with = |id: &str| name(id, names).unwrap_or("une organisation").to_owned();
    match fact {
        Case::AgreementGiven(given) => {
            let classes = list(&given.classes);
            let classes = if classes.is_empty() { classes } else { format!(" : {classes}") };
            let purposes = list(&given.purposes);
            let purposes = if purposes.is_empty() { purposes } else { format!(" ; pour {purposes}") };
            let from = date(&given.from_day).map(|day| format!(", à partir du {day}")).unwrap_or_default();
            let how = label_of(given.form);
            let how = if how.is_empty() { String::new() } else { format!(", {how}") };
            let to = with(&given.organisation_id);
            let last = until(&given.until_day);
            let text = format!("la personne ouvre à {to}{classes}{purposes}{from}{last}{how}");
            format!("{}{}", finished(&text), quoted(&given.witness))
        }
        Case::AgreementWithdrawn(gone) => finished(&format!(
            "la personne retire l’accord donné à {}{}",
            with(&gone.organisation_id),
            on(&gone.withdrawn_on)
        )),
        Case::AgreementExpired(gone) => {
            finished(&format!("l’accord donné à {} a pris fin", with(&gone.organisation_id)))
        }
        other => erasures::told(other, names),
    }
}

pub(super) fn wish(fact: Wish) -> String {
    let (not_for_now, wish, support) = if let Wish::WishExpressed(one) = fact {
        (one.not_for_now, one.wish, one.support)
    } else if let Wish::WishRevised(one) = fact {
        (one.not_for_now, one.wish, one.support)
    } else if let Wish::WishSetAside(one) = fact {
        return finished(&format!("mise de côté{}{}", on(&one.set_aside_on), quoted(&one.comment)));
    } else {
        return String::new();
    };
    let mut parts = Vec::new();
    if not_for_now {
        parts.push("Pas pour l’instant : les rappels qui poussent vers le travail se taisent.".to_owned());
    }
    if let Some(wish) = wish.as_option() {
        parts.push(wished(wish));
    }
    if !support.trim().is_empty() {
        parts.push(format!("Ce qui aiderait :{}.", quoted(&support)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn wished(wish: &case_facts::Wish) -> String {
    let mut text = vec![list(&wish.kinds)];
    let jobs = wish.jobs.iter().map(|job| if job.label.is_empty() { &job.rome_code } else { &job.label });
    text.push(jobs.map(String::as_str).collect::<Vec<_>>().join(", "));
    text.push(match (wish.min_weekly_minutes, wish.max_weekly_minutes) {
        (0, 0) => String::new(),
        (0, most) => format!("jusqu’à {} par semaine", hours(most)),
        (least, 0) => format!("à partir de {} par semaine", hours(least)),
        (least, most) => format!("de {} à {} par semaine", hours(least), hours(most)),
    });
    if wish.distance_km > 0 {
        text.push(format!("à {} km au plus", wish.distance_km));
    }
    text.retain(|part| !part.is_empty());
    format!("{}{}", finished(&text.join(" ; ")), quoted(&wish.words))
}

pub(super) fn activity(fact: Activity, about: &str, names: &Names) -> String {
    if let Activity::ActivityStarted(started) = fact {
        let at = name(&started.organisation_id, names).unwrap_or(&started.organisation_name);
        let at = if at.is_empty() { String::new() } else { format!(" avec {at}") };
        let week = if started.weekly_minutes == 0 {
            String::new()
        } else {
            format!(", {} par semaine", hours(started.weekly_minutes))
        };
        let from = date(&started.started_on).map(|day| format!(", à partir du {day}")).unwrap_or_default();
        let what = label_of(started.kind);
        finished(&format!(
            "{what}{at}{}{week}{from}{}",
            quoted(&started.title),
            until(&started.planned_until)
        ))
    } else if let Activity::AttendanceRecorded(came) = fact {
        let days = match (date(&came.from_day), date(&came.until_day)) {
            (Some(from), Some(to)) if from != to => format!(" du {from} au {to}"),
            (Some(from), _) => format!(" le {from}"),
            _ => String::new(),
        };
        let time = if came.presence == Presence::PRESENT && came.minutes > 0 {
            format!(", {}", hours(came.minutes))
        } else {
            String::new()
        };
        told(about, &format!("{}{days}{time}", label_of(came.presence)))
    } else if let Activity::ActivityEnded(over) = fact {
        let why = label_of(over.reason);
        let why = if why.is_empty() { String::new() } else { format!(" : {why}") };
        format!(
            "{}{}",
            told(about, &format!("dernier jour{}{why}", on(&over.ended_on))),
            quoted(&over.comment)
        )
    } else {
        String::new()
    }
}

/// ` à 14 h 30`, or nothing.
fn at(hour: &str) -> String {
    hour.split_once(':')
        .map(|(hour, minutes)| format!(" à {} h {minutes}", hour.trim_start_matches('0')))
        .unwrap_or_default()
}

pub(super) fn appointment(fact: Appointment, names: &Names) -> String {
    if let Appointment::AppointmentScheduled(one) = fact {
        let with = name(&one.post_id, names).or_else(|| name(&one.organisation_id, names));
        let with = with.map(|with| format!(" avec {with}")).unwrap_or_default();
        let beside = if one.accompanied { ", un professionnel vient aussi" } else { "" };
        let what = quoted(&one.subject);
        finished(&format!(
            "rendez-vous{}{}{with}{beside}{what}{}",
            on(&one.day),
            at(&one.hour),
            quoted(&one.place)
        ))
    } else if let Appointment::AppointmentMoved(moved) = fact {
        let day = date(&moved.day).map(|day| format!(" au {day}")).unwrap_or_default();
        let by = label_of(moved.by);
        let by = if by.is_empty() { String::new() } else { format!(" {by}") };
        finished(&format!("déplacé{day}{}{by}", at(&moved.hour)))
    } else if let Appointment::AppointmentCancelled(gone) = fact {
        finished(&format!("annulé {}{}{}", label_of(gone.by), on(&gone.cancelled_on), quoted(&gone.comment)))
    } else if let Appointment::AppointmentHeld(held) = fact {
        let beside = if held.accompanied { ", un professionnel était là aussi" } else { "" };
        finished(&format!("tenu{}{beside}", on(&held.held_on)))
    } else if let Appointment::AppointmentMissed(missed) = fact {
        finished(&format!("la personne n’est pas venue{}{}", on(&missed.missed_on), quoted(&missed.comment)))
    } else {
        String::new()
    }
}

pub(super) fn writing(fact: Writing) -> String {
    if let Writing::ReviewHeld(one) = fact {
        review(
            (label(one.kind), &one.held_on, &one.next_review_on),
            (one.participant_post_ids.len(), one.with_person),
            &one.decisions,
        )
    } else if let Writing::ReviewCorrected(one) = fact {
        review(
            (label(one.kind), &one.held_on, &one.next_review_on),
            (one.participant_post_ids.len(), one.with_person),
            &one.decisions,
        )
    } else if let Writing::NoteWritten(one) = fact {
        finished(&quoted(&one.text))
    } else if let Writing::SummaryWritten(one) = fact {
        finished(&quoted(&one.text))
    } else {
        String::new()
    }
}

fn review(
    (what, held, next): (String, &str, &str),
    (posts, with_person): (usize, bool),
    decisions: &[String],
) -> String {
    let who = match (posts, with_person) {
        (0, false) => String::new(),
        (0, true) => ", avec la personne".to_owned(),
        (posts, true) => format!(", avec la personne et {}", count(posts, "professionnel", "professionnels")),
        (posts, false) => format!(", entre {}", count(posts, "professionnel", "professionnels")),
    };
    let next = date(next).map(|day| format!(" Le prochain est prévu le {day}.")).unwrap_or_default();
    let decided: String = decisions.iter().map(|one| quoted(one)).collect();
    let what = if what.is_empty() { capital("bilan") } else { what };
    format!("{}{next}{decided}", finished(&format!("{what}{}{who}", on(held))))
}
