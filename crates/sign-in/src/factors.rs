//! Whether a provider says that someone proved who they are by two factors: by the level of assurance it gives (`acr`),
//! or by the ways it names (`amr`, RFC 8176).

/// The levels of ProConnect that are reached by two factors only: the lowest of its three pillars makes the level, and
/// one of them is how one proves who one is (partenaires.proconnect.gouv.fr, « Niveaux eidas » and « Double
/// authentification », with the names that were there before).
const LEVELS: [&str; 6] = [
    "eidas0-mfa",
    "eidas1-mfa",
    "eidas2",
    "eidas3",
    "https://proconnect.gouv.fr/assurance/self-asserted-2fa",
    "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
];
/// Ways of proving who one is that are two factors by themselves (RFC 8176, and the words of ProConnect)…
const STRONG: [&str; 2] = ["mfa", "pop"];
/// … and those that are the second one beside a password.
const SECOND: [&str; 3] = ["otp", "totp", "hwk"];

/// Whether that level of assurance is reached by two factors only.
pub(crate) fn says_two(level: &str) -> bool {
    LEVELS.contains(&level)
}

/// Whether that level of assurance, or else these ways of proving who one is, are two factors.
pub(crate) fn are_two(level: Option<&str>, methods: &[&str]) -> bool {
    let any = |known: &[&str]| methods.iter().any(|method| known.contains(method));
    level.is_some_and(says_two) || any(&STRONG) || any(&SECOND) && methods.contains(&"pwd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_are_two() {
        for strong in [&["pwd", "mfa"][..], &["pop"], &["pwd", "totp"], &["otp", "pwd"], &["pwd", "hwk"]] {
            assert!(are_two(None, strong), "{strong:?}");
        }
        for weak in [&[][..], &["pwd"], &["mail"], &["otp"], &["pwd", "mail"], &["MFA"], &["pwd", "kba"]] {
            assert!(!are_two(None, weak), "{weak:?}");
        }
    }

    #[test]
    fn a_level_counts_when_two_factors_reach_it_and_no_other_level_does() {
        for strong in LEVELS {
            assert!(are_two(Some(strong), &["pwd"]), "{strong}");
        }
        for weak in [
            "",
            "eidas0",
            "eidas1",
            "eidas4",
            "EIDAS2",
            " eidas2",
            "eidas2 eidas3",
            "eidas1-mfa-extra",
            "https://proconnect.gouv.fr/assurance/self-asserted",
            "https://proconnect.gouv.fr/assurance/consistency-checked",
            "https://proconnect.gouv.fr/assurance/certification-dirigeant",
            "https://ailleurs.example/assurance/self-asserted-2fa",
        ] {
            assert!(!are_two(Some(weak), &["pwd"]), "{weak}");
            assert!(are_two(Some(weak), &["pwd", "mfa"]), "{weak}: what was shown was shown");
        }
    }
}
