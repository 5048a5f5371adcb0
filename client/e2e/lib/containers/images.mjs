import { spawn } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { capture, docker, succeeds } from './capture.mjs';

const PREFIX = 'rookery-check';
const BASE = `${PREFIX}/base`;
/** What runs, and where its size has a limit beyond the base: images without it stay small. */
export const IMAGES = {
  core: { name: `${PREFIX}/core`, ownMaxMb: 40 },
  hub: { name: `${PREFIX}/hub`, ownMaxMb: 40 },
  nginx: { name: `${PREFIX}/nginx` },
  postgres: { name: `${PREFIX}/postgres` },
};

const SUITE = 'bookworm';
const APT_SOURCES = `deb http://deb.debian.org/debian ${SUITE} main
deb http://deb.debian.org/debian ${SUITE}-updates main
deb http://deb.debian.org/debian-security ${SUITE}-security main
`;
/** What slim images leave out. */
const LEFT_OUT = ['doc', 'info', 'locale', 'man'].map((name) => `/usr/share/${name}`);
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What compose.yaml has to be told so that it uses these images, and builds them from what is there. */
export const IMAGE_SETTINGS = {
  ROOKERY_BASE_IMAGE: BASE,
  ROOKERY_RUST_IMAGE: BASE,
  ROOKERY_NODE_IMAGE: BASE,
  ROOKERY_BINARIES: 'prebuilt',
  ROOKERY_CLIENT: 'prebuilt',
  ROOKERY_CORE_IMAGE: IMAGES.core.name,
  ROOKERY_HUB_IMAGE: IMAGES.hub.name,
  ROOKERY_NGINX_IMAGE: IMAGES.nginx.name,
  ROOKERY_POSTGRES_IMAGE: IMAGES.postgres.name,
};

/** Debian's smallest system as an image, made by debootstrap unless it is there. */
export async function makeBase(folder) {
  if (await succeeds('docker', ['image', 'inspect', BASE])) return 'was there';
  const root = join(folder, 'base');
  await rm(root, { recursive: true, force: true });
  await capture('debootstrap', ['--variant=minbase', SUITE, root]);
  await writeFile(join(root, 'etc/apt/sources.list'), APT_SOURCES);
  const excludes = LEFT_OUT.map((path) => `path-exclude ${path}/*\n`);
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/slim'), excludes.join(''));
  const unused = [...LEFT_OUT, '/var/cache/apt/archives', '/var/lib/apt/lists'];
  for (const path of unused) {
    await rm(join(root, path), { recursive: true });
    await mkdir(join(root, path));
  }
  const tar = spawn('tar', ['--create', '--directory', root, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const changes = [`ENV PATH=${PATH}`, 'CMD ["bash"]'].flatMap((line) => ['--change', line]);
  const load = spawn('docker', ['import', ...changes, '-', BASE], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const imported = new Promise((resolve) => load.on('exit', resolve));
  await pipeline(tar.stdout, load.stdin);
  if ((await imported) !== 0) throw new Error('docker import failed');
  await rm(root, { recursive: true });
  return 'made by debootstrap';
}

/** Lays out what was built outside, as docs/operations.md describes it. */
export async function layOut(repository, programs) {
  const folder = join(repository, 'target/docker');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of ['core-service', 'realtime-hub']) {
    await cp(join(programs, name), join(folder, name));
  }
  await cp(join(repository, 'client/dist'), join(folder, 'client'), { recursive: true });
}

export async function buildPostgres(repository) {
  const file = join(repository, 'infra/docker/postgres.Dockerfile');
  const args = ['build', '--quiet', '--file', file, '--tag', IMAGES.postgres.name];
  await docker(...args, '--build-arg', `BASE=${BASE}`, repository);
}

/** `{name, mb, ownMb}` of each image: with its base, and what it adds to it. */
export async function sizes() {
  const size = async (image) => {
    return Number(await docker('image', 'inspect', '--format', '{{.Size}}', image)) / 1e6;
  };
  const base = await size(BASE);
  const rows = [{ name: BASE, mb: base, ownMb: 0 }];
  for (const { name, ownMaxMb } of Object.values(IMAGES)) {
    const mb = await size(name);
    rows.push({ name, mb, ownMb: mb - base, ownMaxMb });
  }
  return rows;
}
