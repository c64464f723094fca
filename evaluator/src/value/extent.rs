//! How large a value is, kept with each container so that nobody has to walk it to find out.
//!
//! A value can share parts with itself, so that walking it takes far longer than building it: forty nested pairs of
//! the same thing have a million million parts. Whoever walks a value looks here first.

use super::Value;
use crate::vtype::Type;

/// The measures of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Levels of nesting.
    pub(super) depth: u32,
    /// Values in it, itself included, as a walk meets them. Stops counting at the maximum.
    pub(super) parts: u32,
    /// Parts of its type, in the same way.
    pub(super) type_parts: u32,
    /// Whether anything in it is secret.
    pub(super) secret: bool,
}

impl Extent {
    /// Of a container without parts.
    pub(super) const NONE: Extent = Extent { depth: 1, parts: 1, type_parts: 1, secret: false };

    /// Of a container of these values; types of its own count as those of its parts together.
    pub(super) fn of<'a>(parts: impl Iterator<Item = &'a Value>) -> Extent {
        parts.fold(Extent::NONE, |whole, part| {
            let part = part.extent();
            Extent {
                depth: whole.depth.max(part.depth.saturating_add(1)),
                parts: whole.parts.saturating_add(part.parts),
                type_parts: whole.type_parts.saturating_add(part.type_parts),
                secret: whole.secret || part.secret,
            }
        })
    }

    /// With the size of a type in place of that of the parts' types.
    pub(super) fn with_type(self, ty: &Type) -> Extent {
        Extent { type_parts: ty.parts().saturating_add(1), ..self }
    }
}

impl Value {
    /// The measures of any value.
    pub(super) fn extent(&self) -> Extent {
        match self {
            Value::Sequence(sequence) => sequence.extent(),
            Value::Structure(structure) => structure.extent(),
            Value::Variety(variety) => variety.extent,
            Value::String(bytes) | Value::Blob(bytes) => {
                Extent { depth: 0, parts: 1, type_parts: 1, secret: bytes.is_secret() }
            }
            Value::Opaque(opaque) => {
                Extent { depth: 0, parts: 1, type_parts: 1, secret: opaque.is_secret() }
            }
            _ => Extent { depth: 0, parts: 1, type_parts: 1, secret: false },
        }
    }

    /// How deep it nests; 0 for what is no container.
    pub fn depth(&self) -> u32 {
        self.extent().depth
    }

    /// How many values it is made of, itself included. Shared ones count as often as they occur; [`u32::MAX`] stands
    /// for all larger numbers.
    pub fn parts(&self) -> u32 {
        self.extent().parts
    }

    /// How many parts its type has, counted likewise.
    pub fn type_parts(&self) -> u32 {
        self.extent().type_parts
    }

    /// Whether any string or blob in it is secret. Arguments of varieties count.
    pub fn has_secret(&self) -> bool {
        self.extent().secret
    }
}
