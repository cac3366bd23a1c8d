//! The directory, as others need it: names of organisations, posts and platforms by id.

use std::collections::HashMap;

use contracts::{EnumValue, common::v1::OrganisationKind, label_of};
use serde::Serialize;
use service::{Problem, Runtime};
use tokio_postgres::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::views::directory::{Entry, Organisation, Platform, Post};

/// What was asked of the directory.
#[derive(Clone, Debug, Default)]
pub struct Cards(pub HashMap<Uuid, Entry>);

/// An organisation in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// Its id.
    pub id: Uuid,
    /// Its name; « organisation inconnue » when Jalon does not know it.
    pub name: String,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: EnumValue<OrganisationKind>,
}

/// The entries of these ids, and the organisations of the posts among them, in one query.
const BY_ID: &str = "
select key, body from read.directory where key = any($1)
union all
select other.key, other.body from read.directory one
join read.directory other on other.key = (one.body ->> 'organisation_id')::uuid
where one.key = any($1) and one.kind = 'post'";

const BY_KIND: &str = "
select key, body from read.directory where kind = $1 and key > $2 order by key limit $3";

/// The platforms of which an organisation is a member today.
const PLATFORMS_OF: &str = "
select key, body from read.directory where kind = 'platform' and body -> 'members' ? $1 order by key";

impl Cards {
    /// The entries of these ids, and of what they hang on.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn read(runtime: &Runtime, ids: &[Uuid]) -> Result<Self, Problem> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let client = runtime.pool.get().await?;
        let statement = client.prepare_cached(BY_ID).await?;
        entries(&client.query(&statement, &[&ids]).await?).map(|entries| Self(entries.into_iter().collect()))
    }

    /// An organisation.
    pub fn organisation(&self, id: Uuid) -> Option<&Organisation> {
        match self.0.get(&id)? {
            Entry::Organisation(organisation) => Some(organisation),
            _ => None,
        }
    }

    /// A post.
    pub fn post(&self, id: Uuid) -> Option<&Post> {
        match self.0.get(&id)? {
            Entry::Post(post) => Some(post),
            _ => None,
        }
    }

    /// A platform.
    pub fn platform(&self, id: Uuid) -> Option<&Platform> {
        match self.0.get(&id)? {
            Entry::Platform(platform) => Some(platform),
            _ => None,
        }
    }

    /// An organisation in short, known or not.
    pub fn card(&self, id: Uuid) -> Card {
        match self.organisation(id) {
            Some(one) => Card { id, name: one.name.clone(), kind: one.kind },
            None => Card { id, name: "organisation inconnue".to_owned(), ..Card::default() },
        }
    }

    /// A post with its organisation, when it is known: « CIP de l’ACI, La Ressourcerie ».
    pub fn post_called(&self, id: Uuid) -> Option<String> {
        let post = self.post(id)?;
        let title = if post.title.is_empty() { label_of(post.role) } else { &post.title };
        let organisation = post.organisation_id.and_then(|id| self.organisation(id));
        Some(match organisation {
            Some(organisation) => format!("{title}, {}", organisation.name),
            None => title.to_owned(),
        })
    }

    /// How each of these is called.
    pub fn names(&self) -> crate::french::Names {
        let called = |(id, entry): (&Uuid, &Entry)| {
            let name = match entry {
                Entry::Organisation(one) => one.name.clone(),
                Entry::Platform(one) => one.name.clone(),
                Entry::Post(_) => self.post_called(*id)?,
                Entry::Unknown => return None,
            };
            Some((*id, name))
        };
        self.0.iter().filter_map(called).collect()
    }
}

/// Entries of one kind, in the order of their ids, after one of them.
///
/// # Errors
/// When the read model cannot be read.
pub async fn of_kind(
    runtime: &Runtime,
    kind: &str,
    after: Uuid,
    limit: usize,
) -> Result<Vec<(Uuid, Entry)>, Problem> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(BY_KIND).await?;
    entries(&client.query(&statement, &[&kind, &after, &limit]).await?)
}

/// The platforms of which that organisation is a member today.
///
/// # Errors
/// When the read model cannot be read.
pub async fn platforms_of(
    runtime: &Runtime,
    organisation: Option<Uuid>,
) -> Result<Vec<(Uuid, Platform)>, Problem> {
    let Some(organisation) = organisation else { return Ok(Vec::new()) };
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(PLATFORMS_OF).await?;
    let found = entries(&client.query(&statement, &[&organisation.to_string()]).await?)?;
    let platforms = found.into_iter().filter_map(|(id, entry)| match entry {
        Entry::Platform(platform) => Some((id, platform)),
        _ => None,
    });
    Ok(platforms.collect())
}

fn entries(rows: &[tokio_postgres::Row]) -> Result<Vec<(Uuid, Entry)>, Problem> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<Entry>>(1)?.0))).collect()
}
