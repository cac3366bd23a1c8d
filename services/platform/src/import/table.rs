//! Tables as spreadsheets write them: UTF-8 with or without its mark, or Windows-1252; semicolons, commas or
//! tabulations; quotes.

use std::collections::HashMap;

/// What Windows-1252 writes between 0x80 and 0x9F.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file, whichever of the two ways it was written.
pub fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|byte| match byte {
                0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
                byte => char::from(*byte),
            })
            .collect(),
    }
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the file, from 1: that of its first line when it holds several.
    pub line: usize,
    cells: HashMap<String, String>,
    /// Whether it has as many cells as the first line has names.
    pub whole: bool,
}

impl Row {
    /// What is under that name, without outer blanks; empty when there is nothing.
    pub fn cell(&self, name: &str) -> &str {
        self.cells.get(name).map_or("", String::as_str)
    }
}

/// The names of the columns, without accents nor capitals, and the lines below them; blank lines are left out.
pub fn read(text: &str) -> (Vec<String>, Vec<Row>) {
    let mut records = records(text, separator(text)).into_iter();
    let Some((_, names)) = records.next() else { return (Vec::new(), Vec::new()) };
    let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let rows = records
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()))
        .map(|(line, cells)| Row {
            line,
            whole: cells.len() == names.len(),
            cells: names.iter().cloned().zip(cells.iter().map(|cell| cell.trim().to_owned())).collect(),
        })
        .collect();
    (names, rows)
}

/// What separates the names of the first line.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    [';', '\t', ','].into_iter().max_by_key(|separator| (count(*separator), *separator == ';')).unwrap_or(';')
}

/// The records, with the number of their first line. A quote that nothing closes ends with its line, so that it
/// spoils no other.
fn records(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
    let mut records = Vec::new();
    let mut lines = text.lines().zip(1..).peekable();
    while let Some((line, number)) = lines.next() {
        let mut whole = line.to_owned();
        let mut ahead = lines.clone();
        // A quoted cell may hold line ends: a few, or its quote is only a mistake.
        for _ in 0..20 {
            if whole.matches('"').count() % 2 == 0 {
                break;
            }
            let Some((next, _)) = ahead.next() else { break };
            whole.push('\n');
            whole.push_str(next);
        }
        if whole.matches('"').count() % 2 == 0 {
            lines = ahead;
        } else {
            whole = line.to_owned();
        }
        records.push((number, cells(&whole, separator)));
    }
    records
}

fn cells(record: &str, separator: char) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = record.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            letter if letter == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells
}

/// A name without accents, capitals nor anything between its words but one `_`.
pub fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.trim().chars().flat_map(char::to_lowercase) {
        let letter = match letter {
            'à' | 'â' | 'ä' => 'a',
            'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            letter if letter.is_alphanumeric() => letter,
            _ => '_',
        };
        if letter != '_' || !plain.ends_with('_') {
            plain.push(letter);
        }
    }
    plain.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_however_a_spreadsheet_wrote_it() {
        let text = "Référence;Intitulé;Ville\nA1;\"Agent d’entretien ; \"\"nuit\"\"\";Alès\n";
        let windows: Vec<u8> = text
            .chars()
            .map(|letter| match letter {
                '’' => 0x92,
                letter => u8::try_from(u32::from(letter)).expect("Latin-1"),
            })
            .collect();
        let marked = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), marked.as_bytes(), &windows] {
            let (names, rows) = read(&decode(bytes));
            assert_eq!(names, ["reference", "intitule", "ville"]);
            assert_eq!(rows[0].cell("intitule"), "Agent d’entretien ; \"nuit\"");
            assert_eq!((rows[0].cell("ville"), rows[0].line, rows[0].whole), ("Alès", 2, true));
        }
    }

    #[test]
    fn commas_tabulations_blank_lines_and_line_ends_in_a_cell_are_read() {
        for separator in [",", "\t"] {
            let text = format!(
                "reference{separator}intitule\r\n\r\nA1{separator}\"deux\nlignes\"\r\nA2{separator}x\r\n"
            );
            let (_, rows) = read(&text);
            assert_eq!(rows.len(), 2);
            assert_eq!((rows[0].line, rows[0].cell("intitule")), (3, "deux\nlignes"));
            assert_eq!((rows[1].line, rows[1].cell("reference")), (5, "A2"));
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_spoils_only_its_line() {
        let (_, rows) = read("reference;intitule\nA1;\"oubli\nA2;Plonge\nA3;Vente\n");
        let references: Vec<&str> = rows.iter().map(|row| row.cell("reference")).collect();
        assert_eq!(references, ["A1", "A2", "A3"]);
        let (names, rows) = read("");
        assert!(names.is_empty() && rows.is_empty());
        assert!(!read("a;b;c\n1;2\n").1[0].whole);
    }
}
