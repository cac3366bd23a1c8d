//! What can be typed.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    Outcome, bench, demo, forget, import, inbound, invite, keep, key, migrate, readings, replay, retention,
    serve, status,
    token::{self, SecondFactorCommand, TokenCommand},
};

mod french;

/// La mémoire partagée des parcours vers l’emploi.
#[derive(Debug, Parser)]
#[command(name = "jalon", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Jalon {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tout démarrer sur cette machine, avec des personnes inventées : Postgres, NATS, services, histoire
    Demo(DemoOptions),
    /// Faire tourner tous les services dans un processus, ou seulement ceux qui sont nommés
    Serve(ServeOptions),
    /// Créer ou mettre à niveau les tables, les clés et les flux
    Migrate {
        /// Combien de secondes attendre Postgres et NATS s’ils ne répondent pas encore
        #[arg(long, default_value_t = 60)]
        wait: u64,
    },
    /// Où en sont le journal, le relais et chaque modèle de lecture
    Status {
        /// En JSON
        #[arg(long)]
        json: bool,
    },
    /// Rejouer l’histoire d’un dossier, telle qu’elle s’est passée ou telle qu’elle était connue
    Replay(ReplayOptions),
    /// Vérifier le journal, ou republier sa copie sur NATS
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Comparer les lectures consignées avec ce qu’en dit le journal : aucune retirée, aucune modifiée
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Planter dans chaque structure deux personnes inventées : qui les demande est suspendu et signalé
    Honey {
        /// Montrer leurs identifiants
        #[arg(long)]
        show: bool,
    },
    /// Les faits qu’un modèle de lecture a mis de côté : les montrer, les réessayer, en passer un
    #[command(subcommand)]
    Parked(ParkedCommand),
    /// Reconstruire un modèle de lecture à côté de celui qui sert, puis le remplacer
    Rebuild {
        /// Le nom du modèle (voir `jalon status`)
        name: String,
    },
    /// L’index par lequel une personne est retrouvée sans que son nom soit écrit
    #[command(subcommand)]
    Search(SearchCommand),
    /// Recevoir depuis des fichiers ce qu’un outil partenaire aurait envoyé
    #[command(subcommand)]
    Inbound(InboundCommand),
    /// Reprendre des offres, ou le répertoire des structures et des services, depuis des fichiers
    #[command(subcommand)]
    Import(ImportCommand),
    /// Oublier une personne : détruire les clés de ses données, l’histoire restant vérifiable
    Forget(ForgetOptions),
    /// La clé d’enveloppe, qui vient de l’extérieur et change chaque semaine
    #[command(subcommand)]
    Key(KeyCommand),
    /// Ce qui arrive au terme de sa conservation, et ce que l’horloge en proposera
    Retention(RetentionOptions),
    /// Inviter le titulaire d’un poste à entrer une première fois
    Invite {
        /// L’identifiant du poste
        #[arg(long)]
        post: Uuid,
        /// Durée de validité, en jours
        #[arg(long, default_value_t = 14)]
        days: i64,
    },
    /// Les jetons d’accès à l’API : en donner, les lister, les remplacer, les reprendre
    #[command(subcommand)]
    Token(TokenCommand),
    /// Le second facteur d’un professionnel
    #[command(subcommand)]
    SecondFactor(SecondFactorCommand),
    /// Mesurer, à côté d’une limite physique mesurée dans la même passe
    #[command(subcommand)]
    Bench(bench::Bench),
}

/// Options of `jalon serve`.
#[derive(Debug, Args)]
pub struct ServeOptions {
    /// Parmi case diagnostic prescription immersion employment platform notice audit followup relay clock ; tous sinon
    pub services: Vec<String>,
    /// Un processus par service, derrière une seule adresse, chacun sous son rôle Postgres : pour un essai
    #[arg(long)]
    pub processes: bool,
    /// S’arrêter aussi quand l’entrée standard se ferme, donc avec le programme qui la tient
    #[arg(long)]
    pub until_input_closes: bool,
}

/// Options of `jalon demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Ne pas attendre devant un terminal : écrire run.json quand tout est prêt, et tourner jusqu’au signal d’arrêt
    #[arg(long)]
    pub headless: bool,
    /// Le dossier où vivent les serveurs et les données
    #[arg(long, env = "JALON_DIR", default_value = service::config::DEMONSTRATION)]
    pub dir: PathBuf,
    /// Le fichier d’une autre histoire à jouer
    #[arg(long)]
    pub script: Option<PathBuf>,
    /// Un processus par service, derrière une seule adresse
    #[arg(long)]
    pub processes: bool,
    /// Le port HTTP ; un port libre sinon
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

/// Options of `jalon replay`.
#[derive(Debug, Args)]
pub struct ReplayOptions {
    /// L’identifiant du dossier
    pub case: Uuid,
    /// Ne garder que ce qui s’était passé ce jour-là au plus tard (AAAA-MM-JJ)
    #[arg(long)]
    pub occurred_until: Option<Date>,
    /// Ne garder que ce qui était connu à cet instant (2026-05-04T12:00:00Z)
    #[arg(long)]
    pub known_at: Option<Timestamp>,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// `jalon journal`.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Relire tout le journal : positions et versions sans trou ni double
    Check,
    /// Reconstruire sur NATS la copie du journal
    Republish {
        /// Effacer d’abord un flux qui contredit le journal
        #[arg(long)]
        force: bool,
    },
}

/// `jalon audit`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum AuditCommand {
    /// Relire chaque lot de lectures, et le comparer à son empreinte dans le journal
    Check,
}

/// `jalon parked`.
#[derive(Debug, Subcommand)]
pub enum ParkedCommand {
    /// Les montrer
    List,
    /// Réessayer ceux d’un dossier ou d’un agrégat
    Retry {
        /// Le nom du modèle de lecture (voir `jalon parked list`)
        name: String,
        /// L’identifiant du dossier ou de l’agrégat
        key: Uuid,
    },
    /// Passer le premier fait d’un dossier ou d’un agrégat, et appliquer les suivants
    Skip {
        /// Le nom du modèle de lecture (voir `jalon parked list`)
        name: String,
        /// L’identifiant du dossier ou de l’agrégat
        key: Uuid,
    },
}

/// `jalon search`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum SearchCommand {
    /// Relire toutes les identités : après une base de clés restaurée, ou un modèle de lecture remis en ordre
    Rebuild,
}

/// `jalon inbound`.
#[derive(Debug, Subcommand)]
pub enum InboundCommand {
    /// Recevoir des notifications d’Immersion Facilitée
    ImmersionFacilitee {
        /// Les fichiers, un corps de notification par fichier
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Dire ce qui serait enregistré, sans rien enregistrer
        #[arg(long)]
        dry_run: bool,
    },
}

/// Options of `jalon forget`.
#[derive(Debug, Args)]
pub struct ForgetOptions {
    /// L’identifiant de son dossier
    pub case: Uuid,
    /// Seulement ces classes de données : identity, project, social, health, judicial, note
    #[arg(long, value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Parce que la durée de conservation est écoulée, et non à la demande de la personne
    #[arg(long)]
    pub retention_over: bool,
    /// Ne pas demander confirmation
    #[arg(long)]
    pub yes: bool,
    /// Le reçu en JSON
    #[arg(long)]
    pub json: bool,
}

/// `jalon key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Montrer les clés d’enveloppe : depuis quand, et combien de clés sous chacune
    List {
        /// En JSON
        #[arg(long)]
        json: bool,
    },
    /// Prendre une nouvelle clé d’enveloppe, et y envelopper toutes les clés vivantes, sans rien arrêter
    Rotate,
    /// Détruire une clé remplacée : les sauvegardes de son temps deviennent muettes
    Retire {
        /// Son nom (voir `jalon key list`)
        #[arg(required_unless_present = "older_than")]
        id: Option<String>,
        /// Détruire toutes celles qui sont remplacées depuis plus de ce nombre de jours
        #[arg(long, conflicts_with = "id", value_name = "JOURS")]
        older_than: Option<i64>,
    },
}

/// Options of `jalon retention`.
#[derive(Debug, Args)]
pub struct RetentionOptions {
    /// Montrer seulement, sans rien proposer
    #[arg(long)]
    pub dry_run: bool,
    /// Ce qui sera échu 30 jours après ce jour-là (AAAA-MM-JJ) ; aujourd’hui sinon
    #[arg(long)]
    pub on: Option<Date>,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// `jalon import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Les structures et les services publiés par data·inclusion ; les structures d’abord
    DataInclusion {
        /// Les fichiers JSON, tels que data·inclusion les publie
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Dire ce qui serait enregistré, sans rien enregistrer
        #[arg(long)]
        dry_run: bool,
        /// Ces fichiers contiennent tout : ce qui n’y est plus n’est plus publié
        #[arg(long)]
        complete: bool,
        /// Avec --complete : accepter que plus de 30 % des services ne soient plus publiés
        #[arg(long, requires = "complete")]
        force: bool,
    },
    /// Des offres : un tableau CSV, ou une réponse JSON de l’API Offres d’emploi de France Travail
    Offers {
        /// Le tableau CSV ou la réponse JSON
        file: PathBuf,
        /// L’identifiant de la plateforme qui les publie
        #[arg(long)]
        platform: Uuid,
        /// Dire ce qui serait enregistré, sans rien enregistrer
        #[arg(long)]
        dry_run: bool,
    },
}

/// What was typed; or with what to end, once the help was shown or what is wrong was said.
///
/// # Errors
/// When there is nothing to do.
pub fn parse() -> Result<Jalon, ExitCode> {
    let mut command = french::in_french(Jalon::command());
    let typed = command.try_get_matches_from_mut(std::env::args_os());
    let read = typed.and_then(|matches| Jalon::from_arg_matches(&matches));
    read.map_err(|error| french::show(&error.format(&mut command)))
}

/// Does what was typed.
pub async fn run(jalon: Jalon) -> Outcome {
    match jalon.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Migrate { wait } => migrate::run(wait).await,
        Command::Status { json } => status::run(json).await,
        Command::Replay(options) => replay::run(options).await,
        Command::Journal(command) => keep::journal(command).await,
        Command::Audit(AuditCommand::Check) => readings::check().await,
        Command::Honey { show } => readings::honey(show).await,
        Command::Parked(command) => keep::parked(command).await,
        Command::Rebuild { name } => keep::rebuild(&name).await,
        Command::Search(SearchCommand::Rebuild) => keep::search().await,
        Command::Inbound(command) => inbound::run(command).await,
        Command::Import(command) => import::run(command).await,
        Command::Forget(options) => forget::run(options).await,
        Command::Key(command) => key::run(command).await,
        Command::Retention(options) => retention::run(options).await,
        Command::Invite { post, days } => invite::run(post, days).await,
        Command::Token(command) => token::run(command).await,
        Command::SecondFactor(command) => token::second_factor(command).await,
        Command::Bench(command) => bench::run(command).await,
    }
}
