//! What saved views were: whenever another name or state is saved, the one before is kept, the newest fifty of each view.
//! To go back is to save it again, so that nothing is lost by that either.

use kernel::Resource;
use kernel::field::{datetime, int, reference, text};
use kernel::resource::Scope;
use serde_json::{Value, json};

/// Of the views that one sees.
const VISIBLE: &str = concat!("exists (select from platform.saved_views v where v.id = t.view_id and ", super::visible!("v"), ")");

pub(crate) fn resource() -> Resource<Value> {
    Resource::<Value>::new("saved-view-versions", "platform.saved_view_versions")
        .called("Earlier versions of views", "Earlier version")
        .describe("history", "What saved views were before something else was saved in their place")
        .group("settings/views")
        .scope(Scope::Organization)
        .always(VISIBLE)
        .unversioned()
        .title("name")
        .default_order("replaced_at.desc")
        .field(reference("view_id", "saved-views").label("View").always().read_only())
        .field(int("number").always().read_only().filter().sort().help("Counted from the first that was replaced"))
        .field(text("name").always().read_only().search())
        .field(text("state").always().read_only().detail_only().help("The list's own address, as the view had it"))
        .field(text("replaced_by").always().read_only().help("Who saved something else in its place"))
        .field(datetime("replaced_at").label("Until").always().read_only().filter().sort())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000061", "view_id": "0190b6c8-0000-7000-8000-000000000060", "number": 1, "name": "Suspended people",
            "state": "filter=status%3Deq.suspended", "replaced_by": "Ada Lovelace", "replaced_at": "2026-11-20T09:30:00Z"
        }))
}
