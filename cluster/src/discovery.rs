//! Discovery in its old form, for servers that have no aggregated one: a list of groups, then a request for each of their
//! versions. What comes out has the new form, so that nobody else needs to know of the old one.
//!
//! Source: <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#unaggregated-discovery>.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::schema::{SchemaError, allowed, parse};

/// How many versions are asked for at once.
const AT_ONCE: usize = 16;

/// The answer to `GET /api` or `GET /apis`.
#[derive(Deserialize)]
struct Root {
    /// Of `/api`.
    #[serde(default)]
    versions: Vec<String>,
    /// Of `/apis`.
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

/// The answer to `GET /apis/GROUP/VERSION`.
#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    /// `pods`, or `pods/log` for a part of it.
    name: String,
    #[serde(default)]
    namespaced: bool,
    kind: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
}

/// What aggregated discovery would have said, for the answer to `GET /api` or `GET /apis` in its old form.
///
/// # Errors
/// When the server answers something else than an API server does. A version that cannot be had is left out: its server may
/// be down.
pub(crate) async fn aggregate(
    connection: &Connection,
    root: &[u8],
) -> Result<Vec<u8>, SchemaError> {
    let root: Root = parse("the list of groups", root)?;
    let mut groups = root.groups;
    if !root.versions.is_empty() {
        let versions = root.versions.into_iter().map(|version| GroupVersion { version });
        groups.insert(0, Group { name: String::new(), versions: versions.collect() });
    }
    let wanted = groups.into_iter().flat_map(|group| {
        let name = group.name;
        group.versions.into_iter().map(move |it| (name.clone(), it.version))
    });
    let found: Vec<(String, Option<Value>)> = stream::iter(wanted)
        .map(|(group, version)| async move {
            let path = match group.as_str() {
                "" => format!("/api/{version}"),
                group => format!("/apis/{group}/{version}"),
            };
            let answer = connection.get(&path, "application/json").await?;
            if !answer.status.is_success() {
                return Ok((group, None));
            }
            let resources: Resources = parse(&path, &allowed(answer)?)?;
            Ok::<_, SchemaError>((group, Some(version_of(&version, resources.resources))))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut items: Vec<(String, Vec<Value>)> = Vec::new();
    for (group, version) in found {
        match items.last_mut().filter(|(name, _)| *name == group) {
            Some((_, versions)) => versions.extend(version),
            None => items.push((group, version.into_iter().collect())),
        }
    }
    let items: Vec<Value> = items
        .into_iter()
        .map(|(group, versions)| json!({"metadata": {"name": group}, "versions": versions}))
        .collect();
    Ok(json!({"kind": "APIGroupDiscoveryList", "items": items}).to_string().into_bytes())
}

/// A version in the new form: parts of a resource stand within it.
fn version_of(version: &str, resources: Vec<Resource>) -> Value {
    let kind = |it: &Resource| json!({"group": it.group, "version": it.version, "kind": it.kind});
    let (parts, whole): (Vec<_>, Vec<_>) =
        resources.into_iter().partition(|it| it.name.contains('/'));
    let resources: Vec<Value> = whole
        .iter()
        .map(|it| {
            let of_it = parts.iter().filter_map(|part| {
                let (name, subresource) = part.name.split_once('/')?;
                (name == it.name).then(|| {
                    json!({"subresource": subresource, "responseKind": kind(part), "verbs": part.verbs})
                })
            });
            json!({
                "resource": it.name,
                "responseKind": kind(it),
                "scope": if it.namespaced { "Namespaced" } else { "Cluster" },
                "shortNames": it.short_names,
                "verbs": it.verbs,
                "subresources": of_it.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"version": version, "resources": resources})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_within_what_they_are_parts_of() {
        let resources: Resources = serde_json::from_value(json!({"resources": [
            {"name": "deployments", "namespaced": true, "kind": "Deployment", "verbs": ["get"], "shortNames": ["deploy"]},
            {"name": "deployments/scale", "namespaced": true, "kind": "Scale", "group": "autoscaling", "version": "v1",
             "verbs": ["patch"]},
        ]}))
        .unwrap();
        let version = version_of("v1", resources.resources);
        let resource = &version["resources"][0];
        assert_eq!(resource["scope"], "Namespaced");
        assert_eq!(resource["subresources"][0]["subresource"], "scale");
        assert_eq!(resource["subresources"][0]["responseKind"]["group"], "autoscaling");
        assert_eq!(version["resources"].as_array().unwrap().len(), 1);
        let list = json!({"items": [{"metadata": {"name": "apps"}, "versions": [version]}]});
        let mut importer = ko_schema::openapi::Importer::new("1.20");
        importer.discovery(list.to_string().as_bytes()).unwrap();
        assert_eq!(importer.finish().0.kind_count(), 1);
    }

    /// A server of the time before aggregated discovery, on plain HTTP. It answers what it knows, and 404 else.
    async fn old_server() -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let pages = [
            ("/version", json!({"gitVersion": "v1.20.0"})),
            ("/api", json!({"kind": "APIVersions", "versions": ["v1"]})),
            (
                "/apis",
                json!({"kind": "APIGroupList", "groups": [
                    {"name": "apps", "versions": [{"version": "v1"}]},
                    {"name": "down.example.com", "versions": [{"version": "v1"}]},
                ]}),
            ),
            (
                "/api/v1",
                json!({"resources": [
                    {"name": "pods", "namespaced": true, "kind": "Pod", "verbs": ["get", "list"]},
                    {"name": "nodes", "namespaced": false, "kind": "Node", "verbs": ["get"]},
                ]}),
            ),
            (
                "/apis/apps/v1",
                json!({"resources": [
                    {"name": "deployments", "namespaced": true, "kind": "Deployment", "verbs": ["get", "patch"]},
                ]}),
            ),
            ("/openapi/v3", json!({"paths": {}})),
        ];
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 8192];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let line = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let page = pages.iter().find(|(it, _)| *it == path);
                let (status, body) = match page {
                    Some((_, page)) => ("200 OK", page.to_string()),
                    None => ("404 Not Found", "{}".to_owned()),
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_without_the_aggregated_form_is_read_all_the_same() {
        let address = old_server().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kubeconfig");
        let config = format!(
            "{{apiVersion: v1, kind: Config, clusters: [{{name: c, cluster: {{server: '{address}'}}}}], users: [{{name: u, user: {{}}}}],\n\
             contexts: [{{name: old, context: {{cluster: c, user: u}}}}]}}"
        );
        std::fs::write(&file, config).unwrap();
        let contexts = crate::Contexts::read(Some(&file)).unwrap();
        let refuse = crate::Plugins::Refuse;
        let connection = Connection::new(&contexts, Some("old"), refuse).await.unwrap();
        let found = crate::schema(&connection, None).await.unwrap();
        assert_eq!((found.version.as_str(), found.schema.version()), ("v1.20.0", "1.20"));
        let kinds: Vec<_> =
            found.schema.kinds().iter().map(|it| (it.gv(), it.namespaced)).collect();
        let expected = [("v1".into(), true), ("v1".into(), false), ("apps/v1".into(), true)];
        assert_eq!(kinds, expected, "what is down costs nothing else");
        assert!(found.schema.gate("GetDeployment").is_some());
        assert!(found.schema.gate("CreateDeployment").is_none());
    }
}
