//! What is written: a link, and for the digest three numbers. No name, no organisation, no kind of fact.

use crate::views::followed::Counts;

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

/// What changed, what is overdue, what comes.
pub fn digest(counts: Counts, link: &str) -> Letter {
    let lines: Vec<String> = [
        line(counts.cases_changed, "dossier a changé", "dossiers ont changé"),
        line(counts.answers_overdue, "réponse attendue est en retard", "réponses attendues sont en retard"),
        line(counts.to_come, "date est à venir d’ici sept jours", "dates sont à venir d’ici sept jours"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Letter {
        subject: "Jalon : votre point du jour",
        text: format!(
            "Bonjour,\n\nDans vos suivis :\n\n{}\n\nLe détail est dans Jalon :\n\n{link}\n\n{WHY}\n",
            lines.join("\n")
        ),
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
        let counts = Counts { cases_changed: 1, answers_overdue: 0, to_come: 3, news: true };
        let letter = digest(counts, "https://jalon.example/suivis");
        assert!(letter.text.contains("- 1 dossier a changé\n- 3 dates sont à venir d’ici sept jours\n"));
        assert!(!letter.text.contains("retard"));
        assert!(letter.text.contains("\nhttps://jalon.example/suivis\n"));
    }
}
