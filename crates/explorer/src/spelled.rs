//! A list as the SQL that anybody could run: to copy, to explain, to put into a report.

use crate::catalogue;
use crate::rows::target::Target;
use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::list::{Param, Query, whole};
use kernel::{Call, Module, Result};
use serde_json::json;
use std::sync::Arc;

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/sql",
            "explorer.sql",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { spell(&state, &call).await }
            },
        )
        .summary("A list of rows as the SQL that gives them, with its values written out; nothing is run")
        .list_parameters()
        .answer(
            json!({"type": "object", "required": ["sql"], "properties": {"sql": {"type": "string"}}}),
            json!({"sql": "select t.\"track_id\" from \"public\".\"track\" as t where (t.\"milliseconds\" > '300000')\nlimit 100;"}),
        ),
    )
}

async fn spell(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    let table = catalogue::table(&source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    target.readable()?;
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
    let query = Query::parse(&target.table.relation, &parameters)?;
    let whole = whole(&target.table.relation, &query, None)?;
    let mut sql = with_values(&whole.sql, &whole.params);
    if parameters.iter().any(|(name, _)| name == "limit") {
        sql.push_str(&format!("\nlimit {}", query.limit));
    }
    sql.push(';');
    answer(StatusCode::OK, &json!({"sql": sql}))
}

/// The values in the place of their numbers; what stands in quotes is a name or a text, and stays as it is.
fn with_values(sql: &str, params: &[Param]) -> String {
    let mut spelled = String::with_capacity(sql.len());
    let mut quote = None;
    let mut rest = sql.chars().peekable();
    while let Some(next) = rest.next() {
        match (quote, next) {
            (Some(open), _) => {
                quote = (next != open).then_some(open);
                spelled.push(next);
            }
            (None, '"' | '\'') => {
                quote = Some(next);
                spelled.push(next);
            }
            (None, '$') => {
                let mut digits = String::new();
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                let param = digits.parse::<usize>().ok().and_then(|number| params.get(number.checked_sub(1)?));
                match param {
                    Some(Param(Some(text))) => spelled.push_str(&format!("'{}'", text.replace('\'', "''"))),
                    Some(Param(None)) => spelled.push_str("null"),
                    None => spelled.push_str(&format!("${digits}")),
                }
            }
            (None, _) => spelled.push(next),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_out_and_names_stay_names() {
        let params = [Param(Some("O'Hara'; drop table x --".into())), Param(None)];
        assert_eq!(
            with_values(r#"select t."a$1""$2" from x where a = $1 and b is not distinct from $2 and c = '$1'"#, &params),
            r#"select t."a$1""$2" from x where a = 'O''Hara''; drop table x --' and b is not distinct from null and c = '$1'"#
        );
    }
}
