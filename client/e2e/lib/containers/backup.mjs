import { docker } from './capture.mjs';
import { Talk } from './talk.mjs';

const DUMP = '/tmp/rookery.dump';
/** What a client remembers of a later state must not be taken for a place in the restored one. */
const NEW_EPOCHS = "UPDATE topics SET epoch = left(md5(random()::text), 8) WHERE kind <> 'control'";

/** As docs/operations.md says it: what was written after the backup is gone, the rest is there. */
export async function restoreBackup(composition, talk) {
  const inPostgres = async (...command) =>
    docker('exec', await composition.id('postgres'), ...command, '--username=rookery');
  await inPostgres('pg_dump', '--format=custom', `--file=${DUMP}`, 'rookery');
  const [person] = talk.people;
  const saved = person.chat(talk.chat).messages.map(({ id }) => id);
  await talk.during();
  talk.end();

  await composition.compose('stop', 'nginx', 'hub', 'core');
  await inPostgres('pg_restore', '--dbname=rookery', '--clean', '--if-exists', DUMP);
  await inPostgres('psql', '--quiet', `--command=${NEW_EPOCHS}`, 'rookery');
  await composition.up('--no-recreate');

  const devices = await Promise.all(talk.people.map((one) => one.secondDevice()));
  await Promise.all(devices.map((device) => device.connect()));
  for (const device of devices) {
    const found = device.chat(talk.chat).messages.map(({ id }) => id);
    if (found.join() !== saved.join()) throw new Error(`${found.length} of ${saved.length}`);
  }
  const afterwards = new Talk(devices, talk.chat);
  const said = await afterwards.during();
  afterwards.end();
  return `${saved.length} messages are back on every device; ${said}`;
}
