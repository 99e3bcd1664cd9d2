//! Hashing passwords: argon2id, on threads of its own, never more at once than there are processors.
//! When too many wait, the answer is an immediate 503 rather than a queue that grows.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::secret::random_bytes;
use kernel::{Problem, Result};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// 19 MiB, two passes, one lane: OWASP's minimum for argon2id, about 20 ms.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What an unknown account is checked against: the same work, and no password fits.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cXVhcnRlcmRlY2tkdW1teQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Waiting places per thread; at 20 ms each the last waits about a third of a second.
const WAITING_PER_THREAD: usize = 16;

pub struct Hasher {
    threads: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: usize,
}

impl Default for Hasher {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(threads, threads * WAITING_PER_THREAD)
    }
}

impl Hasher {
    /// At most `threads` at work, and `waiting` more that wait for them.
    #[must_use]
    pub fn new(threads: usize, waiting: usize) -> Self {
        Self { threads: Arc::new(Semaphore::new(threads)), waiting: AtomicUsize::new(0), most: threads + waiting }
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        let salt: [u8; 16] = random_bytes();
        self.run(move || {
            let hash: PasswordHash = argon2id()?
                .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
                .map_err(|e| Problem::internal(e.to_string()))?;
            Ok(hash.to_string())
        })
        .await?
    }

    /// Whether the password fits. Without a stored hash it never does, and takes as long.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool> {
        self.run(move || {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODY);
            let hash = PasswordHash::new(stored).map_err(|e| Problem::internal(format!("a stored password hash can't be read: {e}")))?;
            Ok(argon2id()?.verify_password(password.expose_secret().as_bytes(), &hash).is_ok() && known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = Place::take(&self.waiting, self.most)?;
        let permit = self.threads.clone().acquire_owned().await.map_err(Problem::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(Problem::internal)
    }
}

fn argon2id() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A place in the queue, given back when the request ends or is given up.
struct Place<'a>(&'a AtomicUsize);

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

    #[tokio::test]
    async fn only_the_same_password_fits() {
        let hasher = Hasher::default();
        let stored = hasher.hash("violet tundra".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify("violet tundra".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("violet tundrA".into(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(!Hasher::default().verify(String::new().into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Hasher::new(1, 0);
        let held = hasher.threads.clone().acquire_owned().await.unwrap();
        let waiting = hasher.verify("x".into(), None);
        let mut waiting = std::pin::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        let refused = hasher.verify("x".into(), None).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        assert!(refused.seconds_to_wait().is_some());
        drop(held);
        assert!(!waiting.await.unwrap());
        assert!(hasher.verify("x".into(), None).await.is_ok(), "the place is free again");
    }
}
