//! Limits on values, as definitions of custom resources state them: how long, how many, between which numbers, of which
//! form. What cannot be told for certain counts as kept.
//! Source: <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation>.

use std::net::{Ipv4Addr, Ipv6Addr};

use regex::Regex;
use serde_json::Value as Json;

use crate::constraints::Constraints;
use crate::rules::same_in_go;

/// The pattern of a place, compiled; nothing if there is none, or none that is certain to mean the same to the server.
pub(crate) fn pattern(constraints: &Constraints) -> Option<Regex> {
    let pattern = constraints.pattern.as_deref().filter(|it| same_in_go(it))?;
    Regex::new(pattern).ok()
}

/// Which limit a value breaks, in words that follow it; the first one, if there are several.
pub(crate) fn broken(
    limits: &Constraints,
    pattern: Option<&Regex>,
    value: &Json,
) -> Option<String> {
    match value {
        Json::String(text) => of_text(limits, pattern, text),
        Json::Number(number) => of_number(limits, number.as_f64()?),
        Json::Array(items) => of_count(items.len(), limits.min_items, limits.max_items, "element"),
        Json::Object(map) => {
            of_count(map.len(), limits.min_properties, limits.max_properties, "field")
        }
        _ => None,
    }
}

fn of_count(count: usize, least: Option<u32>, most: Option<u32>, what: &str) -> Option<String> {
    let plural = |number: u32| if number == 1 { "" } else { "s" };
    if let Some(least) = least.filter(|it| count < *it as usize) {
        return Some(format!("has {count} {what}s, and at least {least} are needed"))
            .map(|it| if least == 1 { it.replace(" are needed", " is needed") } else { it });
    }
    let most = most.filter(|it| count > *it as usize)?;
    Some(format!("has {count} {what}s, and takes at most {most} {what}{}", plural(most)))
}

fn of_number(limits: &Constraints, number: f64) -> Option<String> {
    if let Some((least, without)) = limits.minimum
        && (number < least || without && number == least)
    {
        let must = if without { "must be more than" } else { "must be at least" };
        return Some(format!("{must} {least}, and {number} is less"))
            .map(|it| if number == least { format!("{must} {least}") } else { it });
    }
    if let Some((most, without)) = limits.maximum
        && (number > most || without && number == most)
    {
        let must = if without { "must be less than" } else { "must be at most" };
        return Some(format!("{must} {most}, and {number} is more"))
            .map(|it| if number == most { format!("{must} {most}") } else { it });
    }
    // Fractions are not exact: only whole numbers are certain.
    let factor = limits.multiple_of.filter(|it| *it >= 1.0 && it.fract() == 0.0)?;
    let whole = number.fract() == 0.0 && number.abs() < 1e15;
    (whole && number % factor != 0.0).then(|| format!("must be a multiple of {factor}"))
}

fn of_text(limits: &Constraints, pattern: Option<&Regex>, text: &str) -> Option<String> {
    let length = text.chars().count();
    if let Some(least) = limits.min_length.filter(|it| length < *it as usize) {
        return Some(format!("has {length} characters, and at least {least} are needed"));
    }
    if let Some(most) = limits.max_length.filter(|it| length > *it as usize) {
        return Some(format!("has {length} characters, and may have at most {most}"));
    }
    // What letters, digits and spaces are, Go answers for ASCII only.
    if let Some(pattern) = pattern
        && text.is_ascii()
        && !pattern.is_match(text)
    {
        return Some(format!("does not match the pattern `{}`", pattern.as_str()));
    }
    let format = limits.format.as_deref()?;
    (has_format(format, text) == Some(false)).then(|| format!("is no {format}"))
}

/// Whether a text has a form; nothing for forms that the server does not know, or reads in ways of its own.
fn has_format(format: &str, text: &str) -> Option<bool> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    Some(match format {
        // An IPv4 address within one of IPv6 counts as either.
        "ipv4" | "ipv6" if text.contains(':') && text.contains('.') => return None,
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => {
            let (address, length) = text.split_once('/').unwrap_or((text, ""));
            let most = match address.parse::<Ipv4Addr>() {
                Ok(_) => 32,
                Err(_) if address.parse::<Ipv6Addr>().is_ok() => 128,
                Err(_) => return Some(false),
            };
            digits(length) && length.parse::<u8>().is_ok_and(|it| it <= most)
        }
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            // The server takes them without dashes, too; versions are its own affair.
            let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
            return (hex != 32).then_some(false);
        }
        "date" => {
            let mut parts = text.split('-');
            let mut part =
                |length: usize| parts.next().is_some_and(|it| it.len() == length && digits(it));
            return (!(part(4) && part(2) && part(2)) || text.len() != 10).then_some(false);
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(limits: Constraints, value: &Json) -> Option<String> {
        broken(&limits, pattern(&limits).as_ref(), value)
    }

    #[test]
    fn limits_have_ends_that_belong_to_them() {
        let limits =
            || Constraints { min_items: Some(1), max_items: Some(2), ..Constraints::default() };
        assert_eq!(told(limits(), &json!([])).unwrap(), "has 0 elements, and at least 1 is needed");
        assert_eq!(told(limits(), &json!([1, 2])), None);
        assert_eq!(
            told(limits(), &json!([1, 2, 3])).unwrap(),
            "has 3 elements, and takes at most 2 elements"
        );
        let limits = || Constraints {
            minimum: Some((0.0, true)),
            maximum: Some((10.0, false)),
            multiple_of: Some(5.0),
            ..Constraints::default()
        };
        assert_eq!(told(limits(), &json!(0)).unwrap(), "must be more than 0");
        assert_eq!(told(limits(), &json!(-1)).unwrap(), "must be more than 0, and -1 is less");
        assert_eq!(told(limits(), &json!(10)), None);
        assert_eq!(told(limits(), &json!(11)).unwrap(), "must be at most 10, and 11 is more");
        assert_eq!(told(limits(), &json!(7)).unwrap(), "must be a multiple of 5");
    }

    #[test]
    fn texts_are_counted_in_characters_and_matched_anywhere() {
        let limits = || Constraints {
            max_length: Some(3),
            pattern: Some("b+".into()),
            ..Constraints::default()
        };
        assert_eq!(told(limits(), &json!("äbü")), None, "not ASCII: the pattern is not certain");
        assert_eq!(told(limits(), &json!("abc")), None);
        assert!(told(limits(), &json!("abcd")).unwrap().contains("at most 3"));
        assert!(told(limits(), &json!("ac")).unwrap().contains("`b+`"));
        for unsure in [r"[[a]b]", r"[a&&b]", r"\pN", "("] {
            let limits = Constraints { pattern: Some(unsure.into()), ..Constraints::default() };
            assert_eq!(told(limits, &json!("x")), None, "{unsure}");
        }
    }

    #[test]
    fn formats_are_refused_only_if_that_is_certain() {
        for (format, good, bad) in [
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("ipv6", "::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7"),
            ("date", "2020-02-03", "2020-2-3"),
        ] {
            let limits = || Constraints { format: Some(format.into()), ..Constraints::default() };
            assert_eq!(told(limits(), &json!(good)), None, "{format}");
            assert_eq!(told(limits(), &json!(bad)).unwrap(), format!("is no {format}"));
        }
        let limits = Constraints { format: Some("hostname".into()), ..Constraints::default() };
        assert_eq!(told(limits, &json!("???")), None);
    }
}
