//! What calls for a prompt, and how things are counted. Each is a rule with a version: a number that
//! changes is a new version, and what was counted by it says which one it used.

use vocabulary::Rule;

/// An answer that does not come.
pub const ANSWER: Rule = Rule::soft(
    "rappel.reponse",
    "Une réponse qui n’est pas venue le jour prévu appelle une relance.",
    "support FAS, L1429",
);
/// An immersion without review.
pub const REVIEW: Rule = Rule::soft(
    "rappel.bilan",
    "Une immersion terminée sans bilan appelle un rappel après 3 jours, puis après 10 jours.",
    "pratique d’Immersion Facilitée",
);
/// The check-ins of a contract.
pub const CHECK_IN: Rule = Rule::soft(
    "rappel.maintien",
    "Un contrat commencé appelle un point à 7, 30, 90, 180 et 365 jours.",
    "support FAS, L664 et L957",
);
/// The end of a PASS IAE.
pub const PASS: Rule = Rule::soft(
    "rappel.pass-iae",
    "La fin d’un PASS IAE se prépare 3 mois avant.",
    "Code du travail, L. 5132-5 ; pratique des Emplois de l’inclusion",
);
/// After a Convergence path.
pub const CVG: Rule = Rule::soft(
    "rappel.convergence",
    "Après la sortie d’un parcours Convergence, le suivi continue 12 mois.",
    "support FAS, L893-1010",
);
/// The end of a diagnostic.
pub const DIAGNOSTIC: Rule = Rule::soft(
    "rappel.diagnostic",
    "Un diagnostic se relit ensemble 1 mois avant la fin de sa validité.",
    "guide de la prescription IAE",
);
/// What the person says is wrong.
pub const RECTIFICATION: Rule = Rule::soft(
    "rappel.rectification",
    "Une personne qui demande une correction reçoit une réponse dans le mois.",
    "RGPD, article 12",
);
/// What waits to be erased.
pub const ERASURE: Rule = Rule::soft(
    "rappel.effacement",
    "Un effacement demandé, ou une conservation qui se termine, attend l’accord de la structure.",
    "RGPD, articles 5 et 12",
);
/// The end of an agreement.
pub const AGREEMENT: Rule = Rule::soft(
    "rappel.accord",
    "Un accord de partage se renouvelle avec la personne 1 mois avant sa fin.",
    "CASF, L. 345-1 ; RGPD, art. 7",
);
/// The end of a mandate.
pub const MANDATE: Rule = Rule::soft(
    "rappel.mandat",
    "Un mandat de prescription se revoit 3 mois puis 1 mois avant sa fin, et le lendemain de celle-ci.",
    "Code du travail, D. 5135-1",
);
/// No contact for long.
pub const CONTACT: Rule = Rule::soft(
    "rappel.contact",
    "Deux ans après le dernier contact avec la personne, on propose de clore le dossier.",
    "référentiel de la CNIL sur l’accompagnement social",
);

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
.version(2);
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
    "Chaque fait compte une fois, dans une seule des quatre familles F2.A1 à F2.A4, pour la structure qui hébergeait la personne ce jour-là ; ce que Jalon constate seul à une échéance n’est pas un acte.",
    "réforme de la tarification des CHRS, F2",
);

/// All of them.
pub const RULES: &[&Rule] = &[
    &ANSWER,
    &REVIEW,
    &CHECK_IN,
    &PASS,
    &CVG,
    &DIAGNOSTIC,
    &AGREEMENT,
    &RECTIFICATION,
    &ERASURE,
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
];
