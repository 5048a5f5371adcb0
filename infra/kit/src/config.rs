//! Configuration: the program's defaults, overlaid by a TOML file, overlaid by environment
//! variables. Read and checked before anything binds.

use std::{env, path::PathBuf};

use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use serde::de::DeserializeOwned;

/// Why a configuration cannot be used; the text names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line or by `…_CONFIG` is not there.
    #[error("configuration file {0} does not exist; give the path of a TOML file")]
    FileMissing(PathBuf),
    /// A key is unknown, or a value has the wrong shape.
    #[error("configuration is not usable: {0}")]
    Unusable(#[from] Box<figment::Error>),
    /// Values are well-formed and contradict each other or a limit.
    #[error("configuration is not usable: {0}")]
    Invalid(String),
}

/// Loads a program's configuration.
///
/// `prefix` is that of its environment variables, such as `ROOKERY_HUB_`; a nested key is reached
/// with two underscores (`ROOKERY_HUB_CORE__URL` sets `core.url`). The TOML file is the one named
/// by `{prefix}CONFIG`, if any. Give `T` `#[serde(default, deny_unknown_fields)]`.
///
/// # Errors
/// [`ConfigError`] when the file is missing, a key is unknown or a value has the wrong shape.
pub fn load<T: DeserializeOwned>(prefix: &str) -> Result<T, ConfigError> {
    let mut figment = Figment::new();
    let file_key = format!("{prefix}CONFIG");
    if let Some(path) = env::var_os(&file_key).map(PathBuf::from) {
        if !path.is_file() {
            return Err(ConfigError::FileMissing(path));
        }
        figment = figment.merge(Toml::file_exact(path));
    }
    figment
        .merge(Env::prefixed(prefix).ignore(&["CONFIG"]).split("__"))
        .extract()
        .map_err(|error| ConfigError::Unusable(Box::new(error)))
}
