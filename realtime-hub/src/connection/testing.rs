//! Connections for tests, without a socket.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use serde_json::Value;

use super::{
    link::{Link, Owner},
    outbox::{Next, Outbox},
};
use crate::protocol::{codes::Close, wire::Wire};

/// A connection of `user` that is told JSON, a line each.
pub(crate) fn link(user: &str) -> Arc<Link> {
    link_of(user, "session")
}

/// The same of one sign-in.
pub(crate) fn link_of(user: &str, session: &str) -> Arc<Link> {
    let owner = Owner {
        user: user.into(),
        session: session.into(),
        info: Bytes::new(),
    };
    let outbox = Arc::new(Outbox::new(1 << 20));
    Link::new(owner, Wire::JsonLines, outbox, Arc::default())
}

/// What a connection is about to be told, and why it ends, if it does.
#[track_caller]
pub(crate) fn take(outbox: &Outbox) -> (Vec<Value>, Option<Close>) {
    let mut told = Vec::new();
    loop {
        match outbox.poll_next(&Context::from_waker(Waker::noop())) {
            Poll::Ready(Next::Frames(frames)) => {
                for frame in frames {
                    outbox.written(frame.len());
                    told.push(serde_json::from_slice(&frame).unwrap());
                }
            }
            Poll::Ready(Next::End(close) | Next::Cut(close)) => return (told, Some(close)),
            Poll::Pending => return (told, None),
        }
    }
}
