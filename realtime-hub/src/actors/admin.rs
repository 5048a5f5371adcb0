//! The actor behind `/admin/sse`: tells every admin, once a second, how the hub is.

use std::{sync::Arc, time::Duration};

use actix::{Actor, AsyncContext as _, Context, Handler, Message};
use bytes::Bytes;

use crate::{context::Hub, transport::outbox::Outbox};

/// How often.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// See the module's description.
pub struct Admin {
    hub: Arc<Hub>,
    admins: Vec<Arc<Outbox>>,
}

/// An admin opened a stream.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Watch(
    /// Where it hears.
    pub Arc<Outbox>,
);

impl Admin {
    /// Tells of this hub.
    #[must_use]
    pub fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            admins: Vec::new(),
        }
    }

    fn statistics(&self) -> Bytes {
        let hub = &self.hub;
        let (users, rooms) = (hub.users.online(), hub.directory.rooms());
        let snapshot = hub.stats.snapshot(&hub.config.instance_id, users, rooms);
        let json = serde_json::to_string(&snapshot).unwrap_or_default();
        format!("event: stats\ndata: {json}\n\n").into()
    }
}

impl Actor for Admin {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TELL_EVERY, |act, _| {
            if !act.admins.is_empty() {
                let statistics = act.statistics();
                act.admins.retain(|admin| admin.push(statistics.clone()));
            }
        });
    }
}

impl Handler<Watch> for Admin {
    type Result = ();

    fn handle(&mut self, watch: Watch, _: &mut Self::Context) {
        if watch.0.push(self.statistics()) {
            self.admins.push(watch.0);
        }
    }
}
