import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually } from '../eventually.mjs';
import { succeeds } from './capture.mjs';

/** Where a daemon of our own has its socket; a run that was killed may have left one there. */
const RUN_FOLDER = '/run/rookery-check';
const SOCKET = `unix://${RUN_FOLDER}/docker.sock`;
const PID_FILE = join(RUN_FOLDER, 'dockerd.pid');
const STARTED_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 60_000;

/** The Docker daemon: the machine's, or one that is started for this run and stopped after it. */
export class Daemon {
  isOurs = false;

  /** Sets DOCKER_HOST for everything that follows; `folder` keeps the images of a daemon of ours. */
  static async find(folder) {
    const daemon = new Daemon();
    if (await answers()) return daemon;
    process.env.DOCKER_HOST = SOCKET;
    daemon.isOurs = true;
    if (!(await answers())) await start(folder);
    return daemon;
  }

  async stop() {
    if (!this.isOurs) return;
    const pid = Number(await readFile(PID_FILE, 'utf8'));
    process.kill(pid, 'SIGTERM');
    await eventually('dockerd has stopped', () => !isAlive(pid), {
      withinMs: STOPPED_WITHIN_MS,
      everyMs: 100,
    });
  }
}

const answers = () => succeeds('docker', ['version', '--format', '{{.Server.Version}}']);

async function start(folder) {
  if (process.getuid() !== 0) {
    throw new Error('no Docker daemon answers; start it, or run this as root to have one started');
  }
  await mkdir(RUN_FOLDER, { recursive: true });
  await mkdir(folder, { recursive: true });
  const log = await open(join(folder, 'dockerd.log'), 'w');
  const args = ['--data-root', join(folder, 'docker'), '--exec-root', RUN_FOLDER];
  args.push('--pidfile', PID_FILE, '--host', SOCKET, '--storage-driver', 'overlay2');
  // Of its own group: an interrupt from the keyboard reaches it last, when all is cleaned up.
  const dockerd = spawn('dockerd', args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
  let failure;
  dockerd.on('error', (error) => (failure = error));
  dockerd.on('exit', (code) => (failure = new Error(`dockerd ended with ${code}`)));
  dockerd.unref();
  await log.close();
  await eventually('dockerd answers', async () => failure || (await answers()), {
    withinMs: STARTED_WITHIN_MS,
    everyMs: 200,
  });
  if (failure) throw new Error(`see ${join(folder, 'dockerd.log')}`, { cause: failure });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
