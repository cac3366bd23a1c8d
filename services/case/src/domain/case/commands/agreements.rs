//! What the person agrees to share, with whom, and until when. The person says yes, takes it back
//! whenever they like, and nothing lasts more than a year.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs, employs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates::valid_for_months};

use super::{
    super::{
        aggregate::{Agreement, Case, State},
        *,
    },
    standing::open_on,
};
use crate::domain::departs;

/// It is opened to someone.
pub const SHARED_WITH: Rule = Rule::strict(
    "accord.organisation",
    "Un accord de partage nomme une organisation inscrite dans Jalon.",
    "secret professionnel, CASF L. 345-1",
);
/// It opens something, for something.
pub const SHARED_WHAT: Rule = Rule::strict(
    "accord.contenu",
    "Un accord de partage dit ce qui est partagé et pour quoi.",
    "RGPD, article 6",
);
/// A working note is its author's.
pub const NOTE_STAYS: Rule = Rule::strict(
    "accord.note",
    "Une note de travail n’est lue que par le poste qui l’a écrite : elle ne se partage pas.",
    "usage",
);
/// Employers know nothing of health nor of justice.
pub const NOT_FOR_EMPLOYERS: Rule = Rule::strict(
    "accord.employeur",
    "La santé et les contraintes judiciaires ne sont jamais ouvertes à un employeur.",
    "Code du travail, L. 1132-1",
);
/// How long it lasts.
pub const AGREEMENT_LENGTH: Rule = Rule::strict(
    "accord.duree",
    "Un accord de partage vaut 12 mois au plus ; il peut être renouvelé.",
    "secret professionnel, CASF L. 345-1",
);
/// Days come in their order.
pub const AGREEMENT_DATES: Rule = Rule::strict(
    "accord.dates",
    "Un accord vaut à partir du jour où il est donné, se termine après avoir commencé et se retire après avoir été donné.",
    "usage",
);
/// What is said is heard by someone.
pub const WITNESS: Rule = Rule::strict(
    "accord.temoin",
    "Un accord donné à l’oral l’est devant un témoin, dont on écrit le nom.",
    "RGPD, article 7",
);
/// Nobody writes down an agreement that opens something to themselves.
pub const NOT_FOR_ONESELF: Rule = Rule::strict(
    "accord.pour-soi",
    "Un accord de partage est enregistré par une autre organisation que celle à laquelle il ouvre quelque chose, ou par la structure qui héberge.",
    "RGPD, article 7",
);
/// What is taken back was given.
pub const KNOWN_AGREEMENT: Rule =
    Rule::strict("accord.connu", "On retire un accord enregistré dans ce dossier.", "usage");
/// It expires after its last day.
pub const STILL_HOLDS: Rule = Rule::strict(
    "accord.echeance",
    "Un accord arrive à son terme le lendemain de son dernier jour.",
    "usage",
);

/// Says that the person agrees to share. Given again, it is a renewal: the earlier one stays as it was.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveAgreement {
    /// Whom it is opened to.
    pub organisation_id: Uuid,
    /// What is opened.
    pub classes: Vec<Word<PersonalClass>>,
    /// For what.
    pub purposes: Vec<Word<SharingPurpose>>,
    /// The day the person said yes; today when absent.
    #[serde(default)]
    pub given_on: Option<Day>,
    /// First day; the day it is given when absent. It may be to come.
    #[serde(default)]
    pub from_day: Option<Day>,
    /// Last day, included.
    pub until_day: Day,
    /// How the person said yes.
    pub form: Word<AgreementForm>,
    /// Who heard it, when it was said.
    #[serde(default)]
    pub witness: String,
}

impl GiveAgreement {
    fn check_author(&self, state: &State, context: &Context) -> Result<(), Refusal> {
        let actor = &context.actor;
        let own = actor.organisation_id == Some(self.organisation_id) && actor.system.is_none();
        if own && state.structure_id != Some(self.organisation_id) {
            return Err(NOT_FOR_ONESELF
                .refuse("Cet accord ouvrirait quelque chose à votre propre organisation. Demandez à la structure qui héberge la personne de le recueillir avec elle.")
                .at("/organisation_id"));
        }
        Ok(())
    }

    fn check_content(&self, context: &Context) -> Result<(), Refusal> {
        let Some(organisation) = context.organisation(self.organisation_id) else {
            return Err(SHARED_WITH
                .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la d’abord.")
                .at("/organisation_id"));
        };
        if self.classes.is_empty() {
            return Err(SHARED_WHAT
                .refuse("Rien n’est partagé. Choisissez avec la personne ce qu’elle veut partager.")
                .at("/classes"));
        }
        if self.purposes.is_empty() {
            return Err(SHARED_WHAT
                .refuse("L’accord ne dit pas pour quoi. Choisissez au moins une raison.")
                .at("/purposes"));
        }
        let opens = |class| self.classes.contains(&Word(class));
        if opens(PersonalClass::NOTE) {
            return Err(NOTE_STAYS
                .refuse("Une note de travail ne se partage pas. Écrivez plutôt une synthèse, et retirez les notes de l’accord.")
                .at("/classes"));
        }
        if employs(organisation.kind) && (opens(PersonalClass::HEALTH) || opens(PersonalClass::JUDICIAL)) {
            return Err(NOT_FOR_EMPLOYERS
                .refuse("Cette organisation est un employeur : retirez la santé et les contraintes judiciaires de l’accord.")
                .at("/classes"));
        }
        if self.form.0 == AgreementForm::ORAL_WITH_WITNESS && self.witness.trim().is_empty() {
            return Err(WITNESS
                .refuse("L’accord a été donné à l’oral : écrivez le nom du témoin.")
                .at("/witness"));
        }
        Ok(())
    }

    fn check_days(&self, given_on: Date, from: Date, context: &Context) -> Result<(), Refusal> {
        if from < given_on {
            return Err(AGREEMENT_DATES
                .refuse("Un accord ne vaut pas avant d’être donné. Corrigez son premier jour.")
                .at("/from_day"));
        }
        if self.until_day.0 < from {
            return Err(AGREEMENT_DATES
                .refuse("Le dernier jour de l’accord précède le premier. Corrigez l’une des deux dates.")
                .at("/until_day"));
        }
        if self.until_day.0 > valid_for_months(from, 12) {
            return departs(
                context,
                &AGREEMENT_LENGTH,
                "/until_day",
                "Cet accord dépasse 12 mois. Choisissez un dernier jour plus proche : il pourra être renouvelé.",
            );
        }
        Ok(())
    }
}

impl Command for GiveAgreement {
    type Aggregate = Case;
    const NAME: &'static str = "case.give-agreement";
    const SUMMARY: &'static str = "Enregistrer un accord de partage";
    const DAY: fn(&Self) -> Option<Date> = |command| command.given_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { organisations: vec![self.organisation_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let given_on = self.given_on.map_or(context.today, |day| day.0);
        let from = self.from_day.map_or(given_on, |day| day.0);
        open_on(state, given_on)?;
        self.check_author(state, context)?;
        self.check_content(context)?;
        self.check_days(given_on, from, context)?;
        let given = AgreementGiven {
            agreement_id: context.fresh_id.to_string(),
            organisation_id: self.organisation_id.to_string(),
            classes: self.classes.iter().map(|class| class.0.into()).collect(),
            purposes: self.purposes.iter().map(|purpose| purpose.0.into()).collect(),
            given_on: given_on.to_string(),
            from_day: from.to_string(),
            until_day: self.until_day.to_string(),
            form: self.form.into(),
            witness: self.witness.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![given.into()])
    }
}

fn known(state: &State, id: Uuid) -> Result<&Agreement, Refusal> {
    state.agreements.get(&id).ok_or_else(|| {
        KNOWN_AGREEMENT
            .refuse("Cet accord n’est pas dans ce dossier. Vérifiez lequel la personne veut retirer.")
            .at("/agreement_id")
    })
}

/// Takes an agreement back: the person decides so, and need not say why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAgreement {
    /// Which one.
    pub agreement_id: Uuid,
    /// Since when; today when absent.
    #[serde(default)]
    pub withdrawn_on: Option<Day>,
}

impl Command for WithdrawAgreement {
    type Aggregate = Case;
    const NAME: &'static str = "case.withdraw-agreement";
    const SUMMARY: &'static str = "Retirer un accord de partage";
    const DAY: fn(&Self) -> Option<Date> = |command| command.withdrawn_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let agreement = known(state, self.agreement_id)?;
        if agreement.ended {
            return Ok(Vec::new());
        }
        let withdrawn_on = self.withdrawn_on.map_or(context.today, |day| day.0);
        if agreement.given_on.is_some_and(|given_on| withdrawn_on < given_on) {
            return Err(AGREEMENT_DATES
                .refuse("Cette date précède le jour où l’accord a été donné. Corrigez-la.")
                .at("/withdrawn_on"));
        }
        let withdrawn = AgreementWithdrawn {
            agreement_id: self.agreement_id.to_string(),
            withdrawn_on: withdrawn_on.to_string(),
            organisation_id: agreement.organisation_id.clone(),
            ..Default::default()
        };
        Ok(vec![withdrawn.into()])
    }
}

/// Says that the last day of an agreement passed. Asked by the clock.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpireAgreement {
    /// Which one.
    pub agreement_id: Uuid,
    /// The day after its last one.
    pub expired_on: Day,
}

impl Command for ExpireAgreement {
    type Aggregate = Case;
    const NAME: &'static str = "case.expire-agreement";
    const SUMMARY: &'static str = "Constater la fin d’un accord de partage";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.expired_on.0);

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        let agreement = known(state, self.agreement_id)?;
        if agreement.ended {
            return Ok(Vec::new());
        }
        if agreement.until.is_none_or(|until| self.expired_on.0 <= until) {
            return Err(STILL_HOLDS
                .refuse("Cet accord vaut encore ce jour-là. Retirez-le si la personne le demande.")
                .at("/expired_on"));
        }
        let expired = AgreementExpired {
            agreement_id: self.agreement_id.to_string(),
            expired_on: self.expired_on.to_string(),
            organisation_id: agreement.organisation_id.clone(),
            ..Default::default()
        };
        Ok(vec![expired.into()])
    }
}
