import { request } from 'node:https';
import { Readable } from 'node:stream';

import { WebSocket } from 'ws';

/** What a client needs that trusts a private authority: `fetch` takes none, and nor does an SDK. */
export function trusting(ca) {
  class TrustingWebSocket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { ca });
    }
  }
  return {
    websocket: TrustingWebSocket,
    fetch: (url, { method, headers, body, signal } = {}) =>
      new Promise((resolve, reject) => {
        const asked = request(url, { ca, method, headers, signal, agent: false });
        asked.on('error', reject);
        asked.on('response', (answer) => {
          // Neither 204 nor 304 may have a body.
          const stream = answer.statusCode === 204 ? null : Readable.toWeb(answer);
          const { statusCode: status, headers } = answer;
          resolve(new Response(stream, { status, headers }));
        });
        asked.end(body);
      }),
  };
}
