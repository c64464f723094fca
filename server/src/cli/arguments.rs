//! The arguments of a function as they are given on the command line: `key=value`, or only a value for the argument
//! without a label.

use anyhow::{Result, bail};
use ecow::EcoString;
use ko_evaluator::value::Value;
use ko_ide::NeededArgument;

/// Arguments for an [`Entry`](ko_evaluator::run::Entry).
pub(crate) type Arguments = Vec<(Option<EcoString>, Value)>;

/// Splits at the first `=`. The first of several with the same name wins (specification §9.1). All values are Strings.
pub(crate) fn strings(words: &[String]) -> Arguments {
    let mut arguments = Arguments::new();
    for word in words {
        let (name, text) = match word.split_once('=') {
            Some((name, text)) if ko_syntax::is_valid_ident(name) => {
                (Some(EcoString::from(name)), text)
            }
            _ => (None, &**word),
        };
        if arguments.iter().all(|(other, _)| *other != name) {
            arguments.push((name, Value::string(text)));
        }
    }
    arguments
}

/// Arguments of the types that the function is found to need; a text that cannot be read as such is an error, and so
/// are an argument that is missing and one that the function has not.
pub(crate) fn typed(
    function: &str,
    needed: &[NeededArgument],
    params: &[String],
    words: &[String],
) -> Result<Arguments> {
    let mut arguments = strings(words);
    for (name, value) in &mut arguments {
        let Some(name) = name else { continue };
        let of = needed.iter().find(|argument| argument.name == name.as_str());
        if let Some(ty) = of.and_then(|argument| argument.ty.as_deref()) {
            *value = read(name, value.as_str().unwrap_or_default(), ty)?;
        }
    }
    let names = || arguments.iter().filter_map(|(name, _)| name.as_deref());
    for name in names() {
        if !params.iter().any(|param| param == name)
            && !name.starts_with('_')
            && !name.ends_with('_')
        {
            let close = ko_queries::suggest::suggest(name, params.iter().map(String::as_str));
            match (close.first(), params) {
                (Some(close), _) => {
                    bail!("{function} has no argument {name}; did you mean {close}?")
                }
                (None, []) => bail!("{function} takes no arguments, so not {name} either"),
                (None, _) => {
                    bail!("{function} has no argument {name}; it has {}", params.join(", "))
                }
            }
        }
    }
    let unlabelled = arguments.iter().any(|(name, _)| name.is_none());
    let missing = needed.iter().find(|argument| {
        let given = names().any(|name| name == argument.name) || (argument.monadic && unlabelled);
        !given && argument.ty.as_deref().is_some_and(is_required)
    });
    if let Some(NeededArgument { name, doc, .. }) = missing {
        let doc = doc.as_deref().map(str::trim).filter(|doc| !doc.is_empty());
        let doc = doc.map(|doc| format!(" ({})", doc.trim_end_matches('.'))).unwrap_or_default();
        bail!("{function} needs the argument {name}{doc}; give it as {name}=VALUE");
    }
    Ok(arguments)
}

/// Whether a type has no place for "no value": it is neither optional nor a sequence, nor unknown.
fn is_required(ty: &str) -> bool {
    matches!(ty, "String" | "Bool")
        || ty.starts_with("Int")
        || ty.starts_with("Uint")
        || ty.starts_with("Float")
}

fn read(name: &str, text: &str, ty: &str) -> Result<Value> {
    let wrong = |what: &str| anyhow::anyhow!("the argument {name} must be {what}, not {text:?}");
    let ty = ty.trim_start_matches('*');
    if ty.starts_with("Int") || ty.starts_with("Uint") {
        return text.parse().map(Value::int).map_err(|_| wrong("a whole number"));
    }
    if ty.starts_with("Float") {
        return text.parse().map(Value::float).map_err(|_| wrong("a number"));
    }
    if ty == "Bool" {
        return text.parse().map(Value::Bool).map_err(|_| wrong("true or false"));
    }
    Ok(Value::string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(name: &str, ty: &str, monadic: bool) -> NeededArgument {
        NeededArgument { name: name.to_owned(), doc: None, monadic, ty: Some(ty.to_owned()) }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_is_no_name_is_the_unlabelled_argument() {
        let arguments = strings(&words(&["a=1=2", "x y=3", "a=4"]));
        let shown: Vec<_> =
            arguments.iter().map(|(name, value)| (name.as_deref(), value.as_str())).collect();
        assert_eq!(shown, [(Some("a"), Some("1=2")), (None, Some("x y=3"))]);
    }

    #[test]
    fn texts_are_read_as_what_is_needed() {
        let needed = [
            needed("ns", "String", true),
            needed("n", "Int32", false),
            needed("o", "*Bool", false),
        ];
        let params = words(&["ns", "n", "o"]);
        let typed = |given: &[&str]| typed("F", &needed, &params, &words(given));
        let arguments = typed(&["demo", "n=3", "o=true"]).unwrap();
        assert_eq!(arguments[1].1, Value::int(3));
        assert_eq!(arguments[2].1, Value::Bool(true));
        let error = |given: &[&str]| typed(given).unwrap_err().to_string();
        assert_eq!(
            error(&["ns=a", "n=many"]),
            "the argument n must be a whole number, not \"many\""
        );
        assert_eq!(error(&["n=1"]), "F needs the argument ns; give it as ns=VALUE");
        assert_eq!(error(&["nss=1"]), "F has no argument nss; it has ns, n, o");
    }
}
