//! Codes of public nomenclatures, as they are written.

/// Whether it is the ROME code of a job: a letter from A to N and four digits (France Travail, ROME 4.0).
pub fn is_rome(code: &str) -> bool {
    matches!(code.as_bytes(), [b'A'..=b'N', digits @ ..] if digits.len() == 4 && all_digits(digits))
}

/// Whether it is the ROME code of a skill: a number of four to six digits.
pub fn is_rome_skill(code: &str) -> bool {
    (4..=6).contains(&code.len()) && all_digits(code.as_bytes())
}

/// Whether it is a NAF code, or the beginning of one: a section `N`, a division `81`, a group `81.2`, a class
/// `81.21`, a sub-class with its dot or without, `81.21Z` (Insee, NAF rév. 2).
pub fn is_naf(code: &str) -> bool {
    let (division, rest) = match code.split_once('.') {
        Some((division, rest)) if !rest.is_empty() => (division, rest),
        Some(_) => return false,
        None if code.len() == 5 && code.is_ascii() => code.split_at(2),
        None => (code, ""),
    };
    let section = matches!(code.as_bytes(), [b'A'..=b'U']);
    let class = match rest.as_bytes() {
        [digits @ .., b'A'..=b'Z'] => digits.len() == 2 && all_digits(digits),
        digits => digits.len() <= 2 && all_digits(digits),
    };
    section || division.len() == 2 && all_digits(division.as_bytes()) && class
}

/// Whether it is the code of a commune: two characters for the département, three digits (Insee, code
/// officiel géographique).
pub fn is_commune(code: &str) -> bool {
    match code.as_bytes() {
        [b'2', b'A' | b'B', digits @ ..] => digits.len() == 3 && all_digits(digits),
        digits => digits.len() == 5 && all_digits(digits),
    }
}

fn all_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn tried(is: fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        assert_eq!(right.iter().filter(|code| !is(code)).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(wrong.iter().filter(|code| is(code)).collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn codes_are_read_as_they_are_published() {
        tried(is_rome, &["K2204", "A1101", "N4105"], &["k2204", "Z1101", "K220", "K22045", "K22O4", ""]);
        tried(is_rome_skill, &["1234", "101547"], &["123", "1234567", "12E4", ""]);
        tried(
            is_naf,
            &["N", "81", "81.2", "81.21", "81.21Z", "8121Z"],
            &["", "8", "V", "81.", "81.2Z", "81.21ZZ", "8A.21Z", "81.211", "8121", "812É"],
        );
        tried(is_commune, &["30007", "2A004", "31555"], &["3000", "300077", "2C004", "ABCDE", "3É07", ""]);
    }
}
