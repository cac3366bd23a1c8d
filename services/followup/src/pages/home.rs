//! `/` for those who follow nobody: whoever administers Jalon, and the systems of partners.

use access::Actor;
use contracts::common::v1::Role;

use super::sheet::{Cell, Row, Section, Sheet, Table};

/// Where it leads, what it is called, what is said of it.
type Door = (&'static str, &'static str, &'static str);

const ADMINISTRATOR: [Door; 3] = [
    ("/consultations", "Qui lit combien", "Les lectures inhabituelles, et les accès suspendus à rétablir."),
    ("/sessions", "Mes sessions", "Où l’on est connecté en votre nom."),
    ("/connexion/second-facteur", "Mon second facteur", "Le mettre, le montrer, ou en changer."),
];

/// What is asked by programs: the method and the address, then what it does.
type Call = (&'static str, &'static str);

const BY_ADMINISTRATOR: [Call; 6] = [
    ("GET /api/v1/openapi.json", "La description de toute l’API."),
    ("GET et POST /api/v1/organisations", "Les organisations : les lister, en inscrire une, avec son SIRET."),
    ("POST /api/v1/posts, puis /api/v1/posts/{id}/fill", "Les postes : les ouvrir, dire qui les tient."),
    ("GET et POST /api/v1/platforms", "Les plateformes emploi, et leurs membres."),
    ("jalon invite --post …", "La première entrée d’un professionnel, sur la machine où tourne Jalon."),
    (
        "jalon token issue, list, rotate, revoke",
        "Les jetons donnés aux outils et aux partenaires, sur la même machine.",
    ),
];

const BY_PARTNER: [Call; 4] = [
    ("GET /api/v1/openapi.json", "La description de toute l’API."),
    (
        "GET /api/v1/events",
        "Les faits au fil de l’eau, par événements envoyés par le serveur. L’en-tête Last-Event-ID reprend où l’on en était ; Jalon-Purpose dit pour quelle finalité on lit, et il est demandé.",
    ),
    (
        "GET /api/v1/organisations, /api/v1/platforms",
        "À qui appartiennent les identifiants que portent les faits.",
    ),
    ("GET /api/v1/rules", "Les règles, et leur source."),
];

/// The first page of those who have no board; nothing for everyone else.
pub fn sheet(actor: &Actor) -> Option<Sheet> {
    let (title, subtitle, sections) = match actor.role {
        Role::ADMINISTRATEUR => (
            "Administrer Jalon",
            "Vous tenez les organisations, les postes et les plateformes. Vous ne voyez aucune personne suivie : c’est voulu.",
            vec![doors(actor), calls("Par l’API et la ligne de commande", &BY_ADMINISTRATOR)],
        ),
        Role::PARTENAIRE => (
            "Bienvenue, système partenaire",
            "Jalon vous parle par son API : vous y recevez les faits que votre convention ouvre, jamais le nom d’une personne sans son accord. Il n’y a pas d’écran pour vous ici.",
            vec![calls("Ce que vous pouvez appeler", &BY_PARTNER).note(
                "Le jeton va dans l’en-tête Authorization: Bearer …, jamais dans l’adresse. Une réponse 429 dit, dans Retry-After, quand réessayer.",
            )],
        ),
        _ => return None,
    };
    let (title, subtitle) = (title.to_owned(), subtitle.to_owned());
    Some(Sheet { title, subtitle, href: "/".into(), sections, ..Sheet::default() })
}

/// Whoever came by a token has no session, and no second factor.
fn doors(actor: &Actor) -> Section {
    let all = if actor.professional_id.is_some() { &ADMINISTRATOR[..] } else { &ADMINISTRATOR[..1] };
    let row = |(href, text, what): &Door| Row(vec![Cell::link((*href).to_owned(), text), Cell::text(what)]);
    Section::table("Vos pages", table(vec!["Où", "Pour quoi"], all.iter().map(row)), "")
}

fn calls(title: &str, all: &[Call]) -> Section {
    let row = |(call, what): &Call| {
        Row(vec![Cell { text: (*call).to_owned(), ..Cell::default() }, Cell::text(what)])
    };
    Section::table(title, table(vec!["Appel", "Ce qu’il fait"], all.iter().map(row)), "")
}

fn table(columns: Vec<&'static str>, rows: impl Iterator<Item = Row>) -> Table {
    Table { columns, rows: rows.collect(), figures: false }
}
