import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { EventStream } from '../events.mjs';
import { eventually } from '../eventually.mjs';
import { callGrpc } from '../grpc.mjs';
import { restoreBackup } from './backup.mjs';
import { docker } from './capture.mjs';
import { state } from './composition.mjs';
import { Prober } from './prober.mjs';
import { Talk } from './talk.mjs';

/** What core and hub answer to anybody who is let in. */
const HEALTH = 'grpc.health.v1.Health/Check';
/** Long enough for everybody to notice that something is gone, short enough for a client's patience. */
const AWAY_MS = 3_000;

/** Everything up, then one part after the other lost or added while people write. */
export async function plainPass(composition, protocol) {
  await start(composition, protocol);
  const talk = await begin(composition, protocol);
  const lose = (what, act) => protocol.step(what, () => talk.during(act));

  await lose('people chat');
  await lose('a core is killed', () => crashCore(composition));
  await lose('the hub is restarted', () => restart(composition, 'hub'));
  await lose('the hub loses the private network', () => isolateHub(composition));
  await lose('PostgreSQL stops and starts', () => restartPostgres(composition));
  await lose('nginx is restarted', () => restart(composition, 'nginx'));
  await lose('everything is killed, and started in the wrong order', () => reboot(composition));
  await lose('a core is replaced', () => unnoticed(talk, () => replaceCore(composition)));
  await lose('4 cores', () => unnoticed(talk, () => scale(composition, 4)));
  await lose('2 cores again', () => unnoticed(talk, () => scale(composition, 2)));
  await protocol.step('a backup is restored', () => restoreBackup(composition, talk));
  await protocol.step('everything stops', () => stop(composition));
}

/** The same with TLS for browsers and mutual TLS inside, in short. */
export async function tlsPass(composition, protocol, tlsFolder) {
  await start(composition, protocol, ' (TLS)');
  await protocol.step('who has no certificate is not let in', () =>
    checkDoors(composition, tlsFolder),
  );
  await protocol.step('HTTPS', () => checkHttps(composition));
  const talk = await begin(composition, protocol, ' (TLS)');
  await protocol.step('people chat over wss://', () => talk.during());
  await protocol.step('a core is killed (TLS)', () => talk.during(() => crashCore(composition)));
  await protocol.step('the hub is restarted (TLS)', () =>
    talk.during(() => restart(composition, 'hub')),
  );
  await protocol.step('the admin stream through nginx', () => checkAdminStream(composition));
  talk.end();
}

async function start(composition, protocol, how = '') {
  await protocol.step(`up${how}`, async () => {
    await composition.up();
    await composition.readClientConfig();
    return 'PostgreSQL, 2 cores, nginx and hub are healthy';
  });
  await protocol.step(`ten pings${how}`, async () => {
    const tally = await composition.tally(2);
    if (tally.some(([, count]) => count !== 5)) throw new Error(`not 5 and 5: ${tally}`);
    return tally.map(([core, count]) => `${core} answered ${count}`).join(', ');
  });
}

async function begin(composition, protocol, how = '') {
  let talk;
  await protocol.step(`people sign up${how}`, async () => {
    talk = await Talk.begin(composition);
    return `${talk.people.length} people in a group at ${composition.socketUrl}`;
  });
  return talk;
}

/** Asks all the time while `act` runs; nobody may notice anything. */
async function unnoticed(talk, act) {
  const prober = new Prober(talk.people[0].api);
  const detail = await act().finally(() => prober.stop());
  if (prober.refusals.length > 0) throw new Error(prober.refusals.join('; '));
  return `${detail}; ${prober.asked} requests beside, none refused`;
}

async function crashCore(composition) {
  await composition.crash(await composition.id('core'));
  await composition.healthy(['core']);
}

async function restart(composition, service) {
  await docker('restart', await composition.id(service));
  await composition.healthy([service]);
  // Only nginx, once it has found the hub where it is now, passes the hub's refusal on.
  await eventually('nginx finds the hub', async () => (await knock(composition)) === 401, {
    withinMs: 10_000,
    everyMs: 50,
  });
}

async function knock(composition) {
  const { status } = await fetch(`${composition.publicUrl}/admin/sse`);
  return status;
}

async function isolateHub(composition) {
  await composition.connectHub('disconnect');
  await pause();
  await composition.connectHub('connect', '--alias', 'hub');
}

async function restartPostgres(composition) {
  await composition.compose('stop', 'postgres');
  const { ExitCode } = await state(await composition.id('postgres'));
  await composition.compose('start', 'postgres');
  await composition.healthy(['postgres', 'core']);
  return `PostgreSQL ended with ${ExitCode}`;
}

/** As when the machine loses its power: nothing can rely on an order when it comes back. */
async function reboot(composition) {
  const all = [];
  for (const service of ['hub', 'nginx', 'core', 'postgres']) {
    all.push(...(await composition.ids(service)));
  }
  await docker('kill', ...all);
  for (const id of all) await docker('start', id);
  await composition.healthy();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, AWAY_MS));

async function replaceCore(composition) {
  const id = await composition.id('core');
  await docker('stop', id);
  const { ExitCode } = await state(id);
  if (ExitCode !== 0) throw new Error(`the core ended with ${ExitCode}`);
  await docker('rm', id);
  return scale(composition, 2);
}

/** More or fewer cores; resolves when nginx and hub know them all. */
async function scale(composition, count) {
  await composition.up('--no-recreate', '--scale', `core=${count}`);
  const known = async () => (await balanced(composition)).length === count;
  await eventually(`nginx has ${count} cores`, known, { withinMs: 30_000, everyMs: 250 });
  return `nginx has ${count} cores`;
}

/** The cores that nginx's configuration names now. */
async function balanced(composition) {
  const id = await composition.id('nginx');
  const configuration = await docker('exec', id, 'cat', '/tmp/nginx/nginx.conf');
  return [...configuration.matchAll(/server (\S+):9101 /g)].map(([, address]) => address);
}

async function stop(composition) {
  await composition.compose('stop');
  const ended = [];
  for (const service of ['nginx', 'core', 'hub', 'postgres']) {
    for (const id of await composition.ids(service)) {
      const { ExitCode } = await state(id);
      if (ExitCode !== 0) throw new Error(`${service} ended with ${ExitCode}`);
      ended.push(service);
    }
  }
  return `${ended.join(', ')} ended by themselves`;
}

async function checkDoors(composition, folder) {
  const read = (name) => readFile(join(folder, name));
  const ca = await read('ca.crt');
  const own = { cert: await read('hub.crt'), key: await read('hub.key') };
  const doors = [
    ['core', 9201],
    ['hub', 9301],
    ['nginx', 9200],
  ];
  for (const [name, port] of doors) {
    const address = await composition.address(await composition.id(name), 'private');
    const isLetIn = (scheme, tls) =>
      callGrpc(`${scheme}://${address}:${port}`, HEALTH, { tls }).then(
        (status) => status === 0,
        () => false,
      );
    // The certificate names the service, not where it happens to be.
    const trust = { ca, servername: name, checkServerIdentity: () => undefined };
    if (!(await isLetIn('https', { ...trust, ...own }))) throw new Error(`${name} lets nobody in`);
    if (await isLetIn('https', trust)) throw new Error(`${name} lets everybody in`);
    if (await isLetIn('http')) throw new Error(`${name} talks without TLS`);
  }
  return doors.map(([name]) => name).join(', ');
}

async function checkHttps({ ports, publicUrl }) {
  const page = await fetch(publicUrl);
  const policy = page.headers.get('strict-transport-security');
  if (!page.ok || !policy) throw new Error(`${page.status}, HSTS ${policy}`);
  const plain = await fetch(`http://127.0.0.1:${ports.http}/chats`, { redirect: 'manual' });
  const target = plain.headers.get('location');
  if (plain.status !== 308 || target !== `${publicUrl}/chats`) {
    throw new Error(`http:// answers ${plain.status} to ${target}`);
  }
  return `HSTS ${policy}, http:// is sent to https://`;
}

async function checkAdminStream(composition) {
  const key = await docker(
    'exec',
    await composition.id('hub'),
    'cat',
    '/run/rookery/dashboard-api-key',
  );
  const headers = { 'x-api-key': key };
  const stream = await EventStream.open(`${composition.publicUrl}/admin/sse`, headers);
  if (stream.status !== 200) throw new Error(`answered ${stream.status}`);
  await eventually('statistics', () => stream.events.length > 0);
  await stream.close();
  return `${stream.events[0].event} received`;
}
