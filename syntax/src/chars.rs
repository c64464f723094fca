//! Which characters make up identifiers.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether an identifier may start with `c`: a letter (Unicode category L) or `_`.
#[inline]
pub(crate) fn is_ident_start(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() || c == '_' } else { is_letter(c) }
}

/// Whether an identifier may go on with `c`: a letter, `_` or a decimal digit (Unicode category Nd).
#[inline]
pub(crate) fn is_ident_continue(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        is_letter(c) || c.general_category() == GeneralCategory::DecimalNumber
    }
}

fn is_letter(c: char) -> bool {
    use GeneralCategory::*;
    matches!(
        c.general_category(),
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
    )
}

/// Whether `text` is one identifier, and so can be a function, parameter, label or alias name.
///
/// ```
/// assert!(ko_syntax::is_valid_ident("größe_2"));
/// assert!(ko_syntax::is_valid_ident("return")); // there are no reserved words
/// assert!(!ko_syntax::is_valid_ident("a-b"));
/// assert!(!ko_syntax::is_valid_ident(""));
/// ```
pub fn is_valid_ident(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_ident_start) && chars.all(is_ident_continue)
}
