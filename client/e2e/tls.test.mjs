import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { eventually } from './lib/eventually.mjs';
import { EventStream } from './lib/events.mjs';
import { Person } from './lib/person.mjs';
import { befriend } from './lib/scenes.mjs';
import { FORMAT_NAMES, hearsMessages, Sdk, texts } from './lib/sdk.mjs';
import { Stack, run, watchForHarm } from './lib/stack.mjs';
import { trusting } from './lib/trust.mjs';

const SCRIPT = fileURLToPath(new URL('../../infra/tls/make-certificates.sh', import.meta.url));
/** Several records of TLS, and more than one write. */
const LONG = 'x'.repeat(3_000);

let folder, ca, trust, stack, assertUnharmed;
let url, port;
let anna, ben;
/** The chat of Anna and Ben. */
let id;

const file = (name) => join(folder, name);
const makeCertificates = () => run(SCRIPT, [folder]);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rookery-tls-'));
  await makeCertificates();
  ca = await readFile(file('ca.crt'));
  trust = trusting(ca);
  stack = await Stack.start({
    env: {
      ROOKERY_HUB_TLS__CERTIFICATE_FILE: file('hub.crt'),
      ROOKERY_HUB_TLS__KEY_FILE: file('hub.key'),
      ROOKERY_HUB_TLS__RENEWAL_CHECK_S: '1',
    },
  });
  url = stack.hubUrl.replace(/^http/, 'https');
  port = Number(new URL(url).port);
  [anna, ben] = await Person.crowd(stack, ['anna', 'ben']);
  ({ id } = await befriend(anna, ben));
  assertUnharmed = await watchForHarm(stack);
});

after(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Ben writes; returns the texts. */
async function write(count, topic) {
  const texts = Array.from({ length: count }, (_, n) => `${topic} ${n} ${LONG}`);
  for (const text of texts) await ben.api.send(id, text);
  return texts;
}

const sdk = ({ api: { token } }, transport, format) =>
  new Sdk(url, { token, transports: [transport], format, ...trust });

/** The chat, once its connection stands. */
const openChat = async (client) =>
  (await client.connect()).subscribe(`chat:${id}`, { recoverable: true });

/** A handshake: what was agreed on, or the error. */
function shake(options) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca, ...options });
    socket.on('error', ({ code }) => resolve({ error: code }));
    socket.on('secureConnect', () => {
      const { fingerprint256: certificate } = socket.getPeerCertificate();
      resolve({ version: socket.getProtocol(), alpn: socket.alpnProtocol, certificate });
      socket.destroy();
    });
  });
}

const VARIANTS = ['websocket', 'http_stream'].flatMap((transport) =>
  FORMAT_NAMES.map((format) => [transport, format]),
);

for (const [transport, format] of VARIANTS) {
  test(`the official SDK does everything over ${transport} in ${format}`, async (t) => {
    const [hers, his] = [sdk(anna, transport, format), sdk(ben, 'websocket')];
    t.after(() => [hers, his].forEach((client) => client.close()));
    const [chat, bens] = await Promise.all([hers, his].map(openChat));
    const sent = await write(20, `${transport} ${format}`);
    await hearsMessages(chat, sent.length);
    assert.deepEqual(texts(chat), sent);
    assert.deepEqual(await hers.rpc('ack', { conversation_id: id, seq: 1 }), {});
    await hers.publish(`chat:${id}`, { type: 'typing' });
    const typing = () => bens.heard.some(({ data }) => data.type === 'typing');
    await eventually('Ben sees Anna type', typing);

    hers.client.disconnect();
    sent.push(...(await write(30, 'missed')));
    await hers.connect();
    await hearsMessages(chat, sent.length);
    assert.deepEqual(texts(chat), sent);
    const [, again, ...others] = chat.states;
    assert.ok(again.recovered && others.length === 0);
    assert.ok(hers.closed.every(({ code }) => code === 0));
  });
}

test('a plain event stream', async () => {
  const address = `${url}/sse?topic=chat:${id}`;
  const stream = await EventStream.open(
    address,
    { authorization: `Bearer ${anna.api.token}` },
    trust,
  );
  assert.equal(stream.status, 200);
  await eventually('it begins', () => stream.events[0]);
  const sent = await write(5, 'streamed');
  const heard = () => stream.events.flatMap(({ data }) => data.event?.message?.text ?? []);
  await eventually('the messages', () => heard().length >= sent.length);
  assert.deepEqual(heard(), sent);
  await stream.close();
});

test('a ticket is a cookie for https alone', async () => {
  const { status, headers } = await trust.fetch(`${url}/sse/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${anna.api.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cookie: true }),
  });
  assert.equal(status, 200);
  assert.match(headers.get('set-cookie'), /; Secure/);
});

test('HTTP/1.1 under TLS 1.2 or 1.3, and nothing else', async () => {
  const only = (version) => ({ minVersion: version, maxVersion: version });
  const http = { ALPNProtocols: ['h2', 'http/1.1'] };
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const { certificate, ...agreed } = await shake({ ...only(version), ...http });
    assert.deepEqual(agreed, { version, alpn: 'http/1.1' });
    assert.match(certificate, /^[0-9A-F:]{95}$/);
  }
  assert.equal((await shake({})).alpn, false, 'who does not ask is not refused');
  const old = { minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  assert.equal((await shake({ ...old, maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
  const refused = await shake({ ...old, maxVersion: 'TLSv1.1' });
  assert.equal(refused.error, 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE');
  const { error } = await shake({ ALPNProtocols: ['h2'] });
  assert.equal(error, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
});

test('who speaks without TLS is not answered', async () => {
  const socket = connectPlain(port, '127.0.0.1');
  socket.write('GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n');
  const said = [];
  socket.on('data', (chunk) => said.push(chunk));
  await new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', resolve);
  });
  // At most an alert, which is no text.
  assert.ok(Buffer.concat(said).length <= 7);
});

test('a renewed certificate is shown to new connections, and old ones live on', async (t) => {
  const client = sdk(anna, 'websocket');
  t.after(() => client.close());
  const chat = await openChat(client);
  const { certificate: first } = await shake({});

  await writeFile(file('hub.crt'), 'half a file');
  const complaint = /WARN.*the certificate stays as it was.*tls\.certificate_file/;
  await eventually('the hub complains', async () => complaint.test(await stack.log('hub')));
  assert.equal((await shake({})).certificate, first);
  // It would not start so, and it is well.
  await assert.rejects(stack.runBeside('hub', ['--check-config']), /tls\.certificate_file/);
  await stack.runBeside('hub', ['health']);

  await makeCertificates();
  const renewed = async () => (await shake({})).certificate !== first;
  await eventually('the new one is shown', renewed, { everyMs: 100 });
  await stack.runBeside('hub', ['health']);
  const sent = await write(1, 'after the renewal');
  await hearsMessages(chat, sent.length);
  assert.deepEqual(client.closed, []);
});

test('whatever was said, everything still runs, and says so', () => assertUnharmed());
