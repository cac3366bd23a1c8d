//! A set of policies, checked against the schema, ready to be asked.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path, str::FromStr as _, sync::Arc};

use cedar_policy::{
    Authorizer, Context, Effect, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet,
    Request, Response, Schema, ValidationMode, Validator,
};
use contracts::{Class, buffa::Enumeration as _, common::v1::Role};
use sha2::{Digest as _, Sha256};

use super::{PolicyError, slices::slice};
use crate::Actor;

const SCHEMA: &str = include_str!("../../policies/jalon.cedarschema");
/// In force whatever a folder says.
const GUARDS: (&str, &str) = ("guards.cedar", include_str!("../../policies/guards.cedar"));
/// In force unless a folder holds others.
const BUNDLED: [(&str, &str); 3] = [
    ("cases.cedar", include_str!("../../policies/cases.cedar")),
    ("classes.cedar", include_str!("../../policies/classes.cedar")),
    ("roles.cedar", include_str!("../../policies/roles.cedar")),
];

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// To do what bears a name.
    Use,
    /// To know of a case.
    Read,
    /// To state something in a case.
    State,
    /// To read a class of data.
    View(Class),
}

impl Act {
    const ALL: [Self; 9] = [
        Self::Use,
        Self::Read,
        Self::State,
        Self::View(Class::Identity),
        Self::View(Class::Project),
        Self::View(Class::Social),
        Self::View(Class::Health),
        Self::View(Class::Judicial),
        Self::View(Class::Note),
    ];

    fn action(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Read => "read",
            Self::State => "state",
            Self::View(_) => "view",
        }
    }

    /// The kind and the name of what it is about.
    fn resource(self) -> (&'static str, &'static str) {
        match self {
            Self::Use => ("House", "jalon"),
            Self::Read | Self::State => ("Case", "case"),
            Self::View(class) => ("Class", class.name()),
        }
    }

    /// Why it is denied when no policy speaks.
    pub(super) fn otherwise(self) -> &'static str {
        match self {
            Self::Use => "votre rôle ne permet pas cette action",
            Self::Read | Self::State => "vous n’êtes pas dans le cercle de cette personne",
            Self::View(_) => "ces données ne vous sont pas ouvertes",
        }
    }
}

/// A policy, by the id it bears.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) id: Arc<str>,
    /// Why it forbids, in French; empty when it allows.
    pub(super) says: Arc<str>,
}

/// Policies in force, and whatever is the same for all questions.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) digest: Arc<str>,
    schema: Schema,
    authorizer: Authorizer,
    entities: Entities,
    named: HashMap<PolicyId, Named>,
    /// Whoever asks: the roles in the order of the contract, then the systems.
    askers: Vec<EntityUid>,
    asked: Vec<Asked>,
}

/// An act, with all that it takes to ask.
#[derive(Debug)]
struct Asked {
    act: Act,
    action: EntityUid,
    resource: EntityUid,
    /// For each asker, the policies that may have something to say.
    policies: Vec<PolicySet>,
}

/// A question ready to be asked.
pub(super) struct Ready<'a> {
    request: Request,
    policies: &'a PolicySet,
}

impl Bundle {
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, PolicyError> {
        let mut files: Vec<(String, String)> = match folder {
            Some(folder) => read(folder)?,
            None => BUNDLED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        };
        files.push((GUARDS.0.to_owned(), GUARDS.1.to_owned()));
        files.sort();
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(wrong)?;
        let mut all = PolicySet::new();
        let mut named = HashMap::new();
        for (file, text) in &files {
            for policy in parse(file, text)? {
                let id = policy.id().clone();
                named.insert(id.clone(), name(file, &policy)?);
                let twice = |_| PolicyError(format!("{file} : l’id {id} est déjà pris"));
                all.add(policy).map_err(twice)?;
            }
        }
        let found = Validator::new(schema.clone()).validate(&all, ValidationMode::Strict);
        if let Some(error) = found.validation_errors().next() {
            return Err(wrong(error));
        }
        let roles = Role::values().iter().map(|role| uid("Role", role.proto_name()));
        let askers = roles.chain([uid("System", "system")]).collect::<Result<Vec<_>, _>>()?;
        let asked = Act::ALL.iter().map(|act| asked(&all, *act, &askers));
        Ok(Self {
            digest: digest(&files),
            schema,
            authorizer: Authorizer::new(),
            entities: Entities::empty(),
            asked: asked.collect::<Result<_, _>>()?,
            named,
            askers,
        })
    }

    pub(super) fn named(&self, id: &PolicyId) -> Option<&Named> {
        self.named.get(id)
    }

    /// The question, as the policies understand it.
    pub(super) fn question(&self, actor: &Actor, act: Act, context: Context) -> Result<Ready<'_>, String> {
        let place = match actor.system {
            Some(_) => Some(self.askers.len() - 1),
            None => Role::values().iter().position(|role| *role == actor.role),
        };
        let asked = self.asked.iter().find(|asked| asked.act == act);
        let (place, asked) = place.zip(asked).ok_or("nothing is opened or closed there")?;
        let (asker, action, resource) =
            (self.askers[place].clone(), asked.action.clone(), asked.resource.clone());
        // Every question has the one shape that tests check against the schema.
        let schema = cfg!(debug_assertions).then_some(&self.schema);
        let request =
            Request::new(asker, action, resource, context, schema).map_err(|error| error.to_string())?;
        Ok(Ready { request, policies: &asked.policies[place] })
    }

    pub(super) fn ask(&self, ready: &Ready<'_>) -> Response {
        self.authorizer.is_authorized(&ready.request, ready.policies, &self.entities)
    }
}

fn asked(all: &PolicySet, act: Act, askers: &[EntityUid]) -> Result<Asked, PolicyError> {
    let (kind, name) = act.resource();
    let (action, resource) = (uid("Action", act.action())?, uid(kind, name)?);
    // An act that nothing allows to anybody is a mistake, not a policy.
    if !slice(all, None, &action, &resource)?.policies().any(allows) {
        return Err(PolicyError(format!("aucune politique ne permet {action} sur {resource} à personne")));
    }
    let policies = askers.iter().map(|asker| slice(all, Some(asker), &action, &resource));
    Ok(Asked { act, policies: policies.collect::<Result<_, _>>()?, action, resource })
}

pub(super) fn wrong(error: impl std::fmt::Display) -> PolicyError {
    PolicyError(error.to_string())
}

/// The policies of a folder. The guards are those of the program: a file of that name must be the same.
fn read(folder: &Path) -> Result<Vec<(String, String)>, PolicyError> {
    let unread = |error: &std::io::Error, what: &Path| PolicyError(format!("{} : {error}", what.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unread(&error, folder))? {
        let path = entry.map_err(|error| unread(&error, folder))?.path();
        if path.extension().is_none_or(|extension| extension != "cedar") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| unread(&error, &path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != GUARDS.0 {
            files.push((name, text));
        } else if text != GUARDS.1 {
            return Err(PolicyError(format!(
                "{} : les gardes sont celles du programme et ne se changent pas ; retirez ce fichier",
                path.display()
            )));
        }
    }
    Ok(files)
}

/// The policies of a file, each under the id it bears.
fn parse(file: &str, text: &str) -> Result<Vec<Policy>, PolicyError> {
    let set = PolicySet::from_str(text).map_err(|error| PolicyError(format!("{file} : {error}")))?;
    if set.templates().next().is_some() {
        return Err(PolicyError(format!("{file} : un modèle n’est pas une politique")));
    }
    let policies = set.policies().map(|policy| {
        let id = policy.annotation("id").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| PolicyError(format!("{file} : une politique n’a pas de @id")))?;
        Ok(policy.new_id(PolicyId::new(id)))
    });
    policies.collect()
}

fn allows(policy: &Policy) -> bool {
    policy.effect() == Effect::Permit
}

fn name(file: &str, policy: &Policy) -> Result<Named, PolicyError> {
    let says = policy.annotation("says").unwrap_or_default();
    if !allows(policy) && says.is_empty() {
        return Err(PolicyError(format!("{file} : {} interdit sans dire pourquoi (@says)", policy.id())));
    }
    Ok(Named { id: policy.id().to_string().into(), says: says.into() })
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, PolicyError> {
    let kind = EntityTypeName::from_str(kind).map_err(wrong)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

/// The beginning of the SHA-256 of the schema and of all the files, each with its name.
fn digest(files: &[(String, String)]) -> Arc<str> {
    let mut digest = Sha256::new();
    let schema = ("jalon.cedarschema", SCHEMA);
    for (name, text) in files.iter().map(|(name, text)| (name.as_str(), text.as_str())).chain([schema]) {
        for part in [name, text] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    let mut text = String::with_capacity(16);
    for byte in &digest.finalize()[..8] {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}
