// One room on `ws`: whoever connects hears everything.
import { WebSocketServer } from 'ws';

import { listen, publishing } from './publish.mjs';

const server = publishing((event) => {
  for (const client of sockets.clients) client.send(event);
});
const sockets = new WebSocketServer({ server });
listen(server);
