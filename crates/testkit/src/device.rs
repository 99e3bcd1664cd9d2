//! What people hold in their hands: an authenticator app, and a passkey in software.

use chrono::{DateTime, Utc};
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use serde_json::Value;
use totp_rs::{Builder, Secret};
use url::Url;

/// The code that an app with this secret shows at this time.
#[must_use]
pub fn totp(secret: &str, at: DateTime<Utc>) -> String {
    let secret = Secret::try_from_base32(secret).expect("a secret is base32");
    let app = Builder::new().with_secret(secret).with_account_name("test").build().expect("a secret is long enough");
    app.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

/// Somebody who is there and shows their finger.
struct Willing;

#[async_trait::async_trait]
impl UserValidationMethod for Willing {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(&self, _: UiHint<'a, Passkey>, _: bool, _: bool) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

/// A device with room for one passkey.
#[derive(Default)]
pub struct Device(Option<Passkey>);

impl Device {
    fn authenticator(&self) -> Authenticator<Option<Passkey>, Willing, RustCryptoBackend> {
        let mut made = Authenticator::new(Aaguid::new_empty(), self.0.clone(), Willing, RustCryptoBackend);
        made.set_make_credentials_with_signature_counter(true);
        made
    }

    /// `navigator.credentials.create`, at the address that tests take place at.
    pub async fn create(&mut self, options: &Value) -> Value {
        let options = serde_json::from_value(options.clone()).expect("options for a new passkey");
        let mut browser = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let made = browser.register(&origin(), options, DefaultClientData).await.expect("the device makes a passkey");
        self.0 = browser.authenticator().store().clone();
        serde_json::to_value(made).unwrap()
    }

    /// `navigator.credentials.get`.
    pub async fn get(&mut self, options: &Value) -> Value {
        let options = serde_json::from_value(options.clone()).expect("options for using a passkey");
        let mut browser = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let used = browser.authenticate(&origin(), options, DefaultClientData).await.expect("the device has a passkey that fits");
        self.0 = browser.authenticator().store().clone();
        serde_json::to_value(used).unwrap()
    }
}

fn origin() -> Url {
    Url::parse("http://localhost:8080").unwrap()
}
