//! `jalon token`, `jalon second-factor`: what is given to tools and partners, and what is taken back.

use std::process::ExitCode;

use access::{Actor, Grant, Tokens};
use clap::{Args, Subcommand};
use contracts::{buffa::Enumeration as _, common::v1::Role};
use jiff::{SignedDuration, Timestamp};
use service::Config;
use sign_in::SecondFactors;
use uuid::Uuid;
use vocabulary::{
    Clock as _, SystemClock,
    clock::{day_in_paris, paris},
};

use crate::{Outcome, runtime};

/// `jalon token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Donner un jeton ; il n’est montré qu’une fois
    Issue(IssueOptions),
    /// Les jetons donnés : à quoi ils servent, jusqu’à quand, depuis quand ils ne servent plus
    List,
    /// Donner un jeton à la place d’un autre, qui vaut encore un temps
    Rotate {
        /// Le nom du jeton (voir `jalon token list`)
        name: String,
        /// Durée de validité du nouveau, en jours
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366))]
        days: i64,
        /// Combien de jours l’ancien vaut encore
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(i64).range(0..=14))]
        overlap: i64,
    },
    /// Reprendre un jeton
    Revoke {
        /// Le nom du jeton (voir `jalon token list`)
        name: String,
    },
}

/// Options of `jalon token issue`.
#[derive(Debug, Args)]
pub struct IssueOptions {
    /// Le rôle, par exemple CIP, PARTENAIRE ou ADMINISTRATEUR
    #[arg(long)]
    pub role: String,
    /// L’identifiant du poste
    #[arg(long)]
    pub post: Option<Uuid>,
    /// L’identifiant de l’organisation du poste
    #[arg(long)]
    pub organisation: Option<Uuid>,
    /// L’identifiant du professionnel
    #[arg(long)]
    pub professional: Option<Uuid>,
    /// Durée de validité, en jours
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366))]
    pub days: i64,
    /// À quoi il sert : des opérations de l’API par leur operationId, ou des familles (`events.read,case.*`) ; tout ce que le rôle peut sinon
    #[arg(long = "for", value_delimiter = ',')]
    pub scopes: Vec<String>,
    /// Comment l’appeler dans la liste
    #[arg(long, default_value = "")]
    pub label: String,
}

/// `jalon second-factor`.
#[derive(Debug, Subcommand)]
pub enum SecondFactorCommand {
    /// Retirer le second facteur d’un professionnel qui a perdu son téléphone et ses codes de secours
    Remove {
        /// L’identifiant du professionnel
        #[arg(long)]
        professional: Uuid,
    },
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count * 24)
}

/// Does what was typed.
pub async fn run(command: TokenCommand) -> Outcome {
    let config = Config::from_env()?;
    let tokens = Tokens::new(runtime::pool(&config.database_url, 1)?).of(config.environment_word());
    let now = SystemClock.now();
    match command {
        TokenCommand::Issue(options) => issue(&tokens, &options, config.demonstration, now).await,
        TokenCommand::List => list(&tokens, now).await,
        TokenCommand::Rotate { name, days: lasting, overlap } => {
            let new = tokens.rotate(&name, now + days(lasting), days(overlap), now).await?;
            println!("{}", new.ok_or_else(|| unknown(&name))?.text);
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::Revoke { name } => {
            if !tokens.end_token(&name, now).await? {
                return Err(unknown(&name).into());
            }
            println!("Le jeton {name} ne vaut plus rien.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn unknown(name: &str) -> String {
    format!("aucun jeton qui vaille encore ne s’appelle « {name} » (voir `jalon token list`)")
}

/// Prints the secret, and nothing else: whatever calls this may take it.
async fn issue(tokens: &Tokens, options: &IssueOptions, demonstration: bool, now: Timestamp) -> Outcome {
    let role = Role::from_proto_name(&options.role).filter(|role| *role != Role::default());
    let roles: Vec<_> = contracts::values_of::<Role>().map(|(code, _)| code).collect();
    let role = role
        .ok_or_else(|| format!("« {} » n’est pas un rôle ; il y a : {}", options.role, roles.join(", ")))?;
    let actor = Actor {
        role,
        professional_id: options.professional,
        post_id: options.post,
        organisation_id: options.organisation,
        // What is sensitive asks for someone who signs in.
        second_factor: demonstration,
        system: None,
        ..Actor::system("")
    };
    let grant = Grant {
        actor: &actor,
        session: false,
        since: None,
        until: now + days(options.days),
        second_factor_at: None,
        scopes: (!options.scopes.is_empty()).then_some(&options.scopes),
        label: &options.label,
    };
    println!("{}", tokens.give(&grant, now).await?.text);
    Ok(ExitCode::SUCCESS)
}

async fn list(tokens: &Tokens, now: Timestamp) -> Outcome {
    let day = |instant: Timestamp| day_in_paris(instant).to_string();
    for token in tokens.given().await? {
        let used = token.last_used_at.map_or_else(
            || "jamais servi".to_owned(),
            |at| format!("servi le {}", at.to_zoned(paris()).strftime("%Y-%m-%d %H:%M")),
        );
        let unused = now.duration_since(token.last_used_at.unwrap_or(token.issued_at)) >= access::UNUSED;
        let state = match token.revoked_at {
            Some(at) => format!("repris le {}", day(at)),
            None if token.expires_at <= now => format!("échu le {}", day(token.expires_at)),
            None if unused => "éteint : 90 jours sans servir".to_owned(),
            None => format!("vaut jusqu’au {}", day(token.expires_at)),
        };
        let scopes = token.scopes.map_or_else(|| "tout ce que le rôle peut".to_owned(), |all| all.join(" "));
        let label = if token.label.is_empty() { "–" } else { &token.label };
        println!(
            "{}  {:<22} {label} · {scopes} · donné le {} · {used} · {state}",
            token.key_id,
            token.role,
            day(token.issued_at)
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what was typed.
pub async fn second_factor(command: SecondFactorCommand) -> Outcome {
    let config = Config::from_env()?;
    let SecondFactorCommand::Remove { professional } = command;
    let runtime = runtime::build(config)?;
    let removed =
        SecondFactors::new(runtime.pool.clone(), runtime.sealer.ring()).remove(professional).await?;
    if !removed {
        return Err("ce professionnel n’a pas de second facteur dans Jalon".into());
    }
    let ended = runtime.tokens.end_other_sessions(professional, "").await?;
    println!("Son second facteur est retiré, {ended} sessions sont fermées ; il ou elle en mettra un autre.");
    Ok(ExitCode::SUCCESS)
}
