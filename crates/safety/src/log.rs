//! The audit log as a noun: read-only, listed by the one engine.

use kernel::field::{choice, datetime, json as json_field, text, uuid};
use kernel::registry::{Module, Page};
use kernel::{Resource, Scope};
use serde_json::{Value, json};

/// The safety room's first noun; the log itself belongs to the kernel.
#[must_use]
pub fn module() -> Module {
    Module::new("safety", "Safety", "shield-check").resource(audit()).page(Page {
        name: "audit",
        module: "",
        group: "safety",
        label: "Audit log",
        icon: "scroll-text",
        path: "/admin/audit",
        permission: "audit:read",
    })
}

/// As [`kernel::audit::chain_of`] names it.
const CHAIN: &str = "coalesce('organization:' || t.organization_id, 'platform')";
/// An organization reads that staff did it, and their name; whether by a key, and from where, is the platform's own business.
const ACTOR_KIND: &str =
    "case when (select kernel.organization()) is not null and kernel.by_staff(t.actor_kind, t.actor_id) then 'staff' else t.actor_kind end";
const ADDRESS: &str =
    "case when (select kernel.organization()) is null or not kernel.by_staff(t.actor_kind, t.actor_id) then t.address end";
/// What a row is about, by the name of its action; how long rows are kept goes by it.
const CLASS: &str = "kernel.audit_class(t.action)";
/// One text of what is worth looking for, and one index over it.
const WORDS: &str = "kernel.audit_words(t.actor_label, t.subject_label, t.action, t.target_label, t.target_id, t.detail, t.changes)";

fn audit() -> Resource<Value> {
    Resource::<Value>::new("audit", "kernel.audit_log")
        .called("Audit log", "Audit row")
        .describe("scroll-text", "Who did what, when, from where; each row is chained to the one before")
        .group("safety")
        .scope(Scope::Organization)
        .unversioned()
        .title("action")
        .default_order("at.desc")
        .field(datetime("at").always().label("When").filter().sort())
        .field(choice("actor_kind", &[("staff", "Staff", "blue"), ("person", "Person", "gray"), ("key", "API key", "gray"), ("job", "Job", "gray"), ("system", "System", "gray"), ("nobody", "Nobody", "yellow")]).sql(ACTOR_KIND).always().detail_only())
        .field(text("actor_label").always().label("Who").filter().sort())
        .field(uuid("actor_id").label("Actor id").filter().detail_only())
        .field(text("subject_label").label("Acting as").filter().detail_only())
        .field(uuid("subject_id").label("Subject id").filter().detail_only())
        .field(text("action").always().filter().sort())
        .field(choice("class", &[("change", "Change", "gray"), ("access", "Sensitive read", "blue"), ("sign_in", "Sign-in", "gray"), ("security", "Security", "yellow")]).sql(CLASS).always().filter().detail_only())
        .field(text("target_kind").label("Kind").filter())
        .field(text("target_id").label("Target id").filter().detail_only())
        .field(text("target_label").label("Target").filter().sort())
        .field(json_field("changes").sql("t.changes::jsonb").label("Changes").detail_only())
        .field(choice("outcome", &[("ok", "Done", "green"), ("refused", "Refused", "yellow"), ("failed", "Failed", "red"), ("started", "Started", "gray")]).always())
        .field(text("detail").label("Detail").filter().detail_only())
        .field(text("address").label("Address").sql(ADDRESS).filter().detail_only())
        .field(text("words").label("Text").sql(WORDS).only_searched())
        .field(text("request_id").label("Request").filter().detail_only())
        .field(text("chain").always().sql(CHAIN).filter().detail_only())
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "at": "2026-11-20T09:30:00Z", "actor_kind": "staff", "actor_id": "0190b6c8-0000-7000-8000-000000000001",
            "actor_label": "Ada Lovelace", "subject_id": null, "subject_label": null, "action": "users.suspend", "class": "change", "target_kind": "users",
            "target_id": "0190b6c8-0000-7000-8000-000000000002", "target_label": "grace@example.com",
            "changes": {"status": {"before": "active", "after": "suspended"}}, "outcome": "ok", "detail": null, "address": "127.0.0.1",
            "request_id": "4bf92f3577b34da6a3ce929d0e0e4736", "chain": "platform"
        }))
}
