//! The semantic tokens that the client has of each document, so that it can be sent what changed
//! (`textDocument/semanticTokens/full/delta`). Bounded: of what was forgotten, the client is sent all.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use ls_types::{SemanticToken, SemanticTokensEdit};

/// How many tokens are kept at most: a few megabytes.
const MAX_TOKENS: usize = 200_000;

/// Numbers in the protocol's form of a token.
const NUMBERS: usize = 5;

/// What the client has, shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    kept: usize,
    /// The documents, the one that was asked about last at the end.
    documents: VecDeque<Document>,
}

#[derive(Debug)]
struct Document {
    uri: String,
    id: String,
    tokens: Vec<SemanticToken>,
}

impl TokenCache {
    /// Keeps what the client is sent of a document, and gives it a name that no other has.
    pub(crate) fn keep(&self, uri: &str, tokens: &[SemanticToken]) -> String {
        // Nothing in here can panic halfway.
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.forget(uri);
        inner.next += 1;
        let id = inner.next.to_string();
        if tokens.len() <= MAX_TOKENS {
            inner.kept += tokens.len();
            let document =
                Document { uri: uri.to_owned(), id: id.clone(), tokens: tokens.to_vec() };
            inner.documents.push_back(document);
        }
        while inner.kept > MAX_TOKENS {
            let Some(oldest) = inner.documents.pop_front() else { break };
            inner.kept -= oldest.tokens.len();
        }
        id
    }

    /// What turns the tokens that the client has of a document, by the name `previous`, into `tokens`. Nothing if they
    /// are not known any more.
    pub(crate) fn delta(
        &self,
        uri: &str,
        previous: &str,
        tokens: &[SemanticToken],
    ) -> Option<Vec<SemanticTokensEdit>> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = inner.documents.iter().find(|it| it.uri == uri && it.id == previous)?;
        Some(edits(&old.tokens, tokens))
    }
}

impl Inner {
    fn forget(&mut self, uri: &str) {
        if let Some(at) = self.documents.iter().position(|it| it.uri == uri)
            && let Some(document) = self.documents.remove(at)
        {
            self.kept -= document.tokens.len();
        }
    }
}

/// The one edit that replaces what lies between the common beginning and the common end; none for equal tokens.
fn edits(old: &[SemanticToken], new: &[SemanticToken]) -> Vec<SemanticTokensEdit> {
    if old == new {
        return Vec::new();
    }
    let begin = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - begin;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    // Documents have far fewer tokens than 2³² / 5.
    let number = |count: usize| u32::try_from(count * NUMBERS).unwrap_or(u32::MAX);
    let data = new[begin..new.len() - end].to_vec();
    vec![SemanticTokensEdit {
        start: number(begin),
        delete_count: number(old.len() - begin - end),
        data: (!data.is_empty()).then_some(data),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(lengths: &[u32]) -> Vec<SemanticToken> {
        let token = |length: &u32| SemanticToken {
            delta_line: 1,
            delta_start: 0,
            length: *length,
            token_type: 0,
            token_modifiers_bitset: 0,
        };
        lengths.iter().map(token).collect()
    }

    #[test]
    fn edits_lead_from_old_to_new() {
        let lists: [&[u32]; 8] =
            [&[], &[1], &[1, 1], &[1, 2, 3], &[1, 3], &[2, 2, 2], &[2, 2], &[3, 1, 2]];
        for old in lists {
            for new in lists {
                let (old, new) = (tokens(old), tokens(new));
                let mut changed = old.clone();
                for edit in edits(&old, &new) {
                    let start = edit.start as usize / NUMBERS;
                    let end = start + edit.delete_count as usize / NUMBERS;
                    changed.splice(start..end, edit.data.unwrap_or_default());
                }
                assert_eq!(changed, new);
            }
        }
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let cache = TokenCache::default();
        let half = tokens(&[1; MAX_TOKENS / 2]);
        let a = cache.keep("a", &half);
        assert_eq!(cache.delta("a", &a, &half), Some(Vec::new()));
        assert_eq!(cache.delta("b", &a, &half), None);
        let newer = cache.keep("a", &half);
        assert_eq!(cache.delta("a", &a, &half), None, "replaced");
        cache.keep("b", &half);
        assert!(cache.delta("a", &newer, &half).is_some());
        cache.keep("c", &tokens(&[1]));
        assert_eq!(cache.delta("a", &newer, &half), None, "too much");
        let huge = cache.keep("d", &tokens(&[1; MAX_TOKENS + 1]));
        assert_eq!(cache.delta("d", &huge, &half), None, "more than is kept");
    }
}
