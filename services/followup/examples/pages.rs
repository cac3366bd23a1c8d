//! Writes the pages with invented people into a folder, to be looked at:
//! `cargo run -p followup --example pages -- /tmp/pages`, then serve that folder.

#[path = "../tests/followup/invented.rs"]
mod invented;

use std::{collections::HashMap, fs, path::PathBuf};

use contracts::{Facts as _, common::v1::Role, events, prescription::v1::PrescriptionKind};
use followup::{
    facets::Short,
    french,
    pages::{assets::ASSETS, board, case, errors, layout, sign_in},
    read::{
        Seen,
        board::BoardRow,
        cards::Cards,
        case::{Case, CircleMember},
        identity::{Identity, pseudonym},
        timeline::{Item, Warning, Who},
    },
    views::{
        directory::{Directory, Entry},
        live_status::LiveStatus,
        status::Status,
        timeline::Row,
    },
};
use invented::*;
use projections::Projection as _;
use service::{CaseStanding, Problem};
use uuid::Uuid;

const TODAY: &str = "2026-11-23";

fn main() -> Result<(), service::BoxError> {
    let out = PathBuf::from(std::env::args_os().nth(1).ok_or("indiquez un dossier")?);
    fs::create_dir_all(out.join("statique"))?;
    for (asset, file) in [
        (&ASSETS.style, "static/jalon.css"),
        (&ASSETS.script, "static/jalon.js"),
        (&ASSETS.icon, "static/jalon.svg"),
    ] {
        fs::copy(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file), out.join(&asset.href[1..]))?;
    }
    let cards = cards();
    fs::write(out.join("dossier.html"), case::render(&layout(), &case_view(&cards, true)?)?)?;
    fs::write(out.join("dossier-voile.html"), case::render(&layout(), &case_view(&cards, false)?)?)?;
    fs::write(out.join("tableau.html"), board::render(&layout(), &board_view(&cards, 26)?)?)?;
    fs::write(out.join("vide.html"), board::render(&layout(), &board_view(&cards, 0)?)?)?;
    let people = [
        ("CHRS Les Glycines", "CHRS", vec![("Nadia Ferrand", "Référent social", "Référente sociale")]),
        (
            "La Ressourcerie",
            "ACI",
            vec![
                ("Bruno Castel", "Conseiller en insertion professionnelle", "CIP de l’ACI"),
                ("Inès Marchetti", "Employeur SIAE", "Encadrante technique"),
            ],
        ),
        ("France Travail Alès", "France Travail", vec![("Léa Roche", "Conseiller", "Conseillère à l’emploi")]),
    ];
    let groups: Vec<_> = people
        .into_iter()
        .map(|(name, kind, people)| sign_in::Group {
            name: name.into(),
            kind: kind.into(),
            people: people
                .into_iter()
                .map(|(called, role, title)| sign_in::Person {
                    post_id: id(7),
                    called: called.into(),
                    role: role.into(),
                    title: title.into(),
                })
                .collect(),
        })
        .collect();
    fs::write(out.join("connexion.html"), sign_in::render(&layout::Layout::outside(true), &groups, "/")?)?;
    fs::write(out.join("erreur.html"), errors::render(&Problem::not_found("ce dossier"))?)?;
    Ok(())
}

fn layout() -> layout::Layout {
    layout::Layout {
        demonstration: true,
        me: Some(layout::Me {
            called: "Bruno Castel".into(),
            post: "CIP de l’ACI, La Ressourcerie".into(),
            circles: 12,
        }),
        links: vec![
            layout::Link { href: "/".into(), text: "Mes suivis".into(), here: false },
            layout::Link { href: format!("/plateformes/{}", id(TESA)), text: "TESA".into(), here: true },
        ],
        assets: &ASSETS,
    }
}

fn cards() -> Cards {
    let mut story = Story::default();
    directory(&mut story);
    let mut entries: HashMap<Uuid, Entry> = HashMap::new();
    for fact in &story.facts {
        let entry = entries.entry(fact.stream_id).or_insert(Entry::Unknown);
        Directory.fold(entry, fact).expect("the directory folds");
    }
    Cards(entries)
}

fn status(story: &Story) -> Status {
    story.facts.iter().fold(Status::default(), |mut status, fact| {
        LiveStatus.fold(&mut status, fact).expect("the status folds");
        status
    })
}

fn case_view(cards: &Cards, in_circle: bool) -> Result<case::CaseView, service::BoxError> {
    let mut story = Story::default();
    path(&mut story);
    let status = status(&story);
    let names = cards.names();
    let mut items = Vec::new();
    for fact in story.facts.iter().rev() {
        let row = Row::of(fact)?.ok_or("a fact about a case")?;
        let about = french::about(&status, row.stream_id, &names);
        let personal = fact.kind.fields.iter().any(|field| field.class == 3);
        items.push(Item {
            position: row.position,
            kind: fact.kind.name,
            label: fact.kind.label,
            context: fact.kind.aggregate().context,
            stream_id: row.stream_id,
            version: row.version,
            occurred_on: row.occurred_on,
            recorded_at: row.recorded_at,
            late: row.late,
            source: row.source,
            summary: if in_circle || !fact.kind.is_personal() {
                french::sentence(fact.kind, &fact.payload, &about, &names)?
            } else {
                String::new()
            },
            fact: serde_json::Value::Null,
            closed: if !in_circle && personal { vec!["social"] } else { vec![] },
            forgotten: vec![],
            warnings: row
                .warnings
                .into_iter()
                .map(|rule| Warning { rule, text: "Au-delà de 35 h par semaine, une immersion se discute avec le prescripteur." })
                .collect(),
            who: Who {
                called: row
                    .post_id
                    .and_then(|id| names.get(&id).cloned())
                    .or(row.system.as_deref().map(french::system))
                    .unwrap_or_default(),
                post_id: row.post_id,
                organisation_id: row.organisation_id,
                system: row.system,
            },
        });
    }
    items.sort_by_key(|item| std::cmp::Reverse((item.occurred_on, item.position)));
    let identity = story.facts.iter().find_map(|fact| match events::Case::decode(fact.kind, &fact.payload) {
        Ok(events::Case::IdentityRecorded(one)) => Some(Identity {
            family_name: one.family_name,
            given_name: one.given_name,
            birth_date: one.birth_date,
            phone: one.phone,
            email: one.email,
            language: one.language,
        }),
        _ => None,
    });
    let circle = status.circle.iter().map(|(post_id, member)| CircleMember {
        post_id: *post_id,
        title: cards.post(*post_id).map(|post| post.title.clone()).unwrap_or_default(),
        role: member.role,
        organisation: member.organisation_id.map(|id| cards.card(id)),
        holder: Some(if *post_id == id(CIP) { "Bruno Castel" } else { "Nadia Ferrand" }.into()),
        since: member.since,
    });
    let case = Case {
        id: id(CASE),
        circle: circle.collect(),
        seen: Seen {
            standing: CaseStanding::fold(&story.facts).ok_or("a case")?,
            classes: access::classes(
                &actor(Role::CIP, CIP, ACI),
                &access::CaseView { in_circle, structure_id: id(CHRS), on_platform: true },
            ),
            in_circle,
        },
        identity: identity.filter(|_| in_circle),
        forgotten: false,
        cards: cards.clone(),
        today: day(TODAY),
        status,
    };
    Ok(case::view(&case, items, None))
}

fn board_view(cards: &Cards, count: u128) -> Result<board::BoardView, service::BoxError> {
    let names = [
        ("Selam", "Tesfay"),
        ("Jean-Baptiste", "de la Roche-Guyonnerie-Vauvenargues"),
        ("Amadou", "Diallo"),
        ("Maria", "Popescu"),
        ("<script>alert(1)</script>", "O’Neill & fils"),
        ("Karim", "Benali"),
    ];
    let mut rows = Vec::new();
    for number in 0..count {
        let mut story = Story::default();
        match number % 5 {
            0 => path(&mut story),
            1 => opening(&mut story, 600 + number, "", ""),
            2 => {
                opening(&mut story, 600 + number, "", "");
                sent(&mut story, 700, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-09-02", "2026-11-01"));
                sent(&mut story, 701, PrescriptionKind::FORMATION, FT, ("2026-11-02", "2026-12-02"));
            }
            3 => {
                path(&mut story);
                story.facts.truncate(29);
            }
            _ => {
                path(&mut story);
                story.facts.truncate(20);
            }
        }
        let status = status(&story);
        let id = id(600 + number);
        let name = names.get(number as usize).map(|(given, family)| format!("{given} {family}"));
        rows.push(BoardRow {
            id,
            named: name.is_some(),
            called: name.clone().unwrap_or_else(|| pseudonym(id)),
            in_circle: name.is_some(),
            open: number % 9 != 7,
            structure: cards.card(status.structure_id),
            status: Short::of(&status, day(TODAY)),
            last: status.last.into(),
        });
    }
    let title = ("TESA".to_owned(), "Bassin d’Alès · 14 organisations membres".to_owned());
    let surroundings = (title, "/plateformes/1", "/plateformes/1/direct".to_owned(), None);
    Ok(board::view(rows, surroundings, &board::BoardParams::default(), day(TODAY)))
}
