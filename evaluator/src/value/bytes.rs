//! The bytes of a String or Blob, with the flag that makes them a secret.

use std::{fmt, sync::Arc};

/// Immutable bytes, cheap to clone. Equality and hash ignore the secret flag.
#[derive(Clone)]
pub struct Bytes {
    bytes: Arc<[u8]>,
    secret: bool,
}

impl Bytes {
    /// A copy of these bytes, not secret.
    pub fn new(bytes: &[u8]) -> Bytes {
        Bytes { bytes: bytes.into(), secret: false }
    }

    /// The same bytes, secret or not.
    #[must_use]
    pub fn with_secret(mut self, secret: bool) -> Bytes {
        self.secret = secret;
        self
    }

    /// Whether printing must not show them.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// The bytes themselves, also of a secret.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as text; `None` if they are not valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

impl From<Arc<[u8]>> for Bytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Bytes { bytes, secret: false }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret {
            f.write_str("<secret>")
        } else {
            write!(f, "{:?}", String::from_utf8_lossy(&self.bytes))
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Bytes {}

impl std::hash::Hash for Bytes {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}
