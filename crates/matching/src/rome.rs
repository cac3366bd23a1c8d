//! How codes of jobs and sectors are near one another.

use super::Verdict;
use vocabulary::codes::is_rome;

/// A ROME code: `K2204` is the family K, its domain K22, the job itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code([u8; 5]);

impl Code {
    /// Reads one; nothing when it is none.
    pub fn read(text: &str) -> Option<Self> {
        is_rome(text).then(|| text.as_bytes().try_into().ok().map(Self)).flatten()
    }

    /// The same job fits, the same domain is close.
    pub fn compare(self, other: Self) -> Verdict {
        if self == other {
            Verdict::Fits
        } else if self.0[..3] == other.0[..3] {
            Verdict::Close
        } else {
            Verdict::Differs
        }
    }
}

/// Whether two NAF codes are of the same division: `81.21Z` and `81`.
pub fn shares_division(one: &str, other: &str) -> bool {
    matches!((one.get(..2), other.get(..2)), (Some(one), Some(other)) if one == other)
}

/// The section of a NAF code: `N` of `81.21Z`; the code itself when it is a section already.
pub fn section_of(code: &str) -> Option<char> {
    if let (1, Some(letter)) = (code.len(), code.chars().next()) {
        return matches!(letter, 'A'..='U').then_some(letter);
    }
    let division: u8 = code.get(..2)?.parse().ok()?;
    Some(match division {
        1..=3 => 'A',
        5..=9 => 'B',
        10..=33 => 'C',
        35 => 'D',
        36..=39 => 'E',
        41..=43 => 'F',
        45..=47 => 'G',
        49..=53 => 'H',
        55..=56 => 'I',
        58..=63 => 'J',
        64..=66 => 'K',
        68 => 'L',
        69..=75 => 'M',
        77..=82 => 'N',
        84 => 'O',
        85 => 'P',
        86..=88 => 'Q',
        90..=93 => 'R',
        94..=96 => 'S',
        97..=98 => 'T',
        99 => 'U',
        _ => return None,
    })
}
