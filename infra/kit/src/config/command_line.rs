//! What both programs take on their command line about their configuration.

use std::{
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;

use super::{Configuration, load, read, schema};

/// What a program ends with.
type Failure = Box<dyn Error + Send + Sync>;

/// Options about the configuration.
#[derive(Args, Clone, Debug, Default)]
pub struct ConfigOptions {
    /// A TOML file with the configuration; the variable `…_CONFIG` says the same
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Check the configuration and do nothing else
    #[arg(long)]
    check_config: bool,
    /// Print the configuration as it would be used, secrets masked, and do nothing else
    #[arg(long)]
    print_config: bool,
    /// Print a table of all keys and do nothing else
    #[arg(long)]
    config_reference: bool,
}

impl ConfigOptions {
    /// Reads and checks the configuration and acts with it, unless the options ask only to be told
    /// something: then it is printed.
    ///
    /// # Errors
    /// [`ConfigError`](super::ConfigError), those of `act`, or when nothing can be printed.
    pub fn with<C: Configuration>(
        &self,
        act: impl FnOnce(C) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.config_reference {
            return print(&schema::reference::<C>());
        }
        let config: C = load(self.config.as_deref())?;
        if self.print_config {
            print(&toml::to_string(&config)?)
        } else if self.check_config {
            print("the configuration is usable\n")
        } else {
            act(config)
        }
    }

    /// Reads the configuration of a program that runs already and acts with it. It is not checked:
    /// the program goes on when a file that it has read becomes unusable.
    ///
    /// # Errors
    /// [`ConfigError`](super::ConfigError), or those of `act`.
    pub fn of_running<C: Configuration>(
        &self,
        act: impl FnOnce(C) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        act(read(self.config.as_deref())?)
    }
}

fn print(text: &str) -> Result<(), Failure> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
