import { spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { eventually } from './eventually.mjs';
import { freePort, run } from './stack.mjs';

/** Where Debian keeps the programs that it does not put on the path. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root; this account comes with its package. */
const ACCOUNT = 'postgres';

/** A PostgreSQL server of a test's own, in a folder that goes with it. */
export class Postgres {
  #folder;
  #server;
  /** Runs or starts one of its programs. */
  #with;

  static async start() {
    const postgres = new Postgres();
    postgres.#folder = await mkdtemp(join(tmpdir(), 'rookery-postgres-'));
    postgres.port = await freePort();
    try {
      await postgres.#start();
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    return postgres;
  }

  get url() {
    return `postgres://rookery@127.0.0.1:${this.port}/postgres`;
  }

  async #start() {
    const folder = this.#folder;
    const env = { ...process.env, PATH: await searchPath() };
    const asRoot = process.getuid() === 0;
    if (asRoot) await chown(folder, await idOf('-u'), await idOf('-g'));
    const prefix = asRoot
      ? ['setpriv', `--reuid=${ACCOUNT}`, `--regid=${ACCOUNT}`, '--init-groups']
      : [];
    const start = (act, ...command) => {
      const [program, ...args] = [...prefix, ...command];
      return act(program, args, { cwd: folder, env });
    };
    this.#with = start;

    const init = ['initdb', '--no-sync', '--auth=trust', '--username=rookery', '-D', folder];
    await start(run, ...init);
    const options = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
    const settings = Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    let output = '';
    this.#server = start(
      (program, args, more) =>
        spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...more }),
      ...['postgres', '-D', folder, '-p', String(this.port), ...settings],
    );
    this.#server.stderr.on('data', (chunk) => (output += chunk));
    this.#server.on('error', (error) => (output += error));
    const isReady = ['pg_isready', '-h', '127.0.0.1', '-p', String(this.port), '-U', 'rookery'];
    await eventually('PostgreSQL is ready', () => start(run, ...isReady), {
      withinMs: 20_000,
      everyMs: 50,
    }).catch((error) => {
      throw new Error(output, { cause: error });
    });
  }

  /** Lets the server and all its sessions stand still; resolves with what lets them go on. */
  async pause() {
    const { pid } = this.#server;
    // The server first: it starts no session after that.
    process.kill(pid, 'SIGSTOP');
    const children = await run('ps', ['--no-headers', '-o', 'pid', '--ppid', String(pid)]);
    const all = [pid, ...children.trim().split(/\s+/).map(Number)];
    for (const one of all) process.kill(one, 'SIGSTOP');
    return () => all.forEach((one) => process.kill(one, 'SIGCONT'));
  }

  /** Refuses everything that would be written, as a full disk or a standby does; or does so no more. */
  async refuseWrites(refuses = true) {
    const statements = [
      // This session may have begun read-only itself.
      'SET default_transaction_read_only = off',
      `ALTER DATABASE postgres SET default_transaction_read_only = ${refuses ? 'on' : 'off'}`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    ];
    const commands = statements.flatMap((statement) => ['--command', statement]);
    await this.#with(run, 'psql', '--quiet', '--set', 'ON_ERROR_STOP=1', ...commands, this.url);
  }

  /** Takes a backup; resolves with what brings it back under whoever uses the database. */
  async backUp() {
    const backup = join(this.#folder, 'backup');
    await this.#with(run, 'pg_dump', '--format=custom', '--file', backup, this.url);
    const restore = ['pg_restore', '--clean', '--single-transaction', '--dbname', this.url, backup];
    return () => this.#with(run, ...restore);
  }

  async stop() {
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.on('exit', resolve));
      // Ends its sessions and itself.
      server.kill('SIGINT');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const idOf = async (which) => Number(await run('id', [which, ACCOUNT]));

async function searchPath() {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const newest = versions.sort((one, other) => Number(other) - Number(one));
  const folders = newest.map((version) => join(DEBIAN_FOLDER, version, 'bin'));
  return [process.env.PATH, ...folders].join(delimiter);
}
