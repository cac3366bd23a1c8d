//! What every command is asked about its texts: no social security number is ever kept, and how to reach someone is
//! kept in a text only when whoever writes it says that it must be.

use axum::http::StatusCode;
use serde_json::Value;
use vocabulary::{
    Rule,
    texts::{Private, private},
};

use super::{Failed, Request};
use crate::{
    command::{Command, Context, Domain},
    problem::Problem,
};

/// No social security number, ever.
pub const NO_SOCIAL_SECURITY: Rule = Rule::strict(
    "texte.nir",
    "Aucun numéro de sécurité sociale n’est enregistré dans Jalon, où que ce soit.",
    "RGPD, article 5 ; décret 2019-341",
);
/// How to reach someone has its own place.
pub const CONFIRM_CONTACT: Rule = Rule::soft(
    CONFIRMED,
    "Un texte qui semble contenir un téléphone ou une adresse électronique n’est gardé que confirmé, et signalé au cercle.",
    "RGPD, article 5",
);

/// The header by which a text is confirmed.
pub(crate) const CONFIRM: &str = "jalon-confirm";
/// Its value: the id of the rule.
pub(crate) const CONFIRMED: &str = "texte.a-confirmer";

/// The problem of a text that is to be confirmed.
pub const TO_CONFIRM: &str = "/problemes/texte-a-confirmer";

/// Members whose place it is to say how someone is reached: alone, or at the end of a longer name.
const CONTACTS: [&str; 4] = ["phone", "email", "contact", "contacts"];
/// Members that hold codes and references of elsewhere, which are no numbers of anyone.
const CODES: [&str; 5] = ["siret", "reference", "external_ids", "service_id", "number"];

/// Asks a command about its texts. What another tool says is kept as it says it, and marked.
pub(super) fn check_texts<C: Command>(
    command: &C,
    request: &Request,
    context: &Context,
) -> Result<(), Failed> {
    let body = serde_json::to_value(command).map_err(|error| Problem::internal(&error))?;
    let found = found(&body);
    if found.is_empty() {
        return Ok(());
    }
    if request.actor.system.is_some() {
        if <C::Aggregate as Domain>::PERSON {
            context.warn(&CONFIRM_CONTACT);
        }
        return Ok(());
    }
    match problem(&found, request.confirmed) {
        Some(problem) => Err(problem.into()),
        None => {
            context.warn(&CONFIRM_CONTACT);
            Ok(())
        }
    }
}

/// What the texts of a body hold: where, and what.
pub fn found(body: &Value) -> Vec<(String, Private)> {
    let mut found = Vec::new();
    walk(body, "", String::new(), &mut found);
    found
}

fn walk(value: &Value, name: &str, pointer: String, found: &mut Vec<(String, Private)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, name, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                walk(value, name, format!("{pointer}/{place}"), found);
            }
        }
        Value::String(text) => {
            let at_home = || is_one(&CONTACTS, name) || is_one(&CODES, name);
            let what = private(text).filter(|what| *what == Private::SocialSecurity || !at_home());
            found.extend(what.map(|what| (pointer, what)));
        }
        _ => {}
    }
}

/// Whether a member bears one of these names, alone or at the end of its own.
fn is_one(names: &[&str], member: &str) -> bool {
    names.iter().any(|name| {
        member.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
}

/// Why what was found is not kept, when it is not.
fn problem(found: &[(String, Private)], confirmed: bool) -> Option<Problem> {
    let worst = found.iter().map(|(_, what)| *what).min()?;
    let (problem, rule, detail) = match worst {
        Private::SocialSecurity => (
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "/problemes/regle",
                "Règle non respectée",
                "Un texte semble contenir un numéro de sécurité sociale : Jalon n’en garde aucun. Retirez-le, puis renvoyez la demande. Rien n’a été enregistré.",
            ),
            NO_SOCIAL_SECURITY.id,
            "Ce texte semble contenir un numéro de sécurité sociale. Retirez-le.",
        ),
        Private::Contact if confirmed => return None,
        Private::Contact => (
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                TO_CONFIRM,
                "Texte à confirmer",
                "Un texte semble contenir un numéro de téléphone ou une adresse électronique. Retirez-le s’il n’est pas indispensable ; sinon, renvoyez la même demande en confirmant (en-tête Jalon-Confirm: texte.a-confirmer). Rien n’a été enregistré.",
            ),
            CONFIRMED,
            "Ce texte semble contenir un numéro de téléphone ou une adresse électronique. Retirez-le, ou confirmez.",
        ),
    };
    let concerned = found.iter().filter(|(_, what)| *what == worst);
    let mut problem = concerned.fold(problem, |problem, (pointer, _)| problem.at(pointer.clone(), detail));
    problem.rule = Some(rule.into());
    Some(problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_looked_at_wherever_they_are_and_contacts_have_their_place() {
        let body = json!({
            "text": "joindre au 06 12 34 56 78",
            "decisions": ["rien", "écrire à ana@exemple.fr"],
            "identity": {"phone": "06 12 34 56 78", "email": "ana@exemple.fr", "language": "2 86 04 99 000 001 60"},
            "terms": {"tutor_contact": "0612345678", "host_siret": "00123456700012"},
            "structure_id": "06123456-7890-4123-8456-061234567890",
            "starts_on": "2026-11-23",
            "hours": 612_345_678,
        });
        let expected = [
            ("/decisions/1", Private::Contact),
            ("/identity/language", Private::SocialSecurity),
            ("/text", Private::Contact),
        ];
        let mut found = found(&body);
        found.sort();
        let found: Vec<(&str, Private)> = found.iter().map(|(at, what)| (&**at, *what)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn no_social_security_number_even_where_contacts_are() {
        let found = found(&json!({"phone": "286049900000160"}));
        assert_eq!(found, [("/phone".to_owned(), Private::SocialSecurity)]);
        let refused = problem(&found, true).expect("refused");
        assert_eq!((refused.status.as_u16(), refused.rule.as_deref()), (422, Some("texte.nir")));
    }

    #[test]
    fn what_is_to_be_confirmed_is_named_and_never_repeated() {
        let found = found(&json!({"a": "0612345678", "b": ["", "ana@exemple.fr"]}));
        let asked = problem(&found, false).expect("asked");
        assert_eq!((&*asked.kind, asked.rule.as_deref()), (TO_CONFIRM, Some("texte.a-confirmer")));
        let pointers: Vec<&str> = asked.errors.iter().map(|error| &*error.pointer).collect();
        assert_eq!(pointers, ["/a", "/b/1"]);
        let said = serde_json::to_string(&asked).expect("JSON");
        assert!(!said.contains("0612") && !said.contains("ana@"), "{said}");
        assert!(problem(&found, true).is_none());
        assert!(problem(&[], false).is_none());
    }
}
