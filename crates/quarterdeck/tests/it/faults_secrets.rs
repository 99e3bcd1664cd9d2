//! Faults of other panels' databases: tokens, seeds and passwords that anybody with a backup can read.

use crate::faults_desk::{Desk, GRACE, Token, cookie, id_of};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::json;
use testkit::{Device, OWNER_EMAIL, PASSWORD};
use work::worker;

/// Every row of every table of ours, as text.
async fn dump(desk: &Desk) -> Vec<(String, String)> {
    let db = desk.t.database().await;
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1";
    let mut rows = Vec::new();
    for table in db.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        for row in db.query(&format!("select t::text from {table} t"), &[]).await.unwrap() {
            rows.push((table.clone(), row.get(0)));
        }
    }
    rows
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test]
async fn no_token_seed_or_password_lies_in_the_database_as_it_is() {
    let desk = Desk::new().await;
    let mut secrets = vec![("password".to_owned(), PASSWORD.to_owned()), ("totp seed".to_owned(), desk.secret.clone())];
    for token in Token::ALL {
        let made = desk.made(token).await;
        secrets.extend(made.split("; ").map(|part| (format!("{token:?}"), part.trim_start_matches("qd_staff=").to_owned())));
    }
    // What is handed out once, asked for with a key so that the answer is kept for a repetition.
    let key = [("idempotency-key", "once")];
    let made = desk.owner.send(http::Method::POST, "/api/v1/keys", &key, Some(json!({"name": "kept", "scopes": ["users:read"]}))).await;
    secrets.push(("key kept for a repetition".into(), made.expect(201)["key"].as_str().unwrap().to_owned()));
    let invited = json!({"email": "mailed@example.com", "mail": true});
    let made = desk.owner.post("/api/v1/users/invite", invited).await.expect(200);
    secrets.push(("mailed link".into(), made["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned()));
    let staff = desk.t.sign_in(OWNER_EMAIL).await;
    let options = staff.post("/api/v1/profile/factors/passkey", json!({})).await.expect(200).body;
    secrets.push(("passkey step".into(), cookie(&staff, "qd_staff_step")));
    let credential = Device::default().create(&options).await;
    let added = staff.post("/api/v1/profile/factors/passkey/confirm", json!({"credential": credential})).await.expect(200);
    secrets
        .extend(added["recovery_codes"].as_array().unwrap().iter().map(|c| ("recovery code".to_owned(), c.as_str().unwrap().to_owned())));
    secrets.push(("setup token".into(), host::boot::setup_token(&desk.t.app.keys).reveal().to_owned()));

    let rows = dump(&desk).await;
    assert!(rows.len() > 100, "only {} rows", rows.len());
    assert!(rows.iter().any(|(_, row)| row.contains(GRACE)), "what is no secret is found");
    let seed = totp_bytes(&desk.secret);
    let mut forms: Vec<(String, String)> = Vec::new();
    for (what, secret) in &secrets {
        assert!(secret.len() >= 16, "{what} is too short to be looked for: {secret}");
        forms.extend(
            [secret.clone(), hex(secret.as_bytes()), STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]
                .map(|form| (what.clone(), form)),
        );
        // The secret part of a key by itself.
        forms
            .extend(secret.rsplit_once('_').filter(|(start, _)| start.starts_with("qd_")).map(|(_, rest)| (what.clone(), rest.to_owned())));
    }
    forms.extend([hex(&seed), STANDARD.encode(&seed), URL_SAFE_NO_PAD.encode(&seed)].map(|form| ("totp seed".to_owned(), form)));
    let found: Vec<String> = rows
        .iter()
        .flat_map(|(table, row)| {
            forms.iter().filter(|(_, form)| row.contains(form.as_str())).map(move |(what, _)| format!("{what} in {table}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn whoever_is_erased_leaves_no_address_device_or_factor_behind() {
    let desk = Desk::new().await;
    let invited = desk.made(Token::UserInvitation).await;
    let email = desk.owner.get("/api/v1/user-invitations?status=eq.open").await.expect(200)[0]["email"].as_str().unwrap().to_owned();
    desk.given(Token::UserInvitation, &invited).await.expect_status(201);
    let id = id_of(&desk.owner, "users", &email).await;
    for (id, email) in [(id.as_str(), email.as_str()), (desk.grace.as_str(), GRACE)] {
        desk.owner.delete(&format!("/api/v1/users/{id}")).await.expect_status(204);
        desk.t.advance(Duration::days(31));
        worker::drain(&desk.t.app).await.unwrap();
        // The audit log, and who looked as them, are kept as evidence.
        let kept = ["kernel.", "auth.impersonation_sessions"];
        let rows = dump(&desk).await.into_iter().filter(|(table, _)| !kept.iter().any(|k| table.starts_with(k)));
        let left: Vec<(String, String)> =
            rows.filter(|(table, row)| row.contains(email) || row.contains(id) && table != "auth.users").collect();
        assert!(left.is_empty(), "{left:#?}");
        desk.owner.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(200);
    }
}

/// The bytes behind a seed's letters (RFC 4648, base 32).
fn totp_bytes(secret: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0, 0_u32, Vec::new());
    for letter in secret.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => continue,
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test]
async fn no_answer_shows_a_hash_or_a_seed_again() {
    let desk = Desk::new().await;
    for token in Token::ALL {
        desk.made(token).await;
    }
    let names = ["password_hash", "token_hash", "code_hash", "secret", "signature"];
    for resource in desk.t.app.registry.resources() {
        let answer = desk.owner.get(&format!("/api/v1/{}", resource.name)).await.expect(200);
        for row in answer.body.as_array().unwrap() {
            let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(!keys.iter().any(|key| names.contains(key)), "{}: {keys:?}", resource.name);
        }
        for name in names {
            for query in [format!("select={name}"), format!("{name}=not.is.null"), format!("order={name}"), format!("select=id,x:{name}")] {
                let refused = desk.owner.get(&format!("/api/v1/{}?{query}", resource.name)).await;
                assert_eq!(refused.status, 400, "{}?{query}: {}", resource.name, refused.text);
            }
        }
    }
    let factors = desk.t.nobody();
    factors.post("/api/v1/account/session", json!({"email": GRACE, "password": PASSWORD})).await.expect_status(200);
    factors.post("/api/v1/account/session/second-factor", json!({"code": desk.code()})).await.expect_status(200);
    let listed = factors.get("/api/v1/account/factors").await.expect(200);
    assert!(!listed.text.contains(&desk.secret), "{}", listed.text);
}
