//! Free texts: what looks like a social security number or a telephone number is noticed before it is
//! kept. It is only a warning: the text is sealed all the same.

use service::Context;
use vocabulary::texts::holds_a_private_number;

use super::rules::PRIVATE_TEXT;

/// Warns when one of these texts seems to hold such a number.
pub fn notice<'a>(context: &Context, texts: impl IntoIterator<Item = &'a str>) {
    if texts.into_iter().any(holds_a_private_number) {
        context.warn(&PRIVATE_TEXT);
    }
}
