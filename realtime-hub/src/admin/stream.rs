//! The actor behind `/admin/sse`: tells every admin, once a second, how the hub is and what
//! happened to it.

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, AsyncContext as _, Context, Handler, Message};
use bytes::Bytes;

use crate::{
    admin::Sources,
    admin::{snapshot::Snapshot, window::Window},
    connection::outbox::Outbox,
    counters::journal::Entry,
};

/// How often.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The actor that sends statistics and the journal to every open `/admin/sse`.
pub struct Admin {
    sources: Arc<Sources>,
    admins: Vec<Arc<Outbox>>,
    window: Window,
    /// When rooms were last looked at, which is done only while somebody watches.
    rooms_seen_at: Instant,
    /// The last entry that the admins know.
    told: u64,
}

/// An admin opened a stream.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Watch {
    /// Where it hears.
    pub outbox: Arc<Outbox>,
    /// The last entry of an earlier stream.
    pub seen: Option<u64>,
}

/// Something happened that cannot wait for the next second.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TellNews;

impl Admin {
    /// Tells of this hub.
    #[must_use]
    pub fn new(sources: Arc<Sources>) -> Self {
        let now = Instant::now();
        Self {
            window: Window::new(&sources.counters, now),
            rooms_seen_at: now,
            admins: Vec::new(),
            told: 0,
            sources,
        }
    }

    fn tick(&mut self) {
        self.window.tick(&self.sources.counters, Instant::now());
        if self.admins.is_empty() {
            return;
        }
        self.tell_news();
        let statistics = self.statistics();
        self.admins.retain(|admin| admin.push(statistics.clone()));
    }

    /// Brings the admins who are here up to date.
    fn tell_news(&mut self) {
        let news = self.sources.counters.lifecycle.after(self.told);
        if let Some(last) = news.last() {
            self.told = last.id;
            let news = written(&news);
            self.admins.retain(|admin| admin.push(news.clone()));
        }
    }

    /// Everything, with the rates of rooms since the last call.
    fn statistics(&mut self) -> Bytes {
        let snapshot = Snapshot::take(&self.sources, &self.window, self.rooms_seen_at.elapsed());
        self.rooms_seen_at = Instant::now();
        let json = serde_json::to_string(&snapshot).unwrap_or_default();
        format!("event: stats\ndata: {json}\n\n").into()
    }
}

fn written(entries: &[Entry]) -> Bytes {
    let mut text = String::new();
    for entry in entries {
        let json = serde_json::to_string(entry).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(text, "id: {}\nevent: lifecycle\ndata: {json}\n\n", entry.id);
    }
    text.into()
}

impl Actor for Admin {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TELL_EVERY, |act, _| act.tick());
    }
}

impl Handler<Watch> for Admin {
    type Result = ();

    fn handle(&mut self, watch: Watch, _: &mut Self::Context) {
        // The others first: they share what was told last.
        self.tell_news();
        let entries = self.sources.counters.lifecycle.since(watch.seen);
        self.told = entries
            .last()
            .map_or(self.told, |last| last.id.max(self.told));
        if self.admins.is_empty() {
            // Rates begin now: nobody has looked for a while.
            self.statistics();
        }
        let statistics = self.statistics();
        if watch.outbox.push(statistics) {
            watch.outbox.push(written(&entries));
            self.admins.push(watch.outbox);
        }
    }
}

impl Handler<TellNews> for Admin {
    type Result = ();

    fn handle(&mut self, _: TellNews, _: &mut Self::Context) {
        self.tell_news();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        task::{Poll, Waker},
    };

    use actix::Addr;
    use serde_json::json;
    use tokio::runtime::Handle;

    use super::*;
    use crate::{
        api::ServerApi,
        connection::outbox::Next,
        counters::{Stats, journal::Kind},
        identity::api_keys::ApiKeys,
        lifecycle::Readiness,
        limits::places::ConnectionLimits,
        rooms::testing::{namespaces, setup},
        session::testing::world,
    };

    fn admin() -> (Addr<Admin>, Arc<Stats>) {
        let services = world(setup(namespaces(json!({})))).services;
        let keys = Arc::new(ApiKeys::new(None, None, &BTreeMap::new()));
        let api = ServerApi::new(&services, keys, Handle::current());
        let readiness = Arc::new(Readiness::new(services.authority.clone()));
        let sockets = ConnectionLimits::new(10, None);
        let sources = Sources::new(&services, &api, readiness, sockets);
        (
            Admin::new(Arc::new(sources)).start(),
            services.counters.clone(),
        )
    }

    /// Opens a stream that had everything up to `seen`.
    async fn watch(admin: &Addr<Admin>, seen: Option<u64>) -> Arc<Outbox> {
        let outbox = Arc::new(Outbox::new(1 << 20));
        let (watched, watch) = (outbox.clone(), Watch { outbox, seen });
        admin.send(watch).await.unwrap();
        watched
    }

    /// The kinds of events that were written since the last call, and their text.
    fn heard(outbox: &Outbox) -> (Vec<String>, String) {
        let mut text = String::new();
        let context = std::task::Context::from_waker(Waker::noop());
        while let Poll::Ready(Next::Frames(frames)) = outbox.poll_next(&context) {
            for frame in frames {
                outbox.written(frame.len());
                text += std::str::from_utf8(&frame).unwrap();
            }
        }
        let kinds = text.lines().filter_map(|line| line.strip_prefix("event: "));
        (kinds.map(str::to_owned).collect(), text)
    }

    #[actix_rt::test]
    async fn admin_is_told_at_once_how_the_hub_is_and_what_happened() {
        let (admin, counters) = admin();
        counters.lifecycle.note(Kind::HubStarted, "ready");
        let (kinds, text) = heard(&*watch(&admin, None).await);
        assert_eq!(kinds, ["stats", "lifecycle"]);
        assert!(text.contains(r#""hub":"hub-1""#), "{text}");
        assert!(text.contains(r#""text":"ready""#), "{text}");
    }

    #[actix_rt::test]
    async fn admin_that_comes_back_is_told_what_it_missed() {
        let (admin, counters) = admin();
        counters.lifecycle.note(Kind::CoreConnected, "first");
        counters.lifecycle.note(Kind::CoreConnected, "second");
        let seen = counters.lifecycle.after(0)[0].id;
        let (_, text) = heard(&*watch(&admin, Some(seen)).await);
        assert!(!text.contains("first") && text.contains("second"), "{text}");
    }

    #[actix_rt::test]
    async fn news_reach_each_admin_once() {
        let (admin, counters) = admin();
        let early = watch(&admin, None).await;
        heard(&early);
        counters.lifecycle.note(Kind::HubLeaving, "asked to stop");
        let late = watch(&admin, None).await;
        admin.send(TellNews).await.unwrap();
        admin.send(TellNews).await.unwrap();
        assert_eq!(heard(&early).0, ["lifecycle"]);
        assert_eq!(heard(&late).0, ["stats", "lifecycle"]);
    }
}
