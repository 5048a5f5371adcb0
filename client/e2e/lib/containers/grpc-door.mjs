import { connect } from 'node:http2';

/** Whether a gRPC server with mutual TLS lets somebody in: with these certificates, or with none. */
export function isLetIn(url, credentials) {
  return new Promise((resolve) => {
    const session = connect(url, credentials);
    const answer = (verdict) => {
      resolve(verdict);
      session.destroy();
    };
    // What the server says first, once it has accepted the client's certificate.
    session.on('remoteSettings', () => {
      const ping = session.ping((error) => answer(!error));
      if (!ping) answer(false);
    });
    session.on('error', () => answer(false));
    session.on('close', () => answer(false));
  });
}
