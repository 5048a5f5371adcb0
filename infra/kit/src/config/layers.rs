//! The layers of a configuration: a TOML file, overlaid by environment variables.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{ConfigError, schema};

/// What file and environment set, before it is given a type.
#[derive(Default)]
pub(super) struct Layers {
    values: Table,
    file: Option<PathBuf>,
    /// Variables by the key that each sets.
    variables: BTreeMap<String, String>,
}

impl Layers {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`ConfigError`] when it is missing or is no TOML.
    pub(super) fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        if !path.is_file() {
            return Err(ConfigError::FileMissing(path.to_owned()));
        }
        let unusable = |reason: String| {
            ConfigError::Invalid(format!("{}: {}", path.display(), reason.trim_end()))
        };
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        self.values = text
            .parse()
            .map_err(|error: toml::de::Error| unusable(error.to_string()))?;
        self.file = Some(path.to_owned());
        Ok(())
    }

    /// Lays the environment over the file: `{prefix}CORE__URL` sets `core.url`. A value is taken as
    /// it is where `C` wants text, and read as TOML elsewhere: `5`, `true`, `["a", "b"]`, `[a, b]`.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when a variable is not UTF-8 or sets a key below one that is no
    /// section.
    pub(super) fn overlay<C: JsonSchema>(
        &mut self,
        prefix: &str,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let schema = schema::of::<C>();
        for (variable, value) in environment {
            let variable = variable.to_string_lossy().into_owned();
            let Some(name) = variable
                .strip_prefix(prefix)
                .filter(|name| *name != "CONFIG")
            else {
                continue;
            };
            let Ok(text) = value.into_string() else {
                return Err(ConfigError::Invalid(format!("{variable} is not UTF-8")));
            };
            let key: Vec<String> = name.split("__").map(str::to_lowercase).collect();
            let value = if schema::takes_text(&schema, &key) {
                Value::String(text)
            } else {
                parse(&text)
            };
            if !set(&mut self.values, &key, value) {
                return Err(ConfigError::Invalid(format!(
                    "{variable} sets a key below one that is no section"
                )));
            }
            self.variables.insert(key.join("."), variable);
        }
        Ok(())
    }

    /// Gives the values their types.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with the key and where it was set, when it is unknown or its value
    /// has the wrong shape.
    pub(super) fn into_typed<C: DeserializeOwned>(self) -> Result<C, ConfigError> {
        serde_path_to_error::deserialize(Value::Table(self.values)).map_err(|error| {
            let key = error.path().to_string();
            // A list's item is named by its place in the list: `trusted_proxies[0]`.
            let set = key.split('[').next().unwrap_or_default();
            let below = format!("{set}.");
            let mut variables = self.variables.iter();
            let variable = variables.find(|(key, _)| *key == set || key.starts_with(&below));
            let set_by = match (variable, &self.file) {
                (Some((_, variable)), _) => format!(" (set by {variable})"),
                (None, Some(file)) => format!(" (set in {})", file.display()),
                (None, None) => String::new(),
            };
            let reason = error.inner().message();
            ConfigError::Invalid(format!("{key}{set_by}: {reason}"))
        })
    }
}

/// A value in TOML's own form; what has none is text. A list's items may be bare words, `[read, 5]`,
/// because quotes are easily lost on a variable's way through a shell.
fn parse(text: &str) -> Value {
    let document: Result<Table, _> = format!("value = {text}").parse();
    if let Ok(mut table) = document
        && table.len() == 1
        && let Some(value) = table.remove("value")
    {
        return value;
    }
    let items = text.trim().strip_prefix('[');
    match items.and_then(|items| items.strip_suffix(']')) {
        Some(items) if !items.contains(['[', ']', '"', '\'']) => {
            Value::Array(items.split(',').map(str::trim).map(parse).collect())
        }
        _ => Value::String(text.to_owned()),
    }
}

/// Whether there is a place for the key: each part but the last must name a section.
fn set(values: &mut Table, key: &[String], value: Value) -> bool {
    match key {
        [] => false,
        [name] => {
            values.insert(name.clone(), value);
            true
        }
        [section, rest @ ..] => values
            .entry(section)
            .or_insert_with(|| Table::new().into())
            .as_table_mut()
            .is_some_and(|section| set(section, rest, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn list_may_have_bare_words() {
        let list = |items: &[&str]| Value::from(items.to_vec());
        assert_eq!(parse(r#"["a", "b"]"#), list(&["a", "b"]));
        assert_eq!(parse("[publish, manage]"), list(&["publish", "manage"]));
        assert_eq!(
            parse("[publish, 5]").as_array().unwrap()[1],
            Value::Integer(5)
        );
        assert_eq!(parse("[]"), list(&[]));
        for text in ["[a", r#"["a", b]"#, "a, b"] {
            assert_eq!(parse(text), Value::String(text.to_owned()));
        }
    }

    #[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        name: Option<String>,
        section: Section,
        more: BTreeMap<String, Section>,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Section {
        wait_s: Option<u32>,
        on: bool,
        words: Vec<String>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Text,
    }

    fn overlaid(file: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
        let mut layers = Layers {
            values: file.parse().unwrap(),
            ..Layers::default()
        };
        let variables = variables.iter();
        layers
            .overlay::<Sample>(
                "T_",
                variables.map(|(name, value)| (name.into(), value.into())),
            )
            .and_then(|()| layers.into_typed())
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_complaint(variable: (&str, &str), parts: &[&str]) {
        let complaint = overlaid("", &[variable]).unwrap_err();
        for part in parts {
            assert!(complaint.contains(part), "{complaint}");
        }
    }

    #[test]
    fn variable_wins_over_the_file_and_leaves_its_neighbours() {
        let file = "name = 'a'\n[section]\nwait_s = 1\non = true";
        let sample = overlaid(file, &[("T_SECTION__WAIT_S", "2"), ("OTHER_NAME", "b")]).unwrap();
        assert_eq!(sample.name.as_deref(), Some("a"));
        assert_eq!((sample.section.wait_s, sample.section.on), (Some(2), true));
    }

    #[test]
    fn text_is_taken_as_it_is_and_everything_else_as_toml() {
        for text in [
            "12345678",
            "true",
            "[a]",
            "a = b",
            "",
            "\"quoted\"",
            "a\nb = 1",
        ] {
            let sample = overlaid("", &[("T_NAME", text)]).unwrap();
            assert_eq!(sample.name.as_deref(), Some(text));
        }
        let section = overlaid(
            "",
            &[
                ("T_MORE__X__WAIT_S", "7"),
                ("T_MORE__X__ON", "true"),
                ("T_MORE__X__WORDS", r#"["a", "b"]"#),
                ("T_MORE__X__KIND", "text"),
                ("T_CONFIG", "/some/file"),
            ],
        );
        let expected = Section {
            wait_s: Some(7),
            on: true,
            words: vec!["a".into(), "b".into()],
            kind: Some(Kind::Text),
        };
        assert_eq!(section.unwrap().more["x"], expected);
    }

    #[test]
    fn complaint_names_the_variable() {
        let long = ("T_SECTION__WAIT_S", "long");
        check_complaint(long, &["section.wait_s (set by T_SECTION__WAIT_S)", "long"]);
        check_complaint(("T_SECTION__ON", "1"), &["section.on", "T_SECTION__ON"]);
        let words = ("T_SECTION__WORDS", "a,b");
        check_complaint(words, &["section.words (set by T_SECTION__WORDS)", "a,b"]);
        let words = ("T_SECTION__WORDS", "['a', 1]");
        check_complaint(words, &["section.words[1] (set by T_SECTION__WORDS)"]);
        check_complaint(
            ("T_NAMES", "x"),
            &["names (set by T_NAMES)", "unknown field"],
        );
        check_complaint(("T_NAME__X", "x"), &["name (set by", "invalid type"]);
    }

    #[test]
    fn key_below_a_value_is_refused() {
        let complaint = overlaid("name = 'a'", &[("T_NAME__X", "x")]).unwrap_err();
        assert!(
            complaint.contains("T_NAME__X sets a key below"),
            "{complaint}"
        );
    }
}
