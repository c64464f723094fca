//! The verbs of the API on the state: what a request does and how it is refused
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/>).

use std::sync::Arc;

use ko_evaluator::cluster::{
    ApiError, DeleteOptions, List, PatchType, Resource, Selection, WriteOptions,
};
use ko_schema::{Kind, KindId, Schema, Verbs};
use serde_json::{Value as Json, json};

use crate::apply::{self, Owners};
use crate::controllers::garbage;
use crate::selectors::{Fields, Labels};
use crate::state::{Key, State};
use crate::{errors, json, objects, patch};

/// A request's target: the schema keeps the kind alive while the state changes.
pub(crate) struct Target {
    schema: Schema,
    kind: KindId,
}

impl Target {
    /// Finds the kind of a resource.
    ///
    /// # Errors
    /// 404 when it is not served.
    pub(crate) fn find(state: &State, resource: &Resource) -> Result<Target, ApiError> {
        let schema = state.schema.clone();
        let kind = schema
            .find_kind(&resource.api_version(), &resource.kind)
            .filter(|it| it.plural == resource.plural)
            .map(|it| it.id)
            .ok_or_else(errors::no_such_resource)?;
        Ok(Target { schema, kind })
    }

    /// The kind.
    pub(crate) fn kind(&self) -> &Kind {
        self.schema.kind(self.kind)
    }

    pub(crate) fn allow(&self, verb: &str) -> Result<(), ApiError> {
        let asked = Verbs::from_names([verb]);
        if asked.iter().all(|it| self.kind().verbs.has(it)) {
            Ok(())
        } else {
            Err(errors::not_allowed())
        }
    }

    fn key(&self, namespace: Option<&str>, name: &str) -> Key {
        let namespace = if self.kind().namespaced { namespace.unwrap_or_default() } else { "" };
        Key { kind: self.kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    pub(crate) fn existing(
        &self,
        state: &State,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(Key, Arc<Json>), ApiError> {
        let key = self.key(namespace, name);
        match state.get(&key) {
            Some(it) => Ok((key, it)),
            None => Err(errors::not_found(self.kind(), name)),
        }
    }
}

/// What a list or watch selects, parsed.
pub(crate) struct Filter {
    /// The kind.
    pub(crate) kind: KindId,
    namespace: Option<String>,
    labels: Labels,
    fields: Fields,
}

impl Filter {
    /// Parses a selection.
    ///
    /// # Errors
    /// 404 for an unknown resource, 400 for bad selectors.
    pub(crate) fn parse(
        state: &State,
        resource: &Resource,
        selection: &Selection,
    ) -> Result<Filter, ApiError> {
        let target = Target::find(state, resource)?;
        target.allow("list")?;
        let kind = target.kind();
        Ok(Filter {
            kind: kind.id,
            namespace: selection.namespace.clone().filter(|_| kind.namespaced),
            labels: Labels::parse(selection.labels.as_deref().unwrap_or_default())?,
            fields: Fields::parse(kind, selection.fields.as_deref().unwrap_or_default())?,
        })
    }

    /// Whether an object of the kind is selected.
    pub(crate) fn matches(&self, object: &Json) -> bool {
        let namespace = json::text(object, "metadata.namespace");
        self.namespace.as_deref().is_none_or(|it| it == namespace)
            && self.labels.matches(object)
            && self.fields.matches(object)
    }
}

/// GET of one object.
pub(crate) fn get(
    state: &State,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<Arc<Json>, ApiError> {
    let target = Target::find(state, resource)?;
    target.allow("get")?;
    Ok(target.existing(state, namespace, name)?.1)
}

/// GET of a selection.
pub(crate) fn list(
    state: &State,
    resource: &Resource,
    selection: &Selection,
) -> Result<List, ApiError> {
    let filter = Filter::parse(state, resource, selection)?;
    let items = state
        .list(filter.kind, filter.namespace.as_deref())
        .map(|(_, it)| &it.object)
        .filter(|it| filter.matches(it))
        .cloned()
        .collect();
    Ok(List { items, resource_version: state.version.to_string() })
}

/// POST of a new object.
pub(crate) fn create(
    state: &mut State,
    resource: &Resource,
    namespace: Option<&str>,
    mut object: Json,
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let target = Target::find(state, resource)?;
    target.allow("create")?;
    let kind = target.kind();
    if !kind.verbs.has(ko_schema::Verb::Get) {
        return Err(errors::not_simulated(&format!(
            "the sandbox does not answer {}",
            kind.qualified_resource()
        )));
    }
    if kind.namespaced && namespace.is_none_or(str::is_empty) {
        return Err(errors::bad_request("an empty namespace may not be set during creation"));
    }
    objects::identify(kind, &mut object)?;
    objects::place(kind, namespace.unwrap_or_default(), &mut object)?;
    if json::at(&object, "metadata.resourceVersion").as_str().is_some_and(|it| !it.is_empty()) {
        return Err(errors::bad_request(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    let serial = state.serial;
    let prepared = objects::prepare_new(state, kind, object);
    if options.dry_run || prepared.is_err() {
        state.serial = serial;
    }
    let mut prepared = prepared?;
    let key = target.key(namespace, json::name(&prepared));
    objects::check_namespace(state, &key)?;
    if state.stored(&key).is_some() {
        state.serial = serial;
        return Err(errors::already_exists(kind, &key.name));
    }
    if options.dry_run {
        json::object_mut(&mut prepared, "metadata").shift_remove("resourceVersion");
        return Ok(Arc::new(prepared));
    }
    let mut owners = Owners::new();
    apply::track_update(
        &state.schema,
        kind.object,
        None,
        &prepared,
        &options.field_manager,
        &mut owners,
    );
    Ok(state.put(&key, prepared, Some(owners)))
}

/// PUT.
pub(crate) fn replace(
    state: &mut State,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    mut object: Json,
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let target = Target::find(state, resource)?;
    target.allow("update")?;
    let kind = target.kind();
    objects::identify(kind, &mut object)?;
    objects::place(kind, namespace.unwrap_or_default(), &mut object)?;
    let own = json::name(&object);
    if own != name {
        return Err(errors::bad_request(format!(
            "the name of the object ({own}) does not match the name on the URL ({name})"
        )));
    }
    let (key, old) = target.existing(state, namespace, name)?;
    finish(state, &target, &key, &old, object, options, None)
}

/// PATCH, of an object or a part of it.
pub(crate) fn patch(
    state: &mut State,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    subresource: Option<&str>,
    (patch_type, mut patch): (PatchType, Json),
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let target = Target::find(state, resource)?;
    target.allow("patch")?;
    let kind = target.kind();
    if let Some(part) = subresource
        && kind.subresource(part).is_none()
    {
        return Err(errors::no_such_resource());
    }
    if subresource == Some("scale") {
        return scale(state, &target, (namespace, name), patch_type, &patch, options);
    }
    if patch_type == PatchType::Apply {
        objects::identify(kind, &mut patch)?;
        objects::place(kind, namespace.unwrap_or_default(), &mut patch)?;
        if !json::at(&patch, "metadata.managedFields").is_null() {
            return Err(errors::bad_request("metadata.managedFields must be nil"));
        }
        json::set_default(&mut patch, "metadata.name", name);
        let key = target.key(namespace, name);
        let Some(stored) = state.stored(&key) else {
            if subresource.is_some() {
                return Err(errors::not_found(kind, name));
            }
            return apply_new(state, &target, namespace, patch, options);
        };
        let (old, mut owners) = (stored.object.clone(), stored.owners.clone());
        // Shape first: ownership is only meaningful for what the schema knows.
        crate::decode::check_shape(&state.schema, kind, &mut patch)?;
        let manager = options.field_manager.as_str();
        let schema = state.schema.clone();
        let new =
            apply::apply(&schema, kind.object, &old, &patch, manager, options.force, &mut owners)
                .map_err(|conflicts| errors::apply_conflict(&conflicts))?;
        return finish(state, &target, &key, &old, new, options, Some((subresource, Some(owners))));
    }
    let (key, old) = target.existing(state, namespace, name)?;
    let mut new = (*old).clone();
    match patch_type {
        PatchType::Merge | PatchType::Apply => patch::merge(&mut new, &patch),
        PatchType::Json => patch::json_patch(&mut new, &patch)?,
        PatchType::Strategic => {
            // Groups of Kubernetes itself have no dot or end in k8s.io; custom resources take no strategic patch.
            if kind.group.contains('.') && !kind.group.ends_with(".k8s.io") {
                return Err(errors::unsupported_patch());
            }
            patch::strategic(&state.schema, kind.object, &mut new, &patch);
        }
    }
    if json::name(&new) != name {
        return Err(errors::bad_request(
            "the name of the object does not match the name on the URL",
        ));
    }
    finish(state, &target, &key, &old, new, options, Some((subresource, None)))
}

fn apply_new(
    state: &mut State,
    target: &Target,
    namespace: Option<&str>,
    object: Json,
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let kind = target.kind();
    let resource = Resource::from(kind);
    let config = object.clone();
    let created = create(state, &resource, namespace, object, options)?;
    if !options.dry_run {
        let key = target.key(namespace, json::name(&created));
        let paths = apply::leaves(&state.schema, kind.object, &config).into_keys().collect();
        let manager = apply::Manager { name: options.field_manager.clone(), applied: true };
        state.put(&key, (*created).clone(), Some(Owners::from([(manager, paths)])));
    }
    Ok(created)
}

/// Checks and stores the changed form of an object. `how` is (subresource, owners if they are known already).
pub(crate) fn finish(
    state: &mut State,
    target: &Target,
    key: &Key,
    old: &Arc<Json>,
    mut new: Json,
    options: &WriteOptions,
    how: Option<(Option<&str>, Option<Owners>)>,
) -> Result<Arc<Json>, ApiError> {
    let kind = target.kind();
    let wanted = json::text(&new, "metadata.resourceVersion");
    if !wanted.is_empty() && wanted != json::text(old, "metadata.resourceVersion") {
        return Err(errors::outdated(kind, &key.name));
    }
    let uid = json::uid(&new);
    if !uid.is_empty() && uid != json::uid(old) {
        let detail = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            json::uid(old)
        );
        return Err(errors::conflict(kind, &key.name, &detail));
    }
    let (subresource, owners) = how.unwrap_or_default();
    let prepared = if subresource == Some("status") {
        let status = json::remove(&mut new, "status").unwrap_or_else(|| json!({}));
        let mut kept = (**old).clone();
        json::set(&mut kept, "status", status);
        crate::decode::check_shape(&state.schema, kind, &mut kept)?;
        kept
    } else {
        let serial = state.serial;
        let prepared = objects::prepare_changed(state, kind, old, new);
        if options.dry_run || prepared.is_err() {
            state.serial = serial;
        }
        prepared?
    };
    if options.dry_run {
        return Ok(Arc::new(prepared));
    }
    let owners = match owners {
        Some(owners) => owners,
        None => {
            let mut owners = state.stored(key).map(|it| it.owners.clone()).unwrap_or_default();
            apply::track_update(
                &state.schema,
                kind.object,
                Some(old),
                &prepared,
                &options.field_manager,
                &mut owners,
            );
            owners
        }
    };
    let stored = state.put(key, prepared, Some(owners));
    if json::terminating(&stored) && json::items(&stored, "metadata.finalizers").is_empty() {
        garbage::finalized(state, key);
    }
    Ok(stored)
}

/// The scale of a workload: read from the object, written through its replicas.
fn scale(
    state: &mut State,
    target: &Target,
    (namespace, name): (Option<&str>, &str),
    patch_type: PatchType,
    change: &Json,
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let (key, old) = target.existing(state, namespace, name)?;
    let mut view = scale_view(&old);
    match patch_type {
        PatchType::Json => patch::json_patch(&mut view, change)?,
        _ => patch::merge(&mut view, change),
    }
    let Some(replicas) = json::int(&view, "spec.replicas") else {
        return Err(errors::bad_request("spec.replicas of a Scale must be a whole number"));
    };
    let mut new = (*old).clone();
    json::set(&mut new, "spec.replicas", replicas);
    let wanted = json::text(&view, "metadata.resourceVersion").to_owned();
    json::set(&mut new, "metadata.resourceVersion", wanted);
    let stored = finish(state, target, &key, &old, new, options, None)?;
    Ok(Arc::new(scale_view(&stored)))
}

pub(crate) fn scale_view(object: &Json) -> Json {
    let labels = json::at(object, "spec.selector.matchLabels").as_object();
    let selector: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let of = |path: &str| json::at(object, path).clone();
    json!({
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {
            "name": of("metadata.name"),
            "namespace": of("metadata.namespace"),
            "uid": of("metadata.uid"),
            "resourceVersion": of("metadata.resourceVersion"),
            "creationTimestamp": of("metadata.creationTimestamp"),
        },
        "spec": {"replicas": json::int(object, "spec.replicas").unwrap_or(0)},
        "status": {
            "replicas": json::int(object, "status.replicas").unwrap_or(0),
            "selector": selector.join(","),
        },
    })
}

/// DELETE of one object.
pub(crate) fn delete(
    state: &mut State,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    options: &DeleteOptions,
) -> Result<Arc<Json>, ApiError> {
    let target = Target::find(state, resource)?;
    target.allow("delete")?;
    let kind = target.kind();
    let (key, old) = target.existing(state, namespace, name)?;
    if let Some(wanted) = &options.uid
        && wanted != json::uid(&old)
    {
        let detail = format!(
            "Precondition failed: UID in precondition: {wanted}, UID in object meta: {}",
            json::uid(&old)
        );
        return Err(errors::conflict(kind, name, &detail));
    }
    let is_namespace = kind.group.is_empty() && kind.kind == "Namespace";
    if is_namespace && ["default", "kube-system", "kube-public"].contains(&name) {
        return Err(errors::forbidden(kind, name, "this namespace may not be deleted"));
    }
    let propagation = match options.propagation {
        Some("Background") => garbage::Propagation::Background,
        Some("Foreground") => garbage::Propagation::Foreground,
        Some("Orphan") => garbage::Propagation::Orphan,
        Some(other) => {
            return Err(errors::bad_request(format!(
                "invalid propagationPolicy {other:?}: one of Background, Foreground, Orphan"
            )));
        }
        // The first version of jobs left their pods behind, and it stayed so.
        None if kind.group == "batch" && kind.kind == "Job" => garbage::Propagation::Orphan,
        None => garbage::Propagation::Background,
    };
    Ok(garbage::delete(state, &key, propagation).unwrap_or(old))
}
