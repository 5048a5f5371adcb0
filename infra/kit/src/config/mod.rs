//! Configuration: the program's defaults, overlaid by a TOML file, overlaid by environment
//! variables. Read and checked before anything binds.
//!
//! # Layout
//! - this file: reading and checking
//! - [`command_line`]: what both programs take on their command line
//! - `layers`: file and environment as one table
//! - [`schema`]: what the types themselves say: ranges, and the reference for operators

pub mod command_line;
mod layers;
pub mod schema;

use std::{
    env,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use self::layers::Layers;

/// Why a configuration cannot be used; the text names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line or by `…_CONFIG` is not there.
    #[error("configuration file {0} does not exist; give the path of a TOML file")]
    FileMissing(PathBuf),
    /// A key is unknown, a value has the wrong shape, contradicts another or is beyond a limit.
    #[error("configuration is not usable: {0}")]
    Invalid(String),
}

/// A program's configuration. Give it `#[serde(default, deny_unknown_fields)]`, each field a
/// sentence that says what it means and a name that ends in its unit, and each number its range
/// (`#[schemars(range(min = 1, max = 60))]`): the check and the reference are made of these.
pub trait Configuration: Serialize + DeserializeOwned + JsonSchema + Default {
    /// The program's name, as in its reference.
    const PROGRAM: &'static str;

    /// Prefix of its environment variables, such as `ROOKERY_HUB_`. A nested key is reached with
    /// two underscores: `ROOKERY_HUB_CORE__URL` sets `core.url`.
    const PREFIX: &'static str;

    /// Finds what no range says: what must be set, and values that contradict each other.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`], with the key and what to do.
    fn check(&self) -> Result<(), ConfigError>;
}

/// Reads and checks a program's configuration. The TOML file is `file` or else the one that
/// `{PREFIX}CONFIG` names, if any.
///
/// # Errors
/// [`ConfigError`] when the file is missing, a key is unknown, or a value has the wrong shape, is
/// out of its range or contradicts another.
pub fn load<C: Configuration>(file: Option<&Path>) -> Result<C, ConfigError> {
    let config: C = read(file)?;
    config.check()?;
    Ok(config)
}

/// Reads a program's configuration as [`load`] does, without [`Configuration::check`].
fn read<C: Configuration>(file: Option<&Path>) -> Result<C, ConfigError> {
    let mut layers = Layers::default();
    let named = env::var_os(format!("{}CONFIG", C::PREFIX)).map(PathBuf::from);
    if let Some(path) = file.map(Path::to_owned).or(named) {
        layers.read_file(&path)?;
    }
    layers.overlay::<C>(C::PREFIX, env::vars_os())?;
    let config: C = layers.into_typed()?;
    let outside = schema::out_of_range(&config);
    if !outside.is_empty() {
        return Err(ConfigError::Invalid(outside.join("; ")));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde::Deserialize;

    use super::*;

    /// How often something happens.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Section {
        /// How long to wait.
        #[schemars(range(min = 1, max = 60))]
        wait_s: u32,
    }

    impl Default for Section {
        fn default() -> Self {
            Self { wait_s: 5 }
        }
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        /// A section.
        section: Section,
        /// What must
        /// be there.
        name: Option<String>,
        /// As many as it takes.
        #[schemars(extend("x-default" = "as many as cores"))]
        threads: Option<u8>,
    }

    impl Configuration for Sample {
        const PROGRAM: &'static str = "sample";
        const PREFIX: &'static str = "ROOKERY_SAMPLE_TEST_";

        fn check(&self) -> Result<(), ConfigError> {
            match self.name {
                Some(_) => Ok(()),
                None => Err(ConfigError::Invalid("name is not set".into())),
            }
        }
    }

    fn loaded(toml: &str) -> Result<Sample, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        load(Some(file.path())).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_complaint(toml: &str, parts: &[&str]) {
        let complaint = loaded(toml).unwrap_err();
        for part in parts {
            assert!(complaint.contains(part), "{complaint}");
        }
    }

    #[test]
    fn what_the_file_does_not_say_is_the_default() {
        let sample = loaded("name = 'x'").unwrap();
        assert_eq!(sample.section, Section::default());
        assert_eq!(
            loaded("name = 'x'\nsection.wait_s = 60")
                .unwrap()
                .section
                .wait_s,
            60
        );
    }

    #[test]
    fn complaints_name_the_key() {
        check_complaint("", &["name is not set"]);
        check_complaint(
            "section.wait_s = 'long'",
            &["section.wait_s (set in /", "invalid type"],
        );
        check_complaint(
            "section.wait_s = 0",
            &["section.wait_s is 0", "from 1 to 60"],
        );
        check_complaint(
            "section.wait_s = 61",
            &["section.wait_s is 61", "from 1 to 60"],
        );
        check_complaint("section.wait = 1", &["unknown field", "section.wait"]);
        check_complaint("name = ", &["TOML parse error", "line 1"]);
        let nowhere = load::<Sample>(Some(Path::new("/nowhere.toml"))).unwrap_err();
        assert!(nowhere.to_string().contains("/nowhere.toml does not exist"));
    }

    #[test]
    fn reference_has_every_key() {
        let reference = schema::reference::<Sample>();
        for row in [
            "| `section.wait_s` | `5` | s | from 1 to 60 | How long to wait. |",
            "| `name` | not set |  |  | What must be there. |",
            "| `threads` | as many as cores |  | from 0 to 255 | As many as it takes. |",
        ] {
            assert!(reference.contains(row), "{reference}");
        }
        assert!(reference.contains("`ROOKERY_SAMPLE_TEST_`"), "{reference}");
    }
}
