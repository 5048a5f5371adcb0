/**
 * Drives the official Go and Python SDKs and the server API client `cent` through a hub that runs
 * alone: `cargo xtask sdk-check`. The product needs neither Go nor Python, so this is a command of
 * its own; without one of them it says so and fails.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Hub } from './lib/hub.mjs';

const SECRET = 'x'.repeat(32);
const CONFIG = `
standalone.hmac_secret = "${SECRET}"
connection.subscriptions = 200
connection.commands = { per_second = 100000, burst = 100000 }

[namespaces.news]
kind = "sequenced"
subscribe = "authenticated"
publish = "subscribers"
publishes = { per_second = 100000, burst = 100000 }
presence = "full"

[namespaces.room]
kind = "sequenced"
`;
const SDKS = fileURLToPath(new URL('sdks', import.meta.url));

/** Runs a program to its end; `undefined` where there is none of that name. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    child.on('error', (error) => (error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.on('exit', resolve);
  });
}

async function go(env) {
  return run('go', ['run', '.'], { cwd: join(SDKS, 'go'), env });
}

/** In an environment of its own, which is thrown away. */
async function python(env) {
  const folder = await mkdtemp(join(tmpdir(), 'rookery-sdks-'));
  try {
    const made = await run('python3', ['-m', 'venv', folder]);
    if (made !== 0) return made;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const own = join(folder, 'bin', 'python');
    const installed = await run(own, [...pip, '-r', join(SDKS, 'python', 'requirements.txt')]);
    if (installed !== 0) return installed;
    return await run(own, [join(SDKS, 'python', 'check.py')], { env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const hub = await Hub.start(CONFIG);
const env = {
  ...process.env,
  HUB_SOCKET_URL: hub.socketUrl,
  HUB_API_URL: hub.backend.url,
  HUB_API_KEY: hub.backend.key,
  HUB_SECRET: SECRET,
};
try {
  for (const [name, check] of Object.entries({ Go: go, Python: python })) {
    const code = await check(env);
    if (code === undefined) {
      console.error(`MISSING  ${name} is not installed: nothing was checked with its SDK`);
    }
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await hub.stop();
}
