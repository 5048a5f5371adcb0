import { connect } from 'node:http2';

/** An empty message: not compressed, length 0. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Calls a gRPC method with an empty message and returns its `grpc-status` as a number. */
export async function callGrpc(port, method, headers = {}) {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
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
  } finally {
    session.close();
  }
}
