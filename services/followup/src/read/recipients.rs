//! Who received data of a person and was told what became of them (RGPD, article 19), as the journal tells it: never
//! late.

use std::collections::{BTreeMap, HashMap, HashSet};

use contracts::{
    EnumValue, Recorded,
    buffa::Enumeration as _,
    case::v1::{PersonalClass, RecipientMatter},
    common::v1::Role,
    events, label_of,
};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::cards::{Card, Cards};
use crate::views::received::ANSWERING;

/// An organisation that was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ToldRecipient)]
pub struct Told {
    /// The organisation.
    pub organisation: Card,
    /// What became of the data.
    #[schema(value_type = String)]
    pub matter: EnumValue<RecipientMatter>,
    /// That, in French.
    pub matter_text: &'static str,
    /// Of which data; none for all of them.
    #[schema(value_type = Vec<String>)]
    pub classes: Vec<EnumValue<PersonalClass>>,
    /// When it was told.
    #[schema(value_type = Option<String>, format = Date)]
    pub told_on: Option<Date>,
    /// Whether it has a post that reads such notices; it is to be told otherwise when it has none.
    pub reached: bool,
    /// The fact that called for it.
    pub cause_id: Uuid,
}

/// The organisations, among these, that have a post that answers, or a DPO.
const WITH_POSTS: &str = "
select distinct body ->> 'organisation_id' from read.directory
where kind = 'post' and body ->> 'organisation_id' = any($1) and body ->> 'role' = any($2)";

/// Those of a case, the last told first.
///
/// # Errors
/// When the journal or the read models cannot be read.
pub async fn of_case(runtime: &Runtime, case_id: Uuid) -> Result<Vec<Told>, Problem> {
    told(runtime, &runtime.journal.stream(case_id, 1).await?).await
}

/// Those who were told of each erasure that was asked for, by its request.
///
/// # Errors
/// When the journal or the read models cannot be read.
pub async fn by_request(runtime: &Runtime, case_id: Uuid) -> Result<BTreeMap<Uuid, Vec<Told>>, Problem> {
    let facts = runtime.journal.stream(case_id, 1).await?;
    let request = |fact: &Recorded| match fact.trace::<events::Case>() {
        Ok(events::Case::PersonForgotten(gone)) => Some((fact.event_id, gone.request_id.parse().ok()?)),
        _ => None,
    };
    let requests: HashMap<Uuid, Uuid> = facts.iter().filter_map(request).collect();
    let mut all: BTreeMap<Uuid, Vec<Told>> = BTreeMap::new();
    for one in told(runtime, &facts).await? {
        if let Some(request) = requests.get(&one.cause_id) {
            all.entry(*request).or_default().push(one);
        }
    }
    Ok(all)
}

async fn told(runtime: &Runtime, facts: &[Recorded]) -> Result<Vec<Told>, Problem> {
    let told: Vec<_> = facts
        .iter()
        .rev()
        .filter_map(|fact| match fact.trace::<events::Case>() {
            Ok(events::Case::RecipientTold(told)) => Some(told),
            _ => None,
        })
        .collect();
    let ids: Vec<Uuid> = told.iter().filter_map(|one| one.organisation_id.parse().ok()).collect();
    let (cards, with_posts) = tokio::try_join!(Cards::read(runtime, &ids), with_posts(runtime, &ids))?;
    let one = |one: contracts::case::v1::RecipientTold| Told {
        organisation: cards.card(one.organisation_id.parse().unwrap_or_default()),
        matter: one.matter,
        matter_text: label_of(one.matter),
        classes: one.classes,
        told_on: parse(&one.told_on),
        reached: !one.post_ids.is_empty() || with_posts.contains(&one.organisation_id),
        cause_id: one.cause_id.parse().unwrap_or_default(),
    };
    Ok(told.into_iter().map(one).collect())
}

async fn with_posts(runtime: &Runtime, organisations: &[Uuid]) -> Result<HashSet<String>, Problem> {
    if organisations.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<String> = organisations.iter().map(Uuid::to_string).collect();
    let roles: Vec<&str> = ANSWERING.iter().chain([&Role::DPO]).map(|role| role.proto_name()).collect();
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(WITH_POSTS).await?;
    let rows = client.query(&statement, &[&ids, &roles]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What happened, as it follows « prévenus »: « d’une correction ».
pub fn of_what(matter: EnumValue<RecipientMatter>) -> String {
    let text = label_of(matter);
    if text.starts_with("un") { format!("d’{text}") } else { format!("de {text}") }
}
