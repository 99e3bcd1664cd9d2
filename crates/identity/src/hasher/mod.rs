//! Hashing passwords: argon2id, on threads of its own, a bounded number of them, and below everything else: whoever is
//! signed in doesn't wait for those who try to be. When too many wait, the answer is an immediate 503 rather than a queue
//! that grows; familiar browsers have places that strangers can't take, and go first.

mod queue;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::secret::random_bytes;
use kernel::{Problem, Result};
use queue::Queue;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::oneshot;

/// What a hash costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane: OWASP's minimum for argon2id, about 20 ms.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

impl Cost {
    /// As cheap as argon2id can be, so that the rest of a sign-in can be measured tens of thousands of times. It protects
    /// no password.
    #[must_use]
    pub fn for_measuring() -> Self {
        Self { memory_kib: 8, passes: 1 }
    }

    fn argon2id(self) -> Result<Argon2<'static>> {
        let params = Params::new(self.memory_kib, self.passes, 1, None).map_err(|e| Problem::internal(e.to_string()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// What an unknown account is checked against: the same work, and no password fits.
    fn nobody(self) -> String {
        let (salt, hash) = ("cXVhcnRlcmRlY2tkdW1teQ", "A".repeat(43));
        format!("$argon2id$v=19$m={},t={},p=1${salt}${hash}", self.memory_kib, self.passes)
    }
}

/// Waiting places per thread; at 20 ms each the last waits about a third of a second.
const WAITING_PER_THREAD: usize = 16;

pub struct Hasher {
    cost: Cost,
    queue: Arc<Queue>,
    started: OnceLock<()>,
    busy: AtomicUsize,
    most: usize,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::costing(Cost::default())
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Hasher {
    #[must_use]
    pub fn costing(cost: Cost) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(cost, threads, threads * WAITING_PER_THREAD)
    }

    /// At most `threads` at work, and `waiting` more that wait for them.
    #[must_use]
    pub fn new(cost: Cost, threads: usize, waiting: usize) -> Self {
        Self { cost, queue: Arc::new(Queue::new(threads)), started: OnceLock::new(), busy: AtomicUsize::new(0), most: threads + waiting }
    }

    /// A place among those who are served, taken before a sign-in costs anything else: who gets none is told at once, and
    /// as many others as there are can't fill the database's queue either. Strangers can't take the places of who is known.
    ///
    /// # Errors
    /// 503 when there is none.
    pub fn place(&self, known: bool) -> Result<Place<'_>> {
        Place::take(&self.busy, if known { 2 * self.most } else { self.most })
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        let (salt, cost): ([u8; 16], _) = (random_bytes(), self.cost);
        self.run(self.place(false)?, false, move || {
            let hash: PasswordHash = cost
                .argon2id()?
                .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
                .map_err(|e| Problem::internal(e.to_string()))?;
            Ok(hash.to_string())
        })
        .await?
    }

    /// Whether the password fits. Without a stored hash it never does, and takes as long. Who is `known` goes first.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn verify(&self, place: Place<'_>, known: bool, password: SecretString, stored: Option<String>) -> Result<bool> {
        let cost = self.cost;
        let check = move || -> Result<bool> {
            let exists = stored.is_some();
            let stored = stored.unwrap_or_else(|| cost.nobody());
            let hash = PasswordHash::new(&stored).map_err(|e| Problem::internal(format!("a stored password hash can't be read: {e}")))?;
            Ok(cost.argon2id()?.verify_password(password.expose_secret().as_bytes(), &hash).is_ok() && exists)
        };
        let fits = self.run(place, known, check).await??;
        if !known {
            self.queue.saw(fits);
        }
        Ok(fits)
    }

    /// Works while the place is held.
    async fn run<T: Send + 'static>(&self, _place: Place<'_>, known: bool, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        self.started.get_or_init(|| Queue::start(&self.queue));
        let (done, answer) = oneshot::channel();
        let work = move || {
            // Whoever gave up in the meantime needs no answer.
            if !done.is_closed() {
                drop(done.send(work()));
            }
        };
        self.queue.add(Box::new(work), known);
        answer.await.map_err(Problem::internal)
    }
}

/// A place in the queue, given back when the request ends or is given up.
pub struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(count: &'a AtomicUsize, most: usize) -> Result<Self> {
        if count.fetch_add(1, Ordering::AcqRel) >= most {
            count.fetch_sub(1, Ordering::AcqRel);
            return Err(Problem::unavailable("Too many sign-ins at this moment. Try again in a few seconds.").retry_after(2));
        }
        Ok(Self(count))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::problem::Kind;
    use std::sync::Mutex;

    async fn check(hasher: &Hasher, known: bool, password: &str, stored: Option<String>) -> Result<bool> {
        hasher.verify(hasher.place(known)?, known, password.into(), stored).await
    }

    #[tokio::test]
    async fn only_the_same_password_fits() {
        let hasher = Hasher::default();
        let stored = hasher.hash("violet tundra".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(check(&hasher, false, "violet tundra", Some(stored.clone())).await.unwrap());
        assert!(!check(&hasher, false, "violet tundrA", Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_account_costs_the_same_hash_as_a_known_one() {
        let known = PasswordHash::new(&Hasher::default().hash("violet tundra".into()).await.unwrap()).unwrap().params.to_string();
        assert_eq!(PasswordHash::new(&Cost::default().nobody()).unwrap().params.to_string(), known);
        // And it is computed: it waits for its turn like any other.
        let (hasher, held) = occupied(10).await;
        let mut unknown = std::pin::pin!(check(&hasher, false, "x", None));
        assert!(futures::poll!(&mut unknown).is_pending());
        drop(held);
        assert!(!unknown.await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(!check(&Hasher::default(), false, "", None).await.unwrap());
    }

    /// A hasher whose only thread is busy until the sender is dropped.
    async fn occupied(waiting: usize) -> (Hasher, std::sync::mpsc::Sender<()>) {
        let hasher = Hasher::new(Cost::for_measuring(), 1, waiting);
        assert!(!check(&hasher, false, "x", None).await.unwrap());
        let (held, wait) = std::sync::mpsc::channel::<()>();
        hasher.queue.add(Box::new(move || assert!(wait.recv().is_err())), true);
        (hasher, held)
    }

    #[tokio::test]
    async fn a_full_queue_refuses_strangers_at_once_and_keeps_places_for_who_is_known() {
        let (hasher, held) = occupied(0).await;
        let mut waiting = std::pin::pin!(check(&hasher, false, "x", None));
        assert!(futures::poll!(&mut waiting).is_pending());
        let refused = check(&hasher, false, "x", None).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        assert!(refused.seconds_to_wait().is_some());
        let mut known = std::pin::pin!(check(&hasher, true, "x", None));
        assert!(futures::poll!(&mut known).is_pending(), "it waits, it isn't refused");
        drop(held);
        assert!(!known.await.unwrap());
        assert!(!waiting.await.unwrap());
        assert!(check(&hasher, false, "x", None).await.is_ok(), "the place is free again");
    }

    #[tokio::test]
    async fn who_is_known_goes_first_and_who_gave_up_costs_nothing() {
        let (hasher, held) = occupied(10).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| {
            let order = order.clone();
            move || order.lock().unwrap().push(name)
        };
        let mut stranger = Box::pin(hasher.run(hasher.place(false).unwrap(), false, note("stranger")));
        let mut gone = Box::pin(hasher.run(hasher.place(false).unwrap(), false, note("gone")));
        let mut known = Box::pin(hasher.run(hasher.place(true).unwrap(), true, note("known")));
        assert!(
            futures::poll!(&mut stranger).is_pending() && futures::poll!(&mut gone).is_pending() && futures::poll!(&mut known).is_pending()
        );
        drop(gone);
        drop(held);
        known.await.unwrap();
        stranger.await.unwrap();
        hasher.run(hasher.place(false).unwrap(), false, || ()).await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["known", "stranger"]);
    }

    #[tokio::test]
    async fn while_strangers_mostly_fail_who_is_known_waits_for_none_of_them() {
        let hasher = Hasher::new(Cost::for_measuring(), 2, 40);
        let right = hasher.hash("violet tundra".into()).await.unwrap();
        for _ in 0..queue::SUSPICIOUS {
            assert!(!hasher.queue.suspects());
            assert!(!check(&hasher, false, "wrong", Some(right.clone())).await.unwrap());
        }
        assert!(hasher.queue.suspects());
        // One stranger holds the only thread that is on now; the next waits, and a known browser soon has a thread of the others.
        let (held, wait) = std::sync::mpsc::channel::<()>();
        let (started, begun) = std::sync::mpsc::channel();
        let mut first = Box::pin(hasher.run(hasher.place(false).unwrap(), false, move || {
            started.send(()).unwrap();
            wait.recv().is_err()
        }));
        let mut second = Box::pin(check(&hasher, false, "violet tundra", Some(right.clone())));
        assert!(futures::poll!(&mut first).is_pending());
        begun.recv().unwrap();
        assert!(futures::poll!(&mut second).is_pending());
        assert!(check(&hasher, true, "violet tundra", Some(right.clone())).await.unwrap());
        assert!(futures::poll!(&mut second).is_pending());
        drop(held);
        first.await.unwrap();
        assert!(second.await.unwrap());
        assert!(!hasher.queue.suspects(), "a right one is worth three wrong ones");
        assert!(check(&hasher, false, "violet tundra", Some(right)).await.unwrap(), "and strangers are served as before");
    }
}
