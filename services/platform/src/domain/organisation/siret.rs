//! The SIRET: 14 digits whose last is a key.

/// The SIREN of La Poste, whose many establishments have another key: the sum of their digits is a
/// multiple of 5.
const LA_POSTE: &str = "356000000";

/// What was written, spaces removed; nothing when nothing was.
pub fn figures(text: &str) -> Option<String> {
    let siret: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    (!siret.is_empty()).then_some(siret)
}

/// The 14 digits, spaces removed, when the key is right.
pub fn read(text: &str) -> Option<String> {
    let siret = figures(text)?;
    if siret.len() != 14 || !siret.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = || siret.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let luhn: u32 = digits()
        .enumerate()
        .map(|(rank, digit)| match digit * (1 + rank as u32 % 2) {
            doubled @ 10.. => doubled - 9,
            small => small,
        })
        .sum();
    let right = luhn.is_multiple_of(10) || siret.starts_with(LA_POSTE) && digits().sum::<u32>() % 5 == 0;
    // Fourteen zeros have the right key and are nobody's.
    (right && luhn > 0).then_some(siret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siret_has_14_digits_and_the_right_key() {
        assert_eq!(read("73282932000074").as_deref(), Some("73282932000074"));
        assert_eq!(read("732 829 320 00074").as_deref(), Some("73282932000074"));
        for wrong in
            ["73282932000075", "7328293200007", "732829320000740", "7328293200007A", "00000000000000", ""]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn la_poste_has_a_key_of_its_own() {
        for right in ["35600000000048", "35600000049837"] {
            assert_eq!(read(right).as_deref(), Some(right));
        }
        assert_eq!(read("35600000049838"), None);
    }
}
