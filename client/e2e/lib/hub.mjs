import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Backend } from './backend.mjs';
import { eventually } from './eventually.mjs';
import { BUILT, freePort, REPOSITORY, run } from './stack.mjs';

const READY_WITHIN_MS = 15_000;

/** The hub's binary: beside the launcher that a runner has built, or built now. */
async function binary() {
  if (BUILT) return join(dirname(BUILT), 'realtime-hub');
  await run('cargo', ['build', '-p', 'realtime-hub'], { cwd: REPOSITORY });
  return join(REPOSITORY, 'target/debug/realtime-hub');
}

/** A hub and nothing else: one process with a configuration file in a folder of its own. */
export class Hub {
  output = '';
  #dir;
  #child;
  #toml;

  /** `toml` follows the addresses in the configuration, and may name `files` by `{dir}/NAME`. */
  static async start(toml, files = {}) {
    const hub = new Hub();
    try {
      hub.#dir = await mkdtemp(join(tmpdir(), 'rookery-hub-'));
      for (const [name, text] of Object.entries(files)) await hub.write(name, text);
      await hub.#start(toml);
    } catch (error) {
      await hub.stop();
      throw error;
    }
    return hub;
  }

  async #start(toml) {
    this.#toml = toml;
    const [port, grpcPort, apiPort] = [await freePort(), await freePort(), await freePort()];
    this.hubUrl = `http://127.0.0.1:${port}`;
    this.grpcUrl = `http://127.0.0.1:${grpcPort}`;
    this.socketUrl = `ws://127.0.0.1:${port}/connection/websocket`;
    this.backend = new Backend(`http://127.0.0.1:${apiPort}`, 'the-admin-key');
    const config = [
      `listen = "127.0.0.1:${port}"`,
      `grpc_listen = "127.0.0.1:${grpcPort}"`,
      `api_listen = "127.0.0.1:${apiPort}"`,
      `admin_api_key = "${this.backend.key}"`,
      toml.replaceAll('{dir}', this.#dir),
    ];
    await this.write('hub.toml', config.join('\n'));
    const args = ['--config', join(this.#dir, 'hub.toml')];
    this.#child = spawn(await binary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.on('data', (chunk) => (this.output += chunk));
    this.#child.stderr.on('data', (chunk) => (this.output += chunk));
    // Not `exit`, which may come before the last of its output.
    this.exited = new Promise((resolve) => this.#child.on('close', resolve));
    const ready = eventually('the hub is ready', () => this.isReady(), {
      withinMs: READY_WITHIN_MS,
    });
    const over = this.exited.then(() => {
      throw new Error(`the hub ended\n${this.output}`);
    });
    await Promise.race([ready, over]);
    over.catch(() => undefined);
  }

  /** Ends the hub and starts it anew in the same folder, at other addresses. */
  async restart() {
    this.#child.kill();
    await this.exited;
    await this.#start(this.#toml);
  }

  async isReady() {
    const { status } = await fetch(`${this.hubUrl}/health/ready`);
    return status === 204;
  }

  /** Sends the process a signal. */
  signal(name) {
    this.#child.kill(name);
  }

  /** Writes a file into the hub's folder. */
  write(name, text) {
    return writeFile(join(this.#dir, name), text);
  }

  async stop() {
    this.#child?.kill();
    await this.exited;
    if (this.#dir) await rm(this.#dir, { recursive: true, force: true });
  }
}
