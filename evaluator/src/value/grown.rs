//! Bytes that were made by appending: a text that a program builds piece by piece is not copied for each piece.
//!
//! All versions of such a text share one buffer, of which each is the first so many bytes. Whoever appends to the longest
//! version extends the buffer; appending to another one begins a new buffer. Reading a version copies it out of the buffer,
//! once, or takes the buffer where nobody else has it. A short version keeps the buffer of the longer ones as long as it is
//! not read.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::account::Charge;

/// One version.
pub(super) struct Grown {
    /// `None` once it has been read.
    buffer: Mutex<Option<Arc<Mutex<Buffer>>>>,
    length: usize,
    /// What was read.
    whole: OnceLock<Buffer>,
}

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    charge: Charge,
}

impl Buffer {
    fn new(bytes: Vec<u8>) -> Buffer {
        let charge = Charge::new(bytes.capacity());
        Buffer { bytes, charge }
    }

    fn append(&mut self, pieces: &[&[u8]]) {
        let before = self.bytes.capacity();
        self.bytes.reserve(pieces.iter().map(|piece| piece.len()).sum());
        pieces.iter().for_each(|piece| self.bytes.extend_from_slice(piece));
        if self.bytes.capacity() != before {
            self.charge = Charge::new(self.bytes.capacity());
        }
    }
}

impl Grown {
    /// `first` and the pieces, in a buffer of their own.
    pub(super) fn new(first: &[u8], pieces: &[&[u8]]) -> Grown {
        let length = first.len() + pieces.iter().map(|piece| piece.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(first);
        pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        Grown::in_buffer(Arc::new(Mutex::new(Buffer::new(bytes))), length)
    }

    fn in_buffer(buffer: Arc<Mutex<Buffer>>, length: usize) -> Grown {
        Grown { buffer: Mutex::new(Some(buffer)), length, whole: OnceLock::new() }
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        let read = || {
            let buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner).take();
            // It is taken only here, so it is there.
            match buffer.map(Arc::try_unwrap) {
                Some(Ok(buffer)) => {
                    let mut buffer = buffer.into_inner().unwrap_or_else(PoisonError::into_inner);
                    buffer.bytes.truncate(self.length);
                    if buffer.bytes.capacity() > 2 * self.length {
                        buffer.bytes.shrink_to_fit();
                        buffer = Buffer::new(buffer.bytes);
                    }
                    buffer
                }
                Some(Err(shared)) => {
                    let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    Buffer::new(shared.bytes[..self.length].to_vec())
                }
                None => Buffer::default(),
            }
        };
        &self.whole.get_or_init(read).bytes
    }

    /// At most so many of the first bytes.
    pub(super) fn prefix(&self, length: usize) -> Vec<u8> {
        let length = length.min(self.length);
        match self.shared() {
            Some(buffer) => {
                let buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
                buffer.bytes[..length].to_vec()
            }
            None => self.as_slice()[..length].to_vec(),
        }
    }

    /// This and the pieces.
    pub(super) fn append(&self, pieces: &[&[u8]]) -> Grown {
        if let Some(buffer) = self.shared() {
            let mut shared = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.bytes.len() == self.length {
                shared.append(pieces);
                let length = shared.bytes.len();
                drop(shared);
                return Grown::in_buffer(buffer, length);
            }
            return Grown::new(&shared.bytes[..self.length], pieces);
        }
        Grown::new(self.as_slice(), pieces)
    }

    /// The same bytes in the same buffer.
    pub(super) fn share(&self) -> Grown {
        match self.shared() {
            Some(buffer) => Grown::in_buffer(buffer, self.length),
            None => Grown::new(self.as_slice(), &[]),
        }
    }

    fn shared(&self) -> Option<Arc<Mutex<Buffer>>> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_bytes_whatever_becomes_of_the_others() {
        let a = Grown::new(b"a", &[b"1"]);
        let b = a.append(&[b"b", b"", b"2"]);
        // Not the longest version any more.
        let other = a.append(&[b"x"]);
        assert_eq!(a.prefix(1), b"a");
        assert_eq!(b.as_slice(), b"a1b2");
        let c = b.append(&[b"c"]);
        assert_eq!(
            (a.as_slice(), other.as_slice(), c.as_slice()),
            (&b"a1"[..], &b"a1x"[..], &b"a1b2c"[..])
        );
        let d = other.append(&[&[b'd'; 1000]]);
        let e = d.share();
        drop(d);
        assert_eq!((e.prefix(2000).len(), e.as_slice().len(), e.len()), (1003, 1003, 1003));
    }

    #[test]
    fn a_long_text_of_many_pieces_is_not_copied_for_each() {
        let mut text = Grown::new(b"", &[]);
        let mut buffers = std::collections::HashSet::new();
        for _ in 0..100_000 {
            text = text.append(&[b"0123456789"]);
            let shared = text.shared().unwrap();
            let bytes = &shared.lock().unwrap().bytes;
            assert!(bytes.capacity() <= 2 * bytes.len().max(16));
            buffers.insert(bytes.capacity());
        }
        assert!(buffers.len() < 25, "{}", buffers.len());
        assert_eq!(text.as_slice().len(), 1_000_000);
    }

    #[test]
    fn threads_that_read_and_append_at_once_agree() {
        let text = Grown::new(&[b'x'; 5000], &[]);
        std::thread::scope(|scope| {
            for piece in 0..8u8 {
                let text = &text;
                scope.spawn(move || {
                    for _ in 0..200 {
                        let longer = text.append(&[&[piece; 10]]);
                        assert_eq!(longer.as_slice()[5000..], [piece; 10]);
                        assert_eq!(text.as_slice(), [b'x'; 5000]);
                    }
                });
            }
        });
    }
}
