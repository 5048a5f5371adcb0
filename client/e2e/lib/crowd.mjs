/** A process that holds many WebSockets, which hear one channel and look at nothing of it. */
import { connect } from 'node:net';

import { frame } from './socket.mjs';

const TEXT = 0x81;
const [port, count, channel, token] = process.argv.slice(2);

let open = 0;

function join() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    let head = '';
    const say = (command) => socket.write(frame(TEXT, JSON.stringify(command)));
    const begin = (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('"subscribe":')) return;
      socket.removeListener('data', begin);
      // Flowing, and nobody looks.
      socket.resume();
      open += 1;
      resolve();
    };
    socket.on('data', begin);
    socket.on('error', reject);
    socket.on('close', () => (open -= 1));
    socket.write(
      'GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n' +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    say({ id: 1, connect: { token } });
    say({ id: 2, subscribe: { channel } });
  });
}

for (let at = 0; at < Number(count); at += 50) {
  await Promise.all(Array.from({ length: Math.min(50, count - at) }, join));
}
process.send({ open });
process.on('message', () => process.send({ open }));
process.on('disconnect', () => process.exit());
