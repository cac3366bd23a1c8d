//! What calls for a prompt, and how things are counted. Each is a rule with a version: a number that
//! changes is a new version, and what was counted by it says which one it used.

use vocabulary::{Former, Rule, Strictness};

pub use situation::rules::*;

/// Small numbers.
pub const SMALL: Rule = Rule::soft(
    "indicateur.petits-nombres",
    "Un nombre de moins de 5 personnes n’est pas montré, ni celui qui le laisserait deviner.",
    "domaine : aucune case sous 5 personnes ne sort d’une plateforme",
);
/// Who is followed.
pub const FOLLOWED: Rule = Rule::soft(
    "indicateur.suivi",
    "Sont suivies les personnes dont le dossier est ouvert au moins un jour de la période.",
    "support FAS, L1445",
);
/// How long things take.
pub const DELAYS: Rule = Rule::soft(
    "indicateur.delais",
    "Du souhait à la première situation de travail (immersion ou contrat) et de l’envoi à la réponse : délai médian, en jours.",
    "support FAS, L1429 et L1445",
);
/// Who answers.
pub const ANSWERS: Rule = Rule::soft(
    "indicateur.reponses",
    "Taux de réponse : oui et non, sur les envois dont le délai est passé ou la réponse venue ; taux d’accord : oui, sur les réponses.",
    "support FAS, L1429",
);
/// What immersions lead to.
pub const IMMERSIONS: Rule = Rule::soft(
    "indicateur.immersions",
    "Une immersion saisie ici et dite par un autre outil compte une fois. Embauche après immersion : dite par le bilan, ou contrat commencé chez l’accueillant dans les 90 jours.",
    "support FAS, L790-846",
)
.after(&[Former {
    text: "Embauche après immersion : dite par le bilan, ou contrat commencé chez l’accueillant dans les 90 jours.",
    source: "support FAS, L790-846",
    strictness: Strictness::Soft,
    until: "2026-11-22",
}]);
/// Who stays at work.
pub const KEPT: Rule = Rule::soft(
    "indicateur.maintien",
    "Est en emploi à 30, 90, 180 ou 365 jours qui a ce jour-là un contrat en cours, le même ou un autre.",
    "support FAS, L664 et L957",
);
/// What is done beside employment.
pub const ACTIVITIES: Rule = Rule::soft(
    "indicateur.activites",
    "Une activité compte si elle est en cours au moins un jour de la période.",
    "support FAS, L268-290",
);
/// Who comes and goes among professionals.
pub const TURNOVER: Rule = Rule::soft(
    "indicateur.postes",
    "Un poste a changé de mains s’il a été quitté ou repris au moins une fois dans la période.",
    "support FAS, L1164",
);
/// The families of the tariff reform.
pub const FAMILIES: Rule = Rule::soft(
    "rapport.familles",
    "Chaque acte compte une fois, dans une seule des quatre familles F2.A1 à F2.A4, pour la structure qui hébergeait la personne ce jour-là. Ne sont pas des actes : ce que Jalon ou un autre outil dit seul, ce qui ouvre, clôt, partage, transmet ou efface un dossier, et ce qui corrige. Un dossier MDPH ouvre un droit (F2.A2).",
    "réforme de la tarification des CHRS, F2",
)
.after(&[Former {
    text: "Chaque fait compte une fois, dans une seule des quatre familles F2.A1 à F2.A4, pour la structure qui hébergeait la personne ce jour-là ; ce que Jalon constate seul à une échéance n’est pas un acte.",
    source: "réforme de la tarification des CHRS, F2",
    strictness: Strictness::Soft,
    until: "2026-11-22",
}]);
/// The publics.
pub const PUBLICS: Rule = Rule::soft(
    "indicateur.publics",
    "Chaque personne suivie compte une fois, dans le dispositif qui l’hébergeait en dernier pendant la période ; les dispositifs de moins de 5 personnes sont comptés ensemble. Une case qui laisserait deviner une autre par soustraction n’est pas montrée.",
    "support FAS, L1168-1178",
);
/// The periods.
pub const MONTHS: Rule = Rule::strict(
    "indicateur.mois",
    "Une période compte des mois entiers : décalée d’un jour, elle laisserait deviner ce qui concerne une seule personne.",
    "domaine : aucune case sous 5 personnes ne sort d’une plateforme",
);

/// All of them.
pub const RULES: &[&Rule] = &[
    &ANSWER,
    &EMPLOYER,
    &VALIDATION,
    &REVIEW,
    &CHECK_IN,
    &PASS,
    &CVG,
    &DIAGNOSTIC,
    &AGREEMENT,
    &RECTIFICATION,
    &OBJECTION,
    &ERASURE,
    &EMERGENCY,
    &MANDATE,
    &CONTACT,
    &SMALL,
    &FOLLOWED,
    &DELAYS,
    &ANSWERS,
    &IMMERSIONS,
    &KEPT,
    &ACTIVITIES,
    &TURNOVER,
    &FAMILIES,
    &PUBLICS,
    &MONTHS,
];
