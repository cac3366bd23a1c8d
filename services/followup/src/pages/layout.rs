//! What surrounds every page: who is signed in, and where they can go.

use access::Actor;
use contracts::common::v1::Role;
use service::{Problem, Reading, Runtime};
use uuid::Uuid;

use super::{
    assets::{ASSETS, Assets},
    home,
    purpose::{Choice, choices},
};
use crate::{
    read::{
        board::circles,
        cards::{Cards, platforms_of},
        identity::{self, Someone},
    },
    views::received::ANSWERING,
};

/// What surrounds a page.
#[derive(Debug)]
pub struct Layout {
    /// Whether everyone here is invented.
    pub demonstration: bool,
    /// Who is signed in.
    pub me: Option<Me>,
    /// Where they can go.
    pub links: Vec<Link>,
    /// The platforms they can go to, with their pages.
    pub menus: Vec<Menu>,
    /// The pages of their own post and structure.
    pub own: Vec<Link>,
    /// What they may read for.
    pub purposes: Vec<Choice>,
    /// Where they are.
    pub here: String,
    /// Style, script and icon.
    pub assets: &'static Assets,
}

/// Who is signed in.
#[derive(Debug)]
pub struct Me {
    /// Their name, or what they do.
    pub called: String,
    /// Their post and organisation.
    pub post: String,
    /// In how many circles their post is.
    pub circles: i64,
}

/// A platform, and its pages.
#[derive(Debug)]
pub struct Menu {
    /// Its id.
    pub id: Uuid,
    /// How it is called.
    pub text: String,
    /// The one of its pages that is here; empty when none is.
    pub page: String,
    /// Its pages.
    pub links: Vec<Link>,
}

impl Menu {
    fn of(id: Uuid, text: String, here: &str) -> Self {
        let link = |(end, text): (&str, &str)| {
            let href = format!("/plateformes/{id}{end}");
            Link { here: here == href, href, text: text.to_owned() }
        };
        let links: Vec<Link> = PAGES.map(link).into();
        let page = links.iter().find(|link| link.here).map(|link| link.text.clone()).unwrap_or_default();
        // « TESA, Territoire Emploi Solidarité Alésienne » is called TESA.
        let text = text.split(',').next().unwrap_or_default().trim().to_owned();
        Self { id, text, page, links }
    }
}

/// A place to go.
#[derive(Debug)]
pub struct Link {
    /// Where.
    pub href: String,
    /// How it is called.
    pub text: String,
    /// Whether it is here.
    pub here: bool,
}

impl Layout {
    /// For someone who has not signed in.
    pub fn outside(demonstration: bool) -> Self {
        Self {
            demonstration,
            me: None,
            links: Vec::new(),
            menus: Vec::new(),
            own: Vec::new(),
            purposes: Vec::new(),
            here: String::new(),
            assets: &ASSETS,
        }
    }

    /// For who has signed in, at that address.
    ///
    /// # Errors
    /// When the read models, the journal or the keys cannot be read.
    pub async fn of(runtime: &Runtime, reading: &Reading, here: &str) -> Result<Self, Problem> {
        let actor = reading.actor();
        let ids: Vec<Uuid> = [actor.post_id, actor.organisation_id].into_iter().flatten().collect();
        let (cards, platforms, circles) = tokio::try_join!(
            Cards::read(runtime, &ids),
            platforms_of(runtime, actor.organisation_id),
            circles(runtime, actor),
        )?;
        let held = actor.post_id.and_then(|id| cards.post(id));
        let held = held.filter(|post| post.professional_id == actor.professional_id);
        let positions: Vec<i64> = held.and_then(|post| post.holder_position).into_iter().collect();
        let name =
            identity::open(runtime, reading, &positions).await?.into_values().find_map(|who| match who {
                Someone::Professional(name) => Some(name),
                _ => None,
            });
        let post = actor.post_id.and_then(|id| cards.post_called(id));
        let role = contracts::label_of(contracts::EnumValue::from(actor.role));
        let mut links = Vec::new();
        if circles > 0 {
            links.push(Link { href: "/".into(), text: "Tableau".into(), here: here == "/" });
            links.push(Link { href: "/suivis".into(), text: "Mes suivis".into(), here: here == "/suivis" });
        } else {
            links.extend(home::places(actor).iter().map(|(href, text)| Link {
                here: here == *href,
                href: (*href).to_owned(),
                text: (*text).to_owned(),
            }));
        }
        let mut own = own_places(actor, &cards, circles, here);
        own.retain(|place| links.iter().all(|link| link.href != place.href));
        Ok(Self {
            demonstration: runtime.config.demonstration,
            me: Some(Me {
                called: name.unwrap_or_else(|| role.to_owned()),
                post: post.unwrap_or_default(),
                circles,
            }),
            links,
            menus: platforms
                .into_iter()
                .filter(|_| !protects(actor))
                .map(|(id, platform)| Menu::of(id, platform.name, here))
                .collect(),
            own,
            purposes: choices(actor),
            here: here.to_owned(),
            assets: &ASSETS,
        })
    }

    /// The first platform they can go to.
    pub fn platform(&self) -> Option<Uuid> {
        self.menus.first().map(|menu| menu.id)
    }
}

/// The pages of one's own post, and of the structure it is in when it hosts people.
fn own_places(actor: &Actor, cards: &Cards, circles: i64, here: &str) -> Vec<Link> {
    let post = actor.post_id.filter(|_| circles > 0);
    let organisation = actor.organisation_id.and_then(|id| Some((id, cards.organisation(id)?)));
    let hosts = organisation.filter(|(_, one)| one.kind.as_known().is_some_and(service::hosts));
    let passation = post.map(|id| (format!("/postes/{id}/passation"), "Passation"));
    let report = hosts.map(|(id, _)| (format!("/structures/{id}/rapport"), "Rapport"));
    let protects = protects(actor);
    let watches = protects || actor.role == Role::ANIMATEUR_PLATEFORME;
    let readings = watches.then(|| (super::consultations::HERE.to_owned(), "Consultations"));
    let protection = protects.then(|| (super::protection::HERE.to_owned(), "Protection des données"));
    let looks =
        ACCOMPANY.contains(&actor.role).then(|| (super::lookup::HERE.to_owned(), "Rechercher une personne"));
    let sessions = actor.professional_id.map(|_| ("/sessions".to_owned(), "Mes sessions"));
    let link = |(href, text): (String, &str)| Link { here: here == href, href, text: text.to_owned() };
    let asked = [actor.organisation_id].into_iter().flatten().filter(|_| ANSWERING.contains(&actor.role));
    let asked = asked.map(|_| (super::requests::HERE.to_owned(), "Demandes reçues"));
    looks
        .into_iter()
        .chain(asked)
        .chain(passation)
        .chain(report)
        .chain(readings)
        .chain(protection)
        .chain(sessions)
        .map(link)
        .collect()
}

/// Whether they look after the house and see nobody: no platform opens to them.
fn protects(actor: &Actor) -> bool {
    [Role::ADMINISTRATEUR, Role::DPO].contains(&actor.role)
}

/// The roles that follow people.
const ACCOMPANY: [Role; 4] = [Role::REFERENT_SOCIAL, Role::CIP, Role::REFERENT_EMPLOI, Role::CONSEILLER];

/// The pages of a platform, by the end of their address.
const PAGES: [(&str, &str); 8] = [
    ("", "Tableau"),
    ("/reponses", "Réponses attendues"),
    ("/employeurs", "Employeurs"),
    ("/ordre-du-jour", "Ordre du jour"),
    ("/reunions", "Réunions"),
    ("/plan-d-action", "Plan d’action"),
    ("/partenariats", "Partenariats"),
    ("/indicateurs", "Indicateurs"),
];
