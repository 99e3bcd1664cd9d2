//! Views: typed reads that are no plain list, such as a dashboard or a report.

use crate::ctx::Ctx;
use crate::endpoint::{Access, Call, Endpoint, json};
use crate::input;
use crate::problem::Result;
use crate::resource::Scope;
use futures::future::BoxFuture;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

type Read = Arc<dyn for<'a> Fn(&'a mut Ctx, Value) -> BoxFuture<'a, Result<Value>> + Send + Sync>;

/// Declares `GET /api/v1/{module}/{name}`. Nothing that it writes is kept: its transaction is rolled back.
pub struct View {
    name: &'static str,
    summary: &'static str,
    permission: &'static str,
    scope: Scope,
    parameters: Value,
    answer: Value,
    example: Value,
    read: Read,
}

impl View {
    /// `read` is an async function over a context and parameters read from the query string.
    pub fn new<P, F, O>(name: &'static str, permission: &'static str, summary: &'static str, read: F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema,
        F: for<'a> crate::action::OnNone<'a, P, Answer = O> + 'static,
    {
        let read = Arc::new(read);
        Self {
            name,
            summary,
            permission,
            scope: Scope::Platform,
            parameters: crate::action::schema_of::<P>(),
            answer: crate::action::schema_of::<O>(),
            example: Value::Null,
            read: Arc::new(move |ctx, given| {
                let read = read.clone();
                Box::pin(async move {
                    let given = input::parse::<P>(given)?;
                    crate::ctx::to_json(read.call(ctx, given).await?)
                })
            }),
        }
    }

    #[must_use]
    pub fn example(mut self, example: Value) -> Self {
        self.example = example;
        self
    }

    /// Who acts for an organization may ask too, and is answered within it.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    pub(crate) fn endpoint(self, module: &str) -> Endpoint {
        let Self { name, summary, permission, scope, parameters, answer, example, read } = self;
        Endpoint::new(
            Method::GET,
            &format!("/{module}/{name}"),
            &format!("{module}.{name}"),
            Access::Permission(permission.into()),
            move |call: Call| {
                let (read, parameters) = (read.clone(), parameters.clone());
                async move {
                    let caller = call.caller()?.clone();
                    caller.require(permission)?;
                    let given: Map<String, Value> = url::form_urlencoded::parse(call.query.as_bytes())
                        .map(|(k, v)| (k.into_owned(), Value::String(v.into_owned())))
                        .collect();
                    let given = Value::Object(given);
                    input::check(&parameters, &given)?;
                    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
                    let answer = (read)(&mut ctx, given).await;
                    ctx.rollback().await?;
                    json(StatusCode::OK, &answer?)
                }
            },
        )
        .summary(summary)
        .scope(scope)
        .answer(answer, example)
    }
}
