//! Many calls at once, until all are answered, one of them ends the batch, the deadline passes or a signal comes.

use super::ModelError;
use super::answer::Failure;
use super::call::{Shared, Stop};
use super::client::HttpModel;
use crate::interruption::Watch;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::pin::pin;
use tokio::time::{sleep_until, timeout};

impl HttpModel {
    /// Lets `ask` work on `items` and hands over what comes of each, in the order in which they end.
    pub(super) async fn drive<'a, Item, Answer, Asking>(
        &self,
        shared: &Shared,
        items: &'a [Item],
        ask: impl Fn(&'a Item) -> Asking,
        done: &mut dyn FnMut(&'a Item, Result<Answer, Failure>),
    ) -> Result<(), ModelError>
    where
        Asking: Future<Output = Result<Answer, Stop>>,
    {
        let asked = items.len();
        let mut watch = Watch::begin();
        let deadline = self.settings.deadline.map(|limit| self.settings.run.begun() + limit);
        let mut over = pin!(async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        });
        let mut waiting = items.iter();
        let mut running = FuturesUnordered::new();
        let mut answered = 0;
        loop {
            while running.len() < self.settings.jobs.max(1) {
                let Some(item) = waiting.next() else { break };
                let asking = ask(item);
                running.push(async move { (item, asking.await) });
            }
            tokio::select! {
                signal = watch.signal() => {
                    shared.gate.close();
                    // What is under way may end; what does not is booked at its worst.
                    let drain = async {
                        while let Some((item, result)) = running.next().await {
                            if let Ok(answer) = result {
                                done(item, Ok(answer));
                            }
                        }
                    };
                    drop(timeout(self.settings.policy.grace, drain).await);
                    return Err(ModelError::Interrupted { signal });
                }
                () = &mut over => {
                    let seconds = self.settings.deadline.unwrap_or_default().as_secs();
                    let missing = asked - answered;
                    return Err(ModelError::Deadline { model: self.name.clone(), seconds, missing, asked });
                }
                next = running.next() => match next {
                    None => return Ok(()),
                    Some((_, Err(Stop::Batch(error)))) => return Err(error),
                    Some((_, Err(Stop::Provider(failure)))) => {
                        return Err(ModelError::Provider { model: self.name.clone(), failure });
                    }
                    Some((item, Err(Stop::Request(failure)))) => {
                        answered += 1;
                        done(item, Err(failure));
                    }
                    Some((item, Ok(answer))) => {
                        answered += 1;
                        done(item, Ok(answer));
                    }
                },
            }
        }
    }
}
