//! How much memory the values of a run take, roughly: what the limit [`crate::run::Limits::memory`] is held against.
//!
//! Every container, string, task and entry of a memory holds a [`Charge`] for as long as it lives. Threads count for
//! themselves and add that up now and then, so that a charge costs a few instructions. What is made outside of runs
//! is not charged.

use std::{
    cell::Cell,
    sync::atomic::{AtomicI64, AtomicU16, Ordering},
};

/// Accounts that exist. Runs take them in turn, so two runs share one only if this many others began between them;
/// then the older one's values that still live make the limit of the younger one less exact, no more.
const ACCOUNTS: usize = 1 << 16;

/// Bytes in use for each account.
static IN_USE: [AtomicI64; ACCOUNTS] = [const { AtomicI64::new(0) }; ACCOUNTS];

thread_local! {
    /// The account of the run that this thread works for; 0 for none.
    static ACCOUNT: Cell<u16> = const { Cell::new(0) };
    /// Bytes charged here that are not yet in [`IN_USE`].
    static PENDING: Cell<i64> = const { Cell::new(0) };
}

/// What an allocation takes beside what is in it, at a guess.
const OVERHEAD: usize = 16;

/// A number of bytes that something takes, for as long as this lives.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    /// Units of [`OVERHEAD`] bytes.
    units: u32,
    account: u16,
}

impl Charge {
    /// A charge of this many bytes for the run that this thread works for.
    #[inline]
    pub(crate) fn new(bytes: usize) -> Charge {
        let account = ACCOUNT.get();
        if account == 0 {
            return Charge::default();
        }
        let units = u32::try_from(bytes.div_ceil(OVERHEAD) + 1).unwrap_or(u32::MAX);
        PENDING.set(PENDING.get() + bytes_of(units));
        Charge { units, account }
    }
}

fn bytes_of(units: u32) -> i64 {
    i64::from(units) * OVERHEAD as i64
}

impl Drop for Charge {
    #[inline]
    fn drop(&mut self) {
        if self.account == 0 {
            return;
        }
        let bytes = bytes_of(self.units);
        // Values may die after the thread's own data, when it ends.
        if ACCOUNT.try_with(Cell::get) == Ok(self.account) {
            let _ = PENDING.try_with(|pending| pending.set(pending.get() - bytes));
        } else {
            IN_USE[usize::from(self.account)].fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// The account of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account(u16);

impl Account {
    /// An account that starts at nothing.
    pub(crate) fn open() -> Account {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let next = || NEXT.fetch_add(1, Ordering::Relaxed);
        // 0 stands for none.
        let number = match next() {
            0 => next(),
            number => number,
        };
        IN_USE[usize::from(number)].store(0, Ordering::Relaxed);
        Account(number)
    }

    /// Charges what this thread makes to this account, until the guard is dropped.
    pub(crate) fn enter(self) -> Entered {
        let before = ACCOUNT.get();
        // Whoever enters the same account once more, as each small task does, goes on counting.
        if before != self.0 {
            settle();
            ACCOUNT.set(self.0);
        }
        Entered { before }
    }

    /// Bytes in use, those of this thread and those that other threads have told of.
    pub(crate) fn in_use(self) -> u64 {
        settle();
        u64::try_from(IN_USE[usize::from(self.0)].load(Ordering::Relaxed)).unwrap_or(0)
    }
}

/// Adds up what this thread counted.
pub(crate) fn settle() {
    let pending = PENDING.replace(0);
    let account = ACCOUNT.get();
    if pending != 0 && account != 0 {
        IN_USE[usize::from(account)].fetch_add(pending, Ordering::Relaxed);
    }
}

/// Ends [`Account::enter`] when dropped, on the same thread.
#[derive(Debug)]
pub(crate) struct Entered {
    before: u16,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if ACCOUNT.get() != self.before {
            settle();
            ACCOUNT.set(self.before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn values_count_while_they_live_wherever_they_die() {
        let account = Account::open();
        let outside = Value::string("x".repeat(1000));
        let entered = account.enter();
        assert_eq!(account.in_use(), 0);
        let text = Value::string("x".repeat(1000));
        let of_text = account.in_use();
        assert!((1000..1100).contains(&of_text), "{of_text}");
        // A clone shares.
        let list = Value::sequence(vec![text.clone(), text, outside]).unwrap();
        let of_all = account.in_use();
        assert!((of_text + 48..of_text + 400).contains(&of_all), "{of_all}");
        let Value::Sequence(sequence) = list else { panic!() };
        let (first, rest) = sequence.split_first();
        assert!(account.in_use() < of_all + 200, "the elements are shared");
        drop(rest);
        assert_eq!(account.in_use(), of_text);
        std::thread::spawn(move || drop(first)).join().unwrap();
        assert_eq!(account.in_use(), 0);
        drop(entered);
        let _ = Value::string("not charged");
        assert_eq!(account.in_use(), 0);
    }

    #[test]
    fn runs_inside_each_other_count_apart() {
        let (outer, inner) = (Account::open(), Account::open());
        let in_outer = outer.enter();
        let a = Value::string("a".repeat(100));
        let in_inner = inner.enter();
        let b = Value::string("b".repeat(1000));
        assert!(outer.in_use() < 200 && inner.in_use() >= 1000);
        drop(in_inner);
        drop(b);
        assert_eq!(inner.in_use(), 0);
        drop(a);
        assert_eq!(outer.in_use(), 0);
        drop(in_outer);
    }
}
