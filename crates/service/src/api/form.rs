//! Commands that a plain form of our pages states: its fields are read as the JSON the API takes, and what is
//! done leads back to a page. Without JavaScript, a form can do no more than that.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, post},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Caller, Person, Shared, body, found, now, read_id};
use crate::{
    Problem, Runtime,
    command::Command,
    execute::{CONFIRMED, Request, TO_CONFIRM, Target, execute},
};

/// The field that holds the idempotency key: the same page sent twice is applied once.
pub const KEY: &str = "cle";
/// The field by which a text that says how to reach someone is confirmed: its value is the id of the rule.
pub const CONFIRM: &str = "confirme";

/// A form that states that command of what the address names, then leads back there: `{id}` is replaced. Its
/// fields are named as the members of the command: `classes[]` is a list, `urgent?` a yes; what is left empty is
/// absent.
pub fn form<C: Command>(back: &'static str) -> MethodRouter<Shared> {
    post(
        async move |State(runtime): State<Shared>,
                    Caller(reading): Caller,
                    Path(id): Path<String>,
                    headers: HeaderMap,
                    body: Bytes| {
            // A role that may never do it learns so whatever it sends.
            runtime.policies.decide(&reading, C::NAME, None)?;
            let fields = Fields::read(&headers, &body)?;
            let there = back.replace("{id}", &id);
            let target = Target::Existing(read_id(&id)?);
            state::<C>(&runtime, &reading, |_| target, &headers, &fields, &there).await
        },
    )
}

/// The same, about what the command itself designates, begun when need be.
pub fn form_on<C: Command>(back: &'static str, id: fn(&C) -> Uuid) -> MethodRouter<Shared> {
    post(
        async move |State(runtime): State<Shared>,
                    Caller(reading): Caller,
                    headers: HeaderMap,
                    body: Bytes| {
            runtime.policies.decide(&reading, C::NAME, None)?;
            let fields = Fields::read(&headers, &body)?;
            let target = |command: &C| Target::Begun { id: id(command) };
            state::<C>(&runtime, &reading, target, &headers, &fields, back).await
        },
    )
}

/// The same, of someone who was found: the address holds a [handle](crate::search::handle), and it leads to their page.
pub fn form_of_found<C: Command>(back: &'static str) -> MethodRouter<Shared> {
    post(
        async move |State(runtime): State<Shared>,
                    Caller(reading): Caller,
                    Path(handle): Path<String>,
                    headers: HeaderMap,
                    body: Bytes| {
            runtime.policies.decide(&reading, C::NAME, None)?;
            let fields = Fields::read(&headers, &body)?;
            let id = found(&runtime, &reading, &handle)?;
            let there = back.replace("{id}", &id.to_string());
            state::<C>(&runtime, &reading, |_| Target::Existing(id), &headers, &fields, &there).await
        },
    )
}

/// The same, stated by the person themselves about their own case.
pub fn form_of_person<C: Command>(back: &'static str) -> MethodRouter<Shared> {
    post(async move |State(runtime): State<Shared>, person: Person, headers: HeaderMap, body: Bytes| {
        let fields = Fields::read(&headers, &body)?;
        person.check(fields.one(Person::TOKEN))?;
        let target = Target::Existing(person.case_id());
        state::<C>(&runtime, &person.reading, |_| target, &headers, &fields, back).await
    })
}

async fn state<C: Command>(
    runtime: &Runtime,
    actor: &access::Actor,
    target: impl FnOnce(&C) -> Target,
    headers: &HeaderMap,
    fields: &Fields,
    back: &str,
) -> Result<Response, Problem> {
    let key = fields.one(KEY).filter(|key| (1..=255).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Problem::bad_request("Ce formulaire n’est plus à jour. Revenez à la page, puis recommencez.")
    })?;
    let command: C = fields.command(headers)?;
    let mut request = Request::keyed(actor.clone(), key, now(runtime, headers)?);
    request.confirmed = fields.one(CONFIRM) == Some(CONFIRMED);
    let target = target(&command);
    let outcome = match execute(runtime, target, command, request).await {
        Err(problem) if problem.kind == TO_CONFIRM => return Ok(fields.to_confirm(problem)),
        outcome => outcome?,
    };
    let sign = if back.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{back}{sign}min_position={}", outcome.position)).into_response())
}

/// What a form sent.
#[derive(Debug)]
pub struct Fields(Vec<(String, String)>);

/// What a form sent that is to be confirmed: beside the problem, for whoever shows it as a page.
#[derive(Clone, Debug)]
pub struct ToConfirm(pub Vec<(String, String)>);

/// Fields that are not the command’s.
const OWN: [&str; 3] = [KEY, CONFIRM, Person::TOKEN];

impl Fields {
    /// Reads the body of a form.
    ///
    /// # Errors
    /// 400 when it is not one.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let fields = serde_urlencoded::from_bytes(body).ok().filter(|_| is_form);
        fields.map(Self).ok_or_else(|| {
            Problem::bad_request("Ce formulaire n’est pas lisible. Revenez à la page, puis recommencez.")
        })
    }

    /// What stands in that field; nothing when it is empty or given twice.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, text)| known == name && !text.is_empty());
        match (found.next(), found.next()) {
            (Some((_, text)), None) => Some(text),
            _ => None,
        }
    }

    /// As the JSON of a command.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        let said = self.0.iter().filter(|(name, text)| !text.trim().is_empty() && !OWN.contains(&&**name));
        for (name, text) in said {
            // Browsers end lines as letters once did.
            let text = text.replace("\r\n", "\n");
            if let Some(list) = name.strip_suffix("[]") {
                let items = object.entry(list).or_insert_with(|| Value::Array(Vec::new()));
                items.as_array_mut().into_iter().for_each(|items| items.push(text.clone().into()));
            } else if let Some(yes) = name.strip_suffix('?') {
                object.insert(yes.to_owned(), Value::Bool(text == "oui"));
            } else {
                object.insert(name.clone(), text.into());
            }
        }
        Value::Object(object)
    }

    /// The problem, and beside it all that was sent.
    fn to_confirm(&self, problem: Problem) -> Response {
        let mut response = problem.into_response();
        response.extensions_mut().insert(ToConfirm(self.0.clone()));
        response
    }

    /// The command, checked as one that came as JSON.
    fn command<C: Command>(&self, headers: &HeaderMap) -> Result<C, Problem> {
        let mut headers = headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let json = serde_json::to_vec(&self.json()).map_err(|error| Problem::internal(&error))?;
        body::parse(&headers, &json)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: &'static str, body: &str) -> Result<Fields, Problem> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        Fields::read(&headers, body.as_bytes())
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn fields_are_the_members_of_a_command() {
        let body = "cle=k&classes%5B%5D=IDENTITY&classes%5B%5D=SOCIAL&vite%3F=oui&nom=a%0D%0Ab&vide=+&rien=";
        let fields = read(FORM, body).expect("a form");
        let expected = json!({"classes": ["IDENTITY", "SOCIAL"], "vite": true, "nom": "a\nb"});
        assert_eq!(fields.json(), expected);
        assert_eq!(fields.one("cle"), Some("k"));
        assert_eq!(fields.one("classes[]"), None, "given twice");
        assert_eq!(fields.one("rien"), None);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (kind, body) in
            [("application/json", "{}"), ("text/plain", "a=b"), ("multipart/form-data", "a=b")]
        {
            assert_eq!(read(kind, body).expect_err("refused").status, 400, "{kind}");
        }
    }
}
