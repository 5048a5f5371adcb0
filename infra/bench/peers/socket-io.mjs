// One room on socket.io: whoever connects hears everything.
import { Server } from 'socket.io';

import { listen, publishing } from './publish.mjs';

const server = publishing((event) => sockets.emit('event', JSON.parse(event)));
const sockets = new Server(server, { transports: ['websocket'], serveClient: false });
listen(server);
