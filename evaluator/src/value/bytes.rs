//! The bytes of a String or Blob, with the flag that makes them a secret.

use std::{fmt, sync::Arc};

use super::grown::Grown;
use crate::account::Charge;

/// Immutable bytes, cheap to clone. Equality and hash ignore the secret flag.
#[derive(Clone)]
pub struct Bytes(Arc<Data>);

/// Behind one thin pointer, since values are many and strings are few.
struct Data {
    content: Content,
    secret: bool,
    _charge: Charge,
}

enum Content {
    Plain(Box<[u8]>),
    /// Behind a pointer, since most strings are no such ones.
    Grown(Box<Grown>),
}

/// Strings of at least this many bytes may grow in place; shorter ones are copied sooner than that is kept account of.
const GROWS_FROM: usize = 512;

impl Data {
    fn plain(bytes: Box<[u8]>, secret: bool) -> Bytes {
        let charge = Charge::new(size_of::<Data>() + bytes.len());
        Bytes(Arc::new(Data { content: Content::Plain(bytes), secret, _charge: charge }))
    }

    fn grown(grown: Grown, secret: bool) -> Bytes {
        // The buffer is charged by itself.
        let charge = Charge::new(size_of::<Data>() + size_of::<Grown>());
        let content = Content::Grown(Box::new(grown));
        Bytes(Arc::new(Data { content, secret, _charge: charge }))
    }
}

impl Bytes {
    /// A copy of these bytes, not secret.
    pub fn new(bytes: &[u8]) -> Bytes {
        Data::plain(bytes.into(), false)
    }

    /// These bytes and the pieces after them, secret if these are. Where these are the larger part and were made in the same
    /// way, only the pieces are copied.
    #[must_use]
    pub fn append(&self, pieces: &[&[u8]]) -> Bytes {
        let (before, more) = (self.len(), pieces.iter().map(|piece| piece.len()).sum::<usize>());
        if more == 0 {
            return self.clone();
        }
        if before < GROWS_FROM || before < more {
            let mut bytes = Vec::with_capacity(before + more);
            bytes.extend_from_slice(self.as_slice());
            pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
            return Data::plain(bytes.into(), self.0.secret);
        }
        let grown = match &self.0.content {
            Content::Plain(bytes) => Grown::new(bytes, pieces),
            Content::Grown(grown) => grown.append(pieces),
        };
        Data::grown(grown, self.0.secret)
    }

    /// The same bytes, secret or not.
    #[must_use]
    pub fn with_secret(self, secret: bool) -> Bytes {
        if self.0.secret == secret {
            return self;
        }
        match &self.0.content {
            Content::Plain(bytes) => Data::plain(bytes.clone(), secret),
            Content::Grown(grown) => Data::grown(grown.share(), secret),
        }
    }

    /// Whether printing must not show them.
    pub fn is_secret(&self) -> bool {
        self.0.secret
    }

    /// How many they are. Unlike [`Bytes::as_slice`] it never copies.
    pub fn len(&self) -> usize {
        match &self.0.content {
            Content::Plain(bytes) => bytes.len(),
            Content::Grown(grown) => grown.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves, also of a secret. For what [`Bytes::append`] made, the first call copies them.
    pub fn as_slice(&self) -> &[u8] {
        match &self.0.content {
            Content::Plain(bytes) => bytes,
            Content::Grown(grown) => grown.as_slice(),
        }
    }

    /// A copy of the first bytes, at most so many, as secret as all of them. It does not copy the others.
    #[must_use]
    pub fn prefix(&self, length: usize) -> Bytes {
        let bytes = match &self.0.content {
            Content::Plain(bytes) => bytes[..length.min(bytes.len())].into(),
            Content::Grown(grown) => grown.prefix(length).into(),
        };
        Data::plain(bytes, self.0.secret)
    }

    /// The bytes as text; `None` if they are not valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_slice()).ok()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Data::plain(bytes.into(), false)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.secret {
            f.write_str("<secret>")
        } else {
            write!(f, "{:?}", String::from_utf8_lossy(self.as_slice()))
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.len() == other.len() && self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl std::hash::Hash for Bytes {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}
