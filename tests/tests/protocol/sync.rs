//! The text on both sides is the same, whatever is asked for between the edits.

use ko_tests::client::Client;
use serde_json::{Value, json};

/// A reproducible stream of numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

/// The client's own copy of a text, in UTF-16.
struct Mirror(Vec<u16>);

impl Mirror {
    fn text(&self) -> String {
        String::from_utf16(&self.0).unwrap()
    }

    fn position(&self, offset: usize) -> Value {
        let before = &self.0[..offset];
        let line = before.iter().filter(|unit| **unit == u16::from(b'\n')).count();
        let start =
            before.iter().rposition(|unit| *unit == u16::from(b'\n')).map_or(0, |at| at + 1);
        json!({"line": line, "character": offset - start})
    }

    /// An offset that is not inside of a pair of surrogates.
    fn offset(&self, random: &mut Random) -> usize {
        let mut offset = random.below(self.0.len() + 1);
        while self.0.get(offset).is_some_and(|unit| (0xdc00..0xe000).contains(unit)) {
            offset -= 1;
        }
        offset
    }

    /// Makes a random edit and returns it in the words of the protocol.
    fn edit(&mut self, random: &mut Random) -> Value {
        const PIECES: &[&str] =
            &["x", "F() {", "}", "\n", "😀", "é", "return: ", "\t", "(", ")", "\"", ""];
        let (a, b) = (self.offset(random), self.offset(random));
        let (start, end) = (a.min(b), a.max(b).min(a.min(b) + 12));
        let end = if self.0.get(end).is_some_and(|unit| (0xdc00..0xe000).contains(unit)) {
            end - 1
        } else {
            end
        };
        let end = end.max(start);
        let text = PIECES[random.below(PIECES.len())];
        let range = json!({"start": self.position(start), "end": self.position(end)});
        self.0.splice(start..end, text.encode_utf16());
        json!({"range": range, "text": text})
    }
}

#[test]
fn five_thousand_edits_and_requests_keep_their_order_and_the_texts_equal() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    let mut mirror = Mirror("F() {\n\treturn: 1 // 😀\n}\n".encode_utf16().collect());
    client.open(&uri, 0, &mirror.text());
    let mut random = Random(7);
    let mut expected = Vec::new();
    for version in 1..=5_000 {
        let mut changes = vec![mirror.edit(&mut random)];
        if random.below(4) == 0 {
            changes.push(mirror.edit(&mut random));
        }
        if mirror.0.len() > 4_000 {
            mirror = Mirror("G() { return: \"😀\" }\n".encode_utf16().collect());
            changes.push(json!({"text": mirror.text()}));
        }
        client.change(&uri, version, changes.into());
        let id = client.ask("ko/text", json!({"textDocument": {"uri": uri}}));
        expected.push((id, version, mirror.text()));
        // Others that read the database meanwhile, and are cancelled by the next edit.
        if version % 50 == 0 {
            let params = json!({"textDocument": {"uri": uri}});
            client.ask("textDocument/diagnostic", params);
        }
    }
    for (id, version, text) in expected {
        let answer = client.answer(id).unwrap();
        assert_eq!(answer, json!({"text": text, "version": version}));
    }
}

#[test]
fn columns_count_in_the_unit_that_was_agreed_on() {
    for (encodings, after) in [(&["utf-16"][..], 6), (&["utf-8", "utf-16"], 8), (&["utf-32"], 5)] {
        let folder = tempfile::tempdir().unwrap();
        let mut client = Client::start_with(folder.path(), json!({}), encodings);
        let uri = client.uri("a.ko");
        client.open(&uri, 1, "// 😀x\r\n// y\r\n");
        let at = json!({"line": 0, "character": after});
        client.change(
            &uri,
            2,
            json!([
                {"range": {"start": {"line": 0, "character": after - 1}, "end": at}, "text": "z"},
            ]),
        );
        let text = client.text(&uri);
        let expected = match after {
            6 => "// 😀z\r\n// y\r\n",
            8 => "// 😀z\r\n// y\r\n",
            _ => "// 😀z\r\n// y\r\n",
        };
        assert_eq!(text, json!({"text": expected, "version": 2}), "{encodings:?}");
    }
}

#[test]
fn positions_outside_of_the_text_are_clamped() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    client.open(&uri, 1, "😀b\n");
    let range = |a: (u64, u64), b: (u64, u64)| json!({"start": {"line": a.0, "character": a.1}, "end": {"line": b.0, "character": b.1}});
    client.change(
        &uri,
        2,
        json!([
            {"range": range((0, 99), (0, 99)), "text": "c"},
            {"range": range((99, 0), (4_000_000_000, 4_000_000_000)), "text": "d"},
            {"range": range((0, 1), (0, 1)), "text": "a"},
            {"range": range((1, 0), (0, 3)), "text": "-"},
        ]),
    );
    assert_eq!(client.text(&uri), json!({"text": "a😀-d", "version": 2}));
}

#[test]
fn nothing_is_known_of_documents_that_are_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    client.replace(&uri, 3, "F() { return: 1 }");
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.text(&uri), Value::Null);
    client.open(&uri, 4, "a");
    client.open(&uri, 5, "b");
    assert_eq!(client.text(&uri), json!({"text": "b", "version": 5}));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.text(&uri), Value::Null);
}

#[test]
fn files_of_the_folder_are_known_and_those_that_are_open_belong_to_the_editor() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ko"), "disk").unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while client.text(&uri).is_null() {
        assert!(std::time::Instant::now() < deadline, "the file was never read");
    }
    assert_eq!(client.text(&uri), json!({"text": "disk", "version": null}));
    let changed = json!({"changes": [{"uri": uri, "type": 2}]});
    client.open(&uri, 1, "editor");
    std::fs::write(folder.path().join("a.ko"), "disk again").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    assert_eq!(client.text(&uri), json!({"text": "editor", "version": 1}));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.text(&uri), json!({"text": "disk again", "version": null}));
    std::fs::remove_file(folder.path().join("a.ko")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed);
    assert_eq!(client.text(&uri), Value::Null);
}
