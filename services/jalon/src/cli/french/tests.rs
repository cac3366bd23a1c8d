//! Nothing that is shown is in English.

use clap::CommandFactory as _;

use super::*;
use crate::cli::Jalon;

fn typed(words: &[&str]) -> Error {
    let typed = std::iter::once("jalon").chain(words.iter().copied());
    in_french(Jalon::command()).try_get_matches_from(typed).expect_err("something to say")
}

/// The help of a command, and of all those under it.
fn helps(command: &mut Command, found: &mut Vec<(String, String)>) {
    found.push((command.get_name().to_owned(), command.render_long_help().to_string()));
    for one in command.get_subcommands_mut() {
        helps(one, found);
    }
}

#[test]
fn every_help_is_in_french() {
    let mut command = in_french(Jalon::command());
    command.build();
    let mut found = Vec::new();
    helps(&mut command, &mut found);
    assert!(found.len() > 40, "{} commands", found.len());
    for (name, help) in &found {
        for english in [
            "Usage",
            "Options:",
            "Arguments:",
            "Commands:",
            "Print ",
            "[default",
            "[possible",
            "[env",
            "[aliases",
            "COMMAND>",
        ] {
            assert!(!help.contains(english), "{name}: {english}\n{help}");
        }
        assert!(
            help.contains("Utilisation : jalon") && help.contains("Afficher cette aide"),
            "{name}\n{help}"
        );
    }
}

#[test]
fn every_value_has_a_french_name() {
    fn look(command: &Command, found: &mut Vec<String>) {
        let takes = command.get_arguments().filter(|one| one.get_action().takes_values());
        found.extend(takes.map(|one| one.get_id().to_string()).filter(|id| value_name(id).is_none()));
        command.get_subcommands().for_each(|one| look(one, found));
    }
    let mut without = Vec::new();
    look(&Jalon::command(), &mut without);
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn the_help_of_a_command_says_what_it_takes() {
    let help = typed(&["migrate", "--help"]);
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
    assert_eq!(
        help.to_string(),
        "Créer ou mettre à niveau les tables, les clés et les flux

Utilisation : jalon migrate [OPTIONS]

Options :
      --wait <SECONDES>  Combien de secondes attendre Postgres et NATS s’ils ne répondent pas encore [par défaut : 60]
  -h, --help             Afficher cette aide
"
    );
}

#[test]
fn what_was_typed_wrong_is_said_in_french() {
    let said = |words: &[&str]| sentence(&typed(words)).lines().next().unwrap_or_default().to_owned();
    for (words, expected) in [
        (
            &["replay", "abc"][..],
            "« <DOSSIER_SUIVI> » demande un identifiant, comme 0190d3f2-7c1e-7a55-8d5e-3b1c2f4a6e70",
        ),
        (
            &["retention", "--on", "hier"],
            "« --on <JOUR> » demande une date (2026-05-04) ou un instant (2026-05-04T12:00:00Z)",
        ),
        (&["demo", "--port", "beaucoup"], "« --port <PORT> » demande un nombre entier"),
        (&["demo", "--port", "70000"], "« --port <PORT> » demande un nombre de 0 à 65535"),
        (&["token", "rotate", "x", "--days", "400"], "« --days <JOURS> » demande un nombre de 1 à 366"),
        (
            &["bench", "append", "--seconds", "long"],
            "« --seconds <DURÉE> » demande un nombre, comme 2 ou 0.5",
        ),
        (&["demo", "--dir"], "« --dir <DOSSIER> » demande une valeur"),
        (&["status", "--jsno"], "« --jsno » n’est pas attendu ici. Vouliez-vous dire « --json » ?"),
        (&["statut"], "« statut » n’est pas une commande. Vouliez-vous dire « status » ?"),
        (&["rebuild"], "il manque : <NOM>"),
        (
            &["key", "retire", "x", "--older-than", "3"],
            "« [CLÉ_D_ENVELOPPE] » ne va pas avec --older-than <JOURS>",
        ),
        (&["demo", "--port", "1", "--port", "2"], "« --port <PORT> » est donné plusieurs fois"),
    ] {
        assert_eq!(said(words), expected, "{words:?}");
    }
    let whole = sentence(&typed(&["replay", "abc"]));
    assert!(!whole.contains("Usage") && !whole.contains("abc"), "{whole}");
    assert!(sentence(&typed(&["rebuild"])).contains("Utilisation : jalon rebuild <NOM>"));
}
