import { connect } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';

/** An empty message: not compressed, length 0. */
const EMPTY_MESSAGE = Buffer.alloc(5);
/** A server that refuses a certificate may leave Node's session waiting for ever. */
const ANSWERED_WITHIN_MS = 5_000;

/**
 * Calls a gRPC method with an empty message and returns its `grpc-status` as a number; `tls` is what
 * `node:tls` takes.
 */
export async function callGrpc(origin, method, { headers = {}, tls } = {}) {
  const session = connect(origin, tls);
  const waiting = new AbortController();
  try {
    return await Promise.race([
      answerOf(session, method, headers),
      delay(ANSWERED_WITHIN_MS, undefined, { signal: waiting.signal }).then(() => {
        throw new Error(`${method} was not answered`);
      }),
    ]);
  } finally {
    waiting.abort();
    session.destroy();
  }
}

function answerOf(session, method, headers) {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    session.on('close', () => reject(new Error(`the connection for ${method} was closed`)));
    const request = session.request({
      ':method': 'POST',
      ':path': `/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const look = (received) => {
      if ('grpc-status' in received) resolve(Number(received['grpc-status']));
    };
    request.on('error', reject);
    request.on('response', look);
    request.on('trailers', look);
    request.on('end', () => reject(new Error(`${method} ended without a grpc-status`)));
    request.resume();
    request.end(EMPTY_MESSAGE);
  });
}
