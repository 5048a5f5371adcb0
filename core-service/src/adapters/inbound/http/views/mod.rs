//! What clients get to see: the schemas of the document, and the only types that are answered.

mod conversations;
mod messages;
mod people;

pub(super) use self::{conversations::*, messages::*, people::*};

fn all<T, View: From<T>>(items: Vec<T>) -> Vec<View> {
    items.into_iter().map(View::from).collect()
}
