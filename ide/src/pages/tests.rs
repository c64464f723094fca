use expect_test::expect;

use super::*;
use crate::fixture::Fixture;

fn text(uri: &str) -> String {
    let fixture = Fixture::new("");
    page_text(&fixture.db, &page_at(&fixture.db, uri).unwrap())
}

#[test]
fn every_page_has_an_address_that_leads_back_to_it() {
    let fixture = Fixture::new("");
    let db = &fixture.db;
    let schema = db.schema();
    let mut pages = vec![PageId::Builtins("".into())];
    pages.extend(table::packages().into_iter().map(|it| PageId::Builtins(it.into())));
    pages.extend(schema.kinds().iter().map(|it| PageId::Group(it.import_path())));
    pages.extend(schema.kinds().iter().map(|it| PageId::Kind(it.id)));
    for page in &pages {
        let uri = page_uri(db, page);
        assert_eq!(page_at(db, &uri).as_ref(), Some(page), "{uri}");
        // As other editors write it.
        let other = uri.replace(":///", ":/").replace(".ko", "");
        assert_eq!(page_at(db, &other).as_ref(), Some(page), "{other}");
    }
    for uri in [
        "ko-schema:",
        "ko-schema:///",
        "ko-schema:///apps/v1/No",
        "ko-library:///no/builtins.ko",
        "file:///a",
    ] {
        assert_eq!(page_at(db, uri), None, "{uri}");
    }
}

/// Whoever follows links from any kind comes to pages only that exist, and every name stands where the page says.
#[test]
fn pages_are_whole() {
    let fixture = Fixture::new("");
    let db = &fixture.db;
    let mut seen = rustc_hash::FxHashSet::default();
    let mut open: Vec<PageId> = db.schema().kinds().iter().map(|it| PageId::Kind(it.id)).collect();
    open.extend(table::packages().into_iter().map(|it| PageId::Builtins(it.into())));
    open.push(PageId::Builtins("".into()));
    while let Some(page) = open.pop() {
        if !seen.insert(page.clone()) {
            continue;
        }
        let written = write(db, &page);
        assert!(written.names.iter().any(|it| it.definition) || matches!(page, PageId::Group(_)));
        assert!(written.tokens.windows(2).all(|it| it[0].range.end() <= it[1].range.start()));
        assert!(written.tokens.iter().all(|it| !written.text[it.range].contains('\n')));
        assert!(written.symbols.iter().all(|it| it.range.contains_range(it.name_range)));
        open.extend(page_links(db, &page).into_iter().map(|it| it.1));
    }
    assert!(seen.len() > 500, "{}", seen.len());
}

#[test]
fn a_structure_shows_its_fields() {
    let page = text("ko-schema:/types/io.k8s.api.core.v1.ServicePort");
    expect![[r#"
        // ServicePort contains information on service's port.
        ServicePort: (
        	// The port that will be exposed by this service.
        	port: Int32 // required

        	// The application protocol for this port. This is used as a hint for implementations to offer
        	// richer behavior for protocols that they understand. This field follows standard Kubernetes label
        	// syntax. Valid values are either:
        	//
        	// * Un-prefixed protocol names - reserved for IANA standard service names (as per RFC-6335 and
        	// https://www.iana.org/assignments/service-names).
        	//
        	// * Kubernetes-defined prefixed names:
        	// * 'kubernetes.io/h2c' - HTTP/2 prior knowledge over cleartext as described in
        	// https://www.rfc-editor.org/rfc/rfc9113.html#name-starting-http-2-with-prior-
        	// * 'kubernetes.io/ws' - WebSocket over cleartext as described in
        	// https://www.rfc-editor.org/rfc/rfc6455
        	// * 'kubernetes.io/wss' - WebSocket over TLS as described in https://www.rfc-editor.org/rfc/rfc6455
        	//
        	// * Other protocols should use implementation-defined prefixed names such as
        	// mycompany.com/my-custom-protocol.
        	appProtocol?: String

        	// The name of this port within the service. This must be a DNS_LABEL. All ports within a
        	// ServiceSpec must have unique names. When considering the endpoints for a Service, this must match
        	// the 'name' field in the EndpointPort. Optional if only one ServicePort is defined on this
        	// service.
        	name?: String

        	// The port on each node on which this service is exposed when type is NodePort or LoadBalancer.
        	// Usually assigned by the system. If a value is specified, in-range, and not in use it will be
        	// used, otherwise the operation will fail. If not specified, a port will be allocated if this
        	// Service requires one. If this field is specified when creating a Service which does not need it,
        	// creation will fail. This field will be wiped when updating a Service to no longer need it (e.g.
        	// changing type from NodePort to ClusterIP). More info:
        	// https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
        	nodePort?: Int32

        	// The IP protocol for this port. Supports "TCP", "UDP", and "SCTP". Default is TCP.
        	protocol?: "SCTP" | "TCP" | "UDP" = "TCP"

        	// Number or name of the port to access on the pods targeted by the service. Number must be in the
        	// range 1 to 65535. Name must be an IANA_SVC_NAME. If this is a string, it will be looked up as a
        	// named port in the target Pod's container ports. If this is not specified, the value of the 'port'
        	// field is used (an identity map). This field is ignored for services with clusterIP=None, and
        	// should be omitted or set equal to the 'port' field. More info:
        	// https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service
        	targetPort?: Int64 | String
        )
    "#]].assert_eq(&page);
}

#[test]
fn a_kind_shows_its_functions() {
    let page = text("ko-schema:/core/v1/Namespace.ko");
    let start = page.find("// Makes").unwrap_or_default();
    expect![[r#"
        // Makes a Namespace agree with the one given, creating it if need be, and returns it. Fields that
        // are not mentioned stay.
        // Effect: write. Needs: patch namespaces, create namespaces.
        ApplyNamespace(
        	namespace: Namespace // The object as it shall be; what it does not mention stays.
        	force?: Bool = false // Whether to take fields over from other managers.
        ) → Namespace

        // Returns the Namespace of the given name. Panics if there is none.
        // Effect: read. Needs: get namespaces.
        GetNamespace(
        	name: String // The name of the object.
        ) → Namespace

        // Returns the Namespace of the given name, or Empty if there is none.
        // Effect: read. Needs: get namespaces.
        FindNamespace(
        	name: String // The name of the object.
        ) → Namespace?

        // Returns the Namespaces, sorted by namespace and name; may be empty.
        // Effect: read. Needs: list namespaces.
        ListNamespaces(
        	labelSelector?: String // Which labels the objects must have, such as `app=db,tier!=cache`.
        	fieldSelector?: String // Which values the fields must have, such as `metadata.name=db` or `status.phase=Running`.
        ) → (Namespace)

        // Returns the Namespaces whose labels match, sorted by namespace and name; may be empty.
        // Effect: read. Needs: list namespaces.
        ListNamespacesByLabelSelector(
        	labelSelector: String // Which labels the objects must have, such as `app=db,tier!=cache`.
        ) → (Namespace)

        // Returns the Namespaces whose fields match, sorted by namespace and name; may be empty.
        // Effect: read. Needs: list namespaces.
        ListNamespacesByFieldSelector(
        	fieldSelector: String // Which values the fields must have, such as `metadata.name=db` or `status.phase=Running`.
        ) → (Namespace)

        // Changes parts of a Namespace and returns it.
        // Effect: write. Needs: patch namespaces.
        PatchNamespace(
        	name: String // The name of the object.
        	patch: Any // The changes: an object with the fields to set, or a list of JSON patch operations.
        	type?: "merge" | "strategic" | "json" = "merge" // How the server reads the patch.
        ) → Namespace

        // Reads a Namespace, lets a function change it, and writes it back; once more if someone else was
        // faster. Returns it as stored.
        // Effect: write. Needs: get namespaces, update namespaces.
        UpdateNamespace(
        	name: String // The name of the object.
        	with: Namespace → Namespace // A function from the object as it is to the object as it shall be.
        ) → Namespace

        // Deletes a Namespace and waits until it is gone. One that is not there is fine.
        // Effect: destructive. Needs: delete namespaces, get namespaces, list namespaces, watch namespaces.
        DeleteNamespace(
        	name?: Namespace | String // The object to delete, or its name; nothing happens if it is Empty.
        	propagation?: "Background" | "Foreground" | "Orphan" = "Background" // What becomes of what belongs to the object: deleted after it, deleted before it, or left.
        	wait?: Bool = true // Whether to wait until what is deleted is gone.
        	timeout?: Duration = 5m // How long to wait before giving up with a panic, such as `90s` or `10m`.
        ) → (kind, namespace, name, uid, outcome)*

        // Deletes the Namespaces given and waits until they are gone. Those that are not there are fine.
        // Effect: destructive. Needs: delete namespaces, get namespaces, list namespaces, watch namespaces.
        DeleteNamespaces(
        	namespaces?: (Namespace | String) // The objects to delete, or their names; may be empty.
        	propagation?: "Background" | "Foreground" | "Orphan" = "Background" // What becomes of what belongs to the object: deleted after it, deleted before it, or left.
        	wait?: Bool = true // Whether to wait until what is deleted is gone.
        	timeout?: Duration = 5m // How long to wait before giving up with a panic, such as `90s` or `10m`.
        ) → (kind, namespace, name, uid, outcome)*

        // Waits until the Namespace meets a condition, and returns it. Panics when the time is up.
        // Effect: read. Needs: get namespaces, list namespaces, watch namespaces.
        WaitForNamespace(
        	name: String // The name of the object.
        	condition?: Condition // What to wait for: the type of a status condition that must be true, or one of the names that every kind has.
        	until?: Namespace → Bool // A function that is given the object and decides whether the wait is over.
        	timeout?: Duration = 5m // How long to wait before giving up with a panic, such as `90s` or `10m`.
        ) → Namespace

        // Waits until the Namespaces whose labels match meet a condition, and returns them. Panics when the
        // time is up.
        // Effect: read. Needs: get namespaces, list namespaces, watch namespaces.
        WaitForNamespacesByLabelSelector(
        	labelSelector: String // Which labels the objects must have, such as `app=db,tier!=cache`.
        	condition?: Condition // What to wait for: the type of a status condition that must be true, or one of the names that every kind has.
        	until?: Namespace → Bool // A function that is given the object and decides whether the wait is over.
        	count?: Int64 // How many objects must meet the condition; all that are found, and at least one, if absent.
        	timeout?: Duration = 5m // How long to wait before giving up with a panic, such as `90s` or `10m`.
        ) → (Namespace)

        // Calls `step` for whatever happens to the Namespaces, one event after the other, and returns what
        // the last call returned once `stop` says so.
        // Effect: read. Needs: list namespaces, watch namespaces.
        WatchNamespaces(
        	labelSelector?: String // Which labels the objects must have, such as `app=db,tier!=cache`.
        	fieldSelector?: String // Which values the fields must have, such as `metadata.name=db` or `status.phase=Running`.
        	start?: Any // What there is before the first event.
        	step: (Any, event: (type, object: Namespace)) → Any // A function that is given what was made so far, unlabelled, and the `event` (type, object), and returns what it makes of them. The types are "ADDED", also for what is there at the beginning, "MODIFIED" and "DELETED".
        	stop?: Any → Bool // A function of what was made so far that decides whether to end; without it the watch ends after `timeout`.
        	timeout?: Duration = 5m // How long to wait before giving up with a panic, such as `90s` or `10m`.
        ) → Any

        // Puts a Namespace in the place of the one there is and returns it as stored. With
        // `metadata.resourceVersion` it must be the one that was read.
        // Effect: write. Needs: update namespaces.
        ReplaceNamespace(
        	namespace: Namespace // The object as it shall be; what it does not mention goes.
        ) → Namespace

        // Writes the `finalize` of a Namespace anew and returns it.
        // Effect: write. Needs: update namespaces/finalize.
        ReplaceNamespaceFinalize(
        	name: String // The name of the object.
        	object: Any // The part as it shall be.
        ) → Namespace

        // Returns the `status` of a Namespace.
        // Effect: read. Needs: get namespaces/status.
        GetNamespaceStatus(
        	name: String // The name of the object.
        ) → Namespace

        // Changes the `status` of a Namespace and returns it.
        // Effect: write. Needs: patch namespaces/status.
        PatchNamespaceStatus(
        	name: String // The name of the object.
        	patch: Any // The changes: an object with the fields to set.
        ) → Namespace

        // Writes the `status` of a Namespace anew and returns it.
        // Effect: write. Needs: update namespaces/status.
        ReplaceNamespaceStatus(
        	name: String // The name of the object.
        	object: Any // The part as it shall be.
        ) → Namespace
    "#]].assert_eq(&page[start..]);
}

#[test]
fn a_builtin_shows_what_it_is_for() {
    let page = text("ko-library:/builtins.ko");
    let start = page.find("\n\n").unwrap_or_default();
    let end = page[start + 2..].find("\n\n").unwrap_or_default();
    expect![[r#"
        // The structure of its arguments if there is at least one and none of them is empty; otherwise
        // empty.
        // All(a: 1, b: 2) // (a: 1, b: 2)
        // All(a: 1, b: Empty()) // empty
        All(...): *(...)"#]].assert_eq(&page[start + 2..start + 2 + end]);
}

#[test]
fn names_on_pages_lead_on() {
    let fixture = Fixture::new("F() { return: CreateNamespace(namespace: \"a\") }");
    let db = &fixture.db;
    let page = page_at(db, "ko-schema:/core/v1/Namespace").unwrap();
    let text = page_text(db, &page);
    let at = |wanted: &str| text_size::TextSize::try_from(text.find(wanted).unwrap()).unwrap();
    let show = |target: Option<Target>| match target {
        Some(Target::Page(page, range)) => {
            format!("{} {}", page_uri(db, &page), &page_text(db, &page)[range])
        }
        other => format!("{other:?}"),
    };
    assert_eq!(
        show(page_definition(db, &page, at("NamespaceSpec"))),
        "ko-schema:///types/io.k8s.api.core.v1.NamespaceSpec.ko NamespaceSpec"
    );
    assert_eq!(show(page_definition(db, &page, at("\"k8s/core/v1\""))), "ko-schema:///core/v1.ko ");
    let uses = page_references(db, &page, at("CreateNamespace("));
    assert_eq!(uses.len(), 1);
    assert_eq!(fixture.slice(uses[0].range), "CreateNamespace");
    let hover = page_hover(db, &page, at("NamespaceSpec")).unwrap();
    assert!(hover.markdown.contains("finalizers"), "{}", hover.markdown);
}

#[test]
fn files_of_the_library_have_addresses() {
    let fixture = Fixture::new("");
    let files = library_files(&fixture.db);
    let uris: Vec<&str> = files.iter().map(|it| it.uri.as_str()).collect();
    assert!(
        uris.starts_with(&["ko-library:///idiom.ko", "ko-library:///file/file.ko"]),
        "{uris:?}"
    );
    assert!(files.iter().all(|it| page_at(&fixture.db, &it.uri).is_none()));
}
