//! Addresses that the source documents print work as printed.

use crate::sweeps_world::World;
use testkit::TestApp;

#[tokio::test]
async fn what_is_printed_under_administration_leads_to_the_same_place_under_admin() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let nobody = world.app.nobody();
    for (printed, leads) in [
        ("/administration", "/admin"),
        ("/administration/", "/admin"),
        ("/administration/users", "/admin/users"),
        ("/administration/users?search=ada&order=email", "/admin/users?search=ada&order=email"),
        ("/administration/bull-board", "/admin/jobs"),
        ("/administration/categories/relations", "/admin/categories/relations"),
        ("/administration/checklists/purposes", "/admin/checklists/purposes"),
        (
            "/administration/workspaces/0190b6c8-0000-7000-8000-000000000010/network",
            "/admin/workspaces/0190b6c8-0000-7000-8000-000000000010/network",
        ),
        // Never another host.
        ("/administration//evil.example", "/admin/evil.example"),
        ("/administration/%2F%2Fevil.example", "/admin/%2F%2Fevil.example"),
    ] {
        let answer = nobody.get(printed).await;
        let to = answer.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
        assert_eq!((answer.status, to.as_deref()), (308, Some(leads)), "{printed}");
    }
    // Only the word itself.
    let other = nobody.get("/administrations").await;
    assert_ne!(other.status, 308);
}
