//! Whom the command line talks to, and as whom: the environment first, then the profiles that `login` keeps in
//! `~/.config/quarterdeck/profiles.toml`, readable by their owner only.

use super::environment::Environment;
use super::exit::{Exit, Failure};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

pub const DEFAULT_URL: &str = "http://localhost:8080";
const DEFAULT_NAME: &str = "default";

/// One panel and the API key that `login` made there.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub url: String,
    pub email: String,
    /// The id of the key, so that `logout` can end it; none for who may not make keys.
    pub key_id: Option<String>,
    pub key: Option<String>,
    /// The cookie of the sign-in, which runs out by itself.
    pub session: String,
    /// Of an app user, who has no key of their account.
    #[serde(default)]
    pub user: bool,
}

impl Profile {
    /// Where its session was opened, and is ended.
    #[must_use]
    pub fn door(&self) -> &'static str {
        door(self.user)
    }
}

#[must_use]
pub fn door(user: bool) -> &'static str {
    if user { "/account/session" } else { "/session" }
}

/// The file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one in use when none is named: the last that was signed in to.
    pub current: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// Where to go and with what.
pub struct Target {
    pub url: String,
    pub token: Option<SecretString>,
    /// The cookie to send where there is no token.
    pub session: Option<SecretString>,
}

impl Target {
    /// The same as the person who signed in, for what no key may do.
    #[must_use]
    pub fn into_person(mut self) -> Self {
        if self.session.is_some() {
            self.token = None;
        }
        self
    }
}

pub fn file(environment: &Environment) -> Result<PathBuf, Failure> {
    let config = environment.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let config = config.or_else(|| environment.get("HOME").map(|home| PathBuf::from(home).join(".config")));
    let config = config.ok_or_else(|| {
        Failure::new(Exit::Failed, "quarterdeck: neither HOME nor XDG_CONFIG_HOME is set, so there is no place for profiles")
    })?;
    Ok(config.join("quarterdeck/profiles.toml"))
}

impl Profiles {
    /// # Errors
    /// When the file is no TOML of ours, or is open to others.
    pub fn load(environment: &Environment) -> Result<Self, Failure> {
        let Ok(path) = file(environment) else { return Ok(Self::default()) };
        let failed = |why: String| Failure::new(Exit::Failed, format!("quarterdeck: {}: {why}", path.display()));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mode = fs::metadata(&path).map_err(|e| failed(e.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(failed(format!("others may read the keys in it; run chmod 600 {}", path.display())));
        }
        // The parser's own rendering quotes the line, which may be the key.
        toml::from_str(&text).map_err(|e| failed(format!("this can't be read: {}. Move it away and sign in again.", e.message())))
    }

    /// Writes the file anew beside the old one, then puts it in its place.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn save(&self, environment: &Environment) -> Result<PathBuf, Failure> {
        let path = file(environment)?;
        let written = (|| {
            let folder = path.parent().unwrap_or(&path);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let fresh = path.with_extension(format!("{}.new", std::process::id()));
            let text = toml::to_string(self).map_err(std::io::Error::other)?;
            let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            out.write_all(text.as_bytes())?;
            out.sync_all()?;
            fs::rename(&fresh, &path)
        })();
        written
            .map_err(|e: std::io::Error| Failure::new(Exit::Failed, format!("quarterdeck: {} can't be written: {e}", path.display())))?;
        Ok(path)
    }

    /// The name to use: as given, else as in the environment, else the current one.
    pub fn name(&self, given: Option<&str>, environment: &Environment) -> String {
        given
            .map(str::to_owned)
            .or_else(|| environment.get("QUARTERDECK_PROFILE").map(str::to_owned))
            .or_else(|| self.current.clone())
            .unwrap_or_else(|| DEFAULT_NAME.into())
    }
}

/// Where this command goes. `QUARTERDECK_URL` and `QUARTERDECK_TOKEN` win over the profile; a profile's key is never
/// sent to another address than its own.
///
/// # Errors
/// When a profile is named that isn't there.
pub fn target(given: Option<&str>, environment: &Environment) -> Result<Target, Failure> {
    let token = environment.get("QUARTERDECK_TOKEN").map(SecretString::from);
    let url = environment.get("QUARTERDECK_URL").map(|u| u.trim_end_matches('/').to_owned());
    if let (Some(url), Some(_), None) = (&url, &token, given) {
        return Ok(Target { url: url.clone(), token, session: None });
    }
    let profiles = Profiles::load(environment)?;
    let name = profiles.name(given, environment);
    let profile = profiles.profiles.get(&name);
    if profile.is_none() && (given.is_some() || environment.get("QUARTERDECK_PROFILE").is_some()) {
        let known: Vec<&str> = profiles.profiles.keys().map(String::as_str).collect();
        let known =
            if known.is_empty() { "there is none yet; run quarterdeck login".into() } else { format!("there are {}", known.join(", ")) };
        return Err(Failure::usage(format!("quarterdeck: there is no profile {name} ({known})")));
    }
    let url = url.or_else(|| profile.map(|p| p.url.clone())).unwrap_or_else(|| DEFAULT_URL.into());
    let own = profile.filter(|p| p.url == url && token.is_none());
    let session = own.map(|p| SecretString::from(p.session.clone()));
    let key = own.and_then(|p| p.key.clone()).map(SecretString::from);
    Ok(Target { url, token: token.or(key), session })
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("url", &self.url).field("token", &self.token.as_ref().map(|t| t.expose_secret().len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(name: &str) -> (PathBuf, Environment) {
        let dir = std::env::temp_dir().join(format!("quarterdeck-profile-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&dir));
        let environment = Environment::of([("XDG_CONFIG_HOME", dir.to_str().unwrap())]);
        (dir, environment)
    }

    fn sample(environment: &Environment) -> PathBuf {
        let profile = Profile {
            url: "http://localhost:8080".into(),
            email: "ada@example.com".into(),
            key_id: Some("1".into()),
            key: Some("qd_secret".into()),
            session: "qd_staff=abc".into(),
            user: false,
        };
        let profiles = Profiles { current: Some("default".into()), profiles: BTreeMap::from([("default".into(), profile)]) };
        profiles.save(environment).unwrap()
    }

    #[test]
    fn a_profile_is_kept_for_its_owner_alone() {
        let (dir, environment) = home("kept");
        let path = sample(&environment);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(target(None, &environment).unwrap().token.unwrap().expose_secret(), "qd_secret");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(target(None, &environment).unwrap_err().exit, Exit::Failed);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_key_goes_to_its_own_panel_only() {
        let (dir, environment) = home("own");
        sample(&environment);
        let elsewhere = environment.with("QUARTERDECK_URL", "http://elsewhere.example");
        let other = target(None, &elsewhere).unwrap();
        assert!(other.token.is_none() && other.session.is_none());
        assert!(target(None, &environment).unwrap().into_person().token.is_none());
        let with_token = elsewhere.with("QUARTERDECK_TOKEN", "qd_other");
        assert_eq!(target(None, &with_token).unwrap().token.unwrap().expose_secret(), "qd_other");
        assert_eq!(target(Some("nope"), &environment).unwrap_err().exit, Exit::Usage);
        fs::remove_dir_all(dir).unwrap();
    }
}
