//! The shared evaluator of Ko programs.
