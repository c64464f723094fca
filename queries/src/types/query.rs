//! Inference as queries: components of the call graph, and what is inferred of a function. The only module here that
//! knows the database.
//!
//! Nothing in it depends on positions in a text, so an edit that moves a function does not infer it again; and schemes
//! are compared, so an edit that changes how a function does something leaves its callers alone.

use std::{collections::BTreeSet, sync::Arc};

use ecow::EcoString;
use ko_schema::Schema;
use rustc_hash::FxHashMap;

use super::infer::{Inferred, infer_component};
use super::scheme::Scheme;
use crate::circuit::FunctionKey;
use crate::database::{Db, Package, World};
use crate::graph;
use crate::items::{Function, find_function, find_package, item_tree, package_scope};
use crate::kubernetes::{depend_on, mentioned};
use crate::lower::{callees, circuit};
use crate::projects::find_import;

/// The functions that call each other, in order, by each of them; functions that nobody else calls back are missing.
type Circles = FxHashMap<FunctionKey, Arc<[FunctionKey]>>;

/// What is inferred of a function: its types, what is asked of its steps, and what is wrong with it. Nothing if its file
/// does not have it (any more).
#[salsa::tracked(returns(clone), heap_size = crate::memory::heap_size)]
pub fn inferred<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Arc<Inferred>> {
    let circle = circle_of(db, function);
    match circle.as_ref().and_then(|it| Some((it, find_function(db, it.first()?)?))) {
        Some((circle, leader)) => {
            let key = function.key(db);
            let at = circle.iter().position(|it| *it == key)?;
            infer(db, leader).get(at).cloned()
        }
        None => infer(db, function).first().cloned(),
    }
}

/// What callers see of a function. Nothing if its file does not have it (any more).
#[salsa::tracked(returns(clone), heap_size = crate::memory::heap_size)]
pub fn scheme_of<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Arc<Scheme>> {
    Some(inferred(db, function)?.scheme.clone())
}

/// Infers a function alone, or with those that it shares a circle with if it is the first of them.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
fn infer<'db>(db: &'db dyn Db, leader: Function<'db>) -> Box<[Arc<Inferred>]> {
    let functions: Vec<Function<'db>> = match circle_of(db, leader) {
        Some(circle) => circle.iter().filter_map(|it| find_function(db, it)).collect(),
        None => vec![leader],
    };
    let circuits: Vec<_> = functions.iter().filter_map(|it| circuit(db, *it)).collect();
    // Of the Kubernetes API, types and demands come from the gates of these functions, and from the schemes of others.
    for function in &functions {
        depend_on(db, &group_versions(db, *function));
    }
    let env = QueryEnv { db, schema: db.kubernetes().clone() };
    infer_component(&circuits, &env).into_iter().map(Arc::new).collect()
}

/// The functions that a function shares a circle of calls with, itself included; nothing if it is in none. What depends
/// on it does not depend on the other circles of the package.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
fn circle_of<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Arc<[FunctionKey]>> {
    let key = function.key(db);
    match find_function(db, &key) {
        Some(found) if found == function => {
            circles(db, function.file(db).package(db)).get(&key).cloned()
        }
        // A second definition of a name: nobody can call it.
        _ => None,
    }
}

/// The groups and versions of the Kubernetes API that a function reaches, itself or through what it calls; in order.
#[salsa::tracked(returns(clone), heap_size = crate::memory::heap_size)]
fn group_versions<'db>(db: &'db dyn Db, function: Function<'db>) -> Arc<[EcoString]> {
    let circle = circle_of(db, function);
    let leader = circle.as_ref().and_then(|it| find_function(db, it.first()?)).unwrap_or(function);
    if leader != function {
        return group_versions(db, leader);
    }
    let schema = World::get(db).schema(db);
    let members: Vec<Function<'db>> = match circle {
        Some(circle) => circle.iter().filter_map(|it| find_function(db, it)).collect(),
        None => vec![function],
    };
    let mut names: BTreeSet<EcoString> = BTreeSet::new();
    for member in &members {
        let Some(circuit) = circuit(db, *member) else { continue };
        names.extend(mentioned(&circuit, &schema));
        for called in callees(db, *member).iter().filter_map(|it| find_function(db, it)) {
            if !members.contains(&called) {
                names.extend(group_versions(db, called).iter().cloned());
            }
        }
    }
    names.into_iter().collect()
}

struct QueryEnv<'db> {
    db: &'db dyn Db,
    schema: Schema,
}

impl super::Env for QueryEnv<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn scheme(&self, key: &FunctionKey) -> Option<Arc<Scheme>> {
        // Whose scheme is asked for is mentioned by what the inferred functions reach, and so are its groups and versions.
        scheme_of(self.db, find_function(self.db, key)?)
    }
}

/// The circles of calls that functions of a package are in.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
fn circles(db: &dyn Db, package: Package) -> Circles {
    let path = package.path(db);
    let alone: Arc<[EcoString]> = Arc::from([path.clone()]);
    let packages = package_circles(db, World::get(db)).get(&path).unwrap_or(&alone);
    let mut keys: Vec<FunctionKey> = Vec::new();
    for path in packages.iter() {
        let Some(package) = find_package(db, path) else { continue };
        let names = package_scope(db, package).functions.keys();
        keys.extend(names.map(|it| FunctionKey { package: path.clone(), name: it.clone() }));
    }
    keys.sort();
    let index: FxHashMap<&FunctionKey, usize> = keys.iter().zip(0..).collect();
    let called = |at: usize| -> Vec<usize> {
        let function = find_function(db, &keys[at]);
        let called = function.into_iter().flat_map(|it| callees(db, it));
        called.filter_map(|it| index.get(it).copied()).collect()
    };
    let mut circles = Circles::default();
    for component in graph::components(keys.len(), called) {
        if component.len() > 1 {
            let circle: Arc<[FunctionKey]> = component.iter().map(|it| keys[*it].clone()).collect();
            circles.extend(circle.iter().map(|it| (it.clone(), circle.clone())));
        }
    }
    circles
}

/// The packages that import each other, in order, by each of them; others are missing.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
fn package_circles(db: &dyn Db, world: World) -> FxHashMap<EcoString, Arc<[EcoString]>> {
    let packages = world.packages(db);
    let paths: Vec<(&EcoString, &Package)> = packages.iter().collect();
    let index: FxHashMap<Package, usize> = paths.iter().map(|it| *it.1).zip(0..).collect();
    let imported = |at: usize| -> Vec<usize> {
        let files = paths[at].1.files(db);
        let imports = files.iter().flat_map(|file| &item_tree(db, *file).imports);
        let meant =
            imports.filter_map(|it| find_import(db, Some(*paths[at].1), it.path.as_deref()?));
        meant.filter_map(|it| index.get(&it).copied()).collect()
    };
    let mut circles = FxHashMap::default();
    for component in graph::components(paths.len(), imported) {
        if component.len() > 1 {
            let circle: Arc<[EcoString]> =
                component.iter().map(|it| paths[*it].0.clone()).collect();
            circles.extend(circle.iter().map(|it| (it.clone(), circle.clone())));
        }
    }
    circles
}
