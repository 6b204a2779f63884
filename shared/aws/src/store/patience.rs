//! Repeating what may pass later, for a bounded time.

use crate::errors::Failure;
use std::{future::Future, time::Duration};
use tokio::time::Instant;

/// How often a call is made in all: with the delays below, for less than three seconds of refusals.
const ATTEMPTS_MAX: u32 = 8;
/// The longest wait before the second attempt; it doubles from there.
const FIRST_DELAY: Duration = Duration::from_millis(25);
/// No wait is longer.
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// After this time no further attempt is made: an attempt that is not answered at all takes seconds by itself.
const ENOUGH: Duration = Duration::from_secs(8);

/// Makes a call until it succeeds, fails for good, or has failed [`ATTEMPTS_MAX`] times.
///
/// The last failure is answered, except that a call of which one attempt is not known to have written nothing is
/// itself not known.
pub(super) async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (began, mut unanswered, mut attempt) = (Instant::now(), None, 1);
    loop {
        let failure = match call().await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        if let Failure::NoAnswer(_) = failure {
            unanswered = Some(failure.clone());
        }
        if !failure.passes() {
            return Err(failure);
        }
        if attempt == ATTEMPTS_MAX || began.elapsed() >= ENOUGH {
            return Err(unanswered.unwrap_or(failure));
        }
        tokio::time::sleep(delay(attempt, chance())).await;
        attempt += 1;
    }
}

/// Anything between nothing and the longest wait of this attempt, so that those who collided do not meet again.
fn delay(attempt: u32, chance: u32) -> Duration {
    let longest = FIRST_DELAY.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_DELAY);
    longest.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

/// Without a source of chance everybody waits the longest.
fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    /// What comes of a call that answers these in turn, and how often it was made.
    async fn outcome(mut answers: Vec<Result<(), Failure>>) -> (Result<(), Failure>, u32) {
        answers.reverse();
        let (answers, calls) = (RefCell::new(answers), Cell::new(0));
        let result = patiently(|| {
            calls.set(calls.get() + 1);
            std::future::ready(answers.borrow_mut().pop().unwrap_or(Err(contended())))
        })
        .await;
        (result, calls.get())
    }

    fn contended() -> Failure {
        Failure::Contended("busy".into())
    }

    fn no_answer() -> Failure {
        Failure::NoAnswer("lost".into())
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for() {
        assert_eq!(outcome(vec![Err(contended()), Err(no_answer()), Ok(())]).await, (Ok(()), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_answered_at_once() {
        let wrong = Failure::Final("wrong".into());
        assert_eq!(outcome(vec![Err(wrong.clone()), Ok(())]).await, (Err(wrong), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends() {
        assert_eq!(outcome(vec![]).await, (Err(contended()), ATTEMPTS_MAX));
        let once_lost = outcome(vec![Err(no_answer())]).await;
        assert_eq!(once_lost, (Err(no_answer()), ATTEMPTS_MAX), "a lost attempt may have written");
    }

    #[test]
    fn waits_grow_to_a_limit() {
        assert_eq!(delay(1, u32::MAX), FIRST_DELAY);
        assert_eq!(delay(2, u32::MAX), 2 * FIRST_DELAY);
        assert_eq!(delay(ATTEMPTS_MAX, u32::MAX), LONGEST_DELAY);
        assert_eq!(delay(u32::MAX, u32::MAX), LONGEST_DELAY);
        assert_eq!(delay(3, 0), Duration::ZERO);
    }
}
