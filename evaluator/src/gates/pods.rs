//! What gates do with pods and their like besides reading and writing them: logs, programs in containers, evictions,
//! tokens of service accounts, approvals.
//! Sources: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>,
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>,
//! <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>.

use serde_json::{Value as Json, json};

use super::request::Again;
use super::{Call, duration};
use crate::cluster::{ExecOptions, LogOptions, PartWrite};
use crate::failure::Failure;
use crate::value::Value;

/// How often an approval begins again because somebody else wrote in between.
const MAX_CONFLICTS: usize = 10;

impl Call<'_> {
    pub(super) async fn logs(&self) -> Result<Value, Failure> {
        let (namespace, name) = self.pod()?;
        let tail = self.int("tail")?;
        if tail.is_some_and(|it| it < 0) {
            return Err(self.mistake("the argument `tail` must not be negative"));
        }
        let since = match self.text("since")? {
            None => None,
            Some(text) => Some(duration::parse(text).ok_or_else(|| {
                self.mistake(&format!(
                    "the argument `since` is {text:?}; write a length of time such as \"90s\" or \"5m\""
                ))
            })?),
        };
        let options = LogOptions {
            container: self.text("container")?.map(str::to_owned),
            tail,
            // The server counts whole seconds, at least one.
            since: since.map(|it| it.as_millis().div_ceil(1000).max(1) as u64),
            previous: self.flag("previous")?,
            timestamps: self.flag("timestamps")?,
        };
        match self.read(|| self.cluster.logs(&namespace, &name, &options)).await {
            Ok(text) => Ok(Value::string(text)),
            Err(error) => Err(self.refused(Some(&namespace), &name, &error)),
        }
    }

    pub(super) async fn exec(&self) -> Result<Value, Failure> {
        let (namespace, name) = self.pod()?;
        let Some(command) = self.arg("command") else {
            return Err(self.missing("command", "The program and its arguments."));
        };
        let words = command.elements().iter().map(|it| it.as_str().map(str::to_owned));
        let Some(command) = words.collect::<Option<Vec<String>>>().filter(|it| !it.is_empty())
        else {
            return Err(self.wrong("command", "a String or a sequence of Strings", command));
        };
        let stdin = match self.arg("stdin") {
            None => None,
            Some(Value::Blob(bytes) | Value::String(bytes)) => Some(bytes.as_slice().to_vec()),
            Some(other) => return Err(self.wrong("stdin", "a String or a Blob", other)),
        };
        let container = self.text("container")?.map(str::to_owned);
        let options = ExecOptions { container, command, stdin };
        let what = format!("ran {} in {name}", options.command.first().map_or("", |it| it));
        let run = || self.cluster.exec(&namespace, &name, &options);
        // What a program did, nobody knows: it must not run twice.
        match self.run_once(&what, run).await {
            Ok(done) => Ok(Value::structure([
                ("stdout", Value::string(done.stdout)),
                ("stderr", Value::string(done.stderr)),
                ("exitCode", Value::int(done.exit_code)),
            ])),
            Err(error) => Err(self.refused(Some(&namespace), &name, &error)),
        }
    }

    pub(super) async fn evict(&self) -> Result<Value, Failure> {
        let subject = self.required_subject()?;
        let Some(target) = self.named(subject)? else {
            return Err(self.missing("name", "The pod to evict, or its name."));
        };
        let namespace = self.namespace_or(target.namespace.as_deref())?;
        let of = namespace.as_deref();
        let name = target.name.as_str();
        // Its successor may have the same name.
        let uid = match target.uid {
            Some(uid) => Some(uid),
            None => match self.fetch(of, name).await {
                Ok(live) => live["metadata"]["uid"].as_str().map(str::to_owned),
                Err(error) if error.code == 404 => None,
                Err(error) => return Err(self.refused(of, name, &error)),
            },
        };
        let mut body = json!({
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name, "namespace": of},
        });
        let mut outcome = "gone";
        if let Some(uid) = &uid {
            body["deleteOptions"] = json!({"preconditions": {"uid": uid}});
            let options = self.write_options();
            let what = format!("evicted {name}");
            let (resource, how) = (&self.resource, PartWrite::Create);
            let evict = || {
                let body = body.clone();
                self.cluster.write_part(how, resource, of, name, "eviction", body, &options)
            };
            outcome = match self.write(Again::Always, &what, evict).await {
                Ok(_) => "evicted",
                Err(error) if error.code == 404 => "gone",
                // Another one has its name by now; or it is there still, and the server has another reason.
                Err(error) if error.code == 409 => match self.fetch(of, name).await {
                    Ok(live) if live["metadata"]["uid"].as_str() == Some(uid) => {
                        return Err(self.refused(of, name, &error));
                    }
                    _ => "gone",
                },
                Err(error) => return Err(self.refused(of, name, &error)),
            };
            if outcome == "evicted" && (self.arg("wait").is_none() || self.flag("wait")?) {
                self.wait_gone(resource, of, name, uid, self.deadline).await?;
            }
        }
        let text = |it: Option<&str>| it.map(Value::string).unwrap_or_default();
        Value::sequence(vec![Value::structure([
            ("kind", Value::string(&self.kind.kind)),
            ("namespace", text(of)),
            ("name", Value::string(name)),
            ("uid", text(uid.as_deref())),
            ("outcome", Value::string(outcome)),
        ])])
        .map_err(|error| self.mistake(&error.to_string()))
    }

    /// A new token of a service account. Whatever the program makes of it is secret.
    pub(super) async fn token(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let mut spec = json!({});
        if let Some(audiences) = self.arg("audiences") {
            let names = audiences.elements().iter().map(Value::as_str);
            let Some(names) = names.collect::<Option<Vec<&str>>>() else {
                return Err(self.wrong("audiences", "a sequence of Strings", audiences));
            };
            spec["audiences"] = json!(names);
        }
        if let Some(text) = self.text("validFor")? {
            let Some(valid) = duration::parse(text) else {
                return Err(self.mistake(&format!(
                    "the argument `validFor` is {text:?}; write a length of time such as \"1h\""
                )));
            };
            spec["expirationSeconds"] = json!(valid.as_secs());
        }
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec,
        });
        match self.post_part(PartWrite::Create, namespace, &name, "token", body).await {
            Ok(answer) => {
                let status = &answer["status"];
                let token = status["token"].as_str().unwrap_or_default();
                let until = status["expirationTimestamp"].as_str().map(Value::string);
                Ok(Value::structure([
                    ("token", Value::string(token).into_secret()),
                    ("expires", until.unwrap_or_default()),
                ]))
            }
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    /// Approves a certificate signing request, by a condition of its status.
    pub(super) async fn approve(&self) -> Result<Value, Failure> {
        let name = self.name()?;
        let reason = self.text("reason")?.unwrap_or("ApprovedByKo");
        let message = self.text("message")?.unwrap_or("Approved by a program.");
        let mut tries = 0;
        loop {
            let refused = |error| self.refused(None, &name, &error);
            let live = self.fetch(None, &name).await.map_err(refused)?;
            let mut changed = (*live).clone();
            let conditions = changed["status"]["conditions"].as_array().cloned();
            let mut conditions = conditions.unwrap_or_default();
            let is = |it: &Json, wanted: &str| it["type"] == wanted && it["status"] == "True";
            if conditions.iter().any(|it| is(it, "Approved")) {
                return self.value(&live);
            }
            let now = self.cluster.clock();
            conditions.push(json!({
                "type": "Approved", "status": "True", "reason": reason, "message": message, "lastUpdateTime": now,
            }));
            changed["status"]["conditions"] = Json::Array(conditions);
            let replace = PartWrite::Replace;
            match self.post_part(replace, None, &name, "approval", changed).await {
                Ok(approved) => return self.value(&approved),
                Err(error) if error.reason == "Conflict" && tries < MAX_CONFLICTS => tries += 1,
                Err(error) => return Err(refused(error)),
            }
        }
    }

    fn pod(&self) -> Result<(String, String), Failure> {
        let name = self.name()?;
        // A pod that was read says where it is.
        let own = self.required_subject()?.path(&["metadata", "namespace"]);
        let namespace = self.namespace_or(own.as_str())?;
        Ok((namespace.unwrap_or_default(), name))
    }
}
