//! What clients get to see: the schemas of the document, and the only types that are answered.

mod conversations;
mod events;
mod invites;
mod messages;
mod people;
mod previews;
mod reactions;
mod uploads;

pub(super) use self::{
    conversations::*, events::*, invites::*, messages::*, people::*, previews::*, reactions::*,
    uploads::*,
};

fn all<T, View: From<T>>(items: Vec<T>) -> Vec<View> {
    items.into_iter().map(View::from).collect()
}
