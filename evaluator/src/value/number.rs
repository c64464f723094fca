//! The types of numbers and the conversions between them (specification §6.3).

/// A type of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntType {
    /// 8 bits with a sign.
    Int8,
    /// 16 bits with a sign.
    Int16,
    /// 32 bits with a sign.
    Int32,
    /// 64 bits with a sign: the type of literals.
    Int64,
    /// 8 bits.
    Uint8,
    /// 16 bits.
    Uint16,
    /// 32 bits.
    Uint32,
    /// 64 bits.
    Uint64,
}

/// A type of floating-point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FloatType {
    /// 32 bits.
    Float32,
    /// 64 bits: the type of literals.
    Float64,
}

impl IntType {
    /// Its name in Ko.
    pub fn name(self) -> &'static str {
        match self {
            IntType::Int8 => "Int8",
            IntType::Int16 => "Int16",
            IntType::Int32 => "Int32",
            IntType::Int64 => "Int64",
            IntType::Uint8 => "Uint8",
            IntType::Uint16 => "Uint16",
            IntType::Uint32 => "Uint32",
            IntType::Uint64 => "Uint64",
        }
    }

    /// Whether it has a sign.
    pub fn is_signed(self) -> bool {
        self <= IntType::Int64
    }

    /// Cuts 64 bits down to this type and extends them again: how arithmetic wraps.
    pub fn wrap(self, bits: i64) -> i64 {
        match self {
            IntType::Int8 => i64::from(bits as i8),
            IntType::Int16 => i64::from(bits as i16),
            IntType::Int32 => i64::from(bits as i32),
            IntType::Int64 | IntType::Uint64 => bits,
            IntType::Uint8 => i64::from(bits as u8),
            IntType::Uint16 => i64::from(bits as u16),
            IntType::Uint32 => i64::from(bits as u32),
        }
    }

    /// The integer as a float, rounded.
    pub fn to_f64(self, bits: i64) -> f64 {
        if self == IntType::Uint64 { bits as u64 as f64 } else { bits as f64 }
    }

    /// A float as an integer of this type: truncated toward zero, then wrapped; what does not fit 64 bits
    /// becomes the nearest that does.
    pub fn from_f64(self, number: f64) -> i64 {
        if self == IntType::Uint64 && number >= 0.0 {
            number as u64 as i64
        } else {
            self.wrap(number as i64)
        }
    }

    /// The integer in decimal.
    pub fn display(self, bits: i64) -> String {
        if self == IntType::Uint64 { (bits as u64).to_string() } else { bits.to_string() }
    }
}

impl FloatType {
    /// Its name in Ko.
    pub fn name(self) -> &'static str {
        match self {
            FloatType::Float32 => "Float32",
            FloatType::Float64 => "Float64",
        }
    }

    /// Rounds to this type.
    pub fn round(self, number: f64) -> f64 {
        match self {
            FloatType::Float32 => f64::from(number as f32),
            FloatType::Float64 => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_and_floats_truncate() {
        assert_eq!(IntType::Int8.wrap(300), 44);
        assert_eq!(IntType::Uint8.wrap(-1), 255);
        assert_eq!(IntType::Uint64.display(-1), "18446744073709551615");
        assert_eq!(IntType::Int64.from_f64(-1.9), -1);
        assert_eq!(IntType::Uint64.from_f64(1e19), 1e19 as u64 as i64);
        assert_eq!(FloatType::Float32.round(1e300), f64::INFINITY);
    }
}
