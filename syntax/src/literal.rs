//! What literals mean: numbers, strings and their escapes; and the way back, writing a string as a literal.

use std::sync::Arc;

use text_size::{TextRange, TextSize};

use crate::error::SyntaxErrorCode;

/// A Ko string: bytes, since `"\xff"` is a string of one byte that is not UTF-8.
pub type KoString = Arc<[u8]>;

/// The value of a literal.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralValue {
    /// An Int64, sign included.
    Int(i64),
    /// A Float64, sign included.
    Float(f64),
    /// A string, without quotes, escapes resolved.
    String(KoString),
}

/// Why a literal has no value. The parser has reported it as a syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralError {
    /// The mistaken characters, counted from the start of the token.
    pub range: TextRange,
    /// What kind of mistake this is.
    pub code: SyntaxErrorCode,
    /// What is wrong.
    pub message: String,
}

impl LiteralError {
    fn new(
        start: usize,
        end: usize,
        code: SyntaxErrorCode,
        message: impl Into<String>,
    ) -> LiteralError {
        // A token is shorter than its file, whose length fits 32 bits.
        let at = |offset: usize| TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
        LiteralError { range: TextRange::new(at(start), at(end)), code, message: message.into() }
    }

    fn number(text: &str, message: impl Into<String>) -> LiteralError {
        LiteralError::new(0, text.len(), SyntaxErrorCode::BadNumber, message)
    }
}

/// The value of the integer token `text`, negated if `negative`. Decimal also with leading zeros (specification §1.2);
/// with prefixes and `_` as an extension.
pub(crate) fn parse_int(text: &str, negative: bool) -> Result<i64, LiteralError> {
    let (digits, radix, name) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16, "hexadecimal"),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2, "binary"),
        [b'0', b'o' | b'O', ..] => (&text[2..], 8, "octal"),
        _ => (text, 10, "decimal"),
    };
    check_underscores(text)?;
    let mut value: Option<u64> = Some(0);
    let mut any = false;
    for (i, c) in digits.char_indices().filter(|&(_, c)| c != '_') {
        let Some(digit) = c.to_digit(radix) else {
            let at = text.len() - digits.len() + i;
            let message = format!("`{c}` is no {name} digit");
            return Err(LiteralError::new(
                at,
                at + c.len_utf8(),
                SyntaxErrorCode::BadNumber,
                message,
            ));
        };
        any = true;
        value = value
            .and_then(|v| v.checked_mul(radix.into()))
            .and_then(|v| v.checked_add(digit.into()));
    }
    if !any {
        return Err(LiteralError::number(
            text,
            format!("the {name} number `{text}` has no digits"),
        ));
    }
    let signed = value
        .and_then(|v| if negative { 0i64.checked_sub_unsigned(v) } else { i64::try_from(v).ok() });
    signed.ok_or_else(|| {
        let message = if negative {
            "this integer is below the least Int64, -9223372036854775808"
        } else {
            "this integer is above the greatest Int64, 9223372036854775807"
        };
        LiteralError::new(0, text.len(), SyntaxErrorCode::NumberOverflow, message)
    })
}

/// The value of the float token `text`.
pub(crate) fn parse_float(text: &str) -> Result<f64, LiteralError> {
    check_underscores(text)?;
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    if plain.starts_with("0x") || plain.starts_with("0X") {
        return parse_hex_float(text, &plain[2..]);
    }
    if let Some(at) = text.find(['e', 'E'])
        && !text.ends_with(|c: char| c.is_ascii_digit())
    {
        let message = "the exponent of this number has no digits";
        return Err(LiteralError::new(at, text.len(), SyntaxErrorCode::BadNumber, message));
    }
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(too_large(text)),
        Err(_) => Err(LiteralError::number(text, format!("`{text}` is no number"))),
    }
}

fn too_large(text: &str) -> LiteralError {
    let message = "this number is beyond the greatest Float64, about 1.8e308";
    LiteralError::new(0, text.len(), SyntaxErrorCode::NumberOverflow, message)
}

/// `_` stands between digits only, or between a prefix and the first digit.
fn check_underscores(text: &str) -> Result<(), LiteralError> {
    let bytes = text.as_bytes();
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..]);
    for at in (0..bytes.len()).filter(|&at| bytes[at] == b'_') {
        let before =
            at.checked_sub(1).is_some_and(|b| bytes[b].is_ascii_hexdigit() || prefixed && b == 1);
        let after = bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit);
        if !(before && after) {
            let message = "`_` in a number stands between two digits";
            return Err(LiteralError::new(at, at + 1, SyntaxErrorCode::BadNumber, message));
        }
    }
    Ok(())
}

/// A hexadecimal float with binary exponent, as in C99 and Go: mantissa × 2^exponent, rounded once to nearest even.
fn parse_hex_float(text: &str, digits: &str) -> Result<f64, LiteralError> {
    let Some((mantissa, exponent)) = digits.split_once(['p', 'P']) else {
        return Err(LiteralError::number(
            text,
            "a hexadecimal number with a fraction needs an exponent, as in 0x1.8p0",
        ));
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() || !exponent.ends_with(|c: char| c.is_ascii_digit())
    {
        return Err(LiteralError::number(text, format!("`{text}` lacks digits")));
    }
    // Beyond these bounds every mantissa of a token in a 4 GiB file is 0 or infinite anyway.
    let mut exp: i64 = exponent.parse::<i64>().map_or_else(
        |_| if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 },
        |e| e.clamp(i64::MIN / 4, i64::MAX / 4),
    );
    // 64 bits of mantissa, the last of them sticky, are enough to round to 53.
    let mut bits: u64 = 0;
    for (digit, is_fraction) in
        whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true)))
    {
        let digit = u64::from(digit.to_digit(16).unwrap_or(0));
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            exp -= if is_fraction { 4 } else { 0 };
        } else {
            bits |= u64::from(digit != 0);
            exp += if is_fraction { 0 } else { 4 };
        }
    }
    let value = scale(bits, exp);
    if value.is_finite() { Ok(value) } else { Err(too_large(text)) }
}

/// bits × 2^exp, rounded once.
fn scale(bits: u64, exp: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let top = 63 - i64::from(bits.leading_zeros());
    let magnitude = exp + top;
    if magnitude > 1023 {
        return f64::INFINITY;
    }
    if magnitude < -1075 {
        return 0.0;
    }
    // The weight of the last kept bit: 52 below the top, but not below that of the least subnormal number.
    let unit = (magnitude - 52).max(-1074);
    let shift = unit - exp;
    let kept = if shift <= 0 {
        bits << (-shift).min(63)
    } else if shift > 63 {
        // Only the case of a value at or above half of the least number comes here with something to keep.
        u64::from(shift == 64 && bits > 1 << 63)
    } else {
        let low = bits & ((1 << shift) - 1);
        let half = 1u64 << (shift - 1);
        let high = bits >> shift;
        high + u64::from(low > half || low == half && high & 1 == 1)
    };
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let (mantissa, unit) = (kept as f64, unit as i32);
    // Two exact steps: 2^-1074 itself is exact, and so is every 2^unit within the bounds above.
    mantissa * 2f64.powi(unit / 2) * 2f64.powi(unit - unit / 2)
}

/// The value of a string token of any kind, quotes included.
pub(crate) fn parse_string(text: &str) -> Result<KoString, LiteralError> {
    if let Some(raw) = text.strip_prefix('`') {
        return Ok(raw.strip_suffix('`').unwrap_or(raw).as_bytes().into());
    }
    let quotes = ['"', '“', '”', '‘', '’', '\''];
    let start = text.chars().next().filter(|c| quotes.contains(c)).map_or(0, char::len_utf8);
    let mut end = text.len();
    if let Some(last) = text.chars().next_back().filter(|c| quotes.contains(c))
        && end - last.len_utf8() >= start
        && is_closed(&text[start..end - last.len_utf8()])
    {
        end -= last.len_utf8();
    }
    let inner = &text[start..end];
    if !inner.contains('\\') {
        return Ok(inner.as_bytes().into());
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        if c == '\\' {
            let (bytes, length) = escape(&inner[at..]).map_err(|(length, message)| {
                LiteralError::new(
                    start + at,
                    start + at + length,
                    SyntaxErrorCode::BadEscape,
                    message,
                )
            })?;
            out.extend_from_slice(bytes.as_bytes());
            at += length;
        } else {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            at += c.len_utf8();
        }
    }
    Ok(out.into())
}

/// Whether a quote after `inner` is the closing one, and not escaped.
fn is_closed(inner: &str) -> bool {
    inner.bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 0
}

/// All mistakes in the escapes of a string token: ranges counted from the start of the token, and messages.
pub(crate) fn bad_escapes(text: &str) -> Vec<LiteralError> {
    let mut errors = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        match escape(&text[at..]) {
            Ok((_, length)) => at += length,
            Err((length, message)) => {
                errors.push(LiteralError::new(
                    at,
                    at + length,
                    SyntaxErrorCode::BadEscape,
                    message,
                ));
                at += length;
            }
        }
    }
    errors
}

/// What an escape stands for: a character, or a byte of its own.
enum Escaped {
    Char([u8; 4], usize),
    Byte([u8; 1]),
}

impl Escaped {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Escaped::Char(bytes, length) => &bytes[..*length],
            Escaped::Byte(byte) => byte,
        }
    }

    fn char(c: char) -> Escaped {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Escaped::Char(bytes, length)
    }
}

/// Reads the escape at the start of `text`, which starts with a backslash (specification §1.3). Returns what it stands
/// for and its length, or the length of the mistake and what is wrong.
fn escape(text: &str) -> Result<(Escaped, usize), (usize, String)> {
    let mut chars = text.chars();
    chars.next();
    let Some(kind) = chars.next() else {
        return Err((1, "a backslash at the end of a string starts no escape".to_owned()));
    };
    let simple = match kind {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '"' => b'"',
        'x' => {
            return digits(text, 2, 2, 16, "`\\x` is followed by exactly two hexadecimal digits");
        }
        'u' => {
            return digits(text, 2, 4, 16, "`\\u` is followed by exactly four hexadecimal digits");
        }
        'U' => {
            return digits(text, 2, 8, 16, "`\\U` is followed by exactly eight hexadecimal digits");
        }
        '0'..='7' => {
            return digits(
                text,
                1,
                3,
                8,
                "an octal escape has exactly three digits, `\\000` to `\\377`",
            );
        }
        '\'' => return Err((2, "`\\'` is no escape; a `'` needs no backslash".to_owned())),
        _ => {
            let message = format!("`\\{kind}` is no escape; a backslash itself is written `\\\\`");
            return Err((1 + kind.len_utf8(), message));
        }
    };
    Ok((Escaped::Byte([simple]), 2))
}

fn digits(
    text: &str,
    from: usize,
    count: usize,
    radix: u32,
    expected: &str,
) -> Result<(Escaped, usize), (usize, String)> {
    let digits: Vec<u32> =
        text[from..].chars().take(count).map_while(|c| c.to_digit(radix)).collect();
    let length = from + digits.len();
    if digits.len() < count {
        return Err((length, expected.to_owned()));
    }
    let value = digits.iter().fold(0, |value: u32, digit| value.wrapping_mul(radix) | digit);
    if count > 3 {
        let c = char::from_u32(value)
            .ok_or_else(|| (length, format!("`{}` names no Unicode character", &text[..length])))?;
        return Ok((Escaped::char(c), length));
    }
    let byte = u8::try_from(value).map_err(|_| (length, expected.to_owned()))?;
    Ok((Escaped::Byte([byte]), length))
}

/// Writes `text` as a string literal, quotes included; the opposite of reading one.
///
/// ```
/// assert_eq!(ko_syntax::escape_string("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
pub fn escape_string(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Vec<u8> {
        parse_string(text).unwrap().to_vec()
    }

    #[test]
    fn integers() {
        assert_eq!(parse_int("010", false).unwrap(), 10);
        assert_eq!(parse_int("9223372036854775807", false).unwrap(), i64::MAX);
        assert_eq!(parse_int("9223372036854775808", true).unwrap(), i64::MIN);
        assert_eq!(parse_int("0x_ff", false).unwrap(), 255);
        assert_eq!(parse_int("1_000", true).unwrap(), -1000);
        for (text, negative, code) in [
            ("9223372036854775808", false, SyntaxErrorCode::NumberOverflow),
            ("9223372036854775809", true, SyntaxErrorCode::NumberOverflow),
            ("99999999999999999999999", false, SyntaxErrorCode::NumberOverflow),
            ("0x", false, SyntaxErrorCode::BadNumber),
            ("0b12", false, SyntaxErrorCode::BadNumber),
            ("1__0", false, SyntaxErrorCode::BadNumber),
            ("1_", false, SyntaxErrorCode::BadNumber),
        ] {
            assert_eq!(parse_int(text, negative).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("1.", 1.0),
            (".5", 0.5),
            ("1_000.5", 1000.5),
            ("1e3", 1000.0),
            ("0x1p-2", 0.25),
            ("0x1.8p1", 3.0),
            ("0x1p-1074", 5e-324),
            ("0x1p1023", 2f64.powi(1023)),
            ("0x1.fffffffffffff8p0", 2.0),
            ("0x.8p1", 1.0),
        ] {
            assert_eq!(parse_float(text).unwrap().to_bits(), value.to_bits(), "{text}");
        }
        for text in ["1e400", "1e", "1e+", "0x1.8", "0x1p", "0x1p1024"] {
            assert!(parse_float(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings() {
        assert_eq!(string(r#""\x41\u00e9\101""#), "AéA".as_bytes());
        assert_eq!(string(r#""\xff\377""#), [0xff, 0xff]);
        assert_eq!(string(r#""\U0001F600""#), "😀".as_bytes());
        assert_eq!(string("`a\\n`"), b"a\\n");
        assert_eq!(string("“a”"), b"a");
        assert_eq!(string(r#""abc"#), b"abc");
        assert_eq!(string("\""), b"");
    }

    #[test]
    fn bad_escapes_are_found_where_they_are() {
        let found = |text: &str| -> Vec<String> {
            bad_escapes(text).iter().map(|e| text[e.range].to_owned()).collect()
        };
        assert_eq!(found(r#""a\qb\'c\0d\ud800e\x4""#), [r"\q", r"\'", r"\0", r"\ud800", r"\x4"]);
        assert_eq!(found(r#""\400\n""#), [r"\400"]);
    }

    #[test]
    fn what_is_escaped_reads_back() {
        for text in ["", "a\"\\\n\r\t\u{1}\u{85}é😀'`"] {
            assert_eq!(string(&escape_string(text)), text.as_bytes());
        }
    }
}
