//! After any edits of real programs, a database that was kept says the same as one that reads the files afresh: types,
//! diagnostics and circuits.

use ko_queries::diagnostic::FileId;
use ko_queries::items::functions_of_file;
use ko_queries::lower::circuit;
use ko_queries::types::inferred;
use ko_queries::{Db, RootDatabase};

use super::laws::{File, Seeded, all_programs, database};

/// Edits of each group of programs, and how many of them there are between two comparisons.
const EDITS: (usize, usize) = (12, 3);

/// One edit as people make them: a character, a line that goes, comes twice or moves, a name instead of another.
fn edit(text: &str, random: &mut Seeded) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let at = random.below(lines.len());
    let words = |text: &str| -> Vec<(usize, String)> {
        let word = |it: &str| it.chars().all(|it| it.is_alphanumeric()) && !it.is_empty();
        let all = text.split_inclusive(|it: char| !it.is_alphanumeric()).scan(0, |from, piece| {
            let start = *from;
            *from += piece.len();
            Some((start, piece.trim_end_matches(|it: char| !it.is_alphanumeric()).to_owned()))
        });
        all.filter(|it| word(&it.1)).collect()
    };
    match random.below(6) {
        0 if lines.len() > 1 => {
            lines.remove(at);
            lines.join("\n")
        }
        1 if !lines.is_empty() => {
            lines.insert(at, lines[at]);
            lines.join("\n")
        }
        2 if !lines.is_empty() => {
            let other = random.below(lines.len());
            lines.swap(at, other);
            lines.join("\n")
        }
        3 => {
            let places: Vec<usize> = text.char_indices().map(|it| it.0).collect();
            let at = places.get(random.below(places.len())).copied().unwrap_or_default();
            let typed = ["(", ")", "{", "}", ":", ",", "\n", "x", "1", "\"", "?", "// "];
            format!("{}{}{}", &text[..at], typed[random.below(typed.len())], &text[at..])
        }
        _ => {
            let words = words(text);
            if words.is_empty() {
                return text.to_owned();
            }
            let (at, old) = &words[random.below(words.len())];
            let new = &words[random.below(words.len())].1;
            format!("{}{new}{}", &text[..*at], &text[at + old.len()..])
        }
    }
}

fn assert_same(kept: &RootDatabase, fresh: &RootDatabase, files: &[File]) {
    for id in kept.file_ids() {
        let file = &files[id.0 as usize];
        let context = || format!("{}:\n{}", file.0, file.2);
        let (old, new) = (kept.source_file(id).unwrap(), fresh.source_file(id).unwrap());
        let (old, new) = (functions_of_file(kept, old), functions_of_file(fresh, new));
        assert_eq!(old.len(), new.len(), "{}", context());
        for (old, new) in old.into_iter().zip(new) {
            assert_eq!(circuit(kept, old), circuit(fresh, new), "{}", context());
            assert_eq!(inferred(kept, old), inferred(fresh, new), "{}", context());
        }
        let (old, new) = (ko_queries::diagnostics(kept, id), ko_queries::diagnostics(fresh, id));
        assert_eq!(old, new, "{}", context());
    }
}

#[test]
fn after_any_edits_all_is_as_if_read_afresh() {
    let mut random = Seeded(3);
    // One workspace of several programs at a time, each in a package of its own, so that edits concern few of them.
    let all = all_programs();
    let mut chosen: Vec<Vec<File>> = Vec::new();
    for (at, files) in all.into_iter().enumerate() {
        let large = files.iter().map(|it| it.2.len()).sum::<usize>() > 1_000;
        if large || at % 16 == 0 {
            chosen.push(files);
        }
    }
    let mut compared = 0;
    for group in chosen.chunks(4) {
        let mut files: Vec<File> = Vec::new();
        for (program, from) in group.iter().enumerate() {
            let own = |it: &File| (it.0.clone(), format!("p{program}/{}", it.1), it.2.clone());
            files.extend(from.iter().map(own));
        }
        let mut kept = database(&files);
        assert_same(&kept, &database(&files), &files);
        for round in 1..=EDITS.0 {
            let at = random.below(files.len());
            files[at].2 = edit(&files[at].2, &mut random);
            let (path, package, text) = &files[at];
            kept.set_file(FileId(at as u32), path, package, text.as_str().into());
            if round % EDITS.1 == 0 {
                assert_same(&kept, &database(&files), &files);
                compared += 1;
            } else {
                // What the user sees in between is computed, as an editor would.
                ko_queries::diagnostics(&kept, FileId(at as u32));
            }
        }
    }
    assert!(compared >= 12, "only {compared} comparisons");
}
