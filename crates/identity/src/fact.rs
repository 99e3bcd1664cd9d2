//! Events of this room, declared in one line each.

/// `fact!(UserCreated = "user.created" { id: Uuid, email: String });`
macro_rules! fact {
    ($(#[$doc:meta])* $name:ident = $event:literal { $($field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize)]
        pub struct $name { $(pub $field: $kind),* }
        impl kernel::Event for $name {
            const NAME: &'static str = $event;
        }
    };
}
pub(crate) use fact;
