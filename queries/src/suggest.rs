//! Names that may have been meant instead of one that does not exist.

/// How many letters must be typed, removed, replaced or swapped to make `b` from `a`, ignoring case; more than `limit`
/// is nothing.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    // Rows of the table of distances between beginnings: the one before the last, the last, and the present one.
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|cell| *cell > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

/// The candidates that are close to `name`, the closest first, at most three, each once. Candidates that are equally
/// close keep their order. A third of the letters may differ.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let wanted = fold(name);
    if wanted.len() > 100 {
        return Vec::new();
    }
    let limit = (wanted.len() / 3).clamp(1, 4);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        // Most candidates need no closer look.
        if candidate.is_ascii() && candidate.len().abs_diff(wanted.len()) > limit {
            continue;
        }
        if candidate == name || found.iter().any(|(_, other)| *other == candidate) {
            continue;
        }
        let folded = fold(candidate);
        let limit = if folded.len() < 3 { 0 } else { limit };
        if let Some(distance) = distance(&wanted, &folded, limit) {
            found.push((distance, candidate));
        }
    }
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// The words `` ; did you mean `a`, `b` or `c`? ``, or nothing without suggestions.
pub(crate) fn did_you_mean(suggestions: &[&str]) -> String {
    let quoted: Vec<_> = suggestions.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => format!("; did you mean {last}?"),
        Some((last, rest)) => format!("; did you mean {} or {last}?", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, suggest};

    #[test]
    fn close_names_are_suggested_closest_first() {
        let names = ["Len", "Less", "Loop", "replicas", "replica", "Nothing"];
        assert_eq!(suggest("replcias", names), ["replicas", "replica"]);
        assert_eq!(suggest("len", names), ["Len"]);
        assert_eq!(suggest("nothing", names), ["Nothing"]);
        assert_eq!(suggest("entirely", names), [""; 0]);
        assert_eq!(suggest("", names), [""; 0]);
    }

    #[test]
    fn the_question_lists_them() {
        assert_eq!(did_you_mean(&[]), "");
        assert_eq!(did_you_mean(&["a"]), "; did you mean `a`?");
        assert_eq!(did_you_mean(&["a", "b", "c"]), "; did you mean `a`, `b` or `c`?");
    }
}
