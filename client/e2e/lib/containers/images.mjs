import { join } from 'node:path';

import { capture, docker, succeeds } from './capture.mjs';

/** As infra/docker/offline.env calls them. */
const BASE = 'rookery/base';
const POSTGRES = 'rookery/postgres';

const PREFIX = 'rookery-check';
/** Names of our own, so that nobody's images are replaced. */
export const IMAGE_SETTINGS = {
  ROOKERY_CORE_IMAGE: `${PREFIX}/core`,
  ROOKERY_HUB_IMAGE: `${PREFIX}/hub`,
  ROOKERY_NGINX_IMAGE: `${PREFIX}/nginx`,
};
/** What an image of a program may add to its base. */
const OWN_MAX_MB = 40;
const LIMITED = [IMAGE_SETTINGS.ROOKERY_CORE_IMAGE, IMAGE_SETTINGS.ROOKERY_HUB_IMAGE];

/** Debian's smallest system as an image, unless it is there. */
export async function makeBase(repository) {
  if (await succeeds('docker', ['image', 'inspect', BASE])) return 'was there';
  await capture(join(repository, 'infra/docker/make-base.sh'), [BASE]);
  return 'made by debootstrap';
}

/** Everything but compose's part; the programs and the client have been built. */
export async function prepareImages(repository, programs) {
  await capture(join(repository, 'infra/docker/lay-out.sh'), [programs]);
  const file = join(repository, 'infra/docker/postgres.Dockerfile');
  const args = ['--file', file, '--build-arg', `BASE=${BASE}`, '--tag', POSTGRES];
  await docker('build', '--quiet', ...args, repository);
}

/** `{name, mb, ownMb, ownMaxMb}` of each image: with its base, what it adds to it, and may add. */
export async function sizes() {
  const size = async (image) =>
    Number(await docker('image', 'inspect', '--format', '{{.Size}}', image)) / 1e6;
  const base = await size(BASE);
  const rows = [{ name: BASE, mb: base, ownMb: 0 }];
  for (const name of [...Object.values(IMAGE_SETTINGS), POSTGRES]) {
    const mb = await size(name);
    const ownMaxMb = LIMITED.includes(name) ? OWN_MAX_MB : undefined;
    rows.push({ name, mb, ownMb: mb - base, ownMaxMb });
  }
  return rows;
}
