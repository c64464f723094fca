//! The events of a watch on the wire: a JSON object a line, until the server ends the answer
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>).

use futures_util::Stream;
use http_body::Body;
use http_body_util::BodyExt as _;
use ko_evaluator::cluster::ApiError;
use kube::core::WatchEvent;
use serde_json::Value as Json;

use crate::answer;

/// The longest event. Objects are at most some megabytes, and a line without an end must not take all memory.
const LONGEST: usize = 32 << 20;

/// An event, or what ended the watch.
pub(crate) type Item = Result<WatchEvent<Json>, ApiError>;

/// Where the reading of a watch stands.
struct Reader<B> {
    /// `None` once it has ended.
    body: Option<B>,
    read: Vec<u8>,
    /// Up to where there is certainly no end of a line.
    searched: usize,
}

/// The events in the body of an answer, as they come; the last item may be an error.
pub(crate) fn decode<B>(body: B) -> impl Stream<Item = Item> + Send
where
    B: Body<Data: Send> + Send + Unpin,
    B::Error: std::fmt::Display,
{
    let reader = Reader { body: Some(body), read: Vec::new(), searched: 0 };
    futures_util::stream::unfold(reader, async |mut reader| {
        let item = reader.next().await?;
        if item.is_err() {
            reader.body = None;
            reader.read.clear();
        }
        Some((item, reader))
    })
}

impl<B> Reader<B>
where
    B: Body + Unpin,
    B::Error: std::fmt::Display,
{
    async fn next(&mut self) -> Option<Item> {
        loop {
            let rest = self.read.get(self.searched..).unwrap_or_default();
            if let Some(at) = rest.iter().position(|it| *it == b'\n') {
                let line: Vec<u8> = self.read.drain(..=self.searched + at).collect();
                self.searched = 0;
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return Some(event(&line));
            }
            self.searched = self.read.len();
            if self.read.len() > LONGEST {
                return Some(Err(answer::unreadable(format!(
                    "the server sends an event of more than {LONGEST} bytes"
                ))));
            }
            let body = self.body.as_mut()?;
            use bytes::Buf as _;
            match body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(mut data) = frame.into_data() {
                        while data.has_remaining() {
                            let chunk = data.chunk();
                            self.read.extend_from_slice(chunk);
                            let length = chunk.len();
                            data.advance(length);
                        }
                    }
                }
                Some(Err(error)) => {
                    return Some(Err(answer::no_answer(format!("the watch broke off: {error}"))));
                }
                None => {
                    self.body = None;
                    let rest = std::mem::take(&mut self.read);
                    if rest.trim_ascii().is_empty() {
                        return None;
                    }
                    // The end of the last line may be missing, but not more than that.
                    let last = event(&rest);
                    return Some(last.map_err(|_| {
                        let text = "the watch broke off in the middle of an event";
                        answer::no_answer(text.to_owned())
                    }));
                }
            }
        }
    }
}

fn event(line: &[u8]) -> Item {
    serde_json::from_slice(line)
        .map_err(|error| answer::no_answer(format!("the server sends no event: {error}")))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::StreamExt as _;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    /// What is made of an answer that comes in these pieces.
    async fn events(pieces: &[&str]) -> Vec<String> {
        let frames: Vec<Result<Frame<bytes::Bytes>, Infallible>> =
            pieces.iter().map(|it| Ok(Frame::data((*it).to_owned().into()))).collect();
        let body = StreamBody::new(futures_util::stream::iter(frames));
        let items = decode(Box::pin(body)).map(|it| match it {
            Ok(WatchEvent::Added(object)) => format!("+{}", object["n"]),
            Ok(WatchEvent::Deleted(object)) => format!("-{}", object["n"]),
            Ok(_) => "other".to_owned(),
            Err(error) => error.message,
        });
        items.collect().await
    }

    #[tokio::test]
    async fn events_are_lines_however_they_are_cut() {
        let one = r#"{"type":"ADDED","object":{"n":1}}"#;
        let two = r#"{"type":"DELETED","object":{"n":2}}"#;
        let (head, tail) = two.split_at(7);
        assert_eq!(events(&[one, "\n", head, tail, "\n\n"]).await, ["+1", "-2"]);
        assert_eq!(events(&[&format!("{one}\n{two}")]).await, ["+1", "-2"]);
        assert_eq!(
            events(&[one, "\n", head]).await,
            ["+1", "the watch broke off in the middle of an event"]
        );
        let nonsense = events(&[one, "\nnonsense\n", one, "\n"]).await;
        assert_eq!(nonsense.len(), 2, "nothing is believed after nonsense: {nonsense:?}");
        assert!(nonsense[1].starts_with("the server sends no event"), "{nonsense:?}");
    }

    #[tokio::test]
    async fn a_line_without_an_end_ends_the_watch() {
        let piece = "x".repeat(1 << 20);
        let pieces = vec![piece.as_str(); (LONGEST >> 20) + 2];
        let found = events(&pieces).await;
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("more than"), "{}", found[0]);
    }
}
