//! The contexts of a kubeconfig
//! (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>), as data to choose from.
//! Reading one connects to nothing and starts nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError};

/// A kubeconfig that was read: the file that was named, or else what `KUBECONFIG` names, or else `~/.kube/config`.
#[derive(Clone)]
pub struct Contexts {
    config: Kubeconfig,
    contexts: Vec<Context>,
}

/// A context: which server, as whom, in which namespace. Nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The name of its cluster.
    pub cluster: String,
    /// The address of the API server; empty if the kubeconfig does not say.
    pub server: String,
    /// The name of the user entry.
    pub user: String,
    /// The namespace that is meant when none is said.
    pub namespace: Option<String>,
    /// The program that must run to sign in, if one must.
    pub plugin: Option<Plugin>,
    /// Whether `current-context` names it.
    pub current: bool,
    /// Whether the server's certificate goes unchecked.
    pub insecure: bool,
    /// As whom to act, if it is not the user itself.
    pub impersonates: Option<String>,
}

/// A credential plugin
/// (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The names of the variables that are set for it; their values may be secret.
    pub variables: Vec<String>,
    /// How to install it, as the kubeconfig says.
    pub hint: Option<String>,
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        self.arguments.iter().try_for_each(|it| write!(f, " {it}"))
    }
}

/// Why there are no contexts, or not the one that was asked for.
#[derive(Debug)]
pub enum ContextError {
    /// There is no kubeconfig at the place where one is looked for.
    Missing(PathBuf),
    /// It cannot be read; the text says which file and why.
    Unreadable(String),
    /// It has no context of this name; the others.
    Unknown(String, Vec<String>),
    /// No context was named, and the kubeconfig names none as the current one; all there are.
    NoneCurrent(Vec<String>),
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| match names {
            [] => "it has none".to_owned(),
            names => format!("it has {}", names.join(", ")),
        };
        match self {
            ContextError::Missing(path) => write!(
                f,
                "there is no kubeconfig at {}: name one with --kubeconfig or in KUBECONFIG",
                path.display()
            ),
            ContextError::Unreadable(text) => f.write_str(text),
            ContextError::Unknown(name, others) => {
                write!(f, "the kubeconfig has no context `{name}`: {}", list(others))
            }
            ContextError::NoneCurrent(names) => {
                write!(f, "the kubeconfig has no current context; name one: {}", list(names))
            }
        }
    }
}

impl std::error::Error for ContextError {}

impl Contexts {
    /// Reads the kubeconfig at `file`, or the user's own.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn read(file: Option<&Path>) -> Result<Contexts, ContextError> {
        let unreadable = |error: KubeconfigError| ContextError::Unreadable(explain(&error));
        let config = match file {
            Some(path) if !path.exists() => return Err(ContextError::Missing(path.to_owned())),
            Some(path) => Kubeconfig::read_from(path).map_err(unreadable)?,
            None => {
                let variable = std::env::var_os("KUBECONFIG").is_some_and(|it| !it.is_empty());
                let home = std::env::home_dir().unwrap_or_default().join(".kube/config");
                if !variable && !home.exists() {
                    return Err(ContextError::Missing(home));
                }
                Kubeconfig::read().map_err(unreadable)?
            }
        };
        Ok(Contexts { contexts: list(&config), config })
    }

    /// All contexts, in the order of the kubeconfig.
    #[must_use]
    pub fn all(&self) -> &[Context] {
        &self.contexts
    }

    /// The context of this name, or the current one.
    ///
    /// # Errors
    /// When there is no such context.
    pub fn choose(&self, name: Option<&str>) -> Result<&Context, ContextError> {
        let names = || self.contexts.iter().map(|it| it.name.clone()).collect();
        match name {
            Some(name) => self
                .contexts
                .iter()
                .find(|it| it.name == name)
                .ok_or_else(|| ContextError::Unknown(name.to_owned(), names())),
            None => self
                .contexts
                .iter()
                .find(|it| it.current)
                .ok_or_else(|| ContextError::NoneCurrent(names())),
        }
    }

    pub(crate) fn config(&self) -> &Kubeconfig {
        &self.config
    }
}

fn list(config: &Kubeconfig) -> Vec<Context> {
    let context = |named: &kube::config::NamedContext| {
        let context = named.context.as_ref()?;
        let cluster = config
            .clusters
            .iter()
            .find(|it| it.name == context.cluster)
            .and_then(|it| it.cluster.as_ref());
        let user = context.user.clone().unwrap_or_default();
        let credentials = config
            .auth_infos
            .iter()
            .find(|it| it.name == user)
            .and_then(|it| it.auth_info.as_ref());
        Some(Context {
            name: named.name.clone(),
            cluster: context.cluster.clone(),
            server: cluster.and_then(|it| it.server.clone()).unwrap_or_default(),
            user,
            namespace: context.namespace.clone().filter(|it| !it.is_empty()),
            plugin: credentials.and_then(plugin),
            current: config.current_context.as_deref() == Some(&named.name),
            insecure: cluster.and_then(|it| it.insecure_skip_tls_verify).unwrap_or(false),
            impersonates: credentials.and_then(|it| it.impersonate.clone()),
        })
    };
    config.contexts.iter().filter_map(context).collect()
}

/// The program that must run to sign in. An entry of the time before credential plugins may name one, too.
fn plugin(credentials: &kube::config::AuthInfo) -> Option<Plugin> {
    if let Some(exec) = &credentials.exec {
        let variables = exec.env.iter().flatten().filter_map(|it| it.get("name").cloned());
        return Some(Plugin {
            command: exec.command.clone().unwrap_or_default(),
            arguments: exec.args.clone().unwrap_or_default(),
            variables: variables.collect(),
            hint: exec.install_hint.clone(),
        });
    }
    let provider = credentials.auth_provider.as_ref()?;
    let command = provider.config.get("cmd-path")?;
    let arguments = provider.config.get("cmd-args").map(String::as_str).unwrap_or_default();
    Some(Plugin {
        command: command.clone(),
        arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        variables: Vec::new(),
        hint: None,
    })
}

/// The error with its causes, which say which line of which file is wrong.
pub(crate) fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: one
  cluster: {server: "https://10.0.0.1:6443", insecure-skip-tls-verify: true}
users:
- name: by-token
  user: {token: hidden}
- name: by-plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sign-in
      args: ["--cluster", "one"]
      env: [{name: PROFILE, value: hidden}]
      installHint: install sign-in
      interactiveMode: IfAvailable
contexts:
- name: dev
  context: {cluster: one, user: by-token, namespace: web}
- name: prod
  context: {cluster: one, user: by-plugin}
"#;

    fn contexts() -> Contexts {
        let config = Kubeconfig::from_yaml(KUBECONFIG).unwrap();
        Contexts { contexts: list(&config), config }
    }

    #[test]
    fn a_context_says_what_there_is_to_know_and_nothing_secret() {
        let contexts = contexts();
        let dev = contexts.choose(None).unwrap();
        assert_eq!((dev.name.as_str(), dev.namespace.as_deref()), ("dev", Some("web")));
        assert_eq!(dev.server, "https://10.0.0.1:6443");
        assert!(dev.insecure && dev.plugin.is_none());
        let prod = contexts.choose(Some("prod")).unwrap();
        let plugin = prod.plugin.as_ref().unwrap();
        assert_eq!(plugin.to_string(), "sign-in --cluster one");
        assert_eq!(plugin.variables, ["PROFILE"]);
        assert!(!format!("{:?}", contexts.all()).contains("hidden"));
    }

    #[test]
    fn an_unknown_context_is_answered_with_those_there_are() {
        let error = contexts().choose(Some("stage")).unwrap_err();
        assert_eq!(error.to_string(), "the kubeconfig has no context `stage`: it has dev, prod");
    }

    #[test]
    fn a_file_that_is_not_there_and_one_that_is_no_kubeconfig() {
        let folder = std::env::temp_dir().join(format!("ko-contexts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("config");
        assert!(matches!(Contexts::read(Some(&file)), Err(ContextError::Missing(_))));
        std::fs::write(&file, "contexts: 3").unwrap();
        assert!(matches!(Contexts::read(Some(&file)), Err(ContextError::Unreadable(_))));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
