//! What a configuration's types say about it: the range of each number, and a reference for
//! operators. Both are read from the JSON Schema that is derived from the types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Configuration;

/// How a field's schema says a default that its type's value does not show, in words:
/// `#[schemars(extend("x-default" = "one per processor core"))]`; for a section, by its keys:
/// `extend("x-default" = {"burst": 20})`.
const SAID_DEFAULT: &str = "x-default";

/// Endings of names, and the unit that they stand for.
const UNITS: [(&str, &str); 8] = [
    ("_ms", "ms"),
    ("_s", "s"),
    ("_days", "days"),
    ("_bytes", "bytes"),
    ("_events", "events"),
    ("_percent", "%"),
    ("per_second", "1/s"),
    ("_port", "port"),
];

/// A sentence for each number that is outside its range.
pub(super) fn out_of_range<C: Serialize + JsonSchema>(config: &C) -> Vec<String> {
    let mut findings = Vec::new();
    // Every configuration can be written as JSON, since it is read from the same shapes.
    let value = serde_json::to_value(config).unwrap_or_default();
    look(&of::<C>(), &value, "", &mut findings);
    findings
}

/// What an operator may set, in Markdown.
#[must_use]
pub fn reference<C: Configuration>() -> String {
    let defaults = C::default();
    let schema = of::<C>();
    let defaults = serde_json::to_value(defaults).unwrap_or_default();
    let mut rows = Vec::new();
    collect(&schema, &defaults, "", &mut rows);
    format!(
        "# `{program}`\n\n\
         A key's environment variable is `{prefix}` and the key in capitals, with two underscores for \
         a dot. The TOML file is named by `--config` or `{prefix}CONFIG`. \
         Made by `{program} --config-reference`.\n\n\
         | key | default | unit | values | meaning |\n| --- | --- | --- | --- | --- |\n{rows}",
        program = C::PROGRAM,
        prefix = C::PREFIX,
        rows = rows.concat(),
    )
}

/// Keys for which the reference shows neither a default nor what holds while they are not set: there
/// may be none, so each program's tests ask for this.
#[must_use]
pub fn unexplained<C: Configuration>() -> Vec<String> {
    let says_so = |meaning: &str| {
        let signs = ["not set", "Not set", "Without it", "Must be set"];
        signs.iter().any(|sign| meaning.contains(sign))
    };
    let reference = reference::<C>();
    let rows = reference.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [key, "not set", .., meaning] = cells[..] else {
            return None;
        };
        (!says_so(meaning)).then(|| key.trim().to_owned())
    });
    rows.collect()
}

/// The JSON Schema of a configuration, without references.
pub(super) fn of<C: JsonSchema>() -> Value {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<C>()
        .to_value()
}

/// Whether the value of a key is text.
pub(super) fn takes_text(schema: &Value, key: &[String]) -> bool {
    let found = key.iter().try_fold(without_null(schema), |section, name| {
        field(section, name).map(without_null)
    });
    found.is_some_and(|value| type_name(value) == Some("string") || !words(value).is_empty())
}

fn look(schema: &Value, value: &Value, path: &str, findings: &mut Vec<String>) {
    let schema = without_null(schema);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(schema) = field(schema, name) {
                    look(schema, value, &joined(path, name), findings);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(
                    &schema["items"],
                    item,
                    &format!("{path}[{index}]"),
                    findings,
                );
            }
        }
        Value::Number(number) => {
            let (min, max) = (&schema["minimum"], &schema["maximum"]);
            let is_low = min.as_f64() > number.as_f64();
            let is_high = max.as_f64().is_some_and(|max| number.as_f64() > Some(max));
            if is_low || is_high {
                findings.push(format!("{path} is {number}; it must be {}", range(schema)));
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn collect(schema: &Value, defaults: &Value, path: &str, rows: &mut Vec<String>) {
    let properties = schema["properties"].as_object();
    let required = schema["required"].as_array().into_iter().flatten();
    let required: Vec<_> = required.filter_map(Value::as_str).collect();
    for (name, field) in properties.into_iter().flatten() {
        let is_required = required.contains(&name.as_str());
        let path = joined(path, name);
        let inner = without_null(field);
        let defaults = match &defaults[name] {
            // At work where the section is left out.
            Value::Null => &field[SAID_DEFAULT],
            value => value,
        };
        if inner["properties"].is_object() {
            collect(inner, defaults, &path, rows);
        } else if inner["additionalProperties"]["properties"].is_object() {
            let entry = &inner["additionalProperties"];
            collect(entry, &Value::Null, &format!("{path}.NAME"), rows);
        } else {
            rows.push(row(&path, field, inner, defaults, is_required));
        }
    }
}

fn row(path: &str, field: &Value, inner: &Value, default: &Value, is_required: bool) -> String {
    let is_list = inner["items"].is_object();
    let unit = UNITS
        .iter()
        .find(|(ending, _)| !is_list && path.ends_with(ending));
    let meaning = field["description"].as_str().unwrap_or_default();
    format!(
        "| `{path}` | {} | {} | {} | {} |\n",
        shown(field[SAID_DEFAULT].as_str(), default, is_required),
        unit.map_or("", |(_, unit)| unit),
        values(inner),
        meaning.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

fn shown(said: Option<&str>, default: &Value, is_required: bool) -> String {
    match (said, default) {
        (Some(said), _) => said.to_owned(),
        (None, Value::Null) if is_required => "must be set".to_owned(),
        (None, Value::Null) => "not set".to_owned(),
        (None, Value::String(text)) => format!("`{text}`"),
        (None, value) => format!("`{value}`"),
    }
}

fn values(schema: &Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return words.join(", ");
    }
    match type_name(schema) {
        Some("integer" | "number") => range(schema),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("array") => "list".to_owned(),
        _ => String::new(),
    }
}

fn type_name(schema: &Value) -> Option<&str> {
    let name = match &schema["type"] {
        // That of a value that may be left out.
        Value::Array(names) => names.iter().find(|name| *name != "null"),
        name => Some(name),
    };
    name.and_then(Value::as_str)
}

/// The words that may stand for an enumeration's values.
fn words(schema: &Value) -> Vec<String> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten();
    let described = described.map(|variant| &variant["const"]);
    listed
        .chain(described)
        .filter_map(Value::as_str)
        .map(|word| format!("`{word}`"))
        .collect()
}

fn range(schema: &Value) -> String {
    match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (min, Value::Null) => format!("at least {min}"),
        (Value::Null, max) => format!("at most {max}"),
        (min, max) => format!("from {min} to {max}"),
    }
}

/// The schema of a value that may be left out, once it is there.
fn without_null(schema: &Value) -> &Value {
    let variants = schema["anyOf"].as_array().into_iter().flatten();
    let mut others = variants.filter(|variant| variant["type"] != "null");
    others.next().unwrap_or(schema)
}

fn field<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let properties = schema["properties"]
        .as_object()
        .and_then(|all: &Map<_, _>| all.get(name));
    properties.or_else(|| schema.get("additionalProperties"))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
