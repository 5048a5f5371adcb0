//! What clients get to see: the schemas of the document, and the only types that are answered.

mod conversations;
mod events;
mod messages;
mod people;
mod reactions;

pub(super) use self::{conversations::*, events::*, messages::*, people::*, reactions::*};

fn all<T, View: From<T>>(items: Vec<T>) -> Vec<View> {
    items.into_iter().map(View::from).collect()
}
