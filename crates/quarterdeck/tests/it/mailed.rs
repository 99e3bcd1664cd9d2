//! A platform whose letters can be read: a real mail server, and the links in what it got.

use serde_json::{Value, json};
use testkit::{Answer, Client, MailServer, PASSWORD, TestApp};
use work::worker;

pub struct Mailed {
    pub app: TestApp,
    pub owner: Client,
    server: MailServer,
}

impl Mailed {
    pub async fn start() -> Self {
        let server = MailServer::start(json!({}));
        let url = server.url("smtp", "");
        let app = TestApp::with(
            quarterdeck::product(),
            &[
                ("QUARTERDECK_SMTP_URL", url.as_str()),
                ("QUARTERDECK_MAIL_FROM", "deck@example.com"),
                ("QUARTERDECK_ENVIRONMENT", "production"),
            ],
        )
        .await;
        let owner = app.owner().await;
        Self { app, owner, server }
    }

    /// A platform on which everybody may register.
    pub async fn open() -> Self {
        let mailed = Self::start().await;
        mailed.set("identity.registration", json!("open")).await;
        mailed
    }

    pub async fn set(&self, key: &str, value: Value) {
        self.owner.patch(&format!("/api/v1/settings/{key}"), "*", json!({"value": value})).await.expect(200);
    }

    /// Every letter so far, after the worker has done what there is.
    pub async fn letters(&self) -> Vec<Value> {
        worker::drain(&self.app.app).await.unwrap();
        let db = self.app.database().await;
        let sent: i64 = db
            .query_one("select count(*) from kernel.finished_jobs where kind = 'mail.deliver' and state = 'completed'", &[])
            .await
            .unwrap()
            .get(0);
        self.server.sent(usize::try_from(sent).unwrap())
    }

    /// What was written to somebody, oldest first.
    pub async fn letters_to(&self, email: &str) -> Vec<Value> {
        let to = |letter: &Value| letter["head"]["to"].as_str().is_some_and(|to| to.contains(&email.to_lowercase()));
        self.letters().await.into_iter().filter(to).collect()
    }

    /// The token of the link in the newest letter to somebody that has one; notices, which have none, may be sent after it.
    pub async fn token_for(&self, email: &str) -> String {
        let letters = self.letters_to(email).await;
        let linked = letters.iter().rev().find(|letter| letter["text"].as_str().is_some_and(|text| text.contains("token=")));
        token_in(linked.unwrap_or_else(|| panic!("no link was written to {email}: {letters:?}")))
    }

    /// Registers with the password all tests use; `more` is added to the input.
    pub async fn register(&self, client: &Client, email: &str, more: Value) -> Answer {
        let mut body = json!({"name": "Grace Hopper", "email": email, "password": PASSWORD});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.post("/api/v1/account/registration", body).await
    }

    /// Registers, and opens the link of the letter in the same browser.
    pub async fn join(&self, email: &str, more: Value) -> Client {
        let client = self.app.nobody();
        self.register(&client, email, more).await.expect(202);
        let token = self.token_for(email).await;
        client.post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect(201);
        client
    }

    pub async fn sign_in(&self, client: &Client, email: &str) -> Answer {
        client.post("/api/v1/account/session", json!({"email": email, "password": PASSWORD})).await
    }

    pub async fn users(&self) -> usize {
        self.owner.get("/api/v1/users").await.expect(200).body.as_array().unwrap().len()
    }

    pub async fn organization(&self, name: &str) -> String {
        self.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
    }

    pub async fn role(&self, name: &str) -> String {
        let roles = self.owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.organization")).await.expect(200);
        roles[0]["id"].as_str().unwrap().to_owned()
    }

    /// A member of an organization, acting for it.
    pub async fn member(&self, organization: &str, role: &str, level: &str, email: &str) -> Client {
        self.app.user(&self.owner, email).await;
        let user = self.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
        let body = json!({"organization_id": organization, "user_id": user, "role_id": self.role(role).await, "level": level});
        self.owner.post("/api/v1/memberships", body).await.expect_status(201);
        let client = self.app.user_in(email).await;
        client.with_header("quarterdeck-account", "user").with_header("quarterdeck-organization", organization)
    }
}

/// Whether a letter says this, wherever its lines break.
pub fn says(letter: &Value, text: &str) -> bool {
    letter["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ").contains(text)
}

pub fn token_in(letter: &Value) -> String {
    let text = letter["text"].as_str().unwrap();
    let rest = text.split("token=").nth(1).unwrap_or_else(|| panic!("no link in {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}
