//! A provider that vouches for a second factor, in an organization that asks for one.

use crate::house::{acting, join, organization};
use crate::sso_lab::{Liar, page, platform, provider};
use crate::sweeps_world::World;
use serde_json::json;

#[tokio::test]
async fn whoever_showed_a_second_factor_to_their_provider_may_ask_others_for_one() {
    let world = World::of(platform().await).await;
    let id = organization(&world, "Ours").await;
    join(&world, &id, "ada@house.example", "admin", "admin").await;
    let liar = Liar::start().await;
    let more = json!({"account_kind": "user", "organization_id": id, "domains": ["example.com"], "create_accounts": true,
        "default_role_id": world.role("admin", "organization").await, "default_level": "admin", "second_factor_values": ["mfa"]});
    provider(&world.owner, "corp", &liar.issuer, more).await;
    let come = async |amr: &str| {
        let browser = world.app.nobody();
        let said = json!({"amr": [amr], "auth_time": world.app.app.clock.now().timestamp()});
        assert_eq!(page(&liar.sign_in(&world.app, &browser, "/account/session", "corp", said).await), "/dashboard");
        acting(browser, &id)
    };
    let path = format!("/api/v1/organizations/{id}");
    let asks = json!({"second_factor": true});
    let without = come("pwd").await;
    let refused = without.patch(&path, "*", asks.clone()).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("lock you out"), "{}", refused.text);
    let role = format!("/api/v1/roles/{}/set-rules", world.role("admin", "organization").await);
    without.post(&role, asks.clone()).await.expect_status(403);

    let vouched = come("mfa").await;
    vouched.post(&role, asks.clone()).await.expect_status(200);
    vouched.patch(&path, "*", asks).await.expect_status(200);
    vouched.get("/api/v1/memberships").await.expect_status(200);
    without.get("/api/v1/memberships").await.expect_status(403);
}
