//! The questions that the rules of immersions ask.

use contracts::common::v1::OrganisationKind;
use jiff::civil::Date;
use service::{Context, Organisation};
use vocabulary::{Refusal, Rule, dates};

use super::{
    super::{
        ConventionKind, Party,
        aggregate::{Frame, State},
    },
    AGE, AGE_UNKNOWN, DATES, LENGTH, PRESENCE, SIGNATORIES, USUAL_WEEK, WEEK,
};

/// How many minutes the longest week of a PMSMP holds.
pub const LONGEST_WEEK: u32 = 48 * 60;
/// How many the usual one holds.
pub const LONGEST_USUAL_WEEK: u32 = 35 * 60;
/// How many days of presence a PMSMP holds.
pub const MOST_PRESENCE: u32 = 30;

/// Which strict rules the dates and hours of a PMSMP depart from.
pub fn departures(frame: &Frame) -> Vec<&'static Rule> {
    let mut rules = Vec::new();
    if frame.ends_on > dates::pmsmp_last_day(frame.starts_on) {
        rules.push(&LENGTH);
    }
    if frame.presence_days > MOST_PRESENCE {
        rules.push(&PRESENCE);
    }
    if frame.weekly_minutes > LONGEST_WEEK {
        rules.push(&WEEK);
    }
    rules
}

/// Refuses dates and hours that do not hold.
pub(crate) fn check_frame(kind: ConventionKind, frame: &Frame, context: &Context) -> Result<(), Refusal> {
    let calendar_days = dates::days_between(frame.starts_on, frame.ends_on) + 1;
    if calendar_days < 1 {
        return Err(DATES
            .refuse("Le dernier jour précède le premier. Corrigez l’une des deux dates.")
            .at("/terms/ends_on"));
    }
    if frame.presence_days == 0 || i64::from(frame.presence_days) > i64::from(calendar_days) {
        return Err(DATES
            .refuse("Les jours de présence ne tiennent pas entre le premier et le dernier jour. Comptez au moins un jour, et au plus ceux de la période.")
            .at("/terms/presence_days"));
    }
    if kind != ConventionKind::PMSMP {
        return Ok(());
    }
    for rule in departures(frame) {
        let rule = rule.on(context.today);
        if rule.is_strict() {
            return Err(explain(&rule, frame));
        }
        context.warn(&rule);
    }
    if frame.weekly_minutes > LONGEST_USUAL_WEEK {
        context.warn(&USUAL_WEEK);
    }
    Ok(())
}

fn explain(rule: &Rule, frame: &Frame) -> Refusal {
    if rule.id == LENGTH.id {
        let last = dates::in_french(dates::pmsmp_last_day(frame.starts_on));
        let detail = format!(
            "Cette PMSMP dure trop longtemps : son dernier jour peut être au plus tard le {last}. Avancez la fin, ou prévoyez un renouvellement."
        );
        return rule.refuse(detail).at("/terms/ends_on");
    }
    if rule.id == PRESENCE.id {
        return rule
            .refuse("Cette PMSMP compte plus de 30 jours de présence. Réduisez-les à 30 au plus.")
            .at("/terms/presence_days");
    }
    rule.refuse("Une semaine dépasse 48 heures (2880 minutes). Réduisez les heures hebdomadaires.")
        .at("/terms/weekly_minutes")
}

/// Whether the person is a minor on the first day; refuses below 16 years for a PMSMP, warns when the
/// birth date is unknown.
pub(crate) fn check_age(kind: ConventionKind, first_day: Date, context: &Context) -> Result<bool, Refusal> {
    let Some(birth) = context.birth_date() else {
        context.warn(&AGE_UNKNOWN);
        return Ok(false);
    };
    let age = dates::age_on(birth, first_day);
    if kind == ConventionKind::PMSMP && age < 16 {
        return Err(AGE
            .refuse("La personne n’aura pas 16 ans le premier jour. Choisissez un premier jour à partir de ses 16 ans.")
            .at("/terms/starts_on"));
    }
    Ok(age < 18)
}

/// Whether the legal representative is still to be asked: the person is a minor on the first day, and that became
/// known after the convention was written. What another tool says of its signatories stands.
pub(crate) fn representative_to_ask(state: &State, context: &Context) -> bool {
    let known = context.birth_date().zip(state.frame).filter(|_| state.heard.is_none());
    let minor = known.is_some_and(|(birth, frame)| dates::age_on(birth, frame.starts_on) < 18);
    minor && !state.signatories.contains(&Party::REPRESENTANT_LEGAL)
}

/// Looks at the age again before the convention is validated or the immersion begins: the birth date may have become
/// known since it was written.
pub(crate) fn check_age_again(state: &State, context: &Context) -> Result<(), Refusal> {
    if let Some(frame) = state.frame.filter(|_| state.heard.is_none() && context.birth_date().is_some()) {
        check_age(state.kind, frame.starts_on, context)?;
    }
    if representative_to_ask(state, context) {
        return Err(SIGNATORIES.refuse(
            "La personne est mineure le premier jour : son représentant légal signe aussi. Enregistrez d’abord sa signature.",
        ));
    }
    Ok(())
}

/// Who must sign.
pub fn signatories(minor: bool, employed: bool, accompanied: bool) -> Vec<Party> {
    let mut parties = vec![Party::BENEFICIAIRE, Party::STRUCTURE_ACCUEIL];
    if minor {
        parties.push(Party::REPRESENTANT_LEGAL);
    }
    if employed {
        parties.push(Party::EMPLOYEUR_ACTUEL);
    }
    if accompanied {
        parties.push(Party::STRUCTURE_ACCOMPAGNANTE);
    }
    parties
}

/// Whether organisations of that kind prescribe PMSMP by themselves.
pub fn prescribes(kind: OrganisationKind) -> bool {
    use OrganisationKind as Kind;
    matches!(
        kind,
        Kind::FT
            | Kind::ML
            | Kind::CAP_EMPLOI
            | Kind::ACI
            | Kind::AI
            | Kind::EI
            | Kind::DEPT
            | Kind::PREPA_APPRENTISSAGE
    )
}

/// Whether that organisation may prescribe a PMSMP that day.
pub fn may_prescribe(organisation: &Organisation, day: Date) -> bool {
    prescribes(organisation.kind) || organisation.is_mandated_on(day)
}
