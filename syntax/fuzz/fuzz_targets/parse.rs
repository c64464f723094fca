//! Any text gives a lossless tree, with errors within it.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|text: &str| {
    common::laws::parser(text);
});
