//! Saved views: the state of a list under a name, for oneself, for a role or for everybody.
//! Emits `saved-view.created`, `saved-view.updated`, `saved-view.deleted`.

pub mod store;
pub mod versions;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::actor::Scope as Acting;
use kernel::field::{bool, choice, datetime, reference, text};
use kernel::resource::Scope;
use kernel::secret::random_bytes;
use kernel::{Action, Caller, Ctx, Event, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const SHARE: &str = "saved-views:share";
/// What a list keeps in its address.
const WORDS: [&str; 7] = ["filter", "search", "order", "cols", "density", "group", "sums"];
/// Whose, mine and those that are shown to me; of the platform or of the organization.
macro_rules! visible {
    ($view:literal) => {
        concat!(
            $view,
            ".organization_id is not distinct from (select kernel.organization()) and (",
            $view,
            ".owner_id = (select platform.me()) or ",
            $view,
            ".audience = 'everybody' or (",
            $view,
            ".audience = 'role' and ",
            $view,
            ".role_id = (select platform.my_role())))"
        )
    };
}
pub(crate) use visible;
const AUDIENCES: [(&str, &str, &str); 3] = [("me", "Only me", "gray"), ("role", "A role", "blue"), ("everybody", "Everybody", "green")];

/// One as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct SavedView {
    pub id: Uuid,
    pub page: String,
    pub name: String,
    pub state: String,
    pub audience: Audience,
    pub role_id: Option<Uuid>,
    pub is_default: bool,
    pub mine: bool,
    pub made_by: String,
}

/// Who sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Audience {
    #[default]
    Me,
    Role,
    Everybody,
}

impl Audience {
    fn name(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Role => "role",
            Self::Everybody => "everybody",
        }
    }
}

macro_rules! fact {
    ($(#[$doc:meta])* $name:ident = $event:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        pub struct $name {
            pub id: Uuid,
            pub page: String,
            pub audience: Audience,
        }
        impl Event for $name {
            const NAME: &'static str = $event;
        }
    };
}
fact!(
    /// The state of a list has a name now.
    SavedViewCreated = "saved-view.created"
);
fact!(
    /// It is called, looks or is shown otherwise.
    SavedViewUpdated = "saved-view.updated"
);
fact!(
    /// It is gone.
    SavedViewDeleted = "saved-view.deleted"
);

pub(crate) fn resource() -> Resource<SavedView> {
    Resource::<SavedView>::new("saved-views", "platform.saved_views")
        .called("Saved views", "Saved view")
        .describe("bookmark", "Lists as somebody wants to find them again: filter, order and columns under a name")
        .group("settings/views")
        .scope(Scope::Organization)
        .always(visible!("t"))
        .title("name")
        .default_order("name.asc")
        .field(text("name").required().max(80).search())
        .field(text("page").label("List").always().read_only().filter().sort().help("Address of the list, such as /admin/users"))
        .field(text("state").always().read_only().detail_only().help("The list's own address: filter, search, order, cols, density, group, sums"))
        .field(choice("audience", &AUDIENCES).label("Shown to").always().read_only().filter())
        .field(reference("role_id", "roles").label("Role").read_only().help("Whose holders see it"))
        .field(bool("is_default").label("Default").always().filter().help("The list begins with it"))
        .field(text("made_by").label("By").always().read_only())
        .field(bool("mine").always().read_only().sql("t.owner_id = (select platform.me())").filter())
        .field(text("slug").label("Short link").always().read_only().filter().detail_only().help("Opens at /admin/v/…"))
        .field(datetime("created_at").label("Created").always().read_only().sort().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().filter().sort())
        .action(Action::create(create).label("Save"))
        .action(Action::update(update).guard(others))
        .action(Action::new("share", share).icon("share-2").bulk())
        .action(Action::delete(delete).guard(others).bulk().confirm("Nothing but the view is deleted; the list stays as it is."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000060", "name": "Suspended people", "page": "/admin/users", "state": "filter=status%3Deq.suspended&order=name",
            "audience": "everybody", "role_id": null, "is_default": false, "made_by": "Ada Lovelace", "mine": true, "slug": "kJ8s-2Qx",
            "created_at": "2026-11-20T09:30:00Z", "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

/// What others made is changed by those who may share.
fn others(caller: &Caller, view: &SavedView) -> Option<String> {
    (!view.mine && !caller.permissions.allow(SHARE)).then(|| format!("This view is {}'s", view.made_by))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(length(min = 1, max = 80))]
    name: String,
    /// Address of the list, such as /admin/users or /admin/tables/main/public/track
    #[schemars(length(min = 1, max = 500))]
    page: String,
    /// The list's state as its address has it: filter, search, order, cols, density, group, sums
    #[serde(default)]
    #[schemars(length(max = 8000))]
    state: String,
    /// The list begins with it, for those who see it
    #[serde(default)]
    is_default: bool,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
    slug: String,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let (name, state) = (named(&input.name)?, known(&input.state)?);
    page(ctx, &input.page)?;
    let (id, slug) = (ctx.id(), URL_SAFE_NO_PAD.encode(random_bytes::<6>()));
    let organization = if let Acting::Organization(id) = ctx.caller().scope { Some(id) } else { None };
    if input.is_default {
        store::clear_default(ctx.db(), &input.page, Audience::Me.name(), None, None).await?;
    }
    let made = store::New { id, organization, made_by: &ctx.actor().label, page: &input.page, name, state: &state, slug: &slug };
    store::insert(ctx.db(), &made, input.is_default).await?;
    ctx.emit(SavedViewCreated { id, page: input.page, audience: Audience::Me }).await?;
    Ok(Created { id, slug })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 80))]
    name: Option<String>,
    /// The list's state as its address has it: filter, search, order, cols, density, group, sums
    #[serde(default)]
    #[schemars(with = "String", length(max = 8000))]
    state: Option<String>,
    /// The list begins with it, for those who see it
    #[serde(default)]
    #[schemars(with = "bool")]
    is_default: Option<bool>,
}

async fn update(ctx: &mut Ctx, target: SavedView, input: Update) -> Result<Value> {
    let name = named(input.name.as_deref().unwrap_or(&target.name))?.to_owned();
    let state = known(input.state.as_deref().unwrap_or(&target.state))?;
    let is_default = input.is_default.unwrap_or(target.is_default);
    if is_default {
        store::clear_default(ctx.db(), &target.page, target.audience.name(), target.role_id, Some(target.id)).await?;
    }
    if (name.as_str(), state.as_str()) != (target.name.as_str(), target.state.as_str()) {
        store::keep(ctx.db(), ctx.id(), target.id, &ctx.actor().label).await?;
    }
    store::update(ctx.db(), target.id, &name, &state, is_default).await?;
    ctx.emit(SavedViewUpdated { id: target.id, page: target.page, audience: target.audience }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Share {
    /// Who sees it from now on
    audience: Audience,
    /// The role whose holders see it, when it is shown to one
    #[serde(default)]
    #[schemars(extend("x-references" = "roles"))]
    role_id: Option<Uuid>,
}

async fn share(ctx: &mut Ctx, target: SavedView, input: Share) -> Result<Value> {
    let role = shown_to(ctx, input.audience, input.role_id).await?;
    if target.is_default {
        store::clear_default(ctx.db(), &target.page, input.audience.name(), role, Some(target.id)).await?;
    }
    store::share(ctx.db(), target.id, input.audience.name(), role).await?;
    ctx.emit(SavedViewUpdated { id: target.id, page: target.page, audience: input.audience }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: SavedView, (): ()) -> Result<Value> {
    store::delete(ctx.db(), target.id).await?;
    ctx.emit(SavedViewDeleted { id: target.id, page: target.page, audience: target.audience }).await?;
    Ok(Value::Null)
}

fn named(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() { Err(Problem::field("name", "required", "Give it a name")) } else { Ok(name) }
}

/// Lists of staff begin with `/admin`, those of an organization with `/dashboard`.
fn page(ctx: &Ctx, page: &str) -> Result<()> {
    let root = if matches!(ctx.caller().scope, Acting::Organization(_)) { "/dashboard" } else { "/admin" };
    let parts: Vec<&str> = page.strip_prefix(root).unwrap_or("?").split('/').collect();
    let fits = parts.first() == Some(&"")
        && parts.iter().skip(1).all(|part| !part.is_empty() && !part.contains(['?', '#', '\\']) && !matches!(*part, "." | ".."));
    if fits { Ok(()) } else { Err(Problem::field("page", "format", format!("This is the address of a list, such as {root}/users"))) }
}

/// The state with nothing in it that no list knows, such as another page's words.
fn known(state: &str) -> Result<String> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(state.trim_start_matches('?').as_bytes()).into_owned().collect();
    for (at, (word, _)) in pairs.iter().enumerate() {
        if !WORDS.contains(&word.as_str()) {
            return Err(Problem::field("state", "unknown", format!("A list keeps {}; there is no {word}", WORDS.join(", "))));
        }
        if pairs.iter().take(at).any(|(other, _)| other == word) {
            return Err(Problem::field("state", "repeated", format!("{word} is there twice")));
        }
    }
    Ok(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// The role that sees it, when it is shown to one.
async fn shown_to(ctx: &Ctx, audience: Audience, role: Option<Uuid>) -> Result<Option<Uuid>> {
    match (audience, role) {
        (Audience::Role, Some(role)) if store::role_exists(ctx.db(), role).await? => Ok(Some(role)),
        (Audience::Role, Some(_)) => Err(Problem::field("role_id", "reference", "There is no role with this id here")),
        (Audience::Role, None) => Err(Problem::field("role_id", "required", "Choose the role that sees it")),
        (_, Some(_)) => Err(Problem::field("role_id", "unexpected", "A role is only said when it is shown to one")),
        (_, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn a_state_has_the_words_of_lists_and_each_once() {
        assert_eq!(known("?filter=status%3Deq.a&order=name").unwrap(), "filter=status%3Deq.a&order=name");
        assert_eq!(known("").unwrap(), "");
        for wrong in ["row=5", "tab=structure", "filter=a&filter=b", "javascript:alert(1)", "next=//evil.example"] {
            assert!(known(wrong).is_err(), "{wrong}");
        }
    }
}
