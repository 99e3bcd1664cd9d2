//! What a new password must be like, as the settings say it for each kind of account. The rules themselves are pure and
//! stand in `password`.

use crate::kind::Kind;
use crate::password::{self, Ingredient, Policy};
use kernel::problem::FieldError;
use kernel::setting::SettingDef;
use kernel::{App, Problem, Result, Setting};
use serde_json::json;

const STAFF_INGREDIENTS: Setting<Vec<Ingredient>> = Setting::new("identity.staff_password_rules");
const USER_INGREDIENTS: Setting<Vec<Ingredient>> = Setting::new("identity.user_password_rules");

const HELP: &str = "Counts for passwords chosen from now on. Length, known passwords and guessing are checked anyway; this makes passwords harder to remember, hardly better";

pub(crate) fn settings() -> [SettingDef; 2] {
    let schema = || json!({"type": "array", "uniqueItems": true, "items": {"type": "string", "enum": ["upper_case", "lower_case", "digit", "symbol"]}});
    [
        STAFF_INGREDIENTS.declare("What passwords of staff must contain", HELP, schema(), json!([])),
        USER_INGREDIENTS.declare("What passwords of users must contain", HELP, schema(), json!([])),
    ]
}

/// # Errors
/// 500 when a setting isn't declared, a fault of ours.
pub(crate) fn of(app: &App, kind: Kind) -> Result<Policy> {
    Ok(match kind {
        Kind::Staff => Policy { shortest: 12, ingredients: STAFF_INGREDIENTS.get(app)? },
        Kind::User => Policy { shortest: 10, ingredients: USER_INGREDIENTS.get(app)? },
    })
}

/// What is wrong with a new password, if anything; `context` has the words of its account.
///
/// # Errors
/// As [`of`].
pub(crate) fn fault(app: &App, kind: Kind, password: &str, context: &[&str]) -> Result<Option<FieldError>> {
    let name = app.name();
    Ok(password::fault(&of(app, kind)?, password, &[context, &[&name]].concat()))
}

/// # Errors
/// 422 at the field `password`, with what to do instead.
pub(crate) fn check(app: &App, kind: Kind, password: &str, context: &[&str]) -> Result<()> {
    fault(app, kind, password, context)?.map_or(Ok(()), |error| Err(Problem::validation(vec![error])))
}
