//! Mail: a letter is queued in the transaction of its cause and leaves by SMTP, or into a folder where there is no
//! mail server. Rooms write letters (a text per language) and send them; this library does the rest.

mod compose;
mod config;
mod layout;
mod letter;
mod post;
mod queue;
mod routes;
mod template;

pub use config::{Config, Sender, Smtp, Tls};
pub use letter::{Language, Letter, moment};
pub use post::Post;
pub use queue::{Deliver, Mail, send};
pub use routes::module;
