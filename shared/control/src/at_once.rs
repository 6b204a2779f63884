//! Several calls at once, polled in a fixed order: a simulation with a scheduler of its own stays what its seed makes it.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

/// Calls on their way at the same time: a control plane is shared with everybody's deploys.
const AT_ONCE_MAX: usize = 10;

enum Call<F: Future> {
    Pending(Pin<Box<F>>),
    Done(F::Output),
}

/// Makes all of these calls, and answers what they came to in their order. None waits for another.
pub async fn at_once<F: Future>(calls: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut calls: Vec<F> = calls.into_iter().collect();
    if calls.len() < 2 {
        return match calls.pop() {
            Some(only) => vec![only.await],
            None => vec![],
        };
    }
    let mut calls: Vec<Call<F>> = calls.into_iter().map(|call| Call::Pending(Box::pin(call))).collect();
    poll_fn(|context| {
        let mut pending = 0;
        for call in &mut calls {
            if pending == AT_ONCE_MAX {
                break;
            }
            let Call::Pending(future) = call else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(answer) => *call = Call::Done(answer),
                Poll::Pending => pending += 1,
            }
        }
        if pending == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let answer = |call| if let Call::Done(answer) = call { Some(answer) } else { None };
    calls.into_iter().filter_map(answer).collect()
}

/// Two different calls at once.
pub async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(move |context| {
        if first.is_none()
            && let Poll::Ready(answer) = one.as_mut().poll(context)
        {
            first = Some(answer);
        }
        if second.is_none()
            && let Poll::Ready(answer) = other.as_mut().poll(context)
        {
            second = Some(answer);
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (answered, also) => {
                (first, second) = (answered, also);
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        cell::Cell,
        task::{Context, Waker},
    };

    /// Counts who is on their way, and is through when it was polled often enough.
    async fn call(on_their_way: &Cell<usize>, most: &Cell<usize>, polls: usize, says: usize) -> usize {
        on_their_way.set(on_their_way.get() + 1);
        most.set(most.get().max(on_their_way.get()));
        let mut left = polls;
        poll_fn(|_| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            Poll::Pending
        })
        .await;
        on_their_way.set(on_their_way.get() - 1);
        says
    }

    /// The answer, and how often it was polled.
    fn polled<T>(future: impl Future<Output = T>) -> (T, usize) {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        for polls in 1.. {
            if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
                return (answer, polls);
            }
        }
        unreachable!("it is polled until it is ready")
    }

    #[test]
    fn the_slowest_alone_says_how_long_it_takes() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let calls = [3, 0, 5].into_iter().zip(7..).map(|(polls, says)| call(&now, &most, polls, says));
        assert_eq!(polled(at_once(calls)), (vec![7, 8, 9], 6));
        assert_eq!(polled(both(call(&now, &most, 2, 1), call(&now, &most, 4, 2))), ((1, 2), 5));
        assert_eq!(polled(at_once([call(&now, &most, 1, 1)])), (vec![1], 2));
    }

    #[test]
    fn no_more_than_so_many_are_on_their_way() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let (answers, _) = polled(at_once((0..25).map(|says| call(&now, &most, says % 4, says))));
        assert_eq!(answers, (0..25).collect::<Vec<_>>());
        assert_eq!(most.get(), AT_ONCE_MAX);
    }
}
