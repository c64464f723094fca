//! The bytes of a String or Blob, with the flag that makes them a secret.

use std::{fmt, sync::Arc};

use crate::account::Charge;

/// Immutable bytes, cheap to clone. Equality and hash ignore the secret flag.
#[derive(Clone)]
pub struct Bytes(Arc<Data>);

/// Behind one thin pointer, since values are many and strings are few.
struct Data {
    bytes: Box<[u8]>,
    secret: bool,
    _charge: Charge,
}

impl Data {
    fn new(bytes: Box<[u8]>, secret: bool) -> Arc<Data> {
        let charge = Charge::new(size_of::<Data>() + bytes.len());
        Arc::new(Data { bytes, secret, _charge: charge })
    }
}

impl Bytes {
    /// A copy of these bytes, not secret.
    pub fn new(bytes: &[u8]) -> Bytes {
        Bytes(Data::new(bytes.into(), false))
    }

    /// The same bytes, secret or not.
    #[must_use]
    pub fn with_secret(self, secret: bool) -> Bytes {
        if self.0.secret == secret {
            return self;
        }
        Bytes(Data::new(self.0.bytes.clone(), secret))
    }

    /// Whether printing must not show them.
    pub fn is_secret(&self) -> bool {
        self.0.secret
    }

    /// The bytes themselves, also of a secret.
    pub fn as_slice(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The bytes as text; `None` if they are not valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0.bytes).ok()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(Data::new(bytes.into(), false))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.secret {
            f.write_str("<secret>")
        } else {
            write!(f, "{:?}", String::from_utf8_lossy(&self.0.bytes))
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for Bytes {}

impl std::hash::Hash for Bytes {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.bytes.hash(state);
    }
}
