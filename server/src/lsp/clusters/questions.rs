//! Questions to a cluster that are worth an answer only at once: somebody writes, and waits. Whoever asks waits for a moment,
//! and no longer; a question that nobody waits for any more is dropped, which cuts its request off. Answers are kept for
//! seconds. A question is on its way once, however many ask it, and one that came to nothing is not asked again for a while,
//! so that a slow cluster slows nobody down.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::time::{Instant, timeout};

/// How long an answer waits.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long a question is on its way at most, while one after the other waits for it.
const LIMIT: Duration = Duration::from_secs(5);

/// How long what was heard is good.
const FRESH: Duration = Duration::from_secs(10);

/// How long a question rests that was given up.
const REST: Duration = Duration::from_secs(2);

/// How many questions are kept.
const MOST: usize = 64;

/// An answer in time, or the word that it is late.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Timely<T> {
    /// It is there; or there is none.
    Known(Option<Arc<T>>),
    /// It did not come in time.
    Late,
}

/// An answer that may be on its way; nothing if there is none.
type Answer<T> = BoxFuture<'static, Option<Arc<T>>>;

/// What is known of a question.
enum State<T> {
    /// It is on its way as long as somebody waits for it.
    Asked(WeakShared<Answer<T>>),
    /// It was answered.
    Answered(Option<Arc<T>>),
    /// It was given up.
    GivenUp,
}

/// Questions of one sort with what is known of them, and since when.
pub(super) struct Questions<K, T> {
    kept: Mutex<HashMap<K, (Instant, State<T>)>>,
}

impl<K, T> Default for Questions<K, T> {
    fn default() -> Questions<K, T> {
        Questions { kept: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash, T: Send + Sync + 'static> Questions<K, T> {
    /// The answer to a question, which `ask` puts if it is not known. Dropping this future is giving up.
    pub(super) async fn ask<F>(&self, key: K, ask: impl FnOnce(K) -> F) -> Timely<T>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let coming = match self.begin(&key, ask) {
            Ok(known) => return known,
            Err(coming) => coming,
        };
        let known = timeout(PATIENCE, coming).await;
        let mut kept = self.kept();
        match known {
            Ok(known) => {
                let state = State::Answered(known.clone());
                kept.insert(key, (Instant::now(), state));
                Timely::Known(known)
            }
            Err(_) => {
                // What another one still waits for goes on.
                if let Some((since, state)) = kept.get_mut(&key)
                    && matches!(state, State::Asked(it) if it.upgrade().is_none())
                {
                    (*since, *state) = (Instant::now(), State::GivenUp);
                }
                Timely::Late
            }
        }
    }

    /// What is known of a question, or its answer that comes.
    fn begin<F>(&self, key: &K, ask: impl FnOnce(K) -> F) -> Result<Timely<T>, Shared<Answer<T>>>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut kept = self.kept();
        kept.retain(|_, (since, state)| match state {
            State::Asked(coming) => coming.upgrade().is_some(),
            State::Answered(_) => since.elapsed() < FRESH,
            State::GivenUp => since.elapsed() < REST,
        });
        match kept.get(key) {
            Some((_, State::Answered(known))) => return Ok(Timely::Known(known.clone())),
            Some((_, State::GivenUp)) => return Ok(Timely::Late),
            Some((_, State::Asked(coming))) => {
                if let Some(coming) = coming.upgrade() {
                    return Err(coming);
                }
            }
            None => {}
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        let asked = timeout(LIMIT, ask(key.clone()));
        let coming = async move { asked.await.ok().flatten().map(Arc::new) }.boxed().shared();
        if let Some(weak) = coming.downgrade() {
            kept.insert(key.clone(), (Instant::now(), State::Asked(weak)));
        }
        Err(coming)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<K, (Instant, State<T>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A cluster that answers after a while, and counts what it was asked and what was cut off.
    #[derive(Clone, Default)]
    struct Slow {
        asked: Arc<AtomicUsize>,
        cut: Arc<AtomicUsize>,
    }

    struct Cut(Arc<AtomicUsize>, bool);

    impl Drop for Cut {
        fn drop(&mut self) {
            if !self.1 {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    impl Slow {
        fn answer(
            &self,
            after: u64,
        ) -> impl FnOnce(&'static str) -> BoxFuture<'static, Option<u64>> + use<> {
            let slow = self.clone();
            move |_| {
                slow.asked.fetch_add(1, Ordering::Relaxed);
                let cut = Cut(slow.cut.clone(), false);
                async move {
                    // As a whole, not its flag alone.
                    let mut cut = cut;
                    tokio::time::sleep(Duration::from_millis(after)).await;
                    cut.1 = true;
                    Some(after)
                }
                .boxed()
            }
        }

        fn counts(&self) -> (usize, usize) {
            (self.asked.load(Ordering::Relaxed), self.cut.load(Ordering::Relaxed))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_late_is_cut_off_and_rests() {
        let (slow, questions) = (Slow::default(), Questions::default());
        let start = Instant::now();
        assert_eq!(questions.ask("a", slow.answer(4_000)).await, Timely::Late);
        assert_eq!(start.elapsed().as_millis() / 100, 3, "it waits for a moment");
        assert_eq!(slow.counts(), (1, 1), "its request went on");
        // It is not asked again for a while, and costs nobody anything; then it is.
        let start = Instant::now();
        assert_eq!(questions.ask("a", slow.answer(10)).await, Timely::Late);
        assert_eq!((start.elapsed(), slow.counts()), (Duration::ZERO, (1, 1)));
        assert_eq!(questions.ask("b", slow.answer(10)).await, Timely::Known(Some(Arc::new(10))));
        tokio::time::sleep(REST).await;
        assert_eq!(questions.ask("a", slow.answer(20)).await, Timely::Known(Some(Arc::new(20))));
        assert_eq!(slow.counts(), (3, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_is_good_for_seconds() {
        let (slow, questions) = (Slow::default(), Questions::default());
        for _ in 0..3 {
            let known = questions.ask("a", slow.answer(100)).await;
            assert_eq!(known, Timely::Known(Some(Arc::new(100))));
        }
        assert_eq!(slow.counts(), (1, 0));
        tokio::time::sleep(FRESH).await;
        questions.ask("a", slow.answer(100)).await;
        assert_eq!(slow.counts(), (2, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_on_its_way_once_as_long_as_somebody_waits() {
        let (slow, questions) = (Slow::default(), Arc::new(Questions::default()));
        let first = {
            let (slow, questions) = (slow.clone(), questions.clone());
            tokio::spawn(async move { questions.ask("a", slow.answer(400)).await })
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        let second = questions.ask("a", slow.answer(400)).await;
        assert_eq!(second, Timely::Known(Some(Arc::new(400))));
        assert_eq!(first.await.unwrap(), Timely::Late);
        assert_eq!(slow.counts(), (1, 0));
        // Whoever is cancelled waits no longer, either.
        let (gone, asking) = (questions.clone(), slow.answer(200));
        let third = tokio::spawn(async move { gone.ask("c", asking).await });
        tokio::time::sleep(Duration::from_millis(10)).await;
        third.abort();
        let _ = third.await;
        assert_eq!(slow.counts(), (2, 1));
    }
}
