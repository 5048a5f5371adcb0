import { connect } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that refuses a certificate may leave Node's session waiting for ever. */
const ANSWERED_WITHIN_MS = 5_000;

/**
 * Calls a gRPC method and returns its `grpc-status` as a number; `message` is what it is called
 * with, in Protobuf, `tls` what `node:tls` takes.
 */
export async function callGrpc(origin, method, { headers = {}, message, tls } = {}) {
  const session = connect(origin, tls);
  const waiting = new AbortController();
  try {
    return await Promise.race([
      answerOf(session, method, headers, framed(message)),
      delay(ANSWERED_WITHIN_MS, undefined, { signal: waiting.signal }).then(() => {
        throw new Error(`${method} was not answered`);
      }),
    ]);
  } finally {
    waiting.abort();
    session.destroy();
  }
}

/** A message as gRPC sends it: not compressed, and its length. */
function framed(message = Buffer.alloc(0)) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A Protobuf message of texts, by the numbers of their fields; each text has less than 128 bytes. */
export function texts(fields) {
  const parts = Object.entries(fields).map(([number, text]) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([(Number(number) << 3) | 2, bytes.length]), bytes]);
  });
  return Buffer.concat(parts);
}

function answerOf(session, method, headers, message) {
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
    request.end(message);
  });
}
