use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;

/// An empty directory of the test's own; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("quarterdeck-config-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.0.join("quarterdeck.toml");
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn problem(result: Result<Config, ConfigError>) -> String {
    let problems = result.unwrap_err().problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn nothing_said_gives_the_defaults() {
    let config = env(&[]).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:8080".parse().unwrap()]);
    assert!(config.data_dir.is_absolute() && config.data_dir.ends_with(".quarterdeck"));
    assert_eq!(config.secret_key_file.path, config.data_dir.join("secret.key"));
    assert!(config.database_url.is_none());
    assert_eq!((config.log.as_str(), config.environment.as_str(), config.pool_size), ("info", "development", 10));
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = Folder::new("wins");
    let file = folder.file("listen = ['127.0.0.1:1', '[::1]:2']\npool_size = 20\nenvironment = 'staging'\n");
    let named = [("QUARTERDECK_CONFIG".to_owned(), file.display().to_string())];
    let config = Config::load(None, named.clone().into_iter()).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()]);
    assert_eq!((config.pool_size, config.environment.as_str()), (20, "staging"));
    let over = [("QUARTERDECK_LISTEN".to_owned(), "localhost:3, 0.0.0.0:4".to_owned())];
    let config = Config::load(Some(&file), over.into_iter()).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:3".parse().unwrap(), "0.0.0.0:4".parse().unwrap()]);
    assert_eq!(config.pool_size, 20);
}

#[test]
fn relative_paths_of_the_file_start_beside_it() {
    let folder = Folder::new("relative");
    let config = Config::load(Some(&folder.file("data_dir = 'state'\n")), std::iter::empty()).unwrap();
    assert_eq!(config.data_dir, folder.0.join("state"));
    assert_eq!(config.secret_key_file.path, folder.0.join("state/secret.key"));
}

#[test]
fn systemd_says_where_the_state_is() {
    let config = env(&[("STATE_DIRECTORY", "/var/lib/quarterdeck:/var/lib/other")]).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/quarterdeck"));
    let config = env(&[("STATE_DIRECTORY", "/var/lib/quarterdeck"), ("QUARTERDECK_DATA_DIR", "/srv/q")]).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/srv/q"));
}

#[test]
fn an_unknown_variable_names_the_nearest() {
    let message = problem(env(&[("QUARTERDECK_LISTN", "127.0.0.1:1")]));
    assert!(message.contains("`QUARTERDECK_LISTN`") && message.ends_with("`QUARTERDECK_LISTEN`"), "{message}");
    env(&[("QUARTERDECK_URL", "x"), ("QUARTERDECK_TOKEN", "x"), ("QUARTERDECK_PROFILE", "x"), ("OTHER", "x")]).unwrap();
}

#[test]
fn an_unknown_key_names_the_nearest_and_its_line() {
    let folder = Folder::new("unknown");
    let file = folder.file("# comment\nlisten = '127.0.0.1:1'\npoolsize = 3\n");
    let message = problem(Config::load(Some(&file), std::iter::empty()));
    assert!(message.contains("quarterdeck.toml:3:") && message.ends_with("`pool_size`"), "{message}");
}

#[test]
fn every_wrong_value_is_told_at_once_with_its_place() {
    let folder = Folder::new("wrong");
    let file = folder.file(
        "listen = '8080'\npool_size = 1\nbase_url = 'https://a.example/panel'\ntrusted_proxies = ['10.0.0.0/99']\nenvironment = 'The Live One'\nlog = 'lots=of=it'\n",
    );
    let over = [("QUARTERDECK_POOL_SIZE".to_owned(), "many".to_owned())];
    let error = Config::load(Some(&file), over.into_iter()).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("The configuration has 6 mistakes:\n"), "{text}");
    for expected in [
        "quarterdeck.toml:1: `listen` is `8080`",
        "127.0.0.1:8080",
        "`QUARTERDECK_POOL_SIZE` is `many`: a whole number from 2 to 500",
        "quarterdeck.toml:3: `base_url`",
        "without a path",
        "quarterdeck.toml:4: `trusted_proxies`",
        "quarterdeck.toml:5: `environment`",
        "quarterdeck.toml:6: `log`",
    ] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
}

#[test]
fn a_value_of_the_wrong_shape_is_refused() {
    let folder = Folder::new("shape");
    for (text, expected) in [
        ("data_dir = ['a', 'b']", "must be a single value, not of type array"),
        ("listen = { port = 1 }", "must be a text or an array of texts"),
        ("listen = ", "quarterdeck.toml:1: this is not valid TOML"),
    ] {
        let message = problem(Config::load(Some(&folder.file(text)), std::iter::empty()));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_named_file_must_be_there() {
    let message = problem(Config::load(Some(Path::new("/nowhere/q.toml")), std::iter::empty()));
    assert!(message.contains("/nowhere/q.toml can't be read"), "{message}");
}

#[test]
fn secrets_are_never_shown() {
    let url = "postgres://panel:hunter2hunter2@db/panel";
    let config = env(&[
        ("DATABASE_URL", url),
        ("QUARTERDECK_METRICS_TOKEN", "hunter2hunter2hunter2"),
        ("QUARTERDECK_SETTING_MAIL_PASSWORD", "hunter2"),
    ])
    .unwrap();
    assert_eq!(config.database_url.as_ref().unwrap().expose_secret(), url);
    assert!(!format!("{config:?}").contains("hunter2"));
    for (name, value) in [("DATABASE_URL", "mysql:hunter2"), ("QUARTERDECK_METRICS_TOKEN", "hunter2")] {
        assert!(!problem(env(&[(name, value)])).contains("hunter2"));
    }
    let folder = Folder::new("secret");
    let message = problem(Config::load(Some(&folder.file("metrics_token = 'hunter2")), std::iter::empty()));
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_variable_fixes_a_setting() {
    let config = env(&[("QUARTERDECK_SETTING_IDENTITY_STAFF_IDLE_MINUTES", "20")]).unwrap();
    assert_eq!(config.fixed_setting("identity.staff_idle_minutes"), Some("20"));
    assert_eq!(config.fixed_setting("identity.other"), None);
    config.check_fixed_settings(["identity.staff_idle_minutes", "a.b"].into_iter()).unwrap();
    let problems = config.check_fixed_settings(["identity.idle_minutes", "a.b"].into_iter()).unwrap_err().problems;
    assert!(problems[0].ends_with("`QUARTERDECK_SETTING_IDENTITY_IDLE_MINUTES`"), "{problems:?}");
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    assert!(env(&[("DATABASE_URL", ""), ("QUARTERDECK_LISTEN", "")]).unwrap().database_url.is_none());
}

#[test]
fn the_key_is_made_once_in_its_default_place_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("key");
    let data_dir = folder.0.join("data");
    let config = env(&[("QUARTERDECK_DATA_DIR", data_dir.to_str().unwrap())]).unwrap();
    let key = config.secret_key_file.load().unwrap();
    assert_eq!(key.expose_secret().len(), 32);
    let path = data_dir.join("secret.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(config.secret_key_file.load().unwrap().expose_secret(), key.expose_secret());
    assert_eq!(std::fs::read_dir(&data_dir).unwrap().count(), 1, "nothing is left beside the key");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = config.secret_key_file.load().unwrap_err();
    assert!(matches!(error, KeyFileError::Exposed(_)) && error.to_string().contains("chmod 600"), "{error}");

    let named = folder.0.join("named.key");
    let config = env(&[("QUARTERDECK_SECRET_KEY_FILE", named.to_str().unwrap())]).unwrap();
    assert!(matches!(config.secret_key_file.load(), Err(KeyFileError::Missing(_))));
    std::fs::write(&named, "c2hvcnQ=\n").unwrap();
    assert!(matches!(config.secret_key_file.load(), Err(KeyFileError::Malformed(_))));
}

#[test]
fn a_mail_server_needs_a_sender_and_keeps_its_password() {
    let url = ("QUARTERDECK_SMTP_URL", "smtps://deck:hunter2@mail.example.com");
    let config = env(&[url, ("QUARTERDECK_MAIL_FROM", "Deck <deck@example.com>")]).unwrap();
    assert_eq!(config.smtp.as_ref().map(mail::Smtp::shown).as_deref(), Some("mail.example.com:465"));
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(problem(env(&[url])).contains("QUARTERDECK_MAIL_FROM"));
    for (name, value) in [("QUARTERDECK_SMTP_URL", "smtp://deck:hunter2@mail.example.com?tls=none"), ("QUARTERDECK_MAIL_FROM", "nobody")] {
        let said = problem(env(&[(name, value)]));
        assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
    }
}
