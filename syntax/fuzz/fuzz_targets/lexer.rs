//! Any text is cut into tokens that cover it.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|text: &str| {
    common::laws::lexer(text);
});
