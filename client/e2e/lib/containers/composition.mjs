import { join } from 'node:path';

import { eventually } from '../eventually.mjs';
import { freePort } from '../stack.mjs';
import { capture, docker, succeeds } from './capture.mjs';
import { IMAGE_SETTINGS } from './images.mjs';

const HEALTHY_WITHIN_MS = 90_000;
/** What the hub says when its pings through nginx are over. */
const TALLY = /10 pings through the load balancer: (.*)$/gm;

/** compose.yaml under a project name of its own, on free ports of the loopback interface. */
export class Composition {
  #compose;
  #files;
  #env;

  static async prepare(project, repository, { tlsFolder } = {}) {
    const composition = new Composition();
    composition.project = project;
    composition.#compose = await findCompose();
    const names = tlsFolder ? ['compose.yaml', 'compose.tls.yaml'] : ['compose.yaml'];
    composition.#files = names.flatMap((name) => ['--file', join(repository, name)]);
    composition.#files.push('--env-file', join(repository, 'infra/docker/offline.env'));
    composition.ports = { http: await freePort(), hub: await freePort(), https: await freePort() };
    const { http, hub, https } = composition.ports;
    composition.publicUrl = tlsFolder ? `https://127.0.0.1:${https}` : `http://127.0.0.1:${http}`;
    composition.#env = {
      ...process.env,
      ...IMAGE_SETTINGS,
      ROOKERY_HTTP_PORT: String(http),
      ROOKERY_HUB_PORT: String(hub),
      ROOKERY_HTTPS_PORT: String(https),
      ROOKERY_PUBLIC_URL: composition.publicUrl,
      ROOKERY_OPEN_FILES: await openFiles(),
      ...(tlsFolder && { ROOKERY_TLS_FOLDER: tlsFolder }),
    };
    // What a run that was killed may have left.
    await composition.down();
    return composition;
  }

  compose(...args) {
    const [program, ...first] = this.#compose;
    const project = ['--project-name', this.project];
    return capture(program, [...first, ...this.#files, ...project, ...args], { env: this.#env });
  }

  build() {
    return this.compose('build');
  }

  async up(...args) {
    await this.compose('up', '--detach', ...args);
    await this.healthy();
  }

  down() {
    return this.compose('down', '--volumes', '--remove-orphans');
  }

  /** Ids of a service's containers, those that have ended included. */
  async ids(service) {
    const labels = { project: this.project, service, oneoff: 'False' };
    const filters = Object.entries(labels).flatMap(([key, value]) => [
      '--filter',
      `label=com.docker.compose.${key}=${value}`,
    ]);
    const ids = await docker('ps', '--all', '--quiet', '--no-trunc', ...filters);
    return ids.split('\n').filter(Boolean);
  }

  async id(service) {
    const [id] = await this.ids(service);
    if (!id) throw new Error(`${service} has no container`);
    return id;
  }

  /** Where clients are told to open their WebSocket. */
  async readClientConfig() {
    const answer = await fetch(`${this.publicUrl}/api/v1/client-config`);
    const { realtime } = await answer.json();
    this.socketUrl = realtime.websocket_url;
  }

  /** Waits until every container of these services is healthy. */
  healthy(services = ['postgres', 'core', 'nginx', 'hub']) {
    const check = async () => {
      for (const service of services) {
        for (const id of await this.ids(service)) {
          const { Health } = await state(id);
          if (Health.Status !== 'healthy') throw new Error(`${service} is ${Health.Status}`);
        }
      }
      return true;
    };
    return eventually('everything is healthy', check, {
      withinMs: HEALTHY_WITHIN_MS,
      everyMs: 250,
    });
  }

  /** What these services have said; without a name, what all have. */
  logs(...services) {
    return this.compose('logs', '--no-color', ...services);
  }

  /** Waits for the hub's next tally of pings that reached `cores` replicas: replica → answers. */
  async tally(cores, { after = 0 } = {}) {
    const find = async () => {
      const tallies = [...(await this.logs('hub')).matchAll(TALLY)].slice(after);
      const read = tallies.map(
        ([, text]) => new Map(text.split(', ').map((one) => one.split(' '))),
      );
      return read.findLast((answers) => answers.size === cores);
    };
    const answers = await eventually(`pings reached ${cores} cores`, find, {
      withinMs: 30_000,
      everyMs: 250,
    });
    return [...answers].map(([core, count]) => [core, Number(count)]);
  }

  /** Kills a container's program as a crash would: `docker kill` means that it shall stay dead. */
  async crash(id) {
    const { Pid, StartedAt } = await state(id);
    process.kill(Pid, 'SIGKILL');
    await eventually(
      'the container runs again',
      async () => {
        const now = await state(id);
        return now.Running && now.StartedAt !== StartedAt;
      },
      { withinMs: HEALTHY_WITHIN_MS, everyMs: 50 },
    );
  }

  /** The container's address in one of the project's networks. */
  async address(id, network) {
    const key = `${this.project}_${network}`;
    const { Networks } = JSON.parse(await inspect(id, '{{json .NetworkSettings}}'));
    return Networks[key].IPAddress;
  }

  async connectHub(verb, ...args) {
    await docker('network', verb, ...args, `${this.project}_private`, await this.id('hub'));
  }
}

const inspect = (id, format) => docker('inspect', '--format', format, id);

/** Docker's own words about a container: Running, Pid, ExitCode, StartedAt, Health… */
export async function state(id) {
  return JSON.parse(await inspect(id, '{{json .State}}'));
}

async function findCompose() {
  const isPlugin = await succeeds('docker', ['compose', 'version']);
  return isPlugin ? ['docker', 'compose'] : ['docker-compose'];
}

/** No container may have more than this shell. */
async function openFiles() {
  const limit = Number(await capture('sh', ['-c', 'ulimit -Hn']));
  return String(Math.min(Number.isNaN(limit) ? Infinity : limit, 65_536));
}
