//! The schema as the rest of the project sees it: tables of types, kinds and gates, and the ways to look things up.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constraints::Constraints;
use crate::docs::Docs;
use crate::facts::{FORMAT, Facts, FactsError, KindFacts};
use crate::gate::{Gate, GateId};
use crate::kind::{Kind, KindId};
use crate::rules::{Compiled, Violation};
use crate::types::{Field, StructType, Type, TypeId};
use crate::{builtin, gates, limits, naming, resolve};

/// Everything known of an API server: cheap to clone, equal if it holds the same facts.
///
/// One that has not been filled in is that inside the program, which is unpacked when somebody first looks into it: a program
/// without gates starts without.
#[derive(Clone)]
pub struct Schema(Arc<OnceLock<Inner>>);

struct Inner {
    hash: u128,
    version: EcoString,
    types: Box<[Type]>,
    kinds: Box<[Kind]>,
    /// Where a kind is in the table, by its id; [`NOWHERE`] for ids that no kind has any more.
    kind_at: Box<[u32]>,
    gates: Box<[Gate]>,
    /// The same for gates.
    gate_at: Box<[u32]>,
    /// Gates sorted by name; of equal names, the one that the bare name means comes first, then by place.
    gates_by_name: Box<[GateId]>,
    kinds_by_name: FxHashMap<(EcoString, EcoString), KindId>,
    types_by_name: FxHashMap<EcoString, TypeId>,
    constraints: FxHashMap<TypeId, Constrained>,
    group_versions: Box<[EcoString]>,
    docs: DocsSource,
}

/// No place in a table.
const NOWHERE: u32 = u32::MAX;

/// The ids of the kinds of a schema and, for each, of the first of its gates, in the order of the kinds.
pub(crate) type Ids = Vec<(KindId, GateId)>;

/// What is asked of the values of a type, and its rules once they are compiled.
struct Constrained {
    constraints: Constraints,
    pattern: OnceLock<Option<Regex>>,
    rules: OnceLock<Compiled>,
}

/// Where prose comes from; the built-in one is unpacked when first asked for.
enum DocsSource {
    BuiltIn(OnceLock<Docs>),
    Given(Docs),
}

/// What [`Schema::explain_field`] finds.
#[derive(Clone, Copy, Debug)]
pub struct FieldDoc<'a> {
    /// The structure that has the field.
    pub owner: TypeId,
    /// The field.
    pub field: &'a Field,
    /// What the authors say about it.
    pub doc: Option<&'a str>,
}

impl Schema {
    /// The schema inside the program: that of a Kubernetes API server with default settings. Unpacked when it is first
    /// looked into.
    #[must_use]
    pub fn builtin() -> &'static Schema {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| Schema(Arc::new(OnceLock::new())))
    }

    /// Whether it was looked into: the one inside the program takes time and memory from then on.
    #[must_use]
    pub fn is_unpacked(&self) -> bool {
        self.0.get().is_some()
    }

    fn inner(&self) -> &Inner {
        self.0.get_or_init(|| {
            Schema::assemble(builtin::facts(), DocsSource::BuiltIn(OnceLock::new()), None)
        })
    }

    /// Makes a schema from facts and prose.
    ///
    /// # Errors
    /// When a reference in the facts has no target.
    pub fn from_facts(facts: Facts, docs: Docs) -> Result<Schema, FactsError> {
        facts.check()?;
        let inner = Schema::assemble(facts, DocsSource::Given(docs), None);
        Ok(Schema(Arc::new(OnceLock::from(inner))))
    }

    /// Takes facts whose references all have targets. Without `ids`, they are those of the places.
    fn assemble(facts: Facts, docs: DocsSource, ids: Option<&Ids>) -> Inner {
        let hash = content_hash(&facts);
        let kinds: Box<[Kind]> = (0..)
            .zip(facts.kinds)
            .map(|(at, it)| {
                let id = ids.and_then(|ids| Some(ids.get(at)?.0));
                let id = id.unwrap_or(KindId(u32::try_from(at).unwrap_or(NOWHERE)));
                let many_name = naming::many_name(&it.kind, &it.plural);
                Kind {
                    id,
                    singular: naming::arg_name(&it.kind),
                    many_arg: naming::many_arg_name(&it.kind, &many_name),
                    many_name,
                    group: it.group,
                    version: it.version,
                    kind: it.kind,
                    plural: it.plural,
                    namespaced: it.namespaced,
                    verbs: it.verbs,
                    short_names: it.short_names.into(),
                    subresources: it.subresources.into(),
                    object: it.object,
                }
            })
            .collect();

        let mut gates: Vec<Gate> = Vec::new();
        for (at, kind) in kinds.iter().enumerate() {
            let first = ids.and_then(|ids| Some(ids.get(at)?.1.0));
            let first = first.unwrap_or_else(|| u32::try_from(gates.len()).unwrap_or(NOWHERE));
            let own = gates::of_kind(kind).into_iter().zip(first..);
            gates.extend(own.map(|(gate, id)| Gate { id: GateId(id), ..gate }));
        }
        resolve::mark_unqualified(&mut gates, &kinds);
        let kind_at = places(kinds.iter().map(|it| it.id.0));
        let gate_at = places(gates.iter().map(|it| it.id.0));
        // A stable order: of equal ones, that of their places stays.
        let mut by_name: Vec<&Gate> = gates.iter().collect();
        by_name.sort_by(|a, b| a.name.cmp(&b.name).then(b.unqualified.cmp(&a.unqualified)));
        let gates_by_name = by_name.into_iter().map(|it| it.id).collect();

        let kinds_by_name = kinds.iter().map(|it| ((it.gv(), it.kind.clone()), it.id)).collect();
        let types: Box<[Type]> = facts.types.into();
        let types_by_name = (0..)
            .map(TypeId)
            .zip(&types)
            .filter_map(|(id, ty)| Some((ty.as_struct()?.name.clone(), id)))
            .collect();
        let constraints = facts.constraints.into_iter().map(|(id, constraints)| {
            (id, Constrained { constraints, pattern: OnceLock::new(), rules: OnceLock::new() })
        });
        let constraints = constraints.collect();
        let mut seen = FxHashSet::default();
        let group_versions =
            kinds.iter().map(Kind::gv).filter(|gv| seen.insert(gv.clone())).collect();
        Inner {
            hash,
            version: facts.version,
            types,
            kinds,
            kind_at,
            gates: gates.into(),
            gate_at,
            gates_by_name,
            kinds_by_name,
            types_by_name,
            constraints,
            group_versions,
            docs,
        }
    }

    /// What this schema was made of, ids included.
    pub(crate) fn to_facts(&self) -> Facts {
        let inner = self.inner();
        let kind = |it: &Kind| KindFacts {
            group: it.group.clone(),
            version: it.version.clone(),
            kind: it.kind.clone(),
            plural: it.plural.clone(),
            namespaced: it.namespaced,
            verbs: it.verbs,
            short_names: it.short_names.to_vec(),
            subresources: it.subresources.to_vec(),
            object: it.object,
        };
        let mut constraints: Vec<_> =
            inner.constraints.iter().map(|(id, it)| (*id, it.constraints.clone())).collect();
        constraints.sort_by_key(|it| it.0);
        Facts {
            format: FORMAT,
            version: inner.version.clone(),
            types: inner.types.to_vec(),
            constraints,
            kinds: inner.kinds.iter().map(kind).collect(),
        }
    }

    /// A schema of other facts with the prose of this one. The references in the facts must have targets.
    pub(crate) fn with_facts(&self, facts: Facts, ids: Option<&Ids>) -> Schema {
        let docs = match &self.inner().docs {
            DocsSource::Given(docs) => DocsSource::Given(docs.clone()),
            DocsSource::BuiltIn(_) => DocsSource::BuiltIn(OnceLock::new()),
        };
        Schema(Arc::new(OnceLock::from(Schema::assemble(facts, docs, ids))))
    }

    /// How many ids of kinds and of gates were given out, those that nothing has any more included.
    pub(crate) fn ids_given(&self) -> (usize, usize) {
        (self.inner().kind_at.len(), self.inner().gate_at.len())
    }

    /// The Kubernetes version, major and minor: `1.36`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.inner().version
    }

    /// A number that two schemas share exactly if they hold the same facts. Stable between runs of the program.
    #[must_use]
    pub fn content_hash(&self) -> u128 {
        self.inner().hash
    }

    /// The groups and versions that serve kinds, as `apiVersion` has them (`v1`, `apps/v1`), in the server's order.
    #[must_use]
    pub fn group_versions(&self) -> &[EcoString] {
        &self.inner().group_versions
    }

    /// All kinds, in the server's order.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.inner().kinds
    }

    /// The kind with the given id, which must come from this schema.
    ///
    /// # Panics
    /// If no kind has the id.
    #[must_use]
    pub fn kind(&self, id: KindId) -> &Kind {
        &self.inner().kinds[self.inner().kind_at[id.index()] as usize]
    }

    /// The kind with the given `apiVersion` and `kind`.
    #[must_use]
    pub fn find_kind(&self, gv: &str, kind: &str) -> Option<&Kind> {
        // Two short texts: making the key costs less than a map that can be asked by reference would.
        self.inner().kinds_by_name.get(&(gv.into(), kind.into())).map(|id| self.kind(*id))
    }

    /// The type with the given id, which must come from this schema.
    ///
    /// # Panics
    /// If the id comes from a larger schema.
    #[must_use]
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.inner().types[id.index()]
    }

    /// What the server asks of values of a type besides: nothing of most.
    #[must_use]
    pub fn constraints(&self, id: TypeId) -> Option<&Constraints> {
        self.inner().constraints.get(&id).map(|it| &it.constraints)
    }

    /// Which limit of the type a value breaks (how long, how many, of which form), in words that follow the value. What
    /// cannot be told here for certain counts as kept.
    #[must_use]
    pub fn broken_limit(&self, id: TypeId, value: &serde_json::Value) -> Option<String> {
        let it = self.inner().constraints.get(&id)?;
        let pattern = it.pattern.get_or_init(|| limits::pattern(&it.constraints));
        limits::broken(&it.constraints, pattern.as_ref(), value)
    }

    /// Which rules of the type a new object breaks that has `value` in this place, as the server would write it: fields
    /// that are absent have their defaults. Only rules of the place itself, not of what is in it. What cannot be told here
    /// for certain, such as a rule that compares with the object before, is not among them.
    #[must_use]
    pub fn violations(&self, id: TypeId, value: &serde_json::Value) -> Vec<Violation> {
        let Some(it) = self.inner().constraints.get(&id) else { return Vec::new() };
        if it.constraints.rules.is_empty() {
            return Vec::new();
        }
        it.rules.get_or_init(|| Compiled::new(self, id, &it.constraints.rules)).broken_by(value)
    }

    /// How many types there are.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.inner().types.len()
    }

    /// The structure with the given name (`io.k8s.api.apps.v1.StatefulSetSpec`).
    #[must_use]
    pub fn find_type(&self, name: &str) -> Option<TypeId> {
        self.inner().types_by_name.get(name).copied()
    }

    /// All gates, qualified ones included, by kind.
    #[must_use]
    pub fn gates(&self) -> &[Gate] {
        &self.inner().gates
    }

    /// The gate with the given id, if there is one: that of another schema may be gone.
    #[must_use]
    pub fn find_gate(&self, id: GateId) -> Option<&Gate> {
        self.inner().gates.get(*self.inner().gate_at.get(id.index())? as usize)
    }

    /// The gate with the given id, which must come from this schema.
    ///
    /// # Panics
    /// If no gate has the id.
    #[must_use]
    pub fn gate_by_id(&self, id: GateId) -> &Gate {
        &self.inner().gates[self.inner().gate_at[id.index()] as usize]
    }

    /// The gate that the bare name means. None if there is no such gate, or if only an import can tell which of several
    /// is meant: then [`Schema::gates_named`] has them.
    #[must_use]
    pub fn gate(&self, name: &str) -> Option<&Gate> {
        self.gates_named(name).next().filter(|it| it.unqualified)
    }

    /// All gates of a name, in any group and version, the one that the bare name means first.
    pub fn gates_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Gate> + use<'a> {
        let ids = &self.inner().gates_by_name;
        let start = ids.partition_point(|id| self.gate_by_id(*id).name.as_str() < name);
        let end = ids.partition_point(|id| self.gate_by_id(*id).name.as_str() <= name);
        ids.get(start..end).unwrap_or_default().iter().map(|id| self.gate_by_id(*id))
    }

    /// The gate of a name behind an import: `path` is `apps/v1`, or `apps` for the preferred version that has the gate;
    /// the core group is `core`. A leading `k8s/` is ignored.
    #[must_use]
    pub fn gate_in(&self, path: &str, name: &str) -> Option<&Gate> {
        let path = path.strip_prefix("k8s/").unwrap_or(path);
        let (group, version) = match path.split_once('/') {
            Some((group, version)) => (group, Some(version)),
            // The way `apiVersion` spells the core group.
            None if self.inner().group_versions.iter().any(|gv| gv == path) => ("", Some(path)),
            None => (path, None),
        };
        let group = if group == "core" { "" } else { group };
        self.gates_named(name)
            .filter(|gate| {
                let kind = self.kind(gate.kind);
                kind.group == group && version.is_none_or(|version| kind.version == version)
            })
            .min_by(|a, b| {
                let rank = |gate: &Gate| self.kind(gate.kind);
                resolve::version_rank(&rank(a).version)
                    .cmp(&resolve::version_rank(&rank(b).version))
            })
    }

    /// Whether `k8s/` followed by `path` can be imported: a group and version, or a group.
    #[must_use]
    pub fn has_package(&self, path: &str) -> bool {
        let path = path.strip_prefix("k8s/").unwrap_or(path);
        self.inner().kinds.iter().any(|kind| {
            let import = kind.import_path();
            import == path || import.split_once('/').is_some_and(|(group, _)| group == path)
        })
    }

    /// About how many bytes the tables of types, kinds and gates take, without prose.
    #[must_use]
    pub fn table_size(&self) -> usize {
        use std::mem::size_of_val;
        // Short texts are within their values.
        let text = |text: &EcoString| {
            if text.len() <= EcoString::INLINE_LIMIT {
                0
            } else {
                text.len() + 2 * size_of::<usize>()
            }
        };
        let fields = self.inner().types.iter().filter_map(Type::as_struct).map(|it| {
            let fields = it.fields.iter().map(|field| size_of_val(field) + text(&field.name));
            text(&it.name) + fields.sum::<usize>()
        });
        let kinds = self.inner().kinds.iter().map(|it| {
            let names = [&it.kind, &it.plural, &it.singular, &it.many_name, &it.many_arg];
            names.into_iter().map(text).sum::<usize>()
        });
        let gates = self.inner().gates.iter().map(|it| {
            let params = it.params.iter().map(|param| size_of_val(param) + text(&param.name));
            text(&it.name) + params.sum::<usize>()
        });
        let tables = size_of_val(&*self.inner().types)
            + size_of_val(&*self.inner().kinds)
            + size_of_val(&*self.inner().gates)
            + size_of_val(&*self.inner().gates_by_name)
            + size_of_val(&*self.inner().kind_at)
            + size_of_val(&*self.inner().gate_at);
        tables + fields.sum::<usize>() + kinds.sum::<usize>() + gates.sum::<usize>()
    }

    /// What the authors say about a type.
    #[must_use]
    pub fn type_doc(&self, ty: TypeId) -> Option<&str> {
        self.docs().type_doc(self.doc_key(ty)?)
    }

    /// What the authors say about a field of a structure.
    #[must_use]
    pub fn field_doc(&self, ty: TypeId, field: &str) -> Option<&str> {
        self.docs().field_doc(self.doc_key(ty)?, field)
    }

    /// Follows a path of field names from the object of a kind, through lists and maps, as `kubectl explain` does.
    #[must_use]
    pub fn explain_field(&self, kind: KindId, path: &[&str]) -> Option<FieldDoc<'_>> {
        let mut ty = self.kind(kind).object;
        let mut found = None;
        for name in path {
            let (owner, it) = self.struct_of(ty)?;
            let field = it.field(name)?;
            ty = field.ty;
            found = Some((owner, field));
        }
        let (owner, field) = found?;
        Some(FieldDoc { owner, field, doc: self.field_doc(owner, &field.name) })
    }

    /// The structure that values of `ty` are made of: itself, or that of its elements.
    #[must_use]
    pub fn struct_of(&self, ty: TypeId) -> Option<(TypeId, &StructType)> {
        let mut id = ty;
        // Lists of lists are rare; a chain longer than this is a mistake of the server.
        for _ in 0..8 {
            match self.ty(id) {
                Type::Struct(it) => return Some((id, it)),
                Type::List { item, .. } | Type::Map(item) => id = *item,
                _ => return None,
            }
        }
        None
    }

    fn doc_key(&self, ty: TypeId) -> Option<&str> {
        match self.ty(ty) {
            Type::Struct(it) => Some(&it.name),
            Type::Quantity => Some("io.k8s.apimachinery.pkg.api.resource.Quantity"),
            _ => None,
        }
    }

    fn docs(&self) -> &Docs {
        match &self.inner().docs {
            DocsSource::BuiltIn(docs) => docs.get_or_init(builtin::docs),
            DocsSource::Given(docs) => docs,
        }
    }
}

/// Where each id is, of ids in the order of their places.
fn places(ids: impl Iterator<Item = u32>) -> Box<[u32]> {
    let mut places = Vec::new();
    for (at, id) in (0..).zip(ids) {
        let id = id as usize;
        if id >= places.len() {
            places.resize(id + 1, NOWHERE);
        }
        if let Some(place) = places.get_mut(id) {
            *place = at;
        }
    }
    places.into()
}

impl PartialEq for Schema {
    fn eq(&self, other: &Schema) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.inner().hash == other.inner().hash
    }
}

impl Eq for Schema {}

impl Hash for Schema {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner().hash.hash(state);
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Schema({}, {} kinds, {:032x})",
            self.inner().version,
            self.inner().kinds.len(),
            self.inner().hash
        )
    }
}

/// FNV-1a with 128 bits over the serialised facts: stable between runs and versions of the compiler, which the hashers of
/// the standard library are not.
fn content_hash(facts: &Facts) -> u128 {
    struct Fnv(u128);
    impl std::io::Write for Fnv {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            for byte in bytes {
                self.0 = (self.0 ^ u128::from(*byte))
                    .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hash = Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
    // Neither the writer nor the serialised types can fail; a partial hash would still be a hash.
    let _ = serde_json::to_writer(&mut hash, facts);
    hash.0
}
