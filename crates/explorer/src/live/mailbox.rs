//! What waits for one grid. However much happens and however slow its reader is, it stays small: what comes is added to
//! what waits.

use super::change::{By, Changes};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// People who are kept apart.
const APART: usize = 8;

#[derive(Default)]
pub struct Mailbox {
    waiting: Mutex<Vec<(By, Changes)>>,
    bell: Notify,
}

impl Mailbox {
    pub fn put(&self, by: &By, changes: &Changes) {
        let mut waiting = self.waiting();
        let by = if waiting.len() < APART || waiting.iter().any(|(there, _)| there == by) { by } else { &By::Several };
        match waiting.iter_mut().find(|(there, _)| there == by) {
            Some((_, there)) => there.merge(changes),
            None => {
                let mut first = Changes::default();
                first.merge(changes);
                waiting.push((by.clone(), first));
            }
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Until there is something.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Everything that waits.
    pub fn take(&self) -> Vec<(By, Changes)> {
        std::mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(By, Changes)>> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::Done;
    use super::*;

    #[test]
    fn what_nobody_takes_is_added_up() {
        let mailbox = Mailbox::default();
        for n in 0..1000_u32 {
            let mut changes = Changes::default();
            changes.add(Done::Updated, Some(vec![n.to_string()]));
            mailbox.put(&By::Database(Some(format!("login {}", n % 20))), &changes);
        }
        let taken = mailbox.take();
        assert_eq!(taken.len(), APART + 1);
        assert_eq!(taken.iter().map(|(_, changes)| changes.updated.count).sum::<u64>(), 1000);
        assert!(mailbox.take().is_empty());
    }
}
