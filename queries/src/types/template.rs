//! The form of the texts that the builtin `Template` takes (specification §7.1).

/// Whether the braces of a template are closed and hold names.
///
/// # Errors
/// What is wrong, in a sentence.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let inside = &rest[open + 2..];
        let Some(close) = inside.find("}}") else {
            return Err("`{{` is not closed; write `}}` behind the name".to_owned());
        };
        let name = inside[..close].trim();
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if !name.split('.').all(is_name) {
            return Err(format!(
                "`{{{{{}}}}}` is no placeholder; write the name of a field, such as `{{{{name}}}}` or `{{{{spec.replicas}}}}`",
                &inside[..close]
            ));
        }
        stray(&rest[..open])?;
        rest = &inside[close + 2..];
    }
    stray(rest)
}

/// Whether text between placeholders has closing braces of none.
fn stray(text: &str) -> Result<(), String> {
    if text.contains("}}") {
        return Err("`}}` closes nothing; write `{{` before the name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn braces_are_closed_and_hold_names() {
        for good in ["", "a", "{{a}}", "{{ a.b }} and {{c_1}}", "{ {", "}"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["{{", "a {{b", "a }} b", "{{a}} }}", "{{}}", "{{a b}}", "{{a.}}", "{{1}}", "{{a}} {{"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
