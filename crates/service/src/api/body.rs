//! From JSON to a command: strict, and in French about what is wrong. Values that were sent are never
//! repeated in a problem.

use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::Problem;

/// Reads a JSON body.
///
/// # Errors
/// 415 when it is not said to be JSON, 413 when too large, 400 when it is not JSON, 422 with a pointer when it is
/// not of the right shape.
pub fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "/problemes/type-de-contenu",
            "Type de contenu refusé",
            "Le corps doit être en JSON, annoncé par Content-Type: application/json.",
        ));
    }
    if commands_a_terminal(body) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problemes/corps",
            "Corps refusé",
            "Un texte contient un caractère de commande, que rien n’affiche. Retirez-le. Rien n’a été enregistré.",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        explain(error.inner(), &pointer)
    })?;
    deserializer.end().map_err(|error| explain(&error, ""))?;
    Ok(value)
}

/// Whether a text holds a control character other than the tabulation and the ends of lines. Postgres keeps no
/// U+0000 in the documents of the read models; terminals obey others. JSON writes those before U+0020 escaped only;
/// a backslash that is itself escaped begins nothing.
fn commands_a_terminal(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        let (found, read) = match (first, after) {
            (b'\\', [b'u', code @ ..]) => (escapes_a_command(code), 1),
            (b'\\', [next, ..]) => (matches!(next, b'b' | b'f'), 1),
            // U+0080 to U+009F.
            (0xc2, [0x80..=0x9f, ..]) | (0x7f, _) => (true, 0),
            _ => (false, 0),
        };
        if found {
            return true;
        }
        rest = after.get(read..).unwrap_or_default();
    }
    false
}

/// What follows `\u`.
fn escapes_a_command(code: &[u8]) -> bool {
    let digits = code.get(..4).and_then(|digits| std::str::from_utf8(digits).ok());
    let sign = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    sign.is_some_and(|sign| sign.is_control() && !matches!(sign, '\t' | '\n' | '\r'))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            serde_path_to_error::Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            serde_path_to_error::Segment::Map { key } => pointer.push_str(&format!("/{key}")),
            _ => {}
        }
    }
    pointer
}

fn explain(error: &serde_json::Error, pointer: &str) -> Problem {
    let text = error.to_string();
    let quoted = || text.split('`').nth(1).unwrap_or_default();
    if error.is_syntax() || error.is_eof() {
        return Problem::bad_request(format!(
            "Le corps n’est pas du JSON bien formé (ligne {}, colonne {}).",
            error.line(),
            error.column()
        ));
    }
    let (pointer, detail) = if text.starts_with("missing field") {
        (format!("{pointer}/{}", quoted()), format!("Le champ « {} » manque.", quoted()))
    } else if text.starts_with("unknown field") {
        // The name of a field that does not exist is the caller's: it is shown by its place only.
        (pointer.to_owned(), "Ce champ n’existe pas. Retirez-le, ou vérifiez son nom.".to_owned())
    } else if text.starts_with("duplicate field") {
        (format!("{pointer}/{}", quoted()), format!("Le champ « {} » est donné deux fois.", quoted()))
    } else if let Some((_, expected)) = text.split_once("expected une ") {
        let expected = expected.split(" at line ").next().unwrap_or_default();
        (pointer.to_owned(), format!("La valeur doit être une {expected}."))
    } else {
        (pointer.to_owned(), "La valeur n’est pas du type attendu.".to_owned())
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "/problemes/corps",
        "Corps refusé",
        format!("{detail} Rien n’a été enregistré."),
    )
    .at(pointer, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_refused_and_their_look_alikes_are_not() {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        let raw = ["[\"\u{9b}2J\"]", "[\"\u{7f}\"]"];
        for refused in
            [r#"["a\u0000"]"#, r#"{"\u0000": 1}"#, r#"["\\\u0000"]"#, r#"["\u001b[2J\u0007"]"#, r#"["\f"]"#]
                .into_iter()
                .chain(raw)
        {
            let problem = parse::<serde_json::Value>(&headers, refused.as_bytes()).unwrap_err();
            assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        }
        for kept in [r#"["\\u0000"]"#, r#"["\t\n\r\u000a u0000 à \u00e0"]"#, r#"["\\"]"#] {
            assert!(parse::<serde_json::Value>(&headers, kept.as_bytes()).is_ok(), "{kept}");
        }
        for cut in ["\"x\\", r#"["\u"#, r#"["\u00"#, r#"["\uzzzz"]"#] {
            assert!(!commands_a_terminal(cut.as_bytes()), "{cut}");
        }
    }
}
