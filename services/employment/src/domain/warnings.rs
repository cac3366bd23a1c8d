//! Where a contract departs from what the law or the programmes expect: accepted, with a warning that
//! the circle sees.

use contracts::common::v1::OrganisationKind;
use jiff::civil::Date;
use service::Context;
use vocabulary::{Rule, dates};

use super::{
    ContractKind, Programme,
    aggregate::State,
    path::{days_in_cddi, days_in_siae},
};

/// A fixed-term contract has a last day.
pub const TERM: Rule = Rule::soft(
    "emploi.terme",
    "Un contrat à durée déterminée ou une mission d’intérim a en principe un dernier jour.",
    "Code du travail, L. 1242-7 et L. 1251-11",
);
/// The week of a CDDI.
pub const CDDI_WEEK: Rule = Rule::soft(
    "cddi.heures",
    "Un CDDI en ACI ou en EI compte 20 à 35 heures par semaine, et de 4 à 20 heures en premières heures en chantier.",
    "Code du travail, L. 5132-5 et L. 5132-15-1 ; programme Premières heures en chantier",
);
/// The least a CDDI lasts.
pub const CDDI_LENGTH: Rule = Rule::soft(
    "cddi.duree",
    "Un CDDI en ACI ou en EI dure au moins 4 mois.",
    "Code du travail, L. 5132-5 et L. 5132-15-1",
);
/// The most a CDDI lasts.
pub const CDDI_PATH: Rule = Rule::soft(
    "cddi.parcours",
    "Un parcours en CDDI dure au plus 24 mois, tous contrats compris, et 5 ans avec Convergence.",
    "Code du travail, L. 5132-5 et L. 5132-15-1",
);
/// From which age a CDI inclusion is signed.
pub const CDI_INCLUSION_AGE: Rule = Rule::soft(
    "cdi-inclusion.age",
    "Un CDI inclusion se signe à partir de 57 ans.",
    "Code du travail, L. 5132-5-1 et L. 5132-15-1-1",
);
/// After how long in SIAE, by the contracts that Jalon knows.
pub const CDI_INCLUSION_PATH: Rule = Rule::soft(
    "cdi-inclusion.parcours",
    "Un CDI inclusion se signe après au moins 12 mois de parcours en SIAE : les contrats enregistrés ici en comptent moins, vérifiez les autres.",
    "Code du travail, L. 5132-5-1 et L. 5132-15-1-1",
);
/// For whom TAPAJ is.
pub const TAPAJ_AGE: Rule =
    Rule::soft("emploi.tapaj-age", "TAPAJ s’adresse aux jeunes de 16 à 25 ans.", "programme TAPAJ");
/// Who employs for TAPAJ.
pub const TAPAJ_EMPLOYER: Rule = Rule::soft(
    "emploi.tapaj-employeur",
    "L’employeur d’une journée TAPAJ est une association intermédiaire.",
    "programme TAPAJ",
);

/// How long a TAPAJ day is.
pub const TAPAJ_DAY: Rule = Rule::soft(
    "emploi.tapaj-journee",
    "Un chantier TAPAJ dure au moins 4 heures, payées le jour même.",
    "programme TAPAJ",
);

/// A CDDI in an ACI or an EI, as far as the employer is known.
fn is_cddi(contract: ContractKind, employer: Option<OrganisationKind>) -> bool {
    contract == ContractKind::CDDI
        && matches!(employer, None | Some(OrganisationKind::ACI | OrganisationKind::EI))
}

pub(super) fn warn_about_week(
    contract: ContractKind,
    programme: Programme,
    employer: Option<OrganisationKind>,
    minutes: u32,
    context: &Context,
) {
    let (least, most) = if programme == Programme::PHC { (4, 20) } else { (20, 35) };
    if is_cddi(contract, employer) && !(least * 60..=most * 60).contains(&minutes) {
        context.warn(&CDDI_WEEK);
    }
    if contract == ContractKind::TAPAJ_JOURNEE && minutes < 4 * 60 {
        context.warn(&TAPAJ_DAY);
    }
}

pub(super) fn warn_about_term(
    contract: ContractKind,
    programme: Programme,
    employer: Option<OrganisationKind>,
    (first, last): (Date, Option<Date>),
    context: &Context,
) {
    use ContractKind::{CDD, CDDI, CDDU, INTERIM};
    let Some(last) = last else {
        if matches!(contract, CDD | CDDI | CDDU | INTERIM) {
            context.warn(&TERM);
        }
        return;
    };
    if !is_cddi(contract, employer) {
        return;
    }
    let most = if programme == Programme::CVG { 60 } else { 24 };
    if last < dates::valid_for_months(first, 4) {
        context.warn(&CDDI_LENGTH);
    }
    let allowed = dates::days_between(first, dates::valid_for_months(first, most)) + 1;
    if days_in_cddi((first, last), context) > allowed {
        context.warn(&CDDI_PATH);
    }
}

/// Twelve months.
const LEAST_DAYS_IN_SIAE: i32 = 365;

/// What depends on the person's age, of which nothing is said when it is not known, and on their path. `before`: what
/// the contract was until then, when it goes on.
pub(super) fn warn_about_person(
    contract: ContractKind,
    employer: Option<OrganisationKind>,
    (first, before): (Date, Option<&State>),
    context: &Context,
) {
    let age = context.birth_date().map(|birth| dates::age_on(birth, first));
    if contract == ContractKind::CDI_INCLUSION {
        if days_in_siae(first, before, context) < LEAST_DAYS_IN_SIAE {
            context.warn(&CDI_INCLUSION_PATH);
        }
        if age.is_some_and(|age| age < 57) {
            context.warn(&CDI_INCLUSION_AGE);
        }
    }
    if contract == ContractKind::TAPAJ_JOURNEE {
        if age.is_some_and(|age| !(16..=25).contains(&age)) {
            context.warn(&TAPAJ_AGE);
        }
        if employer.is_some_and(|kind| kind != OrganisationKind::AI) {
            context.warn(&TAPAJ_EMPLOYER);
        }
    }
}
