//! Which tests there are.

use std::collections::BTreeMap;

use ko_queries::{Db as _, FunctionKey, items};

use crate::cli::{render, sources::Sources};

/// A package with its tests.
#[derive(Debug)]
pub(super) struct Package {
    /// Its path.
    pub(super) path: String,
    /// Its tests, sorted by name.
    pub(super) tests: Vec<Test>,
}

/// A function that is a test.
#[derive(Debug)]
pub(super) struct Test {
    /// Its name.
    pub(super) name: String,
    /// Its file, as the user knows it.
    pub(super) file: String,
    /// Line and column of its name, from 1.
    pub(super) position: (u32, u32),
    /// Whether it can reach a gate, and so needs a Kubernetes.
    pub(super) needs_cluster: bool,
}

/// Which tests are wanted.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Names of tests; all if there are none.
    pub(super) only: Vec<String>,
    /// Parts of names, one of which a test must have; all if there are none.
    pub(super) containing: Vec<String>,
}

impl Filter {
    /// Whether all tests are wanted.
    pub(super) fn is_empty(&self) -> bool {
        self.only.is_empty() && self.containing.is_empty()
    }

    fn admits(&self, name: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|it| it == name))
            && (self.containing.is_empty() || self.containing.iter().any(|it| name.contains(&**it)))
    }
}

/// The packages of the files that were named, sorted by path, with the tests that stand in these files. Inline
/// functions can be tests, too. When all tests are wanted, packages without any are among them.
pub(super) fn packages(sources: &Sources, filter: &Filter) -> Vec<Package> {
    let db = &sources.db;
    let mut packages: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    for id in &sources.named {
        let (Some(file), Some(path)) = (db.source_file(*id), db.package(*id)) else { continue };
        let tests = packages.entry(path.to_string()).or_default();
        for function in items::functions_of_file(db, file) {
            let name = function.name(db);
            let Some(node) = items::function_node(db, function) else { continue };
            let is_test = name.starts_with("Test") && node.params().next().is_none();
            if !is_test || !filter.admits(&name) || function.nth(db) > 0 {
                continue;
            }
            let text = db.text(*id).unwrap_or_default();
            let range = node.name_token().map(|it| it.text_range()).unwrap_or_default();
            let key = FunctionKey { package: path.clone(), name: name.clone() };
            tests.push(Test {
                name: name.to_string(),
                file: render::shown(&db.path(*id).unwrap_or_default()),
                position: render::position(&text, range),
                needs_cluster: ko_ide::effect_of_function(db, &key).is_some(),
            });
        }
    }
    let mut packages: Vec<_> =
        packages.into_iter().map(|(path, tests)| Package { path, tests }).collect();
    for package in &mut packages {
        package.tests.sort_by(|a, b| a.name.cmp(&b.name));
    }
    packages.retain(|package| filter.is_empty() || !package.tests.is_empty());
    packages
}
