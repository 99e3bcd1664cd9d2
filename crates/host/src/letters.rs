//! How letters leave.

use crate::boot::{BootError, SITE_NAME};
use crate::config::Config;
use kernel::Problem;

/// Without a mail server letters go into the data directory.
pub(crate) fn config(config: &Config, base_url: &str) -> Result<mail::Config, BootError> {
    let from = match &config.mail_from {
        Some(from) => from.clone(),
        None => mail::Sender::of_site(SITE_NAME, base_url).map_err(Problem::malformed)?,
    };
    Ok(mail::Config { smtp: config.smtp.clone(), from, folder: config.data_dir.join("mail") })
}
