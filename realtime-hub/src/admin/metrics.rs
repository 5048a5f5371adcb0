//! The hub's numbers in the text format of Prometheus, version 0.0.4.
//!
//! Written by hand: the counters exist for the admin's stream as well, and a registry would be a
//! second place for each of them.

use std::{
    fmt::{Display, Write as _},
    time::Instant,
};

use rookery_kit::process;

use crate::{
    admin::Sources,
    api::{Method, calls::ApiOutcome},
    clock,
    counters::{
        Counter,
        connections::Transport,
        latency::{BOUNDS_US, Latency},
        refused_tokens::Reason,
    },
    limits::pressure::Queue,
};

/// What the format is called in a response.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a family of samples measures.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A text that is being written.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
        }
    }

    fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.family(name, Kind::Counter, help);
        self.sample(name, &[], counter.get());
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, Kind::Gauge, help);
        self.sample(name, &[], value);
    }

    fn histogram(&mut self, name: &str, help: &str, latency: &Latency) {
        self.family(name, Kind::Histogram, help);
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        let counts = latency.buckets();
        for (bound_us, count) in BOUNDS_US.iter().zip(counts) {
            below += count;
            self.sample(&bucket, &[("le", &seconds(*bound_us).to_string())], below);
        }
        let all: u64 = counts.iter().sum();
        self.sample(&bucket, &[("le", "+Inf")], all);
        self.sample(&format!("{name}_sum"), &[], seconds(latency.sum_us()));
        self.sample(&format!("{name}_count"), &[], all);
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn seconds(us: u64) -> f64 {
    std::time::Duration::from_micros(us).as_secs_f64()
}

/// Everything at this moment.
#[must_use]
pub fn expose(sources: &Sources) -> String {
    let mut text = Exposition::default();
    connections(&mut text, sources);
    events(&mut text, sources);
    cores(&mut text, sources);
    process_usage(&mut text, sources);
    text.0
}

fn connections(text: &mut Exposition, sources: &Sources) {
    let stats = &sources.counters;
    let name = "rookery_hub_connections";
    text.family(name, Kind::Gauge, "Open connections.");
    for transport in Transport::ALL {
        let open = stats.connections.open(transport);
        text.sample(name, &[("transport", transport.name())], open);
    }
    let name = "rookery_hub_connects_total";
    text.family(name, Kind::Counter, "Connections that began.");
    text.sample(name, &[], stats.connections.connects());
    let name = "rookery_hub_closes_total";
    text.family(
        name,
        Kind::Counter,
        "Connections that ended, by close code.",
    );
    for close in stats.closes.counts() {
        let code = close.code.to_string();
        let labels = [("code", &*code), ("reason", &*close.reason)];
        text.sample(name, &labels, close.count);
    }
    let queued = sources.users.all();
    let queued: usize = queued.iter().map(|link| link.outbox().queued_bytes()).sum();
    let help = "Bytes that wait to be written to connections.";
    text.gauge("rookery_hub_queue_bytes", help, queued);
    let help = "Sockets, with those on which nothing was asked yet.";
    text.gauge("rookery_hub_sockets", help, sources.sockets.taken());
    let help = "Bytes of unfinished frames, bodies and waiting commands, beyond each connection's first 16 KiB.";
    text.gauge(
        "rookery_hub_inbound_bytes",
        help,
        sources.inbound.used_bytes(),
    );
    let help = "Users with a connection.";
    text.gauge("rookery_hub_users", help, sources.users.online());
    text.gauge("rookery_hub_rooms", "Live rooms.", sources.rooms.count());
    for (name, help, counter) in [
        (
            "rookery_hub_slow_total",
            "Connections that were cut off because they did not read.",
            &stats.slow,
        ),
        (
            "rookery_hub_sockets_refused_total",
            "Sockets that were closed at once, because there were as many as may be.",
            &stats.sockets_refused,
        ),
        (
            "rookery_hub_commands_total",
            "Commands of clients.",
            &stats.commands,
        ),
        (
            "rookery_hub_refused_total",
            "Commands answered with an error, and connections that were not opened.",
            &stats.refused,
        ),
    ] {
        text.counter(name, help, counter);
    }
}

fn events(text: &mut Exposition, sources: &Sources) {
    let stats = &sources.counters;
    for (name, help, counter) in [
        (
            "rookery_hub_events_total",
            "Events of cores' logs that rooms accepted, each once.",
            &stats.events,
        ),
        (
            "rookery_hub_publications_total",
            "Publications that rooms took and no core logs.",
            &stats.publications,
        ),
        (
            "rookery_hub_deliveries_total",
            "Pushes of events and publications to connections.",
            &stats.deliveries,
        ),
        (
            "rookery_hub_gaps_repaired_total",
            "Gaps that rooms closed by reading the log.",
            &stats.repairs,
        ),
        (
            "rookery_hub_topics_reset_total",
            "Topics whose log was found restored.",
            &stats.resets,
        ),
        (
            "rookery_hub_acks_total",
            "Messages acknowledged as delivered.",
            &stats.acks,
        ),
    ] {
        text.counter(name, help, counter);
    }
    let turnstile = sources.rooms.turnstile();
    let name = "rookery_hub_queue_age_seconds";
    text.family(
        name,
        Kind::Gauge,
        "How long the oldest of what the hub has taken in has waited for its own threads.",
    );
    for queue in Queue::ALL {
        let age = turnstile.pressure().age_of(queue, Instant::now());
        text.sample(name, &[("queue", queue.name())], age.as_secs_f64());
    }
    let help = "Publications that waited because the hub was behind.";
    text.counter("rookery_hub_publishes_held_total", help, &turnstile.held);
    let help = "Publications that were sent away because the hub was behind.";
    text.counter(
        "rookery_hub_publishes_refused_total",
        help,
        &turnstile.refused,
    );
    text.histogram(
        "rookery_hub_delivery_latency_seconds",
        "From an event's commit to a socket, for one delivery of each event.",
        &stats.latency,
    );
}

fn cores(text: &mut Exposition, sources: &Sources) {
    let streams = sources.counters.streams();
    let name = "rookery_hub_core_connected";
    text.family(
        name,
        Kind::Gauge,
        "Whether a core's publish stream is open.",
    );
    for (core, stream) in &streams {
        text.sample(name, &[("core", core)], u8::from(stream.connected));
    }
    let name = "rookery_hub_core_published_total";
    text.family(
        name,
        Kind::Counter,
        "Events a core published, copies included.",
    );
    for (core, stream) in &streams {
        text.sample(name, &[("core", core)], stream.published);
    }
    let verify = sources.authority.verify_stats();
    let help = "Verifications of tokens.";
    text.counter("rookery_hub_verify_calls_total", help, &verify.calls);
    let help = "Verifications that no core answered.";
    text.counter("rookery_hub_verify_failures_total", help, &verify.failures);
    let name = "rookery_hub_tokens_refused_total";
    text.family(name, Kind::Counter, "Tokens that were refused, by reason.");
    for reason in Reason::ALL {
        let labels = [("reason", reason.name())];
        text.sample(name, &labels, verify.refused.count(reason));
    }
    let help = "Verifications under way.";
    text.gauge("rookery_hub_verify_in_flight", help, verify.in_flight());
    let name = "rookery_hub_api_requests_total";
    text.family(name, Kind::Counter, "Calls of the server API.");
    for method in Method::ALL {
        for outcome in ApiOutcome::ALL {
            let labels = [("method", method.name()), ("outcome", outcome.name())];
            text.sample(name, &labels, sources.api_calls.get(method, outcome));
        }
    }
    let help = "API calls without a key that allows them.";
    text.counter(
        "rookery_hub_api_keys_refused_total",
        help,
        &sources.api_keys.refused,
    );
}

fn process_usage(text: &mut Exposition, sources: &Sources) {
    let name = "rookery_hub_build_info";
    text.family(name, Kind::Gauge, "Which hub this is.");
    let labels = [
        ("hub", &*sources.hub_id),
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    text.sample(name, &labels, 1);
    let usage = process::usage();
    let name = "process_cpu_seconds_total";
    text.family(name, Kind::Counter, "Processor time.");
    text.sample(name, &[], usage.cpu.as_secs_f64());
    let help = "Memory in use.";
    text.gauge("process_resident_memory_bytes", help, usage.resident_bytes);
    text.gauge("process_open_fds", "Open files.", usage.open_files);
    let started_at_us =
        clock::now_us() - i64::try_from(sources.started.elapsed().as_micros()).unwrap_or(0);
    let started_at = seconds(u64::try_from(started_at_us).unwrap_or(0));
    let help = "When the hub began, in seconds since 1970-01-01.";
    text.gauge("process_start_time_seconds", help, started_at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        text.sample("x", &[("a", "1\"2\\3\n"), ("b", "")], 7);
        assert_eq!(text.0, "x{a=\"1\\\"2\\\\3\\n\",b=\"\"} 7\n");
    }

    #[test]
    fn histogram_is_cumulative() {
        let latency = Latency::default();
        latency.record(100);
        latency.record(120);
        latency.record(20_000_000);
        let mut text = Exposition::default();
        text.histogram("l_seconds", "Latency.", &latency);
        let lines: Vec<&str> = text.0.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "# HELP l_seconds Latency.",
                "# TYPE l_seconds histogram",
                "l_seconds_bucket{le=\"0.0001\"} 1",
                "l_seconds_bucket{le=\"0.00015\"} 2",
            ]
        );
        assert_eq!(
            lines[lines.len() - 3..],
            [
                "l_seconds_bucket{le=\"+Inf\"} 3",
                "l_seconds_sum 20.00022",
                "l_seconds_count 3",
            ]
        );
    }
}
