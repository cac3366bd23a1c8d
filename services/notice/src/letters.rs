//! What is written: a link, and for the digest numbers; to who received data, what they do about them. No name, no
//! organisation, nothing of anyone.

use contracts::case::v1::RecipientMatter;
use situation::prompts::Call;
use uuid::Uuid;

use crate::counts::Counts;

/// A message, before it has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: &'static str,
    /// Its text.
    pub text: String,
}

const WHY: &str = "Ce message n’en dit pas plus, par respect pour les personnes accompagnées.\nVous pouvez changer ou arrêter ces envois dans Jalon.";

/// Something that cannot wait, in the case behind that link.
pub fn notice(link: &str) -> Letter {
    Letter {
        subject: "Jalon : une nouvelle concerne un de vos suivis",
        text: format!(
            "Bonjour,\n\nUne nouvelle concerne un dossier que vous suivez. Pour la lire, ouvrez Jalon :\n\n{link}\n\n{WHY}\n"
        ),
    }
}

/// Something the organisation was asked, that it has not answered.
pub fn request(link: &str) -> Letter {
    Letter {
        subject: "Jalon : une demande attend une réponse",
        text: format!(
            "Bonjour,\n\nUne demande adressée à votre organisation attend sa réponse. Pour la lire, ouvrez Jalon :\n\n{link}\n\n{WHY}\n"
        ),
    }
}

/// What became of data that the organisation received, and what it does about it (RGPD, article 19). The reference is
/// what its copies and its tools know the case by; the link is there as long as the case opens.
pub fn received(matter: RecipientMatter, reference: Uuid, link: Option<&str>) -> Letter {
    let (subject, what) = became(matter);
    let where_to = match (link, matter) {
        (Some(link), RecipientMatter::DATA_CORRECTED) => {
            format!("La version corrigée est dans Jalon :\n\n{link}\n\n")
        }
        (Some(link), _) => format!("Le dossier concerné est dans Jalon :\n\n{link}\n\n"),
        (None, RecipientMatter::DATA_CORRECTED) => {
            "Ce dossier ne vous est plus ouvert : pour connaître la version corrigée, demandez-la à la structure \
             qui accompagne la personne.\n\n"
                .to_owned()
        }
        (None, _) => "Ce dossier ne vous est pas ouvert aujourd’hui.\n\n".to_owned(),
    };
    Letter {
        subject,
        text: format!(
            "Bonjour,\n\n{what}\n\n{where_to}Référence du dossier, à chercher dans vos copies et vos outils :\n\n\
             {reference}\n\n{TOLD}\n\n{WHY}\n"
        ),
    }
}

const TOLD: &str = "La loi demande de prévenir chaque organisation qui a reçu ces données (RGPD, article 19). La personne peut savoir que vous l’avez été.";

/// The subject, and what is to be done.
const fn became(matter: RecipientMatter) -> (&'static str, &'static str) {
    match matter {
        RecipientMatter::DATA_CORRECTED => (
            "Jalon : des données que vous avez reçues ont été corrigées",
            "Des données d’une personne que votre organisation a pu lire dans Jalon ont été corrigées. Si vous en gardez une copie, dans un fichier, sur papier ou dans un autre outil, corrigez-la aussi.",
        ),
        RecipientMatter::DATA_ERASED => (
            "Jalon : des données que vous avez reçues sont effacées",
            "Des données d’une personne que votre organisation a pu lire dans Jalon y ont été effacées. Effacez aussi les copies que vous en gardez, dans un fichier, sur papier ou dans un autre outil, sauf celles que la loi vous oblige à conserver.",
        ),
        RecipientMatter::USE_RESUMED => (
            "Jalon : des données que vous avez reçues peuvent servir de nouveau",
            "Des données d’une personne que votre organisation avait mises de côté peuvent servir de nouveau, dans les limites de l’accord de la personne.",
        ),
        RecipientMatter::USE_LIMITED | RecipientMatter::RECIPIENT_MATTER_UNSPECIFIED => (
            "Jalon : des données que vous avez reçues ne s’utilisent plus pour l’instant",
            "Le traitement des données d’une personne que votre organisation a pu lire dans Jalon est limité. N’utilisez plus les copies que vous en gardez, sans les effacer : vous serez prévenu quand elles pourront servir de nouveau.",
        ),
    }
}

/// What changed, what calls for someone, what comes.
pub fn digest(counts: &Counts, link: &str) -> Letter {
    let calls = counts.prompts.iter().filter_map(|(call, count)| {
        let (one, several) = called(*call);
        line(*count, one, several)
    });
    let lines: Vec<String> = line(counts.cases_changed, "dossier a changé", "dossiers ont changé")
        .into_iter()
        .chain(calls)
        .chain(line(
            counts.requests,
            "demande reçue attend une réponse",
            "demandes reçues attendent une réponse",
        ))
        .chain(line(
            counts.to_come,
            "date est à venir d’ici sept jours",
            "dates sont à venir d’ici sept jours",
        ))
        .collect();
    Letter {
        subject: "Jalon : votre point du jour",
        text: format!(
            "Bonjour,\n\nDans vos suivis :\n\n{}\n\nLe détail est dans Jalon :\n\n{link}\n\n{WHY}\n",
            lines.join("\n")
        ),
    }
}

/// How what calls is told: one, several.
fn called(call: Call) -> (&'static str, &'static str) {
    match call {
        Call::AnswerOverdue => ("réponse attendue est en retard", "réponses attendues sont en retard"),
        Call::EmployerSilent => ("employeur est à relancer", "employeurs sont à relancer"),
        Call::ValidationWaits => ("PMSMP signée est à faire valider", "PMSMP signées sont à faire valider"),
        Call::ReviewMissing => ("bilan d’immersion est à faire", "bilans d’immersion sont à faire"),
        Call::CheckInDue => ("point de maintien est à faire", "points de maintien sont à faire"),
        Call::PassEnds => ("fin de PASS IAE est à préparer", "fins de PASS IAE sont à préparer"),
        Call::ConvergenceFollowUp => {
            ("suivi après Convergence est à faire", "suivis après Convergence sont à faire")
        }
        Call::DiagnosticExpires => ("diagnostic est à relire", "diagnostics sont à relire"),
        Call::AgreementEnds => {
            ("accord est à renouveler avec la personne", "accords sont à renouveler avec les personnes")
        }
        Call::AppointmentUntold => ("rendez-vous est à raconter", "rendez-vous sont à raconter"),
        Call::RectificationWaits => {
            ("correction demandée attend une réponse", "corrections demandées attendent une réponse")
        }
        Call::ObjectionWaits => ("opposition est à examiner", "oppositions sont à examiner"),
        Call::ErasureWaits => {
            ("effacement attend votre accord ou celui d’un collègue", "effacements attendent un accord")
        }
        Call::EmergencyToReview => ("accès en urgence est à relire", "accès en urgence sont à relire"),
        Call::NoContact => {
            ("personne n’a pas été revue depuis deux ans", "personnes n’ont pas été revues depuis deux ans")
        }
        Call::MandateEnds => ("mandat de prescription est à revoir", "mandats de prescription sont à revoir"),
    }
}

fn line(count: u32, one: &str, several: &str) -> Option<String> {
    (count > 0).then(|| format!("- {count} {}", if count == 1 { one } else { several }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_says_only_what_there_is_and_agrees_with_its_numbers() {
        let prompts = [(Call::CheckInDue, 2), (Call::EmergencyToReview, 1), (Call::MandateEnds, 1)].into();
        let counts = Counts { cases_changed: 1, prompts, requests: 2, to_come: 3, news: true };
        let letter = digest(&counts, "https://jalon.example/suivis");
        let lines = "- 1 dossier a changé\n- 2 points de maintien sont à faire\n\
                     - 1 accès en urgence est à relire\n- 1 mandat de prescription est à revoir\n\
                     - 2 demandes reçues attendent une réponse\n- 3 dates sont à venir d’ici sept jours\n";
        assert!(letter.text.contains(lines), "{}", letter.text);
        assert!(!letter.text.contains("retard"));
        assert!(letter.text.contains("\nhttps://jalon.example/suivis\n"));
    }

    #[test]
    fn who_received_data_is_told_what_to_do_with_a_link_while_the_case_opens() {
        use RecipientMatter as M;
        let (reference, link) = (Uuid::nil(), "https://jalon.example/dossiers/00000000");
        for (matter, done) in [
            (M::DATA_CORRECTED, "corrigez-la aussi"),
            (M::DATA_ERASED, "Effacez aussi les copies"),
            (M::USE_LIMITED, "N’utilisez plus les copies"),
            (M::USE_RESUMED, "peuvent servir de nouveau"),
        ] {
            let (open, closed) = (received(matter, reference, Some(link)), received(matter, reference, None));
            for letter in [&open, &closed] {
                assert!(letter.text.contains(done), "{}", letter.text);
                assert!(letter.text.contains("\n00000000-0000-0000-0000-000000000000\n"), "{}", letter.text);
                assert!(!letter.text.contains('\''), "{}", letter.text);
            }
            assert!(open.text.contains(&format!("\n{link}\n")) && !closed.text.contains("https"));
        }
    }

    #[test]
    fn the_letter_of_an_erasure_reads_whole() {
        let letter = received(RecipientMatter::DATA_ERASED, Uuid::nil(), None);
        assert_eq!(letter.subject, "Jalon : des données que vous avez reçues sont effacées");
        assert_eq!(letter.text, include_str!("letters/erased.txt"));
    }
}
