//! Finding whether someone is already followed, without their name being written anywhere: by keyed digests kept
//! beside the keys ([`sealing::keys::index`]). What is answered is that there may be someone, on one’s own platform or
//! elsewhere: neither who hosts them nor which case it is, unless whoever asks may already read who they are. Where
//! someone lives is what those who look for them to harm them would ask. Each match is a reading, and counts as one.

use access::Actor;
use contracts::{Class, common::v1::Role, events};
use sealing::IndexKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BoxError, CaseStanding, Config, Day, Organisation, Problem, Reading, Runtime};

pub mod by;
pub mod handle;
mod identities;
mod keeper;
mod lures;

pub use identities::identities;
pub use keeper::{Kept, keep, rebuild};

/// What reading a case is called in the policies.
const READ: &str = "case.read";
/// What searching is called in the policies.
pub const NAME: &str = "case.search";
/// What opening a case in an emergency is called in the policies.
const OPEN_EMERGENCY: &str = "case.open-emergency-access";

/// How many are shown at most. As many are looked at, whether anyone was found or not.
pub const AT_MOST: usize = 5;

/// Whom to look for: a name with a birth date or a year of birth, an e-mail address, a telephone number.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sought {
    /// Family name, however it is written.
    #[serde(default)]
    pub family_name: String,
    /// Birth date.
    #[serde(default)]
    pub birth_date: Option<Day>,
    /// Year of birth, when the date is not known.
    #[serde(default)]
    pub birth_year: Option<i16>,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Telephone number.
    #[serde(default)]
    pub phone: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Matches {
    /// Those who may be the person, five at most.
    pub items: Vec<Match>,
    /// Whether there may be others: say more of the person.
    pub more: bool,
}

/// Someone who may be the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Match {
    /// « Correspondance possible ».
    pub text: &'static str,
    /// Whether a platform of one’s own organisation shares the case: whoever animates it knows the structures.
    pub on_platform: bool,
    /// The structure that hosts them, for whoever may already read who they are.
    pub structure: Option<Named>,
    /// The post to call, for them too.
    pub post: Option<Named>,
    /// The case, for them too.
    pub case_id: Option<Uuid>,
    /// What opens the case in an emergency, for those who may; it says nothing to anyone else.
    pub emergency: Option<String>,
}

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SearchNamed)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// The secret of the configuration; the demonstration makes one when there is none.
///
/// # Errors
/// When its file cannot be read, or holds something else.
pub fn index_key(config: &Config) -> Result<IndexKey, BoxError> {
    let mut path = config.index_key_file.clone();
    if path.as_os_str().is_empty() {
        path = config.kek_file.with_file_name("index.key");
    }
    if config.demonstration && !path.exists() {
        // Two processes may try at once: the first one wins, both read the same file below.
        drop(sealing::Kek::generate_file(&path));
    }
    Ok(IndexKey::read(&path)?)
}

/// [`index_key`], refused when the same secret wraps the keys.
fn key_of(runtime: &Runtime) -> Result<IndexKey, BoxError> {
    let key = index_key(&runtime.config)?;
    if key.is_also(&runtime.sealer.ring().keks().current()) {
        return Err("the index key is the key that wraps all keys: make another one".into());
    }
    Ok(key)
}

/// Looks for someone.
///
/// # Errors
/// 403 to whoever may not, 422 when too little is said, 503 when the index cannot be read.
pub async fn search(runtime: &Runtime, reading: &Reading, sought: &Sought) -> Result<Matches, Problem> {
    runtime.policies.decide(reading, NAME, None)?;
    sought.check(runtime.clock.today())?;
    let key = key_of(runtime).map_err(|error| {
        tracing::error!(%error, "people cannot be looked for");
        Problem::unavailable()
    })?;
    let digests = by::sought(&key, sought);
    let limit = u32::try_from(AT_MOST + 1).unwrap_or(u32::MAX);
    let lures = lures::found(runtime, &key, &digests).await?;
    let people = runtime.sealer.ring().find(key.id(), &digests, limit).await.map_err(sealing::Error::from)?;
    let found: Vec<Uuid> = lures.keys().copied().chain(people).collect();
    let more = found.len() > AT_MOST;
    let mut items = Vec::with_capacity(AT_MOST);
    for place in 0..AT_MOST {
        let id = found.get(place).copied().unwrap_or_default();
        let shown = show(runtime, reading, id, lures.get(&id)).await?;
        reading.asked(id);
        items.extend(shown);
    }
    Ok(Matches { items, more })
}

/// Whether someone else of that identity seems to be followed already: by what is exact, never by how a name sounds.
/// Nobody is shown anything of them; but to be told so is to have looked for them: it is within the same quota, beyond
/// which nothing is said, and a reading of them. Without a secret nobody is found, and it is said in the log.
///
/// # Errors
/// When the keys or the database cannot be read, or whoever looks has read too much.
pub(crate) async fn has_twin(
    runtime: &Runtime,
    reading: &Reading,
    who: &by::Who,
    except: Option<Uuid>,
) -> Result<bool, Problem> {
    if reading.system.is_none() && runtime.may_search(reading).await.is_err() {
        tracing::info!("too many looked for: a twin is not told");
        return Ok(false);
    }
    let key = match key_of(runtime) {
        Ok(key) => key,
        Err(error) => {
            tracing::error!(%error, "people cannot be looked for");
            return Ok(false);
        }
    };
    let exact = by::exact(&key, who);
    let found = runtime.sealer.ring().find(key.id(), &exact, 2).await.map_err(sealing::Error::from)?;
    let mut twins: Vec<Uuid> = found.into_iter().filter(|id| Some(*id) != except).collect();
    for id in twins.clone() {
        // Of data that are limited nobody is told.
        if runtime.case_standing(id).await?.is_some_and(|case| case.restrictions.hold()) {
            twins.retain(|other| *other != id);
        }
    }
    if reading.system.is_none() {
        twins.iter().for_each(|id| reading.saw(*id, &[Class::Trace]));
        reading.commit(runtime).await?;
    }
    Ok(!twins.is_empty())
}

/// What is shown of one of them. The same is read whoever it is, and for nobody.
async fn show(
    runtime: &Runtime,
    reading: &Reading,
    case_id: Uuid,
    lure: Option<&lures::Lure>,
) -> Result<Option<Match>, Problem> {
    let actor: &Actor = reading.actor();
    let case = runtime.case_standing(case_id).await?;
    let view = runtime.view(actor, case.as_ref(), runtime.clock.now()).await?;
    // Of data that are limited, there is nothing to be found but by those who answer for them.
    let case = case.filter(|_| !view.restricted || runtime.policies.may(actor, READ, Some(&view)).is_ok());
    let reads = runtime.policies.may(actor, READ, Some(&view)).is_ok()
        && runtime.policies.view(actor, &view, Class::Identity, None).is_ok();
    let structure_id = case.as_ref().map(|case| case.structure_id).or(lure.map(|lure| lure.structure_id));
    let structure_id = structure_id.unwrap_or_default();
    let structure = Organisation::fold(&runtime.journal.stream(structure_id, 1).await?);
    let post_id = case.as_ref().and_then(called).or(lure.and_then(|lure| lure.post_id)).unwrap_or_default();
    let post = title(&runtime.journal.stream(post_id, 1).await?);
    if case.is_none() && lure.is_none() {
        return Ok(None);
    }
    let reads = case.is_some() && reads;
    reading.saw(case_id, &[if reads { Class::Identity } else { Class::Trace }]);
    // Whoever only lacks a second factor is told to show one when they ask.
    let strong = Actor { second_factor: true, ..actor.clone() };
    let urgent = runtime.policies.may(&strong, OPEN_EMERGENCY, Some(&view)).is_ok();
    Ok(Some(Match {
        text: "Correspondance possible",
        on_platform: view.on_platform,
        structure: structure.filter(|_| reads).map(|one| Named { id: structure_id, name: one.name }),
        post: post.filter(|_| reads).map(|name| Named { id: post_id, name }),
        case_id: reads.then_some(case_id),
        emergency: (urgent && !reads).then(|| handle::give(runtime, actor, case_id)),
    }))
}

/// The post of a circle to call: the référent social first.
fn called(case: &CaseStanding) -> Option<Uuid> {
    let rank = |role: Role| match role {
        Role::REFERENT_SOCIAL => Some(0),
        Role::CIP => Some(1),
        Role::REFERENT_EMPLOI => Some(2),
        Role::CONSEILLER => Some(3),
        _ => None,
    };
    let posts = case.circle.iter().filter_map(|(post, role)| Some((rank(*role)?, *post)));
    posts.min().map(|(_, post)| post)
}

/// How a post is called.
fn title(facts: &[contracts::Recorded]) -> Option<String> {
    facts.iter().find_map(|fact| match fact.trace() {
        Ok(events::Post::PostOpened(opened)) => Some(opened.title),
        _ => None,
    })
}

impl Sought {
    /// The search must be narrow enough to mean one person.
    fn check(&self, today: jiff::civil::Date) -> Result<(), Problem> {
        let named = !vocabulary::names::fold(&self.family_name).is_empty();
        let born = self.birth_date.is_some() || self.birth_year.is_some();
        if self.birth_date.is_some_and(|day| day.0 > today || day.0.year() < 1900)
            || self.birth_year.is_some_and(|year| !(1900..=today.year()).contains(&year))
        {
            let at = if self.birth_date.is_some() { "/birth_date" } else { "/birth_year" };
            return Err(too_little("Cette date de naissance n’est pas possible. Corrigez-la.", at));
        }
        match (named, born) {
            (true, false) => Err(too_little(
                "Avec le nom, donnez la date de naissance, ou au moins l’année.",
                "/birth_date",
            )),
            (false, true) => {
                Err(too_little("Avec la date de naissance, donnez le nom de famille.", "/family_name"))
            }
            (false, false) if by::email(&self.email).is_none() && by::phone(&self.phone).is_none() => {
                Err(too_little(
                    "Donnez un nom avec une date ou une année de naissance, ou une adresse électronique, ou un téléphone.",
                    "/family_name",
                ))
            }
            _ => Ok(()),
        }
    }
}

fn too_little(detail: &'static str, pointer: &'static str) -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "/problemes/recherche",
        "Recherche à préciser",
        detail,
    )
    .at(pointer, detail)
}
