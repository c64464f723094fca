//! Time stamps of the virtual clock. It starts at a fixed moment, so that the same program always sees the same times.

use std::time::Duration;

/// 2026-01-01T00:00:00Z in seconds since 1970: where the clock of a fresh sandbox starts.
const START: u64 = 1_767_225_600;

/// The moment `now` after the start, as in RFC 3339 with whole seconds.
pub(crate) fn stamp(now: Duration) -> String {
    let seconds = START + now.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// As [`stamp`], to the nanosecond.
pub(crate) fn exact_stamp(now: Duration) -> String {
    let whole = stamp(now);
    format!("{}.{:09}Z", whole.trim_end_matches('Z'), now.subsec_nanos())
}

/// Year, month and day of a number of days since 1970-01-01, counted in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// A length of time as annotations give it: whole seconds, or a number with `ms`, `s`, `m` or `h`.
pub(crate) fn parse_delay(text: &str) -> Option<Duration> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(3600)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_follow_the_calendar() {
        let day = 86_400;
        assert_eq!(stamp(Duration::ZERO), "2026-01-01T00:00:00Z");
        assert_eq!(stamp(Duration::from_secs(59 * day + 3_661)), "2026-03-01T01:01:01Z");
        assert_eq!(stamp(Duration::from_secs((365 * 2 + 59) * day)), "2028-02-29T00:00:00Z");
        assert_eq!(stamp(Duration::from_secs((365 * 2 + 60) * day)), "2028-03-01T00:00:00Z");
    }

    #[test]
    fn delays() {
        assert_eq!(parse_delay("5"), Some(Duration::from_secs(5)));
        assert_eq!(parse_delay("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_delay("2m"), Some(Duration::from_secs(120)));
        assert_eq!(parse_delay("soon"), None);
    }
}
