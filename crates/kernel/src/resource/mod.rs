//! Resources: nouns. One declaration gives list and get, filters, forms, permissions, documents and the command line.

pub mod endpoints;
pub mod many;
pub mod record;
mod write;

use crate::action::{Action, ActionDef, ActionKind, Risk, TargetKind};
use crate::field::{Editable, Field, FieldType};
use crate::list::{Column, ColumnType, Relation, quote_qualified};
use crate::problem::Result;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

/// Whose objects they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Platform,
    Organization,
}

/// A declared noun, its type forgotten: what the registry keeps.
pub struct ResourceDef {
    /// The collection: plural, in the URL, the permission and the command line.
    pub name: &'static str,
    pub table: &'static str,
    pub module: &'static str,
    pub label: String,
    pub singular: String,
    pub icon: &'static str,
    pub description: &'static str,
    pub group: &'static str,
    pub scope: Scope,
    /// Every change of it is administrative: see [`Action::administrative`].
    pub administrative: bool,
    /// What says which organization an object belongs to, where it belongs to one.
    organization: &'static str,
    pub fields: Vec<Field>,
    pub title_field: &'static str,
    pub default_order: &'static str,
    /// Whether rows have a `version` column, raised by trigger.
    pub versioned: bool,
    /// SQL over `t` that always holds, such as `t.deleted_at is null`.
    pub always: Option<&'static str>,
    /// Found by the palette's record search.
    pub in_search: bool,
    pub actions: Vec<ActionDef>,
    pub sample: Value,
    relation: Relation,
}

impl ResourceDef {
    #[must_use]
    pub fn permission(&self, verb: &str) -> String {
        format!("{}:{verb}", self.name)
    }

    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ActionDef> {
        self.actions.iter().find(|a| a.name == name)
    }

    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The organization that an object belongs to, or is.
    #[must_use]
    pub fn organization(&self, object: &Value) -> Option<Uuid> {
        let own = object[self.organization].as_str().filter(|_| self.scope == Scope::Organization);
        own.and_then(|id| Uuid::parse_str(id).ok())
    }

    /// What the list engine lists.
    #[must_use]
    pub fn relation(&self) -> &Relation {
        &self.relation
    }

    /// The words an object is called by.
    #[must_use]
    pub fn title(&self, record: &Value) -> String {
        let title = &record[self.title_field];
        title.as_str().map_or_else(|| title.to_string(), str::to_owned)
    }

    /// JSON Schema of one object as it is read.
    #[must_use]
    pub fn schema(&self) -> Value {
        let shown = self.fields.iter().filter(|f| f.is_shown());
        let mut properties: Map<String, Value> = shown.clone().map(|f| (f.name.to_owned(), f.schema())).collect();
        properties.insert("id".into(), json!({"type": "string", "format": "uuid"}));
        if self.versioned {
            properties.insert("version".into(), json!({"type": "string", "description": "Raised by every change; the ETag"}));
        }
        let mut required: Vec<&str> = shown.filter(|f| !f.nullable).map(|f| f.name).collect();
        required.push("id");
        json!({"type": "object", "title": self.singular, "description": self.description, "properties": properties, "required": required})
    }
}

/// Declares a noun whose objects are read as `T`.
pub struct Resource<T> {
    def: ResourceDef,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> Resource<T> {
    /// `table` is `schema.table`; its primary key is `id uuid`. What only is read may come of `schema.function()`.
    #[must_use]
    pub fn new(name: &'static str, table: &'static str) -> Self {
        let mut chars = name.chars();
        let label: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
        let singular =
            label.strip_suffix("ies").map_or_else(|| label.strip_suffix('s').unwrap_or(&label).to_owned(), |stem| format!("{stem}y"));
        Self {
            def: ResourceDef {
                name,
                table,
                module: "",
                label,
                singular,
                icon: "",
                description: "",
                group: "",
                scope: Scope::Platform,
                administrative: false,
                organization: "organization_id",
                fields: Vec::new(),
                title_field: "name",
                default_order: "id.desc",
                versioned: true,
                always: None,
                in_search: false,
                actions: Vec::new(),
                sample: Value::Null,
                relation: Relation::new(""),
            },
            kind: PhantomData,
        }
    }

    /// An icon of the one set the UI uses (Lucide), and one sentence for people who see it for the first time.
    #[must_use]
    pub fn describe(mut self, icon: &'static str, text: &'static str) -> Self {
        self.def.icon = icon;
        self.def.description = text;
        self
    }

    /// What many and one are called.
    #[must_use]
    pub fn called(mut self, many: &str, one: &str) -> Self {
        self.def.label = many.into();
        self.def.singular = one.into();
        self
    }

    /// The navigation group it stands in; `people/keys` shares the entry `keys` of it with others that say so, as tabs.
    #[must_use]
    pub fn group(mut self, group: &'static str) -> Self {
        self.def.group = group;
        self
    }

    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.def.scope = scope;
        self
    }

    /// Every change of it is about people, roles, keys, security or money; a level below `admin` takes them away.
    #[must_use]
    pub fn administrative(mut self) -> Self {
        self.def.administrative = true;
        self
    }

    /// Its objects are the organizations themselves.
    #[must_use]
    pub fn organizations(mut self) -> Self {
        self.def.organization = "id";
        self
    }

    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.def.fields.push(field);
        self
    }

    /// The field people know an object by.
    #[must_use]
    pub fn title(mut self, field: &'static str) -> Self {
        self.def.title_field = field;
        self
    }

    /// Like `order=`: `created_at.desc,name`.
    #[must_use]
    pub fn default_order(mut self, order: &'static str) -> Self {
        self.def.default_order = order;
        self
    }

    /// Rows are never changed, so they carry no version.
    #[must_use]
    pub fn unversioned(mut self) -> Self {
        self.def.versioned = false;
        self
    }

    /// SQL over `t` that always holds, such as `t.deleted_at is null`.
    #[must_use]
    pub fn always(mut self, sql: &'static str) -> Self {
        self.def.always = Some(sql);
        self
    }

    /// Found by the palette's record search.
    #[must_use]
    pub fn in_search(mut self) -> Self {
        self.def.in_search = true;
        self
    }

    #[must_use]
    pub fn action(mut self, action: Action<T>) -> Self {
        self.def.actions.push(action.def);
        self
    }

    /// Ordinary creation from the editable fields.
    #[must_use]
    pub fn create(mut self) -> Self {
        let schema = self.input_schema(true);
        let writer = write::Writer::new(&self.def);
        let mut made = Action::<T>::with(
            "create",
            ActionKind::Create,
            TargetKind::None,
            schema,
            Arc::new(move |ctx, _, input| {
                let writer = writer.clone();
                Box::pin(async move { writer.insert(ctx, &input).await })
            }),
        );
        made.def.icon = "plus";
        self.def.actions.push(made.def);
        self
    }

    /// Ordinary change of the fields given.
    #[must_use]
    pub fn update(mut self) -> Self {
        let schema = self.input_schema(false);
        let writer = write::Writer::new(&self.def);
        let mut made = Action::<T>::with(
            "update",
            ActionKind::Update,
            TargetKind::One,
            schema,
            Arc::new(move |ctx, target, input| {
                let writer = writer.clone();
                Box::pin(async move { writer.update(ctx, &target, &input).await })
            }),
        );
        made.def.icon = "pencil";
        self.def.actions.push(made.def);
        self
    }

    /// Ordinary removal of the row.
    #[must_use]
    pub fn delete(mut self) -> Self {
        let writer = write::Writer::new(&self.def);
        let schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
        let mut made = Action::<T>::with(
            "delete",
            ActionKind::Delete,
            TargetKind::One,
            schema,
            Arc::new(move |ctx, target, _| {
                let writer = writer.clone();
                Box::pin(async move { writer.delete(ctx, &target).await })
            }),
        )
        .risk(Risk::Danger);
        made.def.icon = "trash-2";
        self.def.actions.push(made.def);
        self
    }

    /// An example object, for documents and tests.
    #[must_use]
    pub fn sample(mut self, sample: Value) -> Self {
        self.def.sample = sample;
        self
    }

    fn input_schema(&self, create: bool) -> Value {
        let settable = |f: &&Field| f.editable == Editable::Always || (create && f.editable == Editable::Create);
        let fields: Vec<&Field> = self.def.fields.iter().filter(settable).collect();
        let properties: Map<String, Value> = fields.iter().map(|f| (f.name.to_owned(), f.schema())).collect();
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if create {
            schema["required"] = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
        } else {
            schema["minProperties"] = 1.into();
        }
        schema
    }

    /// Ends the declaration; the registry calls it.
    ///
    /// # Errors
    /// When the default order names no field.
    pub fn build(self, module: &'static str) -> Result<ResourceDef> {
        let mut def = self.def;
        def.module = module;
        for action in &mut def.actions {
            action.permission = format!("{}:{}", def.name, action.name);
            action.administrative |= def.administrative;
        }
        def.relation = relation(&def)?;
        Ok(def)
    }
}

/// The columns of the list engine that the fields declare.
fn relation(def: &ResourceDef) -> Result<Relation> {
    let (schema, table) = def.table.split_once('.').unwrap_or(("public", def.table));
    let from = table.strip_suffix("()").map_or_else(|| quote_qualified(schema, table), |made| quote_qualified(schema, made) + "()");
    let mut relation = Relation::new(from).primary_key(&["id"]);
    relation = relation.column(Column::new("id", ColumnType::named("uuid")));
    for field in def.fields.iter().filter(|f| f.name != "id") {
        let mut column = Column::new(field.name, ColumnType::named(field.pg_type()));
        column.expr = field.sql.map(str::to_owned);
        column.nullable = field.nullable;
        column.selectable = field.is_shown();
        column.filterable = field.filter && !field.secret;
        column.sortable = field.sort && !field.secret;
        column.searchable = field.search
            && !field.secret
            && matches!(field.kind, FieldType::Text | FieldType::LongText | FieldType::Email | FieldType::Url);
        relation = relation.column(column);
    }
    if def.versioned {
        relation = relation.column(Column::new("version", ColumnType::named("int8")));
        relation.version = Some("t.version::text".into());
    }
    if let Some(sql) = def.always {
        relation.fixed = Some(crate::list::Fixed { sql: sql.into(), params: Vec::new() });
    }
    relation.default_order = crate::list::Query::parse_order(&relation, def.default_order)?;
    Ok(relation)
}
