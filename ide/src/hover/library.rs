//! The library in the editor: what the table of builtins and the sources of the library say is what is shown, for every
//! function of every package.

use ko_queries::{builtins, names::functions_of_package};

use crate::{
    CompletionConfig, FilePosition, completion, fixture::Fixture, hover, resolve_completion,
    signature_help,
};

/// The packages of the library.
fn packages() -> Vec<String> {
    let db = Fixture::new("$0").db;
    let all = ko_queries::names::importable_packages(&db, None);
    let library = all.iter().filter(|it| ko_queries::library::is_library(&db, it));
    let paths: Vec<String> = library.map(ToString::to_string).collect();
    assert!(paths.len() >= 15, "{paths:?}");
    paths
}

/// A program that calls every function of a package that is meant for others.
fn calls(path: &str) -> (Fixture, Vec<String>) {
    let db = Fixture::new("$0").db;
    let names: Vec<String> = functions_of_package(&db, None, path)
        .iter()
        .filter(|it| it.starts_with(char::is_uppercase))
        .map(ToString::to_string)
        .collect();
    let mut text = format!("import \"{path}\" as p\n$0");
    for (at, name) in names.iter().enumerate() {
        text.push_str(&format!("F{at}() {{ return: p.{name}(x: 1) }}\n"));
    }
    (Fixture::new(&text), names)
}

#[test]
fn every_function_is_explained() {
    for path in packages() {
        let (fixture, names) = calls(&path);
        for (at, name) in names.iter().enumerate() {
            let call = format!("F{at}() {{ return: p.{name}(");
            let place = fixture.find(&call);
            let inside = text_size::TextSize::of(call.as_str()) - text_size::TextSize::from(2);
            let position = FilePosition { file: fixture.file, offset: place.start() + inside };
            let shown = hover(&fixture.db, position).unwrap_or_else(|| panic!("{path}.{name}"));
            let shown = shown.markdown;
            let Some(id) = builtins::find(&path, name) else {
                // Written in Ko: its comments, and those of its parameters.
                assert!(shown.contains("\nfunction of package"), "{path}.{name}: {shown}");
                assert!(shown.lines().count() > 5, "{path}.{name} lacks documentation: {shown}");
                continue;
            };
            let info = id.info();
            let written = shown.contains("function of package");
            assert!(written || shown.contains(info.signature), "{path}.{name}: {shown}");
            assert!(written || shown.contains(info.doc), "{path}.{name}: {shown}");
            for (expression, prints) in info.examples.iter().filter(|_| !written) {
                assert!(shown.contains(&format!("{expression}  // {prints}")), "{path}.{name}");
            }
            for param in info.params.iter().filter(|_| !written) {
                assert!(shown.contains(param.doc), "{path}.{name}: {}", param.name);
            }
            let behind = place.start() + text_size::TextSize::of(call.as_str());
            let help = signature_help(&fixture.db, FilePosition { offset: behind, ..position });
            let help = help.unwrap_or_else(|| panic!("{path}.{name}"));
            assert!(help.label.starts_with(&format!("{name}(")), "{}", help.label);
            assert!(written || help.parameters.len() == info.params.len(), "{}", help.label);
        }
    }
}

#[test]
fn every_function_is_offered_behind_its_package() {
    for path in packages() {
        let text = format!("import \"{path}\" as p\nF() {{ return: p.$0 }}");
        let fixture = Fixture::new(&text);
        let config = CompletionConfig::default();
        let list = completion(&fixture.db, fixture.position(), config).unwrap();
        let (_, names) = calls(&path);
        for name in &names {
            let old = name.strip_prefix("Go").is_some_and(|it| it.starts_with(char::is_uppercase));
            let item = list.items.iter().find(|it| it.label == *name);
            assert_eq!(item.is_some(), !old, "{path}.{name}");
            if let Some(data) = item.and_then(|it| it.data.as_ref()) {
                let markdown = resolve_completion(&fixture.db, data);
                assert!(markdown.is_some_and(|it| it.contains(name.as_str())), "{data}");
            }
        }
        assert!(list.items.iter().all(|it| names.contains(&it.label)), "{path} has more");
    }
}

#[test]
fn functions_of_the_library_are_found_without_an_import() {
    for path in packages() {
        let (_, names) = calls(&path);
        let Some(name) = names.iter().find(|it| it.len() > 3 && !it.starts_with("Go")) else {
            continue;
        };
        let fixture = Fixture::new(&format!("F() {{ return: {name}$0 }}"));
        let config = CompletionConfig { limit: 5000, ..CompletionConfig::default() };
        let list = completion(&fixture.db, fixture.position(), config).unwrap();
        let imported = list.items.iter().find(|it| {
            it.import.as_ref().is_some_and(|it| it.path == path)
                && it.label.ends_with(name.as_str())
        });
        assert!(imported.is_some(), "{path}.{name}");
    }
}
