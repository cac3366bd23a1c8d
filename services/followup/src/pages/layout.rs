//! What surrounds every page: who is signed in, and where they can go.

use access::Actor;
use contracts::common::v1::OrganisationKind;
use service::{Problem, Runtime};
use uuid::Uuid;

use super::assets::{ASSETS, Assets};
use crate::read::{
    board::circles,
    cards::{Cards, platforms_of},
    identity::{self, Someone},
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
    /// The pages of the platform they look at.
    pub places: Vec<Link>,
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
        Self { demonstration, me: None, links: Vec::new(), places: Vec::new(), assets: &ASSETS }
    }

    /// For who has signed in, at that address.
    ///
    /// # Errors
    /// When the read models, the journal or the keys cannot be read.
    pub async fn of(runtime: &Runtime, actor: &Actor, here: &str) -> Result<Self, Problem> {
        let ids: Vec<Uuid> = [actor.post_id, actor.organisation_id].into_iter().flatten().collect();
        let (cards, platforms, circles) = tokio::try_join!(
            Cards::read(runtime, &ids),
            platforms_of(runtime, actor.organisation_id),
            circles(runtime, actor.post_id),
        )?;
        let own = actor.post_id.and_then(|id| cards.post(id));
        let own = own.filter(|post| post.professional_id == actor.professional_id);
        let positions: Vec<i64> = own.and_then(|post| post.holder_position).into_iter().collect();
        let name = identity::open(runtime, &positions).await?.into_values().find_map(|who| match who {
            Someone::Professional(name) => Some(name),
            _ => None,
        });
        let post = actor.post_id.and_then(|id| cards.post_called(id));
        let role = contracts::label_of(contracts::EnumValue::from(actor.role));
        let mut links = Vec::new();
        if circles > 0 {
            links.push(Link { href: "/".into(), text: "Tableau".into(), here: here == "/" });
            links.push(Link { href: "/suivis".into(), text: "Mes suivis".into(), here: here == "/suivis" });
        }
        for (id, platform) in platforms {
            let href = format!("/plateformes/{id}");
            links.push(Link { here: here == href, href, text: platform.name });
        }
        Ok(Self {
            demonstration: runtime.config.demonstration,
            me: Some(Me {
                called: name.unwrap_or_else(|| role.to_owned()),
                post: post.unwrap_or_default(),
                circles,
            }),
            places: places(&links, here)
                .into_iter()
                .chain(own_places(actor, &cards, circles, here))
                .collect(),
            links,
            assets: &ASSETS,
        })
    }

    /// The first platform they can go to.
    pub fn platform(&self) -> Option<Uuid> {
        self.links.iter().find_map(platform)
    }
}

/// The pages of one's own post, and of the structure it is in when it hosts people.
fn own_places(actor: &Actor, cards: &Cards, circles: i64, here: &str) -> Vec<Link> {
    let post = actor.post_id.filter(|_| circles > 0);
    let organisation = actor.organisation_id.and_then(|id| Some((id, cards.organisation(id)?)));
    let hosts = organisation.filter(|(_, one)| one.kind.as_known().is_some_and(|kind| HOSTS.contains(&kind)));
    let passation = post.map(|id| (format!("/postes/{id}/passation"), "Passation"));
    let report = hosts.map(|(id, _)| (format!("/structures/{id}/rapport"), "Rapport"));
    let link = |(href, text): (String, &str)| Link { here: here == href, href, text: text.to_owned() };
    passation.into_iter().chain(report).map(link).collect()
}

/// The kinds of organisation that host people, or where they live.
const HOSTS: [OrganisationKind; 10] = [
    OrganisationKind::CHRS,
    OrganisationKind::CHU,
    OrganisationKind::HU,
    OrganisationKind::CPH,
    OrganisationKind::CADA,
    OrganisationKind::HUDA,
    OrganisationKind::PENSION,
    OrganisationKind::OIL,
    OrganisationKind::ACCUEIL_DE_JOUR,
    OrganisationKind::OACAS,
];

fn platform(link: &Link) -> Option<Uuid> {
    link.href.strip_prefix("/plateformes/")?.parse().ok()
}

/// The pages of a platform, by the end of their address.
const PLACES: [(&str, &str); 6] = [
    ("reponses", "Réponses attendues"),
    ("employeurs", "Employeurs"),
    ("ordre-du-jour", "Ordre du jour"),
    ("plan-d-action", "Plan d’action"),
    ("partenariats", "Partenariats"),
    ("indicateurs", "Indicateurs"),
];

/// The pages of the platform that is looked at; of the first one, when none is.
fn places(links: &[Link], here: &str) -> Vec<Link> {
    let all = links.iter().filter_map(platform);
    let seen = all.clone().find(|id| here.starts_with(&format!("/plateformes/{id}")));
    let Some(id) = seen.or_else(|| all.clone().next()) else { return Vec::new() };
    let link = |(end, text): (&str, &str)| {
        let href = format!("/plateformes/{id}/{end}");
        Link { here: here == href, href, text: text.to_owned() }
    };
    PLACES.map(link).into()
}
