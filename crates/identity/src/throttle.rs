//! Brakes on guessing passwords: buckets in the database, so that every node counts the same attempts.
//!
//! A bucket holds a number of attempts and drains one per interval (generic cell rate algorithm: one time stamp).
//! Nothing is ever locked. Strangers share the bucket of the account and of their address; whoever signed in to the
//! account before, from this browser or this address, has a bucket that no stranger can fill.

use crate::kind::Kind;
use chrono::{DateTime, Duration, Utc};
use kernel::secret;
use kernel::{Call, Caller, Client, Problem, Result};
use std::net::IpAddr;
use uuid::Uuid;

/// How many attempts at once, and how long each is remembered.
#[derive(Clone, Copy, Debug)]
struct Rate {
    kind: &'static str,
    burst: i32,
    seconds: i32,
}

const ACCOUNT: Rate = Rate { kind: "account", burst: 10, seconds: 30 };
const ADDRESS: Rate = Rate { kind: "address", burst: 40, seconds: 3 };
/// At most 100 failures of strangers in a day, however many addresses they have: 20 at once and 80 more.
const ACCOUNT_DAY: Rate = Rate { kind: "account_day", burst: 20, seconds: 1080 };
/// Behind a familiar address may sit others than its owner, who have 100 a day for themselves.
const FAMILIAR_DAY: Rate = Rate { kind: "familiar_day", burst: 28, seconds: 1200 };
/// What one address may ask to be written to people: registering, forgotten passwords, links to sign in by.
const ASKING: Rate = Rate { kind: "address", burst: 20, seconds: 60 };
/// Letters of one sort to one mailbox that somebody asked for who may be anybody.
const MAILBOX: Rate = Rate { kind: "account", burst: 5, seconds: 300 };
const FAMILIAR: Rate = Rate { kind: "familiar", burst: 15, seconds: 10 };

/// One bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: Rate,
    key: Vec<u8>,
}

impl Bucket {
    fn new(rate: Rate, words: &str) -> Self {
        Self { rate, key: secret::hash(&format!("{}|{words}", rate.kind)) }
    }
}

/// Where the buckets of one attempt are. A stranger's are the address' and the account's; a familiar browser has one of
/// its own, and so has a familiar address, which others may share.
#[must_use]
pub fn buckets(kind: Kind, email: &str, address: Option<IpAddr>, familiar: Option<&str>) -> Vec<Bucket> {
    // The two kinds of account have doors of their own; a guesser at one must not brake the other.
    let account = format!("{}|{email}", kind.collection());
    match familiar {
        Some(mark) => {
            let words = format!("{account}|{mark}");
            let shared = address.is_some_and(|address| address.to_string() == mark);
            let day = shared.then(|| Bucket::new(FAMILIAR_DAY, &words));
            std::iter::once(Bucket::new(FAMILIAR, &words)).chain(day).collect()
        }
        None => vec![Bucket::new(ADDRESS, &network(address)), Bucket::new(ACCOUNT, &account), Bucket::new(ACCOUNT_DAY, &account)],
    }
}

/// Where an address that asks to sign in by a passkey is counted.
#[must_use]
pub fn by_passkey(kind: Kind, address: Option<IpAddr>) -> Vec<Bucket> {
    vec![Bucket::new(ADDRESS, &format!("passkey|{}|{}", kind.collection(), network(address)))]
}

/// Where guesses at a second factor are counted. Only who knows the password gets as far.
#[must_use]
pub fn factor(kind: Kind, account: Uuid) -> Vec<Bucket> {
    vec![Bucket::new(ACCOUNT, &format!("factor|{}|{account}", kind.collection()))]
}

/// Where guesses at a proof are counted. Only who has a session gets as far.
#[must_use]
pub fn proof(kind: Kind, account: Uuid) -> Vec<Bucket> {
    vec![Bucket::new(ACCOUNT, &format!("proof|{}|{account}", kind.collection()))]
}

/// Where requests of strangers for a letter are counted.
#[must_use]
fn asking(address: Option<IpAddr>) -> Vec<Bucket> {
    vec![Bucket::new(ASKING, &format!("asking|{}", network(address)))]
}

/// What a letter is about, so that one sort doesn't use up what another may be needed for.
#[derive(Clone, Copy, Debug)]
pub enum About {
    Registration,
    Password,
    SignIn,
    Address,
}

/// Whether a mailbox may get one more letter that anybody can ask for; counts it. Who asks isn't told.
///
/// # Errors
/// When the database refuses.
pub async fn may_write(db: &Client, about: About, email: &str, now: DateTime<Utc>) -> Result<bool> {
    store::take(db, &Bucket::new(MAILBOX, &format!("mailbox|{about:?}|{email}")), now).await
}

/// Where what an address begins at sign-in providers is counted: each may make the panel ask somewhere else.
#[must_use]
pub fn address(address: Option<IpAddr>) -> Vec<Bucket> {
    vec![Bucket::new(ADDRESS, &network(address))]
}

/// Whether the attempt comes from where the account was signed in to before.
#[must_use]
pub fn familiar(buckets: &[Bucket]) -> bool {
    buckets.first().is_some_and(|bucket| bucket.rate.kind == FAMILIAR.kind)
}

/// An IPv6 customer has a whole /64 to rotate through, so that is one address.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|a| a.to_canonical()) {
        None => "unknown".into(),
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => ipnet::Ipv6Net::new(v6, 64).map_or_else(|_| v6.to_string(), |net| net.trunc().to_string()),
    }
}

/// Counts an attempt before it is made, so that many at once can't slip through together.
///
/// # Errors
/// 429 with the seconds until the next one.
pub async fn take(db: &Client, buckets: &[Bucket], now: DateTime<Utc>) -> Result<()> {
    for bucket in buckets {
        if !store::take(db, bucket, now).await? {
            let empty_at = store::empty_at(db, bucket).await?.unwrap_or(now);
            let wait = empty_at - now - Duration::seconds(i64::from(bucket.rate.burst - 1) * i64::from(bucket.rate.seconds));
            return Err(Problem::throttled(u32::try_from(wait.num_milliseconds().max(1).div_euclid(1000) + 1).unwrap_or(u32::MAX)));
        }
    }
    Ok(())
}

/// Counts a stranger's request for a letter, before anything is looked up.
///
/// # Errors
/// 429 when the address asked for enough of them.
pub async fn ask(call: &Call) -> Result<()> {
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("letters"), now).await?;
    let taken = take(tx.db(), &asking(call.request.address), now).await;
    tx.commit().await?;
    taken
}

/// Gives an attempt back: it was the right password.
///
/// # Errors
/// When the database refuses.
pub async fn refund(db: &Client, buckets: &[Bucket]) -> Result<()> {
    for bucket in buckets {
        store::refund(db, bucket).await?;
    }
    Ok(())
}

pub mod store {
    use super::{Bucket, Client, DateTime, Result, Utc};

    const TAKE: &str = "insert into identity.throttle as t (key, kind, empty_at) values ($1, $2, $3::timestamptz + make_interval(secs => $4::int)) \
         on conflict (key) do update set empty_at = greatest(t.empty_at, $3::timestamptz) + make_interval(secs => $4::int) \
         where t.empty_at <= $3::timestamptz + make_interval(secs => $4::int * ($5::int - 1)) returning true";
    const EMPTY_AT: &str = "select empty_at from identity.throttle where key = $1";
    const REFUND: &str = "update identity.throttle set empty_at = empty_at - make_interval(secs => $2::int) where key = $1";
    const SWEEP: &str = "delete from identity.throttle where empty_at < $1";

    pub const STATEMENTS: &[&str] = &[TAKE, EMPTY_AT, REFUND, SWEEP];

    pub(super) async fn take(db: &Client, bucket: &Bucket, now: DateTime<Utc>) -> Result<bool> {
        let rate = bucket.rate;
        Ok(db.query_opt(TAKE, &[&bucket.key, &rate.kind, &now, &rate.seconds, &rate.burst]).await?.is_some())
    }

    pub(super) async fn empty_at(db: &Client, bucket: &Bucket) -> Result<Option<DateTime<Utc>>> {
        Ok(db.query_opt(EMPTY_AT, &[&bucket.key]).await?.map(|row| row.get(0)))
    }

    pub(super) async fn refund(db: &Client, bucket: &Bucket) -> Result<()> {
        db.execute(REFUND, &[&bucket.key, &bucket.rate.seconds]).await?;
        Ok(())
    }

    pub(crate) async fn sweep(db: &Client, now: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&now]).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> String {
        network(Some(address.parse().unwrap()))
    }

    #[test]
    fn a_customer_is_one_address() {
        assert_eq!(key("2001:db8:1:2::3"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::3"), key("2001:db8:1:3::3"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }

    #[test]
    fn a_familiar_browser_shares_no_bucket_with_strangers() {
        let stranger = buckets(Kind::Staff, "ada@example.com", None, None);
        let familiar = buckets(Kind::Staff, "ada@example.com", None, Some("browser|1"));
        assert!(familiar.iter().all(|f| stranger.iter().all(|s| s.key != f.key)));
        assert_eq!(stranger.len(), 3);
        let address = "192.0.2.7".parse().ok();
        assert_eq!(buckets(Kind::Staff, "ada@example.com", address, Some("192.0.2.7")).len(), 2);
        assert_eq!(buckets(Kind::Staff, "ada@example.com", address, Some("browser|1")).len(), 1);
    }
}
