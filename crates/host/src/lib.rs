//! The host: everything between the machine and the kernel. Boot configuration, the private PostgreSQL, the HTTP
//! server with the UI inside, health, metrics and logs. It knows the registry, and no room.

mod assets;
pub mod boot;
pub mod config;
mod docs;
mod guard;
mod health;
mod letters;
pub mod logins;
pub mod logs;
pub mod meter;
pub mod migrate;
pub mod openapi;
pub mod postgres;
mod request;
pub mod schema_login;
pub mod seen_as;
pub mod server;
mod stop;
