import { createServer } from 'node:http2';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** An OpenTelemetry collector that keeps the bytes of every batch of spans. */
export class Collector {
  batches = [];
  #sessions = new Set();

  static async start() {
    const collector = new Collector();
    collector.server = createServer();
    collector.server.on('session', (session) => collector.#sessions.add(session));
    collector.server.on('stream', (stream, headers) => collector.#take(stream, headers));
    await new Promise((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** Whether a batch of `program` has a span in this trace, and in it this text: a name, a route. */
  has(program, part, traceId) {
    const parts = [program, part].map((text) => Buffer.from(text));
    parts.push(Buffer.from(traceId, 'hex'));
    return this.batches.some((batch) => parts.every((part) => batch.includes(part)));
  }

  stop() {
    this.#sessions.forEach((session) => session.destroy());
    this.server.close();
  }

  #take(stream, headers) {
    const chunks = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      if (headers[':path'] === EXPORT) this.batches.push(Buffer.concat(chunks));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      // An empty answer of gRPC: not compressed, no bytes.
      stream.end(Buffer.alloc(5));
    });
  }
}
