//! Formatting obeys its laws on any text.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|text: &str| {
    common::laws::formatter(text);
});
