//! Gates that only look: `Get`, `Find`, `List…`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Call, decode};
use crate::cluster::{ApiError, Selection};
use crate::failure::Failure;
use crate::value::Value;

impl Call<'_> {
    pub(super) async fn get(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        match self.fetch(namespace.as_deref(), &name).await {
            Ok(object) => self.value(&object),
            Err(error) => Err(self.refused(namespace.as_deref(), &name, &error)),
        }
    }

    pub(super) async fn find(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        match self.fetch(namespace.as_deref(), &name).await {
            Ok(object) => self.value(&object),
            Err(error) if error.code == 404 => Ok(Value::Empty),
            Err(error) => Err(self.refused(namespace.as_deref(), &name, &error)),
        }
    }

    pub(super) async fn list(&self) -> Result<Value, Failure> {
        let selection = self.selection()?;
        match self.read(|| self.cluster.list(&self.resource, &selection)).await {
            Ok(list) => self.values(&list.items),
            Err(error) => Err(self.refused(selection.namespace.as_deref(), "", &error)),
        }
    }

    /// The object of a name.
    pub(super) async fn fetch(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Arc<Json>, ApiError> {
        self.read(|| self.cluster.get(&self.resource, namespace, name)).await
    }

    /// What the arguments select. An argument that is there but Empty is refused rather than ignored: without it the
    /// selection would be wider than meant, and what is selected is often deleted next.
    pub(super) fn selection(&self) -> Result<Selection, Failure> {
        for param in &self.gate.params {
            let narrows = param.name == "namespace" || param.name.ends_with("Selector");
            match self.args.get(param) {
                None if narrows && param.required => {
                    return Err(self.missing(&param.name, param.doc));
                }
                Some(Value::Empty) if narrows => {
                    let hint = match (param.required, param.name.as_str()) {
                        (true, _) => "",
                        (false, "namespace") => "; leave it out to look in all namespaces",
                        (false, _) => "; leave it out to take all objects",
                    };
                    return Err(
                        self.mistake(&format!("the argument `{}` is Empty{hint}", param.name))
                    );
                }
                _ => {}
            }
        }
        let selector = |name: &str| -> Result<Option<String>, Failure> {
            Ok(self.selector(name)?.map(str::to_owned))
        };
        Ok(Selection {
            namespace: self.namespace()?,
            labels: selector("labelSelector")?,
            fields: selector("fieldSelector")?,
        })
    }

    fn selector(&self, name: &str) -> Result<Option<&str>, Failure> {
        // The unlabelled argument may be the selector.
        match self.subject() {
            Some((param, value)) if param.name == name => match value.as_str() {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(name, "a String", value)),
            },
            _ => self.text(name),
        }
    }

    /// A sequence of objects.
    pub(super) fn values(&self, objects: &[Arc<Json>]) -> Result<Value, Failure> {
        decode::objects(self.schema, self.kind, objects.iter().map(|it| &**it))
            .map_err(|detail| self.mistake(&format!("the answer of the server: {detail}")))
    }
}
