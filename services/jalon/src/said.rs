//! What went wrong, said to whoever typed a command: in French, with what to do, whatever part of Jalon it comes from.

use std::{error::Error, io::ErrorKind};

use access::AccessError;
use deadpool_postgres::PoolError;
use journal::JournalError;
use projections::ProjectionError;
use sealing::{KeyError, keys::KekError};
use service::OpenError;

/// What went wrong and what to do. What has its own French sentence keeps it.
pub fn of(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(said) = known(one) {
            return said;
        }
        cause = one.source();
    }
    error.to_string()
}

/// What the system says of a file, a folder or an address.
pub fn io(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "ce fichier ou ce dossier n’existe pas".into(),
        ErrorKind::PermissionDenied => "l’accès est refusé par le système".into(),
        ErrorKind::AlreadyExists => "il existe déjà".into(),
        ErrorKind::AddrInUse => "un autre programme l’occupe déjà".into(),
        ErrorKind::AddrNotAvailable => "cette machine n’a pas cette adresse".into(),
        ErrorKind::StorageFull => "le disque est plein".into(),
        ErrorKind::IsADirectory => "c’est un dossier, pas un fichier".into(),
        ErrorKind::NotADirectory => "ce n’est pas un dossier".into(),
        ErrorKind::InvalidData => "ce n’est pas du texte en UTF-8".into(),
        _ => error.to_string(),
    }
}

fn known(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref() {
        return Some(of_journal(error));
    }
    if let Some(error) = error.downcast_ref::<tokio_postgres::Error>() {
        return Some(of_postgres(error));
    }
    if let Some(error) = error.downcast_ref::<PoolError>() {
        return Some(match error {
            PoolError::Backend(error) => of_postgres(error),
            other => silent(&other.to_string()),
        });
    }
    if let Some(error) = error.downcast_ref::<ProjectionError>() {
        return match error {
            ProjectionError::Unavailable(why) => Some(silent(why)),
            ProjectionError::Database(why) => Some(refused(why)),
            ProjectionError::Journal(error) => Some(of_journal(error)),
            _ => None,
        };
    }
    if let Some(error) = error.downcast_ref::<AccessError>() {
        return Some(silent(&error.to_string()));
    }
    if let Some(error) = error.downcast_ref::<KekError>() {
        return Some(of_kek(error));
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return Some(io(error));
    }
    if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        let (line, column) = (error.line(), error.column());
        return Some(format!("ce JSON n’est pas lisible, ligne {line}, colonne {column}"));
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        let why = error.source().map_or_else(String::new, |why| format!(" ({why})"));
        return Some(format!("les services de Jalon ne répondent pas en HTTP{why}"));
    }
    sealed(error)
}

/// What is said of keys and of what they seal.
fn sealed(error: &(dyn Error + 'static)) -> Option<String> {
    match error.downcast_ref::<sealing::Error>() {
        Some(sealing::Error::Key(error)) => return Some(of_key(error)),
        Some(_) => return Some(altered()),
        None => {}
    }
    match error.downcast_ref::<OpenError>() {
        Some(OpenError::Sealed(sealing::Error::Key(error))) => return Some(of_key(error)),
        Some(OpenError::Sealed(_)) => return Some(altered()),
        _ => {}
    }
    error.downcast_ref().map(of_key)
}

fn of_journal(error: &JournalError) -> String {
    match error {
        JournalError::Unavailable(why) => silent(why),
        JournalError::Database(why) => refused(why),
        JournalError::Migration(why) => {
            format!("les tables n’ont pas pu être mises à niveau : {why}. Corrigez, puis relancez `jalon migrate`")
        }
        JournalError::Conflict { .. } | JournalError::Moved => "quelqu’un écrivait au même moment : relancez la commande".into(),
        JournalError::CommandReused => "cette clé a déjà servi pour une autre demande".into(),
        JournalError::Archived => "cet historique est archivé : il se lit encore, il ne s’écrit plus".into(),
        JournalError::NeverDeleted => "rien n’est jamais effacé du journal".into(),
        JournalError::Forbidden => {
            "ce rôle Postgres n’a pas le droit d’écrire ces faits : prenez celui de l’unité (deploy/postgres/init.sql)".into()
        }
        JournalError::Corrupt { position, why } => format!(
            "le fait de la position {position} n’est pas lisible par ce programme ({why}) : un programme plus récent l’a peut-être écrit"
        ),
        JournalError::Sealing(_) => altered(),
        JournalError::Forgotten => "les données de cette personne ont été effacées à jamais".into(),
        other => format!("le journal a refusé ({other})"),
    }
}

fn of_postgres(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => refused(&format!("{} {}", said.code().code(), said.message())),
        None => silent(&error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}

fn silent(why: &str) -> String {
    let why = match why {
        _ if why.contains("error connecting") || why.contains("Connection refused") => "connexion impossible",
        _ if why.contains("closed") || why.contains("reset by peer") => "connexion coupée",
        _ if why.contains("imeout") || why.contains("timed out") => "délai dépassé",
        _ if why.contains("failed to lookup address") => "nom de serveur inconnu",
        other => other,
    };
    format!(
        "Postgres ne répond pas : vérifiez qu’il est démarré, et que DATABASE_URL et KEYS_DATABASE_URL disent bien où il est ({why})"
    )
}

/// The sentence for a refusal of Postgres, which begins with its code.
fn refused(why: &str) -> String {
    let starts = |codes: &[&str]| codes.iter().any(|code| why.starts_with(code));
    let what = if starts(&["invalid connection string"]) {
        "DATABASE_URL ou KEYS_DATABASE_URL n’est pas une adresse comme postgres://rôle@hôte:5432/base"
    } else if starts(&["42P01", "3F000", "42883"]) {
        "les tables de Jalon n’y sont pas, ou pas toutes : lancez `jalon migrate`"
    } else if starts(&["28"]) {
        "le rôle ou le mot de passe n’est pas le bon : corrigez DATABASE_URL et KEYS_DATABASE_URL"
    } else if starts(&["3D000"]) {
        "la base n’existe pas : créez-la (deploy/postgres/init.sql), puis lancez `jalon migrate`"
    } else if starts(&["42501"]) {
        "ce rôle n’en a pas le droit : prenez celui qui possède les tables pour `jalon migrate` et pour les commandes d’entretien"
    } else if starts(&["53", "57", "08"]) {
        "il n’est pas disponible pour l’instant : attendez un peu, puis relancez la commande"
    } else {
        "sa raison est entre parenthèses"
    };
    format!("Postgres a refusé : {what} ({why})")
}

fn of_key(error: &KeyError) -> String {
    match error {
        KeyError::Forgotten { .. } => "les données de cette personne ont été effacées à jamais".into(),
        KeyError::Unknown { count, .. } => format!(
            "{count} clés ne sont pas dans la base des clés : a-t-elle été perdue, ou restaurée d’une sauvegarde ancienne ? Voyez deploy/README.md"
        ),
        KeyError::KekMissing { kek_id, .. } => format!(
            "la clé d’enveloppe {kek_id} manque : remettez son fichier dans le dossier qui accompagne JALON_KEK_FILE"
        ),
        KeyError::Altered(_) => "une clé de la base des clés a été modifiée : restaurez cette base".into(),
        KeyError::Unreachable(PoolError::Backend(error)) => of_postgres(error),
        KeyError::Unreachable(other) => silent(&other.to_string()),
        KeyError::Database(why) => refused(why),
        KeyError::Migration(why) => {
            format!(
                "les tables des clés n’ont pas pu être mises à niveau : {why}. Corrigez, puis relancez `jalon migrate`"
            )
        }
        KeyError::NotPersonal(_) => "cette classe de données n’est jamais scellée".into(),
    }
}

/// What is said of the outside key.
pub fn of_kek(error: &KekError) -> String {
    match error {
        KekError::File { path, source } => format!(
            "la clé d’enveloppe {} ne peut être ni lue ni écrite : {}. JALON_KEK_FILE dit où elle est",
            path.display(),
            io(source)
        ),
        KekError::Malformed(path) => format!(
            "{} n’est pas une clé d’enveloppe : 32 octets en hexadécimal ou en base64",
            path.display()
        ),
    }
}

fn altered() -> String {
    "des données scellées ne s’ouvrent pas : elles ont été modifiées, ou viennent d’un autre journal (JALON_ORIGIN)".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: impl Into<Box<dyn Error + Send + Sync>>) -> String {
        of(&*error.into())
    }

    #[test]
    fn what_fails_below_is_said_in_french_with_what_to_do() {
        let silent = said(JournalError::Unavailable("error connecting to server".into()));
        assert!(silent.starts_with("Postgres ne répond pas") && silent.contains("DATABASE_URL"), "{silent}");
        assert!(silent.ends_with("(connexion impossible)"), "{silent}");
        for (why, what) in [
            ("42P01 relation \"journal.head\" does not exist", "jalon migrate"),
            ("28P01 password authentication failed", "mot de passe"),
            ("invalid connection string", "postgres://"),
            ("3D000 database \"x\" does not exist", "init.sql"),
            ("57P03 the database system is starting up", "attendez un peu"),
        ] {
            let refused = said(JournalError::Database(why.into()));
            assert!(refused.starts_with("Postgres a refusé") && refused.contains(what), "{refused}");
        }
        let nothing = said(std::io::Error::from(ErrorKind::NotFound));
        assert_eq!(nothing, "ce fichier ou ce dossier n’existe pas");
        let json = said(serde_json::from_str::<u8>("{").unwrap_err());
        assert!(json.starts_with("ce JSON n’est pas lisible, ligne 1"), "{json}");
        let key = said(sealing::Error::Key(KeyError::KekMissing {
            key_id: sealing::KeyId(uuid::Uuid::nil()),
            kek_id: "ab".into(),
        }));
        assert!(key.contains("JALON_KEK_FILE"), "{key}");
    }

    #[test]
    fn what_has_its_own_sentence_keeps_it() {
        assert_eq!(said("ce professionnel n’a pas de poste"), "ce professionnel n’a pas de poste");
    }
}
