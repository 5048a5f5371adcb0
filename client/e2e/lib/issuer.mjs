import { createHmac, sign } from 'node:crypto';

import { makeToken, signedBy } from './tokens.mjs';

const SIGNERS = {
  HS256: (secret) => (text) => createHmac('sha256', secret).update(text).digest(),
  RS256: (key) => (text) => sign('sha256', Buffer.from(text), key),
  ES256: (key) => (text) => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: signedBy,
};

/** Seconds since 1970-01-01, that many from now. */
export const fromNow = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** A back-end that signs tokens of its users' connections and subscriptions. */
export class Issuer {
  /** `claims` are in every token, `header` fields in every header. */
  constructor(alg, key, { claims = {}, header = {} } = {}) {
    this.header = { typ: 'JWT', alg, ...header };
    this.signer = SIGNERS[alg](key);
    this.claims = claims;
  }

  token(sub, claims = {}) {
    const all = { sub, exp: fromNow(600), ...this.claims, ...claims };
    return makeToken(this.header, all, this.signer);
  }

  /** The token of a subscription. */
  ticket(sub, channel, claims = {}) {
    return this.token(sub, { channel, ...claims });
  }
}
