//! The place where faults are tried: a platform with people of both kinds, one token of each kind, and a look at the
//! database before and after.

use crate::mail_queue::linked;
use crate::sso_lab::{self, CLIENT, Liar, Sign, begin};
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD, TestApp, totp};

/// What somebody may hold in their hands. A new kind of token belongs here: its door, and what a wrong one is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    StaffSession,
    UserSession,
    /// Between the password and the second factor.
    Step,
    StaffInvitation,
    UserInvitation,
    Reset,
    Key,
    /// Opens an impersonation.
    Code,
    /// The impersonation itself.
    Impersonation,
    /// Signs somebody in from a letter.
    MagicLink,
    /// Typed by people who register.
    RegistrationCode,
    /// Confirms the address of somebody who registered.
    Confirmation,
    /// Confirms another address of somebody who has an account.
    EmailChange,
    /// The browser's half of a visit to a sign-in provider; the other half is in the address.
    Visit,
    /// By which a provider says that somebody signed out there.
    Logout,
}

/// An answer that refuses: status, and the last part of the problem's type.
pub type Refusal = (u16, &'static str);

pub const NOBODY: Refusal = (401, "unauthenticated");
pub const UNKNOWN: Refusal = (404, "not-found");
pub const OVER: Refusal = (410, "gone");
pub const INVALID: Refusal = (422, "validation");
pub const MALFORMED: Refusal = (400, "malformed");
/// A visit ends on a page, which says so.
pub const STRANDED: Refusal = (303, "over");

impl Token {
    pub const ALL: [Self; 15] = [
        Self::StaffSession,
        Self::UserSession,
        Self::Step,
        Self::StaffInvitation,
        Self::UserInvitation,
        Self::Reset,
        Self::Key,
        Self::Code,
        Self::Impersonation,
        Self::MagicLink,
        Self::RegistrationCode,
        Self::Confirmation,
        Self::EmailChange,
        Self::Visit,
        Self::Logout,
    ];

    /// Whether it travels in a header, where some characters can't be.
    pub fn in_header(self) -> bool {
        matches!(self, Self::StaffSession | Self::UserSession | Self::Step | Self::Key | Self::Impersonation | Self::Visit)
    }

    /// What a token that was never given out is answered.
    pub fn unknown(self) -> Refusal {
        match self {
            Self::StaffInvitation | Self::UserInvitation | Self::Reset | Self::MagicLink | Self::Confirmation | Self::EmailChange => {
                UNKNOWN
            }
            Self::Code => OVER,
            Self::RegistrationCode => INVALID,
            Self::Visit => STRANDED,
            Self::Logout => MALFORMED,
            _ => NOBODY,
        }
    }

    /// What something that can't be a token at all is answered: too long, empty, or with characters that none has.
    pub fn impossible(self) -> Refusal {
        match self {
            Self::Logout => MALFORMED,
            _ if self.in_header() => self.unknown(),
            _ => INVALID,
        }
    }
}

/// Panel, people, and what they hold.
pub struct Desk {
    pub t: TestApp,
    pub owner: Client,
    /// A user with a second factor.
    pub grace: String,
    pub secret: String,
    /// A sign-in provider of users.
    pub liar: Liar,
}

pub const GRACE: &str = "grace@example.com";
/// The short name of the provider.
pub const PROVIDER: &str = "visits";

impl Desk {
    pub async fn new() -> Self {
        let t = sso_lab::platform().await;
        let owner = t.owner().await;
        for (key, value) in [("registration", json!("invitation")), ("magic_link", json!(true))] {
            owner.patch(&format!("/api/v1/settings/identity.{key}"), "*", json!({"value": value})).await.expect_status(200);
        }
        let liar = Liar::start().await;
        sso_lab::provider(&owner, PROVIDER, &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
        let client = t.user(&owner, GRACE).await;
        let grace = id_of(&owner, "users", GRACE).await;
        let made = client.post("/api/v1/account/factors/totp", json!({})).await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let code = json!({"id": made["id"], "code": totp(&secret, t.app.clock.now())});
        client.post("/api/v1/account/factors/totp/confirm", code).await.expect_status(200);
        t.advance(chrono::Duration::seconds(30));
        Self { t, owner, grace, secret, liar }
    }

    /// The code that Grace's app shows, each time another one.
    pub fn code(&self) -> String {
        self.t.advance(chrono::Duration::seconds(30));
        totp(&self.secret, self.t.app.clock.now())
    }

    /// A token that is good now.
    pub async fn made(&self, token: Token) -> String {
        let n = self.t.app.ids.next(&self.t.app.clock).simple().to_string();
        let email = format!("{n}@example.com");
        match token {
            Token::StaffSession => cookie(&self.t.sign_in(OWNER_EMAIL).await, "qd_staff"),
            Token::UserSession => cookie(&self.t.user(&self.owner, &email).await, "qd_user"),
            Token::Step => {
                let half = self.t.nobody();
                let answer = half.post("/api/v1/account/session", json!({"email": GRACE, "password": PASSWORD})).await.expect(200);
                assert_eq!(answer["state"], "second_factor");
                cookie(&half, "qd_user_step")
            }
            Token::StaffInvitation => {
                let role = self.owner.get("/api/v1/roles?name=eq.developer").await[0]["id"].clone();
                link(&self.owner.post("/api/v1/staff/invite", json!({"email": email, "role_id": role})).await.expect(200), "token=")
            }
            Token::UserInvitation => link(&self.owner.post("/api/v1/users/invite", json!({"email": email})).await.expect(200), "token="),
            Token::Reset => {
                link(&self.owner.post(&format!("/api/v1/users/{}/reset-link", self.grace), json!({})).await.expect(200), "token=")
            }
            Token::Key => {
                let body = json!({"name": n, "scopes": ["users:read"], "expires_at": self.t.app.clock.now() + chrono::Duration::days(7)});
                self.owner.post("/api/v1/keys", body).await.expect(201)["key"].as_str().unwrap().to_owned()
            }
            Token::Code => self.begun(&self.owner).await,
            Token::Impersonation => {
                let client = self.t.sign_in(OWNER_EMAIL).await;
                let code = self.begun(&client).await;
                client.post("/api/v1/impersonation", json!({"code": code})).await.expect_status(200);
                // Good only beside the session that began it.
                format!("{}; qd_staff={}", cookie(&client, "qd_impersonation"), cookie(&client, "qd_staff"))
            }
            Token::MagicLink => {
                self.t.user(&self.owner, &email).await;
                self.stranger().post("/api/v1/account/session/magic-link", json!({"email": email})).await.expect_status(202);
                self.linked(&email).await
            }
            Token::RegistrationCode => {
                let until = self.t.app.clock.now() + chrono::Duration::days(7);
                let made = self.owner.post("/api/v1/registration-codes", json!({"max_uses": 1, "expires_at": until})).await.expect(201);
                made["code"].as_str().unwrap().to_owned()
            }
            Token::Confirmation => {
                let made = self.owner.post("/api/v1/registration-codes", json!({})).await.expect(201);
                self.registers(&email, made["code"].as_str().unwrap()).await.expect_status(202);
                self.linked(&email).await
            }
            Token::EmailChange => {
                let client = self.t.user(&self.owner, &email).await;
                let new = format!("new-{email}");
                client.post("/api/v1/account/email", json!({"email": new})).await.expect_status(202);
                self.linked(&new).await
            }
            Token::Visit => {
                let browser = self.t.nobody();
                let location = begin(&browser, "/account/session", PROVIDER).await;
                let claims = json!({"sub": n, "email": email});
                self.liar.gives(&self.liar.sign(&self.liar.claims(&self.t, &location, claims), &Sign::Own));
                let (name, value) =
                    browser.cookie().unwrap().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
                format!("{value}; {name}; {}", sso_lab::parameter(&location, "state"))
            }
            Token::Logout => {
                let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
                let claims = json!({"iss": self.liar.issuer, "aud": CLIENT, "iat": self.t.app.clock.now().timestamp(), "jti": n, "sub": "grace", "events": events});
                self.liar.sign(&claims, &Sign::Own)
            }
        }
    }

    /// Somebody at an address of their own, where nothing was counted yet.
    fn stranger(&self) -> Client {
        let [.., one, two] = self.t.app.ids.next(&self.t.app.clock).into_bytes();
        self.t.nobody().from_address(&format!("198.51.{one}.{two}"))
    }

    /// The token of the link that was written to somebody.
    pub async fn linked(&self, email: &str) -> String {
        linked(&self.t, &self.owner, email).await
    }

    pub async fn registers(&self, email: &str, code: &str) -> Answer {
        let body = json!({"name": "Eve", "email": email, "password": PASSWORD, "code": code});
        self.stranger().post("/api/v1/account/registration", body).await
    }

    async fn begun(&self, client: &Client) -> String {
        let begun = client.post(&format!("/api/v1/users/{}/impersonate", self.grace), json!({"reason": "a test"})).await.expect(200);
        link(&begun, "code=")
    }

    /// Knocks at the door that this kind of token opens.
    pub async fn given(&self, token: Token, text: &str) -> Answer {
        let with = |name: &str, value: String| self.t.nobody().with_header("sec-fetch-site", "same-origin").with_header(name, &value);
        match token {
            Token::StaffSession => with("cookie", format!("qd_staff={text}")).get("/api/v1/users").await,
            Token::UserSession => with("cookie", format!("qd_user={text}")).get("/api/v1/account/sessions").await,
            Token::Step => {
                let body = json!({"code": self.code()});
                with("cookie", format!("qd_user_step={text}")).post("/api/v1/account/session/second-factor", body).await
            }
            Token::StaffInvitation => self.t.nobody().post("/api/v1/invitation", join(text)).await,
            Token::UserInvitation => self.t.nobody().post("/api/v1/account/invitation", join(text)).await,
            Token::Reset => {
                let body = json!({"token": text, "password": "violet tundra biscuit anchor"});
                self.t.nobody().post("/api/v1/password-reset", body).await
            }
            Token::Key => with("authorization", format!("Bearer {text}")).get("/api/v1/users").await,
            Token::Code => self.owner.post("/api/v1/impersonation", json!({"code": text})).await,
            Token::Impersonation => {
                let client = with("cookie", format!("qd_impersonation={text}")).with_header("quarterdeck-account", "user");
                let answer = client.get("/api/v1/session/elevations").await;
                assert_ne!(answer.status, 403, "{}", answer.text);
                answer
            }
            Token::MagicLink => {
                let body = json!({"token": text, "elsewhere": true});
                self.stranger().post("/api/v1/account/session/magic-link/answer", body).await
            }
            Token::RegistrationCode => self.registers("eve@example.com", text).await,
            Token::Confirmation => self.stranger().post("/api/v1/account/registration/confirm", json!({"token": text})).await,
            Token::EmailChange => self.stranger().post("/api/v1/account/email/confirm", json!({"token": text})).await,
            Token::Visit => {
                let (value, rest) = text.split_once("; ").unwrap_or((text, "qd_visit_0123456789ab; state"));
                let (name, state) = rest.split_once("; ").unwrap();
                let back = format!("/auth/sso/{PROVIDER}/callback?code=code&state={state}");
                with("cookie", format!("{name}={value}")).get(&back).await
            }
            Token::Logout => {
                let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", text).finish();
                let kind = ("content-type", "application/x-www-form-urlencoded");
                self.t.nobody().send_bytes(Method::POST, &format!("/auth/sso/{PROVIDER}/logout"), &[kind], Some(form.into_bytes())).await
            }
        }
    }

    /// All that is kept about people and their access, but for what counts attempts.
    pub async fn state(&self) -> String {
        state(&self.t).await
    }

    /// It is refused just so, with words, and nothing was changed.
    pub async fn refuses(&self, token: Token, text: &str, refusal: Refusal, what: &str) {
        let before = self.state().await;
        let answer = self.given(token, text).await;
        let page = answer.header("location").map(ToOwned::to_owned);
        let kind = match &page {
            Some(page) => page.split("sso=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default().to_owned(),
            None => answer["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned(),
        };
        assert_eq!((answer.status, kind.as_str()), refusal, "{token:?}, {what}: {} {page:?}", answer.text);
        let said = answer["detail"].as_str().is_some_and(|said| !said.is_empty());
        assert!(said || page.is_some(), "{token:?}, {what}: no words in {}", answer.text);
        assert!(
            !answer.headers.get_all("set-cookie").iter().any(|c| c.to_str().is_ok_and(|c| !c.contains("Max-Age=0"))),
            "{token:?}, {what}"
        );
        assert_eq!(self.state().await, before, "{token:?}, {what}: something was changed");
    }
}

const TABLES: &str = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('auth', 'dashboard_auth', 'identity', 'explorer') \
     and format('%I.%I', schemaname, tablename) <> all ('{identity.throttle,identity.accesses,identity.key_counts}') order by 1";

/// A fingerprint of every row about people and their access, but for when a session was last used.
pub async fn state(t: &TestApp) -> String {
    let db = t.database().await;
    let look = |row: &tokio_postgres::Row| {
        let table: String = row.get(0);
        // When something was last used is written a moment later.
        let restless = if table == "identity.api_keys" { "last_used_at,last_used_address" } else { "last_seen_at,idle_expires_at" };
        let rows = format!("(to_jsonb(t) - '{{{restless}}}'::text[])::text");
        format!("select '{table} ' || count(*) || ' ' || coalesce(md5(string_agg({rows}, '|' order by {rows})), '') from {table} t")
    };
    // All at once: it is looked at some thousand times.
    let looks: Vec<String> = db.query(TABLES, &[]).await.unwrap().iter().map(look).collect();
    let found = db.query(&looks.join(" union all "), &[]).await.unwrap();
    found.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

pub async fn id_of(owner: &Client, collection: &str, email: &str) -> String {
    owner.get(&format!("/api/v1/{collection}?email=eq.{email}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

/// The value of one cookie in a client's jar.
pub fn cookie(client: &Client, name: &str) -> String {
    let jar = client.cookie().unwrap_or_default();
    let found = jar.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no cookie {name} in {jar}")).to_owned()
}

/// What follows in the address that an answer gives.
pub fn link(answer: &Answer, after: &str) -> String {
    let link = ["link", "open"].iter().find_map(|name| answer[*name].as_str()).unwrap_or_else(|| panic!("no link in {}", answer.text));
    link.split(after).nth(1).unwrap().to_owned()
}

fn join(token: &str) -> Value {
    json!({"token": token, "name": "Eve", "password": PASSWORD})
}
