//! Texts looked for in something large: the short ones as whole words, the others wherever they stand.

use std::{collections::BTreeSet, ops::Range};

use aho_corasick::AhoCorasick;

/// From so many bytes on, a text is looked for in bytes too: chance writes shorter ones there.
const IN_BYTES: usize = 6;
/// So many characters of text in a row are no chance.
const A_WHILE: usize = 12;
/// Up to so many bytes, a text is looked for as a whole word: « Ali » is not in « réaliser ».
const SHORT: usize = 5;

/// Something to search.
pub struct Searched(String);

impl Searched {
    /// These texts.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        Self(texts.fold(String::new(), |text, one| text + one + "\n"))
    }

    /// Those of these texts that stand there, all looked for in one reading.
    pub fn found<'a>(&self, texts: impl IntoIterator<Item = &'a String>) -> BTreeSet<&'a String> {
        let texts: Vec<&String> = texts.into_iter().collect();
        let all = AhoCorasick::new(&texts).expect("texts that can be looked for together");
        let mut found = BTreeSet::new();
        for place in all.find_overlapping_iter(&self.0) {
            let text = texts[place.pattern().as_usize()];
            if !found.contains(text) && (text.len() > SHORT || self.is_alone(place.range())) {
                found.insert(text);
            }
        }
        found
    }

    fn is_alone(&self, place: Range<usize>) -> bool {
        let before = self.0[..place.start].chars().next_back();
        let after = self.0[place.end..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    }

    /// Where a text stands, with what is around it.
    pub fn around(&self, text: &str) -> String {
        let place = self.0.find(text).unwrap_or_default();
        let (before, after) = (&self.0[..place], &self.0[place..]);
        let before: String = before.chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
        before + &after.chars().take(text.chars().count() + 80).collect::<String>()
    }
}

/// What is wrong with each channel: said all together, at the end.
#[derive(Debug, Default)]
pub struct Findings(Vec<String>);

impl Findings {
    /// Something known has to be found: who searches and finds nothing at all may not be searching.
    pub fn control(&mut self, found: bool, what: &str) {
        if !found {
            self.0.push(format!("not found, though it is known to be there: {what}"));
        }
    }

    /// None of these texts may stand in `what`.
    pub fn search(&mut self, what: &str, text: &str, seeded: &BTreeSet<String>) {
        self.refuse(what, &Searched::new([text].into_iter()), seeded.iter());
    }

    /// The same in bytes read as text: the short ones where it goes on as text for a while, since chance writes two or
    /// three letters anywhere.
    pub fn search_bytes(&mut self, what: &str, bytes: &str, seeded: &BTreeSet<String>) {
        let (long, short): (Vec<&String>, Vec<&String>) =
            seeded.iter().partition(|text| text.len() >= IN_BYTES);
        self.refuse(what, &Searched::new([bytes].into_iter()), long.into_iter());
        let runs = bytes.split(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
        let runs = Searched::new(runs.filter(|run| run.chars().count() >= A_WHILE));
        self.refuse(what, &runs, short.into_iter());
    }

    fn refuse<'a>(&mut self, what: &str, searched: &Searched, seeded: impl Iterator<Item = &'a String>) {
        let found = searched.found(seeded);
        if !found.is_empty() {
            let shown =
                found.iter().take(20).map(|text| format!("\n  « {text} »: {}", searched.around(text)));
            self.0.push(format!("{what} holds {} personal texts:{}", found.len(), shown.collect::<String>()));
        }
    }

    /// Nothing was wrong.
    #[track_caller]
    pub fn none(&self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// What stands in hexadecimal after each `\x`, as text.
pub fn bytes(dump: &str) -> String {
    let mut text = String::new();
    for after in dump.split("\\x").skip(1) {
        let end = after.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(after.len());
        let digits = after.as_bytes()[..end].chunks_exact(2);
        let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
        let bytes: Vec<u8> = digits.map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        text.push_str(&String::from_utf8_lossy(&bytes));
        text.push('\n');
    }
    text
}

#[test]
fn short_texts_are_found_as_whole_words_and_others_anywhere() {
    let searched = Searched::new(["réaliser avec Léo-Paul Martinez, rue Haute", "x\\x4a6f"].into_iter());
    for (text, found) in [
        ("Ali", false),
        ("ali", false),
        ("Léo", true),
        ("Paul", true),
        ("Mart", false),
        ("Martin", true),
        ("Martinez, rue", true),
        ("Martinez, route", false),
        ("Paul Martinez", true),
        ("rue Haute", true),
    ] {
        assert_eq!(!searched.found([&text.to_owned()]).is_empty(), found, "{text}");
    }
    assert_eq!(bytes("a\t\\x4a6f\\\\x4c\\x41"), "Jo\nL\nA\n");
}
