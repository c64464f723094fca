//! The gates of package `time`. Lengths of time are numbers of nanoseconds.

use super::{BuiltinParam, Native, maybe, monadic};

const SCALE: &[BuiltinParam] = &[maybe("scale", "How many; 1 if it is missing.")];
const DURATION: &[BuiltinParam] = &[monadic("duration", "Nanoseconds.")];

pub(super) static GATES: &[Native] = &[
    Native {
        name: "Sleep",
        params: DURATION,
        signature: "Sleep(duration?: Integer): Int64",
        doc: "Waits. In a sandbox, whose clock jumps, that takes no real time. Returns its argument.",
        examples: &[("time.Sleep(time.Millisecond(1))", "1000000")],
    },
    Native {
        name: "Millisecond",
        params: SCALE,
        signature: "Millisecond(scale?: Integer): Int64",
        doc: "So many milliseconds.",
        examples: &[("time.Millisecond(250)", "250000000")],
    },
    Native {
        name: "Second",
        params: SCALE,
        signature: "Second(scale?: Integer): Int64",
        doc: "So many seconds.",
        examples: &[("time.Second()", "1000000000"), ("time.Second(90)", "90000000000")],
    },
    Native {
        name: "Minute",
        params: SCALE,
        signature: "Minute(scale?: Integer): Int64",
        doc: "So many minutes.",
        examples: &[("time.Minute(2)", "120000000000")],
    },
    Native {
        name: "Hour",
        params: SCALE,
        signature: "Hour(scale?: Integer): Int64",
        doc: "So many hours.",
        examples: &[("time.Hour()", "3600000000000")],
    },
    Native {
        name: "ParseDuration",
        params: &[monadic("duration", "Numbers with units: ms, s, m, h, d.")],
        signature: "ParseDuration(duration?: String): *Int64",
        doc: "The length of time that a text such as 1h30m stands for, as gates take it for `timeout`; empty if it stands for none.",
        examples: &[
            ("time.ParseDuration(\"1m30s\")", "90000000000"),
            ("time.ParseDuration(\"soon\")", "empty"),
        ],
    },
    Native {
        name: "FormatDurationSeconds",
        params: DURATION,
        signature: "FormatDurationSeconds(duration?: Integer): String",
        doc: "A length of time in seconds, to the millisecond.",
        examples: &[("time.FormatDurationSeconds(1500000000)", "\"1.500s\"")],
    },
    Native {
        name: "FormatDurationMilliseconds",
        params: DURATION,
        signature: "FormatDurationMilliseconds(duration?: Integer): String",
        doc: "A length of time in milliseconds, to the microsecond.",
        examples: &[("time.FormatDurationMilliseconds(1500000)", "\"1.500ms\"")],
    },
    Native {
        name: "GoSleep",
        params: &[maybe("duration", "Nanoseconds.")],
        signature: "GoSleep(duration?: Integer): Int64",
        doc: "Sleep by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoSecond",
        params: SCALE,
        signature: "GoSecond(scale?: Integer): Int64",
        doc: "Second by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoMinute",
        params: SCALE,
        signature: "GoMinute(scale?: Integer): Int64",
        doc: "Minute by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoHour",
        params: SCALE,
        signature: "GoHour(scale?: Integer): Int64",
        doc: "Hour by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoFormatDurationSeconds",
        params: &[maybe("duration", "Nanoseconds.")],
        signature: "GoFormatDurationSeconds(duration?: Integer): String",
        doc: "FormatDurationSeconds by its name in older programs.",
        examples: &[],
    },
    Native {
        name: "GoFormatDurationMilliseconds",
        params: &[maybe("duration", "Nanoseconds.")],
        signature: "GoFormatDurationMilliseconds(duration?: Integer): String",
        doc: "FormatDurationMilliseconds by its name in older programs.",
        examples: &[],
    },
];
