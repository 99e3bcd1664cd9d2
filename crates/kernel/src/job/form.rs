//! What a kind takes: asked before one is begun by hand, or done again.

use super::Job;
use schemars::JsonSchema;
use serde_json::Value;

/// The arguments of one kind.
#[derive(Clone)]
pub struct JobForm {
    pub kind: &'static str,
    /// JSON Schema of the arguments, for kinds that people may begin by hand.
    pub schema: Option<Value>,
    refuses: fn(&Value) -> Option<String>,
}

impl JobForm {
    pub(crate) fn of<J: Job>() -> Self {
        Self { kind: J::KIND, schema: None, refuses: |arguments| J::deserialize(arguments).err().map(|error| error.to_string()) }
    }

    pub(crate) fn by_hand<J: Job + JsonSchema>() -> Self {
        Self { schema: Some(crate::action::schema_of::<J>()), ..Self::of::<J>() }
    }

    /// Why the kind can't read these arguments, such as those of an older version.
    #[must_use]
    pub fn refusal(&self, arguments: &Value) -> Option<String> {
        (self.refuses)(arguments)
    }
}
