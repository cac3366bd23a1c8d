//! The numbers of a text, however they are written: runs of digits with few signs between them.

use std::ops::Range;

use uuid::Uuid;

/// Signs between two parts of a number, at most: « 06 - 12 ».
const BETWEEN: usize = 3;

/// A part of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its digits; `A` or `B` after the `2` of Corsica.
    pub digits: String,
    /// Whether a `+` stands right before it.
    pub plus: bool,
    /// The sign between the part before and this one; a blank when there are only blanks.
    pub before: Option<char>,
    /// Where it stands in the text.
    pub place: Range<usize>,
}

/// What is read so far.
#[derive(Default)]
struct Reading {
    runs: Vec<Vec<Token>>,
    run: Vec<Token>,
    token: Option<Token>,
    between: String,
    plus: bool,
}

impl Reading {
    fn digit(&mut self, sign: char, place: Range<usize>) {
        let token = match self.token.take() {
            Some(mut token) => {
                token.digits.push(sign);
                token.place.end = place.end;
                token
            }
            None => {
                let mark = self.between.chars().find(|sign| !sign.is_whitespace());
                let before = (!self.run.is_empty()).then_some(mark.unwrap_or(' '));
                let plus = std::mem::take(&mut self.plus);
                Token { digits: sign.to_string(), plus, before, place }
            }
        };
        self.token = Some(token);
        self.between.clear();
    }

    fn sign(&mut self, sign: char) {
        self.run.extend(self.token.take());
        if sign == '+' || !is_between(sign) || self.between.chars().count() == BETWEEN {
            self.end();
            self.plus = sign == '+';
        } else {
            self.plus = false;
            self.between.push(sign);
        }
    }

    fn end(&mut self) {
        self.run.extend(self.token.take());
        self.between.clear();
        if !self.run.is_empty() {
            self.runs.push(std::mem::take(&mut self.run));
        }
    }

    /// Whether that letter is the one of Corsica, for what stands before it.
    fn is_corsican(&self, letter: char, next: Option<char>) -> bool {
        let begun =
            |token: &Token| token.digits == "2" || token.digits.len() == 6 && token.digits.ends_with('2');
        matches!(letter, 'A' | 'B' | 'a' | 'b')
            && self.token.as_ref().is_some_and(begun)
            && !next.is_some_and(char::is_alphabetic)
    }
}

/// The runs of a text. Ids of Jalon and of directories are no numbers.
pub fn runs(text: &str) -> Vec<Vec<Token>> {
    let mut reading = Reading::default();
    let mut signs = text.char_indices().peekable();
    let mut id_until = 0;
    while let Some((at, sign)) = signs.next() {
        if at < id_until || is_invisible(sign) {
            continue;
        }
        if text.get(at..at + 36).is_some_and(|id| id.parse::<Uuid>().is_ok()) {
            reading.end();
            id_until = at + 36;
            continue;
        }
        let next = signs.peek().map(|(_, next)| *next);
        match digit(sign) {
            Some(digit) => reading.digit(digit, at..at + sign.len_utf8()),
            None if reading.is_corsican(sign, next) => reading.digit(sign.to_ascii_uppercase(), at..at + 1),
            None => reading.sign(sign),
        }
    }
    reading.end();
    reading.runs
}

/// The digit that a sign is, in the scripts that the people we meet write.
fn digit(sign: char) -> Option<char> {
    let zero = match sign {
        '0'..='9' => return Some(sign),
        // Arabic, Persian, full width.
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        _ => return None,
    };
    char::from_digit(u32::from(sign) - zero, 10)
}

/// What may stand between two parts of one number.
fn is_between(sign: char) -> bool {
    sign.is_whitespace() && !matches!(sign, '\n' | '\r')
        || matches!(sign, '.' | '-' | '/' | '_' | '·' | '\u{2010}'..='\u{2015}')
}

/// What nobody sees.
fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether these digits obey the formula of Luhn, as a SIRET does.
pub fn obeys_luhn(digits: &str) -> bool {
    let weighed = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let twice = u32::from(digit.saturating_sub(b'0')) * (1 + u32::try_from(place % 2).unwrap_or(0));
        twice / 10 + twice % 10
    });
    weighed.sum::<u32>() % 10 == 0
}
