//! A square code, drawn in the page itself: nothing is asked of anybody.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// A square code.
#[derive(Debug)]
pub struct Qr {
    /// Its side, in squares, the quiet border included.
    pub side: i32,
    /// Its dark squares, as an SVG path.
    pub path: String,
}

/// Squares left blank around it, as readers need.
const BORDER: i32 = 4;

impl Qr {
    /// The code of a text; nothing when it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                // Writing to a string does not fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + BORDER, y + BORDER);
            }
        }
        Some(Self { side: code.size() + 2 * BORDER, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_square_with_its_three_corners() {
        let code = Qr::of("https://jalon.example/mon-suivi/abc").expect("a code");
        assert!(code.side > 21 + 2 * BORDER && (code.side - 2 * BORDER - 21) % 4 == 0);
        // The first row of the corner at the top left: seven dark squares.
        for x in 0..7 {
            assert!(code.path.contains(&format!("M{} {}h", x + BORDER, BORDER)));
        }
        assert!(!code.path.contains(&format!("M{} {}h", 7 + BORDER, BORDER)));
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }
}
