//! `/` for those who follow nobody: each role finds there what is theirs to do.

use access::{Actor, Period};
use axum::response::Response;
use contracts::{common::v1::Role, label_of};
use jiff::civil::Date;
use service::{Problem, Reading, Runtime};
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{
    consultations,
    layout::Layout,
    lines::{Line, Mark},
    protection, requests,
    search::plain,
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, count},
    queries::requests::NAMES,
    query::wait,
    read::{cards::of_kind, protection::VIEWS},
    views::directory::{Entry, Organisation, Platform},
};

/// Where it leads, what it is called, what is said of it.
type Door = (&'static str, &'static str, &'static str);

const ADMINISTRATOR: [Door; 4] = [
    (consultations::HERE, "Consultations", "Les lectures inhabituelles, et les accès suspendus à rétablir."),
    (
        protection::HERE,
        "Protection des données",
        "Les accès en urgence, les effacements et ce qui est gardé trop longtemps.",
    ),
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

/// Where those who follow nobody go from any page: the address, and how it is called.
pub fn places(actor: &Actor) -> &'static [(&'static str, &'static str)] {
    match actor.role {
        Role::ADMINISTRATEUR => &[
            ("/", "Administrer"),
            (consultations::HERE, "Consultations"),
            (protection::HERE, "Protection des données"),
        ],
        Role::DPO => &[("/", "Protection des données"), (consultations::HERE, "Consultations")],
        Role::AUDITEUR => &[("/", "Contrôler")],
        Role::EMPLOYEUR_SIAE => &[(requests::HERE, "Demandes reçues")],
        _ => &[],
    }
}

/// The first page of those who have no board; nothing for everyone else.
///
/// # Errors
/// When what it shows cannot be read.
pub async fn page(
    runtime: &Runtime,
    reading: &Reading,
    layout: &Layout,
    min_position: Option<i64>,
) -> Result<Option<Response>, Problem> {
    let in_circles = layout.me.as_ref().is_some_and(|me| me.circles > 0);
    let sheet = match reading.role {
        Role::ADMINISTRATEUR => administrator(reading),
        Role::PARTENAIRE => partner(),
        Role::AUDITEUR => auditor(runtime, reading).await?,
        Role::DPO => {
            wait(runtime, VIEWS, min_position).await?;
            return protection::show(runtime, reading, layout).await.map(Some);
        }
        Role::EMPLOYEUR_SIAE if !in_circles => {
            wait(runtime, NAMES, min_position).await?;
            return requests::show(runtime, reading, None, layout).await.map(Some);
        }
        _ => return Ok(None),
    };
    render(layout, &sheet).map(Some)
}

fn administrator(actor: &Actor) -> Sheet {
    Sheet {
        title: "Administrer Jalon".to_owned(),
        subtitle: "Vous tenez les organisations, les postes et les plateformes. Vous ne voyez aucune personne suivie : c’est voulu.".to_owned(),
        href: "/".into(),
        sections: vec![doors(actor), calls("Par l’API et la ligne de commande", &BY_ADMINISTRATOR)],
        ..Sheet::default()
    }
}

fn partner() -> Sheet {
    Sheet {
        title: "Bienvenue, système partenaire".to_owned(),
        subtitle: "Jalon vous parle par son API : vous y recevez les faits que votre convention ouvre, jamais le nom d’une personne sans son accord. Il n’y a pas d’écran pour vous ici.".to_owned(),
        href: "/".into(),
        sections: vec![calls("Ce que vous pouvez appeler", &BY_PARTNER).note(
            "Le jeton va dans l’en-tête Authorization: Bearer …, jamais dans l’adresse. Une réponse 429 dit, dans Retry-After, quand réessayer.",
        )],
        ..Sheet::default()
    }
}

/// Whoever came by a token has no session, and no second factor.
fn doors(actor: &Actor) -> Section {
    let all = if actor.professional_id.is_some() { &ADMINISTRATOR[..] } else { &ADMINISTRATOR[..2] };
    let row = |(href, text, what): &Door| Row(vec![Cell::link((*href).to_owned(), text), Cell::text(what)]);
    Section::table("Vos pages", table(vec!["Où", "Pour quoi"], all.iter().map(row)), "")
}

fn calls(title: &str, all: &[Call]) -> Section {
    let row = |(call, what): &Call| {
        Row(vec![Cell { text: (*call).to_owned(), ..Cell::default() }, Cell::text(what)])
    };
    Section::table(title, table(vec!["Appel", "Ce qu’il fait"], all.iter().map(row)), "")
}

/// Entries of the directory that are looked through, of each kind.
const ENTRIES: usize = 2_000;

/// What an auditor reads, as long as their mission lasts: no name, and no structure of their own.
async fn auditor(runtime: &Runtime, reading: &Reading) -> Result<Sheet, Problem> {
    let today = runtime.clock.today();
    let mission = runtime.asking(reading, runtime.clock.now()).await?.mission;
    let mut sections = vec![told(mission, today)];
    if mission.is_some_and(|mission| mission.holds_on(today)) {
        let (platforms, organisations) = tokio::try_join!(
            of_kind(runtime, "platform", Uuid::nil(), ENTRIES),
            of_kind(runtime, "organisation", Uuid::nil(), ENTRIES),
        )?;
        sections.push(boards(platforms));
        sections.push(reports(organisations, reading.organisation_id));
        sections.push(from_a_case());
    }
    Ok(Sheet {
        title: "Contrôler".to_owned(),
        subtitle: "Vous lisez ce qui s’est passé, quand cela s’est su, et qui l’a consulté. Aucune personne ne vous est nommée : c’est voulu.".to_owned(),
        href: "/".into(),
        sections,
        ..Sheet::default()
    })
}

fn told(mission: Option<Period>, today: Date) -> Section {
    let line = mission.map(|mission| {
        let span = format!("du {} au {}", in_french(mission.from), in_french(mission.until));
        match mission {
            _ if mission.holds_on(today) => Line::new(Mark::Now, "En cours", span),
            _ if mission.from > today => Line::new(Mark::Plan, "Pas encore commencée", span),
            _ => Line::new(Mark::Over, "Terminée", span),
        }
    });
    let empty = "Aucune mission de contrôle ne vous est confiée. Demandez à la personne qui administre Jalon de l’enregistrer, avec l’acte qui vous la confie.";
    Section::lines("Votre mission", line.into_iter().collect(), empty)
}

fn boards(all: Vec<(Uuid, Entry)>) -> Section {
    let mut all: Vec<(Uuid, Platform)> = all
        .into_iter()
        .filter_map(|(id, entry)| match entry {
            Entry::Platform(one) => Some((id, one)),
            _ => None,
        })
        .collect();
    all.sort_by_cached_key(|(_, one)| plain(&one.name));
    let row = |(id, one): &(Uuid, Platform)| {
        let members = count(one.members.len(), "organisation membre", "organisations membres");
        Row(vec![
            Cell::link(format!("/plateformes/{id}"), &one.name),
            Cell::text(&one.territory),
            Cell::text(members),
        ])
    };
    let columns = vec!["Plateforme emploi", "Territoire", "Membres"];
    Section::table("Les tableaux", table(columns, all.iter().map(row)), "Aucune plateforme n’est ouverte.")
        .intro("Une ligne par personne, sous un pseudonyme qui ne change pas. Chacune mène à son dossier.")
}

fn reports(all: Vec<(Uuid, Entry)>, but: Option<Uuid>) -> Section {
    let mut all: Vec<(Uuid, Organisation)> = all
        .into_iter()
        .filter_map(|(id, entry)| match entry {
            Entry::Organisation(one) if Some(id) != but => Some((id, one)),
            _ => None,
        })
        .filter(|(_, one)| one.kind.as_known().is_some_and(service::hosts))
        .collect();
    all.sort_by_cached_key(|(_, one)| plain(&one.name));
    let row = |(id, one): &(Uuid, Organisation)| {
        Row(vec![
            Cell::link(format!("/structures/{id}/rapport"), capital(&one.name)),
            Cell::text(label_of(one.kind)),
        ])
    };
    let columns = vec!["Structure", "Dispositif"];
    let all = table(columns, all.iter().map(row));
    Section::table("Les rapports d’activité", all, "Aucune structure d’hébergement n’est inscrite.")
        .intro("Par famille de prestations, sans aucun nombre de moins de 5 personnes.")
}

fn from_a_case() -> Section {
    let lines = [
        ("Le fil des faits", "le jour où chacun s’est passé, celui où il s’est su, et qui l’a dit"),
        ("Ce qui a été corrigé", "le fait d’avant reste, avec celui qui le remplace"),
        ("Qui a consulté ce dossier", "depuis quel poste, quand, et pour quoi"),
    ];
    let lines = lines.map(|(what, how)| Line::new(Mark::Done, what, how)).into();
    Section::lines("Dans un dossier", lines, "")
        .note("Pour rejouer un dossier tel qu’il était connu à une date, demandez « jalon replay » à la personne qui administre Jalon.")
}

fn table(columns: Vec<&'static str>, rows: impl Iterator<Item = Row>) -> Table {
    Table { columns, rows: rows.collect(), figures: false }
}
