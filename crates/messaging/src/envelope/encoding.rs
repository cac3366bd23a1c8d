//! Header values as the CloudEvents binding for NATS writes them: printable ASCII stands for itself,
//! all else is percent-encoded.

use std::fmt::Write as _;

pub(super) fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' => push_encoded(&mut encoded, byte),
            b'!'..=b'~' => encoded.push(char::from(byte)),
            other => push_encoded(&mut encoded, other),
        }
    }
    encoded
}

fn push_encoded(encoded: &mut String, byte: u8) {
    // Writing to a String does not fail.
    let _ = write!(encoded, "%{byte:02X}");
}

/// Accepts a quoted string too, with its escapes. None when it is not a header value.
pub(super) fn decode(value: &str) -> Option<String> {
    let unquoted = match value.strip_prefix('"') {
        None if !value.contains('%') => return Some(value.to_owned()),
        None => value.to_owned(),
        Some(rest) => unescape(rest.strip_suffix('"')?)?,
    };
    let mut bytes = Vec::with_capacity(unquoted.len());
    let mut rest = unquoted.bytes();
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' { hex(rest.next()?)? << 4 | hex(rest.next()?)? } else { byte };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

fn unescape(quoted: &str) -> Option<String> {
    let mut letters = quoted.chars();
    let mut plain = String::with_capacity(quoted.len());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next()?),
            '"' => return None,
            other => plain.push(other),
        }
    }
    Some(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_written_as_the_binding_says() {
        assert_eq!(encode("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(encode("a\"b%c"), "a%22b%25c");
        assert_eq!(decode("\"Euro \\\"€\\\" %E2%82%AC\"").as_deref(), Some("Euro \"€\" €"));
        for malformed in ["%", "%4", "%zz", "%FF", "\"open", "\"a\"b\"", "\"\\\""] {
            assert_eq!(decode(malformed), None, "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in ".*") {
            let encoded = encode(&value);
            prop_assert!(encoded.bytes().all(|byte| (b'!'..=b'~').contains(&byte)));
            prop_assert_eq!(decode(&encoded), Some(value));
        }
    }
}
