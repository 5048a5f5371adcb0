//! Stricter reading of JSON than serde's own, and how Protobuf fields look in a JSON frame of the
//! client protocol and in the server API's bodies.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A value that is written as an object. Serde alone also takes a struct's fields from an array, by
/// their position, which no client means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, fields: M) -> Result<Self::Value, M::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// Whether a field has proto3's default value and is therefore left out.
pub(crate) fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A field whose `null` means that it is not set: libraries in languages with null write that for
/// every field of a request that their caller left out.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A payload: raw JSON inside the frame, bytes in memory.
pub(crate) mod payload {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
    use serde_json::value::RawValue;

    pub(crate) fn serialize<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        // A payload comes from our own encoders or was itself cut out of a JSON frame, but one
        // that is not JSON must not corrupt the frame around it.
        let raw: &RawValue = serde_json::from_slice(data).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer).map_err(de::Error::custom)?;
        Ok(Bytes::from(String::from(Box::<str>::from(raw))))
    }
}

/// Bytes that are a string in JSON.
pub(crate) mod text {
    use std::str;

    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

    pub(crate) fn serialize<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        str::from_utf8(data)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        String::deserialize(deserializer).map(Bytes::from)
    }
}

/// Messages inside a message: each an object, as the message itself is.
pub(crate) mod object {
    use std::collections::HashMap;

    use serde::{Deserialize, Deserializer};

    use super::Object;

    pub(crate) fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let message = Option::<Object<T>>::deserialize(deserializer)?;
        Ok(message.map(|Object(message)| message))
    }

    pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let messages: Vec<Object<T>> = super::or_default(deserializer)?;
        Ok(messages
            .into_iter()
            .map(|Object(message)| message)
            .collect())
    }

    pub(crate) fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<HashMap<String, T>, D::Error> {
        let messages: HashMap<String, Object<T>> = super::or_default(deserializer)?;
        let messages = messages.into_iter();
        Ok(messages
            .map(|(key, Object(message))| (key, message))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Point {
        x: u8,
    }

    #[test]
    fn struct_is_no_list() {
        let Object(point) = serde_json::from_str::<Object<Point>>(r#"{"x": 1}"#).unwrap();
        assert_eq!(point.x, 1);
        let error = serde_json::from_str::<Object<Point>>("[1]").unwrap_err();
        assert!(error.to_string().contains("expected an object"), "{error}");
    }
}
