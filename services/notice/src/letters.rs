//! What is written: a link, and for the digest numbers. No name, no organisation, nothing of anyone.

use situation::prompts::Call;

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
}
