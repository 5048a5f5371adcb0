import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

export const headerOf = (token) => decode(token.split('.')[0]);
export const claimsOf = (token) => decode(token.split('.')[1]);

/** A token of these parts, signed by `signer`, which gets the text to sign. */
export function makeToken(header, claims, signer) {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signer(text).toString('base64url')}`;
}

export const signedBy = (privateKey) => (text) => sign(null, Buffer.from(text), privateKey);

/** What somebody makes out of a good token who does not have the key, by name. */
export function forgeries(token, victimId) {
  const header = headerOf(token);
  const claims = claimsOf(token);
  const [head, body, signature] = token.split('.');
  const { privateKey } = generateKeyPairSync('ed25519');
  const hmac = (text) => createHmac('sha256', head).update(text).digest();
  const unsigned = () => Buffer.alloc(0);
  return {
    'another key': makeToken(header, claims, signedBy(privateKey)),
    'another key, kid unknown': makeToken({ ...header, kid: 'x' }, claims, signedBy(privateKey)),
    'alg none': makeToken({ ...header, alg: 'none' }, claims, unsigned),
    'alg None with the old signature': `${encode({ ...header, alg: 'None' })}.${body}.${signature}`,
    HS256: makeToken({ ...header, alg: 'HS256' }, claims, hmac),
    'another subject': `${head}.${encode({ ...claims, sub: victimId })}.${signature}`,
    'a later expiry': `${head}.${encode({ ...claims, exp: claims.exp + 3600 })}.${signature}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'no token at all': 'a.b.c',
    nothing: '',
  };
}
