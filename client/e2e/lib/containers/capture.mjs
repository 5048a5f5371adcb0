import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Logs of a whole run. */
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end and returns what it printed; a failure carries what it complained of. */
export async function capture(program, args, options = {}) {
  const { stdout } = await execute(program, args, { maxBuffer: OUTPUT_MAX_BYTES, ...options });
  return stdout.trimEnd();
}

/** Whether a program can be run with success. */
export const succeeds = (program, args) =>
  capture(program, args).then(
    () => true,
    () => false,
  );

export const docker = (...args) => capture('docker', args);
