//! The rules of immersions. Those of a PMSMP never apply to a structure's
//! own convention.

use vocabulary::{Former, Rule, Strictness};

mod questions;

pub use questions::*;

/// One object, no more.
pub const OBJECT: Rule = Rule::strict(
    "pmsmp.objet",
    "Une PMSMP a exactement un objet : découvrir un métier ou un secteur, confirmer un projet, ou initier un recrutement.",
    "Code du travail, L. 5135-1",
);
/// A month at most.
pub const LENGTH: Rule = Rule::strict(
    "pmsmp.duree",
    "Une PMSMP se termine au plus tard la veille du même quantième du mois suivant.",
    "Code du travail, D. 5135-3",
);
/// Thirty days of presence at most.
pub const PRESENCE: Rule = Rule::strict(
    "pmsmp.jours",
    "Une PMSMP compte au plus 30 jours de présence.",
    "Code du travail, D. 5135-3 ; Immersion Facilitée, conventions déposées depuis le 27 mars 2025",
)
.after(&[Former {
    text: "Une PMSMP compte d’ordinaire au plus 30 jours de présence.",
    source: "Code du travail, D. 5135-3",
    strictness: Strictness::Soft,
    until: "2025-03-26",
}]);
/// The longest week.
pub const WEEK: Rule = Rule::strict(
    "pmsmp.heures",
    "Une semaine de PMSMP compte au plus 48 heures.",
    "Code du travail, L. 3121-20",
);
/// The usual week.
pub const USUAL_WEEK: Rule = Rule::soft(
    "pmsmp.heures-35",
    "Une semaine de PMSMP compte d’ordinaire au plus 35 heures.",
    "Code du travail, L. 3121-27",
);
/// From which age.
pub const AGE: Rule = Rule::strict(
    "pmsmp.age",
    "La personne a au moins 16 ans le premier jour de la PMSMP.",
    "Code du travail, L. 4153-1",
);
/// Without a birth date nobody knows whether someone else must sign.
pub const AGE_UNKNOWN: Rule = Rule::soft(
    "pmsmp.age-inconnu",
    "La date de naissance manque : vérifiez que la personne a 16 ans, et qui signe si elle est mineure.",
    "usage",
);
/// Who signs.
pub const SIGNATORIES: Rule = Rule::strict(
    "pmsmp.signataires",
    "Signent la personne et la structure d’accueil ; aussi le représentant légal d’un mineur, l’employeur actuel s’il y en a un, et la structure d’accompagnement quand elle n’est pas le prescripteur.",
    "Code du travail, L. 5135-4 et D. 5135-1",
);
/// Who prescribes.
pub const PRESCRIBER: Rule = Rule::strict(
    "pmsmp.prescripteur",
    "Prescrivent une PMSMP : France Travail, mission locale, Cap emploi, ACI, AI, EI, département, préparation à l’apprentissage ; les autres par un mandat valable ce jour-là.",
    "Code du travail, L. 5135-2, D. 5135-7 et D. 5135-8",
);
/// Once, and for the same object.
pub const RENEWAL: Rule = Rule::strict(
    "pmsmp.renouvellement",
    "Une PMSMP se renouvelle une fois, pour le même objet.",
    "Code du travail, D. 5135-3",
);
/// The same, when the first one came from elsewhere.
pub const RENEWAL_OUTSIDE: Rule = Rule::soft(
    "pmsmp.renouvellement-exterieur",
    "La convention renouvelée vient d’un autre outil : vérifiez qu’elle ne l’a pas déjà été, et que l’objet est le même.",
    "Code du travail, D. 5135-3",
);
/// Not always at the same host.
pub const SAME_HOST: Rule = Rule::soft(
    "pmsmp.meme-accueil",
    "Dans la même structure d’accueil, sur 12 mois : deux conventions d’objets différents, 60 jours en tout.",
    "Code du travail, D. 5135-3",
);
/// A structure's own convention keeps its name.
pub const OWN_KIND: Rule = Rule::strict(
    "stage.structure",
    "La convention de stage d’une structure n’est jamais appelée PMSMP, et l’une ne renouvelle pas l’autre.",
    "usage",
);
/// Days that make sense.
pub const DATES: Rule = Rule::strict(
    "convention.dates",
    "Le dernier jour ne précède pas le premier, et les jours de présence tiennent entre les deux.",
    "usage",
);
/// Organisations are known by name.
pub const KNOWN: Rule =
    Rule::strict("convention.organisation", "Les organisations nommées sont inscrites dans Jalon.", "usage");
/// Only those who must sign do.
pub const PARTY: Rule =
    Rule::strict("convention.partie", "Ne signent que les parties de la convention.", "usage");
/// Everyone signs before the rest.
pub const SIGNATURES: Rule = Rule::strict(
    "convention.signatures",
    "Une convention est relue, validée et commencée une fois signée par toutes les parties.",
    "Code du travail, L. 5135-4",
);
/// What was validated stays as it was.
pub const VALIDATED: Rule = Rule::strict(
    "convention.validee",
    "Une convention validée ou commencée ne se modifie plus et ne se refuse plus ; elle peut être annulée.",
    "usage",
);
/// What is over leaves room for another.
pub const CLOSED: Rule = Rule::strict(
    "convention.close",
    "Une convention refusée, annulée ou restée sans suite ne change plus ; une autre peut être rédigée.",
    "usage",
);
/// The prescriber has the last word.
pub const VALIDATION: Rule = Rule::strict(
    "pmsmp.validation",
    "Une PMSMP commence une fois validée par le prescripteur.",
    "Code du travail, L. 5135-4 et D. 5135-1",
);
/// How long an answer is waited for.
pub const LAPSE: Rule = Rule::strict(
    "convention.sans-suite",
    "Une convention reste sans suite quand son premier jour est passé sans toutes les signatures, ou son dernier sans la validation du prescripteur.",
    "usage",
);
/// A closed case must be reopened first.
pub const OPEN_CASE: Rule =
    Rule::strict("convention.dossier-clos", "Une convention se rédige dans un dossier ouvert.", "usage");
/// When it begins.
pub const START: Rule = Rule::strict(
    "immersion.debut",
    "Une immersion commence entre le premier et le dernier jour de sa convention.",
    "usage",
);
/// What happens while it lasts.
pub const COURSE: Rule = Rule::strict(
    "immersion.cours",
    "Une immersion s’interrompt ou se termine après avoir commencé, et au plus tard son dernier jour.",
    "usage",
);
/// When it is looked back on.
pub const REVIEW: Rule = Rule::strict(
    "immersion.bilan",
    "Le bilan s’écrit quand l’immersion est finie, ou dès le premier jour si elle n’a pas eu lieu.",
    "Code du travail, D. 5135-6",
);
/// Outside the circle, an employer speaks of its own conventions only.
pub const OWN_CONVENTIONS: Rule = Rule::strict(
    "immersion.employeur",
    "Hors du cercle, un employeur n’enregistre signatures et bilans que pour les conventions où il est partie.",
    "secret professionnel, CASF L. 345-1",
);
/// A convention of another tool belongs to the person it tells of.
pub const ATTACHED: Rule = Rule::strict(
    "immersion.rattachement",
    "Une convention reçue d’un autre outil se rattache au dossier de la même personne.",
    "usage",
);
/// The tool does not let this host welcome anyone any more.
pub const BANNED_HOST: Rule = Rule::soft(
    "immersion.accueil-ecarte",
    "Immersion Facilitée signale que cette structure d’accueil est écartée : parlez-en au prescripteur.",
    "Immersion Facilitée",
);
/// What another tool says of the person and what the case says.
pub const FAMILY_NAME: Rule = Rule::soft(
    "source.nom",
    "Le nom de famille n’est pas le même dans l’autre outil et dans le dossier : vérifiez lequel est juste.",
    "autorité de l’outil d’origine",
);
/// See [`FAMILY_NAME`].
pub const GIVEN_NAME: Rule = Rule::soft(
    "source.prenom",
    "Le prénom n’est pas le même dans l’autre outil et dans le dossier : vérifiez lequel est juste.",
    "autorité de l’outil d’origine",
);
/// See [`FAMILY_NAME`].
pub const BIRTH_DATE: Rule = Rule::soft(
    "source.naissance",
    "La date de naissance n’est pas la même dans l’autre outil et dans le dossier : vérifiez laquelle est juste.",
    "autorité de l’outil d’origine",
);
/// The review was there, and is no more.
pub const REVIEW_REMOVED: Rule = Rule::soft(
    "source.bilan-retire",
    "Le bilan a été retiré dans l’outil d’origine ; celui qui est enregistré ici demeure.",
    "autorité de l’outil d’origine",
);
/// The review says otherwise than the one typed here.
pub const REVIEW_DIFFERS: Rule = Rule::soft(
    "source.bilan",
    "Le bilan de l’outil d’origine dit autre chose que celui saisi ici : c’est le sien qui est retenu.",
    "autorité de l’outil d’origine",
);
/// The status went back without an edit.
pub const STATUS_WENT_BACK: Rule = Rule::soft(
    "source.etat",
    "L’état de la convention est revenu en arrière dans l’outil d’origine, sans modification : vérifiez auprès du prescripteur.",
    "autorité de l’outil d’origine",
);

/// Two conventions, one immersion.
pub const SAME_IMMERSION: Rule = Rule::strict(
    "immersion.meme",
    "Une PMSMP saisie ici et une PMSMP dite par un autre outil sont une seule immersion quand elles ont la même structure d’accueil et des jours en commun.",
    "autorité de l’outil d’origine",
);
/// What is told of such a convention.
pub const TOLD_ELSEWHERE: Rule = Rule::soft(
    "immersion.suivie-ailleurs",
    "Cette immersion est suivie dans un autre outil, dont la parole est retenue : dites-le là-bas aussi.",
    "autorité de l’outil d’origine",
);
/// What the two say differently.
pub const DATES_DIFFER: Rule = Rule::soft(
    "source.dates",
    "Les dates de l’immersion ne sont pas les mêmes dans l’autre outil : ce sont les siennes qui comptent.",
    "autorité de l’outil d’origine",
);
/// See [`DATES_DIFFER`].
pub const HOURS_DIFFER: Rule = Rule::soft(
    "source.heures",
    "Les jours de présence ou les heures ne sont pas les mêmes dans l’autre outil : ce sont les siens qui comptent.",
    "autorité de l’outil d’origine",
);
/// See [`DATES_DIFFER`].
pub const OBJECT_DIFFERS: Rule = Rule::soft(
    "source.objet",
    "L’objet de l’immersion n’est pas le même dans l’autre outil : c’est le sien qui compte.",
    "autorité de l’outil d’origine",
);
/// See [`DATES_DIFFER`].
pub const PRESCRIBER_DIFFERS: Rule = Rule::soft(
    "source.prescripteur",
    "Le prescripteur n’est pas le même dans l’autre outil : vérifiez lequel est le bon.",
    "autorité de l’outil d’origine",
);
/// See [`DATES_DIFFER`].
pub const HOST_DIFFERS: Rule = Rule::soft(
    "source.accueil",
    "La structure d’accueil n’a pas le même SIRET dans l’autre outil : vérifiez lequel est le bon.",
    "autorité de l’outil d’origine",
);

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &crate::inbound::aside::KEPT,
    &OBJECT,
    &LENGTH,
    &PRESENCE,
    &WEEK,
    &USUAL_WEEK,
    &AGE,
    &AGE_UNKNOWN,
    &SIGNATORIES,
    &PRESCRIBER,
    &RENEWAL,
    &RENEWAL_OUTSIDE,
    &SAME_HOST,
    &OWN_KIND,
    &DATES,
    &KNOWN,
    &PARTY,
    &SIGNATURES,
    &VALIDATED,
    &CLOSED,
    &VALIDATION,
    &LAPSE,
    &OPEN_CASE,
    &START,
    &COURSE,
    &REVIEW,
    &OWN_CONVENTIONS,
    &ATTACHED,
    &BANNED_HOST,
    &FAMILY_NAME,
    &GIVEN_NAME,
    &BIRTH_DATE,
    &REVIEW_REMOVED,
    &REVIEW_DIFFERS,
    &STATUS_WENT_BACK,
    &SAME_IMMERSION,
    &TOLD_ELSEWHERE,
    &DATES_DIFFER,
    &HOURS_DIFFER,
    &OBJECT_DIFFERS,
    &PRESCRIBER_DIFFERS,
    &HOST_DIFFERS,
];
