import { createServer, request } from 'node:http';

/** A proxy in front of the hub that lets no WebSocket through, as some companies have. */
export class BlockingProxy {
  /** How many upgrades it refused. */
  refused = 0;

  static async start(hubUrl) {
    const proxy = new BlockingProxy();
    const { hostname, port } = new URL(hubUrl);
    proxy.server = createServer((incoming, answer) => {
      const { method, url: path, headers } = incoming;
      const outgoing = request({ hostname, port, method, path, headers }, (response) => {
        answer.writeHead(response.statusCode, response.headers);
        answer.flushHeaders();
        response.pipe(answer);
        response.on('error', () => answer.destroy());
      });
      outgoing.on('error', () => answer.destroy());
      answer.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    });
    proxy.server.on('upgrade', (_, socket) => {
      proxy.refused += 1;
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise((resolve) => proxy.server.listen(0, hostname, resolve));
    proxy.url = `http://${hostname}:${proxy.server.address().port}`;
    return proxy;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
