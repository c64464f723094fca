//! Finding the arguments of a call and what they say.

use std::time::Duration;

use ko_schema::GateParam;
use serde_json::Value as Json;

use super::{Call, duration, encode};
use crate::failure::Failure;
use crate::value::Value;
use crate::vtype;

/// An object that an argument names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its namespace, if the argument was an object in one.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Its unique id, if the argument was an object that was read.
    pub(super) uid: Option<String>,
}

impl Call<'_> {
    fn param(&self, name: &str) -> Option<&GateParam> {
        self.gate.param(name)
    }

    /// The argument for the parameter of this name; `None` if it is absent or Empty.
    pub(super) fn arg(&self, name: &str) -> Option<&Value> {
        self.args.get(self.param(name)?).filter(|it| !it.is_empty())
    }

    /// The argument for the parameter that the unlabelled argument goes to.
    pub(super) fn subject(&self) -> Option<(&GateParam, &Value)> {
        let param = self.gate.monadic()?;
        Some((param, self.args.get(param).filter(|it| !it.is_empty())?))
    }

    /// The subject, which must be there.
    pub(super) fn required_subject(&self) -> Result<&Value, Failure> {
        match self.subject() {
            Some((_, value)) => Ok(value),
            None => {
                let param = self.gate.monadic();
                Err(self
                    .missing(param.map_or("object", |it| &it.name), param.map_or("", |it| it.doc)))
            }
        }
    }

    pub(super) fn missing(&self, name: &str, doc: &str) -> Failure {
        let doc = doc.trim_end_matches('.');
        let doc = if doc.is_empty() { String::new() } else { format!(" ({doc})") };
        self.mistake(&format!("the argument `{name}` is missing or Empty{doc}"))
    }

    pub(super) fn wrong(&self, name: &str, wanted: &str, value: &Value) -> Failure {
        let ty = crate::print::short_type(&vtype::Type::of(value), 60);
        self.mistake(&format!("the argument `{name}` must be {wanted}, but it is of type {ty}"))
    }

    /// A text argument.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        match self.arg(name) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(name, "a String", value)),
            },
        }
    }

    /// A Bool argument.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.arg(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(name, "a Bool", value)),
        }
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Failure> {
        match self.arg(name) {
            None => Ok(None),
            Some(value) => match value.as_int() {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(name, "an integer", value)),
            },
        }
    }

    /// The timeout of the call.
    pub(super) fn timeout(&self) -> Result<Duration, Failure> {
        match self.text("timeout")? {
            None => Ok(self.options.timeout),
            Some(text) => duration::parse(text).ok_or_else(|| {
                self.mistake(&format!(
                    "the argument `timeout` is {text:?}; write a length of time such as \"90s\", \"5m\" or \"1h30m\""
                ))
            }),
        }
    }

    /// The namespace argument, if the kind has namespaces and there is one. An object stands for its name.
    pub(super) fn namespace(&self) -> Result<Option<String>, Failure> {
        if !self.kind.namespaced {
            return Ok(None);
        }
        let Some(value) = self.arg("namespace") else { return Ok(None) };
        let name = value.as_str().or_else(|| value.path(&["metadata", "name"]).as_str());
        match name {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(self.wrong("namespace", "the name of a namespace", value)),
        }
    }

    /// The namespace to work in: the argument, or that of the object. Required for kinds that have namespaces.
    pub(super) fn namespace_or(&self, of_object: Option<&str>) -> Result<Option<String>, Failure> {
        if !self.kind.namespaced {
            return Ok(None);
        }
        match (self.namespace()?, of_object.filter(|it| !it.is_empty())) {
            (Some(namespace), _) => Ok(Some(namespace)),
            (None, Some(namespace)) => Ok(Some(namespace.to_owned())),
            (None, None) => Err(self.missing("namespace", "The namespace to work in.")),
        }
    }

    /// The name argument. An object stands for its name.
    pub(super) fn name(&self) -> Result<String, Failure> {
        let value = self.required_subject()?;
        match self.named(value)? {
            Some(it) => Ok(it.name),
            None => Err(self.missing("name", "The name of the object.")),
        }
    }

    /// What a name or an object names; `None` if the name is Empty or "".
    pub(super) fn named(&self, value: &Value) -> Result<Option<Named>, Failure> {
        if let Some(name) = value.as_str() {
            let named = Named { namespace: None, name: name.to_owned(), uid: None };
            return Ok(Some(named).filter(|it| !it.name.is_empty()));
        }
        // `()` where a sequence is expected means none.
        if matches!(value, Value::Structure(it) if it.fields().is_empty()) {
            return Ok(None);
        }
        let metadata = value.field("metadata");
        let text = |name: &str| metadata.field(name).as_str().map(str::to_owned);
        let Some(name) = text("name") else {
            let param = self.gate.monadic().map_or("name", |it| &it.name);
            return Err(self.wrong(param, &format!("a {} or its name", self.kind.kind), value));
        };
        if let Some(kind) = value.field("kind").as_str()
            && kind != self.kind.kind
        {
            return Err(self.mistake(&format!(
                "was given the {kind} {name:?}, but works on objects of kind {}",
                self.kind.kind
            )));
        }
        Ok(Some(Named { namespace: text("namespace"), name, uid: text("uid") }))
    }

    /// The object to write, as JSON with `apiVersion` and `kind`. A String is an object of that name.
    pub(super) fn object(&self) -> Result<Json, Failure> {
        let value = self.required_subject()?;
        let param = self.gate.monadic().map_or("object", |it| &it.name);
        let object = if let Some(name) = value.as_str() {
            serde_json::json!({"metadata": {"name": name}})
        } else if matches!(value, Value::Structure(_)) {
            encode::encode(self.schema, self.kind.object, value)
                .map_err(|detail| self.mistake(&format!("in `{param}`: {detail}")))?
                .unwrap_or_else(|| serde_json::json!({}))
        } else {
            return Err(self.wrong(param, &format!("a {} or its name", self.kind.kind), value));
        };
        let metadata = &object["metadata"];
        if metadata["name"].is_null() && metadata["generateName"].is_null() {
            return Err(
                self.mistake(&format!("`{param}` has no name: give it `metadata: (name: …)`"))
            );
        }
        let mut whole = serde_json::json!({
            "apiVersion": self.kind.gv().as_str(),
            "kind": self.kind.kind.as_str(),
        });
        if let (Json::Object(whole), Json::Object(object)) = (&mut whole, object) {
            whole.extend(object);
        }
        Ok(whole)
    }
}
