//! What calls for a prompt. Each is a rule with a version: a number that changes is a new version.

use vocabulary::Rule;

/// An answer that does not come.
pub const ANSWER: Rule = Rule::soft(
    "rappel.reponse",
    "Une réponse qui n’est pas venue le jour prévu appelle une relance.",
    "support FAS, L1429",
);
/// An employer that does not answer.
pub const EMPLOYER: Rule = Rule::soft(
    "rappel.employeur",
    "Un employeur à qui une personne a été présentée et qui n’a pas répondu le jour prévu appelle une relance.",
    "support FAS, L1429",
);
/// A PMSMP that waits for its prescriber.
pub const VALIDATION: Rule = Rule::soft(
    "rappel.validation",
    "Une PMSMP que toutes les parties ont signée et qui n’est pas validée appelle son prescripteur 3 jours ouvrés, puis 1 jour ouvré avant son premier jour.",
    "Code du travail, L. 5135-4 et D. 5135-1 ; pratique d’Immersion Facilitée",
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
/// What the person objects to.
pub const OBJECTION: Rule = Rule::soft(
    "rappel.opposition",
    "Une personne qui s’oppose à l’usage de ses données reçoit une réponse dans le mois.",
    "RGPD, articles 12 et 21",
);
/// What waits to be erased.
pub const ERASURE: Rule = Rule::soft(
    "rappel.effacement",
    "Un effacement demandé, ou une conservation qui se termine, attend l’accord de la structure.",
    "RGPD, articles 5 et 12",
);
/// What was opened in an emergency.
pub const EMERGENCY: Rule = Rule::soft(
    "rappel.urgence",
    "Un accès en urgence est relu par un autre professionnel, qui dit s’il était justifié.",
    "RGPD, articles 5 et 32",
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
