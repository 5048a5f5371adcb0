import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { eventually } from './eventually.mjs';

export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** Where pictures for the documentation go. */
export const SCREENSHOTS = join(REPOSITORY, 'docs/screenshots');
/** The launcher; a runner that has built everything names the binary, and nothing is built again. */
export const BUILT = process.env.ROOKERY_XTASK;
const XTASK = BUILT ? [BUILT] : ['cargo', 'xtask'];
/** The supervisor starts a killed process at once; this is what a loaded machine may add. */
const RESTART_WITHIN_MS = 15_000;

/** Below the ports that the system gives to outgoing connections. */
const FIRST_PORT = 10_000;
const LAST_PORT = 17_999;

/**
 * A port that nobody uses at this moment, and that no outgoing connection takes while its server is
 * dead.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port) {
  const server = createServer();
  const free = await new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.listen(port, () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

/** Runs a program to its end; a failure carries what it printed. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    // Not `close`: what a detached start leaves running may keep the pipes open.
    child.on('exit', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${output}`);
  return output;
}

const xtask = (args, env) =>
  run(XTASK[0], [...XTASK.slice(1), ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
  });

/** Settings of the hub for namespaces, as its environment takes them. */
export function namespaces(sections) {
  const rows = Object.entries(sections).flatMap(([name, section]) =>
    Object.entries(section).map(([key, value]) => [
      `ROOKERY_HUB_NAMESPACES__${name}__${key}`.toUpperCase(),
      String(value),
    ]),
  );
  return Object.fromEntries(rows);
}

/**
 * Everybody in a test comes from one address, and there are more people than a household has.
 * What a test says about a limit comes after these.
 */
const ONE_ADDRESS_FOR_ALL = Object.fromEntries(
  ['SIGN_UPS', 'SIGN_INS', 'PEOPLE_SEARCHES', 'GROUPS', 'DIRECT_CHATS'].map((limit) => [
    `ROOKERY_CORE_LIMITS__${limit}_PER_10_MIN`,
    '1000000',
  ]),
);

/** nginx, two cores and a hub as real processes on free ports, over a data folder of their own. */
export class Stack {
  #dataDir;
  #state;

  /**
   * `env` reaches every process of the stack: settings such as `ROOKERY_HUB_CONNECTION__PING_S`.
   * `dataDir` is a folder to use instead of a new one.
   */
  static async start({ databaseUrl, dataDir, demo = false, env = {} } = {}) {
    const stack = new Stack();
    stack.#dataDir = dataDir ?? (await mkdtemp(join(tmpdir(), 'rookery-e2e-')));
    const args = ['--detach', '--data-dir', stack.#dataDir];
    if (BUILT) args.push('--no-build');
    args.push('--http-port', await freePort(), '--hub-port', await freePort());
    if (databaseUrl) args.push('--database-url', databaseUrl);
    if (demo) args.push('--demo');
    try {
      await xtask(['up', ...args.map(String)], { ...ONE_ADDRESS_FOR_ALL, ...env });
      await stack.#open();
    } catch (error) {
      await stack.stop().catch(() => undefined);
      throw error;
    }
    return stack;
  }

  /** One that somebody else has started and will stop. */
  static async at(dataDir) {
    const stack = new Stack();
    stack.#dataDir = dataDir;
    await stack.#open();
    return stack;
  }

  async #open() {
    await this.#read();
    this.adminKey = (await readFile(this.#state.admin_api_key_file, 'utf8')).trim();
    this.dashboardKey = (await readFile(this.#state.dashboard_api_key_file, 'utf8')).trim();
  }

  async stop() {
    await xtask(['down', '--data-dir', this.#dataDir]);
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  get publicUrl() {
    return this.#state.public_url.replace(/\/$/, '');
  }

  get hubUrl() {
    return this.#state.hub_url.replace(/\/$/, '');
  }

  get socketUrl() {
    return `${this.hubUrl.replace(/^http/, 'ws')}/connection/websocket`;
  }

  async #read() {
    this.#state = JSON.parse(await readFile(join(this.#dataDir, 'stack.json'), 'utf8'));
  }

  /** What runs under this name now: `{name, pid, ports, log}`. */
  async process(name) {
    await this.#read();
    const found = this.#state.processes.find((entry) => entry.name === name);
    if (!found) throw new Error(`stack.json names no process ${name}`);
    return found;
  }

  /** The address of one core that leads past nginx. */
  async coreUrl(name) {
    const { ports } = await this.process(name);
    return `http://127.0.0.1:${ports.http}`;
  }

  /** What access tokens are signed with: only whoever runs the server has it. */
  async signingKey() {
    return createPrivateKey(await readFile(join(this.#dataDir, 'secrets/jwt.pem')));
  }

  async log(name) {
    const { log } = await this.process(name);
    return readFile(log, 'utf8');
  }

  /** nginx's lines about requests; each comes up to a second late. */
  async accessLog() {
    const { log } = await this.process('nginx');
    return readFile(join(dirname(log), 'nginx-access.log'), 'utf8');
  }

  /** Runs the program of a process once more, beside it and with its settings. */
  async runBeside(name, args) {
    const { pid } = await this.process(name);
    const settings = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter(Boolean);
    const env = Object.fromEntries(settings.map((line) => line.split(/=(.*)/s)));
    return run(`/proc/${pid}/exe`, args, { env });
  }

  async signal(name, signal) {
    const { pid } = await this.process(name);
    process.kill(pid, signal);
    return pid;
  }

  /** Lets a process and its children stand still; resolves with what lets them go on. */
  async pause(name) {
    const { pid } = await this.process(name);
    // Each leads a process group of its own.
    process.kill(-pid, 'SIGSTOP');
    return () => process.kill(-pid, 'SIGCONT');
  }

  /** Kills a process as a crash would; resolves at once with a function that awaits its successor. */
  async kill(name) {
    const pid = await this.signal(name, 'SIGKILL');
    return () =>
      eventually(`${name} is back`, () => this.#isBack(name, pid), {
        withinMs: RESTART_WITHIN_MS,
        everyMs: 50,
      });
  }

  async #isBack(name, killedPid) {
    const { pid, ports } = await this.process(name);
    if (pid === killedPid) return false;
    const url = name === 'hub' ? this.hubUrl : `http://127.0.0.1:${ports.http}`;
    const { ok } = await fetch(`${url}/health/ready`);
    return ok;
  }
}

/** Returns what asserts that since now nothing was restarted and no log tells of a failure. */
export async function watchForHarm(stack) {
  const names = ['core-1', 'core-2', 'hub'];
  const running = () => Promise.all(names.map(async (name) => (await stack.process(name)).pid));
  const before = await running();
  return async () => {
    assert.deepEqual(await running(), before, 'nothing was restarted');
    for (const name of names) assert.doesNotMatch(await stack.log(name), /panicked|ERROR/, name);
  };
}
