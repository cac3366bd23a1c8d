//! Looking for someone among the lines of a board.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::read::board::BoardRow;

/// Without accents, capitals or marks: as people type.
pub fn plain(text: &str) -> String {
    text.nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).collect::<String>()
}

/// Whether every word that is sought begins a word of the line.
pub fn is_sought(row: &BoardRow, sought: &str) -> bool {
    let text = plain(&format!("{} {}", row.called, row.structure.name));
    sought.split_whitespace().all(|word| {
        text.split(|letter: char| !letter.is_alphanumeric()).any(|part| part.starts_with(word))
            || text.contains(word)
    })
}
