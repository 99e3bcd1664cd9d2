//! Settings: typed knobs kept in the database, read from memory, the same on every node within a second.
//! An environment variable `QUARTERDECK_SETTING_<KEY>` fixes a value; the page then shows it locked.

use crate::actor::Caller;
use crate::app::App;
use crate::audit;
use crate::ctx::{Ctx, RequestInfo};
use crate::db::Client;
use crate::input;
use crate::problem::{Problem, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};

/// A declared knob, its type forgotten.
#[derive(Clone, Debug, Serialize)]
pub struct SettingDef {
    pub key: &'static str,
    pub module: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub schema: Value,
    pub default: Value,
    pub permission: &'static str,
}

/// A knob with its type, usually a constant of its room.
pub struct Setting<T> {
    pub key: &'static str,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Setting<T> {
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self { key, kind: PhantomData }
    }

    /// Its value now.
    ///
    /// # Errors
    /// 500 when it isn't declared or its default doesn't fit its type: a fault of ours.
    pub fn get(&self, app: &App) -> Result<T> {
        let value = app.settings.value(self.key).ok_or_else(|| Problem::internal(format!("the setting {} is not declared", self.key)))?;
        serde_json::from_value(value).map_err(Problem::internal)
    }

    /// Declares it: a form field from `schema`, a default, words for people.
    #[must_use]
    pub fn declare(&self, label: &'static str, help: &'static str, schema: Value, default: Value) -> SettingDef {
        SettingDef { key: self.key, module: "", label, help, schema, default, permission: "settings:update" }
    }
}

/// See [`App::name`].
pub const PLATFORM_NAME: Setting<String> = Setting::new("system.name");

#[derive(Clone, Debug)]
struct Stored {
    value: Value,
    version: i64,
}

/// Values in memory.
#[derive(Default)]
pub struct Settings {
    defs: Vec<SettingDef>,
    fixed: HashMap<String, Value>,
    stored: RwLock<Arc<HashMap<String, Stored>>>,
}

/// One knob as the API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    pub key: &'static str,
    pub value: Value,
    pub default: Value,
    pub source: &'static str,
    pub locked: bool,
    pub version: String,
}

impl Settings {
    /// `fixed` has what the environment sets: keys as declared, values as text.
    ///
    /// # Errors
    /// When the environment names an unknown key or gives a value that its schema refuses.
    pub fn new(defs: Vec<SettingDef>, environment: &HashMap<String, String>) -> Result<Self> {
        let mut fixed = HashMap::new();
        for (key, text) in environment {
            let def = defs.iter().find(|d| d.key.replace('.', "_").eq_ignore_ascii_case(key) || d.key == key);
            let def = def.ok_or_else(|| Problem::malformed(format!("There is no setting {key}")))?;
            let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
            input::check(&def.schema, &value)
                .map_err(|p| Problem::malformed(format!("The value of setting {}: {}", def.key, p.detail())))?;
            fixed.insert(def.key.to_owned(), value);
        }
        Ok(Self { defs, fixed, stored: RwLock::default() })
    }

    fn snapshot(&self) -> Arc<HashMap<String, Stored>> {
        self.stored.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn def(&self, key: &str) -> Result<&SettingDef> {
        self.defs.iter().find(|d| d.key == key).ok_or_else(|| Problem::not_found(format!("setting {key}")))
    }

    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        self.def(key).ok().map(|def| self.view_of(def, &self.snapshot()).value)
    }

    #[must_use]
    pub fn defs(&self) -> &[SettingDef] {
        &self.defs
    }

    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let stored = self.snapshot();
        self.defs.iter().map(|def| self.view_of(def, &stored)).collect()
    }

    fn view_of(&self, def: &SettingDef, stored: &HashMap<String, Stored>) -> View {
        let kept = stored.get(def.key);
        let (value, source) = match (self.fixed.get(def.key), kept) {
            (Some(value), _) => (value.clone(), "environment"),
            (None, Some(kept)) => (kept.value.clone(), "database"),
            (None, None) => (def.default.clone(), "default"),
        };
        View {
            key: def.key,
            value,
            default: def.default.clone(),
            source,
            locked: source == "environment",
            version: kept.map_or(0, |k| k.version).to_string(),
        }
    }

    /// Reads the database again; every node does it once a second.
    ///
    /// # Errors
    /// When the database is away; the values in memory stay.
    pub async fn reload(&self, app: &App) -> Result<()> {
        let tx = app.db.begin(&Caller::system("settings"), app.clock.now()).await?;
        let stored = store::all(tx.db()).await?;
        tx.rollback().await?;
        self.replace(stored);
        Ok(())
    }

    fn replace(&self, stored: HashMap<String, Stored>) {
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stored);
    }
}

/// Changes one knob, audited, effective here at once and elsewhere within a second. `None` goes back to the default.
///
/// # Errors
/// 403 without permission, 409 when it changed meanwhile or is fixed by the environment, 422 when the value doesn't fit.
pub async fn change(
    app: &Arc<App>,
    caller: &Caller,
    request: &RequestInfo,
    key: &str,
    value: Option<Value>,
    if_match: Option<&str>,
) -> Result<View> {
    let def = app.settings.def(key)?.clone();
    caller.require(def.permission)?;
    if app.settings.fixed.contains_key(key) {
        return Err(Problem::conflict(format!("{key} is fixed by the environment of this installation; change it there"), None));
    }
    if let Some(value) = &value {
        input::check(&def.schema, value)?;
    }
    let mut ctx = Ctx::open(app.clone(), caller.clone(), request.clone()).await?;
    let stored = store::lock_all(ctx.db()).await?;
    let before = stored.get(key);
    let version = before.map_or(0, |s| s.version).to_string();
    if if_match.is_some_and(|expected| expected != version) {
        ctx.rollback().await?;
        let theirs = before.map_or_else(|| def.default.clone(), |s| s.value.clone());
        let field = crate::problem::FieldConflict { field: "value".into(), base: None, mine: value.unwrap_or(def.default), theirs };
        return Err(Problem::conflict(
            "Somebody changed this setting meanwhile",
            Some(crate::problem::Conflict { current_version: version, fields: vec![field] }),
        ));
    }
    match &value {
        Some(value) => store::set(ctx.db(), key, value).await?,
        None => store::unset(ctx.db(), key).await?,
    }
    let change = json!({"before": before.map_or(&def.default, |s| &s.value), "after": value.as_ref().unwrap_or(&def.default)});
    let changes = audit::Changes::from_iter([("value".to_owned(), change)]);
    ctx.audit("settings.update", Some(audit::Target::new("settings", key, def.label)), changes, None).await?;
    let stored = store::all(ctx.db()).await?;
    ctx.commit().await?;
    app.settings.replace(stored);
    Ok(app.settings.view_of(&def, &app.settings.snapshot()))
}

pub mod store {
    use super::{Client, HashMap, Result, Stored, Value};

    const ALL: &str = "select key, value, version from kernel.settings";
    const LOCK: &str = "select key, value, version from kernel.settings for update";
    const SET: &str = "insert into kernel.settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value";
    const UNSET: &str = "delete from kernel.settings where key = $1";

    pub const STATEMENTS: &[&str] = &[ALL, LOCK, SET, UNSET];

    async fn read(db: &Client, sql: &str) -> Result<HashMap<String, Stored>> {
        let rows = db.query(sql, &[]).await?;
        Ok(rows.iter().map(|row| (row.get(0), Stored { value: row.get(1), version: row.get(2) })).collect())
    }

    pub(super) async fn all(db: &Client) -> Result<HashMap<String, Stored>> {
        read(db, ALL).await
    }

    pub(super) async fn lock_all(db: &Client) -> Result<HashMap<String, Stored>> {
        read(db, LOCK).await
    }

    pub(super) async fn set(db: &Client, key: &str, value: &Value) -> Result<()> {
        db.execute(SET, &[&key, &value]).await?;
        Ok(())
    }

    pub(super) async fn unset(db: &Client, key: &str) -> Result<()> {
        db.execute(UNSET, &[&key]).await?;
        Ok(())
    }
}
