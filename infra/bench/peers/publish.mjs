import { createServer } from 'node:http';

/** An HTTP server with `GET /ready`, and `POST /publish`, whose body is handed to `deliver`. */
export function publishing(deliver) {
  return createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(204).end();
      return;
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      deliver(body);
      response.writeHead(201, { 'content-length': 0 }).end();
    });
  });
}

/** Where to listen: the port is the only argument. */
export const listen = (server) =>
  server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
