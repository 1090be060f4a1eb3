//! How many may read much from the disk at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use warp::http::StatusCode;

use super::respond::{Answered, Failure};
use crate::limits::{EXPLORE_WAIT_MAX, EXPLORED_AT_ONCE_MAX, EXPORTS_AT_ONCE_MAX, LIST_WAIT_MAX, LISTS_AT_ONCE_MAX};

/// The places of those who read much, counted.
pub struct Readers {
    lists: Arc<Semaphore>,
    /// Of the lists, those that may be held for long.
    explored: Arc<Semaphore>,
    exports: Arc<Semaphore>,
}

impl Default for Readers {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            lists: places(LISTS_AT_ONCE_MAX),
            explored: places(EXPLORED_AT_ONCE_MAX),
            exports: places(EXPORTS_AT_ONCE_MAX),
        }
    }
}

impl Readers {
    /// To be held while a list is read. A page asks for several at once: they wait a little for each other.
    pub async fn list(&self) -> Answered<OwnedSemaphorePermit> {
        match timeout(LIST_WAIT_MAX, self.lists.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(overloaded("lists", LISTS_AT_ONCE_MAX)),
        }
    }

    /// To be held while a funnel, paths, cohorts or an experiment are read: a place among the lists, of which these get a few only. A page asks
    /// for all of them at once, and has time.
    pub async fn explore(&self) -> Answered<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        match timeout(EXPLORE_WAIT_MAX, self.explored.clone().acquire_owned()).await {
            Ok(Ok(explored)) => Ok((explored, self.list().await?)),
            _ => Err(overloaded("funnels, paths, cohorts or experiments", EXPLORED_AT_ONCE_MAX)),
        }
    }

    /// To be held until an export is written. Those before it may take minutes, which are not waited for.
    pub fn export(&self) -> Answered<OwnedSemaphorePermit> {
        self.exports.clone().try_acquire_owned().map_err(|_| overloaded("exports", EXPORTS_AT_ONCE_MAX))
    }
}

fn overloaded(what: &str, max: usize) -> Failure {
    let sentence = format!("{max} {what} are read already, which is the most at once; try again in a moment");
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_refused_until_a_place_is_free() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let readers = Readers::default();
        let exports: Vec<_> = (0..EXPORTS_AT_ONCE_MAX).map(|_| readers.export().unwrap()).collect();
        let refused = readers.export().err().unwrap();
        assert_eq!((refused.status.as_u16(), refused.code), (503, "overloaded"));
        drop(exports);
        assert!(readers.export().is_ok());

        runtime.block_on(async {
            let mut lists = Vec::new();
            for _ in 0..LISTS_AT_ONCE_MAX {
                lists.push(readers.list().await.unwrap());
            }
            assert_eq!(readers.list().await.err().unwrap().code, "overloaded");
            let (waited, ()) = futures_util::future::join(readers.list(), async { drop(lists.pop()) }).await;
            assert!(waited.is_ok(), "one that has just waited a little");
            drop((lists, waited));
            let explored: Vec<_> = [readers.explore().await, readers.explore().await].into_iter().flatten().collect();
            assert_eq!(explored.len(), EXPLORED_AT_ONCE_MAX);
            let mut others = Vec::new();
            for _ in EXPLORED_AT_ONCE_MAX..LISTS_AT_ONCE_MAX {
                others.push(readers.list().await.expect("a place that no funnel takes"));
            }
            let (waited, ()) = futures_util::future::join(readers.explore(), async { drop(explored) }).await;
            assert!(waited.is_ok(), "one that had its turn");
        });
    }
}
