//! How many grids may watch at once. Each holds a connection of the browser and asks the database when something happens.

use kernel::problem::Kind;
use kernel::{Problem, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Of one person.
const OWN: usize = 60;
/// On one node.
const ALL: usize = 1000;

#[derive(Default)]
pub struct Seats(Mutex<HashMap<Option<Uuid>, usize>>);

/// One of them, for as long as it is kept.
pub struct Seat {
    seats: Arc<Seats>,
    who: Option<Uuid>,
}

impl Seats {
    /// # Errors
    /// 429 when this person has as many as may be, 503 when the node has.
    pub fn take(self: &Arc<Self>, who: Option<Uuid>) -> Result<Seat> {
        let mut taken = self.taken();
        if taken.values().sum::<usize>() >= ALL {
            return Err(
                Problem::unavailable(format!("{ALL} grids are live here already. This one is read, and not followed.")).retry_after(30)
            );
        }
        let own = taken.entry(who).or_default();
        if *own >= OWN {
            return Err(Problem::new(Kind::Throttled, format!("You have {OWN} live grids open already. Close one to follow this table."))
                .titled("Enough live grids at once")
                .retry_after(30));
        }
        *own += 1;
        Ok(Seat { seats: self.clone(), who })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Option<Uuid>, usize>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(own) = taken.get_mut(&self.who) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_the_seats_and_those_that_are_left_can_be_taken_again() {
        let seats = Arc::new(Seats::default());
        let (ada, grace) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let mut held: Vec<Seat> = (0..OWN).map(|_| seats.take(ada).unwrap()).collect();
        assert_eq!(seats.take(ada).err().map(|problem| problem.kind()), Some(Kind::Throttled));
        assert!(seats.take(grace).is_ok());
        held.pop();
        assert!(seats.take(ada).is_ok());
        let everybody: Vec<Seat> = (0..ALL - held.len()).map(|n| seats.take(Some(Uuid::from_u128(100 + n as u128))).unwrap()).collect();
        assert_eq!(seats.take(grace).err().map(|problem| problem.kind()), Some(Kind::Unavailable));
        drop((held, everybody));
        assert!(seats.taken().is_empty());
    }
}
