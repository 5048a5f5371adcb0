//! Spans for an OpenTelemetry collector, and how they hang together across processes: by the
//! `traceparent` of W3C Trace Context (<https://www.w3.org/TR/trace-context/>).

use std::{collections::HashMap, error::Error};

use opentelemetry::{
    propagation::TextMapPropagator as _,
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, registry::LookupSpan};

/// Name of the header, and of everything else that carries it.
pub const TRACEPARENT: &str = "traceparent";

/// Section `trace` of a program's configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TraceConfig {
    /// gRPC address of an OpenTelemetry collector, such as `http://127.0.0.1:4317`. Without it nothing is traced.
    pub otlp_url: Option<String>,
    /// Share of the requests that are traced when their caller has not decided.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample_ratio: f64,
}

impl Default for TraceConfig {
    fn default() -> Self {
        Self {
            otlp_url: None,
            sample_ratio: 1.0,
        }
    }
}

/// Where spans go, if anywhere; what is still here when it is dropped is sent.
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Spans of `program`'s process `instance`. Call it inside a Tokio runtime that outlives it.
    ///
    /// # Errors
    /// When the collector's address cannot be used.
    pub fn new(
        config: &TraceConfig,
        program: &'static str,
        instance: &str,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let Some(url) = &config.otlp_url else {
            return Ok(Self(None));
        };
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(url)
            .build()?;
        let resource = Resource::builder()
            .with_service_name(program)
            .with_attribute(opentelemetry::KeyValue::new(
                "service.instance.id",
                instance.to_owned(),
            ))
            .build();
        let sampler = Sampler::TraceIdRatioBased(config.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource)
            .build();
        Ok(Self(Some(provider)))
    }

    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.as_ref()?.tracer("rookery");
        Some(tracing_opentelemetry::layer().with_tracer(tracer))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
    }
}

/// Hangs a span below what another process said.
pub fn set_parent(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    // Without a collector there is nothing to hang it below.
    let _ = span.set_parent(context);
}

/// What another process needs to hang its spans below this one; empty when it is not traced.
#[must_use]
pub fn traceparent(span: &Span) -> String {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return String::new();
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(TRACEPARENT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn trace_goes_on_where_the_caller_was() {
        let traces = Traces(Some(SdkTracerProvider::builder().build()));
        let subscriber = tracing_subscriber::registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request");
            set_parent(&span, CALLER);
            let passed_on = traceparent(&span);
            assert_eq!(passed_on[..36], CALLER[..36], "the same trace");
            assert_ne!(passed_on, CALLER, "another span");
            assert!(passed_on.ends_with("-01"));
        });
    }

    #[test]
    fn without_a_collector_nothing_is_carried() {
        let traces = Traces::new(&TraceConfig::default(), "test", "1").unwrap();
        let subscriber = tracing_subscriber::registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request");
            set_parent(&span, CALLER);
            assert_eq!(traceparent(&span), "");
        });
    }
}
