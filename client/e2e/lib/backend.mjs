import { createHash, randomBytes } from 'node:crypto';

/** An API key, and the settings by which a hub knows it. */
export function makeKey(name, ...scopes) {
  const key = `key_${randomBytes(32).toString('hex')}`;
  const prefix = `ROOKERY_HUB_API_KEYS__${name.toUpperCase()}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { key, env: { [`${prefix}__SHA256`]: sha256, [`${prefix}__SCOPES`]: `[${scopes}]` } };
}

/** A back-end that uses the hub's server API by HTTP. */
export class Backend {
  constructor(url, key) {
    this.url = url;
    this.key = key;
  }

  /** The answer to a call as it is: `{status, body}`. */
  async call(method, params = {}, headers = { 'x-api-key': this.key }) {
    return this.post(`/api/${method}`, JSON.stringify(params), headers);
  }

  /** The result of a call that succeeds. */
  async do(method, params) {
    const { status, body } = await this.call(method, params);
    if (status !== 200 || !body.result) {
      throw new Error(`${method} was answered with ${status} ${JSON.stringify(body)}`);
    }
    return body.result;
  }

  async post(path, text, headers = { 'x-api-key': this.key }) {
    const response = await fetch(`${this.url}${path}`, { method: 'POST', body: text, headers });
    const type = response.headers.get('content-type') ?? '';
    const body = await response.text();
    return { status: response.status, type, body: type.includes('json') ? tryJson(body) : body };
  }

  async metrics() {
    const response = await fetch(`${this.url}/metrics`);
    return readMetrics(await response.text());
  }
}

/** What several objects, one a line, are as well. */
function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.split('\n').map((line) => JSON.parse(line));
  }
}

/** Sample → value, of a text in Prometheus' format. Throws at a line that is none of it. */
export function readMetrics(text) {
  const samples = {};
  const typed = new Set();
  for (const line of text.trimEnd().split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) \S/.exec(line);
    if (comment?.[1] === 'TYPE') typed.add(comment[2]);
    if (comment) continue;
    const sample = /^([a-z_]+)(\{[^}]*\})? ([0-9.e+-]+)$/.exec(line);
    if (!sample) throw new Error(`no sample: ${line}`);
    const [, name, labels = '', value] = sample;
    const family = typed.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (!typed.has(family)) throw new Error(`${name} has no type`);
    samples[name + labels] = Number(value);
  }
  return samples;
}
