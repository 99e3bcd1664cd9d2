//! On the way to a provider and back. The browser keeps a token in a cookie of its own for each visit, the address has
//! the `state`; both must come back together, once, within ten minutes. What goes out is bound to what comes back by a
//! nonce in the ID token, and the code to this panel by a challenge (PKCE, S256).

use super::described::Described;
use super::provider::store::Stored;
use super::refusal::{Reason, Refusal, Stop};
use crate::cookie;
use chrono::{DateTime, Duration, Utc};
use http::HeaderMap;
use kernel::endpoint::Response;
use kernel::secret::{self, Token};
use kernel::{App, Caller, Ctx, Problem, Result};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// People sign in there in that time, second factor and all.
const GOOD_FOR: Duration = Duration::minutes(10);

/// What a visit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    SignIn,
    /// Connecting one's account to oneself at the provider.
    Connect,
    /// Proving again who sits there.
    Proof,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Connect => "connect",
            Self::Proof => "proof",
        }
    }

    fn stored(word: &str) -> Self {
        match word {
            "connect" => Self::Connect,
            "proof" => Self::Proof,
            _ => Self::SignIn,
        }
    }
}

/// What only this panel knows of a visit.
#[derive(Serialize, Deserialize)]
struct Secrets {
    state: String,
    nonce: String,
    verifier: String,
    return_to: Option<String>,
    #[serde(default)]
    invitation: Option<String>,
}

/// What a visit is begun with.
pub(super) struct Plan<'a> {
    pub purpose: Purpose,
    /// Account and session of who is signed in, when it is about their own account.
    pub who: Option<(Uuid, Uuid)>,
    pub return_to: Option<String>,
    /// Whom the provider may suggest.
    pub hint: Option<&'a str>,
    /// The token of an invitation that is accepted by it.
    pub invitation: Option<String>,
}

/// A visit that has begun.
pub(super) struct Begun {
    /// Where the browser goes now.
    pub location: String,
    mark: String,
    token: Token,
}

impl Begun {
    /// Gives the browser its half of the visit.
    pub(super) fn remember(&self, response: &mut Response, tls: bool) {
        cookie::set_visit(response, &self.mark, self.token.reveal(), GOOD_FOR.num_seconds(), tls);
    }
}

/// A visit that came back.
pub(super) struct Visit {
    pub purpose: Purpose,
    pub who: Option<(Uuid, Uuid)>,
    pub return_to: Option<String>,
    pub invitation: Option<String>,
    pub nonce: String,
    pub verifier: String,
    pub began: DateTime<Utc>,
}

/// The name of a visit's cookie, from its state.
pub(super) fn mark(state: &str) -> String {
    secret::hash(state).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn place(id: Uuid) -> String {
    format!("identity.provider_visits|secrets|{id}")
}

/// Begins a visit, in the transaction of `ctx`.
///
/// # Errors
/// When the database refuses.
pub(super) async fn begin(ctx: &Ctx, stored: &Stored, described: &Described, plan: Plan<'_>) -> Result<Begun> {
    let provider = &stored.provider;
    let (id, token) = (ctx.id(), Token::random());
    let random = || Token::random().reveal().to_owned();
    let secrets = Secrets { state: random(), nonce: random(), verifier: random(), return_to: plan.return_to, invitation: plan.invitation };
    let sealed = ctx.app().keys.seal(&place(id), &serde_json::to_vec(&secrets).map_err(Problem::internal)?)?;
    let new = store::New {
        id,
        provider: provider.id,
        token_hash: token.hash(),
        purpose: plan.purpose.word(),
        who: plan.who,
        secrets: sealed,
        now: ctx.now(),
        until: ctx.now() + GOOD_FOR,
    };
    store::insert(ctx.db(), &new).await?;
    let mut url = Url::parse(&described.authorization).map_err(Problem::internal)?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", &super::redirect_uri(ctx.app(), &provider.slug))
            .append_pair("scope", &provider.scopes.join(" "))
            .append_pair("state", &secrets.state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &challenge(&secrets.verifier))
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = plan.hint {
            query.append_pair("login_hint", hint);
        }
        if plan.purpose == Purpose::Proof {
            query.append_pair("prompt", "login").append_pair("max_age", "0");
        }
    }
    Ok(Begun { location: url.into(), mark: mark(&secrets.state), token })
}

fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret::hash(verifier))
}

/// The visit that comes back with this state in this browser. It is used up, whatever comes of it.
pub(super) async fn take(app: &App, headers: &HeaderMap, tls: bool, stored: &Stored, state: &str) -> Result<Visit, Stop> {
    let over = |why: &str| Stop::from(Refusal::new(Reason::Over, why));
    let token = cookie::visit(headers, &mark(state), tls).ok_or_else(|| over("the visit was begun in another browser, or long ago"))?;
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("single sign-on"), now).await?;
    let found = store::use_up(tx.db(), &secret::hash(token), now).await?;
    tx.commit().await?;
    let found = found.ok_or_else(|| over("the visit took too long, or came back already"))?;
    let plain = app.keys.open(&place(found.id), &found.secrets)?;
    let secrets: Secrets = serde_json::from_slice(plain.expose_secret()).map_err(Problem::internal)?;
    if !secret::same(secrets.state.as_bytes(), state.as_bytes()) || found.provider != stored.provider.id {
        return Err(over("the visit was to another provider"));
    }
    Ok(Visit {
        purpose: Purpose::stored(&found.purpose),
        who: found.who,
        return_to: secrets.return_to,
        invitation: secrets.invitation,
        nonce: secrets.nonce,
        verifier: secrets.verifier,
        began: found.began,
    })
}

pub mod store {
    use super::{DateTime, Result, Utc, Uuid};
    use kernel::Client;

    const INSERT: &str = "insert into identity.provider_visits (id, provider_id, token_hash, purpose, account_id, session_id, secrets, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const USE_UP: &str = "update identity.provider_visits set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 \
         returning id, provider_id, purpose, account_id, session_id, secrets, created_at";
    const SWEEP: &str = "delete from identity.provider_visits where expires_at < $1";

    pub const STATEMENTS: &[&str] = &[INSERT, USE_UP, SWEEP];

    /// A visit on its way into the database.
    pub(super) struct New {
        pub id: Uuid,
        pub provider: Uuid,
        pub token_hash: Vec<u8>,
        pub purpose: &'static str,
        pub who: Option<(Uuid, Uuid)>,
        pub secrets: Vec<u8>,
        pub now: DateTime<Utc>,
        pub until: DateTime<Utc>,
    }

    pub(super) struct Found {
        pub id: Uuid,
        pub provider: Uuid,
        pub purpose: String,
        pub who: Option<(Uuid, Uuid)>,
        pub secrets: Vec<u8>,
        pub began: DateTime<Utc>,
    }

    pub(super) async fn insert(db: &Client, new: &New) -> Result<()> {
        let (account, session) = (new.who.map(|who| who.0), new.who.map(|who| who.1));
        db.execute(
            INSERT,
            &[&new.id, &new.provider, &new.token_hash, &new.purpose, &account, &session, &new.secrets, &new.now, &new.until],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn use_up(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Found>> {
        let row = db.query_opt(USE_UP, &[&hash, &now]).await?;
        Ok(row.map(|row| Found {
            id: row.get(0),
            provider: row.get(1),
            purpose: row.get(2),
            who: row.get::<_, Option<Uuid>>(3).zip(row.get::<_, Option<Uuid>>(4)),
            secrets: row.get(5),
            began: row.get(6),
        }))
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
