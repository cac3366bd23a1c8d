//! What can be typed, and what was typed wrong, said in French: headings and words that clap writes in English by itself.

use std::{ffi::OsStr, process::ExitCode};

use clap::{
    Arg, ArgAction, Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What a shell is told of a command that was typed wrong.
const TYPED_WRONG: u8 = 2;

/// The same command, whose help is in French.
pub fn in_french(command: Command) -> Command {
    let version =
        Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Afficher la version");
    dressed(command.disable_help_flag(true).disable_version_flag(true).arg(version))
}

fn dressed(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Afficher cette aide");
    let under: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let has_positionals = command.get_positionals().next().is_some();
    let mut template = String::from("{about-with-newline}\nUtilisation : {usage}\n");
    if !under.is_empty() {
        template += "\nCommandes :\n{subcommands}\n";
    }
    if has_positionals {
        template += "\nÀ donner :\n{positionals}\n";
    }
    template += "\nOptions :\n{options}";
    let command =
        command.arg(help).mut_args(argument).subcommand_value_name("COMMANDE").help_template(template);
    under.into_iter().fold(command, |command, name| command.mut_subcommand(name, dressed))
}

/// An argument, with the name of its value and what clap would add to its help.
fn argument(argument: Arg) -> Arg {
    if !argument.get_action().takes_values() {
        return argument;
    }
    let named =
        argument.get_value_names().is_some_and(|names| names.iter().any(|name| !is_of_the_code(name)));
    let name = value_name(argument.get_id().as_str());
    let argument = match name {
        Some(name) if !named => argument.value_name(name),
        _ => argument,
    };
    let mut help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let words = |all: &[&OsStr]| {
        all.iter().map(|one| one.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",")
    };
    let usual = words(&argument.get_default_values().iter().map(|one| &**one).collect::<Vec<_>>());
    if !usual.is_empty() {
        help += &format!(" [par défaut : {usual}]");
    }
    let choices: Vec<String> =
        argument.get_possible_values().iter().map(|one| one.get_name().to_owned()).collect();
    if !choices.is_empty() {
        help += &format!(" [au choix : {}]", choices.join(", "));
    }
    if let Some(variable) = argument.get_env() {
        help += &format!(" [ou la variable {}]", variable.to_string_lossy());
    }
    argument.hide_default_value(true).hide_possible_values(true).hide_env(true).help(help)
}

/// Whether that is how clap names a value by itself, after its field.
fn is_of_the_code(name: &str) -> bool {
    value_name(&name.to_lowercase()).is_some()
}

/// What a value is called in French, by the field it goes to.
pub fn value_name(field: &str) -> Option<&'static str> {
    Some(match field {
        "services" => "SERVICE",
        "wait" => "SECONDES",
        "dir" => "DOSSIER",
        "script" | "file" | "files" => "FICHIER",
        "port" => "PORT",
        "case" => "DOSSIER_SUIVI",
        "occurred_until" | "on" => "JOUR",
        "known_at" => "INSTANT",
        "name" => "NOM",
        "key" => "CLÉ",
        "id" => "CLÉ_D_ENVELOPPE",
        "classes" => "CLASSES",
        "older_than" | "days" | "overlap" => "JOURS",
        "platform" => "PLATEFORME",
        "post" => "POSTE",
        "organisation" => "ORGANISATION",
        "professional" => "PROFESSIONNEL",
        "role" => "RÔLE",
        "scopes" => "OPÉRATIONS",
        "label" => "NOM_DONNÉ",
        "writers" | "rates" | "cases" | "facts" => "NOMBRE",
        "seconds" => "DURÉE",
        "slow_fsync_us" => "MICROSECONDES",
        _ => return None,
    })
}

/// Shows the help that was asked for, or says what was typed wrong; and with what the process ends.
pub fn show(error: &Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print!("{}", error.render());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            eprintln!("{}", error.render());
            ExitCode::from(TYPED_WRONG)
        }
        _ => {
            eprintln!("jalon : {}", sentence(error));
            ExitCode::from(TYPED_WRONG)
        }
    }
}

/// What was typed wrong, how it is typed, and where there is more. A value is not repeated: it may be about someone.
pub fn sentence(error: &Error) -> String {
    let usage = word(error, ContextKind::Usage);
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage).trim();
    let mut said = what(error);
    if let Some(meant) = meant(error) {
        said += &format!(". Vouliez-vous dire {meant} ?");
    }
    if !usage.is_empty() {
        said += &format!("\n\nUtilisation : {usage}");
    }
    said + "\n\n« --help », après la commande, en dit plus."
}

fn what(error: &Error) -> String {
    let argument = || word(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidValue if word(error, ContextKind::InvalidValue).is_empty() => {
            format!("« {} » demande une valeur", argument())
        }
        ErrorKind::InvalidValue => {
            format!("« {} » n’admet que : {}", argument(), word(error, ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => format!("« {} » demande {}", argument(), wanted(error)),
        ErrorKind::UnknownArgument => format!("« {} » n’est pas attendu ici", argument()),
        ErrorKind::InvalidSubcommand => {
            format!("« {} » n’est pas une commande", word(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "il manque une commande".into(),
        ErrorKind::MissingRequiredArgument => format!("il manque : {}", argument()),
        ErrorKind::ArgumentConflict => {
            let prior = word(error, ContextKind::PriorArg);
            if prior.is_empty() || prior == argument() {
                format!("« {} » est donné plusieurs fois", argument())
            } else {
                format!("« {} » ne va pas avec {prior}", argument())
            }
        }
        ErrorKind::NoEquals => format!("« {} » demande une valeur après un signe =", argument()),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("« {} » n’a pas le bon nombre de valeurs", argument())
        }
        ErrorKind::InvalidUtf8 => "ce qui est écrit n’est pas du texte en UTF-8".into(),
        _ => "cette commande ne se lit pas".into(),
    }
}

/// What a value should have been, by what could not read it.
fn wanted(error: &Error) -> String {
    let Some(why) = std::error::Error::source(error) else { return "une autre valeur".into() };
    let text = why.to_string();
    if why.is::<uuid::Error>() {
        "un identifiant, comme 0190d3f2-7c1e-7a55-8d5e-3b1c2f4a6e70".into()
    } else if why.is::<jiff::Error>() {
        "une date (2026-05-04) ou un instant (2026-05-04T12:00:00Z)".into()
    } else if let Some((least, most)) =
        text.split(" is not in ").nth(1).and_then(|range| range.split_once("..="))
    {
        format!("un nombre de {least} à {most}")
    } else if why.is::<std::num::ParseFloatError>() {
        "un nombre, comme 2 ou 0.5".into()
    } else if why.is::<std::num::ParseIntError>() || text.contains("invalid digit") {
        "un nombre entier".into()
    } else {
        "une autre valeur".into()
    }
}

/// What was perhaps meant.
fn meant(error: &Error) -> Option<String> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let words = kinds.into_iter().map(|kind| word(error, kind)).find(|word| !word.is_empty())?;
    Some(format!("« {words} »"))
}

fn word(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(texts)) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
