//! What every command is asked about its day.

use jiff::civil::Date;
use vocabulary::{Rule, clock::day_in_paris};

use super::{Failed, Request};
use crate::{
    command::{Command, Context},
    known::CaseStanding,
    runtime::Runtime,
};

/// No fact of the past may be dated after today.
pub const NOT_TO_COME: Rule =
    Rule::strict("date.a-venir", "Un fait ne peut pas être daté d’un jour à venir.", "usage");
/// No fact may be dated before the person was born.
pub const NOT_BEFORE_BIRTH: Rule =
    Rule::strict("date.naissance", "Un fait ne peut pas précéder la naissance de la personne.", "usage");

/// What is told of a closed case.
pub const TOLD_AFTER_CLOSING: Rule = Rule::soft(
    "dossier.clos-tardif",
    "Un fait enregistré dans un dossier clos est gardé, et signalé au cercle.",
    "usage",
);
/// What happened before the case was opened.
pub const BEFORE_OPENING: Rule = Rule::soft(
    "dossier.avant-ouverture",
    "Un fait antérieur à l’ouverture du dossier est gardé, et signalé au cercle.",
    "usage",
);

/// No day to come, none before the birth. The birth date is sealed: it is looked at only when the day
/// lies more than a year back, since nobody followed is younger.
pub(super) async fn check_dates<C: Command>(
    runtime: &Runtime,
    command: &C,
    request: &Request,
    standing: Option<&CaseStanding>,
) -> Result<(), Failed> {
    let Some(day) = command.occurred_on() else { return Ok(()) };
    let today = day_in_paris(request.now);
    if day > today && !command.may_be_planned() {
        return Err(Failed::Refused(NOT_TO_COME.refuse(
            "Cette date est à venir : un fait s’enregistre le jour même ou après. Corrigez la date.",
        )));
    }
    if vocabulary::dates::days_between(day, today) <= 365 {
        return Ok(());
    }
    let Some(case) = standing else { return Ok(()) };
    match runtime.birth_date(case).await? {
        Some(birth) if day < birth => Err(Failed::Refused(
            NOT_BEFORE_BIRTH.refuse("Cette date précède la naissance de la personne. Corrigez la date."),
        )),
        _ => Ok(()),
    }
}

/// A fact told of a closed case, or from before the case, is kept with a mark.
pub(super) fn mark_unusual(context: &Context, occurred_on: Option<Date>) {
    let Some(case) = context.case() else { return };
    let day = occurred_on.unwrap_or(context.today);
    if !case.open {
        context.warn(&TOLD_AFTER_CLOSING);
    }
    if case.opened_on.is_some_and(|opened| day < opened) {
        context.warn(&BEFORE_OPENING);
    }
}
